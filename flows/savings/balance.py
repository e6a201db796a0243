"""What I have saved, and what is due."""

from domain.records.person import Member
from domain.savings.contribute import Savings, savings
from flows import ask
from flows.dialogue import flow, read
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import saves
from flows.words.texts import Text, joined, nt, t


@flow("balance", label=t("Balance"), shown=saves, words=t("balance, savings"), takes={"group": "name"})
def balance(me: Member) -> Conversation:
    """All groups at once, behind one PIN."""
    yield from ask.unlock("pin", me.id, t("Your balance. Your PIN?"))
    all_savings = yield from read("savings", savings, me.id)
    if not all_savings:
        return say(t("You are in no group yet."))
    return say(joined("\n", [_line(one) for one in all_savings]))


def _line(savings: Savings) -> Text:
    parts = [t("{group}: {total}", group=savings.group, total=savings.total)]
    if savings.shares is not None:
        parts.append(nt("{count} share", "{count} shares", savings.shares))
    if savings.credit:
        parts.append(t("credit {amount}", amount=savings.credit))
    if savings.waiting:
        parts.append(t("on its way {amount}", amount=savings.waiting))
    if savings.missed:
        parts.append(t("social fund not paid {amount}", amount=savings.missed))
    if savings.due:
        parts.append(t("due {amount} by {day}", amount=savings.due, day=savings.meeting))
    elif not savings.waiting:  # what waits to be approved is not paid
        parts.append(t("all paid for {day}", day=savings.meeting))
    return joined(", ", parts)
