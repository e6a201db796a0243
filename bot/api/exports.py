"""Figures of groups as files: asked for, made by a worker, and fetched by a link that is good for an hour."""

from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import fields

from bot.api.cursors import Page, after_time, paged
from bot.api.declare import Call, Part
from bot.api.shapes import Listed, Reads, Writes, line, one_of
from bot.exports.asked import ask_for_export, export_for, exports_of, link_to
from bot.exports.write import DEFINITIONS, definitions_file
from domain.access.agents import programmes_seen
from domain.exports.columns import ExportName
from domain.exports.rows import ExportOfNothing, ExportSpan
from domain.records.asked_export import AskedExport, AskedForm
from flows.engine.spreadsheet import CSV

part = Part("exports", "Figures of groups as files, with signed links.")


class ExportWanted(Reads):
    file = one_of(ExportName, required=True)
    programme = line(30, load_default="", metadata={"description": "Its code; all groups you see without."})
    first = fields.Date(
        data_key="from", load_default=None, metadata={"description": "Without, that of each group's open cycle."}
    )
    last = fields.Date(data_key="to", load_default=None, metadata={"description": "Without, today."})
    form = one_of(AskedForm, data_key="format", load_default="csv")


class ExportShown(Writes):
    id = fields.String()
    file = fields.String()
    programme = fields.String()
    first = fields.Date(data_key="from", allow_none=True)
    last = fields.Date(data_key="to", allow_none=True)
    form = fields.String(data_key="format")
    state = fields.String(metadata={"description": "waiting, ready or failed."})
    why = fields.String(metadata={"description": "Why it failed: no_right or too_long."})
    at = fields.DateTime()
    until = fields.DateTime(metadata={"description": "When the file is taken away."})
    groups = fields.Integer(metadata={"description": "All of them, as soon as it is known."})
    done = fields.Integer(metadata={"description": "How many are in the file by now."})
    rows = fields.Integer()
    size = fields.Integer(metadata={"description": "In bytes."})
    link = fields.String(allow_none=True, metadata={"description": "Where it is fetched, without a token."})
    link_until = fields.DateTime(allow_none=True, metadata={"description": "Ask again for another link."})


@part.endpoint("GET", f"/exports/{DEFINITIONS}", who="agent", scope="exports", file="text/csv")
def meanings(_: Call) -> Response:
    """What each column of each file means."""
    named = {"Content-Disposition": f'attachment; filename="{DEFINITIONS}"', "Cache-Control": "no-store"}
    return Response(definitions_file(), content_type=CSV, headers=named)


@part.endpoint("GET", "/exports", who="agent", scope="exports", answers=ExportShown, query=Listed)
def exports(call: Call) -> Page[Any]:
    """What you asked for and is still there, the newest first."""
    limit, past = call.query["limit"], after_time(call.query["after"])
    found = exports_of(call.app.store, call.caller, past=past, limit=limit + 1)
    page = paged(found, limit, lambda each: (each.at, each.id))
    return Page([_shown(call, each) for each in page.items], page.next)


@part.endpoint(
    "POST", "/exports", who="agent", scope="exports", answers=ExportShown, status=202, body=ExportWanted
)
def ask(call: Call) -> dict[str, Any]:
    """Have a file made of the groups that you see, or of those of a programme among them."""
    said = call.body
    seen = programmes_seen(call.store, call.caller) if said["programme"] else []
    programme = next((each for each in seen if each.code == said["programme"].strip().lower()), None)
    if said["programme"] and programme is None:
        raise ma.ValidationError({"programme": ["There is no such programme."]})
    try:
        span = ExportSpan(said["first"], said["last"])
    except ExportOfNothing as error:
        raise ma.ValidationError({"to": [str(error)]}) from error
    call.note("exported", why=f"{said['file']} {said['programme'] or 'all'} {span.first or ''}..{span.last or ''}")
    return _shown(call, ask_for_export(call.app.store, call.caller, said["file"], programme, span, said["form"]))


@part.endpoint("GET", "/exports/<id>", who="agent", scope="exports", answers=ExportShown)
def one_export(call: Call, id: str) -> dict[str, Any]:
    """How far it is; when it is ready, with a link."""
    return _shown(call, export_for(call.app.store, call.caller, id))


def _shown(call: Call, asked: AskedExport) -> dict[str, Any]:
    names = (
        *("id", "programme", "first", "last", "form", "state", "why", "at", "until", "groups", "done", "rows"),
        "size",
    )
    link = link_to(call.app.export_links, call.app.settings.public_url, call.caller, asked)
    return {name: getattr(asked, name) for name in names} | {
        "file": asked.name,
        "link": link.url if link else None,
        "link_until": link.until if link else None,
    }
