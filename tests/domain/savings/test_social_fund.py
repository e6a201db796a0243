"""The social fund: what may be asked, who decides, how it is paid, and that it pays nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from domain.books.accounts import Account
from domain.books.ledger import Draft, InsufficientFunds, Posting
from domain.decisions.lapsing import expire
from domain.decisions.rights import Frozen
from domain.decisions.voting import AlreadyAsked, Withdraw
from domain.errors import DomainError
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.payment import Way
from domain.records.person import AlreadyDecided, NotAllowed, membership_id
from domain.savings.social_fund import AboveTheFund, AskGrant, Granted, PayGrant, fund, grants_to_pay
from domain.treasury.settle import payment_failed
from tests.conftest import Clock, on_one_store
from tests.domain.officers import proposed, told, village_with_fines, vote
from tests.money import ugx
from tests.people import Village, Villager, arrives, do


@pytest.fixture
def village(store: MongoStore) -> Village:
    """The social fund has UGX 10,000: 6,000 in its box and 4,000 in its wallet, beside 50,000 of shares."""
    village = village_with_fines(store)
    legs = (
        Posting("1040", 6_000),
        Posting("1020", 50_000),
        Posting("1025", 4_000),
        Posting(Account.SOCIAL_FUND, -10_000),
        Posting("3010", -50_000, village.okot.id),
    )
    store.post(Draft(village.umoja, "UGX", "opening", "as it was", store.now(), legs))
    return village


def ask(store: MongoStore, village: Village, who: Villager, minor: int) -> None:
    do(store, AskGrant(who.id, village.umoja, ugx(minor), "a funeral"))


def granted(store: MongoStore, village: Village, who: Villager, minor: int) -> str:
    """A grant that the officers agreed to; answers with its id."""
    ask(store, village, who, minor)
    proposal = proposed(store, "grant")
    vote(store, proposal, village.nakato, village.wanjiru)
    return proposal.id


def pay(store: MongoStore, village: Village, grant: str, way: Way = "cash") -> str:
    """Answers with the payment's id."""
    asked: Any = do(store, PayGrant(village.wanjiru.id, grant, way))
    return str(asked["payment"])


def test_a_grant_is_asked_for_up_to_the_fund_and_decided_by_officers(store: MongoStore, village: Village) -> None:
    for minor in (10_001, 10**12):
        with pytest.raises(AboveTheFund) as refused:
            ask(store, village, village.akello, minor)
        assert refused.value.details == {"most": 10_000, "currency": "UGX"}
    for minor in (0, -1):
        with pytest.raises(NotAllowed):
            ask(store, village, village.akello, minor)
    ask(store, village, village.akello, 10_000)
    proposal = proposed(store, "grant")
    assert (proposal.maker, proposal.about, proposal.needed) == (village.akello.id, village.akello.id, 2)
    assert store.grants.get(proposal.id).state == "asked"
    with pytest.raises(NotAllowed):
        vote(store, proposal, village.akello)
    vote(store, proposal, village.nakato)
    assert not grants_to_pay(store, village.umoja)
    vote(store, proposal, village.okot)
    assert [*grants_to_pay(store, village.umoja)] == [
        Granted(proposal.id, "Akello Grace", ugx(10_000), pays_out=True)
    ]
    assert told(store, village.akello)[-1] == "granted"


def test_a_grant_in_cash_comes_from_the_social_fund_s_own_box(store: MongoStore, village: Village) -> None:
    id = granted(store, village, village.akello, 6_000)
    before = store.books.totals(village.umoja)
    pay(store, village, id)
    assert store.books.totals(village.umoja) == before | {"1040": 0, Account.SOCIAL_FUND: -4_000}
    assert (store.grants.get(id).state, told(store, village.akello)[-1]) == ("paid", "paid_out")
    with pytest.raises(AlreadyDecided):
        pay(store, village, id)
    assert verify_book(store.books, village.umoja) == []


def test_a_grant_is_paid_from_the_fund_s_own_purses_whatever_else_there_is(
    store: MongoStore, village: Village
) -> None:
    id = granted(store, village, village.akello, 6_001)
    before = store.books.totals(village.umoja)
    for way in ("cash", "mobile_money"):
        with pytest.raises(InsufficientFunds):
            pay(store, village, id, way)
    assert store.books.totals(village.umoja) == before
    assert store.grants.get(id).state == "approved"
    less = granted(store, village, village.okot, 4_000)
    arrives(store, store.payments.get(pay(store, village, less, "mobile_money")))
    of_the_fund = {"1025": 0, "1060": 0, "2045": 0, Account.SOCIAL_FUND: -6_000}
    assert store.books.totals(village.umoja) == before | of_the_fund


def test_what_is_on_its_way_is_no_longer_there_to_grant(store: MongoStore, village: Village) -> None:
    """Two at once would overdraw the fund when the second is confirmed."""
    first = granted(store, village, village.akello, 4_000)
    second = granted(store, village, village.okot, 7_000)
    payment = pay(store, village, first, "mobile_money")
    assert fund(store, village.umoja) == ugx(6_000)
    with pytest.raises(AboveTheFund):
        pay(store, village, second)
    payment_failed(store, store.payments.get(payment), "no_account")
    assert (store.grants.get(first).state, fund(store, village.umoja)) == ("approved", ugx(10_000))
    arrives(store, store.payments.get(pay(store, village, first, "mobile_money")))
    assert fund(store, village.umoja) == ugx(6_000)
    with pytest.raises(AboveTheFund):
        pay(store, village, second)


def test_a_vote_for_more_than_is_left_is_refused_and_changes_nothing(store: MongoStore, village: Village) -> None:
    ask(store, village, village.akello, 8_000)
    late = proposed(store, "grant")
    vote(store, late, village.nakato)
    do(store, AskGrant(village.okot.id, village.umoja, ugx(4_000), "a roof"))
    (other,) = store.proposals.find(about=village.okot.id, state="open")
    vote(store, other, village.nakato, village.wanjiru)
    pay(store, village, other.id)
    with pytest.raises(AboveTheFund):
        vote(store, late, village.wanjiru)
    assert (store.grants.get(late.id).state, store.proposals.get(late.id).state) == ("asked", "open")


def test_who_is_refused_hears_why_and_may_ask_again(store: MongoStore, village: Village) -> None:
    ask(store, village, village.akello, 5_000)
    with pytest.raises(AlreadyAsked):
        ask(store, village, village.akello, 1_000)
    proposal = proposed(store, "grant")
    vote(store, proposal, village.nakato, village.wanjiru, yes=False)
    assert store.grants.get(proposal.id).state == "rejected"
    (notice,) = store.notices.find(person=village.akello.id, kind="decided")
    assert notice.values["why"] == "we have too little"
    with pytest.raises(AlreadyDecided):
        pay(store, village, proposal.id)
    ask(store, village, village.akello, 1_000)


def test_a_request_is_taken_back_or_expires(store: MongoStore, village: Village, clock: Clock) -> None:
    ask(store, village, village.akello, 5_000)
    first = proposed(store, "grant")
    do(store, Withdraw(village.akello.id, first.id))
    assert store.grants.get(first.id).state == "withdrawn"
    ask(store, village, village.akello, 5_000)
    second = proposed(store, "grant")
    clock.forward(days=15)
    expire(store, second.id)
    assert store.grants.get(second.id).state == "expired"


def test_no_officer_pays_themselves_and_no_member_pays(store: MongoStore, village: Village) -> None:
    ask(store, village, village.okot, 5_000)
    proposal = proposed(store, "grant")
    vote(store, proposal, village.nakato, village.wanjiru)
    for nobody in (village.okot, village.akello):
        with pytest.raises(NotAllowed):
            do(store, PayGrant(nobody.id, proposal.id, "cash"))
    pay(store, village, proposal.id)


def test_only_an_active_member_who_is_not_frozen_asks_and_is_paid(store: MongoStore, village: Village) -> None:
    id = granted(store, village, village.akello, 5_000)
    store.people.change(village.akello.id, frozen=True)
    with pytest.raises(Frozen):
        pay(store, village, id)
    with pytest.raises(Frozen):
        ask(store, village, village.akello, 1_000)
    store.people.change(village.akello.id, frozen=False)
    store.memberships.change(membership_id(village.umoja, village.akello.id), status="exited")
    with pytest.raises(NotAllowed):
        ask(store, village, village.akello, 1_000)


Step = tuple[str, int]


@runs(on_one_store, max_examples=8)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["cash", "mobile_money", "fails", "waits"]), st.integers(1, 12_000)), max_size=6
    )
)
def test_whatever_is_granted_no_cash_is_below_zero_and_the_fund_pays_no_more_than_it_has(
    store: MongoStore, village: Village, steps: list[Step]
) -> None:
    before, paid = store.books.totals(village.umoja), 0
    for way, minor in steps:
        try:
            id = granted(store, village, village.akello, minor)
            payment = store.payments.get(pay(store, village, id, "cash" if way == "cash" else "mobile_money"))
        except DomainError:
            _give_up(store, village)
            continue
        if way == "fails":
            payment_failed(store, payment, "not_approved_in_time")
            _give_up(store, village)
            continue
        if way == "mobile_money":
            arrives(store, payment)
        paid += minor
    totals = store.books.totals(village.umoja)
    assert totals[Account.SOCIAL_FUND] - before[Account.SOCIAL_FUND] == paid
    assert fund(store, village.umoja).minor == -totals[Account.SOCIAL_FUND] >= 0
    assert totals["1020"] == before["1020"], "of the group's own wallet nothing was paid"
    assert min(totals[account] for account in ("1025", "1040")) >= 0 and sum(totals.values()) == 0
    assert verify_book(store.books, village.umoja) == []


def _give_up(store: MongoStore, village: Village) -> None:
    """What was granted and could not be paid is let go, so that another can be asked for."""
    for grant in store.grants.find(group=village.umoja, state=["asked", "approved"]):
        store.grants.change(grant.id, state="withdrawn")
