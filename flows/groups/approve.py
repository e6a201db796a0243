"""An officer lets people into the group."""

from domain.groups.join import Decide, applicants
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, possible, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import leads
from flows.words.texts import t


@flow("approve", label=t("Approve members"), shown=leads)
def approve(me: Member) -> Conversation:
    """Who waits, longest first; yes or no to one of them."""
    group = yield from ask.pick("group", t("Approve members of which group?"), me.groups_led)
    who = yield from ask.one_of(
        "who",
        t("Who joins {group}?", group=group.name),
        lambda past: read("waiting", applicants, group.id, past),
        lambda one: one.name,
    )
    if who is None:
        return say(t("Nobody is waiting to join {group}.", group=group.name))
    prompt = t("{name} ({phone}) in {group}?", name=who.name, phone=who.phone, group=group.name)
    verdict = yield from ask.choice("verdict", prompt, {"welcome": t("Accept"), "refuse": t("Refuse")})
    yield from possible("may", Decide(me.id, group.id, who.id, verdict == "welcome"))
    yield from ask.pin("pin", me.id, t("Your PIN?"))
    yield from submit("decide", Decide(me.id, group.id, who.id, verdict == "welcome"))
    if verdict == "welcome":
        return say(t("{name} is now a member of {group}.", name=who.name, group=group.name))
    return say(t("{name} was not accepted in {group}.", name=who.name, group=group.name))
