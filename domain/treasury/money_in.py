"""Money from a member into a group: asked for on their phone, or handed over and written down."""

import secrets
from datetime import date, timedelta
from typing import Final

from domain.errors import DomainError
from domain.money import Money
from domain.records.group import Group, PaymentPart
from domain.records.payment import DIRECTIONS, OPEN, PER_HOUR_MAX, PROMPT_AFTER, Payment, Purpose, Way
from domain.store import Between, Store
from domain.treasury.providers import provider_for
from domain.treasury.settle import entry_of

# No 0/O, 1/I/L, 5/S: a reference is read aloud over a bad line.
_REF_LETTERS: Final = "2346789ABCDEFGHJKMNPQRTUVWXYZ"


class TooManyPayments(DomainError):
    """The hourly number of money commands is used up."""

    code = "too_many_payments"


class NotCollected(DomainError):
    """No mobile-money provider takes this currency from the member's number: it has to be cash."""

    code = "not_collected"


def new_ref(letter: str) -> str:
    """A short reference that people can read to each other: a letter and six more."""
    return letter + "".join(secrets.choice(_REF_LETTERS) for _ in range(6))


def check_pace(tx: Store, person: str) -> None:
    """Raises TooManyPayments when somebody gave as many money commands within an hour as they may."""
    if tx.payments.asked_since(person, tx.now() - timedelta(hours=1)) >= PER_HOUR_MAX:
        raise TooManyPayments(most=PER_HOUR_MAX)


def awaited(store: Store, group: Group) -> bool:
    """Whether money that was asked for in this cycle has neither arrived nor failed."""
    this_cycle = Between(group.cycle_from.isoformat(), date.max.isoformat())
    return bool(store.payments.count(group=group.id, direction="in", meeting=this_cycle, state=list(OPEN)))


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
) -> Payment:
    """
    Take money from a member, inside the transaction of the command that asks for it.

    Cash is posted at once, as the `officer` wrote it down. By mobile money nothing is posted until the provider
    has confirmed it. Raises TooManyPayments, NotCollected, and what the purpose's settler raises.
    """
    now, phone = tx.now(), tx.people.get(person).phone
    provider = "" if way == "cash" else provider_for(tx, "in", amount.currency, phone)
    payment = Payment(
        id=tx.new_id(),
        ref=new_ref("C"),
        group=group.id,
        person=person,
        phone=phone,
        amount=amount,
        parts=parts,
        meeting=meeting or group.constitution.meeting(now).isoformat(),
        way=way,
        provider=provider,
        state="succeeded" if way == "cash" else "created",
        created_at=now,
        next_at=None if way == "cash" else now + PROMPT_AFTER,
        purpose=purpose,
        subject=subject,
        direction=DIRECTIONS[purpose],
        asked_by="" if way == "cash" else person,
        officer=officer,
    )
    assert payment.direction == "in" and amount.minor > 0, "money comes in by what is for that"
    if way != "cash":
        check_pace(tx, person)
        if not provider:
            raise NotCollected
    tx.payments.insert(payment)
    if way == "cash":
        tx.post(*entry_of(tx, payment, now))
    return payment
