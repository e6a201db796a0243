"""Statements and pictures of a group, for its officers: as a file in a chat, in a few words on another phone."""

from collections.abc import Mapping
from typing import Final

from domain.books.statements import NoSuchPeriod
from domain.papers.order import NowhereToSend, OnItsWay, OrderPaper
from domain.people.limits import TooManyPapers
from domain.records.paper import PaperForm, PaperKind
from domain.records.person import Member
from domain.savings.statement import periods_of
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import Screen, say
from flows.engine.steps import Ask, Conversation
from flows.savings.period import ask_days
from flows.shown import has_saved, leads
from flows.words.refusals import refusal
from flows.words.texts import Label, t

_WHAT: Final[Mapping[str, tuple[Label, PaperKind, PaperForm]]] = {
    "pdf": (t("Statement to print"), "group_statement", "pdf"),
    "xlsx": (t("Spreadsheet"), "group_statement", "xlsx"),
    "csv": (t("Plain data (CSV)"), "group_statement", "csv"),
    "paid": (t("Picture: who has paid"), "who_paid", "png"),
    "growth": (t("Picture: savings"), "growth", "png"),
}
_FILE, _TEXT = "file", "text"


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
    labels = {name: label for name, (label, _, _) in _WHAT.items()}
    what = yield from ask.choice("what", t("{group}: what would you like?", group=group.name), labels)
    _, kind, form = _WHAT[what]
    periods = yield from read("periods", periods_of, group.id, me.id)
    first, last = periods.cycle, periods.today
    if kind != "who_paid":
        first, last = yield from ask_days(t("Of which days?"), periods)
    yield from ask.pin("pin", me.id, t("The statement of {group}. Your PIN?", group=group.name))
    return (yield from _order(OrderPaper(me.id, group.id, kind, form, first, last)))


@flow(
    "send_statement",
    label=t("Send my statement"),
    shown=has_saved,
    words=t("send statement, send my statement"),
    takes={"group": "name"},
)
def send_statement(me: Member) -> Conversation:
    """To a chat whole; or the newest five lines to the phone, for whoever has no chat with us."""
    group = yield from ask.pick("group", t("Which group?"), me.groups_ever)
    how = _TEXT
    if me.chats:
        how = yield from ask.choice(
            "how",
            t("Your statement: how?"),
            {_FILE: t("All of this cycle, to my chat"), _TEXT: t("The last five, as a text message")},
        )
    periods = yield from read("periods", periods_of, group.id, me.id)
    yield from ask.pin("pin", me.id, t("Your statement. Your PIN?"))
    days = (periods.cycle, periods.today)
    return (yield from _order(OrderPaper(me.id, group.id, "member_statement", "pdf", *days, text=how == _TEXT)))


def _order(command: OrderPaper) -> Ask[Screen]:
    try:
        sent: OnItsWay = yield from submit("order", command)
    except (NoSuchPeriod, NowhereToSend, TooManyPapers) as error:
        return say(refusal(error))
    if sent.goes == "chat":
        return say(t("It is on its way to your chat: {channel}.", channel=sent.channel))
    if command.text:
        return say(t("It is on its way to your phone."))
    return say(t("It is on its way to your phone, in short. For the whole file, open a chat with us."))
