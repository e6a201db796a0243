"""A new phone number: mine, or as an officer that of a member who lost their phone."""

from domain.decisions.rights import may_take_part
from domain.decisions.voting import may_ask_others
from domain.people.new_phone import ChangePhone, ProveNewPhone
from domain.people.phones import country_of
from domain.records.person import GroupOfMember, Member
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import Screen, say
from flows.engine.steps import Conversation
from flows.shown import saves
from flows.words.texts import nt, t


@flow("new_phone", label=t("New phone number"), shown=saves)
def new_phone(me: Member) -> Conversation:
    """The officers of one of my groups have to know me."""
    group = yield from ask.pick("group", t("Officers of which group know you?"), me.groups)
    return (yield from change_phone(me, group, me.id))


def change_phone(me: Member, group: GroupOfMember, person: str) -> Conversation:
    """The number, the code that was sent there, a fresh PIN of whoever asks."""
    yield from read("may", may_take_part, group.id, me.id)
    yield from read("may_ask", may_ask_others, group.id, "phone", me.id, person, person)
    asked_from = me.phone or me.id  # of who has none, what they ask is counted by who they are
    prompt = t("What is the new number? We send a code there.")
    phone = yield from ask.phone("phone", prompt, country=country_of(me.phone))
    yield from submit("prove", ProveNewPhone(asked_from, person, phone))
    prompt = t("Type the code of 6 digits that we sent to {phone}.", phone=phone)
    yield from ask.sent_code("sent", asked_from, phone, prompt)
    yield from ask.pin("pin", me.id, t("New number {phone}. Your PIN?", phone=phone), fresh=True)
    needed = yield from submit("change", ChangePhone(me.id, group.id, person, phone))
    return officers_must_agree(needed)


def officers_must_agree(needed: int) -> Screen:
    """The last screen of who asked for a new number."""
    return say(
        nt(
            "The number is right. Now {count} officer must agree.",
            "The number is right. Now {count} officers must agree.",
            needed,
        )
    )
