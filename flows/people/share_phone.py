"""
Another person on this phone: they get a PIN of their own, and each call asks who is talking. A member of my group
who has no phone is let in too, once an officer agrees.
"""

from collections.abc import Mapping
from typing import Final

from domain.people.shared_phone import LetIn, SharePhone, WithoutPhone, free_seat, without_phone
from domain.records.person import Member
from domain.tables import Some
from flows import ask
from flows.dialogue import flow, possible, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.people.first_pin import ask_first_pin
from flows.people.register import ask_names
from flows.words.texts import Label, nt, t

_NEW: Final = "new"


@flow("share_phone", label=t("Another person here"))
def share_phone(me: Member) -> Conversation:
    """Both are there: first the PIN of who has the phone, then the other's name, and a PIN of theirs alone."""
    yield from read("seat", free_seat, me.id)
    prompt = t("To let another person use this phone: your PIN?")
    yield from ask.pin("mine", me.id, prompt, fresh=True)
    chosen = yield from ask.one_or_key(
        "whose",
        t("Who is the other person? These have no phone:"),
        lambda past: read("waiting", without_phone, me.id, past),
        _new_or_known,
    )
    if chosen is not None and not isinstance(chosen, str):
        return (yield from _let_in(me, chosen))
    name, own_name = yield from ask_names(t("Give them the phone. What is your name?"))
    hashed, agreed = yield from ask_first_pin(name)
    yield from submit("share", SharePhone(me.id, name, hashed, own_name, agreed, me.address))
    return say(t("{name} is here too now. Each call asks who it is, and for that PIN.", name=name))


def _new_or_known(some: Some[WithoutPhone]) -> Mapping[str, Label]:
    return {_NEW: t("Somebody who is not in the list"), **{each.id: each.name for each in some}}


def _let_in(me: Member, one: WithoutPhone) -> Conversation:
    """A member whom the officers know: they agree before the phone is theirs too."""
    yield from possible("may_let_in", LetIn(me.id, one.group, one.person))
    if not (
        yield from ask.confirm("sure", t("May {name} use this phone too, with a PIN of theirs?", name=one.name))
    ):
        return say(t("The phone stays as it was."))
    needed = yield from submit("let_in", LetIn(me.id, one.group, one.person))
    return say(
        nt(
            "Now {count} officer must agree. Then {name} calls from here and chooses a PIN.",
            "Now {count} officers must agree. Then {name} calls from here and chooses a PIN.",
            needed,
            name=one.name,
        )
    )
