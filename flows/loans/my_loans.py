"""My loans: how each stands, and what I can do about it."""

from collections.abc import Iterator, Mapping
from typing import Final

from domain.arithmetic.schedule import PERIODS_MAX
from domain.loans.borrow import WithdrawLoan
from domain.loans.owed import InstalmentView, LoanView, instalments, my_loans
from domain.loans.recover import AskReschedule
from domain.records.loan import ASKED_FOR, LoanState
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, possible, read, submit
from flows.engine.screen import say
from flows.engine.steps import Ask, Conversation
from flows.loans.repay import next_due, repay
from flows.shown import may_owe
from flows.words.texts import Label, Text, joined, labelled, nt, t

_WAITS: Final[Mapping[LoanState, Text]] = {
    "submitted": t("waiting for guarantors"),
    "guaranteed": t("waiting for officers"),
    "approved": t("approved, to be paid out"),
    "disbursing": t("on its way to you"),
}


@flow("my_loans", label=t("My loans"), shown=may_owe)
def loans(me: Member) -> Conversation:
    """Behind a PIN. One that is asked for can be taken back; one that is owed, paid or given new terms."""
    yield from ask.unlock("pin", me.id, t("Your loans. Your PIN?"))
    mine = yield from read("loans", my_loans, me.id)
    if not mine:
        return say(t("You have no loan, and asked for none."))
    loan = yield from _which(mine)
    what = yield from ask.choice("what", joined("\n", _details(loan)), _offers(loan))
    match what:
        case "repay":
            return (yield from repay(me, loan))
        case "reschedule":
            return (yield from _reschedule(me, loan))
        case "withdraw":
            return (yield from _withdraw(me, loan))
    lines = yield from read("lines", instalments, loan.id)
    return say(joined("\n", map(_line, lines)))


def ask_periods() -> Ask[int]:
    """In how many instalments the rest of a loan is to be paid."""
    prompt = t("The rest in how many instalments from now on?")
    return (yield from ask.number("periods", prompt, least=1, most=PERIODS_MAX))


def _which(mine: list[LoanView]) -> Ask[LoanView]:
    if len(mine) == 1:
        return mine[0]
    labels = {loan.id: labelled(loan.ref, _stands(loan)) for loan in mine}
    key = yield from ask.choice("which", t("Your loans"), labels)
    return next(loan for loan in mine if loan.id == key)


def _details(loan: LoanView) -> Iterator[Text]:
    yield t("Loan {ref}, {group}", ref=loan.ref, group=loan.group)
    if loan.payoff:
        yield t("Still to pay: {amount}", amount=loan.payoff)
    if loan.state == "written_off":
        yield t("Written off by the members; it can still be paid")
    yield _stands(loan)


def _stands(loan: LoanView) -> Text:
    if loan.state in ASKED_FOR:
        return t("{amount}, {state}", amount=loan.amount, state=_WAITS[loan.state])
    return next_due(loan)


def _offers(loan: LoanView) -> Mapping[str, Label]:
    offers: dict[str, Label] = {}
    if loan.payoff:
        offers["repay"] = t("Repay")
    offers["lines"] = t("Instalments")
    if loan.state == "active":
        offers["reschedule"] = t("Ask for new terms")
    if loan.state in ASKED_FOR and loan.state != "disbursing":
        offers["withdraw"] = t("Cancel my request")
    return offers


def _reschedule(me: Member, loan: LoanView) -> Conversation:
    yield from possible("may_reschedule", AskReschedule(me.id, loan.id, 1))
    periods = yield from ask_periods()
    needed = yield from submit("ask", AskReschedule(me.id, loan.id, periods))
    return say(
        nt(
            "Now {count} officer must agree. We will send you a message.",
            "Now {count} officers must agree. We will send you a message.",
            needed,
        )
    )


def _withdraw(me: Member, loan: LoanView) -> Conversation:
    sure = yield from ask.confirm("sure", t("Cancel your request {ref}?", ref=loan.ref))
    if not sure:
        return say(t("Your request is kept."))
    yield from submit("withdraw", WithdrawLoan(me.id, loan.id))
    return say(t("You cancelled your request."))


def _line(line: InstalmentView) -> Text:
    if not line.unpaid:
        return t("{day}: {amount}, paid", day=line.due, amount=line.amount)
    if line.unpaid == line.amount:
        return t("{day}: {amount}", day=line.due, amount=line.amount)
    return t("{day}: {amount}, {unpaid} left", day=line.due, amount=line.amount, unpaid=line.unpaid)
