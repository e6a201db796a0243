"""Putting money into a group's savings: by mobile money or in cash, and what a member sees of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.books.accounts import Account
from domain.books.ledger import Entry, Posting
from domain.commands import check_not_read_only, handles, one_at_a_time
from domain.decisions.rights import other_officer, saver
from domain.errors import DomainError
from domain.money import MINOR_MAX, Money
from domain.records.group import SAVINGS_ACCOUNT, Group, Paid, PaymentPart, allocate, due, paid_of, room
from domain.records.payment import Payment, Ref, Way
from domain.records.person import Membership, NotAllowed, membership_id
from domain.records.rota import Rota, owed_to_pot, rota_id
from domain.savings.social_due import SocialDue, social_due
from domain.store import Change, MoneyProvider, Store
from domain.treasury.money_in import check_chosen, check_may_pay_in, collect, collectors_of
from domain.treasury.providers import can_collect
from domain.treasury.settle import Settled, settles, undoes


class TooMuch(DomainError):
    """More than the constitution lets one member put in for one meeting; `most` is what is left, 0 for nothing."""

    code = "too_much"


@dataclass(frozen=True, slots=True)
class Contribute:
    """A member asks to be asked for money on their phone."""

    group: str
    person: str
    amount: Money
    again: bool = True  # though the same was asked for a moment ago


@dataclass(frozen=True, slots=True)
class RecordCash:
    """An officer writes down cash that a member handed over for their savings."""

    group: str
    person: str
    amount: Money
    officer: str
    again: bool = True  # though the same may have come in before


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer to a command that moves money: the payment's reference as a person reads it."""

    payment: str
    ref: Ref


@dataclass(frozen=True, slots=True)
class Due:
    """
    What a member has still to put in for a meeting, and the most they may. None for nothing: `missed` is what the
    social fund misses of meetings before, `waiting` what they were asked to pay on their phone and has not come.
    `carriers` take it from that phone: see `check_carried`.
    """

    amount: Money
    most: Money
    meeting: date
    payable: bool  # whether a mobile-money provider takes the currency
    missed: Money | None = None
    waiting: Money | None = None
    carriers: tuple[MoneyProvider, ...] = ()


@dataclass(frozen=True, slots=True)
class Savings:
    """
    What a member has in a group. `shares` counts them, None where there are none to have; `waiting` is asked for
    but not confirmed.

    Of a rotation `total` is what they put into it this cycle, whatever they received.
    """

    group: str
    total: Money
    shares: int | None
    credit: Money
    waiting: Money
    due: Money
    meeting: date
    missed: Money | None = None  # of the social fund, at meetings before


def contributions_due(store: Store, group_id: str, person: str) -> Due:
    """What `person` should put in now, counting what is on its way."""
    return _due_now(store, store.groups.get(group_id), store.memberships.get(membership_id(group_id, person)))


def contributions_to_ask(store: Store, group_id: str, person: str) -> Due:
    """The same for a member who may be asked for it on their phone. Raises as `may_pay_in`."""
    check_not_read_only(store)
    group = store.groups.get(group_id)
    membership, payer = check_may_pay_in(store, group, person)
    due = _due_now(store, group, membership)
    if not due.payable:
        return due
    return replace(due, carriers=collectors_of(store, group.currency, payer.phone))


def _due_now(store: Store, group: Group, membership: Membership) -> Due:
    person = membership.person
    coming = store.payments.open_of(person)
    meeting, paid = _this_meeting(store, group, person, coming)
    social = social_due(store, [(group, membership)], _social_on_its_way(coming))[group.id, person]
    payable, missed = can_collect(store, group.currency), social.missed or None
    waiting = _waiting(coming, group)
    if group.kind == "rosca":
        owed = _owed_to_rotation(store, group, person, paid, meeting)
        return Due(owed, owed, meeting, payable, missed, waiting)
    return Due(due(group.constitution, paid), room(group.constitution, paid), meeting, payable, missed, waiting)


def social_owed(store: Store, group: Group, person: str) -> SocialDue:
    """What a member owes the social fund, counting what is on its way."""
    membership = store.memberships.get(membership_id(group.id, person))
    coming = _social_on_its_way(store.payments.open_of(person))
    return social_due(store, [(group, membership)], coming)[group.id, person]


def savings(store: Store, person: str) -> list[Savings]:
    """What `person` has in each group: stored balances, in as many queries for ten groups as for one."""
    active = {each.group: each for each in store.memberships.find(person=person, status="active", sort="asked_at")}
    order = list(active)
    groups = store.groups.among(order)
    rotas = {rota.group: rota for rota in store.rotas.among([rota_id(group.id, group.cycle) for group in groups])}
    days = {group.id: group.constitution.meeting(store.now()) for group in groups}
    meetings = {group.id: group.meeting_key(days[group.id]) for group in groups}
    balances = store.books.of_member_in(list(meetings), person)
    paid = store.paid(person, meetings)
    waiting = [each for each in store.payments.open_of(person) if each.direction == "in"]
    social = social_due(store, [(group, active[group.id]) for group in groups], _social_on_its_way(waiting))
    lines = []
    for group in sorted(groups, key=lambda group: order.index(group.id)):
        saved, credit = -balances[group.id, SAVINGS_ACCOUNT[group.kind]], -balances[group.id, Account.CREDIT]
        shares = -balances[group.id, Account.SHARES] // group.constitution.share_price.minor
        put_in = _with_open(paid[group.id], waiting, group.id, meetings[group.id])
        owed = due(group.constitution, put_in)
        if group.kind == "rosca":
            rota, held = rotas.get(group.id), saved
            on_its_way = held + _pot_on_its_way(waiting, group.id)
            owed = _owed(rota, group, active[group.id], on_its_way, put_in, days[group.id])
            saved = rota.put_in(person, held) if rota else held
        lines.append(
            Savings(
                group=group.name,
                total=Money(saved + credit, group.currency),
                shares=shares if group.kind in ("vsla", "sacco") else None,
                credit=Money(credit, group.currency),
                waiting=Money(sum(p.amount.minor for p in waiting if p.group == group.id), group.currency),
                due=owed,
                meeting=days[group.id],
                missed=social[group.id, person].missed or None,
            )
        )
    return lines


def credit_of(store: Store, group_id: str, person: str) -> int:
    """What a member has as credit, in minor units."""
    return -store.books.of_member_in([group_id], person)[group_id, Account.CREDIT]


def room_at(store: Store, group: Group, membership: Membership, at: datetime) -> tuple[date, Paid, Money]:
    """
    The meeting that a contribution of a moment is for, what its member has put in for that, and the most they may
    still, both with what is on its way.
    """
    person = membership.person
    day, paid = _meeting_of(store, group, person, store.payments.open_of(person), at)
    if group.kind == "rosca":
        return day, paid, max(Money(0, group.currency), _owed_to_rotation(store, group, person, paid, day))
    return day, paid, room(group.constitution, paid)


def _this_meeting(store: Store, group: Group, person: str, coming: list[Payment]) -> tuple[date, Paid]:
    return _meeting_of(store, group, person, coming, store.now())


def _meeting_of(store: Store, group: Group, person: str, coming: list[Payment], at: datetime) -> tuple[date, Paid]:
    day = group.constitution.meeting(at)
    meeting = group.meeting_key(day)
    paid = store.paid(person, {group.id: meeting})[group.id]
    return day, _with_open(paid, coming, group.id, meeting)


def _waiting(coming: list[Payment], group: Group) -> Money | None:
    """What a member was asked to pay on their phone for savings or the social fund, and has not come."""
    amounts = [each.amount for each in coming if each.group == group.id and each.purpose == "contribution"]
    return sum(amounts, Money(0, group.currency)) or None


def _with_open(paid: Paid, waiting: list[Payment], group: str, meeting: str) -> Paid:
    """What is paid for a meeting together with what is on its way to it."""
    to_the_group = (each for each in waiting if each.group == group and each.purpose == "contribution")
    return sum((paid_of(each.parts) for each in to_the_group if each.counts_for == meeting), paid)


def _owed_to_rotation(store: Store, group: Group, person: str, paid: Paid, meeting: date) -> Money:
    """What is due of the cycle so far and for this meeting's round: it is also the most that can be put in."""
    held = -store.books.of_member_in([group.id], person)[group.id, Account.POT]
    held += _pot_on_its_way(store.payments.open_of(person), group.id)
    rota = store.rotas.one(id=rota_id(group.id, group.cycle))
    return _owed(rota, group, store.memberships.get(membership_id(group.id, person)), held, paid, meeting)


def _owed(rota: Rota | None, group: Group, membership: Membership, held: int, paid: Paid, meeting: date) -> Money:
    social = max(0, group.constitution.social.minor - paid.social)
    return owed_to_pot(rota, group, membership, held, meeting) + Money(social, group.currency)


def _social_on_its_way(waiting: list[Payment]) -> Mapping[str, int]:
    """What a member is putting into the social fund of each group, in minor units."""
    coming: Counter[str] = Counter()
    for payment in waiting:
        coming[payment.group] += paid_of(payment.parts).social
    return coming


def _pot_on_its_way(waiting: list[Payment], group: str) -> int:
    """What a member is putting into the pot, for whichever meeting, in minor units."""
    parts = (part for payment in waiting if payment.group == group for part in payment.parts)
    return sum(part.amount.minor for part in parts if part.account == Account.POT)


@handles(Contribute)
def contribute(tx: Store, command: Contribute) -> Asked:
    """
    Write the payment down; nothing is posted until the provider has confirmed it.

    Raises NotAllowed, Frozen, GroupIsClosing, TooMuch, TooLittle, TooManyPayments, NotCollected, AskedBefore.
    """
    return _put_in(tx, command.group, command.person, command.amount, "mobile_money", again=command.again)


@handles(RecordCash)
def record_cash(tx: Store, command: RecordCash) -> Asked:
    """
    Post it; the member is told. Nobody writes down their own cash.

    Raises NotAllowed, Frozen, GroupIsClosing, TooMuch, AskedBefore.
    """
    other_officer(tx, command.group, command.officer, command.person)
    return _put_in(tx, command.group, command.person, command.amount, "cash", command.officer, again=command.again)


def _put_in(
    tx: Store, group_id: str, person: str, amount: Money, way: Way, officer: str = "", *, again: bool = True
) -> Asked:
    # Two at once would both see the room there was before either.
    one_at_a_time(tx.people, person)
    group = tx.groups.get(group_id)
    saver(tx, group, person)
    if amount.currency != group.currency:
        raise NotAllowed(why="amount", group=group.name)
    meeting, paid = _this_meeting(tx, group, person, tx.payments.open_of(person))
    most = room(group.constitution, paid)
    if group.kind == "rosca":
        most = _owed_to_rotation(tx, group, person, paid, meeting)
    if not 0 < amount.minor <= most.minor:
        raise TooMuch(most=max(0, most.minor), currency=group.currency)
    if way != "cash":
        check_chosen(tx, person, amount, most, due(group.constitution, paid))
    parts = allocate(amount, group.constitution, paid, group.kind, credit_of(tx, group.id, person))
    day = meeting.isoformat()
    payment = collect(
        tx, group, person, amount, "contribution", parts=parts, meeting=day, way=way, officer=officer, again=again
    )
    return Asked(payment.id, payment.ref)


@settles("contribution")
def settle_contribution(store: Store, payment: Payment, now: datetime) -> Settled:
    """
    Its parts, to the member's accounts and the social fund; and it counts for its meeting. Where credit is among
    them, they are what there is of it now.
    """
    parts, changes = payment.parts, list[Change]()
    if payment.moves_credit:
        parts = _with_credit_of_now(store, payment)
        changes.append(Change("payments", payment.id, {"parts": parts}))
    legs = tuple(Posting(part.account, -part.amount.minor, payment.person) for part in parts)
    counted = paid_of(parts)
    credit = (
        Money(counted.credit, payment.amount.currency) if payment.paid_for == "pot" and counted.credit else None
    )
    paid = (payment.person, payment.counts_for, counted)
    return Settled(legs, tuple(changes), owed=_left_after(store, payment, now), credit=credit, paid=paid)


def _left_after(store: Store, payment: Payment, now: datetime) -> Money | None:
    """
    What its owner has still to pay once this has come: to the rotation with its social fund, or to the social fund
    alone. None for savings, whose receipt says what is saved. Nothing that is on its way counts: it is not paid.
    """
    if payment.paid_for not in ("pot", "social_fund"):
        return None
    group = store.groups.get(payment.group)
    membership = store.memberships.get(membership_id(group.id, payment.person))
    if payment.paid_for == "social_fund":
        owed = social_due(store, [(group, membership)], {})[group.id, payment.person].total - payment.amount
    else:
        meeting = group.constitution.meeting(now)
        key = group.meeting_key(meeting)
        paid = _with_open(store.paid(payment.person, {group.id: key})[group.id], [payment], group.id, key)
        held = -store.books.of_member_in([group.id], payment.person)[group.id, Account.POT]
        rota = store.rotas.one(id=rota_id(group.id, group.cycle))
        owed = _owed(rota, group, membership, held + _pot_on_its_way([payment], group.id), paid, meeting)
    return Money(max(0, owed.minor), group.currency)


@undoes("contribution")
def contribution_undone(store: Store, payment: Payment, posted: Entry) -> Settled:
    """It no longer counts for its meeting."""
    counted = paid_of(payment.parts)
    return Settled(
        paid=(payment.person, payment.counts_for, Paid(-counted.shares, -counted.social, -counted.credit))
    )


def _with_credit_of_now(store: Store, payment: Payment) -> tuple[PaymentPart, ...]:
    """The parts of a contribution, with as many shares as it buys together with the credit that there is."""
    group = store.groups.get(payment.group)
    if group.kind != "vsla":
        return payment.parts  # what is saved there needs no credit of before
    social = sum(part.amount.minor for part in payment.parts if part.account == Account.SOCIAL_FUND)
    paid = store.paid(payment.person, {group.id: payment.counts_for})[group.id]
    others = [each for each in store.payments.open_of(payment.person) if each.id != payment.id]
    paid = _with_open(paid, others, group.id, payment.counts_for)
    credit = credit_of(store, group.id, payment.person)
    rest = Money(payment.amount.minor - social, group.currency)
    saved = allocate(rest, group.constitution, replace(paid, social=MINOR_MAX), group.kind, credit)
    kept = tuple(part for part in payment.parts if part.account == Account.SOCIAL_FUND)
    return (*kept, *saved)
