"""What the social fund misses adds up, is asked for as the rules said then, and is paid at any later meeting."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.books.accounts import Account
from domain.groups.cycle import begin_next_cycle
from domain.groups.rules import adopt
from domain.loans.borrow import borrowing
from domain.meetings.cash_book import ReverseCash
from domain.meetings.who_paid import Missing, not_paid
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.person import NotAllowed, membership_id
from domain.savings.contribute import Contribute, RecordCash, TooMuch, contributions_due, savings, social_owed
from domain.savings.pay_social import PaySocial, RecordSocial
from tests.conftest import Clock
from tests.domain.savers import Savers, found
from tests.money import ugx


@pytest.fixture
def savers(store: MongoStore) -> Savers:
    """It is Monday, 5 October, a meeting; the social fund's part is 500, and nobody has put in anything."""
    return found(store, social_fund=ugx(500), saved=0)


def owes(savers: Savers, person: str = "eve") -> tuple[int, int]:
    """For the meeting that comes, and for those before."""
    owed = social_owed(savers.store, savers.store.groups.get(savers.group), person)
    return owed.next.minor, owed.missed.minor


def put_in(savers: Savers, minor: int, person: str = "eve") -> str:
    return str(savers.do(RecordCash(savers.group, person, ugx(minor), "ada"))["payment"])


def pay(savers: Savers, minor: int, person: str = "eve") -> str:
    return str(savers.do(RecordSocial(savers.group, person, ugx(minor), "ada"))["payment"])


def change_social(savers: Savers, minor: int) -> None:
    group = savers.store.groups.get(savers.group)
    adopt(savers.store, group, replace(group.constitution, social_fund=ugx(minor)), version=group.version + 1)


def test_nine_that_were_missed_are_due_when_the_tenth_is_paid(savers: Savers, clock: Clock) -> None:
    clock.forward(weeks=9)
    put_in(savers, 1_500)
    assert owes(savers) == (0, 4_500)
    assert contributions_due(savers.store, savers.group, "eve").missed == ugx(4_500)
    assert [each.missed for each in savings(savers.store, "eve")] == [ugx(4_500)]
    assert Missing(5, "Eve Name", ugx(0), ugx(4_500)) in not_paid(savers.store, savers.group, 1)
    failed = borrowing(savers.store, savers.group, "eve").failures
    assert [each.amount_found for each in failed if each.rule == "social_fund"] == [ugx(4_500)]
    savings_before = savers.held("eve")[Account.SHARES]
    pay(savers, 4_000)
    assert owes(savers) == (0, 500)
    with pytest.raises(TooMuch) as refused:
        pay(savers, 501)
    assert refused.value.details == {"most": 500, "currency": "UGX"}
    last = pay(savers, 500)
    assert owes(savers) == (0, 0)
    assert savers.held("eve") == {Account.SHARES: savings_before, Account.SOCIAL_FUND: -5_000}
    assert Missing(5, "Eve Name", ugx(0)) not in not_paid(savers.store, savers.group, 1)
    savers.do(ReverseCash("ben", last, "never came"))
    assert owes(savers) == (0, 500), "what is taken back is due again"
    clock.forward(weeks=1)
    assert owes(savers) == (500, 500)


def test_what_was_paid_ahead_is_of_its_own_meeting(savers: Savers, clock: Clock) -> None:
    put_in(savers, 500)
    clock.forward(days=1)
    put_in(savers, 500)
    assert owes(savers) == (0, 0)
    clock.forward(days=7)
    assert owes(savers) == (500, 0)


def test_what_is_missed_takes_no_room_for_shares(savers: Savers, clock: Clock) -> None:
    group = savers.store.groups.get(savers.group)
    savers.store.groups.change(group.id, constitution=replace(group.constitution, shares_max=5))
    clock.forward(weeks=2)
    pay(savers, 1_500)
    assert contributions_due(savers.store, savers.group, "eve").most == ugx(5_000)
    put_in(savers, 5_000)
    assert contributions_due(savers.store, savers.group, "eve").most == ugx(0)


def test_a_change_counts_from_the_meeting_after_it(savers: Savers, clock: Clock) -> None:
    clock.forward(weeks=2)  # of the 5th and the 12th, 500 each
    change_social(savers, 800)  # on the 19th, a meeting: still 500
    clock.forward(weeks=1)
    assert owes(savers) == (800, 1_500)
    clock.forward(weeks=2)
    assert owes(savers) == (800, 1_500 + 2 * 800)
    change_social(savers, 0)
    clock.forward(weeks=2)
    assert owes(savers) == (0, 1_500 + 3 * 800), "what was missed stays due"


def test_it_is_asked_of_a_member_since_they_are_one(savers: Savers, clock: Clock) -> None:
    clock.forward(weeks=4)
    savers.store.memberships.change(membership_id(savers.group, "eve"), joined_at=clock())
    assert owes(savers) == (500, 0)
    clock.forward(weeks=1)
    assert (owes(savers), owes(savers, "fay")) == ((500, 500), (500, 2_500))


def test_a_new_cycle_begins_with_nothing_missed(savers: Savers, clock: Clock) -> None:
    clock.forward(weeks=4)
    group = begin_next_cycle(savers.store, savers.store.groups.get(savers.group))
    rules = replace(group.constitution, first_meeting=date(2026, 11, 2))
    adopt(savers.store, group, rules, version=group.version + 1)
    assert owes(savers) == (500, 0)
    clock.forward(weeks=1)
    assert owes(savers) == (500, 500)


def test_what_is_on_its_way_is_not_asked_for_again(savers: Savers, clock: Clock) -> None:
    clock.forward(weeks=3)
    asked: Any = savers.do(PaySocial(savers.group, "eve", ugx(2_000)))
    assert owes(savers) == (0, 0)
    with pytest.raises(TooMuch):
        savers.do(PaySocial(savers.group, "eve", ugx(1)))
    savers.confirm(asked["payment"])
    assert owes(savers) == (0, 0)
    savers.confirm(savers.do(Contribute(savers.group, "eve", ugx(1_000)))["payment"])
    assert savers.held("eve") == {Account.SHARES: -1_000, Account.SOCIAL_FUND: -2_000}
    clock.forward(seconds=timedelta(weeks=1).total_seconds())
    assert owes(savers) == (500, 0)


def test_what_is_missed_is_paid_from_one_shilling_to_all_of_it(savers: Savers, clock: Clock) -> None:
    clock.forward(weeks=2)
    for minor in (-1, 0, 1_501):
        with pytest.raises(TooMuch):
            pay(savers, minor)
    for minor in (1, 1_499):
        pay(savers, minor)
    assert owes(savers) == (0, 0)


def test_the_social_fund_is_paid_in_the_money_of_the_group(savers: Savers) -> None:
    with pytest.raises(NotAllowed):
        savers.do(RecordSocial(savers.group, "eve", Money(500, "KES"), "ada"))
