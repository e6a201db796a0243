"""The book of a group: every entry with what it reverses, the trial balance, and the hash of the last entry."""

from collections.abc import Mapping
from typing import Final

from flask import Response, request

from bot.pages.groups import Here, group_page
from domain.books.accounts import ACCOUNTS
from domain.books.events import EventKind
from domain.groups.book_pages import ENTRIES_A_PAGE, EntrySeen, book_page
from domain.groups.glance import trial_balance
from domain.money import Money
from flows.words.accounts import ACCOUNT_NAMES
from flows.words.lines import say_moved_for
from flows.words.texts import Label, Text, t

ENTRY_KINDS: Final[Mapping[EventKind, Text]] = {
    "payment": t("A payment"),
    "set_aside": t("Set aside, to be sent"),
    "not_sent": t("Not sent"),
    "taken_back": t("A payment cancelled"),
    "to_credit": t("Paid for something else, now credit"),
    "restated": t("A loan worked out again"),
    "written_off": t("A loan written off"),
    "loan_from_savings": t("A loan paid from savings"),
    "loan_from_credit": t("A loan paid from credit"),
    "loan_from_part": t("A loan paid at the share-out"),
    "fine_from_credit": t("A fine paid from credit"),
    "social_from_credit": t("Social fund paid from credit"),
    "fines_from_part": t("Fines paid at the share-out"),
    "part": t("The share-out"),
    "leaving": t("A member leaves"),
    "stays": t("A member stays after all"),
    "bid": t("A bid for a turn"),
    "dividend": t("A dividend"),
    "referral": t("A reward for bringing a member"),
    "found": t("An unknown payer is known"),
    "opening": t("What the group brought with it"),
    "of_group": t("The group's own money"),
    "other": t("Another entry"),
}


@group_page("/books")
def books(here: Here) -> Response:
    """The newest entries, or those up to a place; and what every account holds."""
    balance = trial_balance(here.store, here.group)
    asked = request.args.get("to", "")
    last = (
        min(balance.length, int(asked))
        if asked.isascii() and asked.isdigit() and len(asked) < 12
        else balance.length
    )
    accounts = [
        (ACCOUNT_NAMES[ACCOUNTS[code]], code, *_sides(total, here.group.currency))
        for code, total in balance.totals.items()
    ]
    return here.page(
        "books.html",
        balance=balance,
        accounts=accounts,
        debit=Money(balance.debit, here.group.currency),
        credit=Money(balance.credit, here.group.currency),
        entries=book_page(here.store, here.group, last),
        last=last,
        next=last - ENTRIES_A_PAGE if last > ENTRIES_A_PAGE else 0,
        say_entry=say_entry,
        account_names=ACCOUNT_NAMES,
    )


def say_entry(entry: EntrySeen) -> Label:
    """What an entry is about."""
    if entry.kind == "payment" and entry.what:
        return say_moved_for(entry.what)
    return ENTRY_KINDS[entry.kind]


def _sides(total: int, currency: str) -> tuple[Money | str, Money | str]:
    amount = Money(abs(total), currency)
    return (amount, "") if total > 0 else ("", amount)
