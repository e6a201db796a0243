"""A loan that I asked for on a page or by a program: what it costs, and only then the request."""

from collections.abc import Iterator

from domain.loans.borrow import Quote, quote
from domain.loans.prepare import ConfirmPrepared, DropPrepared, LoanToConfirm, loan_to_confirm
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.loans.borrow import said_requested, said_terms
from flows.shown import confirms
from flows.words.texts import Text, joined, nt, t


@flow("confirm_loan", label=t("Confirm your loan"), shown=confirms)
def confirm_loan(me: Member) -> Conversation:
    """Behind the PIN: nobody who has the member's session on a page can borrow in their name."""
    prompt = t("Your loan request from the web is waiting. Your PIN?")
    yield from ask.unlock("pin", me.id, prompt, fresh=True)
    wanted = yield from read("wanted", loan_to_confirm, me.id)
    if wanted is None:
        return say(t("No loan request is waiting for you now."))
    cost = yield from read("quote", quote, wanted.group_id, wanted.amount, wanted.periods)
    if not (yield from ask.agree("terms", joined("\n", _asked(wanted, cost)))):
        yield from submit("drop", DropPrepared(me.id, wanted.id))
        return say(t("No loan was asked for."))
    return said_requested((yield from submit("confirm", ConfirmPrepared(me.id, wanted.id))))


def _asked(wanted: LoanToConfirm, cost: Quote) -> Iterator[Text]:
    yield t("Loan from {group}", group=wanted.group)
    if wanted.guarantors:
        yield nt(
            "{count} member is asked to guarantee it",
            "{count} members are asked to guarantee it",
            len(wanted.guarantors),
        )
    yield from said_terms(cost)
