"""The list of a group's members, with their numbers."""

from collections.abc import Sequence

from domain.groups.overview import LIST_PAGE, InList, member_list, numbers_given
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, read
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import leads
from flows.words.offices import OFFICES
from flows.words.texts import Label, Text, joined, t


@flow("list", label=t("List of members"), shown=leads)
def list_members(me: Member) -> Conversation:
    """Each with their number; of a group too large to list at once, from a number on that is typed."""
    group = yield from ask.pick("group", t("Members of which group?"), me.groups_led)
    numbers, first = (yield from read("numbers", numbers_given, group.id)), 1
    if numbers > LIST_PAGE:
        prompt = t("The list of {group}: from which number on? 1 to {most}.", group=group.name, most=numbers)
        first = yield from ask.number("first", prompt, least=1, most=numbers)
    there = yield from read("members", member_list, group.id, me.id, first)
    if not there:
        nobody = t("Nobody is in {group} from number {number} on.", group=group.name, number=first)
        return say(joined("\n", (nobody, *goes_on(first + LIST_PAGE, numbers))))
    return say(joined("\n", (*map(_line, there), *goes_on(first + LIST_PAGE, numbers))))


def goes_on(number: int, numbers: int) -> Sequence[Text]:
    """That there are others from a number on, where the list has as many `numbers`."""
    return (t("The list goes on with number {number}.", number=number),) if number <= numbers else ()


def _line(one: InList) -> Text:
    said: list[Label] = [t("{number}. {name}", number=one.number, name=one.name)]
    if one.role in OFFICES:
        said.append(OFFICES[one.role])
    if one.status != "active":
        said.append(t("suspended") if one.status == "suspended" else t("leaving"))
    return joined(", ", said)
