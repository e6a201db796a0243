"""Pictures for officers: who has paid for the meeting, and how what members have saved has grown."""

from typing import Final

from domain.papers.pictures import Grown, PaidSeen
from flows.engine.chart import Entrant, Growth, Progress, growth_picture, progress_picture
from flows.engine.document import File
from flows.engine.plain_words import plain
from flows.words.texts import Text, Words, nt, t

# More on a picture nobody reads on a phone: who has not paid is listed before the others.
LISTED_MAX: Final = 40


def paid_picture(seen: PaidSeen, says: Words) -> File:
    """Who has not paid, with what is missing, and then who has."""
    paid = seen.paid
    owing = [Entrant(each.name, done=False, missing=says.value(each.total)) for each in seen.missing]
    lines = [*owing, *(Entrant(name, done=True) for name in seen.done)]
    listed = lines[:LISTED_MAX]
    left = max(0, paid.members - len(listed))
    title = says.say(t("Who has paid, {group}", group=seen.group))
    return progress_picture(
        plain(f"{title} {paid.meeting}"),
        Progress(
            title=title,
            said=says.say(said_paid(seen)),
            part=paid.paid / paid.members if paid.members else 0.0,
            list=listed,
            more=says.say(nt("and {count} other", "and {count} others", left)) if left else "",
        ),
    )


def said_paid(seen: PaidSeen) -> Text:
    """How many and how much, in a sentence."""
    paid = seen.paid
    return t(
        "{day}: {paid} of {members} have paid. {total} in all.",
        day=paid.meeting,
        paid=paid.paid,
        members=paid.members,
        total=paid.total,
    )


def growth_drawn(grown: Grown, says: Words) -> File:
    """From the first day to the last."""
    first, last = grown.days[0][0], grown.days[-1][0]
    title = says.say(t("Savings of {group}", group=grown.group))
    return growth_picture(
        plain(f"{title} {last}"),
        Growth(
            title=title,
            said=says.say(said_growth(grown)),
            days=[day for day, _ in grown.days],
            amounts=[minor for _, minor in grown.days],
            first=says.value(grown.before),
            last=says.value(grown.after),
            first_day=f"{says.value(first)} {first.year}",
            last_day=f"{says.value(last)} {last.year}",
        ),
    )


def said_growth(grown: Grown) -> Text:
    """By how much it grew, or fell, in a few words."""
    more = grown.after - grown.before
    if not more:
        return t("As much as before")
    if more.minor < 0:
        return t("{amount} less than before", amount=-more)
    return t("{amount} more than before", amount=more)
