"""Fines: charged once, paid whole and once, waived by others."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.books.accounts import Account
from domain.decisions.rights import Frozen, GroupIsClosing
from domain.decisions.voting import AlreadyAsked, TooFewOfficers
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.group import FineReason
from domain.records.person import NotAllowed, membership_id
from domain.savings.fines import (
    AlreadyFined,
    AskWaiver,
    FineDue,
    FineInWords,
    FineMember,
    FineNotDue,
    FineTooHigh,
    NoSuchFine,
    PayFine,
    RecordFine,
    fines_due,
    fines_of,
    own_fine_most,
)
from domain.savings.statement import last_transactions, statement_of
from domain.treasury.coins import NotInCoins
from domain.treasury.settle import payment_failed
from tests.domain.officers import proposed, told, village_with_fines, vote
from tests.money import ugx
from tests.people import Village, Villager, arrives, do


@pytest.fixture
def village(store: MongoStore) -> Village:
    return village_with_fines(store)


def fine(
    store: MongoStore,
    village: Village,
    who: Villager | None = None,
    reason: FineReason = "disorder",
    officer: Villager | None = None,
) -> str:
    """Answers with the fine's id."""
    person = (who or village.akello).id
    do(store, FineMember((officer or village.nakato).id, village.umoja, person, reason))
    (charged,) = store.fines.find(person=person, reason=reason)
    return charged.id


def test_the_amount_is_the_constitution_s_and_the_member_is_told(store: MongoStore, village: Village) -> None:
    id = fine(store, village)
    assert fines_of(store, village.umoja, village.akello.id) == [
        FineDue(id, "disorder", ugx(2_000), date(2026, 10, 5), payable=True)
    ]
    assert fines_due(store, village.umoja, village.akello.id) == ugx(2_000)
    assert store.books.totals(village.umoja) == {}, "cash basis: a fine is income when it is paid"
    assert told(store, village.akello)[-1] == "fined"


def test_only_officers_fine_only_active_members_and_only_what_the_rules_list(
    store: MongoStore, village: Village
) -> None:
    with pytest.raises(NotAllowed):
        fine(store, village, village.wanjiru, officer=village.akello)
    with pytest.raises(NoSuchFine):
        fine(store, village, reason="other")
    store.memberships.change(membership_id(village.umoja, village.akello.id), status="suspended")
    with pytest.raises(NotAllowed):
        fine(store, village)
    assert store.fines.count() == 0


def test_two_officers_fine_one_reason_of_a_day_once(store: MongoStore, village: Village) -> None:
    def attempt(officer: Villager) -> str:
        try:
            fine(store, village, officer=officer)
        except AlreadyFined:
            return "refused"
        return "fined"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(attempt, (village.nakato, village.wanjiru))) == ["fined", "refused"]
    assert fines_due(store, village.umoja, village.akello.id) == ugx(2_000)
    fine(store, village, reason="late")
    assert fines_due(store, village.umoja, village.akello.id) == ugx(2_500)


def test_a_fine_in_cash_is_income_in_the_cash_box_and_paid_once(store: MongoStore, village: Village) -> None:
    id = fine(store, village)
    do(store, RecordFine(village.wanjiru.id, id))
    assert store.books.totals(village.umoja) == {"1010": 2_000, Account.FINES: -2_000}
    assert fines_due(store, village.umoja, village.akello.id) == ugx(0)
    assert told(store, village.akello)[-1] == "receipt"
    for again in (RecordFine(village.wanjiru.id, id), PayFine(village.akello.id, id)):
        with pytest.raises(FineNotDue):
            do(store, again)
    assert store.books.totals(village.umoja) == {"1010": 2_000, Account.FINES: -2_000}


def test_a_fine_by_mobile_money_is_paid_when_the_provider_says_so(store: MongoStore, village: Village) -> None:
    id = fine(store, village)
    asked: Any = do(store, PayFine(village.akello.id, id))
    for meanwhile in (RecordFine(village.wanjiru.id, id), PayFine(village.akello.id, id)):
        with pytest.raises(FineNotDue):
            do(store, meanwhile)
    payment_failed(store, store.payments.get(asked["payment"]), "not_approved_in_time")
    assert fines_due(store, village.umoja, village.akello.id) == ugx(2_000)
    asked = do(store, PayFine(village.akello.id, id))
    arrives(store, store.payments.get(asked["payment"]))
    assert store.books.totals(village.umoja) == {"1020": 2_000, Account.FINES: -2_000}
    assert store.fines.get(id).state == "paid"


def test_a_fine_asked_for_twice_at_once_is_asked_for_once(store: MongoStore, village: Village) -> None:
    id = fine(store, village)

    def attempt(_: int) -> str:
        try:
            do(store, PayFine(village.akello.id, id))
        except FineNotDue:
            return "refused"
        return "asked"

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(attempt, range(3))) == ["asked", "refused", "refused"]


def test_what_arrives_for_a_fine_that_was_waived_meanwhile_is_the_member_s_credit(
    store: MongoStore, village: Village
) -> None:
    id = fine(store, village)
    asked: Any = do(store, PayFine(village.akello.id, id))
    do(store, AskWaiver(village.nakato.id, id, "it was not her"))
    vote(store, proposed(store, "waiver"), village.wanjiru, village.okot)
    arrives(store, store.payments.get(asked["payment"]))
    assert store.books.totals(village.umoja) == {"1020": 2_000, Account.CREDIT: -2_000}
    assert store.fines.get(id).state == "waived"
    assert verify_book(store.books, village.umoja) == []


def test_nobody_pays_the_fine_of_another_or_writes_down_their_own(store: MongoStore, village: Village) -> None:
    id = fine(store, village)
    officer_s = fine(store, village, village.wanjiru)
    for command in (
        PayFine(village.okot.id, id),
        RecordFine(village.akello.id, id),
        RecordFine(village.wanjiru.id, officer_s),
    ):
        with pytest.raises(NotAllowed):
            do(store, command)
    do(store, RecordFine(village.nakato.id, officer_s))
    assert fines_due(store, village.umoja, village.wanjiru.id) == ugx(0)


def test_no_fine_is_paid_by_a_frozen_member_or_while_the_group_shares_out(
    store: MongoStore, village: Village
) -> None:
    id = fine(store, village)
    store.people.change(village.akello.id, frozen=True)
    with pytest.raises(Frozen):
        do(store, PayFine(village.akello.id, id))
    store.people.change(village.akello.id, frozen=False)
    store.groups.change(village.umoja, closing=True)
    with pytest.raises(GroupIsClosing):
        do(store, RecordFine(village.wanjiru.id, id))


def test_a_waiver_is_for_other_officers_to_decide(store: MongoStore, village: Village) -> None:
    id = fine(store, village)
    do(store, AskWaiver(village.nakato.id, id, "it was not her"))
    with pytest.raises(AlreadyAsked):
        do(store, AskWaiver(village.wanjiru.id, id, "it was not her"))
    proposal = proposed(store, "waiver")
    with pytest.raises(NotAllowed):
        vote(store, proposal, village.nakato)
    vote(store, proposal, village.wanjiru, village.okot)
    assert (store.fines.get(id).state, fines_due(store, village.umoja, village.akello.id)) == ("waived", ugx(0))
    assert told(store, village.akello)[-1] == "fine_waived"


def test_no_officer_is_let_off_by_themselves(store: MongoStore, village: Village) -> None:
    """She may ask, as any member may; the two others decide. Another one who asks leaves only one of them."""
    own = fine(store, village, village.wanjiru)
    with pytest.raises(TooFewOfficers):
        do(store, AskWaiver(village.nakato.id, own, "she was not"))
    do(store, AskWaiver(village.wanjiru.id, own, "I was not"))
    asked = proposed(store, "waiver")
    with pytest.raises(NotAllowed):
        vote(store, asked, village.wanjiru)
    assert fines_due(store, village.umoja, village.wanjiru.id) == ugx(2_000)
    vote(store, asked, village.nakato, village.okot)
    assert fines_due(store, village.umoja, village.wanjiru.id) == ugx(0)


def test_a_member_asks_for_a_waiver_of_their_own_fine_and_of_no_other_s(
    store: MongoStore, village: Village
) -> None:
    id, other = fine(store, village), fine(store, village, village.wanjiru)
    with pytest.raises(NotAllowed):
        do(store, AskWaiver(village.akello.id, other, "it was me"))
    do(store, AskWaiver(village.akello.id, id, "it was not me"))
    vote(store, proposed(store, "waiver"), village.wanjiru, village.okot)
    (line, *_) = last_transactions(store, village.umoja, village.akello.id)
    assert (line.what, line.amount, line.about, line.held, line.owed) == (
        "fine_waived",
        ugx(2_000),
        "disorder",
        0,
        0,
    )
    whole = statement_of(store, village.umoja, village.akello.id, date(2026, 10, 5), date(2026, 10, 5))
    assert [each.what for each in whole.lines] == ["fine_waived"]
    before = statement_of(store, village.umoja, village.akello.id, date(2026, 10, 1), date(2026, 10, 4))
    assert before.lines == []


def in_words(village: Village, minor: int, reason: str = "lost the key") -> FineInWords:
    return FineInWords(village.nakato.id, village.umoja, village.akello.id, reason, ugx(minor))


def test_an_officer_s_own_fines_of_a_day_come_to_no_more_than_a_share(store: MongoStore, village: Village) -> None:
    """A share costs 5,000: so 4,500 for the key, and 500 more for something else."""
    with pytest.raises(FineTooHigh):
        do(store, in_words(village, 5_100))
    do(store, in_words(village, 4_500))
    with pytest.raises(AlreadyFined):
        do(store, in_words(village, 500, "Lost the KEY"))
    with pytest.raises(FineTooHigh) as refused:
        do(store, in_words(village, 600, "shouting"))
    assert refused.value.details == {"most": 500, "currency": "UGX"}
    do(store, in_words(village, 500, "shouting"))
    assert own_fine_most(store, village.umoja, village.akello.id) == ugx(0)
    assert own_fine_most(store, village.umoja, village.okot.id) == ugx(5_000)
    fine(store, village)  # what the rules list goes on
    assert fines_due(store, village.umoja, village.akello.id) == ugx(7_000)


@pytest.mark.parametrize(
    ("minor", "reason", "refusal"),
    [
        (0, "shouting", NotAllowed),
        (-500, "shouting", NotAllowed),
        (550, "shouting", NotInCoins),
        (500, "late", NoSuchFine),
        (500, "x" * 31, NoSuchFine),
        (500, "", NoSuchFine),
    ],
)
def test_what_is_no_fine_in_words(
    store: MongoStore, village: Village, minor: int, reason: str, refusal: type[Exception]
) -> None:
    rules = store.groups.get(village.umoja).constitution
    store.groups.change(village.umoja, constitution=replace(rules, cash_unit=100))
    with pytest.raises(refusal):
        do(store, in_words(village, minor, reason))
    assert store.fines.count() == 0


def test_a_waiver_that_is_refused_leaves_the_fine_and_one_of_a_paid_fine_changes_nothing(
    store: MongoStore, village: Village
) -> None:
    id = fine(store, village)
    do(store, AskWaiver(village.nakato.id, id, "it was not her"))
    vote(store, proposed(store, "waiver"), village.okot, yes=False)
    assert fines_due(store, village.umoja, village.akello.id) == ugx(2_000)
    assert told(store, village.nakato)[-1] == "decided"
    do(store, AskWaiver(village.nakato.id, id, "it was not her"))
    do(store, RecordFine(village.wanjiru.id, id))
    vote(store, proposed(store, "waiver"), village.wanjiru)
    assert (store.fines.get(id).state, store.proposals.count(kind="waiver", state="open")) == ("paid", 0)
    with pytest.raises(FineNotDue):
        do(store, AskWaiver(village.nakato.id, id, "it was not her"))
