"""Leaving a group: what keeps a member, what is settled, how it is paid, and what is left of them."""

from dataclasses import replace
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from domain.books.accounts import Account
from domain.books.ledger import Draft, Posting
from domain.decisions.rights import Frozen, GroupIsClosing
from domain.decisions.voting import TooFewOfficers, Vote
from domain.groups.leave import (
    AskToLeave,
    Expel,
    FineOpen,
    LoanOpen,
    MoneyOnItsWay,
    PaySettlement,
    RecordDeath,
    RotationOpen,
    Settlement,
    StandsForLoan,
    settlement,
)
from domain.groups.suspend import LastOfficer
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.people.freeze import Freeze, Unfreeze
from domain.records.loan import LoanState
from domain.records.meeting import Fine
from domain.records.payment import Payment, Way
from domain.records.person import NotAllowed, membership_id
from domain.records.proposal import Proposal
from domain.savings.contribute import Contribute, RecordCash
from domain.savings.statement import last_transactions
from domain.treasury.money_out import MemberHeld, NotPayable
from domain.treasury.settle import payment_failed
from tests.conftest import Clock, on_one_store
from tests.domain.officers import agree, let_opio_in, status
from tests.domain.savers import stand_for
from tests.money import ugx
from tests.people import Village, Villager, arrives, do, found_village


@pytest.fixture
def village(store: MongoStore) -> Village:
    """With Opio, the secretary; Akello has three shares and a credit, in cash."""
    village = found_village(store)
    let_opio_in(store, village)
    do(store, RecordCash(village.umoja, village.akello.id, ugx(15_700), village.wanjiru.id))
    return village


def ask(store: MongoStore, village: Village, who: Villager, way: Way = "cash") -> Proposal:
    do(store, AskToLeave(who.id, village.umoja, way))
    return proposed(store, who)


def proposed(store: MongoStore, about: Villager) -> Proposal:
    (proposal,) = store.proposals.find(about=about.id, state="open")
    return proposal


def paying(store: MongoStore, village: Village, who: Villager) -> Payment:
    (payment,) = store.payments.find(person=who.id, purpose="exit", state="created")
    return payment


def fine(store: MongoStore, village: Village, who: Villager, *minors: int) -> None:
    for number, minor in enumerate(minors):
        day = store.now().replace(hour=number)
        by = village.nakato.id
        store.fines.insert(Fine(f"fine{number}", village.umoja, who.id, "late", ugx(minor), day, by))


def lend(store: MongoStore, village: Village, who: Villager, state: LoanState) -> None:
    """A loan, which keeps somebody in a group."""
    loan = stand_for(store, village.umoja, who.id, village.nakato.id, 1)
    store.loans.change(loan, state=state, guarantees=())


# Asked for by the member


def test_what_no_coin_pays_is_said_before_and_stays_with_the_group(store: MongoStore, village: Village) -> None:
    was = settlement(store, village.umoja, village.akello.id)
    assert (was.kept, was.held) == (None, was.amount)
    rules = store.groups.get(village.umoja).constitution
    store.groups.change(village.umoja, constitution=replace(rules, cash_unit=500))
    said = settlement(store, village.umoja, village.akello.id)
    assert (said.amount, said.kept, said.held) == (ugx(15_000), ugx(200), ugx(15_200))
    agree(store, ask(store, village, village.akello), village.nakato, village.wanjiru)
    assert store.books.totals(village.umoja)["4090"] == -200, "what was said is what is in the book"
    assert written(store, village) == [("exit", 15_000), ("leaving", 15_000), ("less_than_coin", 200)]


def test_fines_and_what_no_coin_pays_are_lines_of_a_statement(store: MongoStore, village: Village) -> None:
    """What was theirs is the sum of the three."""
    rules = store.groups.get(village.umoja).constitution
    store.groups.change(village.umoja, constitution=replace(rules, cash_unit=500))
    fine(store, village, village.akello, 800)
    do(store, Expel(village.nakato.id, village.umoja, village.akello.id, "took the box"))
    agree(store, proposed(store, village.akello), village.okot, village.nakato)
    assert written(store, village) == [("leaving", 14_000), ("less_than_coin", 400), ("fines_at_leaving", 800)]


def written(store: MongoStore, village: Village) -> list[tuple[str, int]]:
    """Akello's statement since what was saved, the newest first."""
    lines = last_transactions(store, village.umoja, village.akello.id)
    return [(line.what, line.amount.minor) for line in lines if line.what != "savings"]


def test_who_leaves_is_paid_shares_and_credit_in_cash_by_the_officer_who_agrees_last(
    store: MongoStore, village: Village
) -> None:
    assert settlement(store, village.umoja, village.akello.id) == Settlement(
        ugx(15_200), pays_out=True, held=ugx(15_200)
    )
    agree(store, ask(store, village, village.akello), village.nakato, village.wanjiru)
    (payment,) = store.payments.find(person=village.akello.id, purpose="exit")
    assert (payment.amount, payment.way, payment.officer) == (ugx(15_200), "cash", village.wanjiru.id)
    assert status(store, village, village.akello) == "exited"
    totals = store.books.totals(village.umoja)
    assert {account: minor for account, minor in totals.items() if minor} == {
        "1040": 500,
        Account.SOCIAL_FUND: -500,
    }
    assert [n.values["amount"] for n in store.notices.find(kind="paid_out")] == [ugx(15_200)]
    assert verify_book(store.books, village.umoja) == []


def test_by_mobile_money_they_have_left_when_it_has_arrived(store: MongoStore, village: Village) -> None:
    asked = do(store, Contribute(village.umoja, village.okot.id, ugx(10_500)))
    assert isinstance(asked, dict)
    arrives(store, store.payments.get(asked["payment"]))
    agree(store, ask(store, village, village.okot, "mobile_money"), village.nakato, village.wanjiru)
    assert status(store, village, village.okot) == "leaving"
    balances = store.books.of_member_in([village.umoja], village.okot.id)
    assert (balances[village.umoja, Account.PAYABLE], balances[village.umoja, Account.SHARES]) == (0, 0)
    assert balances[village.umoja, Account.PROMISED] == -10_000
    assert store.books.totals(village.umoja)["1060"] == 10_000
    for saving in (
        Contribute(village.umoja, village.okot.id, ugx(5_500)),
        RecordCash(village.umoja, village.okot.id, ugx(5_500), village.wanjiru.id),
    ):
        with pytest.raises(NotAllowed):
            do(store, saving)
    payment = paying(store, village, village.okot)
    assert payment.phone == village.okot.phone
    for _ in range(2):
        arrives(store, payment)
    assert status(store, village, village.okot) == "exited"
    assert store.books.totals(village.umoja)[Account.PROMISED] == 0
    assert verify_book(store.books, village.umoja) == []


def test_what_could_not_be_sent_stays_theirs_and_an_officer_pays_it(store: MongoStore, village: Village) -> None:
    asked = do(store, Contribute(village.umoja, village.okot.id, ugx(10_500)))
    assert isinstance(asked, dict)
    arrives(store, store.payments.get(asked["payment"]))
    agree(store, ask(store, village, village.okot, "mobile_money"), village.nakato, village.wanjiru)
    pay = PaySettlement(village.nakato.id, village.umoja, village.okot.id, "cash")
    with pytest.raises(MoneyOnItsWay):  # not a second time while the first is out
        do(store, pay)
    payment_failed(store, paying(store, village, village.okot), "no_account")
    assert status(store, village, village.okot) == "leaving"
    told = {n.person for n in store.notices.find(kind="settlement_due")}
    assert told == {o.person for o in store.memberships.find(group=village.umoja) if o.role != "member"}
    assert do(store, pay) == {"minor": 10_000, "currency": "UGX"}
    assert status(store, village, village.okot) == "exited"
    with pytest.raises(NotAllowed):
        do(store, pay)
    assert store.books.totals(village.umoja)["1010"] == 15_200 - 10_000


def test_who_has_nothing_has_left_at_once(store: MongoStore, village: Village) -> None:
    agree(store, ask(store, village, village.okot, "mobile_money"), village.nakato, village.wanjiru)
    assert status(store, village, village.okot) == "exited"
    assert store.payments.find(person=village.okot.id) == []


def test_what_was_saved_after_it_was_asked_for_is_paid_too(store: MongoStore, village: Village) -> None:
    proposal = ask(store, village, village.akello)
    do(store, RecordCash(village.umoja, village.akello.id, ugx(5_000), village.wanjiru.id))
    voted = agree(store, proposal, village.nakato, village.wanjiru)
    assert voted["values"]["amount"] == {"minor": 20_200, "currency": "UGX"}
    assert store.books.totals(village.umoja)[Account.SHARES] == 0


def test_an_officer_who_leaves_does_not_decide_on_it_and_loses_the_office(
    store: MongoStore, village: Village
) -> None:
    proposal = ask(store, village, village.wanjiru)
    with pytest.raises(NotAllowed):
        agree(store, proposal, village.wanjiru)
    opio = next(m for m in store.memberships.find(group=village.umoja) if m.role == "secretary")
    agree(store, proposal, village.nakato)
    do(store, Vote(opio.person, proposal.id, proposal.digest, yes=True))
    membership = store.memberships.get(membership_id(village.umoja, village.wanjiru.id))
    assert (membership.status, membership.role) == ("exited", "member")
    with pytest.raises(TooFewOfficers):  # of two that are left, one would leave
        ask(store, village, village.nakato)


@pytest.mark.parametrize("state", ["submitted", "approved", "active"])
def test_a_loan_keeps_its_borrower(store: MongoStore, village: Village, state: LoanState) -> None:
    lend(store, village, village.okot, "closed")
    ask(store, village, village.okot)
    lend(store, village, village.akello, state)
    with pytest.raises(LoanOpen):
        ask(store, village, village.akello)
    with pytest.raises(LoanOpen):
        settlement(store, village.umoja, village.akello.id)


def test_who_stands_for_a_loan_stays_until_it_is_free(store: MongoStore, village: Village) -> None:
    loan = stand_for(store, village.umoja, village.okot.id, village.akello.id, 1)
    with pytest.raises(StandsForLoan):
        ask(store, village, village.akello)
    store.loans.change(loan, state="rejected")
    ask(store, village, village.akello)


def test_a_loan_that_was_asked_for_after_it_refuses_the_last_vote(store: MongoStore, village: Village) -> None:
    proposal = ask(store, village, village.akello)
    agree(store, proposal, village.nakato)
    lend(store, village, village.akello, "submitted")
    with pytest.raises(LoanOpen):
        agree(store, proposal, village.wanjiru)
    assert status(store, village, village.akello) == "active"


def test_fines_that_are_due_keep_a_member_and_say_how_much(store: MongoStore, village: Village) -> None:
    fine(store, village, village.akello, 500, 700)
    with pytest.raises(FineOpen) as refused:
        ask(store, village, village.akello)
    assert refused.value.details == {"amount": 1_200, "currency": "UGX"}
    for number in range(2):
        store.fines.change(f"fine{number}", state="paid")
    ask(store, village, village.akello)


def test_a_rotation_ends_before_one_leaves(store: MongoStore, village: Village) -> None:
    put_in = (Posting("1010", 5_000), Posting(Account.POT, -5_000, village.okot.id))
    store.post(Draft(village.umoja, "UGX", "round 1", "", store.now(), put_in))
    with pytest.raises(RotationOpen):
        ask(store, village, village.okot)
    received = (Posting("1010", -5_000), Posting(Account.POT, 5_000, village.okot.id))
    store.post(Draft(village.umoja, "UGX", "round 2", "", store.now(), received))
    ask(store, village, village.okot)


def test_money_on_its_way_arrives_before_one_leaves(store: MongoStore, village: Village) -> None:
    proposal = ask(store, village, village.akello)
    asked = do(store, Contribute(village.umoja, village.akello.id, ugx(500)))
    assert isinstance(asked, dict)
    agree(store, proposal, village.nakato)
    with pytest.raises(MoneyOnItsWay):
        agree(store, proposal, village.wanjiru)
    payment_failed(store, store.payments.get(asked["payment"]), "not_approved_in_time")
    agree(store, proposal, village.wanjiru)
    assert status(store, village, village.akello) == "exited"


def test_neither_a_frozen_member_nor_one_of_a_group_that_shares_out_leaves(
    store: MongoStore, village: Village
) -> None:
    do(store, Freeze(village.okot.id))
    with pytest.raises(Frozen):
        ask(store, village, village.okot)
    store.groups.change(village.umoja, closing=True)
    with pytest.raises(GroupIsClosing):
        ask(store, village, village.akello)


# Recorded by officers


def test_of_a_member_who_has_died_the_family_gets_the_savings_in_cash(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    do(store, RecordDeath(village.nakato.id, village.umoja, village.akello.id, "Akello Stella, her sister"))
    # She may be alive: her phone says what is being decided.
    assert len(store.notices.find(person=village.akello.id, kind="death_reported")) == 1
    proposal = proposed(store, village.akello)
    assert proposal.values["family"] == "Akello Stella, her sister"
    with pytest.raises(NotAllowed):  # who recorded it
        agree(store, proposal, village.nakato)
    opio = register_of(store, "+256772000110")
    agree(store, proposal, village.wanjiru, opio)
    assert status(store, village, village.akello) == "leaving"
    pay_when_it_is_no_longer_held(store, village, village.akello, opio, clock)
    (payment,) = store.payments.find(person=village.akello.id, purpose="exit")
    assert (payment.amount, payment.officer) == (ugx(15_200), opio.id)
    assert status(store, village, village.akello) == "deceased"
    assert store.notices.find(person=village.akello.id, kind="paid_out") == []
    assert store.people.get(village.akello.id).name == village.akello.name  # records are never deleted


def pay_when_it_is_no_longer_held(
    store: MongoStore, village: Village, who: Villager, officer: Villager, clock: Clock
) -> None:
    """No money leaves for a day after others decided that somebody is no longer a member."""
    pay = PaySettlement(officer.id, village.umoja, who.id, "cash")
    clock.forward(hours=23, minutes=59)
    with pytest.raises(MemberHeld) as refused:
        do(store, pay)
    assert refused.value.details == {"hours": 1}
    clock.forward(minutes=1)
    do(store, pay)


def test_where_mobile_money_pays_nothing_out_who_leaves_is_paid_in_cash(
    store: MongoStore, village: Village
) -> None:
    store.providers = ()
    with pytest.raises(NotPayable):
        ask(store, village, village.akello, "mobile_money")
    assert not settlement(store, village.umoja, village.akello.id).pays_out
    ask(store, village, village.akello, "cash")


def test_what_is_left_of_who_has_died_is_sent_to_the_number_that_was_decided_on(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    """Never to their own phone, whoever holds that now."""
    asked: Any = do(store, Contribute(village.umoja, village.okot.id, ugx(10_500)))
    arrives(store, store.payments.get(asked["payment"]))
    opio, heir = register_of(store, "+256772000110"), "+256772000199"
    for who, phone in ((village.akello, ""), (village.okot, heir)):
        do(store, RecordDeath(village.nakato.id, village.umoja, who.id, "A sister", phone))
        agree(store, proposed(store, who), village.wanjiru, opio)
    clock.forward(days=1)
    with pytest.raises(NotPayable):
        do(store, PaySettlement(opio.id, village.umoja, village.akello.id, "mobile_money"))
    do(store, PaySettlement(opio.id, village.umoja, village.okot.id, "mobile_money"))
    payment = paying(store, village, village.okot)
    assert (payment.phone, payment.amount) == (heir, ugx(10_000))
    arrives(store, payment)
    assert status(store, village, village.okot) == "deceased"


def test_that_an_officer_has_died_all_members_decide_and_an_officer_pays(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    """Of three officers, one has died and one asks: no two are left."""
    do(store, RecordCash(village.umoja, village.wanjiru.id, ugx(5_500), village.nakato.id))
    do(store, RecordDeath(village.nakato.id, village.umoja, village.wanjiru.id, "Her son"))
    proposal = proposed(store, village.wanjiru)
    assert (proposal.by, proposal.needed) == ("members", 2)
    agree(store, proposal, village.okot, village.akello)
    assert status(store, village, village.wanjiru) == "leaving"
    pay_when_it_is_no_longer_held(store, village, village.wanjiru, village.nakato, clock)
    assert status(store, village, village.wanjiru) == "deceased"


def test_who_is_expelled_gets_what_is_left_after_fines(store: MongoStore, village: Village, clock: Clock) -> None:
    fine(store, village, village.akello, 500, 700)
    do(store, Expel(village.nakato.id, village.umoja, village.akello.id, "took the box"))
    agree(store, proposed(store, village.akello), village.okot, village.nakato)
    assert status(store, village, village.akello) == "leaving"
    assert {each.state for each in store.fines.find(person=village.akello.id)} == {"paid"}
    totals = store.books.totals(village.umoja)
    assert (totals["4020"], totals[Account.PAYABLE], totals[Account.SHARES]) == (-1_200, -14_000, 0)
    pay_when_it_is_no_longer_held(store, village, village.akello, village.wanjiru, clock)
    assert status(store, village, village.akello) == "expelled"


@pytest.mark.parametrize(
    ("fines", "became"),
    [
        ((2_000,), [("waived", 1_000)]),
        ((1_001,), [("waived", 1_000)]),
        ((1_000,), [("paid", 1_000)]),
        ((999,), [("paid", 999)]),
        ((400, 600, 500), [("paid", 400), ("paid", 600), ("waived", 0)]),
        ((400, 700), [("paid", 400), ("waived", 600)]),
    ],
    ids=["twice what is there", "one more", "exactly what is there", "one less", "exactly, then more", "in part"],
)
def test_a_fine_is_paid_as_far_as_the_money_goes_and_the_rest_is_waived(
    store: MongoStore, village: Village, fines: tuple[int, ...], became: list[tuple[str, int]]
) -> None:
    """Okot dies with 1,000 saved."""
    do(store, RecordCash(village.umoja, village.okot.id, ugx(1_500), village.nakato.id))
    fine(store, village, village.okot, *fines)
    do(store, RecordDeath(village.nakato.id, village.umoja, village.okot.id, "Okot Peter"))
    agree(store, proposed(store, village.okot), village.wanjiru, register_of(store, "+256772000110"))
    assert [(each.state, each.paid) for each in store.fines.find(person=village.okot.id, sort="at")] == became
    assert -store.books.totals(village.umoja)["4020"] == min(1_000, sum(fines))
    payable = store.books.of_member_in([village.umoja], village.okot.id)[village.umoja, Account.PAYABLE]
    paid = [each.amount.minor for each in store.payments.find(person=village.okot.id, purpose="exit")]
    assert sum(paid) - payable == max(0, 1_000 - sum(fines))


@pytest.mark.parametrize("role", ["officer", "member"])
def test_only_an_officer_asks_to_expel_and_never_themselves(
    store: MongoStore, village: Village, role: Literal["officer", "member"]
) -> None:
    maker = village.nakato if role == "officer" else village.okot
    whom = village.nakato if role == "officer" else village.akello
    with pytest.raises(NotAllowed):
        do(store, Expel(maker.id, village.umoja, whom.id, "quarrels"))


def test_the_last_officer_is_not_expelled(store: MongoStore, village: Village) -> None:
    do(store, Expel(village.nakato.id, village.umoja, village.wanjiru.id, "quarrels"))
    proposal = proposed(store, village.wanjiru)
    agree(store, proposal, village.akello)
    for officer in store.memberships.find(group=village.umoja, role=["chairperson", "secretary"]):
        store.memberships.change(officer.id, role="member")
    with pytest.raises(LastOfficer):
        agree(store, proposal, village.okot)


def test_nobody_pays_themselves_nor_somebody_who_stays(store: MongoStore, village: Village, clock: Clock) -> None:
    with pytest.raises(NotAllowed):
        do(store, PaySettlement(village.nakato.id, village.umoja, village.akello.id, "cash"))
    do(store, Expel(village.nakato.id, village.umoja, village.akello.id, "took the box"))
    agree(store, proposed(store, village.akello), village.okot, village.nakato)
    with pytest.raises(NotAllowed):
        do(store, PaySettlement(village.okot.id, village.umoja, village.akello.id, "cash"))
    do(store, Freeze(village.akello.id))
    with pytest.raises(Frozen):
        do(store, PaySettlement(village.nakato.id, village.umoja, village.akello.id, "cash"))
    # An officer who knows them opens it: else what is theirs would never be paid.
    do(store, Unfreeze(village.nakato.id, village.umoja, village.akello.id))
    clock.forward(days=1)
    do(store, PaySettlement(village.nakato.id, village.umoja, village.akello.id, "cash"))


@runs(on_one_store, max_examples=6)
@given(saved=st.integers(1, 25_000), fines=st.lists(st.integers(1, 20_000), max_size=4))
def test_what_was_saved_is_what_is_payable_and_what_the_fines_took(
    store: MongoStore, saved: int, fines: list[int]
) -> None:
    for table in store.database.list_collection_names():
        store.database[table].delete_many({})
    village = found_village(store)
    store.groups.change(village.umoja, code="10102")
    do(store, RecordCash(village.umoja, village.akello.id, ugx(saved), village.wanjiru.id))
    fine(store, village, village.akello, *fines)
    before = store.books.totals(village.umoja)
    had = -before.get(Account.SHARES, 0) - before.get(Account.CREDIT, 0)
    do(store, Expel(village.nakato.id, village.umoja, village.akello.id, "quarrels"))
    agree(store, proposed(store, village.akello), village.okot, village.nakato)
    totals = store.books.totals(village.umoja)
    assert -totals.get(Account.PAYABLE, 0) == max(0, had - sum(fines))
    assert -totals.get("4020", 0) == min(had, sum(fines))
    assert (totals.get(Account.SHARES, 0), totals.get(Account.CREDIT, 0), sum(totals.values())) == (0, 0, 0)
    assert store.fines.find(state="due") == []
    assert (status(store, village, village.akello) == "expelled") == (had <= sum(fines))


def register_of(store: MongoStore, phone: str) -> Villager:
    person = store.people.one(phone=phone)
    assert person is not None
    return Villager(person.id, person.name, person.phone, "")
