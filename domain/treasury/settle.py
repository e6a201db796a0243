"""
From a payment to the books: what it posts when it has succeeded, what is undone when it has failed.

A purpose's own part of the entry is written beside the rules of that purpose, and found here by its name. The cash
side is the same for all: the cash box, the mobile-money wallet, or what was set aside in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.books.accounts import Account
from domain.books.ledger import Draft, Entry, Posting, reversal
from domain.records.group import Paid
from domain.records.notice import Notice, NoticeKind, Values
from domain.records.payment import OPEN, FailureReason, Payment, Purpose, failure_state
from domain.store import Change, Changed, Effects, Store
from domain.tell import tell

_ATTEMPTS_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Settled:
    """
    What a payment is to the books: `legs` are its postings without the cash side.

    They come to the amount: below zero for money in, above for money out. `changes` hold what the legs were worked
    out from to what it was then. The member is `told` with it that the money has arrived.
    """

    legs: tuple[Posting, ...]
    changes: tuple[Change, ...] = ()
    told: bool = True
    paid: tuple[str, str, Paid] | None = None


Settler = Callable[[Store, Payment, datetime], Settled]
Failer = Callable[[Store, Payment], None]

_SETTLERS: Final[dict[Purpose, Settler]] = {}
_FAILERS: Final[dict[Purpose, Failer]] = {}


def settles(purpose: Purpose) -> Callable[[Settler], Settler]:
    """Name the function that says what a payment for this purpose posts; it may be asked more than once."""

    def register(settler: Settler) -> Settler:
        _SETTLERS[purpose] = settler
        return settler

    return register


def fails(purpose: Purpose) -> Callable[[Failer], Failer]:
    """Name the function that undoes, inside the transaction, what waited for a payment that has failed."""

    def register(failer: Failer) -> Failer:
        _FAILERS[purpose] = failer
        return failer

    return register


def entry_of(store: Store, payment: Payment, at: datetime) -> tuple[Draft, Effects]:
    """What a payment that succeeded posts, and what belongs to it."""
    settled = _SETTLERS[payment.purpose](store, payment, at)
    draft = Draft(
        book=payment.group,
        currency=payment.amount.currency,
        reference=payment.reference,
        text=f"{payment.purpose} {payment.ref}",
        at=at,
        postings=(*_cash_side(payment, settled.legs), *settled.legs),
    )
    told = (_receipt(store, payment, at),) if settled.told else ()
    return draft, Effects(paid=settled.paid, changes=settled.changes, notices=told)


def _receipt(store: Store, payment: Payment, at: datetime) -> Notice:
    """That money has arrived, or was paid out; of cash without a reference, it went from hand to hand."""
    ref = "" if payment.way == "cash" else payment.ref
    values: Values = {"amount": payment.amount, "group": store.groups.get(payment.group).name, "ref": ref}
    kind: NoticeKind = "receipt" if payment.direction == "in" else "paid_out"
    return Notice(f"receipt:{payment.id}", payment.person, kind, values, at, next_at=at)


def _cash_side(payment: Payment, legs: tuple[Posting, ...]) -> tuple[Posting, ...]:
    total = sum(leg.amount for leg in legs)
    if payment.way != "cash":
        return (Posting(Account.WALLET if payment.direction == "in" else Account.WALLET_OUT, -total),)
    social = sum(leg.amount for leg in legs if leg.account == Account.SOCIAL_FUND)
    sides = {Account.SOCIAL_CASH: -social, Account.CASH_BOX: social - total}
    return tuple(Posting(account, amount) for account, amount in sides.items() if amount)


def payment_succeeded(store: Store, payment: Payment, provider_id: str) -> Entry:
    """The provider has moved the money: post it, close the payment, tell the member, all or nothing, once."""
    for _ in range(_ATTEMPTS_MAX):
        if store.payments.get(payment.id).state == "succeeded":
            posted = store.books.with_reference(payment.group, payment.reference)
            assert posted is not None, "a payment succeeds together with its entry"
            return posted
        draft, effects = entry_of(store, payment, store.now())
        closed = {"state": "succeeded", "provider_id": provider_id, "next_at": None, "needs_person": False}
        try:
            return store.post(draft, effects.also(Change("payments", payment.id, closed)))
        except Changed:
            continue  # somebody was faster with the same loan: work it out anew
    raise Changed(payment.id)


def payment_failed(
    store: Store,
    payment: Payment,
    reason: FailureReason,
    provider_reason: str = "",
    *,
    when: Mapping[str, Any] | None = None,
) -> None:
    """
    No money has moved and none will: close the payment, free what was set aside, tell the member why, once.

    `provider_reason` is the provider's own word, for operators. `when` is how the payment must still be, for a
    reason that is our own conclusion.
    """
    group = store.groups.get(payment.group)
    closed: dict[str, Any] = {
        "state": failure_state(reason),
        "reason": reason,
        "provider_reason": provider_reason,
        "next_at": None,
        "needs_person": False,
    }

    def work(tx: Store) -> None:
        if tx.payments.change(payment.id, when={"state": list(OPEN), **(when or {})}, **closed) is None:
            return
        kind: NoticeKind = "payment_failed"
        if payment.direction == "out":
            kind = "payout_failed"
            reserved = tx.books.with_reference(payment.group, payment.reservation)
            assert reserved is not None, "money was set aside when the payment was made"
            tx.post(reversal(reserved, f"release:{payment.id}", tx.now()))
        if failer := _FAILERS.get(payment.purpose):
            failer(tx, payment)
        tell(
            tx,
            payment.person,
            kind,
            id=f"failed:{payment.id}",
            amount=payment.amount,
            group=group.name,
            ref=payment.ref,
            reason=reason,
        )

    store.transaction(work)
