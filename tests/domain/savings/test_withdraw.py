"""Taking savings out: what is free, who agrees, and that nothing is paid twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.books.accounts import Account
from domain.books.ledger import InsufficientFunds
from domain.commands import execute
from domain.decisions.rights import Frozen, GroupIsClosing
from domain.decisions.voting import AlreadyAsked, TooFewOfficers, Vote
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.people.freeze import Freeze
from domain.records.group import GroupKind
from domain.records.payment import Payment, Way
from domain.records.person import NotAllowed, membership_id
from domain.records.proposal import Proposal
from domain.savings.contribute import Contribute, RecordCash
from domain.savings.withdraw import AskWithdrawal, NotSoMuch, Withdrawable, withdrawable
from domain.treasury.money_out import NotPayable, PayeeHeld
from domain.treasury.settle import payment_failed
from tests.conftest import Clock
from tests.domain.officers import agree
from tests.domain.savers import stand_for
from tests.money import ugx
from tests.people import Village, Villager, arrives, do, found_village


@pytest.fixture
def village(store: MongoStore) -> Village:
    """A group of plain savings: Akello has put 20,000 in by mobile money, Okot 10,000 in cash."""
    village = found_village(store)
    of_kind(store, village, "savings")
    asked = do(store, Contribute(village.umoja, village.akello.id, ugx(20_500)))
    assert isinstance(asked, dict)
    arrives(store, store.payments.get(asked["payment"]))
    do(store, RecordCash(village.umoja, village.okot.id, ugx(10_500), village.wanjiru.id))
    return village


def of_kind(store: MongoStore, village: Village, kind: GroupKind) -> None:
    store.groups.change(village.umoja, kind=kind)


def ask(store: MongoStore, village: Village, who: Villager, minor: int, way: Way = "mobile_money") -> Proposal:
    do(store, AskWithdrawal(who.id, village.umoja, ugx(minor), way))
    (proposal,) = store.proposals.find(subject=who.id, kind="withdrawal", state="open")
    return proposal


def paying(store: MongoStore, who: Villager) -> Payment:
    (payment,) = store.payments.find(person=who.id, purpose="withdrawal", state="created")
    return payment


def most(store: MongoStore, village: Village, who: Villager) -> int:
    return withdrawable(store, village.umoja, who.id).most.minor


def lock(store: MongoStore, village: Village, minor: int) -> None:
    """Akello stands for one more loan."""
    stand_for(store, village.umoja, village.okot.id, village.akello.id, minor)


def test_what_two_officers_agree_to_is_set_aside_and_posted_when_it_has_arrived(
    store: MongoStore, village: Village
) -> None:
    proposal = ask(store, village, village.akello, 8_000)
    assert agree(store, proposal, village.nakato)["state"] == "open"
    assert store.payments.count(group=village.umoja, direction="out") == 0
    assert agree(store, proposal, village.wanjiru)["state"] == "approved"
    totals = store.books.totals(village.umoja)
    assert (totals["1020"], totals["1060"], totals[Account.DEPOSITS]) == (12_000, 8_000, -22_000)
    payment = paying(store, village.akello)
    assert (payment.amount, payment.phone, payment.asked_by) == (ugx(8_000), village.akello.phone, "")
    for _ in range(2):
        arrives(store, payment)
    totals = store.books.totals(village.umoja)
    assert (totals["1020"], totals["1060"], totals[Account.DEPOSITS]) == (12_000, 0, -22_000)
    assert [n.person for n in store.notices.find(kind="paid_out")] == [village.akello.id]
    assert verify_book(store.books, village.umoja) == []


def test_what_is_on_its_way_cannot_be_taken_out_again_until_it_has_failed(
    store: MongoStore, village: Village
) -> None:
    agree(store, ask(store, village, village.akello, 8_000), village.nakato, village.wanjiru)
    assert most(store, village, village.akello) == 0
    with pytest.raises(NotSoMuch):
        ask(store, village, village.akello, 100)
    payment_failed(store, paying(store, village.akello), "no_account")
    assert most(store, village, village.akello) == 20_000
    assert store.books.totals(village.umoja)["1020"] == 20_000


def test_cash_is_handed_over_by_the_officer_who_agrees_last(store: MongoStore, village: Village) -> None:
    agree(store, ask(store, village, village.okot, 4_000, "cash"), village.wanjiru, village.nakato)
    (payment,) = store.payments.find(person=village.okot.id, purpose="withdrawal")
    assert (payment.state, payment.officer) == ("succeeded", village.nakato.id)
    assert store.books.totals(village.umoja)["1010"] == 6_000
    assert most(store, village, village.okot) == 6_000


def test_credit_is_taken_before_deposits(store: MongoStore, village: Village) -> None:
    of_kind(store, village, "vsla")
    do(store, RecordCash(village.umoja, village.okot.id, ugx(700), village.wanjiru.id))
    of_kind(store, village, "savings")
    agree(store, ask(store, village, village.okot, 4_000, "cash"), village.wanjiru, village.nakato)
    balances = store.books.of_member_in([village.umoja], village.okot.id)
    assert (balances[village.umoja, Account.CREDIT], balances[village.umoja, Account.DEPOSITS]) == (0, -6_700)


@pytest.mark.parametrize("minor", [20_001, 0, -1, 10**12])
def test_no_more_is_asked_for_than_there_is(store: MongoStore, village: Village, minor: int) -> None:
    with pytest.raises(NotSoMuch) as refused:
        ask(store, village, village.akello, minor)
    assert refused.value.details == {"most": 20_000, "currency": "UGX", "pledged": 0, "own": 0}
    assert store.proposals.count(group=village.umoja, state="open") == 0
    ask(store, village, village.akello, 20_000)


def test_shares_stay_in_until_the_share_out(store: MongoStore, village: Village) -> None:
    of_kind(store, village, "vsla")
    do(store, RecordCash(village.umoja, village.okot.id, ugx(5_300), village.wanjiru.id))
    assert most(store, village, village.okot) == 300  # the credit below one share
    with pytest.raises(NotSoMuch):
        ask(store, village, village.okot, 301, "cash")
    ask(store, village, village.okot, 300, "cash")


def test_what_a_guarantor_stands_for_stays(store: MongoStore, village: Village) -> None:
    lock(store, village, 15_000)
    found = withdrawable(store, village.umoja, village.akello.id)
    assert found == Withdrawable(ugx(5_000), ugx(15_000), pays_out=True)
    with pytest.raises(NotSoMuch):
        ask(store, village, village.akello, 5_001)
    proposal = ask(store, village, village.akello, 5_000)
    lock(store, village, 1)  # before it is decided
    with pytest.raises(NotSoMuch):
        agree(store, proposal, village.nakato, village.wanjiru)
    assert store.payments.count(group=village.umoja, direction="out") == 0
    lock(store, village, 24_999)  # with it, more than there is
    assert most(store, village, village.akello) == 0


def test_what_was_spent_meanwhile_is_not_paid(store: MongoStore, village: Village) -> None:
    """The balance is looked at in the transaction that pays."""
    proposal = ask(store, village, village.okot, 8_000, "cash")
    agree(store, proposal, village.nakato)
    store.database["accounts"].update_one(
        {"_id": f"{village.umoja}|{Account.DEPOSITS}|{village.okot.id}"}, {"$set": {"balance": -7_999}}
    )
    with pytest.raises(NotSoMuch):
        agree(store, proposal, village.wanjiru)
    assert store.proposals.get(proposal.id).yes == (village.nakato.id,)


def test_the_wallet_has_to_hold_it(store: MongoStore, village: Village) -> None:
    """Okot's savings are in the cash box; the wallet holds Akello's."""
    agree(store, ask(store, village, village.akello, 15_000), village.nakato, village.wanjiru)
    proposal = ask(store, village, village.okot, 8_000)
    with pytest.raises(InsufficientFunds):
        agree(store, proposal, village.nakato, village.wanjiru)
    assert [p.person for p in store.payments.find(direction="out")] == [village.akello.id]


def test_one_withdrawal_is_asked_for_at_a_time(store: MongoStore, village: Village) -> None:
    ask(store, village, village.akello, 1_000)
    with pytest.raises(AlreadyAsked):
        ask(store, village, village.akello, 1_000)


def test_two_officers_at_once_pay_once(store: MongoStore, village: Village) -> None:
    proposal = ask(store, village, village.akello, 8_000)
    with ThreadPoolExecutor(2) as threads:
        [*threads.map(lambda officer: agree(store, proposal, officer), (village.nakato, village.wanjiru))]
    assert store.payments.count(person=village.akello.id, direction="out") == 1
    vote = Vote(village.nakato.id, proposal.id, proposal.digest, yes=True)
    with pytest.raises(Exception, match="already_decided"):
        execute(store, "again", vote)


def test_no_officer_agrees_to_their_own(store: MongoStore, village: Village) -> None:
    do(store, RecordCash(village.umoja, village.nakato.id, ugx(5_500), village.wanjiru.id))
    with pytest.raises(TooFewOfficers):  # there are two, and one asks
        ask(store, village, village.nakato, 1_000, "cash")
    store.memberships.change(membership_id(village.umoja, village.okot.id), role="secretary")
    proposal = ask(store, village, village.nakato, 1_000, "cash")
    with pytest.raises(NotAllowed):
        agree(store, proposal, village.nakato)
    agree(store, proposal, village.wanjiru, village.okot)
    assert most(store, village, village.nakato) == 4_000


def test_a_frozen_account_moves_no_money_in_or_out(store: MongoStore, village: Village) -> None:
    proposal = ask(store, village, village.akello, 1_000)
    agree(store, proposal, village.nakato)
    do(store, Freeze(village.akello.id))
    for command in (
        AskWithdrawal(village.akello.id, village.umoja, ugx(100), "mobile_money"),
        Contribute(village.umoja, village.akello.id, ugx(500)),
        RecordCash(village.umoja, village.akello.id, ugx(500), village.wanjiru.id),
        Vote(village.wanjiru.id, proposal.id, proposal.digest, yes=True),
    ):
        with pytest.raises(Frozen):
            do(store, command)
    assert store.payments.count(group=village.umoja, direction="out") == 0


def test_while_the_group_shares_out_nothing_is_taken_out(store: MongoStore, village: Village) -> None:
    store.groups.change(village.umoja, closing=True)
    with pytest.raises(GroupIsClosing):
        ask(store, village, village.akello, 1_000)


@pytest.mark.parametrize(("hours", "held"), [(0, True), (23, True), (24, False)])
def test_a_new_number_is_paid_a_day_later_and_cash_at_once(
    store: MongoStore, village: Village, clock: Clock, hours: int, held: bool
) -> None:
    store.people.change(village.akello.id, phone_changed_at=clock())
    clock.forward(hours=hours)
    proposal = ask(store, village, village.akello, 1_000)
    if not held:
        assert agree(store, proposal, village.nakato, village.wanjiru)["state"] == "approved"
        return
    with pytest.raises(PayeeHeld) as refused:
        agree(store, proposal, village.nakato, village.wanjiru)
    assert refused.value.details == {"hours": 24 - hours, "what": "phone"}
    store.people.change(village.okot.id, phone_changed_at=clock())
    cash = ask(store, village, village.okot, 1_000, "cash")
    assert agree(store, cash, village.nakato, village.wanjiru)["state"] == "approved"


def test_where_mobile_money_pays_nothing_out_it_has_to_be_cash(store: MongoStore, village: Village) -> None:
    store.providers = ()
    with pytest.raises(NotPayable):
        ask(store, village, village.okot, 1_000)
    assert not withdrawable(store, village.umoja, village.okot.id).pays_out
    ask(store, village, village.okot, 1_000, "cash")


def test_savings_are_taken_out_in_the_money_of_the_group(store: MongoStore, village: Village) -> None:
    with pytest.raises(NotAllowed):
        do(store, AskWithdrawal(village.okot.id, village.umoja, Money(1_000, "KES"), "cash"))
