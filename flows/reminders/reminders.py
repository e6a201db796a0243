"""What members of a group are reminded of, as its officers want it."""

from collections.abc import Mapping
from typing import Final

from domain.records.person import Member
from domain.records.reminder import ReminderKind
from domain.reminders.switches import ChooseSummaryDay, RemindersNow, SwitchReminders, reminders_now
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import leads
from flows.words.rule_names import WEEKDAYS
from flows.words.texts import Label, t

_KINDS: Final[Mapping[ReminderKind, Label]] = {
    "contribution": t("Contributions"),
    "instalment": t("Instalments"),
    "meeting": t("Meetings"),
    "turn": t("Turns"),
    "vote": t("Votes"),
    "guarantee": t("Guarantees"),
    "summary": t("The week's figures"),
}
_WHICH_DAY: Final = "day"


@flow("reminders", label=t("Reminders"), shown=leads, words=t("reminders, reminder"))
def reminders(me: Member) -> Conversation:
    """Each kind is on or off for the whole group; the week's figures have their day."""
    group = yield from ask.pick("group", t("Reminders of which group?"), me.groups_led)
    now = yield from read("now", reminders_now, group.id, me.id)
    prompt = t("{group} reminds its members of these. Choose one to change it.", group=group.name)
    chosen = yield from ask.choice("kind", prompt, _offers(now))
    if chosen == _WHICH_DAY:
        days: Mapping[str, Label] = {str(day): words for day, words in enumerate(WEEKDAYS)}
        day = int((yield from ask.choice("weekday", t("On which day?"), days)))
        yield from submit("choose", ChooseSummaryDay(me.id, group.id, day))
        return say(t("Members hear the week's figures on {weekday} at 17:00.", weekday=WEEKDAYS[day]))
    kind = next(each for each in now.kinds if each == chosen)
    on = kind not in now.on
    yield from submit("switch", SwitchReminders(me.id, group.id, kind, on))
    if on:
        return say(t("{kind}: on. Members of {group} are reminded.", kind=_KINDS[kind], group=group.name))
    return say(t("{kind}: off. Nobody in {group} is reminded.", kind=_KINDS[kind], group=group.name))


def _offers(now: RemindersNow) -> Mapping[str, Label]:
    offers: dict[str, Label] = {}
    for kind in now.kinds:
        offers[kind] = (
            t("{kind}: on", kind=_KINDS[kind]) if kind in now.on else t("{kind}: off", kind=_KINDS[kind])
        )
    if "summary" in now.on:
        offers[_WHICH_DAY] = t("Day of the figures: {weekday}", weekday=WEEKDAYS[now.summary_day])
    return offers
