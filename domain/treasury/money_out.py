"""Money out of a group to a member: what must hold before it leaves, and how it is set aside until it has."""

from dataclasses import replace
from typing import Final

from domain.books.accounts import Account
from domain.books.ledger import InsufficientFunds
from domain.decisions.rights import Frozen
from domain.errors import DomainError
from domain.money import Money
from domain.records.group import Group
from domain.records.payment import Payment, Purpose, Way
from domain.records.person import Person, hours_held, membership_id
from domain.store import Store
from domain.treasury.digest import note_payout
from domain.treasury.money_in import check_pace, new_payment
from domain.treasury.providers import as_carried, check_carried, serving
from domain.treasury.settle import entry_of, promise

# What the members decided together is not held up by the cap of a day.
_BEYOND_THE_CAP: Final[frozenset[Purpose]] = frozenset({"share_out", "exit", "rotation"})


class NotPayable(DomainError):
    """No mobile-money provider pays out in this currency to the member's number: it has to be cash."""

    code = "not_payable"


class PayeeHeld(DomainError):
    """The member's number is new, or their PIN ("pin" is `what`): `hours` until money is sent to them."""

    code = "payee_held"


class MemberHeld(DomainError):
    """What others decided about the member is new; `hours` until money of theirs leaves: they may object."""

    code = "member_held"


class PayoutCap(DomainError):
    """The group has paid out all it may in a day by mobile money; `left` in minor units of `currency`."""

    code = "payout_cap"


def hold(tx: Store, group: Group, person: str) -> None:
    """No money of a member leaves the group for HELD_FOR: they were told of what was decided about them."""
    tx.memberships.change(membership_id(group.id, person), held_from=tx.now())


def pay_out(
    tx: Store,
    group: Group,
    person: str,
    amount: Money,
    purpose: Purpose,
    *,
    subject: str = "",
    way: Way,
    officer: str = "",
    asked_by: str = "",
    to: str = "",
) -> Payment:
    """
    Pay a member, or whoever gets it in their place and has the number `to`, inside the transaction of the command
    that decides it.

    Cash is posted at once, by the `officer` who hands it over. Mobile money has left the member's account and
    the wallet from now on, and arrives when the provider has confirmed it. Raises InsufficientFunds,
    TooManyPayments, Frozen, MemberHeld, NotPayable, NotCarried, PayeeHeld, PayoutCap.
    """
    payee = tx.people.get(person)
    if payee.frozen:
        raise Frozen(name=payee.name)
    _check_not_held(tx, group, person)
    if to:
        payee = replace(payee, phone=to, phone_changed_at=None, pin_reset_at=None)
    payment = new_payment(tx, group, payee, amount, purpose, way)
    payment = replace(payment, subject=subject, officer=officer, asked_by=asked_by)
    now = payment.created_at
    assert payment.direction == "out", "money goes out by what is for that"
    if asked_by:
        check_pace(tx, asked_by)
    note_payout(tx, group)
    if way == "cash":
        tx.payments.insert(payment)
        tx.post(*entry_of(tx, payment, now))
        return payment
    _check_may_be_sent(tx, group, payee, payment)
    tx.post(promise(tx, payment, now))
    # Last, so that a refusal leaves nothing behind where it is caught and the transaction goes on.
    tx.payments.insert(payment)
    return payment


def _check_may_be_sent(tx: Store, group: Group, payee: Person, payment: Payment) -> None:
    """Raises NotPayable, NotCarried, PayeeHeld, PayoutCap."""
    if not payment.provider:
        check_can_be_sent(tx, payment.amount, payment.phone)
    if hours := hours_held(payee.held_since, payment.created_at):
        raise PayeeHeld(hours=hours, what="phone" if payee.held_since == payee.phone_changed_at else "pin")
    if payment.purpose not in _BEYOND_THE_CAP:
        _check_cap(tx, group, payment.amount)


def check_can_be_sent(store: Store, amount: Money, phone: str) -> None:
    """Whether a provider pays so much to a number. Raises NotPayable, NotCarried."""
    able = serving(store, "out", amount.currency, phone)
    if not able:
        raise NotPayable
    check_carried(able, amount)


def _check_not_held(tx: Store, group: Group, person: str) -> None:
    """Raises MemberHeld."""
    membership = tx.memberships.one(id=membership_id(group.id, person))
    if hours := hours_held(membership.held_from if membership else None, tx.now()):
        raise MemberHeld(hours=hours)


def _check_cap(tx: Store, group: Group, amount: Money) -> None:
    today, cap = group.constitution.day(tx.now()).isoformat(), group.constitution.payout_cap
    paid = tx.payments.find(group=group.id, direction="out", meeting=today)
    sent = (each for each in paid if each.way == "mobile_money" and each.state not in ("failed", "expired"))
    gone = sum(each.amount.minor for each in sent if each.purpose not in _BEYOND_THE_CAP)
    if gone + amount.minor > cap.minor:
        raise PayoutCap(left=max(0, cap.minor - gone), currency=group.currency)


def within(tx: Store, group: Group, way: Way, amount: Money, phone: str = "") -> Money:
    """
    As much of an amount as can be paid this way; the rest can follow by the other. Cash is in whole units, and so
    is what leaves a rest for it. Mobile money to a `phone` is what a provider carries there.

    Raises InsufficientFunds when there is nothing, NotPayable, NotCarried.
    """
    purse, unit = Account.CASH_BOX if way == "cash" else Account.WALLET, group.constitution.cash_unit
    there = tx.books.totals(group.id).get(purse, 0)
    paid = max(0, min(amount.minor, there))
    if way == "cash" or paid < amount.minor:
        paid = paid // unit * unit
    if amount.minor >= unit and not paid:
        there = max(0, there)
        raise InsufficientFunds(purse, short=amount.minor - there, there=there, currency=group.currency)
    money = Money(paid, group.currency)
    if way == "cash" or not phone or not money:
        return money
    able = serving(tx, "out", group.currency, phone)
    carried = as_carried(able, money)
    if not carried:
        check_can_be_sent(tx, money, phone)
    return carried
