"""What is written to many: broadcasts of officers, and letters of members."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from bot.api.cursors import Page, after_number, after_time, paged
from bot.api.declare import NO_TOKEN, Call, Part
from bot.api.shapes import Amount, Listed, Nothing, Reads, Writes, line, one_of
from domain.broadcasts.audience import members_numbered
from domain.broadcasts.preview import Preview, preview_of
from domain.broadcasts.progress import progress_of
from domain.broadcasts.send import CHOSEN_MAX, SendBroadcast, StopBroadcast, WhenSent
from domain.letters.keep_order import RemoveLetter
from domain.letters.kept_out import LETTER_LENGTH_MAX
from domain.letters.read import letters_after
from domain.letters.write import WriteLetter
from domain.records.broadcast import REMINDERS, MessageKind
from domain.records.letter import LetterTo
from domain.store import NotFound
from flows.broadcasts.broadcast import SAYS
from flows.broadcasts.preview import cost_of, says

part = Part("messages", "Broadcasts of officers, and letters of members.")

WORDS_LENGTH_MAX = 500  # what is too long the rules say, in words


class CastWanted(Reads):
    kind = one_of(MessageKind, required=True)
    audience = fields.String(required=True, validate=validate.OneOf([*SAYS]))
    words = line(WORDS_LENGTH_MAX, 0, load_default="")
    chosen = fields.List(
        fields.Integer(strict=True, validate=validate.Range(1, 999_999)),
        load_default=list,
        validate=validate.Length(max=CHOSEN_MAX),
        metadata={"description": "Numbers in the group, for the audience `chosen`."},
    )
    when = one_of(WhenSent, load_default="now")

    @ma.validates_schema
    def can_be_said(self, data: dict[str, Any], **_: Any) -> None:
        """Nobody hears of what is not theirs, and nobody writes the same words each week."""
        if data["kind"] not in SAYS[data["audience"]]:
            raise ma.ValidationError("This is not said to these.", "kind")
        if data["when"] == "each_meeting" and data["kind"] not in REMINDERS:
            raise ma.ValidationError("Only a reminder goes before each meeting.", "when")
        if bool(data["chosen"]) != (data["audience"] == "chosen"):
            raise ma.ValidationError("Numbers go with the audience chosen.", "chosen")
        if bool(data["words"]) != (data["kind"] == "words"):
            raise ma.ValidationError("Words go with the kind words.", "words")


class CastSent(CastWanted):
    repeated = fields.Boolean(load_default=False, metadata={"description": "Though the same was sent before."})


class OnWay(Writes):
    way = fields.String(metadata={"description": "A chat, empty for a text message."})
    people = fields.Integer()


class InLanguage(Writes):
    language = fields.String()
    people = fields.Integer()
    texts = fields.Integer()


class Seen(Writes):
    people = fields.Integer()
    ways = fields.Nested(OnWay, many=True)
    languages = fields.Nested(InLanguage, many=True)
    stopped = fields.Integer()
    unreachable = fields.Integer()
    cost = Amount(allow_none=True)
    begins_on = fields.Date()
    begins_at = fields.String()
    second = fields.Boolean(metadata={"description": "Whether another officer has to agree."})
    before = fields.Boolean(metadata={"description": "Whether the same was said to the same people lately."})
    reads = fields.String(metadata={"description": "How it reads, in your language."})


class Begun(Writes):
    broadcast = fields.String()
    state = fields.String()
    day = fields.Date()
    at = fields.String()
    missing = fields.Integer(metadata={"description": "So many more officers have to agree, on their phones."})


class CastLine(Writes):
    id = fields.String()
    kind = fields.String()
    audience = fields.String()
    state = fields.String()
    people = fields.Integer()
    created_at = fields.DateTime()


class NotReached(Writes):
    why = fields.String()
    people = fields.Integer()


class Counts(Writes):
    id = fields.String()
    kind = fields.String()
    audience = fields.String()
    words = fields.String()
    state = fields.String()
    begins_on = fields.Date()
    begins_at = fields.String()
    people = fields.Integer()
    queued = fields.Integer()
    sent = fields.Integer()
    delivered = fields.Integer()
    read = fields.Integer()
    not_known = fields.Integer(attribute="unknown", data_key="unknown")
    not_reached = fields.Nested(NotReached, many=True)
    can_stop = fields.Boolean()


class LetterShown(Writes):
    place = fields.Integer()
    name = fields.String()
    to = fields.String()
    text = fields.String()
    at = fields.DateTime()
    mine = fields.Boolean()


class LetterWanted(Reads):
    to = one_of(LetterTo, load_default="group")
    text = line(LETTER_LENGTH_MAX, required=True)


@part.endpoint(
    "POST", "/groups/<code>/broadcasts/preview", who="leader", scope=NO_TOKEN, answers=Seen, body=CastWanted
)
def preview(call: Call) -> dict[str, Any]:
    """Whom a message would reach, on which ways, what it costs, and how it reads. Nothing is sent."""
    seen = _preview(call)
    names = ("people", "ways", "languages", "stopped", "unreachable", "begins_on", "begins_at", "second", "before")
    said = says(seen, call.body["kind"], call.group.name, call.caller.name, call.body["words"])
    return {name: getattr(seen, name) for name in names} | {
        "cost": cost_of(seen, said),
        "reads": call.says.say(said),
    }


@part.endpoint(
    "POST", "/groups/<code>/broadcasts", who="leader", scope=NO_TOKEN, answers=Begun, status=202, body=CastSent
)
def send(call: Call) -> Any:
    """Send a message to many members, a minute from now; another officer has to agree where they are many."""
    said, seen = call.body, _preview(call)
    cost = cost_of(seen, says(seen, said["kind"], call.group.name, call.caller.name, said["words"]))
    call.note("broadcast.sent")
    return call.execute(
        SendBroadcast(
            call.caller.id,
            call.group.id,
            said["kind"],
            said["audience"],
            said["words"],
            _chosen(call),
            said["when"],
            cost=cost.minor if cost else 0,
            repeated=said["repeated"],
        )
    )


@part.endpoint(
    "GET", "/groups/<code>/broadcasts", who="officer", scope="groups:read", answers=CastLine, query=Listed
)
def broadcasts(call: Call) -> Page[Any]:
    """What was sent to many, the newest first."""
    limit, past = call.query["limit"], after_time(call.query["after"])
    found = call.store.broadcasts.keyset("-created_at", limit + 1, past, group=call.group.id)
    return paged(found, limit, lambda each: (each.created_at, each.id))


@part.endpoint("GET", "/groups/<code>/broadcasts/<id>", who="officer", scope="groups:read", answers=Counts)
def broadcast(call: Call, id: str) -> Any:
    """How far one is: counted now, of its messages."""
    cast = call.store.broadcasts.one(id=id)
    if cast is None or cast.group != call.group.id:
        raise NotFound("a broadcast")
    return progress_of(call.store, cast, call.group.constitution.time_zone)


@part.endpoint(
    "POST",
    "/groups/<code>/broadcasts/<id>/stop",
    who="leader",
    scope=NO_TOKEN,
    answers=Nothing,
    shown_by=broadcast,
)
def stop(call: Call, id: str) -> dict[str, Any]:
    """From now on nobody more is written to."""
    broadcast(call, id)
    call.execute(StopBroadcast(call.caller.id, id))
    call.note("broadcast.stopped")
    return {}


@part.endpoint("GET", "/groups/<code>/letters", who="person", scope=NO_TOKEN, answers=LetterShown, query=Listed)
def letters(call: Call) -> Page[Any]:
    """What members wrote to the group, the oldest first, since you are in it."""
    limit, after = call.query["limit"], after_number(call.query["after"])
    found = letters_after(call.store, call.group.id, call.caller.id, after, limit + 1)
    page = paged(found, limit, lambda each: (each.place,))
    names = ("place", "name", "to", "text", "at")
    return Page(
        [
            {name: getattr(each, name) for name in names} | {"mine": each.by == call.caller.id}
            for each in page.items
        ],
        page.next,
    )


@part.endpoint(
    "POST", "/groups/<code>/letters", who="person", scope=NO_TOKEN, answers=Nothing, status=201, body=LetterWanted
)
def write(call: Call) -> dict[str, Any]:
    """Write to the group, or to its officers alone."""
    text = " ".join(call.body["text"].split())
    call.execute(WriteLetter(call.caller.id, call.group.id, call.body["to"], text))
    return {}


@part.endpoint(
    "DELETE",
    "/groups/<code>/letters/<int(max=999999999):place>",
    who="person",
    scope=NO_TOKEN,
    answers=Nothing,
)
def remove(call: Call, place: int) -> dict[str, Any]:
    """Take a letter away: your own, or as an officer another's."""
    call.execute(RemoveLetter(call.caller.id, call.group.id, place))
    return {}


def _preview(call: Call) -> Preview:
    said = call.body
    asked = (said["kind"], said["audience"], said["words"], _chosen(call), said["when"])
    return preview_of(call.store, call.group.id, call.caller.id, *asked)


def _chosen(call: Call) -> tuple[str, ...]:
    numbers = tuple(call.body["chosen"])
    return tuple(members_numbered(call.store, call.group.id, numbers)) if numbers else ()
