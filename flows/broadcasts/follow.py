"""What became of a message to many: live counts, stop, rest, and again to those whom it did not reach."""

from collections.abc import Iterator
from typing import Final

from domain.broadcasts.progress import Progress, broadcast_progress
from domain.broadcasts.send import PauseBroadcast, SendAgain, SendingBegun, StopBroadcast
from domain.records.person import Member
from flows import ask
from flows.dialogue import go_round, possible, read, submit
from flows.engine.screen import Screen, say
from flows.engine.steps import Ask
from flows.groups.asked import officers_asked
from flows.words.broadcasts import MESSAGES, STATES, WHY_NOT
from flows.words.texts import Label, Text, joined, labelled, nt, t

REASONS_SHOWN: Final = 2


def follow(me: Member, broadcast: str) -> Ask[Screen]:
    """Look at it as often as they like; what can be done about it stands below."""
    while True:
        broadcast = yield from go_round("round", broadcast)
        seen = yield from read("progress", broadcast_progress, broadcast, me.id)
        said, can = joined("\n", _counts(seen)), _actions(seen)
        if not can:
            return say(said)
        match (yield from ask.choice("do", said, can)):
            case "stop":
                yield from submit("stop", StopBroadcast(me.id, broadcast))
                return say(t("Stopped. Nobody more gets it."))
            case "pause":
                yield from submit("pause", PauseBroadcast(me.id, broadcast, paused=True))
            case "go_on":
                yield from submit("go_on", PauseBroadcast(me.id, broadcast, paused=False))
            case "again":
                return (yield from _again(me, seen))


def _again(me: Member, seen: Progress) -> Ask[Screen]:
    yield from possible("may_again", SendAgain(me.id, seen.id))
    prompt = nt("Send it again to {count} member?", "Send it again to {count} members?", seen.again)
    if seen.unknown:
        known = t("Of {count} it is not known whether they got it: they may get it twice.", count=seen.unknown)
        prompt = joined("\n", (prompt, known))
    if not (yield from ask.confirm("sure", prompt)):
        return say(t("Nothing more is sent."))
    yield from ask.pin("pin_again", me.id, t("Send it again. Your PIN?"))
    begun: SendingBegun = yield from submit("again", SendAgain(me.id, seen.id))
    if begun.missing:
        return officers_asked(begun.missing)
    return say(t("It goes to them in a minute. To see it, choose Write to members."))


def _counts(seen: Progress) -> Iterator[Label]:
    yield labelled(MESSAGES[seen.kind], STATES[seen.state])
    if seen.seconds:
        yield t("Goes on {day} at {time}", day=seen.begins_on, time=seen.begins_at)
    parts = [
        t("{count} read", count=seen.read) if seen.read else None,
        t("{count} delivered", count=seen.delivered) if seen.delivered else None,
        t("{count} sent", count=seen.sent) if seen.sent else None,
        t("{count} still to send", count=seen.queued) if seen.queued else None,
        t("{count} not known", count=seen.unknown) if seen.unknown else None,
    ]
    if told := [part for part in parts if part]:
        yield joined(", ", told)
    shown = sorted(seen.not_reached, key=lambda each: -each.people)[:REASONS_SHOWN]
    for each in shown:
        yield t("{count} not: {why}", count=each.people, why=WHY_NOT[each.why])
    if others := sum(each.people for each in seen.not_reached) - sum(each.people for each in shown):
        yield t("{count} not: other reasons", count=others)


def _actions(seen: Progress) -> dict[str, Label]:
    actions: dict[str, Label] = {}
    if seen.can_stop:
        actions["stop"] = t("Stop it")
    if seen.can_pause:
        actions["pause"] = t("Pause it")
    if seen.state == "paused":
        actions["go_on"] = t("Let it go on")
    if seen.can_stop or seen.sent:
        actions["look"] = t("Look again")
    if seen.again:
        actions["again"] = t("Send again to the others")
    return actions


def line_of(what: Text, state: Text, day: object) -> Text:
    """A message in the list of a group's last ones."""
    return t("{day} {what}: {state}", day=day, what=what, state=state)
