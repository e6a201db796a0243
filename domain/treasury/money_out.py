"""Money out of a group to a member: what must hold before it leaves, and how it is set aside until it has."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from domain.books.accounts import Account
from domain.books.ledger import Draft, InsufficientFunds, Posting
from domain.decisions.rights import Frozen
from domain.errors import DomainError
from domain.money import Money
from domain.records.group import Group
from domain.records.payment import DIRECTIONS, PROMPT_AFTER, Payment, Purpose, Way
from domain.store import Store
from domain.treasury.digest import note_payout
from domain.treasury.money_in import check_pace, new_ref
from domain.treasury.providers import provider_for
from domain.treasury.settle import entry_of

# A number that was changed a moment ago may be a thief's.
PAYEE_HELD_FOR: Final = timedelta(hours=24)
# What the members decided together is not held up by the cap of a day.
_BEYOND_THE_CAP: Final[frozenset[Purpose]] = frozenset({"share_out", "exit", "rotation"})


class NotPayable(DomainError):
    """No mobile-money provider pays out in this currency to the member's number: it has to be cash."""

    code = "not_payable"


class PayeeHeld(DomainError):
    """The member's number is new; `hours` until money is sent to it."""

    code = "payee_held"


class PayoutCap(DomainError):
    """The group has paid out all it may in a day by mobile money; `left` in minor units of `currency`."""

    code = "payout_cap"


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
) -> Payment:
    """
    Pay a member, inside the transaction of the command that decides it.

    Cash is posted at once, by the `officer` who hands it over. Mobile money is set aside in the wallet and posted
    when the provider has confirmed it; until then it is nobody else's. Raises InsufficientFunds, TooManyPayments,
    Frozen, NotPayable, PayeeHeld, PayoutCap.
    """
    payee, now = tx.people.get(person), tx.now()
    if payee.frozen:
        raise Frozen
    provider = "" if way == "cash" else provider_for(tx, "out", amount.currency, payee.phone)
    payment = Payment(
        id=tx.new_id(),
        ref=new_ref("P"),
        group=group.id,
        person=person,
        phone=payee.phone,
        amount=amount,
        parts=(),
        meeting=group.constitution.day(now).isoformat(),
        way=way,
        provider=provider,
        state="succeeded" if way == "cash" else "created",
        created_at=now,
        next_at=None if way == "cash" else now + PROMPT_AFTER,
        purpose=purpose,
        subject=subject,
        direction=DIRECTIONS[purpose],
        officer=officer,
        asked_by=asked_by,
    )
    assert payment.direction == "out" and amount.minor > 0, "money goes out by what is for that"
    if asked_by:
        check_pace(tx, asked_by)
    note_payout(tx, group)
    if way == "cash":
        tx.payments.insert(payment)
        tx.post(*entry_of(tx, payment, now))
        return payment
    if not provider:
        raise NotPayable
    if payee.phone_changed_at and now - payee.phone_changed_at < PAYEE_HELD_FOR:
        left = PAYEE_HELD_FOR - (now - payee.phone_changed_at)
        raise PayeeHeld(hours=-(-int(left.total_seconds()) // 3600))
    if purpose not in _BEYOND_THE_CAP:
        _check_cap(tx, group, amount)
    set_aside = (Posting(Account.WALLET_OUT, amount.minor), Posting(Account.WALLET, -amount.minor))
    tx.post(Draft(group.id, group.currency, payment.reservation, f"on its way {payment.ref}", now, set_aside))
    # Last, so that a refusal leaves nothing behind where it is caught and the transaction goes on.
    tx.payments.insert(payment)
    return payment


def _check_cap(tx: Store, group: Group, amount: Money) -> None:
    today, cap = group.constitution.day(tx.now()).isoformat(), group.constitution.payout_cap
    paid = tx.payments.find(group=group.id, direction="out", meeting=today)
    sent = (each for each in paid if each.way == "mobile_money" and each.state not in ("failed", "expired"))
    gone = sum(each.amount.minor for each in sent if each.purpose not in _BEYOND_THE_CAP)
    if gone + amount.minor > cap.minor:
        raise PayoutCap(left=max(0, cap.minor - gone), currency=group.currency)


def within(tx: Store, group: Group, way: Way, amount: Money) -> Money:
    """
    As much of an amount as can be paid this way; the rest can follow by the other. Cash is in whole units, and so
    is what leaves a rest for it.

    Raises InsufficientFunds when there is nothing.
    """
    totals, unit = tx.books.totals(group.id), group.constitution.cash_unit
    if way == "cash":
        there = totals.get(Account.CASH_BOX, 0)
    else:
        there = totals.get(Account.WALLET, 0) - social_in_wallet(totals)
    paid = max(0, min(amount.minor, there))
    if way == "cash" or paid < amount.minor:
        paid = paid // unit * unit
    if amount.minor >= unit and not paid:
        raise InsufficientFunds(
            account=Account.CASH_BOX if way == "cash" else Account.WALLET, short=amount.minor - max(0, there)
        )
    return Money(paid, group.currency)


def social_in_wallet(totals: Mapping[str, int]) -> int:
    """What of the wallet is the social fund's, by the balances of a book: what the fund has beyond its own box."""
    return max(0, -totals.get(Account.SOCIAL_FUND, 0) - totals.get(Account.SOCIAL_CASH, 0))
