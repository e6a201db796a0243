"""Where I am signed in on the web, and who looked at my account there."""

from typing import Final

from domain.access.from_phone import SignOutFromPhone, WebPlace, looks_at, web_places
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.words.texts import Label, Text, joined, nt, t

_ALL: Final = "all"


@flow("on_the_web", label=t("On the web"), words=t("on the web, signed in, who looked at me"))
def on_the_web(me: Member) -> Conversation:
    """Behind the PIN: to sign out there, one place or all, and who looked."""
    choices: dict[str, Label] = {
        "places": t("Where I am signed in"),
        "looks": t("Who looked at my account"),
    }
    chosen = yield from ask.choice("what", t("Your account on the web"), choices)
    yield from ask.pin("pin", me.id, t("Your account on the web. Your PIN?"))
    return (yield from (_places(me) if chosen == "places" else _looks(me)))


def _places(me: Member) -> Conversation:
    places = yield from read("places", web_places, me.id)
    if not places:
        return say(t("You are signed in nowhere on the web."))
    labels: dict[str, Label] = {_ALL: t("Everywhere"), **{each.id: _place(each) for each in places}}
    chosen = yield from ask.choice("where", t("Sign out where?"), labels)
    closed = yield from submit("sign_out", SignOutFromPhone(me.id, "" if chosen == _ALL else chosen))
    return say(nt("Signed out at {count} place.", "Signed out at {count} places.", closed))


def _place(place: WebPlace) -> Text:
    device = place.device or t("unknown")
    return t("{day}, {time}: {device}", day=place.day, time=place.time, device=device)


def _looks(me: Member) -> Conversation:
    looks = yield from read("looks", looks_at, me.id)
    if not looks:
        return say(t("Nobody but you looked at your account on the web lately."))
    lines = [t("{day}: {name}", day=each.day, name=each.name) for each in looks]
    return say(joined("\n", [t("On the web these looked at your account:"), *lines]))
