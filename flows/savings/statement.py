"""My last transactions."""

from domain.records.person import GroupOfMember, Member
from domain.savings.statement import last_transactions
from flows import ask
from flows.dialogue import flow, read
from flows.engine.screen import say
from flows.engine.steps import Ask, Conversation
from flows.shown import has_saved
from flows.words.lines import say_line
from flows.words.texts import joined, t


@flow(
    "statement",
    label=t("Last transactions"),
    shown=has_saved,
    words=t("statement, transactions, history"),
    takes={"group": "name"},
)
def statement(me: Member) -> Conversation:
    """The newest five in one group; who has left it reads what was theirs."""
    group = yield from which_group(me)
    yield from ask.unlock("pin", me.id, t("Your last transactions. Your PIN?"))
    newest = yield from read("transactions", last_transactions, group.id, me.id)
    if not newest:
        return say(t("Nothing yet in {group}.", group=group.name))
    return say(joined("\n", (group.name, *map(say_line, newest))))


def which_group(me: Member) -> Ask[GroupOfMember]:
    """One that they are in, or were: what was theirs there they can always read."""
    return (yield from ask.pick("group", t("Which group?"), me.groups_ever))
