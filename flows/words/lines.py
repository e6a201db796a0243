"""What money was for and what became of it, in words: the same on a receipt and on a statement."""

from collections.abc import Callable, Mapping
from typing import Final

from domain.meetings.close import CashMoved
from domain.money import Money
from domain.records.payment import PaidFor
from domain.savings.statement import Transaction, TransactionState, What
from flows.words.fine_reasons import fined_for
from flows.words.texts import Label, Text, joined, t


def _plain(text: Text) -> Callable[[str], Text]:
    return lambda about: text


# `about` is the reference of a loan, or the reason of a fine.
_WHATS: Final[Mapping[What, Callable[[str], Text]]] = {
    "savings": _plain(t("savings")),
    "social_fund": _plain(t("social fund")),
    "pot": _plain(t("rotation")),
    "share_capital": _plain(t("share capital")),
    "repayment": lambda about: t("loan {ref}", ref=about),
    "credit": _plain(t("your credit")),
    "fine": lambda about: t("fine ({reason})", reason=fined_for(about)),
    "loan": lambda about: t("loan {ref} paid out", ref=about),
    "grant": _plain(t("grant")),
    "share_out": _plain(t("share-out")),
    "rotation": _plain(t("your turn")),
    "withdrawal": _plain(t("withdrawal")),
    "exit": _plain(t("settlement")),
    "to_credit": _plain(t("paid for something else, now your credit")),
    "restated": lambda about: t("loan {ref} worked out again", ref=about),
    "written_off": lambda about: t("loan {ref} written off", ref=about),
    "loan_from_savings": lambda about: t("loan {ref}, from your savings", ref=about),
    "loan_from_guarantors": lambda about: t("loan {ref}, paid by guarantors", ref=about),
    "loan_of_another": lambda about: t("loan {ref} that you guaranteed", ref=about),
    "loan_from_credit": lambda about: t("loan {ref}, from your credit", ref=about),
    "loan_from_part": lambda about: t("loan {ref}, at the share-out", ref=about),
    "fine_from_credit": _plain(t("fine, from your credit")),
    "social_from_credit": _plain(t("social fund, from your credit")),
    "fines_from_part": _plain(t("fines, at the share-out")),
    "part": _plain(t("your part of the share-out")),
    "leaving": _plain(t("to be paid to you, who leave")),
    "fines_at_leaving": _plain(t("fines, as you leave")),
    "less_than_coin": _plain(t("stays with the group, less than a coin")),
    "stays": _plain(t("yours again, as a member")),
    "bid": _plain(t("bid for a turn")),
    "dividend": _plain(t("dividend")),
    "referral": _plain(t("reward for a new member")),
    "found": _plain(t("money found to be yours")),
    "opening": _plain(t("from your group's own book")),
    "opening_loans": _plain(t("loans, from your group's own book")),
    "fine_waived": lambda about: t("fine waived ({reason})", reason=fined_for(about)),
    "other": _plain(t("changed in the book")),
}
# The same without saying which loan or fine.
_MOVED: Final[Mapping[PaidFor, Text]] = {
    "savings": t("savings"),
    "social_fund": t("social fund"),
    "pot": t("rotation"),
    "share_capital": t("share capital"),
    "repayment": t("repayment"),
    "fine": t("fine"),
    "credit": t("credit"),
    "loan": t("loan"),
    "grant": t("grant"),
    "share_out": t("share-out"),
    "rotation": t("turn"),
    "withdrawal": t("withdrawal"),
    "exit": t("settlement"),
}
_STATES: Final[Mapping[TransactionState, Text]] = {
    "on_its_way": t("on its way"),
    "not_sent": t("not sent"),
    "came_back": t("not sent, yours again"),
    "undone": t("cancelled later"),
    "taken_back": t("cancelled"),
}


def say_what(what: What, about: str) -> Text:
    """What money was for, as a part of a sentence."""
    return _WHATS[what](about)


def say_line(line: Transaction) -> Text:
    """A line of a statement."""
    what = say_what(line.what, line.about)
    return _with_rest(line, t("{day} {amount}: {what}", day=line.on, amount=line.amount, what=what))


def say_details(line: Transaction) -> Text:
    """The same without its day and its sum."""
    return _with_rest(line, say_what(line.what, line.about))


def _with_rest(line: Transaction, said: Text) -> Text:
    """What was `said` of a line, then how the money went, and what became of it."""
    parts: list[Label] = [said]
    if line.way == "cash":
        parts.append(t("cash"))
    elif line.ref:
        parts.append(line.ref)
    if line.state != "done":
        parts.append(_STATES[line.state])
    return joined(", ", parts)


def say_balance(has: Money, owes: Money) -> Text:
    """What somebody has in a group and what they owe it."""
    if has.minor < 0:  # in a rotation, whose turn came early
        own = t("received before putting in {amount}", amount=Money(-has.minor, has.currency))
    else:
        own = t("yours {amount}", amount=has)
    return joined(", ", (own, t("loans {amount}", amount=owes))) if owes else own


def say_moved_for(what: PaidFor) -> Text:
    """What money was for, without saying which loan or fine."""
    return _MOVED[what]


def say_moved(moved: CashMoved) -> Text:
    """A line of the cash that has moved."""
    what = _MOVED[moved.what] if moved.what else t("the group's own money")
    line = (
        t("{day} in {amount}: {what}", day=moved.on, amount=moved.amount, what=what)
        if moved.came_in
        else t("{day} out {amount}: {what}", day=moved.on, amount=moved.amount, what=what)
    )
    parts: list[Label] = [line]
    if moved.name:
        parts.append(moved.name)
    if moved.taken_back:
        parts.append(_STATES["taken_back"])
    return joined(", ", parts)
