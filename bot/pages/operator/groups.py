"""All groups in a list that can be searched and ordered, and one of them day by day."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, get_args

from flask import Response, request

from bot.pages.charts import Chart
from bot.pages.operator.desk import Desk, address, desk_page
from domain.access.caller import group_for
from domain.arithmetic.health import VISIT_BELOW, WORTH, HealthPart, Red
from domain.board.health import health_of
from domain.money import Money
from domain.records.figures import GroupOrder, GroupsWanted
from domain.records.group import GroupKind
from domain.store import Between
from flows.words.texts import Text, t

GROUPS_A_PAGE: Final = 50
DAYS: Final = 30
ORDERS: Final[Mapping[GroupOrder, Text]] = {
    "name": t("By name"),
    "late": t("Most late first"),
    "last_met": t("Longest without a meeting first"),
    "members": t("Most members first"),
    "health": t("Worst health first"),
}
KINDS: Final[Mapping[GroupKind, Text]] = {
    "vsla": t("Savings group (VSLA)"),
    "rosca": t("Rotation"),
    "sacco": t("Co-operative (SACCO)"),
    "savings": t("Savings only"),
}


RED: Final[Mapping[Red, Text]] = {
    "short_twice": t("Cash was short on two days"),
    "no_meetings": t("No meeting in three periods"),
    "no_officers": t("No officer can act"),
    "books": t("The books do not verify"),
}
PARTS: Final[Mapping[HealthPart, Text]] = {
    "met": t("Met as planned"),
    "attendance": t("Attendance"),
    "on_time": t("Loans not more than 30 days late"),
    "counted": t("Cash counted was what the book says"),
    "saving": t("Members who saved"),
}


@desk_page("/groups", agents=True)
def groups(desk: Desk) -> Response:
    """A page of the list; one more is read than shown, to know whether there is another."""
    asked = request.args
    order: GroupOrder = next((each for each in ORDERS if each == asked.get("order")), "name")
    kind: GroupKind | None = next((each for each in get_args(GroupKind) if each == asked.get("kind")), None)
    begins, after = asked.get("begins", "").strip()[:40], asked.get("after", "")[:60]
    visit = asked.get("visit") == "yes"
    wanted = GroupsWanted(order, begins, kind or "", visit, desk.groups, after, GROUPS_A_PAGE + 1)
    found = desk.store.figures.page(wanted)
    shown = found[:GROUPS_A_PAGE]
    same = {"order": order, "kind": kind, "begins": begins, "visit": "yes" if visit else ""}
    return desk.page(
        "groups.html",
        shown=shown,
        asked={"order": order, "kind": kind or "", "begins": begins, "visit": same["visit"]},
        first=address("/groups", **same) if after else "",
        next=address("/groups", **same, after=shown[-1].id) if len(found) > len(shown) else "",
        orders=list(ORDERS.items()),
        kinds=[("", t("All kinds")), *KINDS.items()],
        visits=[("", t("All groups")), ("yes", t("Those that need a visit"))],
        red=RED,
        visit_below=VISIT_BELOW,
        money=lambda minor, currency: Money(minor, currency),
        day=lambda text: date.fromisoformat(text) if text else None,
    )


@desk_page("/groups/<code>", agents=True)
def group(desk: Desk, code: str) -> Response:
    """One group: its figures now and at the end of each day. What its leaders see is a link away, to read."""
    found = group_for(desk.store, desk.caller, code, "agent")
    desk.note("group.seen", group=found.id)
    today = found.constitution.day(desk.store.now())
    span = Between((today - timedelta(days=DAYS)).isoformat(), today.isoformat())
    known = desk.store.figures.one(id=found.id)
    days = desk.store.group_days.find(group=found.id, day=span, sort="day")
    rows = [(date.fromisoformat(each.day), Money(each.figures.savings, found.currency)) for each in days]
    return desk.page(
        "group.html",
        group=found,
        kinds=KINDS,
        known=known,
        parts=[(PARTS[each], points, WORTH[each]) for each, points in health_of(known.figures).parts.items()]
        if known
        else [],
        red=[RED[each] for each in known.red] if known else [],
        money=lambda minor: Money(minor, found.currency),
        day=lambda text: date.fromisoformat(text) if text else None,
        chart=Chart(t("Savings at the end of the day"), t("Day"), rows) if len(rows) > 1 else None,
    )
