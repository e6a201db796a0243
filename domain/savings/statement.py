"""
A member's statement: what they paid and what they were paid, event by event, as the receipts said it.

The lines are read from the book's entries, and each entry that concerns a member is in one: so whatever happens is
there, and what the lines changed is what the book has. An entry that names nobody, as that of a fine which was
paid in cash, is found by its payment. What moved no money but is a member's news, a fine that was waived, is a
line too, which changes nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from domain.books.accounts import Account
from domain.books.events import HELD, BookEvent, EventKind, event_of
from domain.books.ledger import Entry
from domain.books.statements import BEGINNING, NoSuchPeriod, period
from domain.decisions.rights import no_member
from domain.money import Money
from domain.records.group import Group
from domain.records.payment import FAILED, OPEN, Payment, Purpose, Ref, Way
from domain.records.person import membership_id
from domain.store import Between, Store

# Of the entries that name a member, so many are looked at for those that are shown.
_LOOKED_AT: Final = 20
LAST: Final = 5
SHOWN: Final = 100  # on a screen, of a statement of some days
# What may be paid without an entry that names who paid: the whole of it is the group's, or the social fund's.
_MAY_NAME_NOBODY: Final[tuple[Purpose, ...]] = ("repayment", "fine", "grant")

# What a line is about: what a payment is for, or what happened without one.
What = Literal[
    "savings", "social_fund", "pot", "share_capital", "repayment", "fine", "credit",
    "loan", "grant", "share_out", "rotation", "withdrawal", "exit",
    "to_credit", "restated", "written_off",
    "loan_from_savings", "loan_from_guarantors", "loan_of_another", "loan_from_credit", "loan_from_part",
    "fine_from_credit", "social_from_credit", "fines_from_part", "part", "leaving", "fines_at_leaving",
    "less_than_coin", "stays", "bid", "dividend", "referral", "found", "opening", "opening_loans", "fine_waived",
    "other",
]  # fmt: skip
TransactionState = Literal[
    "done",
    "on_its_way",
    "not_sent",  # it was to be sent, and a later line says that it is back
    "came_back",
    "undone",  # a later line takes it back
    "taken_back",  # this is that line
]


_STATES: Final[Mapping[EventKind, TransactionState]] = {
    "not_sent": "came_back",
    "taken_back": "taken_back",
    "restated": "taken_back",
}


@dataclass(frozen=True, slots=True)
class Transaction:
    """
    A line of a member's statement. `amount` is the whole sum, above zero; `way` is "" where no money was handed
    over or sent. `about` is the reference of a loan or the reason of a fine, "" for none.

    `held` and `owed` are what the line changed, in minor units: what the member has in the group, and the
    principal they owe it.
    """

    on: date
    what: What
    amount: Money
    ref: Ref
    way: Way | Literal[""]
    state: TransactionState
    about: str
    held: int
    owed: int


@dataclass(frozen=True, slots=True)
class Statement:
    """
    A member's lines of some days, the oldest first; `left_out` more come before those that are here.

    What they have in the group and what they owe it, before the first day and after the last one.
    """

    group: str
    first: date
    last: date
    had: Money
    owed: Money
    has: Money
    owes: Money
    lines: list[Transaction]
    left_out: int


@dataclass(frozen=True, slots=True)
class Periods:
    """What a statement can be asked for: from these days on, until `today`."""

    today: date
    month: date
    cycle: date


def periods_of(store: Store, group_id: str, person: str) -> Periods:
    """Raises NotAllowed."""
    group = _own(store, group_id, person)
    today = group.constitution.day(store.now())
    return Periods(today, today.replace(day=1), group.cycle_from)


def last_transactions(store: Store, group_id: str, person: str) -> list[Transaction]:
    """The newest five lines, newest first. Raises NotAllowed."""
    group = _own(store, group_id, person)
    newest = store.books.of_member(group.id, person, limit=_LOOKED_AT)
    since = newest[-1].at if len(newest) == _LOOKED_AT else BEGINNING.at
    payments = store.payments.find(
        person=person, group=group.id, state="succeeded", sort="-created_at", limit=_LOOKED_AT
    )
    entries = [*newest, *_unnamed(store, group, newest, payments)]
    lines = _lines(store, group, person, [entry for entry in entries if entry.at >= since], (since, store.now()))
    return lines[::-1][:LAST]


def statement_of(store: Store, group_id: str, person: str, first: date, last: date) -> Statement:
    """All lines of some days, both included. Raises NotAllowed, NoSuchPeriod."""
    group = _own(store, group_id, person)
    today = group.constitution.day(store.now())
    if last < first or first > today:
        raise NoSuchPeriod
    span = period(first, min(last, today), ZoneInfo(group.constitution.time_zone))
    named = list(store.books.of_member_within(group.id, person, span))
    asked = store.payments.find(
        person=person,
        created_at=Between(BEGINNING.at, span.until.at),
        group=group.id,
        state="succeeded",
        purpose=list(_MAY_NAME_NOBODY),
    )
    unnamed = [each for each in _unnamed(store, group, named, asked) if span.holds(each)]
    sums, nothing = store.books.sums(group.id, span, person), Money(0, group.currency)
    held, owed = _balances(sums.opening)
    lines = _lines(
        store, group, person, [*named, *unnamed], (span.first.at, span.until.at - timedelta(milliseconds=1))
    )
    return Statement(
        group.name,
        first,
        min(last, today),
        had=replace(nothing, minor=held),
        owed=replace(nothing, minor=owed),
        has=replace(nothing, minor=held + sum(line.held for line in lines)),
        owes=replace(nothing, minor=owed + sum(line.owed for line in lines)),
        lines=lines,
        left_out=0,
    )


def newest_of_statement(
    store: Store, group_id: str, person: str, first: date, last: date, most: int = SHOWN
) -> Statement:
    """The same with no more lines than one reads on a screen, the newest. Raises NotAllowed, NoSuchPeriod."""
    whole = statement_of(store, group_id, person, first, last)
    return replace(whole, lines=whole.lines[-most:], left_out=max(0, len(whole.lines) - most))


def _own(store: Store, group_id: str, person: str) -> Group:
    membership = store.memberships.one(id=membership_id(group_id, person))
    if membership is None or membership.status in ("pending", "refused"):
        raise no_member(store, group_id, person, membership)
    return store.groups.get(group_id)


def _balances(balances: Mapping[str, int]) -> tuple[int, int]:
    """What a member has, and the principal they owe, of their balances by account."""
    return -sum(balances.get(account, 0) for account in HELD), balances.get(Account.PRINCIPAL, 0)


def _unnamed(store: Store, group: Group, named: Sequence[Entry], payments: Iterable[Payment]) -> list[Entry]:
    """The entries of payments that are not among those that name the member, and the mirrors of these."""
    there = {entry.reference for entry in named}
    wanted = []
    for payment in payments:
        if payment.purpose in _MAY_NAME_NOBODY:
            mirrors = (f"reverse:{payment.id}", f"reverse:{payment.reference}") if payment.reversed else ()
            wanted += [each for each in (payment.reference, *mirrors) if each not in there]
    return store.books.with_references(group.id, wanted) if wanted else []


def _lines(
    store: Store, group: Group, person: str, entries: Iterable[Entry], within: tuple[datetime, datetime]
) -> list[Transaction]:
    """
    What a member reads of entries, the oldest first: an event is a line, whatever it was posted with. Between two
    of them stands what was waived from the first moment `within` to the last.
    """
    events = [event_of(entry) for entry in sorted(entries, key=lambda entry: (entry.at, entry.seq))]
    payments = {
        each.id: each for each in store.payments.among([*{each.payment for each in events if each.payment}])
    }
    subjects = {each.subject for each in payments.values() if each.subject}
    loans = store.loans.among([*subjects, *{event.loan for event in events if event.loan}])
    fines = store.fines.among([*subjects])
    about = {loan.id: loan.ref for loan in loans} | {fine.id: fine.reason for fine in fines}
    own = {loan.id for loan in loans if loan.person == person}
    mirrors = [e for e in events if e.restates and e.payment in payments and payments[e.payment].reversed]
    replaced = {
        entry.seq + 1: event_of(entry)
        for entry in store.books.at_places(group.id, [e.entry.seq - 1 for e in mirrors])
    }
    gone = {e.entry.seq for e in mirrors if not _is_anew(replaced.get(e.entry.seq), e)}
    lines = [
        *_Reader(group, person, payments, about, own, gone).read(events),
        *_waived(store, group, person, within),
    ]
    return sorted(lines, key=lambda line: line.on)


def _waived(store: Store, group: Group, person: str, within: tuple[datetime, datetime]) -> Iterator[Transaction]:
    """The fines that a member was let off from one moment to another, both included: no money moved."""
    fines = store.fines.find(
        group=group.id, person=person, state="waived", waived_at=Between(*within), sort="waived_at"
    )
    for fine in fines:
        assert fine.waived_at is not None, "it was asked for by this"
        on = group.constitution.day(fine.waived_at)
        yield Transaction(on, "fine_waived", fine.amount, "", "", "done", fine.reason, 0, 0)


def _is_anew(before: BookEvent | None, mirror: BookEvent) -> bool:
    """Whether what a mirror takes back was posted anew just before it."""
    if before is None or before.kind != "restated" or before.restates:
        return False
    return before.payment == mirror.payment


@dataclass(frozen=True, slots=True)
class _Reader:
    """
    Reads events as one member does. `payments` by their ids, what loans and fines are called by theirs, the
    member's `own` loans; and the places of the mirrors by which a repayment is `gone`.
    """

    group: Group
    person: str
    payments: Mapping[str, Payment]
    about: Mapping[str, str]
    own: Collection[str]
    gone: Collection[int]

    def read(self, events: Iterable[BookEvent]) -> Iterator[Transaction]:
        """A loan that is worked out again at one moment is one line, where it changed anything."""
        restated: list[BookEvent] = []
        for event in events:
            if event.kind == "restated" and event.entry.seq not in self.gone:
                if restated and not self._together(restated[-1], event):
                    yield from self._worked_out_again(restated)
                    restated = []
                restated.append(event)
                continue
            yield from self._worked_out_again(restated)
            restated = []
            if line := self._line(event):
                yield from self._parts(line, event)
        yield from self._worked_out_again(restated)

    def _parts(self, line: Transaction, event: BookEvent) -> Iterator[Transaction]:
        """
        Of who leaves, or stays after all, each part that the group gets is a line: so the sums agree. What
        somebody brought, and what they owed then, are two.
        """
        if event.kind == "opening":
            loans = replace(line, what="opening_loans", amount=Money(abs(line.owed), line.amount.currency), held=0)
            yield from (each for each in (replace(line, owed=0), loans) if each.amount)
            return
        if event.kind not in ("leaving", "stays"):
            yield line
            return
        parts: dict[What, int] = {
            "fines_at_leaving": event.changed(Account.FINES),
            "less_than_coin": event.changed(Account.ROUNDING),
        }
        state: TransactionState = "done" if event.kind == "leaving" else "taken_back"
        for what, minor in parts.items():
            if minor:
                yield self._made(event, what, abs(minor), state=state, held=minor, owed=0)
        if line.amount:
            yield replace(line, held=line.held - sum(parts.values()))

    def _together(self, one: BookEvent, other: BookEvent) -> bool:
        return (one.entry.at, self._loan(one)) == (other.entry.at, self._loan(other))

    def _worked_out_again(self, events: Sequence[BookEvent]) -> Iterator[Transaction]:
        held, owed = sum(e.held(self.person) for e in events), sum(e.owed(self.person) for e in events)
        if held or owed:
            about = self.about.get(self._loan(events[0]), "")
            yield self._made(events[0], "restated", abs(held or owed), about=about, held=held, owed=owed)

    def _line(self, event: BookEvent) -> Transaction | None:
        payment = self.payments.get(event.payment)
        if payment is not None and payment.person == self.person:
            if event.kind == "to_credit":
                return self._made(event, event.kind, payment.amount.minor)
            return self._of_payment(event, payment)
        if not event.names(self.person):
            return None
        taken, held, owed = event.taken(self.person), event.held(self.person), event.owed(self.person)
        about = self.about.get(event.loan, "")
        match event.kind:
            case "loan_from_savings" | "loan_from_part":
                what, amount = self._paid_by(event, taken)
                return self._made(event, what, amount, about=about)
            case "loan_from_credit" | "fine_from_credit" | "social_from_credit" | "fines_from_part":
                return self._made(event, event.kind, taken, about=about)
            case "part" | "leaving" | "stays":
                minor = event.payable(self.person) or (held if event.kind == "part" else 0)
                return self._made(event, event.kind, abs(minor))
            case "opening" if held or owed:
                state: TransactionState = "taken_back" if event.entry.reverses else "done"
                return self._made(event, "opening", abs(held), state=state)
            case "written_off" | "bid" | "dividend" | "referral" | "found":
                return self._made(event, event.kind, abs(held or owed), about=about)
        return self._made(event, "other", abs(held or owed), about=about) if held or owed else None

    def _paid_by(self, event: BookEvent, taken: int) -> tuple[What, int]:
        """Who paid a loan from what they have: its borrower, the guarantors, or the member for somebody else."""
        if event.loan and event.loan not in self.own:
            return "loan_of_another", taken
        if not taken:
            return "loan_from_guarantors", event.taken()
        return (
            ("loan_from_part", event.taken()) if event.kind == "loan_from_part" else ("loan_from_savings", taken)
        )

    def _of_payment(self, event: BookEvent, payment: Payment) -> Transaction | None:
        """What is promised is a line when it leaves its owner, and none when it arrives."""
        promised, state = event.promised(self.person), _STATES.get(event.kind, "done")
        if event.kind == "set_aside":
            if not promised:
                return None
            state = "on_its_way" if payment.state in OPEN else "not_sent" if payment.state in FAILED else "done"
        elif (event.kind == "not_sent") != bool(promised):
            return None  # what was set aside of the group's own; or what has arrived, and was a line before
        if state == "done" and payment.reversed:
            state = "undone"
        about, ref = self.about.get(payment.subject, ""), "" if payment.way == "cash" else payment.ref
        return self._made(
            event, payment.paid_for, payment.amount.minor, about=about, ref=ref, way=payment.way, state=state
        )

    def _loan(self, event: BookEvent) -> str:
        payment = self.payments.get(event.payment)
        return payment.subject if payment else event.loan

    def _made(
        self,
        event: BookEvent,
        what: What,
        amount: int,
        *,
        about: str = "",
        ref: str = "",
        way: Way | Literal[""] = "",
        state: TransactionState = "done",
        held: int | None = None,
        owed: int | None = None,
    ) -> Transaction:
        return Transaction(
            on=self.group.constitution.day(event.entry.at),
            what=what,
            amount=Money(amount, self.group.currency),
            ref=ref,
            way=way,
            state=state,
            about=about,
            held=event.held(self.person) if held is None else held,
            owed=event.owed(self.person) if owed is None else owed,
        )
