"""What I asked for and what is waiting: a withdrawal, a grant, leaving, a loan or new terms; and cancel it."""

from collections.abc import Callable, Mapping
from typing import Final

from domain.decisions.voting import Withdraw
from domain.loans.borrow import WithdrawLoan
from domain.loans.requests import OwnRequest, Wanted, own_requests
from domain.money import Money
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import saves
from flows.words.texts import Label, Text, joined, nt, t

_WHATS: Final[Mapping[Wanted, Callable[[Money], Text]]] = {
    "withdrawal": lambda amount: t("Withdrawal of {amount}", amount=amount),
    "grant": lambda amount: t("Grant of {amount}", amount=amount),
    "exit": lambda amount: t("Leaving, with {amount}", amount=amount),
    "reschedule": lambda amount: t("New terms for {amount}", amount=amount),
    "loan": lambda amount: t("Loan of {amount}", amount=amount),
}


@flow("requests", label=t("My requests"), shown=saves, words=t("waiting, my requests"))
def requests(me: Member) -> Conversation:
    """All of it in one list; one of them can be cancelled."""
    yield from ask.pin("pin", me.id, t("What you asked for. Your PIN?"))
    mine = yield from read("mine", own_requests, me.id)
    if not mine:
        return say(t("Nothing you asked for is waiting."))
    labels: Mapping[str, Label] = {each.id: _WHATS[each.kind](each.amount) for each in mine}
    key = yield from ask.choice("which", t("You asked for this. Choose one to see it or to cancel it."), labels)
    one = next(each for each in mine if each.id == key)
    if not (yield from ask.confirm("cancel", joined("\n", (*_said(one), t("Cancel it?"))))):
        return say(t("Your request is kept."))
    command = WithdrawLoan(me.id, one.id) if one.kind == "loan" else Withdraw(me.id, one.id)
    yield from submit("withdraw", command)
    return say(t("You cancelled your request."))


def _said(one: OwnRequest) -> tuple[Text, Text]:
    what = t("{what} in {group}", what=_WHATS[one.kind](one.amount), group=one.group)
    if not one.missing:
        return what, t("Waiting for a guarantor or to be paid out.")
    return what, nt("{count} more must agree.", "{count} more must agree.", one.missing)
