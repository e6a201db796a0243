"""
What members are to be reminded of today, over all their groups: worked out for many of them at once.

It is a matter of today's date alone, and of what is paid and decided by now: nothing is kept of what they were
reminded of before. Each sees their own amounts, and no one else's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from domain.books.accounts import Account
from domain.decisions.voting import CALLED_MAX
from domain.money import Money
from domain.records.group import Group, Paid, due
from domain.records.loan import Loan
from domain.records.payment import OPEN
from domain.records.person import OFFICERS, Membership, membership_id
from domain.records.proposal import OPEN_FOR, Proposal, excluded
from domain.records.reminder import ReminderKind
from domain.records.rota import Rota, owed_to_pot, rota_id
from domain.reminders.times import BEFORE_DUE, LATE, OFFICERS_HEAR, asks_on
from domain.store import PaidSpan, Store

# Of these whoever has something is looked for at eight; the rest waits for five, and goes with it where there is.
_AT_EIGHT: Final[frozenset[ReminderKind]] = frozenset({"instalment"})
# What is owed comes first, then what only takes a little time.
_ORDER: Final[Sequence[ReminderKind]] = ("instalment", "contribution", "turn", "meeting", "vote", "guarantee")


@dataclass(frozen=True, slots=True)
class Reminder:
    """
    One thing a member is reminded of: of what is to be paid the `amount`, by the `day`, or the meeting's, or the
    last on which they may answer.

    `done` of `all` meetings so far they have saved at, or so many instalments are paid: their own progress, 0 of 0
    where there is none yet. `late` is for how many days it has been owed. `of` is what it is about: the loan.
    """

    kind: ReminderKind
    group: str
    day: date
    amount: Money | None = None
    done: int = 0
    all: int = 0
    late: int = 0
    of: str = ""

    @property
    def is_for_morning(self) -> bool:
        return self.kind in _AT_EIGHT

    @property
    def is_for_officers(self) -> bool:
        """They were reminded often enough: from now on officers talk with them."""
        return self.late == OFFICERS_HEAR


@dataclass(frozen=True, slots=True)
class DueToday:
    """The reminders of some members by person, the most pressing first, and all the groups they are in, by id."""

    by_person: Mapping[str, Sequence[Reminder]]
    groups: Mapping[str, Group]
    memberships: Mapping[str, Sequence[Membership]]  # by person, who joined first


@dataclass(frozen=True, slots=True)
class _Members:
    """Those we look at, in groups that are not being shared out, at a moment."""

    store: Store
    now: datetime
    groups: Mapping[str, Group]
    memberships: Sequence[Membership]

    def today(self, group: Group) -> date:
        return group.constitution.day(self.now)

    def meets_tomorrow(self, group: Group) -> bool:
        return meets_on(group, self.today(group) + timedelta(days=1))


def due_today(store: Store, people: Sequence[str], now: datetime) -> DueToday:
    """
    What these people are to be reminded of on the day it is. Nobody who was asked for a payment and has not
    answered is reminded of anything: it may be that.
    """
    found = store.memberships.find(person=list(people), status="active", sort="asked_at")
    groups = {each.id: each for each in store.groups.among([*{each.group for each in found}])}
    paying = {each.person for each in store.payments.find(person=list(people), state=list(OPEN), direction="in")}
    # While a cycle is shared out nothing is to be done.
    going_on = {each.id: each for each in groups.values() if not each.closing}
    members = [each for each in found if each.group in going_on and each.person not in paying]
    looked_at = _Members(store, now, going_on, members)
    reminders: dict[str, list[Reminder]] = {}
    for person, reminder in _all_of(looked_at):
        if reminder.kind not in groups[reminder.group].silent:
            reminders.setdefault(person, []).append(reminder)
    for each in reminders.values():
        each.sort(key=lambda one: (_ORDER.index(one.kind), -one.late, one.day, one.group))
    whose: dict[str, list[Membership]] = {}
    for membership in found:
        whose.setdefault(membership.person, []).append(membership)
    return DueToday(reminders, groups, whose)


def meets_on(group: Group, day: date) -> bool:
    """Whether the group meets on a day."""
    return group.constitution.meeting_from(day) == day


def _all_of(members: _Members) -> Iterator[tuple[str, Reminder]]:
    yield from _of_loans(members)
    yield from _of_meetings(members)
    yield from _of_votes(members)
    yield from _of_guarantees(members)


def _of_loans(members: _Members) -> Iterator[tuple[str, Reminder]]:
    people, groups = [each.person for each in members.memberships], list(members.groups)
    for loan in members.store.loans.find(person=people, group=groups, state="active"):
        if reminder := of_loan(loan, members.today(members.groups[loan.group])):
            yield loan.person, reminder


def of_loan(loan: Loan, today: date) -> Reminder | None:
    """What a borrower is reminded of, of this loan: of what is late, else of what comes."""
    standing = loan.standing(today)
    unpaid = [line for line in standing.lines if line.unpaid.total]
    lines = [line for line in standing.lines if line.number]
    done = len([line for line in lines if not line.unpaid.total])
    oldest = standing.oldest_unpaid
    if oldest and (late := (today - oldest).days) in (*LATE, OFFICERS_HEAR) and standing.due:
        return Reminder("instalment", loan.group, oldest, standing.due, done, len(lines), late, loan.id)
    for line in unpaid:
        if (today - line.due).days in BEFORE_DUE:
            by_then = (each.unpaid.total for each in unpaid if each.due <= line.due)
            amount = sum(by_then, Money(0, loan.amount.currency))
            return Reminder("instalment", loan.group, line.due, amount, done, len(lines), of=loan.id)
    return None


def _of_meetings(members: _Members) -> Iterator[tuple[str, Reminder]]:
    """The meeting of tomorrow, what is still to be put in for it, and whose turn it is."""
    meeting = [each for each in members.memberships if members.meets_tomorrow(members.groups[each.group])]
    if not meeting:
        return
    spans = [_span(members, each) for each in meeting]
    paid = members.store.paid_at(*spans)
    rotas, held = _rotations(members, meeting)
    for membership, span in zip(meeting, spans, strict=True):
        group, person, day = members.groups[membership.group], membership.person, span.last
        rows, rota = paid[group.id, person], rotas.get(group.id)
        if group.kind == "rosca":
            in_pot = held.get((group.id, person), 0)
            social = due(group.constitution, rows.get(group.meeting_key(day), Paid()), 0)
            owed = social + owed_to_pot(rota, group, membership, in_pot, day)
        else:
            owed = due(group.constitution, rows.get(group.meeting_key(day), Paid()), membership.hands)
        done, so_far = _progress(group, rows, membership, span)
        if owed and "contribution" not in group.silent:
            yield person, Reminder("contribution", group.id, day, owed, done, so_far)
        else:
            yield person, Reminder("meeting", group.id, day, None, done, so_far)
        if rota and rota.turn[0] == person and rota.next_due(group.constitution, day) == day:
            yield person, Reminder("turn", group.id, day, rota.pot)


def _span(members: _Members, membership: Membership) -> PaidSpan:
    """From the meeting that a member was first to pay for in this cycle to tomorrow's."""
    group = members.groups[membership.group]
    joined = group.constitution.day(membership.joined_at or group.created_at)
    tomorrow = members.today(group) + timedelta(days=1)
    return PaidSpan(group.id, membership.person, min(tomorrow, max(joined, group.cycle_from)), tomorrow)


def _rotations(
    members: _Members, meeting: Iterable[Membership]
) -> tuple[Mapping[str, Rota], Mapping[tuple[str, str], int]]:
    """The rotas of these members' groups, and what each has in the pot, in minor units, by group and person."""
    rotating: dict[str, list[str]] = {}
    for each in meeting:
        if members.groups[each.group].kind == "rosca":
            rotating.setdefault(each.group, []).append(each.person)
    ids = [rota_id(id, members.groups[id].cycle) for id in rotating]
    rotas = {each.group: each for each in members.store.rotas.among(ids)}
    held = {}
    for id, people in rotating.items():
        for (_, person), minor in members.store.books.of_members(id, [Account.POT], people).items():
            held[id, person] = -minor
    return rotas, held


def _progress(group: Group, rows: Mapping[str, Paid], membership: Membership, span: PaidSpan) -> tuple[int, int]:
    """At how many of the meetings before the one that comes a member has saved, and how many there were."""
    rules, day = group.constitution, group.constitution.meeting_from(span.first)
    least, done, so_far = rules.share_price.minor * membership.hands, 0, 0
    while day < span.last:
        so_far += 1
        done += rows.get(group.meeting_key(day), Paid()).shares >= least
        day = rules.meeting_after(day)
    return done, so_far


def _of_votes(members: _Members) -> Iterator[tuple[str, Reminder]]:
    """One for each group in which something waits for the member's vote: the one that closes first."""
    by_group: dict[str, list[Proposal]] = {}
    for each in members.store.proposals.find(group=list(members.groups), state="open", sort="created_at"):
        rules = members.groups[each.group].constitution
        asked, today = rules.day(each.created_at), rules.day(members.now)
        if each.expires_at > members.now and asks_on(asked, today):
            by_group.setdefault(each.group, []).append(each)
    for membership in members.memberships:
        group = members.groups[membership.group]
        waiting = [each for each in by_group.get(group.id, ()) if _waits_for(each, membership, group)]
        if waiting:
            day = group.constitution.day(min(each.expires_at for each in waiting))
            yield membership.person, Reminder("vote", group.id, day)


def _waits_for(proposal: Proposal, membership: Membership, group: Group) -> bool:
    """Whether this member may vote on it and has not. In a group too large to be called, members are not."""
    person = membership.person
    if membership.no_phone or person in (*proposal.yes, *proposal.no):
        return False
    if person in excluded(proposal.maker, proposal.about, proposal.by):
        return False
    return membership.role in OFFICERS if proposal.by == "officers" else group.members <= CALLED_MAX


def _of_guarantees(members: _Members) -> Iterator[tuple[str, Reminder]]:
    """Who was asked to stand for a loan and has not answered. Whose loan, and how much, they see in the menu."""
    wanted: dict[str, Any] = {"guarantees.person": [each.person for each in members.memberships]}
    theirs = {each.id for each in members.memberships}
    for loan in members.store.loans.find(state="submitted", **wanted) if theirs else ():
        group = members.groups.get(loan.group)
        if group is None or not asks_on(group.constitution.day(loan.asked_at), members.today(group)):
            continue
        for each in loan.guarantees:
            if each.state == "asked" and membership_id(loan.group, each.person) in theirs:
                until = group.constitution.day(loan.asked_at + OPEN_FOR)
                yield each.person, Reminder("guarantee", group.id, until, of=loan.id)
