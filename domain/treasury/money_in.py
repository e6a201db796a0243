"""Money from a member into a group: asked for on their phone, or handed over and written down."""

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.commands import check_not_read_only
from domain.decisions.rights import active_member, check_not_closing, check_person_not_frozen
from domain.errors import DomainError
from domain.money import Money, check_least
from domain.records.group import Group, PaymentPart
from domain.records.payment import DIRECTIONS, OPEN, PER_HOUR_MAX, PROMPT_AFTER, Payment, Purpose, Way
from domain.records.person import Membership, Person
from domain.store import Between, MoneyProvider, Store
from domain.treasury.providers import as_carried, can_collect, check_carried, provider_for, serving
from domain.treasury.settle import entry_of, post_inside

# No 0/O, 1/I/L, 5/S: a reference is read aloud over a bad line.
_REF_LETTERS: Final = "2346789ABCDEFGHJKMNPQRTUVWXYZ"
# Who asks for the same again within this time may not know that it is under way.
SAME_WITHIN: Final = timedelta(minutes=10)
# Cash that is written down is the same as what came in on the same day, or for the same meeting, however it came:
# two officers write it down, or one of them what was paid by phone.
SAME_CASH_WITHIN: Final = timedelta(hours=24)
# What was paid for one meeting was paid within this time: no group meets less often.
_ONE_MEETING: Final = timedelta(days=31)


class TooManyPayments(DomainError):
    """The hourly number of money commands is used up."""

    code = "too_many_payments"


class NotCollected(DomainError):
    """No mobile-money provider takes this currency from the member's number: it has to be cash."""

    code = "not_collected"


class AskedBefore(DomainError):
    """
    The same was asked for `minutes` ago, under `ref`, and is under way or paid: was it meant twice?

    For cash that is to be written down also how and when it came before, `at` an ISO time where the group is:
    written down by the officer called `by`, or by mobile money, which may still wait to be approved.
    """

    code = "asked_before"

    def __init__(self, *, minutes: int, ref: str, **came: str | int) -> None:
        """`came` is `amount` in minor units of `currency`, `at`, `by` and `waits`; for cash alone."""
        super().__init__(minutes=minutes, ref=ref, **came)
        self.minutes, self.ref = minutes, ref


def new_ref(letter: str) -> str:
    """A short reference that people can read to each other: a letter and six more."""
    return letter + "".join(secrets.choice(_REF_LETTERS) for _ in range(6))


def check_pace(tx: Store, person: str) -> None:
    """Raises TooManyPayments when somebody gave as many money commands within an hour as they may."""
    if tx.payments.asked_since(person, tx.now() - timedelta(hours=1)) >= PER_HOUR_MAX:
        raise TooManyPayments(most=PER_HOUR_MAX)


def may_pay_in(store: Store, group_id: str, person: str) -> None:
    """
    Whether a member may be asked for money of a group on their phone now. Raises as `check_may_pay_in`, and
    NowReadOnly.
    """
    check_not_read_only(store)
    check_may_pay_in(store, store.groups.get(group_id), person)


def check_may_pay_in(store: Store, group: Group, person: str) -> tuple[Membership, Person]:
    """
    The membership of somebody who may be asked for money on their phone now, before they say how much, and who it
    is. Where no provider takes the currency, it is for the caller to say so.

    Raises as `saver`, TooManyPayments, NotCollected.
    """
    membership = active_member(store, group.id, person)
    check_not_closing(group)
    payer = store.people.get(person)
    check_person_not_frozen(payer)
    check_pace(store, person)
    if can_collect(store, group.currency) and not provider_for(store, "in", group.currency, payer.phone):
        raise NotCollected
    return membership, payer


def collectors_of(store: Store, currency: str, phone: str) -> tuple[MoneyProvider, ...]:
    """
    Who takes this currency from a number: for `check_carried`, while a member types an amount. Their networks are
    left out, since a conversation keeps the answer. Raises NotCollected where there is nobody.
    """
    able = serving(store, "in", currency, phone)
    if not able:
        raise NotCollected
    return tuple(replace(each, currencies=frozenset({currency}), numbers=(), but_not=()) for each in able)


def check_can_be_asked(store: Store, amount: Money, phone: str) -> None:
    """Whether a provider takes so much from a number. Raises NotCollected, NotCarried."""
    check_carried(collectors_of(store, amount.currency, phone), amount)


def check_chosen(store: Store, person: str, amount: Money, *whole: Money) -> None:
    """
    A member's phone may be asked for an amount that they chose: it is not below the smallest, but for one of the
    `whole`, or the most of it that is carried. Raises TooLittle, NotCollected.
    """
    if amount < amount.least:
        carriers = collectors_of(store, amount.currency, store.people.get(person).phone)
        check_least(amount, *whole, *(as_carried(carriers, each) for each in whole))


def _check_is_new(tx: Store, group: Group, payment: Payment) -> None:
    """
    Raises AskedBefore when the same came in before, or is under way, and nobody took it back; cash also when any
    sum is under way for the same.
    """
    now = payment.created_at
    before = tx.payments.find(
        person=payment.person,
        created_at=Between(now - (_ONE_MEETING if payment.way == "cash" else SAME_WITHIN), now),
        group=payment.group,
        purpose=payment.purpose,
        subject=payment.subject,
        state=[*OPEN, "succeeded"],
        reversed=False,
        sort="-created_at",
    )
    same = next((each for each in before if _is_same(each, payment)), None)
    if same is None:
        return
    minutes = -(-(now - same.created_at) // timedelta(minutes=1)) or 1
    if payment.way != "cash":
        raise AskedBefore(minutes=minutes, ref=same.ref)
    raise AskedBefore(
        minutes=minutes,
        ref=same.ref,
        amount=same.amount.minor,
        currency=same.amount.currency,
        at=f"{same.created_at.astimezone(ZoneInfo(group.constitution.time_zone)):%Y-%m-%dT%H:%M}",
        by=tx.people.get(same.officer).name if same.officer else "",
        waits=int(same.state in OPEN),
    )


def _is_same(before: Payment, payment: Payment) -> bool:
    """Whether money that came in, or is to come, may be what another payment is now taken for."""
    if payment.way != "cash":
        return before.asked_by == payment.asked_by and before.amount == payment.amount
    if before.paid_for != payment.paid_for:
        return False
    is_of_late = payment.created_at - before.created_at <= SAME_CASH_WITHIN or (
        payment.purpose == "contribution" and before.counts_for == payment.counts_for
    )
    return before.state in OPEN or (before.amount == payment.amount and is_of_late)


def awaited(store: Store, group: Group) -> bool:
    """Whether money that was asked for, whenever and for whatever meeting, has neither arrived nor failed."""
    return bool(store.payments.count(group=group.id, state=list(OPEN), direction="in"))


def new_payment(tx: Store, group: Group, member: Person, amount: Money, purpose: Purpose, way: Way) -> Payment:
    """
    A payment of today as it begins, for the caller to check and write down: cash has moved, mobile money is to be
    asked for. Its provider is "" for cash, and where none carries it.
    """
    assert amount.minor > 0, "a payment moves money"
    cash, direction, now = way == "cash", DIRECTIONS[purpose], tx.now()
    return Payment(
        id=tx.new_id(),
        ref=new_ref("C" if direction == "in" else "P"),
        group=group.id,
        person=member.id,
        phone=member.phone,
        amount=amount,
        parts=(),
        meeting=group.constitution.day(now).isoformat(),
        way=way,
        provider="" if cash else provider_for(tx, direction, amount.currency, member.phone, amount.minor),
        state="succeeded" if cash else "created",
        created_at=now,
        next_at=None if cash else now + PROMPT_AFTER,
        purpose=purpose,
        direction=direction,
        cycle=group.cycle_mark,
    )


def collect(
    tx: Store,
    group: Group,
    person: str,
    amount: Money,
    purpose: Purpose,
    *,
    subject: str = "",
    parts: tuple[PaymentPart, ...] = (),
    meeting: str = "",
    way: Way,
    officer: str = "",
    again: bool = True,
) -> Payment:
    """
    Take money from a member, inside the transaction of the command that asks for it.

    Cash is posted at once, as the `officer` wrote it down. By mobile money nothing is posted until the provider
    has confirmed it. Raises TooManyPayments, NotCollected, NotCarried, AskedBefore unless it is to be paid
    `again`, and what the purpose's settler raises.
    """
    payment = replace(
        new_payment(tx, group, tx.people.get(person), amount, purpose, way),
        meeting=meeting or group.constitution.meeting(tx.now()).isoformat(),
        subject=subject,
        parts=parts,
        officer=officer,
        asked_by="" if way == "cash" else person,
    )
    assert payment.direction == "in", "money comes in by what is for that"
    if way != "cash":
        check_pace(tx, person)
        if not payment.provider:
            check_can_be_asked(tx, amount, payment.phone)
    if not again:
        _check_is_new(tx, group, payment)
    tx.payments.insert(payment)
    if way == "cash":
        post_inside(tx, *entry_of(tx, payment, payment.created_at))
    return payment
