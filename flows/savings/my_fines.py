"""My fines, to be paid."""

from domain.records.person import Member
from domain.savings.fines import FineDue, PayFine, fines_of
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.paying import approve
from flows.shown import saves
from flows.words.fine_reasons import FINE_REASONS
from flows.words.texts import Text, t


@flow("fines", label=t("My fines"), shown=saves)
def my_fines(me: Member) -> Conversation:
    """Behind a PIN: one of those I owe, paid by mobile money."""
    group = yield from ask.pick("group", t("Your fines in which group?"), me.groups)
    yield from ask.unlock("pin", me.id, t("Your fines. Your PIN?"))
    owed = yield from read("fines", fines_of, group.id, me.id)
    if not owed:
        return say(t("You owe no fine in {group}.", group=group.name))
    prompt = t("Fines you owe in {group}. Pay which?", group=group.name)
    key = yield from ask.choice("which", prompt, {fine.id: in_a_list(fine) for fine in owed})
    fine = next(each for each in owed if each.id == key)
    if not fine.payable:
        return say(t("{group} takes no mobile money yet. Please pay at the meeting.", group=group.name))
    asked = yield from submit("pay", PayFine(me.id, fine.id))
    return approve(fine.amount, asked)


def in_a_list(fine: FineDue) -> Text:
    """A fine as an option."""
    return t("{amount}, {reason}", amount=fine.amount, reason=FINE_REASONS[fine.reason])
