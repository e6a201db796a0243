"""Putting money in: what is due, the cap, the hour's limit, cash, and what a member sees of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from bot.config import Settings
from domain.books.accounts import Account
from domain.commands import execute
from domain.groups.join import JoinGroup
from domain.meetings.cash_book import ReverseCash
from domain.money import Money, TooLittle
from domain.mongo.store import MongoStore, open_store
from domain.mongo.verify import verify_book
from domain.records.group import Paid
from domain.records.payment import PER_HOUR_MAX, PROMPT_AFTER
from domain.records.person import NotAllowed, membership_id
from domain.savings.contribute import Contribute, Due, RecordCash, Savings, TooMuch, contributions_due, savings
from domain.treasury.money_in import TooManyPayments
from domain.treasury.settle import payment_failed
from domain.treasury.take_back import CashWasUsed
from tests.conftest import Clock, on_one_store
from tests.listening import Commands
from tests.money import ugx
from tests.people import Village, Villager, arrives, do, found_anew, found_group, register


def contribute(store: MongoStore, village: Village, who: Villager, amount: Money) -> Any:
    return do(store, Contribute(village.umoja, who.id, amount))


def pay(store: MongoStore, village: Village, who: Villager, minor: int) -> str:
    """A contribution that the provider has confirmed; answers with its reference."""
    asked = contribute(store, village, who, ugx(minor))
    arrives(store, store.payments.get(asked["payment"]))
    return str(asked["ref"])


def cash(store: MongoStore, village: Village, who: Villager, amount: Money, officer: Villager) -> Any:
    command = RecordCash(village.umoja, who.id, amount, officer.id)
    return do(store, command)


# Credit buys shares


def small_shares(store: MongoStore, village: Village, shares_max: int = 5) -> None:
    """A share is 1,000, and there is no social fund."""
    rules = store.groups.get(village.umoja).constitution
    rules = replace(rules, share_price=ugx(1_000), social_fund=None, shares_max=shares_max)
    store.groups.change(village.umoja, constitution=rules)


def has(store: MongoStore, village: Village, who: Villager) -> tuple[int, int]:
    """Savings in shares, and credit."""
    held = store.books.of_member_in([village.umoja], who.id)
    return -held[village.umoja, Account.SHARES], -held[village.umoja, Account.CREDIT]


def test_credit_buys_a_share_as_soon_as_it_reaches_the_price(store: MongoStore, village: Village) -> None:
    small_shares(store, village)
    seen = []
    for _ in range(6):
        cash(store, village, village.akello, ugx(500), village.wanjiru)
        seen.append(has(store, village, village.akello))
    assert seen == [(0, 500), (1_000, 0), (1_000, 500), (2_000, 0), (2_000, 500), (3_000, 0)]
    assert contributions_due(store, village.umoja, village.akello.id).most == ugx(2_000), "they count as bought"


def test_credit_that_comes_in_at_the_same_time_buys_each_share_once(store: MongoStore, village: Village) -> None:
    small_shares(store, village)
    asked = [contribute(store, village, village.akello, ugx(500))["payment"] for _ in range(6)]
    payments = store.payments.among(asked)
    with ThreadPoolExecutor(6) as threads:
        [*threads.map(lambda payment: arrives(store, payment), payments)]
    assert has(store, village, village.akello) == (3_000, 0)
    assert all(sum(p.amount.minor for p in each.parts) == 500 for each in store.payments.among(asked))
    group = store.groups.get(village.umoja)
    key = group.meeting_key(group.constitution.meeting(store.now()))
    assert store.paid(village.akello.id, {group.id: key}) == {group.id: Paid(shares=3_000)}


def test_credit_buys_no_more_than_the_most_of_a_meeting(store: MongoStore, village: Village, clock: Clock) -> None:
    small_shares(store, village, shares_max=2)
    for _ in range(3):
        cash(store, village, village.akello, ugx(900), village.wanjiru)
    assert has(store, village, village.akello) == (2_000, 700), "no third share at this meeting"
    clock.forward(days=7)
    cash(store, village, village.akello, ugx(300), village.wanjiru)
    assert has(store, village, village.akello) == (3_000, 0)


def test_a_record_that_bought_a_share_with_credit_gives_the_credit_back(
    store: MongoStore, village: Village
) -> None:
    small_shares(store, village)
    first = cash(store, village, village.akello, ugx(500), village.wanjiru)["payment"]
    second = cash(store, village, village.akello, ugx(500), village.wanjiru)["payment"]
    with pytest.raises(CashWasUsed):
        do(store, ReverseCash(village.nakato.id, first, "never came"))
    do(store, ReverseCash(village.nakato.id, second, "never came"))
    assert has(store, village, village.akello) == (0, 500)
    assert contributions_due(store, village.umoja, village.akello.id).most == ugx(5_000)


# By mobile money


def test_a_contribution_is_written_down_and_nothing_is_posted(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    asked = contribute(store, village, village.akello, ugx(5_500))
    payment = store.payments.get(asked["payment"])
    assert asked == {"payment": payment.id, "ref": payment.ref}
    assert (payment.state, payment.phone) == ("created", village.akello.phone)
    assert payment.next_at == clock() + PROMPT_AFTER
    assert {part.account: part.amount for part in payment.parts} == {
        Account.SOCIAL_FUND: ugx(500),
        Account.SHARES: ugx(5_000),
    }
    assert store.books.totals(village.umoja) == {}


def test_what_is_on_its_way_counts_until_it_fails(store: MongoStore, village: Village) -> None:
    def due() -> Due:
        return contributions_due(store, village.umoja, village.akello.id)

    assert due() == Due(ugx(5_500), ugx(25_500), date(2026, 10, 5), payable=True)
    asked = contribute(store, village, village.akello, ugx(5_500))
    assert (due().amount, due().most) == (ugx(0), ugx(20_000))
    payment_failed(store, store.payments.get(asked["payment"]), "declined")
    assert (due().amount, due().most) == (ugx(5_500), ugx(25_500))


def test_a_payment_that_succeeds_is_posted_once_and_told_once(store: MongoStore, village: Village) -> None:
    asked = contribute(store, village, village.akello, ugx(5_500))
    payment = store.payments.get(asked["payment"])
    with ThreadPoolExecutor(4) as threads:
        entries = [*threads.map(lambda _: arrives(store, payment), range(4))]
    assert len({entry.hash for entry in entries if entry}) == 1 and all(entries)
    assert store.books.totals(village.umoja) == {"1020": 5_000, "1025": 500, "2020": -500, "3010": -5_000}
    assert [n.kind for n in store.notices.find(person=village.akello.id, kind="receipt")] == ["receipt"]
    assert verify_book(store.books, village.umoja) == []


def test_a_payment_fails_once_and_never_after_it_succeeded(store: MongoStore, village: Village) -> None:
    failing = store.payments.get(contribute(store, village, village.akello, ugx(1_000))["payment"])
    for reason in ("not_approved_in_time", "not_enough_money"):
        payment_failed(store, failing, reason)
    (told,) = store.notices.find(person=village.akello.id, kind="payment_failed")
    assert told.values["reason"] == "not_approved_in_time"
    assert store.payments.get(failing.id).state == "expired"

    paid = store.payments.get(contribute(store, village, village.akello, ugx(1_000))["payment"])
    arrives(store, paid)
    payment_failed(store, paid, "not_approved_in_time")
    assert store.payments.get(paid.id).state == "succeeded"


@pytest.mark.parametrize("minor", [25_501, 10**12, 0, -5])
def test_more_than_the_constitution_allows_is_refused_with_what_is_left(
    store: MongoStore, village: Village, minor: int
) -> None:
    with pytest.raises(TooMuch) as refused:
        contribute(store, village, village.akello, ugx(minor))
    assert refused.value.details == {"most": 25_500, "currency": "UGX"}
    assert store.payments.open_of(village.akello.id) == []


def test_the_cap_counts_what_is_paid_and_what_is_on_its_way(store: MongoStore, village: Village) -> None:
    pay(store, village, village.akello, 15_500)
    contribute(store, village, village.akello, ugx(10_000))
    with pytest.raises(TooMuch) as refused:
        contribute(store, village, village.akello, ugx(1))
    assert refused.value.details == {"most": 0, "currency": "UGX"}
    contribute(store, village, village.okot, ugx(25_500))


def test_an_amount_is_the_smallest_or_all_that_is_due(store: MongoStore, village: Village) -> None:
    cash(store, village, village.akello, ugx(5_500), village.nakato)
    rules = store.groups.get(village.umoja).constitution
    store.groups.change(village.umoja, constitution=replace(rules, social_fund=ugx(550)))
    for minor in (99, 51, 49, 1):
        with pytest.raises(TooLittle) as refused:
            contribute(store, village, village.akello, ugx(minor))
        assert refused.value.details == {"least": 100, "currency": "UGX"}
    contribute(store, village, village.akello, ugx(50))
    contribute(store, village, village.akello, ugx(100))


def test_when_the_most_is_lowered_there_is_no_room_and_never_less(store: MongoStore, village: Village) -> None:
    cash(store, village, village.akello, ugx(15_500), village.nakato)
    rules = store.groups.get(village.umoja).constitution
    store.groups.change(village.umoja, constitution=replace(rules, shares_max=2))
    assert contributions_due(store, village.umoja, village.akello.id).most == ugx(0)
    with pytest.raises(TooMuch) as refused:
        cash(store, village, village.akello, ugx(500), village.nakato)
    assert refused.value.details["most"] == 0


def test_the_next_meeting_has_room_again(store: MongoStore, village: Village, clock: Clock) -> None:
    pay(store, village, village.akello, 25_500)
    clock.forward(days=1)
    assert contributions_due(store, village.umoja, village.akello.id) == Due(
        ugx(5_500), ugx(25_500), date(2026, 10, 12), payable=True
    )
    pay(store, village, village.akello, 5_500)
    assert store.books.balance(village.umoja, Account.SHARES, village.akello.id) == -30_000


def test_only_an_active_member_puts_money_in_and_in_the_group_s_currency(
    store: MongoStore, village: Village
) -> None:
    atim = register(store, "Atim Rose", "+256772000111", "4827")
    with pytest.raises(NotAllowed):
        contribute(store, village, atim, ugx(5_500))
    do(store, JoinGroup(atim.id, village.code))
    with pytest.raises(NotAllowed):
        contribute(store, village, atim, ugx(5_500))
    with pytest.raises(NotAllowed):
        contribute(store, village, village.akello, Money(5_500, "KES"))
    contribute(store, village, village.akello, ugx(5_500))


def test_a_member_asks_for_six_payments_an_hour(store: MongoStore, village: Village, clock: Clock) -> None:
    for _ in range(PER_HOUR_MAX):
        clock.forward(minutes=1)
        contribute(store, village, village.akello, ugx(100))
    with pytest.raises(TooManyPayments) as refused:
        contribute(store, village, village.akello, ugx(100))
    assert refused.value.details == {"most": PER_HOUR_MAX}
    contribute(store, village, village.okot, ugx(100))
    clock.forward(minutes=55, seconds=1)
    contribute(store, village, village.akello, ugx(100))


def test_payments_asked_for_at_once_do_not_pass_the_cap_together(store: MongoStore, village: Village) -> None:
    def ask(_: int) -> bool:
        try:
            contribute(store, village, village.akello, ugx(20_000))
        except TooMuch:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        taken = [*threads.map(ask, range(4))]
    assert sum(taken) == 1


# In cash


def test_cash_is_posted_at_once_and_the_member_is_told(store: MongoStore, village: Village) -> None:
    cash(store, village, village.akello, ugx(5_500), village.wanjiru)
    assert store.books.totals(village.umoja) == {
        "1010": 5_000,
        "1040": 500,
        Account.SOCIAL_FUND: -500,
        Account.SHARES: -5_000,
    }
    (receipt,) = store.notices.find(person=village.akello.id, kind="receipt")
    assert receipt.values == {
        "amount": ugx(5_500), "group": "Umoja", "ref": "",
        "what": "savings", "about": "", "rest": "saved", "left": ugx(5_000),
    }  # fmt: skip


def test_cash_is_recorded_once_for_its_key(store: MongoStore, village: Village) -> None:
    command = RecordCash(village.umoja, village.akello.id, ugx(5_500), village.nakato.id)
    with ThreadPoolExecutor(4) as threads:
        asked = [*threads.map(lambda _: execute(store, "key", command), range(4))]
    assert len({each["payment"] for each in asked}) == 1
    assert store.books.balance(village.umoja, Account.SHARES, village.akello.id) == -5_000


def test_only_an_active_officer_of_the_group_records_cash(store: MongoStore, village: Village) -> None:
    ouma = register(store, "Ouma Paul", "+256772000112", "4828")
    found_group(store, "20202", "Tujenge", ugx(1_000), {ouma: "chairperson"})
    store.memberships.change(membership_id(village.umoja, village.wanjiru.id), status="suspended")
    for officer in (village.akello, village.okot, ouma, village.wanjiru):
        with pytest.raises(NotAllowed):
            cash(store, village, village.akello, ugx(5_500), officer)
    assert store.books.totals(village.umoja) == {}
    with pytest.raises(NotAllowed):
        cash(store, village, ouma, ugx(5_500), village.nakato)
    with pytest.raises(TooMuch):
        cash(store, village, village.akello, ugx(25_501), village.nakato)


# What a member sees


def test_savings_are_shares_and_credit_with_what_is_waiting_and_due(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    pay(store, village, village.akello, 12_000)
    clock.forward(days=1)
    contribute(store, village, village.akello, ugx(2_000))
    assert savings(store, village.akello.id) == [
        Savings("Umoja", ugx(11_500), 2, ugx(1_500), ugx(2_000), ugx(5_000), date(2026, 10, 12))
    ]
    (nothing,) = savings(store, village.okot.id)
    assert nothing == Savings("Umoja", ugx(0), 0, ugx(0), ugx(0), ugx(5_500), date(2026, 10, 12), ugx(500))


def test_savings_are_listed_for_each_group_in_the_order_of_joining(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    clock.forward(minutes=1)
    found_group(store, "20202", "Bidii", Money(20_000, "KES"), {village.akello: "treasurer"})
    pay(store, village, village.akello, 5_500)
    umoja, bidii = savings(store, village.akello.id)
    assert (umoja.group, umoja.total, umoja.due) == ("Umoja", ugx(5_000), ugx(0))
    assert (bidii.group, bidii.total, bidii.due) == ("Bidii", Money(0, "KES"), Money(22_000, "KES"))
    assert savings(store, register(store, "Atim Rose", "+256772000111", "4827").id) == []


def test_savings_in_many_groups_take_as_many_queries_as_in_one(
    store: MongoStore, village: Village, settings: Settings, clock: Clock
) -> None:
    queries = Commands()
    counted = open_store(
        settings.mongo_uri, settings.mongo_database, pins=store.pins, clock=clock, listeners=[queries]
    )
    pay(store, village, village.akello, 5_500)
    queries.sent.clear()
    assert len(savings(counted, village.akello.id)) == 1
    for_one = queries.sent.copy()
    for number in range(5):
        found_group(store, f"2020{number}", f"Group {number}", ugx(1_000), {village.akello: "treasurer"})
    queries.sent.clear()
    assert len(savings(counted, village.akello.id)) == 6
    assert queries.sent == for_one == ["find"] * len(for_one)
    counted.close()


@runs(on_one_store, max_examples=8)
@given(amounts=st.lists(st.integers(100, 30_000), max_size=6))
def test_the_books_hold_what_was_accepted_and_nobody_passes_the_cap(
    store: MongoStore, clock: Clock, amounts: list[int]
) -> None:
    for table in ("people", "groups", "memberships", "payments", "notices", "paid"):
        store.database[table].delete_many({})
    village, accepted = found_anew(store), 0
    for minor in amounts:
        most = contributions_due(store, village.umoja, village.akello.id).most.minor
        try:
            pay(store, village, village.akello, minor)
        except TooMuch:
            assert minor > most
        else:
            assert minor <= most
            accepted += minor
    (mine,) = savings(store, village.akello.id)
    social = -store.books.balance(village.umoja, Account.SOCIAL_FUND, village.akello.id)
    in_wallets = sum(store.books.balance(village.umoja, account) for account in ("1020", "1025"))
    assert mine.total.minor + social == accepted == in_wallets
    assert mine.shares is not None and mine.shares <= 5 and social <= 500
    assert store.books.balance(village.umoja, Account.CREDIT, village.akello.id) <= 0
    assert verify_book(store.books, village.umoja) == []
