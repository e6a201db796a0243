"""Statements and pictures of a group, for its officers: as a file in a chat, in a few words on another phone."""

from collections.abc import Mapping
from typing import Final

from domain.papers.order import OrderPaper, may_be_sent
from domain.records.paper import PaperForm, PaperKind
from domain.records.person import Member
from domain.savings.statement import periods_of
from flows import ask
from flows.dialogue import flow, read
from flows.engine.steps import Conversation
from flows.papers.ordering import order
from flows.savings.period import ask_days
from flows.shown import leads
from flows.words.texts import Label, t

_WHAT: Final[Mapping[str, tuple[Label, PaperKind, PaperForm]]] = {
    "pdf": (t("Statement to print"), "group_statement", "pdf"),
    "xlsx": (t("Spreadsheet"), "group_statement", "xlsx"),
    "csv": (t("Plain data (CSV)"), "group_statement", "csv"),
    "paid": (t("Picture: who has paid"), "who_paid", "png"),
    "growth": (t("Picture: savings"), "growth", "png"),
}


@flow(
    "papers",
    label=t("Statements, pictures"),
    shown=leads,
    words=t("group statement, picture, pictures, report"),
    takes={"group": "name"},
)
def papers(me: Member) -> Conversation:
    """One paper at a time; a worker makes it and sends it."""
    group = yield from ask.pick("group", t("Statement of which group?"), me.groups_led)
    yield from read("way", may_be_sent, me.id)
    # In a rotation nothing grows: what is put in is received.
    offered = [name for name in _WHAT if name != "growth" or group.kind != "rosca"]
    labels = {name: _WHAT[name][0] for name in offered}
    what = yield from ask.choice("what", t("{group}: what would you like?", group=group.name), labels)
    _, kind, form = _WHAT[what]
    periods = yield from read("periods", periods_of, group.id, me.id)
    first, last = periods.cycle, periods.today
    if kind != "who_paid":
        first, last = yield from ask_days(t("Of which days?"), periods)
    yield from ask.pin("pin", me.id, t("The statement of {group}. Your PIN?", group=group.name))
    return (yield from order(OrderPaper(me.id, group.id, kind, form, first, last)))
