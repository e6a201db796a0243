"""A member asks to join one more group."""

from domain.joining import JoinGroup
from domain.members import Member
from flows import ask
from flows.dialogue import flow, submit
from flows.screens import say
from flows.steps import Conversation
from flows.texts import t


@flow("join")
def join(me: Member) -> Conversation:
    """Ask a group to let me in; its officers decide."""
    code = yield from ask.code("code", t("Type the group's code. Its secretary knows it."))
    group: str = yield from submit("join", JoinGroup(me.id, code))
    return say(t("You asked to join {group}. We will send you a message when they let you in.", group=group))
