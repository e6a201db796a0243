"""The rules of an entry, before any store."""

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.books.accounts import Account
from domain.books.hledger import account_name, journal
from domain.books.ledger import (
    AMOUNT_MAX,
    GENESIS,
    Draft,
    Entry,
    Head,
    InsufficientFunds,
    Posting,
    Unbalanced,
    chain,
    reversal,
)
from domain.money import CurrencyMismatch, Money
from tests.second_opinion import hledger_balances, needs_hledger

AT = datetime(2026, 1, 31, 9, 30, 0, 123_999, tzinfo=UTC)
SHARE = (Posting("1020", 5000), Posting("3010", -5000, "m1"))


def draft(
    *postings: Posting, reference: str = "pay-1", currency: str = "UGX", text: str = "contribution"
) -> Draft:
    return Draft("g1", currency, reference, text, AT, postings)


def test_an_entry_sums_to_zero_and_keeps_whole_milliseconds() -> None:
    """A store keeps milliseconds: more would change the hash of an entry that is read back."""
    made = draft(*SHARE)
    assert sum(leg.amount for leg in made.postings) == 0
    assert made.at.microsecond == 123_000


@pytest.mark.parametrize(
    ("wrong", "postings"),
    [
        ("one short", (Posting("1020", 5000), Posting("3010", -4999, "m1"))),
        ("no postings", ()),
        ("one posting", (Posting("1020", 5000),)),
        ("a zero amount", (*SHARE, Posting("5020", 0))),
        ("an unknown account", (Posting("9999", 5000), Posting("3010", -5000, "m1"))),
        ("a float", (Posting("1020", 5000.0), Posting("3010", -5000, "m1"))),  # type: ignore[arg-type]
        ("shares of nobody", (Posting("1020", 5000), Posting("3010", -5000))),
        ("cash with a provider", (Posting("1010", 5000, provider="momo"), SHARE[1])),
        ("a member's with a provider", (SHARE[0], Posting("3010", -5000, "m1", provider="momo"))),
        ("a provider whose name would be two", (Posting("1020", 5000, provider="mo.mo"), SHARE[1])),
        ("too large", (Posting("1020", AMOUNT_MAX + 1), Posting("3010", -AMOUNT_MAX - 1, "m1"))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_a_double_entry_does_not_exist(wrong: str, postings: tuple[Posting, ...]) -> None:
    with pytest.raises(Unbalanced):
        draft(*postings)


@pytest.mark.parametrize(
    "at",
    [AT.replace(tzinfo=None), AT.replace(tzinfo=timezone(timedelta(hours=3)))],
    ids=["naive", "Kampala"],
)
def test_a_time_that_is_not_utc_is_refused(at: datetime) -> None:
    with pytest.raises(Unbalanced):
        Draft("g1", "UGX", "pay-1", "", at, SHARE)


@pytest.mark.parametrize(
    ("book", "reference", "currency"),
    [("", "r", "UGX"), ("g|1", "r", "UGX"), ("g1", "", "UGX"), ("g1", "r", "XXX")],
)
def test_an_entry_names_its_book_reference_and_currency(book: str, reference: str, currency: str) -> None:
    with pytest.raises(Unbalanced):
        Draft(book, currency, reference, "", AT, SHARE)


def test_anyone_can_recompute_a_hash_from_the_docstring() -> None:
    """An auditor needs no code of ours: a line feed between the hash before and the JSON."""
    entry = chain(draft(*SHARE, text="première"), 1, GENESIS)
    body = (
        '{"at":"2026-01-31T09:30:00.123+00:00","book":"g1","currency":"UGX",'
        '"postings":[["1020",5000,""],["3010",-5000,"m1"]],'
        '"reference":"pay-1","reverses":0,"seq":1,"text":"premi\\u00e8re"}'
    )
    assert json.loads(body)["text"] == "première"
    assert entry.hash == hashlib.sha256(f"{GENESIS}\n{body}".encode()).hexdigest()


def test_a_provider_is_in_the_hash_where_there_is_one_behind_the_loan_or_nothing() -> None:
    """What has none has the hash that it always had: the test above."""
    entry = chain(draft(Posting("1020", 5000, provider="momo"), SHARE[1]), 1, GENESIS)
    body = (
        '{"at":"2026-01-31T09:30:00.123+00:00","book":"g1","currency":"UGX",'
        '"postings":[["1020",5000,"","","momo"],["3010",-5000,"m1"]],'
        '"reference":"pay-1","reverses":0,"seq":1,"text":"contribution"}'
    )
    assert entry.hash == hashlib.sha256(f"{GENESIS}\n{body}".encode()).hexdigest()
    assert reversal(entry, "undo-1", AT).postings[0] == Posting("1020", -5000, provider="momo")


def test_two_entries_that_differ_anywhere_have_different_hashes() -> None:
    one = draft(*SHARE)
    others = [
        chain(one, 2, GENESIS),
        chain(one, 1, "f" * 64),
        chain(draft(*SHARE, reference="pay-2"), 1, GENESIS),
        chain(draft(*SHARE, text="gift"), 1, GENESIS),
        chain(draft(*SHARE, currency="RWF"), 1, GENESIS),
        chain(draft(*reversed(SHARE)), 1, GENESIS),
        chain(draft(Posting("1020", 5000), Posting("3010", -5000, "m2")), 1, GENESIS),
        *(chain(draft(Posting("1020", 5000, provider=name), SHARE[1]), 1, GENESIS) for name in ("momo", "airtel")),
    ]
    assert len({entry.hash for entry in [chain(one, 1, GENESIS), *others]}) == len(others) + 1


def test_a_reversal_is_the_mirror_linked_to_what_it_puts_right() -> None:
    entry = chain(draft(*SHARE), 7, GENESIS)
    back = reversal(entry, "undo-1", AT)
    assert back.reverses == 7
    assert back.postings == (Posting("1020", -5000), Posting("3010", 5000, "m1"))


def test_cash_is_spent_to_the_last_unit_and_not_below() -> None:
    _, head = Head().follow(draft(*SHARE))
    _, empty = head.follow(draft(Posting("2010", 5000, "m1"), Posting("1020", -5000)))
    assert empty.totals["1020"] == 0
    with pytest.raises(InsufficientFunds) as refusal:
        head.follow(draft(Posting("2010", 5001, "m1"), Posting("1020", -5001)))
    assert refusal.value.details == {"account": "1020", "short": 1, "there": 5000, "currency": "UGX"}


@pytest.mark.parametrize("code", ["1010", "1020", "1030"])
def test_no_cash_account_goes_below_zero(code: str) -> None:
    with pytest.raises(InsufficientFunds):
        Head().follow(draft(Posting("5030", 1), Posting(code, -1)))


def test_the_social_fund_pays_no_more_than_it_holds() -> None:
    _, head = Head().follow(draft(Posting("1040", 300), Posting("2020", -300, "m1")))
    head.follow(draft(Posting("2020", 300), Posting("1040", -300)))
    with pytest.raises(InsufficientFunds) as refusal:
        head.follow(draft(Posting("2020", 301), Posting("1040", -301)))
    assert refusal.value.details == {"account": "1040", "short": 1, "there": 300, "currency": "UGX"}


@pytest.mark.parametrize(
    "legs",
    [
        (Posting("1020", 300), Posting("2020", -300)),
        (Posting("1040", 100), Posting("4030", -100)),
        (Posting("2020", 300), Posting("1025", -200), Posting("1020", -100)),
    ],
    ids=["its money in the group's wallet", "other money in its box", "a grant that the group pays a part of"],
)
def test_the_social_fund_has_what_is_in_its_purses_and_nothing_else_is(legs: tuple[Posting, ...]) -> None:
    with pytest.raises(Unbalanced, match="social fund"):
        draft(*legs)


def test_two_funds_may_swap_cash_for_mobile_money() -> None:
    draft(Posting("1040", 300), Posting("1010", -300), Posting("1020", 300), Posting("1025", -300))


def test_money_that_passes_through_an_empty_cash_box_in_one_entry_is_not_refused() -> None:
    _, head = Head().follow(draft(Posting("1020", 10), Posting("1020", -10), *SHARE))
    assert head.totals["1020"] == 5000


def test_a_book_is_kept_in_one_currency() -> None:
    _, head = Head().follow(draft(*SHARE))
    with pytest.raises(CurrencyMismatch):
        head.follow(draft(*SHARE, currency="KES"))


def test_the_chart_has_the_codes_of_each_kind_under_its_first_digit() -> None:
    first = {"asset": "1", "liability": "2", "equity": "3", "income": "4", "expense": "5"}
    assert all(account.startswith(first[account.kind]) for account in Account)


def legs(account: str, amount: int, member: str) -> tuple[Posting, Posting]:
    loan = f"loan of {member}" if account == "1100" else ""
    return Posting(account, amount, member, loan), Posting("5060", -amount)


@settings(max_examples=25)
@given(
    st.sampled_from(["UGX", "KES"]),
    st.lists(
        st.tuples(
            st.sampled_from(["3010", "2010", "1100", "4020"]),
            st.integers(-(10**9), 10**9).filter(bool),
            st.sampled_from(["m1", "m 2", "+256:7|0", 'Ann; (the "first")']),
            st.text(max_size=20),
        ),
        min_size=1,
        max_size=8,
    ),
)
@needs_hledger
def test_hledger_accepts_a_journal_and_finds_the_same_balances(
    currency: str, rows: list[tuple[str, int, str, str]]
) -> None:
    """A second program, with its own parser and its own sums, agrees, whatever members type."""
    head, entries = Head(), []
    for number, (account, amount, member, text) in enumerate(rows):
        made = draft(*legs(account, amount, member), reference=f"r({number}){text}", currency=currency, text=text)
        entry, head = head.follow(made)
        entries.append(entry)
    assert hledger_balances(entries) == our_balances(entries)


def our_balances(entries: list[Entry]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for entry in entries:
        for leg in entry.postings:
            sums[account_name(leg)] += leg.amount
    return {name: total for name, total in sums.items() if total}


def test_what_a_member_owes_is_told_apart_by_loan() -> None:
    lent = draft(Posting("1100", 5_000, "m1", "L1"), Posting("1010", -5_000))
    text = "".join(journal([chain(lent, 1, GENESIS)]))
    assert "    assets:loan principal:m1:L1  5000 UGX\n" in text
    with pytest.raises(Unbalanced, match="without a loan"):
        draft(Posting("1100", 5_000, "m1"), Posting("1010", -5_000))


def test_what_a_provider_has_is_a_sub_account_in_the_journal() -> None:
    entry = chain(draft(Posting("1020", 5000, provider="momo"), SHARE[1]), 1, GENESIS)
    assert "    assets:mobile-money wallet:momo  5000 UGX\n" in "".join(journal([entry]))


def test_the_loan_of_a_posting_is_in_its_hash_and_its_mirror() -> None:
    one, other = (
        chain(draft(Posting("1100", 5_000, "m1", loan), Posting("1010", -5_000)), 1, GENESIS)
        for loan in ("L1", "L2")
    )
    assert one.hash != other.hash
    assert reversal(one, "r", one.at).postings[0] == Posting("1100", -5_000, "m1", "L1")


def test_a_journal_has_the_decimals_of_its_currency() -> None:
    entry = chain(draft(*SHARE, currency="KES"), 1, GENESIS)
    text = "".join(journal([entry]))
    assert "    assets:mobile-money wallet  50.00 KES\n" in text
    assert "    equity:shares at par:m1  -50.00 KES\n" in text
    assert f"; seq:1, hash:{entry.hash}" in text
    assert Money(5000, "UGX").major + " UGX" in "".join(journal([chain(draft(*SHARE), 1, GENESIS)]))


def test_a_journal_declares_each_account_and_currency_once() -> None:
    entries = [chain(draft(*SHARE, reference=reference), 1, GENESIS) for reference in ("a", "b")]
    lines = "".join(journal(entries)).splitlines()
    declared = [line for line in lines if line.startswith(("account ", "commodity "))]
    assert declared == ["commodity 1000. UGX", *(f"account {account_name(leg)}" for leg in entries[0].postings)]
