"""My last transactions."""

from domain.records.person import Member
from domain.savings.contribute import Transaction, last_transactions
from flows import ask
from flows.dialogue import flow, read
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import saves
from flows.words.texts import Text, joined, t


@flow(
    "statement",
    label=t("Last transactions"),
    shown=saves,
    words=t("statement, transactions, history"),
    takes={"group": "name"},
)
def statement(me: Member) -> Conversation:
    """The newest five in one group."""
    group = yield from ask.pick("group", t("Which group?"), me.groups)
    yield from ask.pin("pin", me.id, t("Your last transactions. Your PIN?"))
    newest = yield from read("transactions", last_transactions, group.id, me.id)
    if not newest:
        return say(t("Nothing yet in {group}.", group=group.name))
    return say(joined("\n", (group.name, *map(_line, newest))))


def _line(one: Transaction) -> Text:
    if one.ref:
        return t("{day} {amount} {ref}", day=one.on, amount=one.amount, ref=one.ref)
    return t("{day} {amount} cash", day=one.on, amount=one.amount)
