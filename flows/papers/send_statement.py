"""My own statement, to a chat of mine, by e-mail or as a text message."""

from domain.papers.order import OrderPaper, may_be_sent
from domain.records.person import Member
from domain.savings.statement import periods_of
from flows import ask
from flows.dialogue import flow, read
from flows.engine.steps import Conversation
from flows.papers.ordering import order
from flows.shown import has_saved
from flows.words.texts import t

_FILE, _TEXT = "file", "text"


@flow(
    "send_statement",
    label=t("Send my statement"),
    shown=has_saved,
    words=t("send statement, send my statement"),
    takes={"group": "name"},
)
def send_statement(me: Member) -> Conversation:
    """To a chat or by e-mail whole; or the newest five lines to the phone, for whoever has no chat with us."""
    group = yield from ask.pick("group", t("Which group?"), me.groups_ever)
    yield from read("way", may_be_sent, me.id)
    how = _TEXT
    if me.chats or me.email:
        whole = t("All of this cycle, as a file") if me.email else t("All of this cycle, to my chat")
        how = yield from ask.choice(
            "how",
            t("Your statement: how?"),
            {_FILE: whole, _TEXT: t("The last five, as a text message")},
        )
    periods = yield from read("periods", periods_of, group.id, me.id)
    yield from ask.pin("pin", me.id, t("Your statement. Your PIN?"))
    days = (periods.cycle, periods.today)
    return (yield from order(OrderPaper(me.id, group.id, "member_statement", "pdf", *days, text=how == _TEXT)))
