"""A member writes to a group or to its officers, and reads what others wrote; officers keep order."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.letters.keep_order import MUTED_DAYS, Mute, RemoveLetter, Unmute, muted_members
from domain.letters.kept_out import LETTER_LENGTH_MAX, check_letter
from domain.letters.read import OpenedLetter, OpenLetter, Which, find_letters
from domain.letters.write import WriteLetter, can_write
from domain.records.letter import WORD_LENGTH_MIN, LetterTo
from domain.records.person import GroupOfMember, Member
from flows import ask
from flows.dialogue import flow, go_round, read, submit
from flows.engine.screen import say
from flows.engine.steps import Ask, Conversation
from flows.shown import saves
from flows.words.texts import Label, Text, nt, t

COUNTED_MAX = 9  # new ones, in the menu
WORD_LENGTH_MAX = 20


@dataclass(frozen=True, slots=True)
class _At:
    """Which letter is read next: the one that was seen before is at `place`."""

    which: Which
    place: int = 0


def _waiting(me: Member) -> Label:
    new = me.letters_new
    if new > COUNTED_MAX:
        return t("Over {count} new messages", count=COUNTED_MAX)
    return nt("{count} new message", "{count} new messages", new) if new else _LABEL


_LABEL = t("Group messages")


@flow("letters", label=_LABEL, shown=saves, words=t("chat, group chat"), feature="letters", calls=_waiting)
def letters(me: Member) -> Conversation:
    """Read what is new, write, find a word; and for officers, who may not write."""
    group = yield from ask.pick("group", t("Messages of which group?"), me.groups)
    what = yield from ask.choice("what", t("Messages in {group}", group=group.name), _offers(group))
    if what == "muted":
        return (yield from _let_write(me, group))
    to: LetterTo = "officers" if what == "officers" else "group"
    if what in ("read", "find"):
        at = _At("new") if what == "read" else (yield from _find(me, group))
        if at is None:
            return say(t("No message in {group} has this word.", group=group.name))
        seen, what = yield from _browse(me, group, at)
        if seen is None:
            return say(t("There are no messages in {group} yet.", group=group.name))
        if what == "remove":
            yield from submit("remove", RemoveLetter(me.id, group.id, seen.place))
            return say(t("It is removed. It goes to nobody any more."))
        if what == "mute":
            return (yield from _mute(me, group, seen))
        if what != "answer":
            return say(_said(seen))
        to = seen.to
    return (yield from _write(me, group, to))


def _offers(group: GroupOfMember) -> Mapping[str, Label]:
    offers: dict[str, Label] = {"read": t("Read"), "group": t("Write to all"), "officers": t("Write to officers")}
    offers |= {"find": t("Find a word")}
    return offers | ({"muted": t("Who may not write")} if group.led else {})


def _write(me: Member, group: GroupOfMember, to: LetterTo) -> Conversation:
    yield from read("may", can_write, group.id, me.id)
    prompt = t("Your message to all in {group}? Up to {most} letters.", group=group.name, most=LETTER_LENGTH_MAX)
    if to == "officers":
        prompt = t(
            "Your message to the officers of {group}? Up to {most} letters.",
            group=group.name,
            most=LETTER_LENGTH_MAX,
        )
    text = yield from ask.letter("text", prompt, most=LETTER_LENGTH_MAX, check=check_letter)
    yield from submit("write", WriteLetter(me.id, group.id, to, text))
    if to == "officers":
        return say(t("Your message is with the officers of {group}.", group=group.name))
    return say(t("Sent to {group}. Who has a chat gets it now, others when they dial.", group=group.name))


def _find(me: Member, group: GroupOfMember) -> Ask[_At | None]:
    prompt = t("Which word? The newest messages that have it are shown.")
    word = yield from ask.text("word", prompt, least=WORD_LENGTH_MIN, most=WORD_LENGTH_MAX)
    found = yield from ask.one_of(
        "which",
        t("Which message?"),
        lambda past: read("found", find_letters, group.id, me.id, word, past),
        lambda one: t("{name}: {text}", name=one.name, text=one.text),
    )
    return _At("this", found.place) if found else None


def _browse(me: Member, group: GroupOfMember, at: _At) -> Ask[tuple[OpenedLetter | None, str]]:
    """One after the other, until there is something else to do; what that is, and about which."""
    while True:
        at = yield from go_round("letters", at)
        opened: OpenedLetter | None = yield from submit("open", OpenLetter(me.id, group.id, at.which, at.place))
        if opened is None:
            return None, ""
        then = yield from ask.choice("then", _said(opened), _next(me, group, opened))
        if then not in ("next", "earlier"):
            return opened, then
        at = _At("next" if then == "next" else "earlier", opened.place)


def _next(me: Member, group: GroupOfMember, opened: OpenedLetter) -> Mapping[str, Label]:
    offers: dict[str, Label] = {"next": t("Next")} if opened.later else {}
    offers |= {"earlier": t("Earlier")} if opened.earlier else {}
    offers |= {"answer": t("Answer")}
    offers |= {"remove": t("Remove")} if group.led or opened.by == me.id else {}
    return offers | ({"mute": t("Mute")} if group.led and opened.by != me.id else {})


def _said(opened: OpenedLetter) -> Text:
    said = {"name": opened.name, "day": opened.day, "text": opened.text}
    if opened.to == "officers":
        return t("{name} to the officers, {day}: {text}", **said)
    return t("{name}, {day}: {text}", **said)


def _mute(me: Member, group: GroupOfMember, seen: OpenedLetter) -> Conversation:
    labels: Mapping[str, Label] = dict(
        zip(map(str, MUTED_DAYS), (t("For a day"), t("For a week"), t("For a month")), strict=True)
    )
    days = yield from ask.choice("days", t("{name} may write nothing. For how long?", name=seen.name), labels)
    until = yield from submit("mute", Mute(me.id, group.id, seen.by, int(days)))
    return say(t("{name} may write nothing in {group} until {day}.", name=seen.name, group=group.name, day=until))


def _let_write(me: Member, group: GroupOfMember) -> Conversation:
    who = yield from ask.one_of(
        "who",
        t("Who may write again?"),
        lambda past: read("muted", muted_members, group.id, me.id, past),
        lambda one: t("{name}, until {day}", name=one.name, day=one.until),
    )
    if who is None:
        return say(t("In {group} everybody may write.", group=group.name))
    yield from submit("unmute", Unmute(me.id, group.id, who.id))
    return say(t("{name} may write in {group} again.", name=who.name, group=group.name))
