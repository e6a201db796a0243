"""Cash that is contested: who may say so, who may take it back, and what no longer counts then."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from domain.books.accounts import Account
from domain.books.ledger import Draft, InsufficientFunds, Posting
from domain.decisions.rights import GroupIsClosing
from domain.errors import DomainError
from domain.groups.cycle import begin_next_cycle
from domain.meetings.cash_book import (
    AlreadyContested,
    CashRecord,
    ContestCash,
    ContestedRecord,
    KeepCash,
    ReverseCash,
    TooLateToContest,
    contested,
    my_cash,
)
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.person import AlreadyDecided, NotAllowed
from domain.savings.contribute import Contribute, contributions_due
from domain.savings.fines import FineMember, RecordFine, fines_due
from domain.savings.social_fund import AskGrant, PayGrant, grants_to_pay
from domain.treasury.take_back import CashWasUsed, CycleIsOver, MovedByProvider
from tests.conftest import Clock, on_one_store
from tests.domain.officers import cash, proposed, told, umoja, village_with_fines, vote
from tests.domain.savers import found
from tests.money import ugx
from tests.people import Village, Villager, arrives, do


@pytest.fixture
def village(store: MongoStore) -> Village:
    return village_with_fines(store)


def contest(store: MongoStore, payment: str, who: Villager) -> None:
    do(store, ContestCash(who.id, payment, "I gave 10,000"))


def reverse(store: MongoStore, payment: str, officer: Villager) -> None:
    do(store, ReverseCash(officer.id, payment, "it was counted twice"))


def test_a_member_contests_their_own_cash_once_and_every_officer_is_told(
    store: MongoStore, village: Village
) -> None:
    id = cash(store, village, village.akello, 5_500, village.wanjiru)
    record = CashRecord(id, ugx(5_500), "in", "contribution", date(2026, 10, 5), None)
    assert my_cash(store, village.umoja, village.akello.id) == [record]
    assert my_cash(store, village.umoja, village.okot.id) == []
    with pytest.raises(NotAllowed):
        contest(store, id, village.okot)
    contest(store, id, village.akello)
    with pytest.raises(AlreadyContested):
        contest(store, id, village.akello)
    assert [each.contested for each in my_cash(store, village.umoja, village.akello.id)] == ["I gave 10,000"]
    for officer in (village.nakato, village.wanjiru, village.okot):
        assert told(store, officer).count("cash_contested") == 1
    assert [*contested(store, village.umoja)] == [
        ContestedRecord(
            id=id,
            name="Akello Grace",
            officer="Wanjiru Mary",
            amount=ugx(5_500),
            direction="in",
            purpose="contribution",
            day=date(2026, 10, 5),
            words="I gave 10,000",
        )
    ]


def test_mobile_money_is_not_contested_nor_taken_back_here(store: MongoStore, village: Village) -> None:
    asked: Any = do(store, Contribute(village.umoja, village.akello.id, ugx(5_500)))
    arrives(store, store.payments.get(asked["payment"]))
    assert my_cash(store, village.umoja, village.akello.id) == []
    with pytest.raises(NotAllowed):
        contest(store, asked["payment"], village.akello)
    with pytest.raises(MovedByProvider):
        reverse(store, asked["payment"], village.nakato)


def test_cash_is_contested_within_fourteen_days(store: MongoStore, village: Village, clock: Clock) -> None:
    first = cash(store, village, village.akello, 5_500, village.wanjiru)
    clock.forward(hours=1)
    second = cash(store, village, village.akello, 1_000, village.wanjiru)
    clock.forward(days=13, hours=23)
    assert {each.id for each in my_cash(store, village.umoja, village.akello.id)} == {first, second}
    clock.forward(minutes=1)
    assert [each.id for each in my_cash(store, village.umoja, village.akello.id)] == [second]
    with pytest.raises(TooLateToContest):
        contest(store, first, village.akello)
    contest(store, second, village.akello)


def test_a_record_is_taken_back_by_an_officer_who_did_not_make_it(store: MongoStore, village: Village) -> None:
    officer_s = cash(store, village, village.okot, 5_500, village.wanjiru)
    for nobody in (village.wanjiru, village.okot, village.akello):
        with pytest.raises(NotAllowed):
            reverse(store, officer_s, nobody)
    reverse(store, officer_s, village.nakato)
    with pytest.raises(AlreadyDecided):
        reverse(store, officer_s, village.nakato)
    assert store.books.totals(village.umoja) == {"1010": 0, "1040": 0, Account.SHARES: 0, Account.SOCIAL_FUND: 0}


def test_what_is_taken_back_is_a_mirror_entry_and_counts_for_nothing(store: MongoStore, village: Village) -> None:
    kept = cash(store, village, village.okot, 5_500, village.wanjiru)
    before = store.books.totals(village.umoja)
    due = contributions_due(store, village.umoja, village.akello.id)
    wrong = cash(store, village, village.akello, 15_700, village.wanjiru)
    contest(store, wrong, village.akello)
    reverse(store, wrong, village.nakato)
    posted = store.books.with_reference(village.umoja, f"payment:{wrong}")
    mirror = store.books.with_reference(village.umoja, f"reverse:{wrong}")
    assert posted is not None and mirror is not None and mirror.reverses == posted.seq
    assert {k: v for k, v in store.books.totals(village.umoja).items() if v} == before
    assert contributions_due(store, village.umoja, village.akello.id) == due
    assert store.payments.get(wrong).reversed and not store.payments.get(kept).reversed
    assert not contested(store, village.umoja) and my_cash(store, village.umoja, village.akello.id) == []
    assert told(store, village.akello)[-1] == told(store, village.wanjiru)[-1] == "cash_reversed"
    assert store.contests.get(wrong).state == "reversed"
    assert verify_book(store.books, village.umoja) == []
    right = cash(store, village, village.akello, 10_000, village.wanjiru)
    assert not store.payments.get(right).reversed


def test_a_record_that_is_right_stands_and_the_member_is_told(store: MongoStore, village: Village) -> None:
    id = cash(store, village, village.akello, 5_500, village.wanjiru)
    contest(store, id, village.akello)
    before = store.books.totals(village.umoja)
    for nobody in (village.wanjiru, village.akello):
        with pytest.raises(NotAllowed):
            do(store, KeepCash(nobody.id, id, "I counted it"))
    do(store, KeepCash(village.nakato.id, id, "we counted it together"))
    with pytest.raises(AlreadyDecided):
        do(store, KeepCash(village.okot.id, id, "we counted it together"))
    assert ([*contested(store, village.umoja)], store.books.totals(village.umoja)) == ([], before)
    assert told(store, village.akello)[-1] == "cash_kept"


def test_shares_that_are_no_longer_the_member_s_are_not_taken_back(store: MongoStore, village: Village) -> None:
    """As after an exit, a netting or a share-out: what was put in is not there any more."""
    id = cash(store, village, village.akello, 10_500, village.wanjiru)
    cash(store, village, village.okot, 10_500, village.wanjiru)
    away = (Posting(Account.SHARES, 5_000, village.akello.id), Posting("2040", -5_000, village.akello.id))
    store.post(Draft(village.umoja, "UGX", "away", "a share is settled", store.now(), away))
    before = store.books.totals(village.umoja)
    with pytest.raises(CashWasUsed):
        reverse(store, id, village.nakato)
    assert store.books.totals(village.umoja) == before
    assert not store.payments.get(id).reversed


def test_cash_that_is_no_longer_in_the_box_is_not_taken_back(store: MongoStore, village: Village) -> None:
    id = cash(store, village, village.akello, 10_500, village.wanjiru)
    lent = (Posting("1100", 9_000, village.okot.id, "loan"), Posting("1010", -9_000))
    store.post(Draft(village.umoja, "UGX", "lent", "a loan", store.now(), lent))
    with pytest.raises(InsufficientFunds):
        reverse(store, id, village.nakato)
    assert not store.payments.get(id).reversed


def test_what_was_granted_of_the_social_fund_is_not_taken_back(store: MongoStore, village: Village) -> None:
    id = cash(store, village, village.akello, 5_500, village.wanjiru)
    do(store, AskGrant(village.akello.id, village.umoja, ugx(400), "medicine"))
    grant = proposed(store, "grant")
    vote(store, grant, village.nakato, village.wanjiru)
    paid: Any = do(store, PayGrant(village.wanjiru.id, grant.id, "cash"))
    with pytest.raises(CashWasUsed):
        reverse(store, id, village.nakato)
    reverse(store, paid["payment"], village.nakato)
    assert [each.id for each in grants_to_pay(store, village.umoja)] == [grant.id]
    reverse(store, id, village.nakato)
    assert set(store.books.totals(village.umoja).values()) == {0}


def test_nothing_is_taken_back_while_the_group_shares_out_or_of_a_cycle_that_is_over(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    id = cash(store, village, village.akello, 5_500, village.wanjiru)
    store.groups.change(village.umoja, closing=True)
    with pytest.raises(GroupIsClosing):
        reverse(store, id, village.nakato)
    clock.forward(days=1)
    begin_next_cycle(store, umoja(store, village))
    with pytest.raises(CycleIsOver):
        reverse(store, id, village.nakato)
    reverse(store, cash(store, village, village.akello, 5_000, village.wanjiru), village.nakato)


def test_a_fine_whose_cash_is_taken_back_is_due_again(store: MongoStore, village: Village) -> None:
    do(store, FineMember(village.nakato.id, village.umoja, village.akello.id, "late"))
    (fine,) = store.fines.find()
    asked: Any = do(store, RecordFine(village.wanjiru.id, fine.id))
    reverse(store, asked["payment"], village.nakato)
    assert fines_due(store, village.umoja, village.akello.id) == ugx(500)
    do(store, RecordFine(village.wanjiru.id, fine.id))
    assert {k: v for k, v in store.books.totals(village.umoja).items() if v} == {"1010": 500, "4020": -500}


def test_a_repayment_that_is_contested_is_taken_back_with_its_loan_s_history(store: MongoStore) -> None:
    savers = found(store)
    loan = savers.lend("dan", 50_000)
    before = savers.totals
    payment = savers.repay(loan, 20_000)
    savers.do(ContestCash("dan", payment, "I gave 30,000"))
    with pytest.raises(NotAllowed):
        savers.do(ReverseCash("ada", payment, "it was 30,000"))
    savers.do(ReverseCash("ben", payment, "it was 30,000"))
    assert (savers.totals, savers.loan(loan).outstanding) == (before, 50_000)
    assert store.payments.get(payment).reversed and not contested(store, savers.group)
    assert len(savers.told("dan", "cash_reversed")) == len(savers.told("ada", "cash_reversed")) == 1
    savers.check()
    (handed_over,) = [p.id for p in store.payments.find(group=savers.group, purpose="loan")]
    savers.do(ContestCash("dan", handed_over, "I had less"))
    savers.do(ReverseCash("ben", handed_over, "he had less"))
    assert (savers.loan(loan).state, savers.loan(loan).outstanding) == ("approved", 0)


@runs(on_one_store, max_examples=8)
@given(st.lists(st.tuples(st.integers(1, 25_500), st.booleans()), min_size=1, max_size=5))
def test_what_was_taken_back_never_was_and_the_rest_is_there(
    store: MongoStore, village: Village, records: list[tuple[int, bool]]
) -> None:
    """All cash that was accepted, less what was taken back, is in the boxes and is the member's or the fund's."""
    before = sum(store.books.totals(village.umoja).get(box, 0) for box in ("1010", "1040"))
    kept = 0
    for minor, wrong in records:
        try:
            id = cash(store, village, village.akello, minor, village.wanjiru)
        except DomainError:
            continue  # more than the meeting has room for
        if wrong:
            reverse(store, id, village.nakato)
        else:
            kept += minor
    totals = store.books.totals(village.umoja)
    assert totals.get("1010", 0) + totals.get("1040", 0) - before == kept
    assert (
        -sum(totals.get(account, 0) for account in (Account.SHARES, Account.SOCIAL_FUND, Account.CREDIT)) - before
        == kept
    )
    paid = store.paid(village.akello.id, {village.umoja: "2026-10-05"})[village.umoja]
    assert (paid.shares, paid.social) == (-totals.get(Account.SHARES, 0), -totals.get(Account.SOCIAL_FUND, 0))
    assert verify_book(store.books, village.umoja) == []
