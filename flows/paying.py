"""How a conversation ends that has a member's phone asked for money: what these have in common."""

from collections.abc import Sequence
from dataclasses import replace

from domain.loans.repay import Repay
from domain.money import Money
from domain.sacco.share_capital import BuyShares
from domain.savings.contribute import Asked, Contribute, Due
from domain.savings.pay_social import PaySocial
from domain.treasury.money_in import AskedBefore
from flows import ask
from flows.dialogue import submit
from flows.engine.screen import Screen, say
from flows.engine.steps import Conversation
from flows.words.texts import Text, nt, t


def paid_before(due: Due) -> Sequence[Text]:
    """Why no amount is suggested where an option had one: it waits for the member, or it is paid."""
    if due.amount:
        return ()
    if due.waiting:
        return (t("{amount} is waiting for your approval on your phone.", amount=due.waiting),)
    return (t("What is due is paid."),)


def ask_for(amount: Money, command: Contribute | Repay | BuyShares | PaySocial) -> Conversation:
    """
    Have the phone asked for it, and say what to do there.

    What they asked for a moment ago is not asked for again before they say so: where a screen got lost, people
    begin anew.
    """
    try:
        return approve(amount, (yield from submit("pay", replace(command, again=False))))
    except AskedBefore as same:
        minutes, ref = same.minutes, same.ref
    prompt = nt(
        "You asked to pay {amount} {count} minute ago, ref {ref}. Pay it once more?",
        "You asked to pay {amount} {count} minutes ago, ref {ref}. Pay it once more?",
        minutes,
        amount=amount,
        ref=ref,
    )
    if not (yield from ask.confirm("again", prompt)):
        return say(t("Nothing more was paid."))
    return approve(amount, (yield from submit("pay_again", replace(command, again=True))))


def approve(amount: Money, asked: Asked) -> Screen:
    """What is left for the member to do."""
    return say(
        t(
            "Now approve {amount} on your phone with your mobile money PIN. Ref {ref}",
            amount=amount,
            ref=asked.ref,
        )
    )
