"""Freeze my account: somebody else may have my phone or my PIN."""

from domain.people.freeze import Freeze
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import saves
from flows.words.texts import t


@flow("freeze", label=t("Freeze my account"), shown=saves)
def freeze(me: Member) -> Conversation:
    """At once, behind the PIN."""
    prompt = t("Freeze your account? No money moves until an officer of your group opens it again.")
    if not (yield from ask.confirm("ok", prompt)):
        return say(t("Your account stays open."))
    yield from ask.pin("pin", me.id, t("Freeze your account. Your PIN?"))
    yield from submit("freeze", Freeze(me.id))
    return say(t("Your account is frozen. An officer of your group can open it again."))
