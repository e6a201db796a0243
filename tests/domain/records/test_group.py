"""A group's rules: what is due, what there is room for, how a contribution is split, when the meetings are."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arithmetic.periods import Every
from domain.books.accounts import Account
from domain.money import Money
from domain.records.group import BadConstitution, Constitution, GroupKind, Paid, allocate, due, paid_of, room
from tests.money import ugx

MONDAY = date(2026, 9, 7)


UMOJA = Constitution(ugx(5_000), MONDAY, shares_max=5, social_fund=ugx(500))


@st.composite
def constitutions(draw: st.DrawFn) -> Constitution:
    social = draw(st.none() | st.integers(0, 10_000).map(ugx))
    return Constitution(ugx(draw(st.integers(1, 10_000))), MONDAY, draw(st.integers(1, 5)), social)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Constitution, list[int]]:
    """A constitution, and amounts that a member might put in for one meeting, one after the other."""
    constitution = draw(constitutions())
    return constitution, draw(st.lists(st.integers(1, constitution.cap.minor), max_size=6))


def paid_in(constitution: Constitution, amounts: list[int]) -> Paid:
    """What those amounts come to, each kept only while there is room for it, checking every split."""
    paid = Paid()
    for amount in amounts:
        if amount > room(constitution, paid).minor:
            continue
        parts = {part.account: part.amount.minor for part in allocate(ugx(amount), constitution, paid)}
        assert sum(parts.values()) == amount, "a split neither makes nor loses money"
        assert all(minor > 0 for minor in parts.values())
        assert parts.keys() <= {Account.SOCIAL_FUND, Account.SHARES, Account.CREDIT}
        assert parts.get(Account.SHARES, 0) % constitution.share_price.minor == 0, "a share is whole"
        before = due(constitution, paid)
        paid = Paid(paid.shares + parts.get(Account.SHARES, 0), paid.social + parts.get(Account.SOCIAL_FUND, 0))
        assert due(constitution, paid) <= before
    return paid


@given(histories())
def test_parts_add_up_shares_are_whole_and_nobody_passes_the_cap(history: tuple[Constitution, list[int]]) -> None:
    constitution, amounts = history
    paid = paid_in(constitution, amounts)
    assert 0 <= paid.social <= constitution.social.minor
    assert 0 <= paid.shares <= constitution.share_price.minor * constitution.shares_max
    assert room(constitution, paid) + ugx(paid.shares + paid.social) == constitution.cap


@given(histories())
def test_there_is_always_room_for_what_is_due_and_paying_it_settles_it(
    history: tuple[Constitution, list[int]],
) -> None:
    constitution, amounts = history
    paid = paid_in(constitution, amounts)
    owed = due(constitution, paid)
    assert owed <= room(constitution, paid)
    if owed:
        settled = paid_in(constitution, [*amounts, owed.minor])
        assert not due(constitution, settled)


@pytest.mark.parametrize(
    ("amount", "paid", "split"),
    [
        (5_500, Paid(), {Account.SOCIAL_FUND: 500, Account.SHARES: 5_000}),
        (25_500, Paid(), {Account.SOCIAL_FUND: 500, Account.SHARES: 25_000}),
        (300, Paid(), {Account.SOCIAL_FUND: 300}),
        (2_000, Paid(), {Account.SOCIAL_FUND: 500, Account.CREDIT: 1_500}),
        (12_000, Paid(social=500), {Account.SHARES: 10_000, Account.CREDIT: 2_000}),
        (10_000, Paid(shares=20_000, social=500), {Account.SHARES: 5_000, Account.CREDIT: 5_000}),
        (5_000, Paid(shares=25_000), {Account.SOCIAL_FUND: 500, Account.CREDIT: 4_500}),
    ],
)
def test_the_social_fund_comes_first_then_whole_shares_then_credit(
    amount: int, paid: Paid, split: dict[str, int]
) -> None:
    assert {p.account: p.amount.minor for p in allocate(ugx(amount), UMOJA, paid)} == split


@pytest.mark.parametrize(
    ("paid", "owed", "most"),
    [
        (Paid(), 5_500, 25_500),
        (Paid(social=500), 5_000, 25_000),
        (Paid(shares=5_000), 500, 20_500),
        (Paid(shares=5_000, social=500), 0, 20_000),
        (Paid(shares=25_000, social=500), 0, 0),
    ],
)
def test_a_meeting_is_paid_with_one_share_and_the_social_fund(paid: Paid, owed: int, most: int) -> None:
    assert (due(UMOJA, paid), room(UMOJA, paid)) == (ugx(owed), ugx(most))


def test_a_group_may_have_no_social_fund() -> None:
    plain = Constitution(ugx(1_000), MONDAY)
    assert (plain.social, plain.cap) == (ugx(0), ugx(5_000))
    assert [(p.account, p.amount.minor) for p in allocate(ugx(1_000), plain, Paid())] == [(Account.SHARES, 1_000)]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"share_price": ugx(0)}, {"share_price": ugx(1)}),
        ({"share_price": ugx(-5)}, {}),
        ({"shares_max": -1}, {"shares_max": 0}),
        ({"social_fund": ugx(-1)}, {"social_fund": ugx(0)}),
        ({"time_zone": "Africa/Kampalla"}, {"time_zone": "Africa/Douala"}),
        ({"time_zone": "../Kampala"}, {}),
        ({"members_max": 4}, {"members_max": 5}),
        ({"members_max": 51}, {"members_max": 50}),
        ({"members_max": -1}, {"members_max": 0}),
        ({"quorum": Fraction(0)}, {"quorum": Fraction(1, 100)}),
        ({"quorum": Fraction(3, 2)}, {"quorum": Fraction(1)}),
        ({"fines": {"late": ugx(0)}}, {"fines": {"late": ugx(1)}}),
        ({"approvals": 0}, {"approvals": 1}),
        ({"cash_unit": 0}, {"cash_unit": 100}),
        ({"cycle_weeks": 0}, {"cycle_weeks": 1}),
        ({"payout_daily_max": ugx(0)}, {"payout_daily_max": ugx(1)}),
    ],
)
def test_a_constitution_that_cannot_be_is_refused_by_name(wrong: dict[str, Any], right: dict[str, Any]) -> None:
    usual = {"share_price": ugx(5_000), "first_meeting": MONDAY}
    with pytest.raises(BadConstitution) as refused:
        Constitution(**{**usual, **wrong})
    assert refused.value.details == {"rule": next(iter(wrong))}
    Constitution(**{**usual, **right})


@pytest.mark.parametrize("rule", ["social_fund", "payout_daily_max"])
def test_all_amounts_of_a_constitution_are_in_one_currency(rule: str) -> None:
    with pytest.raises(BadConstitution) as refused:
        Constitution(ugx(5_000), MONDAY, **{rule: Money(500, "KES")})  # type: ignore[arg-type]
    assert refused.value.details == {"rule": "currency"}


@pytest.mark.parametrize(
    ("at", "meeting"),
    [
        (datetime(2026, 9, 1, 9, tzinfo=UTC), date(2026, 9, 7)),  # before the group's first
        (datetime(2026, 9, 7, 9, tzinfo=UTC), date(2026, 9, 7)),  # the day itself
        (datetime(2026, 9, 7, 20, 59, tzinfo=UTC), date(2026, 9, 7)),  # a minute to midnight in Kampala
        (datetime(2026, 9, 7, 21, 0, tzinfo=UTC), date(2026, 9, 14)),  # Tuesday in Kampala, Monday in London
        (datetime(2026, 9, 13, 9, tzinfo=UTC), date(2026, 9, 14)),
    ],
)
def test_a_contribution_belongs_to_the_next_meeting_by_the_group_s_own_calendar(
    at: datetime, meeting: date
) -> None:
    assert UMOJA.meeting(at) == meeting


@given(
    # Hypothesis gives them their zone.
    st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([("week", 1), ("2weeks", 2), ("4weeks", 4)]),
)
def test_meetings_keep_their_weekday_and_their_distance(at: datetime, every: tuple[Every, int]) -> None:
    rules, weeks = Constitution(ugx(5_000), MONDAY, every=every[0]), every[1]
    meeting, today = rules.meeting(at), at.astimezone(ZoneInfo(rules.time_zone)).date()
    assert (meeting - MONDAY).days % (7 * weeks) == 0
    assert meeting == MONDAY >= today or timedelta(0) <= meeting - today < timedelta(weeks=weeks)


@pytest.mark.parametrize(
    ("at", "meeting"),
    [
        (datetime(2026, 1, 1, 9, tzinfo=UTC), date(2026, 1, 31)),
        (datetime(2026, 1, 31, 9, tzinfo=UTC), date(2026, 1, 31)),
        (datetime(2026, 2, 1, 9, tzinfo=UTC), date(2026, 2, 28)),
        (datetime(2026, 2, 28, 9, tzinfo=UTC), date(2026, 2, 28)),
        (datetime(2026, 3, 1, 9, tzinfo=UTC), date(2026, 3, 31)),
        (datetime(2027, 12, 31, 9, tzinfo=UTC), date(2027, 12, 31)),
    ],
)
def test_a_group_that_meets_each_month_keeps_its_day_or_meets_on_the_last(at: datetime, meeting: date) -> None:
    assert Constitution(ugx(5_000), date(2026, 1, 31), every="month").meeting(at) == meeting


@pytest.mark.parametrize(
    ("kind", "split"),
    [
        ("vsla", {Account.SOCIAL_FUND: 500, Account.SHARES: 10_000, Account.CREDIT: 2_000}),
        ("savings", {Account.SOCIAL_FUND: 500, Account.DEPOSITS: 12_000}),
        ("sacco", {Account.SOCIAL_FUND: 500, Account.DEPOSITS: 12_000}),
        ("rosca", {Account.SOCIAL_FUND: 500, Account.POT: 12_000}),
    ],
)
def test_each_kind_of_group_saves_in_its_own_account(kind: GroupKind, split: dict[str, int]) -> None:
    parts = allocate(ugx(12_500), UMOJA, Paid(), kind)
    assert {part.account: part.amount.minor for part in parts} == split
    assert paid_of(parts) == Paid(12_500 - 500 - (credit := split.get(Account.CREDIT, 0)), 500, credit)
