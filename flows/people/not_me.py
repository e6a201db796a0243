"""The number was somebody else's before: whoever has it now says so, and whoever had it comes back."""

from domain.people.changed_hands import CloseNumber
from domain.people.chats import Unlink
from domain.people.new_phone import ChangePhone
from domain.people.profile import member
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Ask, Conversation
from flows.people.new_phone import officers_must_agree
from flows.words.texts import t

# What is typed at the main menu, whose greeting says it: no line of a menu has this number.
NOT_ME = "99"


@flow("not_me", label=t("This is not me"), words=t("this is not me, not me, wrong person"))
def not_me(me: Member) -> Conversation:
    """No PIN: who has the number now has none. Nothing of the account is shown, and none of it is lost."""
    if not me.by_number:
        return (yield from _leave_chat(me))
    prompt = t(
        "Are you new to this number, and not {name}? Then their account leaves it.", name=me.name.split()[0]
    )
    if not (yield from ask.confirm("ok", prompt)):
        return say(t("The account stays as it was."))
    yield from submit("close", CloseNumber(me.id, me.phone))
    return say(t("This number is free of the account now. Dial again, or write to us, to register."))


def _leave_chat(me: Member) -> Conversation:
    """A chat that was linked to somebody else, who has their number still."""
    prompt = t("Are you not {name}? Then this chat no longer knows them.", name=me.name.split()[0])
    if not (yield from ask.confirm("ok_chat", prompt)):
        return say(t("The account stays as it was."))
    yield from submit("unlink", Unlink(me.id, me.address))
    return say(t("This chat knows nobody now. Write to us to register."))


def is_back() -> Ask[bool]:
    """Whether somebody at a number that was closed is its owner of before."""
    prompt = t("A number changed hands here. Are you new, or were you here before?")
    answers = {"new": t("I am new"), "back": t("I was here before")}
    return (yield from ask.choice("back", prompt, answers)) == "back"


def come_back(phone: str, person: str) -> Conversation:
    """The PIN of before, and an officer who knows them; for a day no money is sent to them."""
    yield from ask.unlock("pin_before", person, t("What was your PIN?"), fresh=True)
    me = yield from read("known", member, person)
    if not me.groups:
        return say(t("You are in no group, and nobody can say that it is you. Register as somebody new."))
    group = yield from ask.pick("known_in", t("Officers of which group know you?"), me.groups)
    needed = yield from submit("come_back", ChangePhone(me.id, group.id, me.id, phone))
    return officers_must_agree(needed)
