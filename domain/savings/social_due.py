"""
What members owe the social fund: its part of the meeting that comes, and what is missing of those before.

What was missed adds up within a cycle, from the day somebody joined on, and stays due until it is paid. Each
meeting asks for what the constitution said when its day began: a change counts from the meeting after it. Whoever
was excused owes it too. In the cycle in which a group moved in, what its sheets say that a member owes is part of
it. What is paid beyond a meeting's own part is for what was missed, the oldest first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.money import Money
from domain.records.group import Adopted, Constitution, Group, Paid, day_of
from domain.records.person import Membership
from domain.store import PaidSpan, Store


@dataclass(frozen=True, slots=True)
class SocialDue:
    """What a member owes the social fund for the `next` meeting, or today's, and for those `missed`."""

    next: Money
    missed: Money

    @property
    def total(self) -> Money:
        return self.next + self.missed


def social_due(
    store: Store, wanted: Sequence[tuple[Group, Membership]], on_its_way: Mapping[str, int] | None = None
) -> Mapping[tuple[str, str], SocialDue]:
    """
    What these members owe, by group and person: two queries for them all. `on_its_way` is what comes in by mobile
    money for the social fund of a group, in minor units, where all are of one person.
    """
    spans = [PaidSpan(group.id, who.person, _since(group, who), _upcoming(store, group)) for group, who in wanted]
    paid = store.paid_at(*spans)
    versions: dict[str, list[Adopted]] = {}
    for each in store.constitutions.find(group=[*{group.id for group, _ in wanted}], sort="version"):
        versions.setdefault(each.group, []).append(each)
    dues = {}
    for (group, who), span in zip(wanted, spans, strict=True):
        rows = paid[group.id, who.person]
        of_cycle = {key: each for key, each in rows.items() if key == group.meeting_key(day_of(key))}
        coming = (on_its_way or {}).get(group.id, 0)
        asked = _asked(group, versions.get(group.id, []), span.first, span.last) + _brought(group, who)
        dues[group.id, who.person] = _due(group, of_cycle, asked, span.last, coming)
    return dues


def _due(group: Group, paid: Mapping[str, Paid], asked: int, upcoming: date, coming: int) -> SocialDue:
    """`asked` is what the meetings before the upcoming one come to."""
    part = group.constitution.social.minor
    in_all = sum(each.social for each in paid.values()) + coming
    own = paid.get(group.meeting_key(upcoming), Paid()).social + coming
    due = max(0, part - own)
    missed = max(0, asked + part - in_all - due)
    return SocialDue(Money(due, group.currency), Money(missed, group.currency))


def _brought(group: Group, who: Membership) -> int:
    moved_in = group.before is not None and group.cycle_from <= group.before.as_of
    return who.social_brought if moved_in else 0


def _since(group: Group, who: Membership) -> date:
    joined = who.joined_at or group.created_at
    return max(group.constitution.day(joined), group.cycle_from)


def _upcoming(store: Store, group: Group) -> date:
    return group.constitution.meeting(store.now())


def _asked(group: Group, versions: Sequence[Adopted], first: date, until: date) -> int:
    """What the meetings from one day on, and before another, ask for: each what was said when its day began."""
    day = group.constitution.day
    of_before = [each for each in versions if day(each.at) <= group.cycle_from]
    changed = [each for each in versions if day(each.at) > group.cycle_from]
    # Of a group that moved in there are none of before: it began with the first.
    began_with = of_before[-1:] or versions[:1]
    begins = began_with[0].constitution if began_with else group.constitution
    asked, rules, since = 0, begins, first
    for each in changed:
        upto = min(day(each.at) + timedelta(days=1), until)
        asked += _of_meetings(rules, since, upto)
        rules, since = each.constitution, max(since, upto)
    return asked + _of_meetings(rules, since, until)


def _of_meetings(rules: Constitution, first: date, until: date) -> int:
    """What these rules ask for from one day on, and before another."""
    meetings, day = 0, rules.meeting_from(first)
    while day < until:
        meetings, day = meetings + 1, rules.meeting_after(day)
    return meetings * rules.social.minor
