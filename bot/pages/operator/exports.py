"""Figures of groups as files: asked for, seen how far they are, and fetched."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from flask import Response

from bot.exports.asked import LINK_VALID, ExportLink, ask_for_export, exports_of, link_to
from bot.exports.write import DEFINITIONS, EXPORT_FORMATS, definitions_file
from bot.pages.forms import EMPTY, NOT_OFFERED, Chosen, Day, Form, Read, Typed, read_form
from bot.pages.groups import moved_to
from bot.pages.operator.desk import Desk, address, desk_page
from domain.access.agents import programmes_seen
from domain.exports.columns import ExportName
from domain.exports.rows import ExportOfNothing, ExportSpan
from domain.people.limits import TooManyFiles
from domain.records.asked_export import AskedExport, WhyNoExport
from flows.engine.spreadsheet import CSV
from flows.words.texts import Text, t

FILES: Final[Mapping[ExportName, Text]] = {
    "programme": t("Groups: a row for each, with its indicators"),
    "members": t("Members: a row for each"),
    "transactions": t("Transactions: a row for each part of an entry"),
    "loans": t("Loans: a row for each"),
}
FORMATS: Final = (("csv", "CSV"), ("xlsx", "Excel (xlsx)"))
WHY: Final[Mapping[WhyNoExport, Text | str]] = {
    "": "",
    "no_right": t("No group of it is yours to see."),
    "too_long": t("It is too long for a workbook. Ask for CSV."),
}
NOT_BEFORE_FIRST: Final = t("The last day is before the first.")


class _Wanted(Form):
    file = Chosen([*FILES])
    programme = Typed(required=False, most=30)
    first = Day()
    last = Day()
    form = Chosen(EXPORT_FORMATS, default="csv")


@dataclass(frozen=True, slots=True)
class ExportLine:
    """An export with its link, None where there is none."""

    asked: AskedExport
    link: ExportLink | None

    @property
    def kilobytes(self) -> Decimal:
        """How large it is, to a tenth and no smaller than it is."""
        return Decimal(-(-self.asked.size // 100)) / 10


@desk_page("/exports", agents=True)
def exports(desk: Desk) -> Response:
    """What was asked for and is still there."""
    return _shown(desk, EMPTY)


@desk_page("/exports", agents=True, methods=("POST",))
def ask_for_file(desk: Desk) -> Response:
    """Have a file made of the groups that whoever asks sees."""
    form = read_form(_Wanted())
    if not form.ok:
        return _shown(desk, form, 422)
    said = form.values
    seen = programmes_seen(desk.store, desk.caller)
    programme = next((each for each in seen if each.code == said["programme"]), None)
    if said["programme"] and programme is None:
        return _shown(desk, Read({}, form.typed, {"programme": NOT_OFFERED}), 422)
    name: ExportName = next(each for each in FILES if each == said["file"])
    try:
        span = ExportSpan(said["first"], said["last"])
        file_format = next(each for each in EXPORT_FORMATS if each == said["form"])
        desk.note("exported", why=f"{name} {said['programme'] or 'all'} {span.first or ''}..{span.last or ''}")
        ask_for_export(desk.store, desk.caller, name, programme, span, file_format)
    except ExportOfNothing:
        return _shown(desk, Read({}, form.typed, {"last": NOT_BEFORE_FIRST}), 422)
    except TooManyFiles as error:
        return _shown(desk, form.but(error), 422)
    return moved_to(address("/exports"))


@desk_page(f"/exports/{DEFINITIONS}", agents=True)
def definitions(desk: Desk) -> Response:
    """What each column of each file means."""
    named = {"Content-Disposition": f'attachment; filename="{DEFINITIONS}"'}
    return Response(definitions_file(), content_type=CSV, headers=named)


def _shown(desk: Desk, form: Read, status: int = 200) -> Response:
    seen = programmes_seen(desk.store, desk.caller)
    # Where this page is, its files are: the address has no host in it.
    lines = [
        ExportLine(each, link_to(desk.app.export_links, "", desk.caller, each))
        for each in exports_of(desk.store, desk.caller)
    ]
    return desk.page(
        "exports.html",
        status=status,
        form=form,
        lines=lines,
        files=list(FILES.items()),
        named=FILES,
        programmes=[("", t("All groups")), *((each.code, each.name) for each in seen)],
        formats=FORMATS,
        why=WHY,
        waits=any(each.asked.state == "waiting" for each in lines),
        minutes=int(LINK_VALID.total_seconds() // 60),
        days_kept=desk.store.offered.files_kept.days,
    )
