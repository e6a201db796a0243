"""Several providers carry the money of one group: what each of them has of it is what it moved."""

from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.books.accounts import WITH_PROVIDERS, Account
from domain.books.ledger import Draft, Entry, InsufficientFunds, Posting
from domain.errors import DomainError
from domain.groups.own_money import Enter, Event, Purse, own_money
from domain.loans.repay import Repay
from domain.loans.use_credit import UseCredit
from domain.meetings.meant_otherwise import AskToCredit
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.inbound import Came, inbound_id
from domain.records.payment import Payment, Way
from domain.records.person import NotAllowed
from domain.savings.contribute import Contribute, RecordCash
from domain.savings.social_fund import AskGrant, PayGrant
from domain.savings.withdraw import AskWithdrawal
from domain.store import MoneyProvider
from domain.treasury.inbound import receive
from domain.treasury.settle import payment_failed
from domain.treasury.unidentified import place
from domain.treasury.wallets import held_by_providers, wallets_of
from tests.conftest import Clock, on_one_store
from tests.domain.savers import Savers, found
from tests.money import ugx
from tests.people import arrives
from tests.second_opinion import check_balances, needs_hledger

RAILS = ("red", "green", "blue")
EVERYBODY = ("ada", "ben", "cy", "dan", "eve", "fay")
CARRIER = {person: RAILS[place % 3] for place, person in enumerate(EVERYBODY)}
MONEY_IN_WALLETS = (Account.WALLET, Account.SOCIAL_WALLET)


@pytest.fixture
def savers(store: MongoStore) -> Savers:
    """Red carries the money of Ada and Dan, green of Ben and Eve, blue of Cy and Fay."""
    savers = found(store, saved=0, social_fund=ugx(1_000))
    store.providers = [
        MoneyProvider(rail, direction, frozenset({"UGX"}), numbers_of(store, rail), title=rail.title())
        for rail in RAILS
        for direction in ("in", "out")
    ]
    return savers


def numbers_of(store: MongoStore, rail: str) -> tuple[str, ...]:
    return tuple(store.people.get(person).phone for person in EVERYBODY if CARRIER[person] == rail)


def held(savers: Savers) -> dict[str, int]:
    """What each provider has of all groups' money together; what is nothing is left out."""
    found = {each.provider: each.total.minor for each in held_by_providers(savers.store)}
    return {provider: minor for provider, minor in found.items() if minor}


def check(savers: Savers) -> None:
    """The parts of each account are the sum of their postings, and together they are the account."""
    store, group = savers.store, savers.group
    wallets, posted = store.books.wallets(group), Counter[tuple[str, str]]()
    for entry in store.books.entries(group):
        for leg in entry.postings:
            if leg.account in WITH_PROVIDERS:
                posted[leg.account, leg.provider] += leg.amount
    assert wallets == {of: minor for of, minor in posted.items() if minor}
    for account in WITH_PROVIDERS:
        assert sum(minor for (code, _), minor in wallets.items() if code == account) == savers.totals.get(
            account, 0
        )
    assert all(savers.totals.get(account, 0) >= 0 for account in MONEY_IN_WALLETS)
    assert verify_book(store.books, group) == []


class Rails:
    """The stand-in for what the providers moved: it counts what each did, as they would say it."""

    def __init__(self, savers: Savers, clock: Clock) -> None:
        self.savers, self.clock, self.moved = savers, clock, Counter[str]()

    def do(self, what: str, person: str, minor: int, ends: str) -> None:
        """Something of a group's day. What is refused moves nothing, and nobody votes on it any more."""
        self.clock.forward(hours=2)
        with suppress(DomainError):
            getattr(self, what)(person, minor, ends)
        for proposal in self.savers.store.proposals.find(group=self.savers.group, state="open"):
            self.savers.store.proposals.change(proposal.id, state="rejected")

    def collect(self, person: str, minor: int, ends: str) -> None:
        asked = self.savers.do(Contribute(self.savers.group, person, ugx(minor)))
        self.end(self.savers.store.payments.get(asked["payment"]), ends)

    def pay(self, person: str, minor: int, ends: str) -> None:
        self.savers.do(AskWithdrawal(person, self.savers.group, ugx(minor), "mobile_money"))
        self.agreed("withdrawal")
        for payment in self.savers.store.payments.find(group=self.savers.group, direction="out", state="created"):
            self.end(payment, ends)

    def end(self, payment: Payment, ends: str) -> None:
        assert payment.provider == CARRIER[payment.person]
        if ends == "fails":
            payment_failed(self.savers.store, payment, "declined")
        elif ends == "arrives" and arrives(self.savers.store, payment):
            sign = 1 if payment.direction == "in" else -1
            self.moved[payment.provider] += sign * payment.amount.minor

    def to_credit(self, person: str, minor: int, ends: str) -> None:
        """Mobile money that was meant otherwise: it stays with who has it."""
        came = self.savers.store.payments.find(
            group=self.savers.group, person=person, state="succeeded", direction="in"
        )
        for payment in [each for each in came if each.way == "mobile_money"][-1:]:
            self.savers.do(
                AskToCredit("ada" if person != "ada" else "ben", payment.id, "it was for something else")
            )
            self.agreed("to_credit")

    def to_social(self, person: str, minor: int, ends: str) -> None:
        self.savers.do(UseCredit(person, self.savers.group, "social", ugx(minor)))

    def to_bank(self, person: str, minor: int, ends: str) -> None:
        rail = CARRIER[person]
        enter(self.savers, "move", "wallet", "bank", minor, rail)
        self.moved[rail] -= minor

    def swap(self, person: str, minor: int, ends: str) -> None:
        enter(self.savers, "move", "wallet", "social_wallet", minor, CARRIER[person])

    def statement(self, person: str, minor: int, ends: str) -> None:
        """The provider's statement has more, and a fee."""
        rail = CARRIER[person]
        enter(self.savers, "more", "wallet", "", minor, rail)
        self.moved[rail] += minor
        enter(self.savers, "fee", "wallet", "", 10, rail)
        self.moved[rail] -= 10

    def agreed(self, kind: str) -> None:
        officers = ("ada", "ben", "cy")
        (proposal,) = self.savers.store.proposals.find(group=self.savers.group, state="open")
        assert proposal.kind == kind
        voters = [each for each in officers if each not in (proposal.maker, proposal.about)]
        self.savers.decide(kind, *voters[: proposal.needed])


def enter(
    savers: Savers, event: Event, purse: Purse, to: Purse | str = "", minor: int = 1_000, provider: str = ""
) -> Entry:
    """Ada enters it and Ben agrees; answers with its entry."""
    command: Any = Enter("ada", savers.group, event, ugx(minor), "as it was", purse, to, provider=provider)  # type: ignore[arg-type]
    if savers.do(command):
        savers.decide("own_money", "ben")
    (entry,) = savers.store.books.newest(savers.group, 1)
    return entry


steps = st.tuples(
    st.sampled_from(["collect", "collect", "pay", "to_credit", "to_social", "to_bank", "swap", "statement"]),
    st.sampled_from(EVERYBODY),
    st.integers(1, 60).map(lambda hundreds: 100 * hundreds),
    st.sampled_from(["arrives", "arrives", "fails", "waits"]),
)


@settings(parent=on_one_store, max_examples=5)
@given(st.lists(steps, min_size=10, max_size=25))
def test_each_provider_has_what_it_moved_whatever_happens(
    savers: Savers, clock: Clock, rows: list[tuple[str, str, int, str]]
) -> None:
    """The group goes on from one example to the next: what holds for a week holds for a year."""
    rails = Rails(savers, clock)
    rails.moved.update(held(savers))
    for person in EVERYBODY:
        savers.give_credit(person, 3_000)
    for row in rows:
        rails.do(*row)
    assert held(savers) == {rail: minor for rail, minor in rails.moved.items() if minor}
    check(savers)


@needs_hledger
def test_a_second_program_finds_the_same_for_each_provider(savers: Savers, clock: Clock) -> None:
    rails = Rails(savers, clock)
    for row in [
        ("collect", "dan", 5_500),
        ("collect", "eve", 7_000),
        ("statement", "ada", 300),
        ("swap", "fay", 200),
    ]:
        rails.do(*row, "arrives")
    assert set(held(savers)) == {"red", "green"}
    check_balances(savers.store, savers.group)


def test_money_that_comes_by_one_and_goes_by_another_leaves_less_than_nothing_with_that_one(
    savers: Savers, clock: Clock
) -> None:
    """The group has 20,000 and may use all of it: between its accounts with them the operator moves the 15,000."""
    rails = Rails(savers, clock)
    savers.give_credit("eve", 30_000)
    rails.collect("dan", 20_000, "arrives")
    rails.pay("eve", 15_000, "waits")
    assert savers.store.books.wallets(savers.group) == {
        ("1020", "red"): 20_000 - 1_000,
        ("1025", "red"): 1_000,
        ("1020", "green"): -15_000,
        ("1060", "green"): 15_000,
    }
    (on_its_way,) = savers.store.payments.find(direction="out")
    rails.end(on_its_way, "arrives")
    assert held(savers) == {"red": 20_000, "green": -15_000}
    assert savers.totals["1020"] == 4_000
    with pytest.raises(InsufficientFunds):
        rails.pay("eve", 4_001, "waits")
    check(savers)


def test_what_was_not_sent_is_back_with_who_would_have_sent_it(savers: Savers, clock: Clock) -> None:
    rails = Rails(savers, clock)
    savers.give_credit("eve", 30_000)
    rails.collect("dan", 20_000, "arrives")
    before = savers.store.books.wallets(savers.group)
    rails.pay("eve", 15_000, "fails")
    assert savers.store.books.wallets(savers.group) == before
    check(savers)


@pytest.mark.parametrize("way", ["cash", "mobile_money"])
def test_a_grant_comes_from_the_funds_part_with_the_provider_who_sends_it(savers: Savers, way: Way) -> None:
    asked = savers.do(Contribute(savers.group, "dan", ugx(21_000)))
    savers.confirm(asked["payment"])
    savers.do(AskGrant("eve", savers.group, ugx(800), "a roof"))
    (grant,) = savers.store.grants.find(group=savers.group)
    savers.decide("grant", "ada", "ben")
    if way == "cash":
        with pytest.raises(InsufficientFunds):
            savers.do(PayGrant("ada", grant.id, way))
        return
    paid = savers.do(PayGrant("ada", grant.id, way))
    savers.confirm(paid["payment"])
    wallets = savers.store.books.wallets(savers.group)
    assert (wallets["1025", "red"], wallets["1025", "green"]) == (1_000, -800)
    check(savers)


def test_a_repayment_that_is_credit_stays_with_who_took_it(savers: Savers, clock: Clock) -> None:
    for person in ("dan", "eve"):
        savers.do(RecordCash(savers.group, person, ugx(100_000), "ada"))
    rails, loan = Rails(savers, clock), savers.lend("eve", 30_000, 3)
    clock.forward(days=2)
    asked = savers.do(Repay("eve", loan, ugx(10_000)))
    savers.confirm(asked["payment"])
    rails.to_credit("eve", 0, "")
    assert savers.store.books.wallets(savers.group) == {("1020", "green"): 10_000}
    assert savers.held("eve")["2030"] == -10_000
    check(savers)


def test_money_of_before_is_with_nobody_and_is_used_like_any_other(savers: Savers, clock: Clock) -> None:
    """What a version before has posted is told apart, and the account is the sum of both."""
    legs = (Posting("1020", 9_000), Posting("2030", -9_000, "dan"))
    savers.store.post(Draft(savers.group, "UGX", "before", "contribution", savers.store.now(), legs))
    assert held(savers) == {"": 9_000}
    savers.do(UseCredit("dan", savers.group, "social", ugx(1_000)))
    assert savers.store.books.wallets(savers.group)["1025", ""] == 1_000
    Rails(savers, clock).pay("dan", 6_000, "arrives")
    assert held(savers) == {"": 9_000, "red": -6_000}
    assert savers.totals["1020"] == 2_000
    check(savers)


def test_an_officer_says_whose_wallet_where_there_are_several(savers: Savers) -> None:
    """Who says nothing means the one that has most; one that does not carry the currency is refused."""
    savers.give_credit("fay", 5_000)
    for person, minor in (("dan", 5_000), ("eve", 8_000)):
        asked = savers.do(Contribute(savers.group, person, ugx(minor)))
        savers.confirm(asked["payment"])
    assert own_money(savers.store, savers.group).providers == {"red": "Red", "green": "Green", "blue": "Blue"}
    assert enter(savers, "less", "wallet", provider="red").postings[0] == Posting("1020", -1_000, provider="red")
    assert enter(savers, "more", "wallet").postings[0] == Posting("1020", 1_000, provider="green")
    assert enter(savers, "move", "box", "wallet", provider="blue").postings == (
        Posting("1020", 1_000, provider="blue"),
        Posting("1010", -1_000),
    )
    swapped = enter(savers, "move", "box", "social_box", 500, "red").postings
    assert {(leg.account, leg.provider) for leg in swapped} == {
        ("1010", ""),
        ("1040", ""),
        ("1020", "red"),
        ("1025", "red"),
    }
    with pytest.raises(NotAllowed):
        enter(savers, "less", "wallet", provider="yellow")
    check(savers)


def test_what_came_unasked_is_with_who_took_it(savers: Savers) -> None:
    """Also what is nobody's yet, and when officers have said whose it is."""
    came = Came("green", "R1", ugx(700), "for the poor", savers.store.now(), "256772999999")
    assert receive(savers.store, came).state == "unidentified"
    known = place(savers.store, inbound_id("green", "R1"), savers.store.groups.get(savers.group).code)
    assert (known.group, held(savers)) == (savers.group, {"green": 700})
    check(savers)


def test_a_provider_that_is_switched_off_is_meant_as_long_as_it_has_something(savers: Savers) -> None:
    group = savers.store.groups.get(savers.group)
    asked = savers.do(Contribute(savers.group, "dan", ugx(5_000)))
    savers.confirm(asked["payment"])
    savers.store.providers = [each for each in savers.store.providers if each.name == "green"]
    assert wallets_of(savers.store, group) == {"green": "Green", "red": "red"}
    enter(savers, "move", "wallet", "bank", savers.totals["1020"], "red")
    enter(savers, "less", "social_wallet", "", savers.totals["1025"], "red")
    assert wallets_of(savers.store, group) == {"green": "Green"}
    check(savers)
