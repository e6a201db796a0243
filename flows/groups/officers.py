"""The officers of a group: who they are, who is named, and handing over."""

from collections.abc import Mapping, Sequence
from typing import Final

from domain.decisions.rights import may_lead
from domain.groups.officers import HandOver, Held, NameOfficer, Office, offices
from domain.records.person import GroupOfMember, Member
from flows import ask
from flows.dialogue import flow, possible, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.groups.asked import others_asked
from flows.people.find_member import find_member
from flows.shown import leads
from flows.words.offices import OFFICES
from flows.words.texts import Label, Text, joined, t

_NAME: Final[Mapping[Office, Text]] = {
    "chairperson": t("Name a chairperson"),
    "secretary": t("Name a secretary"),
    "treasurer": t("Name a treasurer"),
}


@flow("officers", label=t("Officers"), shown=leads)
def officers(me: Member) -> Conversation:
    """Who holds which office; a member is named for one that is vacant, or for mine after me."""
    group = yield from ask.pick("group", t("Officers of which group?"), me.groups_led)
    yield from read("may", may_lead, group.id, me.id)
    held = yield from read("offices", offices, group.id)
    labels = _vacant(held) | {"hand_over": t("Hand over my office")}
    what = yield from ask.choice("what", joined("\n", map(_said, held)), labels)
    if what != "hand_over":
        return (yield from _name(me, group, what, held))
    who = yield from find_member(me, group)
    yield from possible("may_hand_over", HandOver(me.id, group.id, who.id))
    prompt = t("Hand over to {name}. Your PIN?", name=who.name)
    yield from ask.pin("pin", me.id, prompt, fresh=True)
    return others_asked((yield from submit("hand_over", HandOver(me.id, group.id, who.id))))


def name_officer(me: Member, group: GroupOfMember) -> Conversation:
    """The same of a member, where no officer can act; all members decide."""
    held = yield from read("offices", offices, group.id)
    labels = _vacant(held)
    if not labels:
        return say(joined("\n", [*map(_said, held), t("They can open each other's accounts.")]))
    what = yield from ask.choice("what", joined("\n", map(_said, held)), labels)
    return (yield from _name(me, group, what, held))


def _vacant(held: Sequence[Held]) -> dict[str, Label]:
    return {each.office: _NAME[each.office] for each in held if not each.name}


def _name(me: Member, group: GroupOfMember, what: str, held: Sequence[Held]) -> Conversation:
    who = yield from find_member(me, group)
    office = next(each.office for each in held if each.office == what)
    yield from possible("may_name", NameOfficer(me.id, group.id, who.id, office))
    yield from ask.pin(
        "pin_name", me.id, t("{name} becomes {role}. Your PIN?", name=who.name, role=OFFICES[office])
    )
    return others_asked((yield from submit("name", NameOfficer(me.id, group.id, who.id, office))))


def _said(held: Held) -> Text:
    return t("{role}: {name}", role=OFFICES[held.office], name=held.name or t("nobody"))
