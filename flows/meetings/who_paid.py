"""Who has paid for the meeting."""

from domain.meetings.who_paid import PAGE, Missing, meeting_paid, not_paid
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, read
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.groups.list_members import goes_on
from flows.shown import leads
from flows.words.texts import Text, joined, t


@flow("paid", label=t("Who has paid"), shown=leads)
def who_paid(me: Member) -> Conversation:
    """How many, how much, and who has not; of a group too large to list, from a number on that is typed."""
    group = yield from ask.pick("group", t("Who has paid in which group?"), me.groups_led)
    paid = yield from read("paid", meeting_paid, group.id)
    count = t(
        "{day}: {paid} of {members} have paid. {total} in all.",
        day=paid.meeting,
        paid=paid.paid,
        members=paid.members,
        total=paid.total,
    )
    first = 1
    if paid.numbers > PAGE:
        prompt = joined("\n", (count, t("Who has not paid? Start from which member number?")))
        first = yield from ask.number("first", prompt, least=1, most=paid.numbers)
    missing = yield from read("missing", not_paid, group.id, first)
    said = (t("Not yet:"), *map(said_missing, missing)) if missing else (t("Nobody is missing."),)
    return say(joined("\n", (count, *said, *goes_on(first + PAGE, paid.numbers))))


def said_missing(one: Missing) -> Text:
    """Who has not paid, and what: for the meeting, and for the social fund of those before."""
    if not one.missed:
        return t("{name}, {due}", name=one.name, due=one.due)
    if not one.due:
        return t("{name}, missed {missed}", name=one.name, missed=one.missed)
    return t("{name}, {due}, missed {missed}", name=one.name, due=one.due, missed=one.missed)
