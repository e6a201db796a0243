"""Pay a loan back by mobile money."""

from functools import partial

from domain.loans.owed import LoanView, my_loans, to_repay
from domain.loans.repay import Repay
from domain.money import Money
from domain.records.person import Member
from domain.treasury.providers import as_carried, check_carried
from flows import ask
from flows.dialogue import flow, read
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.paying import ask_for
from flows.shown import may_owe
from flows.words.texts import Text, joined, nt, t


@flow(
    "repay",
    label=t("Repay"),
    shown=may_owe,
    words=t("repay, pay loan, pay debt"),
    takes={"amount": "amount", "loan": "name"},
)
def repay(me: Member, loan: LoanView | None = None) -> Conversation:
    """Behind a PIN: one of those I owe, or `loan`. An amount that was typed is said back."""
    yield from ask.unlock("pin", me.id, t("Your loans. Your PIN?"))
    if loan is None:
        loans = yield from read("loans", my_loans, me.id)
        owed = [each for each in loans if each.payoff]
        if not owed:
            return say(t("You have no loan to pay back."))
        loan = yield from ask.pick("loan", t("Pay back which loan?"), owed)
    if not loan.payable:
        return say(t("{group} takes no mobile money yet. Please pay at the meeting.", group=loan.group))
    now = yield from read("now", to_repay, loan.id)
    waits = [t("{amount} is waiting for your approval on your phone.", amount=now.waiting)] if now.waiting else []
    if not now.most:
        return say(waits[0] if waits else t("What is due is paid."))
    # Of what waits one hears before what is due: the suggestion is what is due without it.
    stands = waits or [next_due(loan)]
    most = t("At most {amount} today. How much?", amount=now.most)
    prompt = joined("\n", [t("Loan {ref}, {group}", ref=loan.ref, group=loan.group), *stands, most])
    suggested, check = as_carried(now.carriers, now.due), partial(check_carried, now.carriers)
    amount = yield from ask.money("amount", prompt, suggest=suggested, most=now.most, check=check)
    sure = amount == suggested or (
        yield from ask.confirm("ok", t("Pay {amount} on loan {ref}?", amount=amount, ref=loan.ref))
    )
    if not sure:
        return say(t("Nothing was paid."))
    return (yield from ask_for(amount, Repay(me.id, loan.id, amount)))


def next_due(loan: LoanView) -> Text:
    """What is to be paid next of a loan that is owed, and by when or how late it is."""
    if loan.days_late:
        return late_by(loan.due, loan.days_late)
    return t("Due {amount} by {day}", amount=loan.due, day=loan.due_on)


def late_by(due: Money, days: int) -> Text:
    """An amount whose day has passed."""
    return nt("Due {amount}, {count} day late", "Due {amount}, {count} days late", days, amount=due)
