"""A member asks to join one more group, or uses an invitation to it."""

from domain.groups.join import Joined, JoinGroup
from domain.records.person import Member, NoSuchGroup
from flows import ask
from flows.dialogue import flow, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.words.texts import t


@flow("join", label=t("Join a group"), words=t("join"), takes={"code": "code", "register.code": "code"})
def join(me: Member) -> Conversation:
    """By a group's code its officers decide; by an invitation's I am in at once."""
    prompt = t("Type the group's code. Its secretary knows it.")
    while True:
        code = yield from ask.code("code", prompt)
        try:
            joined: Joined = yield from submit("join", JoinGroup(me.id, code))
        except NoSuchGroup:
            # A slip costs one more try, not the call; who guesses is stopped by the rules.
            prompt = t("No group has the code {code}. Type it again.", code=code)
            continue
        break
    if joined.active:
        return say(t("Welcome! You are now a member of {group}. You can save now.", group=joined.group))
    return say(
        t("You asked to join {group}. We will send you a message when they accept you.", group=joined.group)
    )
