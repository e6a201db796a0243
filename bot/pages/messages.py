"""Messages of leaders to many: written, seen as they will read, sent, and followed."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, get_args

from flask import Response, request

from bot.pages.forms import EMPTY, Chosen, Form, Read, Ticked, Typed, read_form
from bot.pages.groups import Here, group_page, moved_to
from domain.broadcasts.audience import members_numbered
from domain.broadcasts.preview import Preview, preview_of
from domain.broadcasts.progress import broadcasts_of, progress_of
from domain.broadcasts.send import PauseBroadcast, SendAgain, SendBroadcast, StopBroadcast, WhenSent
from domain.broadcasts.words import WORDS_MAX, check_words
from domain.commands import execute
from domain.decisions.rights import acting_officer
from domain.errors import DomainError
from domain.people.phones import NoSuchMember
from domain.records.broadcast import REMINDERS, Audience, Broadcast, MessageKind
from domain.records.person import NotAllowed
from domain.store import NotFound
from flows.broadcasts.broadcast import SAYS, TIMES
from flows.broadcasts.preview import cost_of, parts_in, says, summary
from flows.words.broadcasts import AUDIENCES, MESSAGES, STATES, WHY_NOT
from flows.words.texts import Label, t
from flows.words.texts import words as words_in

_KEY_MAX: Final = 64
_KINDS: Final[tuple[MessageKind, ...]] = ("words", "meeting", "due", "late", "decision")
NOT_TO_THEM: Final = t("This is not said to these members. Choose another message, or other members.")
NO_NUMBERS: Final = t("Type their numbers in the group, with spaces between them.")
NOT_REPEATED: Final = t("Your own words are not repeated before each meeting.")


class _Write(Form):
    audience = Chosen(SAYS)
    kind = Chosen(_KINDS)
    words = Typed(required=False, most=WORDS_MAX)
    numbers = Typed(required=False, most=300)
    when = Chosen(get_args(WhenSent), default="now")


class _Send(_Write):
    """The same again, from the page on which it was seen, with the key by which it is sent once."""

    key = Typed(most=_KEY_MAX)
    repeated = Ticked()
    cost = Chosen([""], default="")


class _Once(Form):
    key = Typed(most=_KEY_MAX)


@group_page("/messages")
def messages(here: Here) -> Response:
    """The last ones, and a form for a new one."""
    return _listed(here, EMPTY)


@group_page("/messages/preview", methods=("GET", "POST"))
def preview(here: Here) -> Response:
    """How it will read, whom it reaches and what it costs; nothing is sent yet."""
    if request.method == "GET":
        return moved_to(here.path("/messages"))
    return _seen(here, read_form(_Write()))


@group_page("/messages/send", methods=("GET", "POST"))
def send(here: Here) -> Response:
    """Send what was seen: once, however often the button is pressed."""
    if request.method == "GET":
        return moved_to(here.path("/messages"))
    form = _checked(here, read_form(_Send()))
    if not form.ok:
        return _listed(here, form)
    try:
        order, seen = _previewed(here, form)
        if seen.before and not form.values["repeated"]:
            return _seen(here, form)
        said = says(seen, order.kind, here.group.name, here.caller.name, order.words)
        cost = cost_of(seen, said)
        begun = _do(here, form, replace(order, cost=cost.minor if cost else 0, repeated=seen.before))
    except NoSuchMember as error:
        return _listed(here, form.but(error, "numbers"))
    except DomainError as error:
        return _listed(here, form.but(error))
    here.note("broadcast.sent", about=begun["broadcast"])
    return moved_to(here.path(f"/messages/{begun['broadcast']}"))


@group_page("/messages/<cast>")
def broadcast(here: Here, cast: str) -> Response:
    """How far it is, counted when it is asked for."""
    return _followed(here, _cast(here, cast))


@group_page("/messages/<cast>/<act>", methods=("POST",))
def change_broadcast(here: Here, cast: str, act: str) -> Response:
    """Stop it, hold it, let it go on, or send it again to those whom it did not reach."""
    found, form, person = _cast(here, cast), read_form(_Once()), here.caller.id
    commands: Mapping[str, object] = {
        "stop": StopBroadcast(person, found.id),
        "pause": PauseBroadcast(person, found.id, paused=True),
        "go-on": PauseBroadcast(person, found.id, paused=False),
        "again": SendAgain(person, found.id),
    }
    if act not in commands:
        raise NotFound(f"nothing is called {act}")
    if not form.ok:
        return _followed(here, found, form)
    try:
        done = _do(here, form, commands[act])
    except DomainError as error:
        return _followed(here, found, form.but(error))
    here.note(f"broadcast.{act}", about=found.id)
    return moved_to(here.path(f"/messages/{done['broadcast'] if act == 'again' else found.id}"))


def _listed(here: Here, form: Read) -> Response:
    """The list, with the form and what is wrong with it."""
    able = _able(here)
    return here.page(
        "messages.html",
        status=200 if form.ok else 422,
        casts=broadcasts_of(here.store, here.group.id),
        form=form,
        audiences=[(who, AUDIENCES[who]) for who in SAYS if who != "late" or here.group.constitution.loans],
        kinds=[(kind, MESSAGES[kind]) for kind in able],
        times=[(when, TIMES[when]) for when in TIMES],
        most=WORDS_MAX,
        messages=MESSAGES,
        states=STATES,
    )


def _seen(here: Here, form: Read) -> Response:
    form = _checked(here, form)
    if not form.ok:
        return _listed(here, form)
    try:
        order, seen = _previewed(here, form)
    except NoSuchMember as error:
        return _listed(here, form.but(error, "numbers"))
    except DomainError as error:
        return _listed(here, form.but(error))
    said = says(seen, order.kind, here.group.name, here.caller.name, order.words)
    return here.page(
        "preview.html",
        form=form,
        seen=seen,
        key=form.typed.get("key") or secrets.token_urlsafe(16),
        summary=[*summary(seen, said)],
        readings=[
            (each, words_in(each.language).say(said), parts_in(said, each.language)) for each in seen.languages
        ],
    )


def _checked(here: Here, form: Read) -> Read:
    """What fits together of it."""
    if not form.ok:
        return form
    values, errors = form.values, dict[str, Label]()
    if values["kind"] not in SAYS[values["audience"]] or values["kind"] not in _able(here):
        errors["kind"] = NOT_TO_THEM
    if values["audience"] == "chosen" and not _numbers(values["numbers"]):
        errors["numbers"] = NO_NUMBERS
    if values["when"] == "each_meeting" and values["kind"] not in REMINDERS:
        errors["when"] = NOT_REPEATED
    if not errors and values["kind"] == "words":
        try:
            check_words(values["words"])
            if not values["words"]:
                errors["words"] = t("Please fill this in.")
        except DomainError as error:
            return form.but(error, "words")
    return Read({}, form.typed, errors) if errors else form


def _previewed(here: Here, form: Read) -> tuple[SendBroadcast, Preview]:
    """What was ordered, and what it comes to. Raises as `_order`, and as `preview_of`."""
    order = _order(here, form)
    asked = (order.kind, order.audience, order.words, order.chosen, order.when)
    return order, preview_of(here.store, here.group.id, order.person, *asked)


def _order(here: Here, form: Read) -> SendBroadcast:
    """Raises NoSuchMember, NotAllowed."""
    if here.caller.kind != "person":
        raise NotAllowed(why="officer", group=here.group.name)
    values = form.values
    audience: Audience = values["audience"]
    chosen: tuple[str, ...] = ()
    if audience == "chosen":
        chosen = tuple(members_numbered(here.store, here.group.id, _numbers(values["numbers"])))
        if not chosen:
            raise NoSuchMember
    words = values["words"] if values["kind"] == "words" else ""
    return SendBroadcast(here.caller.id, here.group.id, values["kind"], audience, words, chosen, values["when"])


def _do(here: Here, form: Read, command: object) -> Any:
    """Carry a command out, once for the key of its form."""
    return execute(here.store, f"web:{here.caller.id}:{form.values['key']}", command)


def _followed(here: Here, cast: Broadcast, form: Read = EMPTY) -> Response:
    return here.page(
        "broadcast.html",
        status=200 if form.ok else 409,
        seen=progress_of(here.store, cast, here.group.constitution.time_zone),
        form=form,
        key=secrets.token_urlsafe(16),
        messages=MESSAGES,
        audiences=AUDIENCES,
        states=STATES,
        why_not=WHY_NOT,
        dial=here.store.service_code,
    )


def _cast(here: Here, id: str) -> Broadcast:
    """Raises NotFound, also for one of another group."""
    found = here.store.broadcasts.get(id)
    if found.group != here.group.id:
        raise NotFound(f"no broadcast {id} in this group")
    return found


def _able(here: Here) -> list[MessageKind]:
    """A treasurer reminds; the others also write what they like."""
    if not here.leads:
        return []
    role = acting_officer(here.store, here.group.id, here.caller.id).role
    return [kind for kind in _KINDS if role != "treasurer" or kind in REMINDERS]


def _numbers(typed: str) -> tuple[int, ...]:
    """The numbers in a line; nothing when anything else stands in it."""
    parts = typed.replace(",", " ").split()
    return (
        tuple(int(part) for part in parts)
        if all(p.isascii() and p.isdigit() and len(p) < 7 for p in parts)
        else ()
    )
