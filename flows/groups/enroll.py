"""An officer writes down a member who has no phone."""

from domain.groups.enroll import Enroll
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, possible, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import leads
from flows.words.texts import t


@flow("enroll", label=t("Member without a phone"), shown=leads)
def enroll(me: Member) -> Conversation:
    """By name; a number can be added later, under Members."""
    group = yield from ask.pick("group", t("A member without a phone in which group?"), me.groups_led)
    yield from possible("may", Enroll(me.id, group.id, me.name))
    name = yield from ask.latin_name("name", t("What is the name of the member who has no phone?"))
    prompt = t("{name} joins {group}, without a phone. Your PIN?", name=name, group=group.name)
    yield from ask.pin("pin", me.id, prompt)
    number = yield from submit("enroll", Enroll(me.id, group.id, name))
    return say(
        t("{name} is number {number} in {group}. Officers write down their cash.",
          name=name, number=number, group=group.name)
    )  # fmt: skip
