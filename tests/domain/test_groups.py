"""A group's rules: what is due, what there is room for, how a contribution is split, when the meetings are."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.groups import CREDIT, SHARES, SOCIAL_FUND, Constitution, Paid, allocate, due, room
from domain.money import Money

MONDAY = date(2026, 9, 7)


def ugx(minor: int) -> Money:
    return Money(minor, "UGX")


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
        assert parts.keys() <= {SOCIAL_FUND, SHARES, CREDIT}
        assert parts.get(SHARES, 0) % constitution.share_price.minor == 0, "a share is whole"
        before = due(constitution, paid)
        paid = Paid(paid.shares + parts.get(SHARES, 0), paid.social + parts.get(SOCIAL_FUND, 0))
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
        (5_500, Paid(), {SOCIAL_FUND: 500, SHARES: 5_000}),
        (25_500, Paid(), {SOCIAL_FUND: 500, SHARES: 25_000}),
        (300, Paid(), {SOCIAL_FUND: 300}),
        (2_000, Paid(), {SOCIAL_FUND: 500, CREDIT: 1_500}),
        (12_000, Paid(social=500), {SHARES: 10_000, CREDIT: 2_000}),
        (10_000, Paid(shares=20_000, social=500), {SHARES: 5_000, CREDIT: 5_000}),
        (5_000, Paid(shares=25_000), {SOCIAL_FUND: 500, CREDIT: 4_500}),
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
    assert [(p.account, p.amount.minor) for p in allocate(ugx(1_000), plain, Paid())] == [(SHARES, 1_000)]


@pytest.mark.parametrize(
    "wrong",
    [{"share_price": ugx(0)}, {"share_price": ugx(-5)}, {"shares_max": 0}, {"weeks_between": 0}],
)
def test_a_constitution_without_a_price_a_share_or_a_week_does_not_exist(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Constitution(**{"share_price": ugx(5_000), "first_meeting": MONDAY, **wrong})


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
    st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)),
    st.integers(1, 5),
)
def test_meetings_keep_their_weekday_and_their_distance(at: datetime, weeks: int) -> None:
    rules = Constitution(ugx(5_000), MONDAY, weeks_between=weeks)
    meeting, today = rules.meeting(at), at.astimezone(ZoneInfo(rules.time_zone)).date()
    assert (meeting - MONDAY).days % (7 * weeks) == 0
    assert meeting == MONDAY >= today or timedelta(0) <= meeting - today < timedelta(weeks=weeks)
