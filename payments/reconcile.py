"""
Reconciliation: what a provider says that it moved, and what we have, compared both ways.

What it lists and we await ends as if it had answered; what came in and nobody asked for is taken in. Everything
else that is not the same on both sides is kept as a difference, for people. Any number of workers may compare the
same days, and again: each thing is found once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain, islice
from typing import Final, Self

from domain.board.differences import each_difference, fees_id, no_difference, note_difference
from domain.books.statements import BEGINNING, END
from domain.money import Money
from domain.records.difference import Difference, DifferenceKind, difference_id
from domain.records.inbound import Came, inbound_id
from domain.records.payment import NOT_TAKEN_AFTER, Direction, Payment
from domain.store import After, Between, Store
from domain.treasury.inbound import BadInbound, receive
from domain.treasury.settle import payment_failed
from payments.port import Collector, Lister, Movement, ProviderError, ProviderStatus, Rail
from payments.settle import UNKNOWN_THERE, ask_about, listed_as_moved

# Read at once, from the list and of ours.
BATCH: Final = 200
# A list is behind: what moved later than this before its end need not be on it.
LIST_IS_BEHIND: Final = timedelta(hours=1)
# A prompt lives for a minute, and so much later the list of a provider has whatever came of it.
PROMPT_IS_OVER: Final = timedelta(minutes=30)
# The two sides write down a movement at their own moments; a day apart it counts for another one.
CLOCKS_APART: Final = timedelta(hours=12)
_COUNTS: Final = ("listed", "same", "ended", "taken_in", "asked", "differences", "gone")


@dataclass
class Compared:
    """How many movements a list had, and what came of them; `fees` by group, in minor units by currency."""

    listed: int = 0
    same: int = 0
    ended: int = 0  # ours that waited, and that the list says has moved
    taken_in: int = 0  # money that nobody asked for
    asked: int = 0  # ours that the list does not have, and that the provider was asked about
    differences: int = 0
    gone: int = 0
    fees: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    @property
    def said(self) -> dict[str, str]:
        """For the record of the run."""
        return {name: str(getattr(self, name)) for name in _COUNTS}

    @classmethod
    def read(cls, said: Mapping[str, str]) -> Self:
        """As it was said so far."""
        done = cls()
        for name in _COUNTS:
            setattr(done, name, int(said.get(name, 0)))
        return done


def compare_list(store: Store, lister: Lister, since: datetime, until: datetime, done: Compared) -> None:
    """
    The first way: each movement of a provider's list, with ours. Raises OutcomeUnknown, having kept what it found
    so far.
    """
    for batch in _batches(lister.movements(since, until), BATCH):
        ours = _Ours(store, lister.name, batch)
        for movement in batch:
            done.listed += 1
            _compare(store, movement, ours, done)


def compare_unasked(store: Store, rail: str, since: datetime, until: datetime, done: Compared) -> None:
    """
    The other way for what nobody asked for and is nobody's: what only a call told of that time, and the list of
    all of it does not have; and what one told at that time of long before. What is a member's is looked for as
    their payment is.
    """
    until = min(until, store.now() - LIST_IS_BEHIND) - timedelta(milliseconds=1)
    told_then = store.inbound.each(rail=rail, said_by=["believed", "awaited"], came_at=Between(since, until))
    late = (each for each in told_then if each.at < since)
    for each in chain(store.inbound.each(rail=rail, at=Between(since, until)), late):
        if each.said_by != "confirmed" and not each.payment and each.state != "returned":
            found = Difference(
                id=difference_id(rail, "missing_there", each.receipt),
                rail=rail,
                kind="missing_there",
                direction="in",
                at=each.at,
                found_at=store.now(),
                receipt=each.receipt,
                group=each.group,
                ours=each.amount,
            )
            done.differences += note_difference(store, found)


def note_fees(store: Store, rail: str, day: date, done: Compared) -> None:
    """What a provider kept on a whole day, as one difference for each group."""
    for (group, currency), minor in done.fees.items():
        if not minor:
            continue
        found = Difference(
            id=fees_id(rail, group, day.isoformat()),
            rail=rail,
            kind="fee",
            direction="out",
            at=datetime(day.year, day.month, day.day, tzinfo=UTC),
            found_at=store.now(),
            group=group,
            theirs=Money(minor, currency),
        )
        done.differences += note_difference(store, found)


def compare_ours(
    store: Store, rails: Sequence[Rail], listed: Collection[Direction], until: datetime, done: Compared
) -> bool:
    """
    The other way: some of ours that have moved by one provider, and were found on no list of the directions that
    are `listed`. Where it can be asked on the spot, it is; what it does not know, or says otherwise, is a
    difference. False when there is none left.
    """
    name = rails[0].name
    waiting = store.payments.find(
        provider=name,
        way="mobile_money",
        state="succeeded",
        reconciled=False,
        created_at=Between(BEGINNING.at, until),
        sort="created_at",
        limit=BATCH,
    )
    by_direction = _by_direction(rails)
    for payment in waiting:
        rail = by_direction.get(payment.direction)
        if rail is not None and _says_at_once(rail):
            done.asked += 1
            try:
                status = rail.status(ask_about(payment))
            except ProviderError:
                return False  # it does not say now: the next run asks
            _compare_status(store, payment, status, done)
        elif payment.direction in listed:
            _differs(store, "missing_there", payment, None, done)
        _found(store, payment.id)
    return len(waiting) == BATCH


def whose_receipts(store: Store, statement: Lister, rails: Collection[str]) -> Mapping[str, int]:
    """How many receipts of a statement are known as those of which provider. Raises what the statement raises."""
    known = dict.fromkeys(rails, 0)
    for batch in _batches(statement.movements(BEGINNING.at, END.at), BATCH):
        receipts = [each.receipt for each in batch]
        for rail in known:
            known[rail] += store.payments.count(provider=rail, provider_id=receipts)
    return known


def compare_with_whole(store: Store, statement: Lister, since: datetime, until: datetime, done: Compared) -> None:
    """
    The other way with a whole statement: what of ours moved from `since` to before `until`, and it does not have.

    A statement may be of one account, and of a part of a day. So it says nothing of what was asked for before the
    first and soon before the last of its movements in the same direction. Raises what the statement raises.
    """
    listed, spans = set[str](), dict[Direction, tuple[datetime, datetime]]()
    for batch in _batches(statement.movements(BEGINNING.at, END.at), BATCH):
        ours = _Ours(store, statement.name, batch)
        for each in batch:
            first, last = spans.get(each.direction, (each.at, each.at))
            spans[each.direction] = min(first, each.at), max(last, each.at)
            if payment := ours.payment(each):
                listed.add(payment.id)
    for direction, (first, last) in spans.items():
        last = min(until - timedelta(milliseconds=1), last - NOT_TAKEN_AFTER[direction])
        moved = store.payments.each(
            provider=statement.name,
            provider_id=After(""),  # which an index has
            direction=direction,
            state="succeeded",
            created_at=Between(max(since, first), last),
        )
        for payment in moved:
            if payment.id not in listed:
                _differs(store, "missing_there", payment, None, done)


def ask_again(store: Store, rails: Sequence[Rail], done: Compared) -> None:
    """
    What a provider did not know when it was asked, or said was under way, it may know now: then it is no
    difference any more. For as long as it answers.
    """
    by_direction = _by_direction(rails)
    for each in each_difference(store, rail=rails[0].name):
        rail = by_direction.get(each.direction)
        if not each.payment or each.kind != "missing_there" or rail is None or not _says_at_once(rail):
            continue
        payment = store.payments.get(each.payment)
        try:
            status = rail.status(ask_about(payment))
        except ProviderError:
            return
        if status.state == "succeeded" and status.amount in (None, payment.amount):
            done.gone += no_difference(store, [each.id])


def _by_direction(rails: Sequence[Rail]) -> Mapping[Direction, Rail]:
    return {"in" if isinstance(rail, Collector) else "out": rail for rail in rails}


def _says_at_once(rail: Rail) -> bool:
    """Whether it can be asked about any payment, and answers on the spot."""
    return rail.capabilities.keyed and not rail.capabilities.answers_later


def end_what_never_was(store: Store, rail: Rail, since: datetime, until: datetime) -> int:
    """
    Prompts of that time whose name was lost with the answer, and that the list of it does not have though they are
    over: nobody paid them. Should money come all the same, it is taken in as what nobody asked for. How many that
    were.
    """
    if rail.capabilities.keyed:
        return 0
    lost = store.payments.find(
        next_at=Between(BEGINNING.at, END.at),
        provider=rail.name,
        direction="in",
        state=["requested", "unknown"],
        provider_key="",
        created_at=Between(since, until - PROMPT_IS_OVER),
        limit=BATCH,
    )
    for payment in lost:
        payment_failed(store, payment, "not_sent", "NOT_LISTED", when={"provider_key": ""})
    return len(lost)


def end_what_was_never_paid(store: Store, statement: Lister, day: datetime) -> int:
    """
    Payouts of the day that begins at `day` that the provider says it does not know, and that its whole statement
    does not have either: they end, and may be asked for again. How many that were. Raises what the statement
    raises.

    The statement has to show that it would have them: with a payout of ours from before them, one from well after
    them, all between that are in the books, and no money of nobody's that left and may be one of them. When ours
    left is taken by our own clock too: read in the wrong time zone, a statement shows no more than it has.
    """
    unknown = store.payments.find(
        next_at=Between(BEGINNING.at, END.at),
        provider=statement.name,
        direction="out",
        state="unknown",
        provider_reason=UNKNOWN_THERE,
        needs_person=True,
        answer=None,
        created_at=Between(day, day + timedelta(days=1)),
        limit=BATCH,
    )
    if not unknown:
        return 0
    ours, nobodys = _paid_out(store, statement)
    first = min((late for _, late in ours.values()), default=END.at)
    last = max((early for early, _ in ours.values()), default=BEGINNING.at)
    lost = [
        payment
        for payment in unknown
        if payment.id not in ours
        and first < payment.created_at
        and _known_by(payment) < last
        and not any(_may_be(amount, payment.amount) for amount in nobodys)
    ]
    if not lost or _has_hole(store, statement.name, ours, lost):
        return 0
    for payment in lost:
        still = {"provider_reason": UNKNOWN_THERE, "answer": None}
        payment_failed(store, payment, "not_sent", "NOT_LISTED", when=still)
    return len(lost)


def _paid_out(store: Store, statement: Lister) -> tuple[dict[str, tuple[datetime, datetime]], set[Money]]:
    """
    What a statement has of money out: ours by id, with the earlier and the later of when it was asked for and when
    the statement says that it left; and the amounts that are nobody's.
    """
    ours, nobodys = dict[str, tuple[datetime, datetime]](), set[Money]()
    for batch in _batches(statement.movements(BEGINNING.at, END.at), BATCH):
        known = _Ours(store, statement.name, batch)
        for each in batch:
            if each.direction == "out" and (payment := known.payment(each)) is not None:
                ours[payment.id] = min(payment.created_at, each.at), max(payment.created_at, each.at)
            elif each.direction == "out":
                nobodys.add(each.amount)
    return ours, nobodys


def _known_by(payout: Payment) -> datetime:
    """When the provider would know of it, if it had it."""
    return (payout.sent_at or payout.created_at) + NOT_TAKEN_AFTER["out"]


def _may_be(theirs: Money, ours: Money) -> bool:
    """Whether money that left may be a payout of ours: a fee may be in it, or taken off."""
    return theirs.currency == ours.currency and ours.minor <= 2 * theirs.minor <= 4 * ours.minor


def _has_hole(store: Store, rail: str, listed: Collection[str], lost: Sequence[Payment]) -> bool:
    """Whether a payout of about the same time is in the books and not on the statement: it is no whole one."""
    around = Between(min(each.created_at for each in lost), max(_known_by(each) for each in lost))
    paid = store.payments.ids(
        provider=rail,
        provider_id=After(""),  # which an index has
        direction="out",
        state="succeeded",
        created_at=around,
    )
    return not set(paid).issubset(listed)


def _batches(movements: Iterable[Movement], size: int) -> Iterator[list[Movement]]:
    them = iter(movements)
    while batch := list(islice(them, size)):
        yield batch


class _Ours:
    """What we have of some movements: the payments that they may be, and what waits for people; four queries."""

    def __init__(self, store: Store, rail: str, batch: Sequence[Movement]) -> None:
        def named(name: str) -> list[str]:
            return sorted({getattr(each, name) for each in batch} - {""})

        self.rail = rail
        found: list[Payment] = []
        if receipts := named("receipt"):
            found += store.payments.find(provider=rail, provider_id=receipts)
        if keys := named("key"):
            found += store.payments.find(provider=rail, provider_key=keys)
        if references := named("reference"):
            found += [each for each in store.payments.among(references) if each.provider == rail]
        self._by: dict[str, Payment] = {}
        for each in found:
            self._by |= {name: each for name in (each.id, each.provider_id, each.provider_key) if name}
        ids = {id for each in batch if (payment := self.payment(each)) for id in self._ids(payment, each)}
        self._waiting = {each.id for each in store.differences.among(sorted(ids))}

    def payment(self, movement: Movement) -> Payment | None:
        names = (movement.receipt, movement.reference, movement.key)
        found = next((self._by[name] for name in names if name in self._by), None)
        return found if found and found.direction == movement.direction else None

    def waiting(self, payment: Payment, movement: Movement) -> list[str]:
        """The ids of the differences that there are no more, once both say the same."""
        return [id for id in self._ids(payment, movement) if id in self._waiting]

    def _ids(self, payment: Payment, movement: Movement) -> list[str]:
        kinds: tuple[DifferenceKind, ...] = ("missing_there", "missing_here", "other_amount")
        about = (payment.id, movement.receipt)
        return [difference_id(self.rail, kind, each) for kind in kinds for each in about]


def _compare(store: Store, movement: Movement, ours: _Ours, done: Compared) -> None:
    rail, payment = ours.rail, ours.payment(movement)
    is_other = payment is not None and payment.state != "succeeded" and payment.amount != movement.amount
    if movement.direction == "in" and (payment is None or is_other):
        # Of another amount than we wait for it is not what we wait for: what we do, ends by itself.
        _take_in(store, rail, movement, done)
        return
    if payment is None:
        _missing_here(store, rail, movement, done)
        return
    _count_fee(movement, payment.group, done)
    if payment.amount != movement.amount:
        _differs(store, "other_amount", payment, movement, done)
    elif payment.state != "succeeded":
        listed_as_moved(store, payment, movement.receipt)
        _found(store, payment.id)
        done.ended += 1
    else:
        _note_same(store, payment, movement, ours.waiting(payment, movement), done)


def _take_in(store: Store, rail: str, movement: Movement, done: Compared) -> None:
    """Money that nobody asked for; a line that no money can be is for people, and keeps no other line back."""
    came = Came(
        rail,
        movement.receipt,
        movement.amount,
        movement.account,
        movement.at,
        movement.payer,
        movement.payer_name,
    )
    is_known = store.inbound.one(id=inbound_id(rail, movement.receipt)) is not None
    try:
        taken = receive(store, came)
    except BadInbound:
        _missing_here(store, rail, movement, done)
        return
    gone: list[DifferenceKind] = ["missing_here", "missing_there"]
    if taken.amount != movement.amount:  # it was told before, with another one
        found = _difference(store, rail, "other_amount", movement.receipt, movement)
        done.differences += note_difference(store, replace(found, group=taken.group, ours=taken.amount))
    else:
        gone.append("other_amount")
        done.same += is_known
        done.taken_in += not is_known
    done.gone += no_difference(store, [difference_id(rail, kind, movement.receipt) for kind in gone])
    _count_fee(movement, taken.group, done)
    if taken.payment:
        _found(store, taken.payment)


def _count_fee(movement: Movement, group: str, done: Compared) -> None:
    if group and movement.fee is not None:
        done.fees[group, movement.fee.currency] += movement.fee.minor


def _missing_here(store: Store, rail: str, movement: Movement, done: Compared) -> None:
    about = movement.receipt or movement.reference or movement.key
    done.differences += note_difference(store, _difference(store, rail, "missing_here", about, movement))


def _note_same(store: Store, payment: Payment, movement: Movement, waiting: Sequence[str], done: Compared) -> None:
    booked = None if payment.reconciled else store.books.with_reference(payment.group, payment.reference)
    if booked is not None and abs(booked.at - movement.at) > CLOCKS_APART:
        _differs(store, "other_time", payment, movement, done)
    else:
        done.same += 1
    done.gone += no_difference(store, waiting)
    if not payment.reconciled:
        _found(store, payment.id)


def _compare_status(store: Store, payment: Payment, status: ProviderStatus, done: Compared) -> None:
    if status.state != "succeeded":
        _differs(store, "missing_there", payment, None, done)
    elif status.amount is not None and status.amount != payment.amount:
        moved = Movement(payment.direction, status.provider_id, status.amount, store.now())
        _differs(store, "other_amount", payment, moved, done)
    else:
        done.same += 1


def _differs(
    store: Store, kind: DifferenceKind, payment: Payment, movement: Movement | None, done: Compared
) -> None:
    found = replace(
        _difference(store, payment.provider, kind, payment.id, movement),
        direction=payment.direction,
        payment=payment.id,
        group=payment.group,
        receipt=movement.receipt if movement else payment.provider_id,
        ours=payment.amount if payment.state == "succeeded" else None,
        at=movement.at if movement else payment.created_at,
    )
    done.differences += note_difference(store, found)
    _found(store, payment.id)


def _found(store: Store, id: str) -> None:
    """There is nothing more to look for, of one that has succeeded."""
    store.payments.change(id, when={"state": "succeeded"}, reconciled=True)


def _difference(
    store: Store, rail: str, kind: DifferenceKind, about: str, movement: Movement | None
) -> Difference:
    now = store.now()
    return Difference(
        id=difference_id(rail, kind, about),
        rail=rail,
        kind=kind,
        direction=movement.direction if movement else "in",
        at=movement.at if movement else now,
        found_at=now,
        receipt=movement.receipt if movement else "",
        theirs=movement.amount if movement else None,
    )
