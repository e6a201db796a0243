"""
Cash has two sides: an officer writes it down, the member is told and can say that it is not right.

What was written down wrongly is taken back by an officer who did not write it: a mirror entry, and what it counted
for no longer counts. The right record is then made anew.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from domain.books.accounts import ACCOUNTS, SAVINGS, Account
from domain.books.ledger import Draft, Posting, reversal
from domain.commands import handles, one_at_a_time
from domain.decisions.rights import active_member, other_officer
from domain.errors import DomainError
from domain.loans.owed import LoanView, loans_of
from domain.loans.repay import take_back
from domain.loans.use_credit import CreditUse
from domain.meetings.from_credit import payable_from_credit
from domain.money import Money
from domain.people.find import names_of
from domain.records.contest import CONTESTED_WITHIN, Contest
from domain.records.group import Group
from domain.records.notice import NoticeKind
from domain.records.payment import Direction, Payment, Purpose, Way
from domain.records.person import AlreadyDecided, NotAllowed, membership_id
from domain.sacco.share_capital import ShareCapital, share_capital
from domain.savings.contribute import Due, contributions_due
from domain.savings.fines import FineDue, fines_of
from domain.savings.free import check_unbound
from domain.savings.social_fund import fund
from domain.store import Between, Change, Effects, Store
from domain.tables import Some
from domain.tell import tell, tell_officers
from domain.treasury.settle import undone
from domain.treasury.take_back import (
    CashWasUsed,
    NotReversible,
    check_may_be_taken_back,
    to_credit_reference,
)
from domain.treasury.wallets import provider_in


class AlreadyContested(DomainError):
    """The member has said so before."""

    code = "already_contested"


class TooLateToContest(DomainError):
    """The record is older than `days`."""

    code = "too_late_to_contest"


@dataclass(frozen=True, slots=True)
class ContestCash:
    """A member says what is wrong with cash that was written down for them."""

    person: str
    payment: str
    words: str


@dataclass(frozen=True, slots=True)
class ReverseCash:
    """An officer takes back a record of cash that another one made, and says why."""

    officer: str
    payment: str
    reason: str


@dataclass(frozen=True, slots=True)
class KeepCash:
    """An officer lets a contested record stand, and says why."""

    officer: str
    payment: str
    reason: str


@dataclass(frozen=True, slots=True)
class ToPay:
    """
    What a member may hand over cash for: savings up to their most, fines whole, loans, shares of a SACCO; and what
    their credit can pay instead, while a meeting is open.
    """

    savings: Due
    fines: list[FineDue]
    loans: list[LoanView]
    shares: ShareCapital | None = None
    from_credit: CreditUse | None = None


@dataclass(frozen=True, slots=True)
class CashRecord:
    """
    Cash that was written down for a member; what they said against it, None for nothing yet. For an officer, also
    mobile money of theirs that came in.
    """

    id: str
    amount: Money
    direction: Direction
    purpose: Purpose
    day: date
    contested: str | None
    way: Way = "cash"


@dataclass(frozen=True, slots=True)
class ContestedRecord:
    """A record that a member contests: whose it is, who wrote it down, and what they say."""

    id: str
    name: str
    officer: str
    amount: Money
    direction: Direction
    purpose: Purpose
    day: date
    words: str


def to_pay(store: Store, group_id: str, person: str) -> ToPay:
    """What an officer can take a member's cash for."""
    group, savings = store.groups.get(group_id), contributions_due(store, group_id, person)
    fines, loans = fines_of(store, group_id, person), loans_of(store, group_id, person)
    return ToPay(
        savings=savings,
        fines=fines,
        loans=loans,
        shares=share_capital(store, group_id, person) if group.kind == "sacco" else None,
        from_credit=payable_from_credit(store, group, person, savings, fines, loans),
    )


def my_cash(store: Store, group_id: str, person: str) -> list[CashRecord]:
    """The cash of the last 14 days that was written down for a member and stands, newest first."""
    return _recent(store, group_id, person, lambda payment: payment.way == "cash")


def records_of(store: Store, group_id: str, person: str) -> list[CashRecord]:
    """What an officer can put right of the last 14 days: the same, and the member's mobile money that came in."""
    return _recent(store, group_id, person, lambda each: each.way == "cash" or came_by_phone(each))


def came_by_phone(payment: Payment) -> bool:
    """Whether it is mobile money that a provider has moved into the group."""
    return (payment.way, payment.direction, payment.state) == ("mobile_money", "in", "succeeded")


def _recent(store: Store, group_id: str, person: str, shown: Callable[[Payment], bool]) -> list[CashRecord]:
    now, group = store.now(), store.groups.get(group_id)
    recent = store.payments.find(
        person=person,
        created_at=Between(now - CONTESTED_WITHIN, now),
        group=group_id,
        reversed=False,
        sort="-created_at",
    )
    records = [payment for payment in recent if shown(payment)]
    said = {contest.id: contest.words for contest in store.contests.among([each.id for each in records])}
    return [
        CashRecord(
            id=each.id,
            amount=each.amount,
            direction=each.direction,
            purpose=each.purpose,
            day=group.constitution.day(each.created_at),
            contested=said.get(each.id),
            way=each.way,
        )
        for each in records
    ]


def contested(store: Store, group_id: str, past: str = "") -> Some[ContestedRecord]:
    """What members contest and no officer has answered, oldest first."""
    group = store.groups.get(group_id)
    contests = store.contests.some(past=past, group=group_id, state="open", sort="at")
    payments = {payment.id: payment for payment in store.payments.among([each.id for each in contests])}
    ids = {id for payment in payments.values() for id in (payment.person, payment.officer)}
    names = names_of(store, ids)
    records = [
        ContestedRecord(
            id=each.id,
            name=names[each.person],
            officer=names[payment.officer],
            amount=payment.amount,
            direction=payment.direction,
            purpose=payment.purpose,
            day=group.constitution.day(payment.created_at),
            words=each.words,
        )
        for each in contests
        for payment in [payments[each.id]]
    ]
    return Some(records, contests.more)


@handles(ContestCash)
def contest_cash(tx: Store, command: ContestCash) -> None:
    """Every officer is told. Raises NotAllowed, TooLateToContest, AlreadyContested."""
    payment, now = tx.payments.get(command.payment), tx.now()
    active_member(tx, payment.group, command.person)
    if payment.person != command.person or payment.way != "cash" or payment.reversed:
        raise NotAllowed(why="theirs", group=tx.groups.get(payment.group).name)
    if now - payment.created_at > CONTESTED_WITHIN:
        raise TooLateToContest(days=CONTESTED_WITHIN.days)
    if tx.contests.one(id=payment.id) is not None:
        raise AlreadyContested
    tx.contests.insert(Contest(payment.id, payment.group, payment.person, command.words, now))
    group, who = tx.groups.get(payment.group), tx.people.get(payment.person)
    tell_officers(
        tx, group, "cash_contested", id=f"contested:{payment.id}", but=who.id, name=who.name, amount=payment.amount
    )


@handles(KeepCash)
def keep_cash(tx: Store, command: KeepCash) -> None:
    """The member is told why. Raises NotAllowed, AlreadyDecided."""
    payment = tx.payments.get(command.payment)
    other_officer(tx, payment.group, command.officer, payment.person, payment.officer)
    contest = tx.contests.change(
        payment.id, when={"state": "open"}, state="kept", decided_by=command.officer, answer=command.reason
    )
    if contest is None:
        raise AlreadyDecided
    _tell_decided(tx, payment, "cash_kept", payment.person, command.reason)


@handles(ReverseCash)
def reverse_cash(tx: Store, command: ReverseCash) -> None:
    """
    Take a record back; the member and whoever wrote it down are told.

    Raises NotAllowed, what `check_may_be_taken_back` raises, NotReversible, CashWasUsed, SavingsStandForLoan,
    InsufficientFunds when the box has no longer what came in, and what `take_back` raises for a repayment.
    """
    payment = tx.payments.get(command.payment)
    other_officer(tx, payment.group, command.officer, payment.person, payment.officer)
    # The next cycle or round that begins at the same moment would not see it.
    one_at_a_time(tx.groups, payment.group)
    group, told = tx.groups.get(payment.group), True
    check_may_be_taken_back(group, payment)
    if payment.purpose == "repayment":
        take_back(tx, group, payment)
    else:
        told = mirror(tx, group, payment)
    closed = {"state": "reversed", "decided_by": command.officer, "answer": command.reason}
    tx.contests.change(payment.id, when={"state": "open"}, **closed)
    for person in dict.fromkeys((payment.person, payment.officer) if told else (payment.officer,)):
        _tell_decided(tx, payment, "cash_reversed", person, command.reason)


def mirror(tx: Store, group: Group, payment: Payment, *, to_credit: bool = False) -> bool:
    """
    Post the mirror of its entry, and what it counted for no longer counts. Whether the member is told: who has
    died is not.

    Mobile money stays, so its mirror goes `to_credit`. Raises NotReversible, CashWasUsed, SavingsStandForLoan,
    InsufficientFunds.
    """
    posted = tx.books.with_reference(payment.group, payment.reference)
    assert posted is not None, "what succeeded has its entry"
    back = reversal(posted, f"reverse:{payment.id}", tx.now())
    if to_credit:
        back = _on_credit(back, payment)
    _check_unused(tx, group, payment, back)
    before = undone(tx, payment, posted)
    gone = Change("payments", payment.id, {"reversed": True}, when={"reversed": False})
    tx.post(back, Effects(before.paid, (gone, *before.changes)))
    if before.then:
        before.then(tx)
    return before.told


def _on_credit(back: Draft, payment: Payment) -> Draft:
    """The mirror, but that the money is not given back: it is its member's credit."""
    minor = payment.amount.minor
    stays = Posting(Account.WALLET, minor, provider=provider_in(back.postings))
    legs = (*back.postings, stays, Posting(Account.CREDIT, -minor, payment.person))
    sums: Counter[tuple[str, str, str, str]] = Counter()
    for leg in legs:
        sums[leg.account, leg.member, leg.loan, leg.provider] += leg.amount
    kept = tuple(Posting(account, minor, *of) for (account, *of), minor in sums.items() if minor)
    if not kept:
        raise NotReversible(why="credit")
    return replace(back, reference=to_credit_reference(payment), text="to credit", postings=kept)


def _check_unused(tx: Store, group: Group, payment: Payment, back: Draft) -> None:
    """
    No member has less than nothing after it, or less than stands for loans, and the social fund what is on its
    way out of it. What is somebody's again they can be paid: they have not left since.
    """
    for leg in back.postings:
        if leg.member and ACCOUNTS[leg.account].kind in ("liability", "equity"):
            if leg.amount < 0:
                _check_can_have(tx, payment)
                continue
            held = -tx.books.of_member_in([back.book], leg.member)[back.book, leg.account]
            if leg.amount > held:
                raise CashWasUsed
            if leg.account in SAVINGS:
                check_unbound(tx, group, leg.member, leg.amount)
        if leg.account == Account.SOCIAL_FUND and leg.amount > fund(tx, back.book).minor:
            raise CashWasUsed


def _check_can_have(tx: Store, payment: Payment) -> None:
    """Who was paid because they leave is leaving again, see `domain/groups/leave.py`. Raises NotReversible."""
    membership = tx.memberships.get(membership_id(payment.group, payment.person))
    if payment.purpose != "exit" and membership.status not in ("active", "suspended"):
        raise NotReversible(why="left")


def _tell_decided(tx: Store, payment: Payment, kind: NoticeKind, person: str, reason: str) -> None:
    tell(
        tx,
        person,
        kind,
        id=f"{kind}:{payment.id}:{person}",
        name=tx.people.get(payment.person).name,
        amount=payment.amount,
        group=tx.groups.get(payment.group).name,
        reason=reason,
    )
