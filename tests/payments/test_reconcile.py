"""What a provider lists and what we have, compared both ways: each thing is found once, and people decide."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.access.caller import Caller
from domain.board.by_hand import SameOperator
from domain.board.differences import (
    DifferenceOver,
    GroupNeeded,
    NothingToBook,
    agree_to_ruling,
    differences,
    each_difference,
    propose_ruling,
)
from domain.books.ledger import Draft, InsufficientFunds, Posting
from domain.books.statements import BEGINNING
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.account_number import account_number
from domain.records.difference import Difference
from domain.records.inbound import Came, Inbound, SaidBy
from domain.records.payment import Direction, Payment
from domain.records.person import NoSuchGroup, Role
from domain.savings.contribute import Contribute
from domain.store import Duplicate
from domain.treasury.inbound import receive
from domain.treasury.settle import payment_succeeded
from domain.treasury.unidentified import attribute, place
from payments.port import Asked, Capabilities, Carries, Movement, OutcomeUnknown, ProviderStatus
from payments.reconcile import (
    Compared,
    ask_again,
    compare_list,
    compare_ours,
    compare_unasked,
    end_what_never_was,
    note_fees,
)
from tests.conftest import Clock
from tests.people import Village, Villager, do, found_group, found_village

RAIL = "momo"


@dataclass
class Provider:
    """One that lists what a test says, and answers questions from the same list."""

    name: str = RAIL
    carries: Sequence[Carries] = (Carries("UGX"),)
    capabilities: Capabilities = Capabilities()
    lists: frozenset[Direction] = frozenset({"in", "out"})
    moved: list[Movement] = field(default_factory=list)
    breaks_after: int | None = None

    def movements(self, since: datetime, until: datetime) -> Iterable[Movement]:
        for number, each in enumerate(each for each in self.moved if since <= each.at < until):
            if number == self.breaks_after:
                raise OutcomeUnknown("the list broke off")
            yield each

    def collect(self, collection: Any) -> str:
        raise OutcomeUnknown("timeout")

    def status(self, asked: Asked) -> ProviderStatus:
        for each in self.moved:
            if each.reference == asked.reference:
                return ProviderStatus("succeeded", provider_id=each.receipt, amount=each.amount)
        return ProviderStatus("not_found")


@dataclass
class Comparing:
    store: MongoStore
    clock: Clock
    village: Village
    provider: Provider = field(default_factory=Provider)

    def asks(self, minor: int = 5_500) -> Payment:
        asked: Any = do(self.store, Contribute(self.village.umoja, self.village.akello.id, Money(minor, "UGX")))
        self.clock.forward(minutes=11)
        return self.store.payments.get(asked["payment"])

    def pays(self, receipt: str, minor: int = 5_500) -> Payment:
        payment = self.asks(minor)
        payment_succeeded(self.store, payment, receipt)
        return self.store.payments.get(payment.id)

    def lists(self, payment: Payment, receipt: str = "", **other: Any) -> Movement:
        movement = Movement(payment.direction, receipt or payment.provider_id, payment.amount, self.clock())
        self.provider.moved.append(replace(movement, **other))
        return self.provider.moved[-1]

    def compare(self, capabilities: Capabilities | None = None) -> Compared:
        """Both ways, over all that was until now."""
        done, until = Compared(), self.clock() + timedelta(hours=2)
        provider = replace(self.provider, capabilities=capabilities or self.provider.capabilities)
        compare_list(self.store, provider, until - timedelta(days=2), until, done)
        compare_ours(self.store, [provider], provider.lists, until, done)
        return done

    @property
    def found(self) -> list[tuple[str, str, int]]:
        return [(each.kind, each.receipt, each.change) for each in differences(self.store)]

    @property
    def wallet(self) -> int:
        totals = self.store.books.totals(self.village.umoja)
        assert verify_book(self.store.books, self.village.umoja) == []
        return totals.get("1020", 0) + totals.get("1025", 0)


@pytest.fixture
def comparing(store: MongoStore, clock: Clock) -> Comparing:
    return Comparing(store, clock, found_village(store))


def test_what_both_have_is_the_same_and_looked_at_once(comparing: Comparing) -> None:
    comparing.lists(comparing.pays("R1"))
    done = comparing.compare()
    assert (done.listed, done.same, done.differences, comparing.found) == (1, 1, 0, [])
    again = comparing.compare()
    assert (again.same, again.asked) == (1, 0)


@pytest.mark.parametrize("name", ["receipt", "reference", "key"])
def test_what_we_wait_for_ends_when_the_list_has_it(comparing: Comparing, name: str) -> None:
    waiting = comparing.asks()
    comparing.store.payments.change(waiting.id, provider_key="ws_CO_1", provider_id="")
    named = {"receipt": {}, "reference": {"reference": waiting.id}, "key": {"key": "ws_CO_1"}}[name]
    comparing.lists(waiting, receipt="R1", account=waiting.ref, **named)
    comparing.compare()
    assert comparing.store.payments.get(waiting.id).state == "succeeded"
    assert (comparing.wallet, comparing.found) == (5_500, [])


def test_what_nobody_asked_for_is_taken_in_and_not_twice(comparing: Comparing) -> None:
    comparing.provider.moved.append(Movement("in", "R9", Money(2_000, "UGX"), comparing.clock(), account="nobody"))
    compared = [comparing.compare() for _ in range(2)]
    assert [(each.taken_in, each.same) for each in compared] == [(1, 0), (0, 1)]
    (came,) = comparing.store.inbound.find()
    assert (came.receipt, came.state, comparing.found) == ("R9", "unidentified", [])


def test_what_was_told_with_another_amount_and_is_nobodys_is_a_difference_until_both_say_the_same(
    comparing: Comparing,
) -> None:
    moved = Movement("in", "R9", Money(2_000, "UGX"), comparing.clock(), account="10101-9999")
    told = Came(RAIL, "R9", Money(500, "UGX"), moved.account, moved.at)
    assert receive(comparing.store, told).group == comparing.village.umoja
    comparing.provider.moved.append(moved)
    assert (comparing.compare().same, comparing.found) == (0, [("other_amount", "R9", 1_500)])
    (found,) = differences(comparing.store)
    assert found.group == comparing.village.umoja
    comparing.provider.moved[0] = replace(moved, amount=told.amount)
    assert (comparing.compare().gone, comparing.found) == (1, [])


@pytest.mark.parametrize("keyed", [True, False])
def test_what_the_provider_does_not_have_is_missing_there_until_it_has(comparing: Comparing, keyed: bool) -> None:
    paid, kind = comparing.pays("R1"), Capabilities(keyed=keyed)
    assert comparing.compare(kind).differences == 1
    assert comparing.found == [("missing_there", "R1", -5_500)]
    comparing.lists(paid)
    assert comparing.compare(kind).gone == 1
    assert comparing.found == []


def test_what_a_provider_knows_only_later_is_no_difference_any_more(comparing: Comparing) -> None:
    """It was asked while it was behind, about what is on no list."""
    payment, other = comparing.pays("R1"), comparing.pays("R2")
    comparing.provider.lists = frozenset()
    done = comparing.compare()
    assert (done.differences, [each.receipt for each in differences(comparing.store)]) == (2, ["R1", "R2"])
    comparing.lists(payment, reference=payment.id)
    comparing.lists(other, reference=other.id, amount=Money(1, "UGX"))
    ask_again(comparing.store, [comparing.provider], done)
    assert (done.gone, [each.receipt for each in differences(comparing.store)]) == (1, ["R2"])


def test_what_left_and_we_know_nothing_of_is_missing_here(comparing: Comparing) -> None:
    comparing.provider.moved.append(Movement("out", "R7", Money(900, "UGX"), comparing.clock()))
    comparing.compare()
    comparing.compare()
    assert comparing.found == [("missing_here", "R7", -900)]


@pytest.mark.parametrize(("theirs", "change"), [(5_000, -500), (6_000, 500)])
def test_another_amount_is_found_and_another_day_too(comparing: Comparing, theirs: int, change: int) -> None:
    comparing.lists(comparing.pays("R1"), amount=Money(theirs, "UGX"))
    comparing.lists(comparing.pays("R2"), at=comparing.clock() - timedelta(hours=20))
    comparing.compare()
    assert sorted(comparing.found) == [("other_amount", "R1", change), ("other_time", "R2", 0)]


def test_fees_of_a_day_are_one_difference_and_may_become_more(comparing: Comparing) -> None:
    day = comparing.clock().date()
    for receipt in ("R1", "R2"):
        comparing.lists(comparing.pays(receipt), fee=Money(75, "UGX"))
    note_fees(comparing.store, RAIL, day, comparing.compare())
    assert comparing.found == [("fee", "", -150)]
    decide(comparing, "book")
    assert (comparing.wallet, comparing.found) == (2 * 5_500 - 150, [])
    comparing.lists(comparing.pays("R3"), fee=Money(50, "UGX"))
    note_fees(comparing.store, RAIL, day, comparing.compare())
    assert comparing.found == [("fee", "", -50)]
    decide(comparing, "book")
    assert (comparing.wallet, comparing.found) == (3 * 5_500 - 200, [])


def test_a_fee_counts_whatever_its_line_is_to_us(comparing: Comparing) -> None:
    fee = Money(25, "UGX")
    waiting = comparing.asks()
    comparing.lists(waiting, receipt="R1", reference=waiting.id, fee=fee)
    comparing.lists(comparing.pays("R2"), fee=fee)
    comparing.lists(comparing.pays("R3"), fee=fee, amount=Money(9, "UGX"))
    comparing.lists(waiting, receipt="R4", account=f"{comparing.village.code}-0000", fee=fee)
    comparing.lists(waiting, receipt="R5", account="nobody's", fee=fee)
    assert comparing.compare().fees == {(comparing.village.umoja, "UGX"): 100}


def test_fees_that_become_more_are_booked_once_however_often_they_are_compared(comparing: Comparing) -> None:
    day = comparing.clock().date()
    for number in range(3):
        comparing.lists(comparing.pays(f"R{number}"), fee=Money(75, "UGX"))
        for _ in range(2):
            note_fees(comparing.store, RAIL, day, comparing.compare())
        assert comparing.found == [("fee", "", -75)], "what is booked is not booked again"
        decide(comparing, "book")
    assert comparing.wallet == 3 * (5_500 - 75)
    half = Compared(fees=defaultdict(int, {(comparing.village.umoja, "UGX"): 75}))
    note_fees(comparing.store, RAIL, day, half)
    assert comparing.found == [], "a list of a part of the day says of the rest nothing"


@pytest.mark.parametrize(("receipt", "minor", "hours"), [("", 900, 0), ("R8", 0, 0), ("R8", 900, 3)])
def test_a_line_that_cannot_be_taken_in_keeps_no_other_line_back(
    comparing: Comparing, receipt: str, minor: int, hours: int
) -> None:
    ahead = comparing.clock() + timedelta(hours=hours)
    comparing.provider.moved.append(Movement("in", receipt, Money(minor, "UGX"), ahead))
    comparing.lists(comparing.pays("R1"))
    until = ahead + timedelta(hours=1)
    done = Compared()
    compare_list(comparing.store, comparing.provider, until - timedelta(days=2), until, done)
    assert (done.listed, done.same) == (2, 1)
    assert comparing.found == [("missing_here", receipt, minor)]
    comparing.clock.forward(hours=hours)
    comparing.compare()
    assert comparing.found == ([] if hours else [("missing_here", receipt, minor)]), "its time has come"


def test_money_of_another_amount_is_not_in_the_books_twice(comparing: Comparing) -> None:
    """A rail that says no amount tells us that it is paid, of what its list has with another one."""
    waiting = comparing.asks()
    comparing.lists(waiting, receipt="R1", reference=waiting.id, amount=Money(500, "UGX"))
    comparing.compare()
    with pytest.raises(Duplicate):
        payment_succeeded(comparing.store, waiting, "R1")
    assert comparing.wallet == 0
    (came,) = comparing.store.inbound.find()
    assert (came.state, came.amount.minor) == ("unidentified", 500)


def operator(name: str) -> Caller:
    return Caller("account", name, "operator", name.title(), everywhere=True)


def decide(comparing: Comparing, ruling: Any, code: str = "") -> None:
    (found,) = differences(comparing.store)
    propose_ruling(comparing.store, operator("one"), found.id, ruling, "their statement of today", code)
    agree(comparing, ruling)


def agree(comparing: Comparing, ruling: Any, who: str = "two") -> None:
    (found,) = differences(comparing.store)
    agree_to_ruling(comparing.store, operator(who), found.id, ruling, found.group)


@pytest.mark.parametrize(("ruling", "wallet"), [("book", 5_000), ("explain", 5_500)])
def test_two_operators_decide_and_the_officers_hear_of_what_is_booked(
    comparing: Comparing, ruling: Any, wallet: int
) -> None:
    comparing.lists(comparing.pays("R1"), amount=Money(5_000, "UGX"))
    comparing.compare()
    decide(comparing, ruling)
    assert comparing.wallet == wallet
    told = [each.values["what"] for each in comparing.store.notices.find(kind="wallet_corrected")]
    assert told == (["less"] * 2 if ruling == "book" else [])
    comparing.compare()
    assert comparing.found == [], "what was decided stays decided"


def test_nobody_decides_alone_twice_or_without_a_group(comparing: Comparing) -> None:
    comparing.provider.moved.append(Movement("out", "R7", Money(900, "UGX"), comparing.clock()))
    comparing.compare()
    store, (found,) = comparing.store, differences(comparing.store)
    with pytest.raises(GroupNeeded):
        propose_ruling(store, operator("one"), found.id, "book", "why")
    with pytest.raises(DifferenceOver):
        agree(comparing, "book")
    propose_ruling(store, operator("one"), found.id, "book", "why", comparing.village.code)
    with pytest.raises(SameOperator):
        agree(comparing, "book", "one")
    with pytest.raises(InsufficientFunds):
        agree(comparing, "book")
    assert [each.state for each in differences(store)] == ["proposed"], "nothing was written"
    comparing.pays("R1")
    agree(comparing, "book")
    assert comparing.wallet == 5_500 - 900
    with pytest.raises(DifferenceOver):
        agree_to_ruling(store, operator("two"), found.id, "book", comparing.village.umoja)


def test_whoever_named_the_wrong_group_names_another_one_until_somebody_agrees(comparing: Comparing) -> None:
    comparing.provider.moved.append(Movement("out", "R7", Money(900, "UGX"), comparing.clock()))
    comparing.compare()
    comparing.pays("R1")
    store, (found,) = comparing.store, differences(comparing.store)
    leaders: dict[Villager, Role] = {
        comparing.village.nakato: "chairperson",
        comparing.village.wanjiru: "treasurer",
    }
    other = found_group(store, "10102", "Another", Money(5_000, "UGX"), leaders)
    propose_ruling(store, operator("one"), found.id, "book", "why", "10102")
    with pytest.raises(NoSuchGroup):
        propose_ruling(store, operator("one"), found.id, "book", "why", "99999")
    propose_ruling(store, operator("one"), found.id, "book", "a slip", comparing.village.code)
    with pytest.raises(DifferenceOver):
        agree_to_ruling(store, operator("two"), found.id, "book", other)  # as it was shown to them before
    agree(comparing, "book")
    assert comparing.wallet == 5_500 - 900


@pytest.mark.parametrize("group", ["", "umoja"])
def test_what_is_in_another_currency_cannot_be_booked(group: str) -> None:
    ours, theirs = Money(5_500, "UGX"), Money(5_500_00, "KES")
    at = BEGINNING.at
    found = Difference("1", "momo", "other_amount", "in", at, at, group=group, ours=ours, theirs=theirs)
    assert (found.change, found.may_be_named) == (0, False)


def test_what_is_only_of_another_day_cannot_be_booked(comparing: Comparing) -> None:
    comparing.lists(comparing.pays("R2"), at=comparing.clock() - timedelta(hours=20))
    comparing.compare()
    (found,) = differences(comparing.store)
    with pytest.raises(NothingToBook):
        propose_ruling(comparing.store, operator("one"), found.id, "book", "why")


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ends=st.lists(st.sampled_from(["both", "theirs", "ours", "neither"]), max_size=4), again=st.integers(1, 3))
def test_after_comparing_both_sides_agree_or_a_person_has_it(
    comparing: Comparing, ends: list[str], again: int
) -> None:
    """Whatever each side has of a few payments, and however often they are compared."""
    comparing.clock.forward(weeks=1)  # each time for another meeting
    begun = comparing.wallet
    waiting = {each.id for each in each_difference(comparing.store)}
    for number, end in enumerate(ends):
        receipt = f"{comparing.clock():%d%H%M}-{number}-{len(comparing.provider.moved)}"
        amount = 500 * (number + 1)
        payment = comparing.pays(receipt, amount) if end in ("both", "ours") else comparing.asks(amount)
        if end in ("both", "theirs"):
            comparing.lists(payment, receipt=receipt, reference=payment.id)
    for _ in range(again):
        comparing.compare()
    new = [each.kind for each in each_difference(comparing.store) if each.id not in waiting]
    moved = [500 * (number + 1) for number, end in enumerate(ends) if end != "neither"]
    assert comparing.wallet - begun == sum(moved)
    assert new == ["missing_there"] * ends.count("ours")


def test_a_list_that_breaks_off_keeps_what_it_said(comparing: Comparing) -> None:
    for receipt in ("R1", "R2"):
        comparing.lists(comparing.pays(receipt))
    comparing.provider.breaks_after = 1
    with pytest.raises(OutcomeUnknown):
        comparing.compare()
    comparing.provider.breaks_after = None
    assert comparing.compare().same == 2


@pytest.mark.parametrize(("minutes", "ends"), [(5, False), (40, True)])
def test_a_prompt_whose_name_was_lost_ends_once_the_list_would_have_it(
    comparing: Comparing, minutes: int, ends: bool
) -> None:
    lost = comparing.asks()
    comparing.store.payments.change(lost.id, state="unknown")
    comparing.clock.forward(minutes=minutes)
    now, stk = comparing.clock(), replace(comparing.provider, capabilities=Capabilities(keyed=False))
    assert end_what_never_was(comparing.store, stk, now - timedelta(days=1), now) == int(ends)
    assert end_what_never_was(comparing.store, comparing.provider, now - timedelta(days=1), now) == 0, (
        "it has a name"
    )
    after = comparing.store.payments.get(lost.id)
    assert (after.state, after.reason) == (("expired", "not_sent") if ends else ("unknown", ""))


# What nobody asked for, the other way


def told(comparing: Comparing, receipt: str, account: str, said_by: SaidBy = "believed") -> Inbound:
    at = comparing.clock()
    return receive(comparing.store, Came(RAIL, receipt, Money(2_000, "UGX"), account, at, said_by=said_by))


def test_nobodys_money_that_only_a_call_told_of_is_missing_there_until_it_is_listed(comparing: Comparing) -> None:
    """Of what is a member's their payment is looked for, and what is of the last hour may be listed yet."""
    in_group, in_none = told(comparing, "R1", "10101-9999"), told(comparing, "R2", "nobody", "awaited")
    told(comparing, "R3", account_number("10101", 3))
    told(comparing, "R4", "nobody", "confirmed")
    done = Compared()
    comparing.clock.forward(minutes=30)
    for _ in range(2):
        compare_unasked(comparing.store, RAIL, in_group.at, comparing.clock(), done)
        comparing.clock.forward(minutes=31)
    assert (done.differences, comparing.found) == (
        2,
        [("missing_there", "R1", -2_000), ("missing_there", "R2", 0)],
    )
    for each in (in_group, in_none):
        comparing.provider.moved.append(Movement("in", each.receipt, each.amount, each.at, account=each.account))
    compare_list(comparing.store, comparing.provider, in_group.at, comparing.clock(), done)
    assert (done.gone, comparing.found) == (2, [])
    compare_unasked(comparing.store, RAIL, in_group.at, comparing.clock(), done)
    assert comparing.found == []


def test_what_is_told_of_long_before_no_list_has_and_a_person_decides(comparing: Comparing) -> None:
    """Whoever makes money up may say any moment."""
    began, amount = comparing.clock(), Money(2_000, "UGX")
    for receipt, days in (("R1", 300), ("R2", 0)):
        at = began - timedelta(days=days)
        receive(comparing.store, Came(RAIL, receipt, amount, "nobody", at, said_by="awaited"))
    comparing.clock.forward(hours=2)
    compare_unasked(comparing.store, RAIL, began, comparing.clock(), Compared())
    assert comparing.found == [("missing_there", "R1", 0), ("missing_there", "R2", 0)]


def test_what_never_came_leaves_the_book_as_it_was_and_comes_anew_when_it_is_listed(comparing: Comparing) -> None:
    inbound = told(comparing, "R1", "10101-9999")
    comparing.clock.forward(hours=2)
    compare_unasked(comparing.store, RAIL, inbound.at, comparing.clock(), Compared())
    decide(comparing, "book")
    assert (comparing.wallet, comparing.store.books.totals(comparing.village.umoja).get("2070", 0)) == (0, 0)
    assert comparing.store.inbound.get(inbound.id).state == "returned"
    moved = Movement("in", "R1", inbound.amount, inbound.at, account=inbound.account)
    comparing.provider.moved.append(moved)
    for _ in range(2):
        comparing.compare()
    assert (comparing.wallet, comparing.store.inbound.get(inbound.id).state) == (2_000, "unidentified")


def test_what_never_came_and_is_somebodys_by_now_is_the_groups_to_bear(comparing: Comparing) -> None:
    inbound, akello = told(comparing, "R1", "10101-9999"), comparing.village.akello.id
    comparing.clock.forward(hours=2)
    compare_unasked(comparing.store, RAIL, inbound.at, comparing.clock(), Compared())
    legs = (Posting("2070", 2_000), Posting("2030", -2_000, akello))
    comparing.store.post(Draft(comparing.village.umoja, "UGX", "hers", "whose it is", comparing.clock(), legs))
    attribute(comparing.store, inbound.id, akello)
    decide(comparing, "book")
    totals = comparing.store.books.totals(comparing.village.umoja)
    assert (comparing.wallet, totals["2030"], totals["5060"]) == (0, -2_000, 2_000)


def test_what_no_book_has_is_explained_and_waits_for_nobody(comparing: Comparing) -> None:
    """Nothing can be booked, in whichever group. Put into a group's book meanwhile, it is that book's."""
    inbound = told(comparing, "R1", "nobody", "awaited")
    comparing.clock.forward(hours=2)
    compare_unasked(comparing.store, RAIL, inbound.at, comparing.clock(), Compared())
    (found,) = differences(comparing.store)
    with pytest.raises(NothingToBook):
        propose_ruling(comparing.store, operator("one"), found.id, "book", "in the portal", "10101")
    decide(comparing, "explain", "10101")
    assert (comparing.store.inbound.get(inbound.id).state, comparing.wallet) == ("returned", 0)
    believed = told(comparing, "R2", "nobody")
    comparing.clock.forward(hours=2)
    compare_unasked(comparing.store, RAIL, believed.at, comparing.clock(), Compared())
    place(comparing.store, believed.id, "10101")
    assert comparing.found == [("missing_there", "R2", -2_000)]
