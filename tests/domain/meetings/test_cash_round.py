"""Cash that goes round: what an amount is for, all or nothing; a slip; and the same money written down twice."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.loans.owed import LoanView
from domain.meetings.cash_book import ToPay
from domain.meetings.cash_round import (
    SLIP_WITHIN,
    CancelCash,
    CashPart,
    TakeCash,
    TooLateForSlip,
    boxes_now,
    due_now,
    meant_by,
    sum_of,
    written_so_far,
)
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.person import AlreadyDecided, NotAllowed
from domain.savings.contribute import Contribute, Due, RecordCash
from domain.savings.fines import FineDue, FineMember, FineNotDue, fines_due, fines_of
from domain.treasury.money_in import SAME_CASH_WITHIN, AskedBefore
from tests.conftest import Clock
from tests.domain.officers import cash, told, village_with_fines
from tests.money import ugx
from tests.people import Village, Villager, arrives, do

MEETING = date(2026, 10, 5)


@pytest.fixture
def village(store: MongoStore) -> Village:
    return village_with_fines(store)


def owed(due: int, fines: tuple[int, ...] = (), loan: int = 0) -> ToPay:
    """What a member owes who may put in 25,500 at most."""
    lent, most = ugx(loan), ugx(4 * loan)
    loans = [LoanView("l", "LAAAAAA", "", "", "active", lent, lent, lent, MEETING, most, 0, payable=True)]
    return ToPay(
        Due(ugx(due), ugx(25_500), MEETING, payable=True),
        [FineDue(f"f{n}", "late", ugx(fine), MEETING, payable=True) for n, fine in enumerate(fines)],
        loans if loan else [],
    )


def whats(ways: list[tuple[CashPart, ...]]) -> list[str]:
    return ["+".join(part.what for part in parts) for parts in ways]


def test_what_is_due_for_the_meeting_is_that_and_no_question() -> None:
    assert whats(meant_by(owed(5_500), None)) == ["savings"]
    assert whats(meant_by(owed(5_500, (5_500,), 5_500), ugx(5_500))) == ["savings"]
    assert whats(meant_by(owed(0), None)) == []


def test_who_owes_several_things_may_mean_all_of_them_or_one() -> None:
    assert whats(meant_by(owed(5_500, (500,), 7_000), None)) == [
        "savings+fine+loan",
        "savings",
        "fine",
        "loan",
    ]
    assert whats(meant_by(owed(5_500, (500,), 7_000), ugx(13_000))) == ["savings+fine+loan", "savings", "loan"]
    assert whats(meant_by(owed(5_500, (500,), 7_000), ugx(500))) == ["savings", "fine", "loan"]
    assert whats(meant_by(owed(5_500, (500,)), ugx(30_000))) == []


@given(
    st.integers(0, 9_000),
    st.lists(st.integers(1, 9_000), max_size=3),
    st.integers(0, 9_000),
    st.integers(1, 40_000),
)
def test_every_way_comes_to_the_amount_and_none_is_said_twice(
    due: int, fines: list[int], loan: int, amount: int
) -> None:
    to_pay = owed(due, tuple(fines), loan)
    ways = meant_by(to_pay, ugx(amount))
    assert all(sum_of(parts) == ugx(amount) for parts in ways)
    assert len(set(ways)) == len(ways)
    whole = meant_by(to_pay, None)
    assert not whole or set(whole[0]) <= set(due_now(to_pay))


def take(store: MongoStore, village: Village, who: Villager, officer: Villager, *parts: CashPart) -> list[Any]:
    taken: Any = do(store, TakeCash(officer.id, village.umoja, who.id, parts, again=False))
    return [each["payment"] for each in taken]


def test_all_of_what_is_handed_over_is_written_down_or_nothing(store: MongoStore, village: Village) -> None:
    do(store, FineMember(village.nakato.id, village.umoja, village.akello.id, "late"))
    (fine,) = fines_of(store, village.umoja, village.akello.id)
    savings, late = CashPart("savings", ugx(5_500)), CashPart("fine", ugx(500), fine.id)
    payments = take(store, village, village.akello, village.wanjiru, savings, late)
    assert len(payments) == 2
    assert fines_due(store, village.umoja, village.akello.id) == ugx(0)
    assert told(store, village.akello)[-2:] == ["receipt", "receipt"]
    before = store.books.totals(village.umoja)
    with pytest.raises(FineNotDue):
        take(store, village, village.akello, village.wanjiru, CashPart("savings", ugx(700)), late)
    assert store.books.totals(village.umoja) == before
    assert written_so_far(store, village.umoja, village.wanjiru.id).total == ugx(6_000)
    assert written_so_far(store, village.umoja, village.wanjiru.id).numbers == (3,)
    assert written_so_far(store, village.umoja, village.nakato.id).numbers == ()
    boxes = boxes_now(store, village.umoja)
    assert boxes.cash + boxes.social == ugx(6_000)


def test_nothing_of_another_member_is_paid_and_nobody_writes_down_their_own(
    store: MongoStore, village: Village
) -> None:
    do(store, FineMember(village.nakato.id, village.umoja, village.akello.id, "late"))
    (fine,) = fines_of(store, village.umoja, village.akello.id)
    for who, officer, part in (
        (village.okot, village.wanjiru, CashPart("fine", ugx(500), fine.id)),
        (village.akello, village.wanjiru, CashPart("fine", ugx(400), fine.id)),
        (village.wanjiru, village.wanjiru, CashPart("savings", ugx(5_500))),
        (village.okot, village.akello, CashPart("savings", ugx(5_500))),
    ):
        with pytest.raises(NotAllowed):
            take(store, village, who, officer, part)
    with pytest.raises(NotAllowed):
        take(store, village, village.okot, village.wanjiru)
    assert store.books.totals(village.umoja) == {}


def test_who_wrote_cash_down_takes_a_slip_back_for_a_while_and_the_member_is_told(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    slip = cash(store, village, village.akello, 5_500, village.wanjiru)
    for other in (village.nakato, village.akello):
        with pytest.raises(NotAllowed):
            do(store, CancelCash(other.id, slip))
    do(store, CancelCash(village.wanjiru.id, slip))
    assert not any(store.books.totals(village.umoja).values())
    assert told(store, village.akello)[-1] == "cash_cancelled"
    with pytest.raises(AlreadyDecided):
        do(store, CancelCash(village.wanjiru.id, slip))
    # What was a slip is no reason to ask.
    do(store, RecordCash(village.umoja, village.akello.id, ugx(5_500), village.wanjiru.id, again=False))
    late = cash(store, village, village.okot, 5_500, village.wanjiru)
    clock.forward(minutes=SLIP_WITHIN / timedelta(minutes=1) + 1)
    with pytest.raises(TooLateForSlip):
        do(store, CancelCash(village.wanjiru.id, late))
    assert verify_book(store.books, village.umoja) == []


def again(store: MongoStore, village: Village, minor: int, officer: Villager) -> AskedBefore | None:
    """Why cash is not written down for Akello before it is asked about."""
    try:
        do(store, RecordCash(village.umoja, village.akello.id, ugx(minor), officer.id, again=False))
    except AskedBefore as same:
        return same
    return None


def test_the_same_cash_is_known_whoever_writes_it_down_and_another_sum_is_not(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    assert again(store, village, 5_500, village.nakato) is None
    for officer in (village.nakato, village.wanjiru):
        same = again(store, village, 5_500, officer)
        assert same
        assert same.details["by"] == "Nakato Ruth"
        assert same.details["amount"] == 5_500
    assert again(store, village, 2_000, village.wanjiru) is None
    clock.forward(days=8)  # another meeting, and another day
    assert timedelta(days=8) > SAME_CASH_WITHIN
    assert again(store, village, 5_500, village.wanjiru) is None


def test_what_came_by_phone_for_the_meeting_or_waits_there_is_the_same_money(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    asked: Any = do(store, Contribute(village.umoja, village.akello.id, ugx(5_500)))
    waits = again(store, village, 700, village.wanjiru)
    assert waits
    assert waits.details["waits"]
    arrives(store, store.payments.get(asked["payment"]))
    came = again(store, village, 5_500, village.wanjiru)
    assert came
    assert (came.details["waits"], came.details["by"]) == (0, "")
    assert again(store, village, 700, village.wanjiru) is None
