"""My fines, to be paid, or to be waived."""

from domain.records.person import Member
from domain.savings.fines import AskWaiver, FineDue, PayFine, WaivedFine, fines_of, fines_waived
from domain.treasury.money_in import check_can_be_asked
from flows import ask
from flows.dialogue import flow, possible, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.groups.asked import officers_asked
from flows.paying import approve
from flows.shown import saves
from flows.words.fine_reasons import fined_for
from flows.words.texts import Label, Text, joined, t

_WAIVER, _WAIVED = "waiver", "waived"


@flow("fines", label=t("My fines"), shown=saves)
def my_fines(me: Member) -> Conversation:
    """
    Behind a PIN: one of those I owe, paid by mobile money; or the officers are asked to waive one. What they
    waived lately is there too.
    """
    group = yield from ask.pick("group", t("Your fines in which group?"), me.groups)
    yield from ask.unlock("pin", me.id, t("Your fines. Your PIN?"))
    owed = yield from read("fines", fines_of, group.id, me.id)
    waived = yield from read("waived", fines_waived, group.id, me.id)
    if not owed:
        return say(joined("\n", (t("You owe no fine in {group}.", group=group.name), *map(_said, waived))))
    prompt = t("Fines you owe in {group}. Pay which?", group=group.name)
    listed: dict[str, Label] = {fine.id: in_a_list(fine) for fine in owed}
    offers: dict[str, Label] = {_WAIVER: t("Ask for a waiver")}
    if waived:
        offers[_WAIVED] = t("Waived fines")
    key = yield from ask.choice("which", prompt, listed | offers)
    if key == _WAIVED:
        return say(joined("\n", map(_said, waived)))
    if key == _WAIVER:
        return (yield from waive(me, t("Which fine is to be waived?"), owed, unlocked=True))
    fine = next(each for each in owed if each.id == key)
    if not fine.payable:
        return say(t("{group} takes no mobile money yet. Please pay at the meeting.", group=group.name))
    yield from read("can", check_can_be_asked, fine.amount, me.phone)
    asked = yield from submit("pay", PayFine(me.id, fine.id))
    return approve(fine.amount, asked)


def _said(fine: WaivedFine) -> Text:
    said = t("{amount}, {reason}", amount=fine.amount, reason=fined_for(fine.reason))
    return t("Waived on {day}: {fine}", day=fine.day, fine=said)


def in_a_list(fine: FineDue) -> Text:
    """A fine as an option."""
    return t("{amount}, {reason}", amount=fine.amount, reason=fined_for(fine.reason))


def waive(me: Member, prompt: Label, owed: list[FineDue], *, unlocked: bool = False) -> Conversation:
    """Which of the fines that somebody owes, why, and the PIN if it was not asked; then the officers decide."""
    fine = yield from ask.choice("fine", prompt, {fine.id: in_a_list(fine) for fine in owed})
    yield from possible("may_waive", AskWaiver(me.id, fine, ""))
    reason = yield from ask.reason("why", t("Why? The officers will read it."))
    if not unlocked:
        yield from ask.pin("pin_waive", me.id, t("Your PIN?"))
    return officers_asked((yield from submit("waive", AskWaiver(me.id, fine, reason))))
