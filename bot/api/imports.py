"""
Groups that move in: their sheets are sent, checked and brought, and it is seen how far each group is.

No group opens by a program alone: what is brought waits for two officers, on their phones.
"""

from typing import Any, Final, get_args

from flask import Response
from marshmallow import fields, validate
from werkzeug.datastructures import FileStorage

from bot.api.cursors import Page, after_id, after_time, paged
from bot.api.declare import Call, Part
from bot.api.shapes import Amount, Listed, Nothing, Reads, Writes, line
from bot.imports.opening import open_in_time
from bot.imports.template import workbook_of
from bot.imports.uploads import (
    FINDINGS_KEPT,
    UPLOAD_FILES_MAX,
    bad_file,
    bring_sheets,
    finding_of,
    findings_of,
    groups_in,
    receive_sheets,
    upload_for,
    uploads_of,
)
from domain.access.moving import arrival_for, arrivals_of
from domain.commands import check_not_read_only
from domain.money import Money
from domain.moving_in.arrive import SendBack
from domain.records.arrival import ARRIVING, OFFICERS_NEEDED, Arrival, ArrivalState
from domain.records.upload import SheetUpload, UploadFinding, UploadGroup
from flows.engine.spreadsheet import XLSX
from flows.words.findings import words_of_finding
from flows.words.refusals import refusal, sentence_of
from flows.words.texts import Text

part = Part("imports", "Groups that move in: sheets are checked and brought, officers agree on their phones.")

REASON_LENGTH_MAX: Final = 80
OPENED_AT_ONCE: Final = 50


class SheetsSent(Reads):
    files = fields.List(
        fields.Raw(metadata={"type": "string", "format": "binary"}),
        required=True,
        validate=validate.Length(1, UPLOAD_FILES_MAX),
        metadata={"description": "One workbook, or some files of commas; 16 MB together."},
    )


class HowRead(Reads):
    days = fields.String(
        load_default="",
        validate=validate.OneOf(("", "day_first", "month_first")),
        metadata={"description": "What 03/04/2026 is: in April, or March. Refused without."},
    )


class WhyNot(Writes):
    code = fields.String()
    message = fields.String()


class ImportShown(Writes):
    id = fields.String(metadata={"description": "Made of what is in the files, and of whose they are."})
    files = fields.List(fields.String())
    state = fields.String(metadata={"description": "checking, checked, bringing, brought or failed."})
    at = fields.DateTime()
    until = fields.DateTime(metadata={"description": "When it is taken away, with its files."})
    groups = fields.Integer(metadata={"description": "All of them, as soon as it is known."})
    done = fields.Integer(metadata={"description": "How many are checked by now; or brought, or left out."})
    ready = fields.Integer(metadata={"description": "Groups in which nothing is wrong or odd."})
    odd_groups = fields.Integer(metadata={"description": "Groups in which something is only odd."})
    wrong_groups = fields.Integer()
    members = fields.Integer(metadata={"description": "Of the groups that are not wrong."})
    loans = fields.Integer()
    mistakes = fields.Integer()
    odd = fields.Integer()
    empty_rows = fields.Integer()
    findings = fields.Integer(metadata={"description": f"How many can be read: {FINDINGS_KEPT} at most."})
    brought = fields.Integer()
    before = fields.Integer(metadata={"description": "Brought before, with the same figures."})
    left_out = fields.Integer()
    problem = fields.Nested(WhyNot, allow_none=True, metadata={"description": "Why it failed."})


class FindingShown(Writes):
    severity = fields.String(metadata={"description": "error keeps its group out, warning is only odd."})
    sheet = fields.String()
    file = fields.String()
    row = fields.Integer(metadata={"description": "As a spreadsheet counts them; 0 for none."})
    column = fields.String()
    read = fields.String(metadata={"description": "What stands there."})
    problem = fields.String(metadata={"description": "A code that stays the same."})
    expected = fields.String(metadata={"description": "What has to be there, in the caller's language."})


class BroughtGroupShown(Writes):
    code = fields.String()
    name = fields.String()
    outcome = fields.String(metadata={"description": "ready, odd or wrong; brought, before or refused."})
    members = fields.Integer()
    loans = fields.Integer()
    saved = Amount(allow_none=True)
    lent = Amount(allow_none=True, metadata={"description": "The principal that is owed."})
    cash = Amount(allow_none=True)
    mistakes = fields.Integer()
    digest = fields.String(metadata={"description": "What its officers agree to: every figure of it."})
    why = fields.Nested(WhyNot, allow_none=True)


class BringWanted(Reads):
    odd_is_right = fields.Boolean(load_default=False)


class ArrivalsWanted(Listed):
    state = fields.String(load_default="", validate=validate.OneOf(("", *get_args(ArrivalState))))


class ArrivalShown(Writes):
    code = fields.String()
    name = fields.String()
    state = fields.String(metadata={"description": "checked, told, open or discarded."})
    at = fields.DateTime()
    members = fields.Integer()
    agreed = fields.Integer(metadata={"description": f"Officers, of {OFFICERS_NEEDED}."})
    right = fields.Integer(metadata={"description": "Members who say that their figures are right."})
    asked = fields.Integer(metadata={"description": "Members who have a phone."})
    objections = fields.Integer(metadata={"description": "Those that have no answer yet."})
    next_at = fields.DateTime(allow_none=True, metadata={"description": "When it opens, or goes back."})
    reason = fields.String(metadata={"description": "Why it went back."})
    digest = fields.String()


class SentBack(Reads):
    code = line(60, required=True)
    reason = line(REASON_LENGTH_MAX, required=True)


class OpenWanted(Reads):
    codes = fields.List(line(60), required=True, validate=validate.Length(1, OPENED_AT_ONCE))


@part.endpoint("GET", "/imports/template.xlsx", who="agent", scope="imports", file=XLSX)
def template(_: Call) -> Response:
    """The empty sheets, with what each column holds."""
    file = workbook_of("groups to move in")
    named = {"Content-Disposition": f'attachment; filename="{file.name}"', "Cache-Control": "no-store"}
    return Response(file.content, content_type=file.kind, headers=named)


@part.endpoint("GET", "/imports", who="agent", scope="imports", answers=ImportShown, query=Listed)
def imports(call: Call) -> Page[Any]:
    """What you sent and is still there, the newest first."""
    limit, past = call.query["limit"], after_time(call.query["after"])
    found = uploads_of(call.app.store, call.caller, past=past, limit=limit + 1)
    page = paged(found, limit, lambda each: (each.at, each.id))
    return Page([_shown(call, each) for each in page.items], page.next)


@part.endpoint(
    "POST",
    "/imports",
    who="agent",
    scope="imports",
    answers=ImportShown,
    status=202,
    query=HowRead,
    files=SheetsSent,
    once=False,
)
def check(call: Call) -> dict[str, Any]:
    """Check sheets, and bring nothing. Small ones are checked by the time of the answer; the same are the same."""
    sent = [_contents(each) for each in call.body["files"]]
    days = call.query["days"]
    day_first = {"day_first": True, "month_first": False}.get(days)
    found = receive_sheets(call.app.store, call.caller, sent, day_first=day_first)
    call.note("import.checked", why=found.id)
    return _shown(call, found)


@part.endpoint("GET", "/imports/<id>", who="agent", scope="imports", answers=ImportShown)
def one_import(call: Call, id: str) -> dict[str, Any]:
    """How far it is."""
    return _shown(call, upload_for(call.app.store, call.caller, id))


@part.endpoint("GET", "/imports/<id>/findings", who="agent", scope="imports", answers=FindingShown, query=Listed)
def findings(call: Call, id: str) -> Page[Any]:
    """Everything that is wrong or odd, in the order of the groups."""
    upload, limit = upload_for(call.app.store, call.caller, id), call.query["limit"]
    found = findings_of(call.app.store, upload, after=after_id(call.query["after"]), limit=limit + 1)
    page = paged(found, limit, lambda each: (each.id,))
    return Page([_finding(call, each) for each in page.items], page.next)


@part.endpoint(
    "GET", "/imports/<id>/groups", who="agent", scope="imports", answers=BroughtGroupShown, query=Listed
)
def groups(call: Call, id: str) -> Page[Any]:
    """What would be brought, group by group, and what became of each."""
    upload, limit = upload_for(call.app.store, call.caller, id), call.query["limit"]
    found = groups_in(call.app.store, upload, after=after_id(call.query["after"]), limit=limit + 1)
    page = paged(found, limit, lambda each: (each.id,))
    return Page([_group(call, each) for each in page.items], page.next)


@part.endpoint(
    "POST",
    "/imports/<id>/bring",
    who="agent",
    scope="imports",
    answers=ImportShown,
    status=202,
    body=BringWanted,
    shown_by=one_import,
)
def bring(call: Call, id: str) -> dict[str, Any]:
    """Bring the groups in which nothing is wrong: a worker does, and their officers are called to agree."""
    upload = upload_for(call.app.store, call.caller, id)
    call.note("import.brought", why=upload.id)
    found = bring_sheets(call.app.store, call.caller, id, odd_is_right=call.body["odd_is_right"])
    return _shown(call, found)


@part.endpoint("GET", "/arrivals", who="agent", scope="imports", answers=ArrivalShown, query=ArrivalsWanted)
def arrivals(call: Call) -> Page[Any]:
    """The groups that move in, the newest first: those under way, or in one state."""
    limit, past, state = call.query["limit"], after_time(call.query["after"]), call.query["state"]
    states = [each for each in get_args(ArrivalState) if each == state] or ARRIVING
    found = arrivals_of(call.store, call.caller, states, past=past, limit=limit + 1)
    page = paged(found, limit, lambda each: (each.at, each.id))
    return Page([_arrival(each) for each in page.items], page.next)


@part.endpoint("POST", "/arrivals/send-back", who="agent", scope="imports", answers=Nothing, body=SentBack)
def send_back(call: Call) -> dict[str, Any]:
    """Take a group back before it is open; those who knew of it are told."""
    found = arrival_for(call.store, call.caller, call.body["code"])
    call.note("import.sent_back", why=f"{found.id}: {call.body['reason']}")
    call.execute(SendBack(found.id, call.body["reason"]))
    return {}


@part.endpoint(
    "POST", "/arrivals/open", who="agent", scope="imports", answers=ArrivalShown, many=True, body=OpenWanted
)
def open_groups(call: Call) -> list[dict[str, Any]]:
    """Open those whose time has come, as a worker does by itself; how far each of them is then."""
    check_not_read_only(call.store)
    found = [arrival_for(call.store, call.caller, each) for each in dict.fromkeys(call.body["codes"])]
    for each in found:
        open_in_time(call.app.store, call.app.link, each.id)
    return [_arrival(call.store.arrivals.get(each.id)) for each in found]


def _contents(file: FileStorage) -> tuple[str, bytes]:
    with file.stream:  # what is large lies on a disk
        return file.filename or "", file.read()


def _shown(call: Call, upload: SheetUpload) -> dict[str, Any]:
    names = (
        *("id", "state", "at", "until", "groups", "done", "ready", "odd_groups", "members", "loans", "mistakes"),
        *("odd", "brought", "before", "left_out"),
    )
    why = bad_file(upload) if upload.state == "failed" else None
    return {name: getattr(upload, name) for name in names} | {
        "files": upload.names,
        "wrong_groups": upload.wrong_groups,
        "empty_rows": upload.empty,
        "findings": upload.written,
        "problem": _problem(call, upload.problem, refusal(why)) if why else None,
    }


def _problem(call: Call, code: str, message: Text) -> dict[str, str]:
    return {"code": code, "message": call.says.say(message)}


def _finding(call: Call, kept: UploadFinding) -> dict[str, Any]:
    each = finding_of(kept)
    names = ("severity", "sheet", "file", "row", "column", "read", "problem")
    return {name: getattr(each, name) for name in names} | {"expected": call.says.say(words_of_finding(each))}


def _group(call: Call, each: UploadGroup) -> dict[str, Any]:
    names = ("code", "name", "outcome", "members", "loans", "mistakes", "digest")
    amounts = {
        name: Money(getattr(each, name), each.currency) if each.currency else None
        for name in ("saved", "lent", "cash")
    }
    why = _problem(call, each.why, sentence_of(each.why, each.details)) if each.why else None
    return {name: getattr(each, name) for name in names} | amounts | {"why": why}


def _arrival(each: Arrival) -> dict[str, Any]:
    names = ("state", "at", "next_at", "reason", "digest")
    return {name: getattr(each, name) for name in names} | {
        "code": each.id,
        "name": each.book.name,
        "members": len(each.book.members),
        "agreed": len(each.agreed),
        "right": len(each.right),
        "asked": len(each.persons),
        "objections": sum(not said.answer for said in each.objections.values()),
    }
