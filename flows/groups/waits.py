"""What waits for somebody in the group."""

from collections.abc import Iterator

from domain.groups.overview import Waits, what_waits
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, read
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import leads
from flows.words.texts import Text, joined, t


@flow("waits", label=t("What is waiting"), shown=leads)
def waits(me: Member) -> Conversation:
    """How much of each, and where it is done."""
    group = yield from ask.pick("group", t("What is waiting in which group?"), me.groups_led)
    found = list(_waiting((yield from read("waits", what_waits, group.id, me.id))))
    if not found:
        return say(t("Nothing is waiting in {group}.", group=group.name))
    return say(joined("\n", (t("Waiting in {group}:", group=group.name), *found)))


def _waiting(found: Waits) -> Iterator[Text]:
    if found.decisions:
        yield t("Decisions: {count} (Decide)", count=found.decisions)
    if found.joins:
        yield t("To join: {count} (Approve members)", count=found.joins)
    if found.loans:
        yield t("Loans to pay out: {count} (Loans of the group)", count=found.loans)
    if found.grants:
        yield t("Grants to pay: {count} (At the meeting)", count=found.grants)
    if found.contests:
        yield t("Cash records to check: {count} (Cash records)", count=found.contests)
    if found.unidentified:
        yield t("Not known whose: {count} (Our book)", count=found.unidentified)
