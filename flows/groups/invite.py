"""An officer invites somebody into the group."""

from domain.groups.invite import Invite, Invited
from domain.people.phones import country_of
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, possible, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import leads
from flows.words.texts import t


@flow("invite", label=t("Invite"), shown=leads)
def invite(me: Member) -> Conversation:
    """To a number, which gets a message; or to whoever the officer gives the code."""
    group = yield from ask.pick("group", t("Invite to which group?"), me.groups_led)
    yield from possible("may", Invite(me.id, group.id, ""))
    offers = {"number": t("By phone number"), "anybody": t("By a code I give out")}
    whom = yield from ask.choice("whom", t("How do you invite to {group}?", group=group.name), offers)
    phone = ""
    if whom == "number":
        phone = yield from ask.phone("phone", t("What is the phone number?"), country=country_of(me.phone))
    yield from ask.pin("pin", me.id, t("Your PIN?"))
    invited: Invited = yield from submit("invite", Invite(me.id, group.id, phone))
    if phone:
        return say(
            t("{phone} is invited by a message with the code {code}, good until {day}.",
              phone=phone, code=invited.token, day=invited.until)
        )  # fmt: skip
    return say(
        t("With the code {code} one person can join {group}, until {day}.",
          code=invited.token, group=group.name, day=invited.until)
    )  # fmt: skip
