"""
Fines: amounts the constitution lists, charged by an officer or by the rules, or an officer's own for a reason in
words; paid whole or waived by the officers.

A reason is fined once a member and day, whoever charges it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from domain.books.accounts import Account
from domain.books.ledger import Entry, Posting
from domain.books.statements import period
from domain.commands import handles, one_at_a_time
from domain.decisions.concluding import concludes, rests_on
from domain.decisions.rights import acting_officer, active_member, not_allowed, other_officer, saver
from domain.decisions.voting import asked_once, propose
from domain.errors import DomainError
from domain.money import Money
from domain.records.group import FineReason, Group
from domain.records.meeting import FINE_WORDS_MAX, Fine, FinedFor
from domain.records.notice import NoticeKind
from domain.records.payment import Payment, Way
from domain.records.person import NotAllowed
from domain.records.proposal import Proposal
from domain.savings.contribute import Asked
from domain.store import Between, Change, Store
from domain.tell import tell
from domain.treasury.coins import check_coins
from domain.treasury.money_in import collect
from domain.treasury.providers import can_collect
from domain.treasury.settle import Settled, settles, undoes

# What was waived is shown so long, and no more of it.
WAIVED_SHOWN: Final = timedelta(days=60)


class NoSuchFine(DomainError):
    """The constitution has no fine for this."""

    code = "no_such_fine"


class AlreadyFined(DomainError):
    """They have been fined for this today."""

    code = "already_fined"


class FineNotDue(DomainError):
    """It was paid or waived, or a payment of it is on its way."""

    code = "fine_not_due"


class FineTooHigh(DomainError):
    """More than an officer's own fines may come to in a day: `most` is left, in minor units of `currency`."""

    code = "fine_too_high"


@dataclass(frozen=True, slots=True)
class FineMember:
    """An officer fines a member what the constitution lists for the reason."""

    officer: str
    group: str
    person: str
    reason: FineReason


@dataclass(frozen=True, slots=True)
class FineInWords:
    """An officer fines a member for something that the constitution does not list."""

    officer: str
    group: str
    person: str
    reason: str
    amount: Money


@dataclass(frozen=True, slots=True)
class PayFine:
    """A member asks to be asked for a fine of theirs on their phone."""

    person: str
    fine: str


@dataclass(frozen=True, slots=True)
class RecordFine:
    """An officer writes down cash that a member handed over for a fine."""

    officer: str
    fine: str


@dataclass(frozen=True, slots=True)
class AskWaiver:
    """An officer, or the member who is fined, asks the officers to waive a fine, and says why."""

    officer: str
    fine: str
    reason: str


@dataclass(frozen=True, slots=True)
class FineDue:
    """A fine that is to be paid."""

    id: str
    reason: FinedFor
    amount: Money
    day: date
    payable: bool  # whether a mobile-money provider takes the currency


@dataclass(frozen=True, slots=True)
class WaivedFine:
    """A fine that a member was let off, and when."""

    reason: FinedFor
    amount: Money
    day: date


@dataclass(frozen=True, slots=True)
class ListedFine:
    """What the constitution asks for a reason."""

    reason: FineReason
    amount: Money


def fines_due(store: Store, group_id: str, person: str) -> Money:
    """What a member owes of fines in a group."""
    owed = sum(fine.amount.minor for fine in store.fines.find(group=group_id, person=person, state="due"))
    return Money(owed, store.groups.get(group_id).currency)


def fines_of(store: Store, group_id: str, person: str) -> list[FineDue]:
    """The fines a member owes, oldest first."""
    group = store.groups.get(group_id)
    owed = store.fines.find(group=group_id, person=person, state="due", sort="at")
    payable, day = can_collect(store, group.currency), group.constitution.day
    return [FineDue(fine.id, fine.reason, fine.amount, day(fine.at), payable) for fine in owed]


def fines_waived(store: Store, group_id: str, person: str) -> list[WaivedFine]:
    """What a member was let off in the last 60 days, the newest first."""
    group, now = store.groups.get(group_id), store.now()
    waived = store.fines.find(
        group=group_id,
        person=person,
        state="waived",
        waived_at=Between(now - WAIVED_SHOWN, now),
        sort="-waived_at",
    )
    return [
        WaivedFine(fine.reason, fine.amount, group.constitution.day(fine.waived_at))
        for fine in waived
        if fine.waived_at
    ]


def fines_listed(store: Store, group_id: str) -> list[ListedFine]:
    """The fines of the constitution."""
    return [ListedFine(reason, amount) for reason, amount in store.groups.get(group_id).constitution.fines.items()]


def own_fine_most(store: Store, group_id: str, person: str) -> Money:
    """
    The most that officers can still fine a member today for reasons of their own.

    All of a day come to no more than a share costs, or the dearest fine of the rules where that is more: so nobody
    is fined by one officer what the members never agreed to.
    """
    group = store.groups.get(group_id)
    rules, day = group.constitution, group.constitution.day(store.now())
    today = period(day, day, ZoneInfo(rules.time_zone))
    charged = store.fines.find(
        group=group.id, state=["due", "paid"], at=Between(today.first.at, today.until.at), person=person
    )
    own = sum(fine.amount.minor for fine in charged if fine.reason not in get_args(FineReason))
    dearest = max((rules.share_price, *rules.fines.values()), key=lambda amount: amount.minor)
    return Money(max(0, dearest.minor - own), group.currency)


def fine_id(group: Group, person: str, reason: str, day: date) -> str:
    """The one id that a fine for a reason can have of a member and a day; words are the same in any case."""
    if reason not in get_args(FineReason):
        reason = sha256(reason.casefold().encode()).hexdigest()[:16]
    return f"{group.id}:{group.meeting_key(day)}:{person}:{reason}"


def charge(tx: Store, group: Group, person: str, reason: FineReason, day: date, by: str) -> Money:
    """
    Fine a member for a day, and tell them; `by` is "" for the rules themselves. Answers with the amount.

    Raises NoSuchFine, AlreadyFined.
    """
    amount = group.constitution.fines.get(reason)
    if not amount:
        raise NoSuchFine
    return _charge(tx, group, person, reason, amount, day, by)


def _charge(tx: Store, group: Group, person: str, reason: str, amount: Money, day: date, by: str) -> Money:
    fine = Fine(fine_id(group, person, reason, day), group.id, person, reason, amount, tx.now(), by)
    if tx.fines.one(id=fine.id) is not None:
        raise AlreadyFined
    tx.fines.insert(fine)
    charged_by = tx.people.get(by).name if by else ""
    _tell_of(tx, fine, "fined", by=charged_by)
    return amount


@handles(FineMember)
def fine_member(tx: Store, command: FineMember) -> Money:
    """Answers with the amount. Raises NotAllowed, NoSuchFine, AlreadyFined."""
    acting_officer(tx, command.group, command.officer)
    active_member(tx, command.group, command.person)
    group = tx.groups.get(command.group)
    return charge(tx, group, command.person, command.reason, group.constitution.day(tx.now()), command.officer)


@handles(FineInWords)
def fine_in_words(tx: Store, command: FineInWords) -> Money:
    """Answers with the amount. Raises NotAllowed, NoSuchFine, AlreadyFined, FineTooHigh, NotInCoins."""
    # Two at once would both see what is left of the day.
    one_at_a_time(tx.people, command.person)
    acting_officer(tx, command.group, command.officer)
    active_member(tx, command.group, command.person)
    group, amount = tx.groups.get(command.group), command.amount
    if amount.currency != group.currency or amount.minor <= 0:
        raise not_allowed(tx, command.group, "changed")
    if command.reason in get_args(FineReason) or not 1 < len(command.reason) <= FINE_WORDS_MAX:
        raise NoSuchFine
    most = own_fine_most(tx, group.id, command.person)
    day = group.constitution.day(tx.now())
    if tx.fines.one(id=fine_id(group, command.person, command.reason, day)) is not None:
        raise AlreadyFined
    if amount.minor > most.minor:
        raise FineTooHigh(most=most.minor, currency=group.currency)
    check_coins(group.constitution, amount)
    return _charge(tx, group, command.person, command.reason, amount, day, command.officer)


@handles(PayFine)
def pay_fine(tx: Store, command: PayFine) -> Asked:
    """Raises NotAllowed, Frozen, GroupIsClosing, FineNotDue, TooManyPayments, NotCollected."""
    fine = tx.fines.get(command.fine)
    if fine.person != command.person:
        raise NotAllowed(why="theirs", group=tx.groups.get(fine.group).name)
    return _collect(tx, fine, "mobile_money")


@handles(RecordFine)
def record_fine(tx: Store, command: RecordFine) -> Asked:
    """Nobody writes down their own cash. Raises NotAllowed, Frozen, GroupIsClosing, FineNotDue."""
    fine = tx.fines.get(command.fine)
    other_officer(tx, fine.group, command.officer, fine.person)
    return _collect(tx, fine, "cash", command.officer)


def _collect(tx: Store, fine: Fine, way: Way, officer: str = "") -> Asked:
    # Two at once would both see the fine unpaid.
    one_at_a_time(tx.people, fine.person)
    group = tx.groups.get(fine.group)
    saver(tx, group, fine.person)
    on_its_way = any(payment.subject == fine.id for payment in tx.payments.open_of(fine.person))
    if tx.fines.get(fine.id).state != "due" or on_its_way:
        raise FineNotDue
    payment = collect(tx, group, fine.person, fine.amount, "fine", subject=fine.id, way=way, officer=officer)
    return Asked(payment.id, payment.ref)


@settles("fine")
def settle_fine(store: Store, payment: Payment, now: datetime) -> Settled:
    """The group's income; but the member's credit when the fine was waived or paid while this was on its way."""
    fine = store.fines.get(payment.subject)
    if fine.state != "due":
        credit = Posting(Account.CREDIT, -payment.amount.minor, payment.person)
        return Settled((credit,), about=fine.reason, credit=payment.amount)
    paid = Change("fines", payment.subject, {"state": "paid", "paid_at": now}, when={"state": "due"})
    others = fines_due(store, payment.group, payment.person) - fine.amount
    legs: tuple[Posting, ...] = (Posting(Account.FINES, -fine.amount.minor),)
    # Nobody is asked for more than the fine; who sends money without being asked may send more.
    over = payment.amount - fine.amount
    if over:
        legs = (*legs, Posting(Account.CREDIT, -over.minor, payment.person))
    return Settled(legs, (paid,), about=fine.reason, owed=others, credit=over or None)


@undoes("fine")
def fine_undone(store: Store, payment: Payment, posted: Entry) -> Settled:
    """The fine is due again, unless it was credit that came in for one that was not."""
    if all(leg.account != Account.FINES for leg in posted.postings):
        return Settled()
    return Settled(
        changes=(Change("fines", payment.subject, {"state": "due", "paid_at": None}, when={"state": "paid"}),)
    )


@handles(AskWaiver)
def ask_waiver(tx: Store, command: AskWaiver) -> int:
    """
    Answers with how many officers have to agree. Whoever is fined may ask, and does not decide: nor does another
    officer who asks for them.

    Raises NotAllowed, FineNotDue, AlreadyAsked, TooFewOfficers.
    """
    fine = tx.fines.get(command.fine)
    if command.officer == fine.person:
        active_member(tx, fine.group, fine.person)
    else:
        other_officer(tx, fine.group, command.officer, fine.person)
    if fine.state != "due":
        raise FineNotDue
    asked_once(tx, fine.group, "waiver", fine.id)
    return propose(
        tx,
        tx.groups.get(fine.group),
        "waiver",
        subject=fine.id,
        maker=command.officer,
        about=fine.person,
        contents={"fine": fine.id, "amount": fine.amount},
        values={"name": tx.people.get(fine.person).name, "amount": fine.amount, "reason": command.reason},
    ).needed


@rests_on("waiver")
def fine_still_due(tx: Store, proposal: Proposal) -> bool:
    """A fine that was paid meanwhile stays paid: there is nothing to let off."""
    return tx.fines.get(proposal.subject).state == "due"


@concludes("waiver", tells="subject")
def conclude_waiver(tx: Store, proposal: Proposal) -> None:
    """The fine is no longer due."""
    fine = tx.fines.change(proposal.subject, when={"state": "due"}, state="waived", waived_at=tx.now())
    assert fine is not None, "a waiver of what is not due any more has lapsed"
    _tell_of(tx, fine, "fine_waived", left=fines_due(tx, fine.group, fine.person))


def _tell_of(tx: Store, fine: Fine, kind: NoticeKind, **more: Any) -> None:
    group = tx.groups.get(fine.group).name
    values = {"amount": fine.amount, "group": group, "reason": fine.reason, **more}
    tell(tx, fine.person, kind, id=f"{kind}:{fine.id}", **values)
