"""Which member? An officer says a number of the group's list, a phone, or how the name begins."""

from domain.people.find import ListedMember, find_members
from domain.people.phones import LookedForByNumber, NoSuchMember, country_of
from domain.records.person import GroupOfMember, Member
from flows import ask
from flows.dialogue import read
from flows.engine.steps import Ask
from flows.words.refusals import refusal
from flows.words.texts import t


def find_member(me: Member, group: GroupOfMember, *, gone: bool = False) -> Ask[ListedMember]:
    """One of those who are in the group, or were when `gone`; asked again until it is somebody."""
    prompt = t("Which member? Type the number in the group, phone or name.")
    while True:
        typed = yield from ask.who("who", prompt)
        try:
            found = yield from read("found", find_members, group.id, typed, country_of(me.phone), gone)
        except LookedForByNumber as large:
            prompt = refusal(large)
            continue
        except NoSuchMember:
            prompt = t(
                "No member of {group} matches {typed}. Type a number, phone or name.",
                group=group.name,
                typed=typed,
            )
            continue
        return (yield from ask.pick("which", t("Which of them?"), found))
