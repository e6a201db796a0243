"""A leader writes to many members of their group: to whom, what, when; how it will read; then a PIN."""

from collections.abc import Mapping, Sequence
from typing import Final, get_args

from domain.broadcasts.audience import members_numbered
from domain.broadcasts.preview import InLanguage, Preview, preview_of
from domain.broadcasts.progress import BroadcastLine, recent_broadcasts
from domain.broadcasts.send import SendBroadcast, SendingBegun, StopBroadcast, WhenSent, may_broadcast
from domain.broadcasts.words import WORDS_MAX, check_words
from domain.people.phones import NoSuchMember
from domain.records.broadcast import REMINDERS, Audience, MessageKind
from domain.records.person import LANGUAGES, GroupOfMember, Member
from domain.tables import Some
from flows import ask
from flows.broadcasts.follow import follow, line_of
from flows.broadcasts.preview import cost_of, reading, says, summary
from flows.dialogue import flow, possible, read, submit
from flows.engine.screen import Screen, say
from flows.engine.steps import Ask, Conversation
from flows.groups.asked import officers_asked
from flows.people.language import LANGUAGE_NAMES
from flows.shown import leads
from flows.words.broadcasts import AUDIENCES, MESSAGES, STATES
from flows.words.texts import Label, Text, joined, t

# What can be said to whom: nobody hears of what is not theirs.
SAYS: Final[Mapping[Audience, Sequence[MessageKind]]] = {
    "all": ("meeting", "decision", "words"),
    "unpaid": ("due", "words"),
    "late": ("late", "words"),
    "officers": ("meeting", "decision", "words"),
    "chosen": ("meeting", "due", "words"),
}
TIMES: Final[Mapping[WhenSent, Text]] = {
    "now": t("Now"),
    "morning": t("Tomorrow morning"),
    "before_meeting": t("The day before the meeting"),
    "each_meeting": t("The day before each meeting"),
}


@flow("broadcast", label=t("Write to members"), shown=leads)
def broadcast(me: Member) -> Conversation:
    """A new message, or one of the last ones and what became of it."""
    group = yield from ask.pick("group", t("Write to which group?"), me.groups_led)
    chosen = yield from ask.one_or_key(
        "which",
        t("Messages to members of {group}", group=group.name),
        lambda past: read("before", recent_broadcasts, group.id, me.id, past),
        _new_or_before,
    )
    if chosen is None or isinstance(chosen, str):
        return (yield from _write(me, group))
    return (yield from follow(me, chosen.id))


def _new_or_before(some: Some[BroadcastLine]) -> Mapping[str, Label]:
    before = {each.id: line_of(MESSAGES[each.kind], STATES[each.state], each.day) for each in some}
    return {"new": t("New message"), **before}


def _write(me: Member, group: GroupOfMember) -> Ask[Screen]:
    audience = yield from _audience(group)
    kind = yield from _kind(group, audience)
    if audience == "chosen":
        yield from read("may", may_broadcast, group.id, me.id, kind)
    else:
        # Is there anybody, and another officer where one has to agree?
        yield from possible("may_send", SendBroadcast(me.id, group.id, kind, audience, repeated=True))
    chosen = (yield from _chosen(group)) if audience == "chosen" else ()
    words = (yield from _words()) if kind == "words" else ""
    when = yield from _when(kind)
    asked = (group.id, me.id, kind, audience, words, chosen, when)
    seen = yield from read("preview", preview_of, *asked)
    said = says(seen, kind, group.name, me.name, words)
    if not (yield from _agreed(seen, said)):
        return say(t("Nothing is sent."))
    yield from ask.pin("pin", me.id, t("Send it to {count} members. Your PIN?", count=seen.people))
    cost = cost_of(seen, said)
    order = SendBroadcast(
        me.id,
        group.id,
        kind,
        audience,
        words,
        chosen,
        when,
        cost=cost.minor if cost else 0,
        repeated=seen.before,
    )
    return (yield from _sent(me, (yield from submit("send", order))))


def _audience(group: GroupOfMember) -> Ask[Audience]:
    labels: dict[str, Label] = {who: AUDIENCES[who] for who in SAYS if who != "late" or group.lends}
    chosen = yield from ask.choice("audience", t("Write to which members?"), labels)
    return next(who for who in SAYS if who == chosen)


def _kind(group: GroupOfMember, audience: Audience) -> Ask[MessageKind]:
    """A treasurer reminds; the others also write what they like."""
    able = [kind for kind in SAYS[audience] if group.role != "treasurer" or kind in REMINDERS]
    if len(able) == 1:
        return able[0]
    chosen = yield from ask.choice("kind", t("What does it say?"), {kind: MESSAGES[kind] for kind in able})
    return next(kind for kind in able if kind == chosen)


def _chosen(group: GroupOfMember) -> Ask[tuple[str, ...]]:
    prompt = t("Which members? Type their numbers in the group, with spaces between them.")
    while True:
        typed = yield from ask.numbers("numbers", prompt)
        try:
            found = yield from read("chosen", members_numbered, group.id, tuple(typed))
        except NoSuchMember:
            prompt = t("One of these numbers is no member's. Type the numbers again.")
            continue
        return tuple(found)


def _words() -> Ask[str]:
    prompt = t("Your words, {most} letters at most. Your name and group stand before them.", most=WORDS_MAX)
    return (yield from ask.text("words", prompt, most=WORDS_MAX, least=2, check=check_words))


def _when(kind: MessageKind) -> Ask[WhenSent]:
    # What repeats is ready to be said: nobody writes the same words each week.
    able = [when for when in get_args(WhenSent) if kind in REMINDERS or when != "each_meeting"]
    chosen = yield from ask.choice("when", t("When?"), {when: TIMES[when] for when in able})
    return next(when for when in able if when == chosen)


def _agreed(seen: Preview, said: Text) -> Ask[bool]:
    """They see whom it reaches, how it reads in each language, and that it was said before."""
    if seen.before and not (
        yield from ask.confirm(
            "repeat", t("The same was sent in the last two days, or goes before each meeting. Send it again?")
        )
    ):
        return False
    send, leave = t("Send"), t("Do not send")
    able: dict[str, Label] = {"send": send, "read": t("See how it reads"), "no": leave}
    answer = yield from ask.choice("ok", joined("\n", summary(seen, said)), able)
    if answer == "read":
        # To the end, however long it is.
        shown = reading((yield from _in_language(seen)), said)
        return (yield from ask.agree("read", shown, yes=send, no=leave))
    return answer == "send"


def _in_language(seen: Preview) -> Ask[InLanguage]:
    by_name: dict[str, InLanguage] = {each.language: each for each in seen.languages}
    if len(by_name) == 1:
        return next(iter(by_name.values()))
    labels: dict[str, Label] = {key: LANGUAGE_NAMES[key] for key in LANGUAGES if key in by_name}
    return by_name[(yield from ask.choice("language", t("In which language?"), labels))]


def _sent(me: Member, begun: SendingBegun) -> Ask[Screen]:
    if begun.missing:
        return officers_asked(begun.missing)
    text = t("It goes on {day} at {time}. Until then you can stop it.", day=begun.day, time=begun.at)
    can: dict[str, Label] = {"stop": t("Stop it"), "see": t("See how it goes")}
    if (yield from ask.choice("sent", text, can)) == "stop":
        yield from submit("stop_it", StopBroadcast(me.id, begun.broadcast))
        return say(t("Stopped. Nobody gets it."))
    return (yield from follow(me, begun.broadcast))
