"""Groups that move in: sheets are sent and checked, what is right is brought, and how far each group is."""

from collections.abc import Mapping
from typing import Final

from flask import Response, request

from bot.imports.template import workbook_of
from bot.imports.uploads import (
    FINDINGS_KEPT,
    UPLOAD_FILES_MAX,
    NotChecked,
    bad_file,
    bring_sheets,
    finding_of,
    findings_of,
    groups_in,
    receive_sheets,
    upload_for,
    uploads_of,
)
from bot.pages.forms import EMPTY, NOT_OFFERED, Chosen, Form, Read, Ticked, Typed, read_form
from bot.pages.groups import moved_to
from bot.pages.operator.desk import Desk, address, desk_page, moment
from bot.uploads import UPLOAD_BYTES_MAX
from domain.access.moving import arrival_for, arrivals_of
from domain.commands import execute
from domain.money import Money
from domain.moving_in.arrive import NotArriving, SendBack
from domain.moving_in.files import BadImportFile
from domain.people.limits import TooManyFiles
from domain.records.arrival import ARRIVING, OFFICERS_NEEDED, Arrival
from domain.records.person import NoSuchGroup
from domain.records.upload import GroupOutcome, SheetUpload, UploadGroup, UploadState
from domain.tables import Some
from flows.words.findings import words_of_finding
from flows.words.refusals import refusal, sentence_of
from flows.words.texts import Text, nt, t

LINES_A_PAGE: Final = 100
ARRIVALS_SHOWN: Final = 50
REASON_LENGTH_MAX: Final = 80
NO_FILE: Final = t("Choose one file or more.")
DAYS: Final = (
    ("", t("Refuse it")),
    ("day_first", t("3 April: the day comes first")),
    ("month_first", t("4 March: the month comes first")),
)
STATES: Final[Mapping[UploadState, Text]] = {
    "checking": t("Being checked"),
    "checked": t("Checked"),
    "bringing": t("Being brought"),
    "brought": t("Brought"),
    "failed": t("Cannot be used"),
}
OUTCOMES: Final[Mapping[GroupOutcome, Text]] = {
    "ready": t("Ready"),
    "odd": t("Odd"),
    "wrong": t("Wrong"),
    "brought": t("Brought"),
    "before": t("Brought before"),
    "refused": t("Refused"),
}


class _HowRead(Form):
    days = Chosen([value for value, _ in DAYS], default="")


class _Bring(Form):
    odd_is_right = Ticked()


class _SendBack(Form):
    code = Typed(most=60)
    reason = Typed(most=REASON_LENGTH_MAX)


@desk_page("/imports", agents=True)
def imports(desk: Desk) -> Response:
    """What was sent, and the groups that are on their way."""
    return _shown(desk, EMPTY, EMPTY)


@desk_page("/imports", agents=True, methods=("POST",))
def check_sheets(desk: Desk) -> Response:
    """Have the sheets checked; nothing is brought."""
    form = read_form(_HowRead())
    sent = []
    for file in request.files.getlist("files"):
        with file.stream:
            sent.append((file.filename or "", file.read()))
    sent = [each for each in sent if each[0]]
    if not form.ok or not sent or len(sent) > UPLOAD_FILES_MAX:
        wrong = Read({}, form.typed, {"files": NO_FILE, **form.errors})
        return _shown(desk, wrong, EMPTY, 422)
    day_first = {"day_first": True, "month_first": False}.get(form.values["days"])
    try:
        found = receive_sheets(desk.store, desk.caller, sent, day_first=day_first)
    except (BadImportFile, TooManyFiles) as error:
        return _shown(desk, form.but(error, "files"), EMPTY, 422)
    desk.note("import.checked", why=found.id)
    return moved_to(address(f"/imports/{found.id}"))


@desk_page("/imports/template.xlsx", agents=True)
def template(desk: Desk) -> Response:
    """The empty sheets."""
    file = workbook_of("groups to move in")
    named = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.content, content_type=file.kind, headers=named)


@desk_page("/imports/send-back", agents=True, methods=("POST",))
def send_back(desk: Desk) -> Response:
    """Take a group back before it is open."""
    form = read_form(_SendBack())
    if not form.ok:
        return _shown(desk, EMPTY, form, 422)
    try:
        arrival = arrival_for(desk.store, desk.caller, form.values["code"])
        desk.note("import.sent_back", why=f"{arrival.id}: {form.values['reason']}")
        execute(desk.store, f"page:{desk.store.new_id()}", SendBack(arrival.id, form.values["reason"]))
    except NoSuchGroup:
        return _shown(desk, EMPTY, Read({}, form.typed, {"code": NOT_OFFERED}), 422)
    except NotArriving as error:
        return _shown(desk, EMPTY, form.but(error, "code"), 422)
    return moved_to(address("/imports"))


@desk_page("/imports/<id>", agents=True)
def one_import(desk: Desk, id: str) -> Response:
    """What is wrong with the sheets, and what would be brought."""
    return _one(desk, upload_for(desk.store, desk.caller, id), EMPTY)


@desk_page("/imports/<id>/bring", agents=True, methods=("POST",))
def bring(desk: Desk, id: str) -> Response:
    """Have the groups brought in which nothing is wrong."""
    form, upload = read_form(_Bring()), upload_for(desk.store, desk.caller, id)
    if not form.ok:
        return _one(desk, upload, form, 422)
    desk.note("import.brought", why=upload.id)
    try:
        bring_sheets(desk.store, desk.caller, id, odd_is_right=form.values["odd_is_right"])
    except NotChecked as error:
        return _one(desk, upload, form.but(error), 422)
    return moved_to(address(f"/imports/{id}"))


def _shown(desk: Desk, form: Read, back: Read, status: int = 200) -> Response:
    at = moment("at")
    past = (at, request.args.get("id", "")[:80]) if at else None
    arriving = arrivals_of(desk.store, desk.caller, ARRIVING, past=past, limit=ARRIVALS_SHOWN + 1)
    last = arriving[ARRIVALS_SHOWN - 1] if arriving[ARRIVALS_SHOWN:] else None
    over = arrivals_of(desk.store, desk.caller, ("open", "discarded"), past=None, limit=ARRIVALS_SHOWN + 1)
    return desk.page(
        "imports.html",
        status=status,
        form=form,
        back_form=back,
        days=DAYS,
        sent=uploads_of(desk.store, desk.caller),
        states=STATES,
        result=result_of,
        arriving=arriving[:ARRIVALS_SHOWN],
        first=address("/imports") if past else "",
        next=address("/imports", at=last.at.isoformat(), id=last.id) if last else "",
        over=Some(over[:ARRIVALS_SHOWN], more=len(over) > ARRIVALS_SHOWN),
        how_far=how_far,
        files_max=UPLOAD_FILES_MAX,
        megabytes=UPLOAD_BYTES_MAX // 1_000_000,
        days_kept=desk.store.offered.files_kept.days,
        reason_max=REASON_LENGTH_MAX,
    )


def _one(desk: Desk, upload: SheetUpload, form: Read, status: int = 200) -> Response:
    after_finding, after_group = (request.args.get(name, "")[:80] for name in ("findings", "groups"))
    findings = findings_of(desk.store, upload, after=after_finding, limit=LINES_A_PAGE + 1)
    groups = groups_in(desk.store, upload, after=after_group, limit=LINES_A_PAGE + 1)
    path = f"/imports/{upload.id}"
    return desk.page(
        "import.html",
        status=status,
        form=form,
        upload=upload,
        state=STATES[upload.state],
        under_way=upload.state in ("checking", "bringing"),
        problem=refusal(bad_file(upload)) if upload.state == "failed" else None,
        result=result_of(upload),
        can_bring=upload.state in ("checked", "brought") and bool(upload.ready + upload.odd_groups),
        findings=[(each, words_of_finding(each)) for each in map(finding_of, findings[:LINES_A_PAGE])],
        found=upload.mistakes + upload.odd,
        kept=FINDINGS_KEPT,
        more_findings=address(path, findings=findings[LINES_A_PAGE - 1].id) if findings[LINES_A_PAGE:] else "",
        first_findings=address(path) if after_finding else "",
        groups=groups[:LINES_A_PAGE],
        more_groups=address(path, groups=groups[LINES_A_PAGE - 1].id) if groups[LINES_A_PAGE:] else "",
        first_groups=address(path) if after_group else "",
        outcomes=OUTCOMES,
        money=_money,
        why=_why,
    )


def _money(group: UploadGroup, minor: int) -> Money | None:
    return Money(minor, group.currency) if group.currency else None


def _why(group: UploadGroup) -> Text | None:
    return sentence_of(group.why, group.details) if group.why else None


def result_of(upload: SheetUpload) -> Text:
    """How far it is, in a sentence."""
    if upload.state in ("checking", "bringing"):
        if not upload.groups:
            return t("A worker will look at it in a moment.")
        return t("{done} of {groups} groups", done=upload.done, groups=upload.groups)
    if upload.state == "brought":
        return t(
            "{brought} brought, {before} brought before, {left_out} left out",
            brought=upload.brought,
            before=upload.before,
            left_out=upload.left_out,
        )
    return t(
        "{ready} ready, {odd} odd, {wrong} wrong",
        ready=upload.ready,
        odd=upload.odd_groups,
        wrong=upload.wrong_groups,
    )


def how_far(arrival: Arrival) -> Text:
    """How far a group that moves in is, in a sentence."""
    if arrival.state == "checked":
        return t("{count} of {needed} officers agreed", count=len(arrival.agreed), needed=OFFICERS_NEEDED)
    if arrival.state == "open":
        return t("It is open.")
    if arrival.state == "discarded":
        return t("It went back: {reason}", reason=arrival.reason)
    if waiting := sum(not each.answer for each in arrival.objections.values()):
        return nt(
            "{count} member says that something is not right.",
            "{count} members say that something is not right.",
            waiting,
        )
    right, asked = len(arrival.right), len(arrival.persons)
    return t("{right} of {asked} members say that it is right", right=right, asked=asked)
