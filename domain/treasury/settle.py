"""
From a payment to the books: what it posts when it has succeeded, what is undone when it has failed or its cash is
taken back.

A purpose's own part of the entry is written beside the rules of that purpose, and found here by its name. The cash
side is the same for all: the cash box, the mobile-money wallet, or what was set aside in it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from domain.books.accounts import SAVINGS, Account
from domain.books.ledger import FORWARD, Draft, Entry, Posting, reversal
from domain.money import Money
from domain.records.group import Paid
from domain.records.inbound import inbound_id
from domain.records.notice import Notice, NoticeKind
from domain.records.payment import FAILED, OPEN, FailureReason, PaidFor, Payment, Purpose, Way, failure_state
from domain.store import Change, Changed, Duplicate, Effects, Store
from domain.tell import has_chat, tell
from domain.treasury.networks import networks_of
from domain.treasury.unclear import hand_to_person

_ATTEMPTS_MAX: Final = 8
# What a receipt tells the savings after.
_CHANGES_SAVINGS: Final[tuple[PaidFor, ...]] = ("savings", "share_capital", "credit", "withdrawal")
_SAVED: Final = (*SAVINGS, Account.CREDIT)


@dataclass(frozen=True, slots=True)
class Settled:
    """
    What a payment is to the books once it has succeeded: `legs` are its postings without the cash side and without
    what it `takes` from.

    Those of money in come to the amount below zero. `changes` hold what the legs were worked out from to what it
    was then. The member is `told` with it that the money has arrived: what it was `about`, which is the reference
    of a loan or the reason of a fine; what is `owed` of it still, None where nothing was owed; and what of it was
    more than was owed, and is their `credit`.
    """

    legs: tuple[Posting, ...] = ()
    changes: tuple[Change, ...] = ()
    told: bool = True
    about: str = ""
    owed: Money | None = None
    credit: Money | None = None
    paid: tuple[str, str, Paid] | None = None
    then: Callable[[Store], None] | None = None  # puts right, in the same transaction, what was posted before


Settler = Callable[[Store, Payment, datetime], Settled]
Source = Callable[[Store, Payment], tuple[Posting, ...]]
Failer = Callable[[Store, Payment], None]
Undoer = Callable[[Store, Payment, Entry], Settled]

_SETTLERS: Final[dict[Purpose, Settler]] = {}
_SOURCES: Final[dict[Purpose, Source]] = {}
_FAILERS: Final[dict[Purpose, Failer]] = {}
_UNDOERS: Final[dict[Purpose, Undoer]] = {}


def settles(purpose: Purpose) -> Callable[[Settler], Settler]:
    """Name the function that says what a payment for this purpose posts; it may be asked more than once."""

    def register(settler: Settler) -> Settler:
        _SETTLERS[purpose] = settler
        return settler

    return register


def takes(purpose: Purpose) -> Callable[[Source], Source]:
    """
    Name the function that says what a payment out is taken from, in debits: the member's own, or the social fund.

    It is taken when the payment is decided, and is the member's promised money until that has arrived; so whoever
    looks at a balance sees what is really left. A loan has no such source: it is owed once it was paid out.
    """

    def register(source: Source) -> Source:
        _SOURCES[purpose] = source
        return source

    return register


def fails(purpose: Purpose) -> Callable[[Failer], Failer]:
    """Name the function that undoes, inside the transaction, what waited for a payment that has failed."""

    def register(failer: Failer) -> Failer:
        _FAILERS[purpose] = failer
        return failer

    return register


def undoes(purpose: Purpose) -> Callable[[Undoer], Undoer]:
    """
    Name the function that says what else has to be as before when the entry of a payment in cash is mirrored.

    It is given that entry, and answers without legs: the mirror has them all. What it refuses stays as it is.
    """

    def register(undoer: Undoer) -> Undoer:
        _UNDOERS[purpose] = undoer
        return undoer

    return register


def undone(store: Store, payment: Payment, posted: Entry) -> Settled:
    """What belongs to the mirror of a payment's entry. Raises NotReversible."""
    return _UNDOERS[payment.purpose](store, payment, posted)


def entry_of(store: Store, payment: Payment, at: datetime) -> tuple[Draft, Effects]:
    """What a payment that succeeded posts, and what belongs to it."""
    settler = _SETTLERS.get(payment.purpose)
    settled = settler(store, payment, at) if settler else Settled()
    legs, promised = settled.legs, payment.direction == "out" and payment.way != "cash"
    if promised and payment.purpose in _SOURCES:
        legs = (Posting(Account.PROMISED, payment.amount.minor, payment.person), *legs)
    elif not promised:
        legs = (*taken(store, payment), *legs)
    aside = (Posting(Account.WALLET_OUT, -payment.amount.minor, provider=payment.provider),)
    moved = aside if promised else purses(payment.way, legs, payment.provider)
    draft = _draft(payment, payment.reference, f"{payment.purpose} {payment.ref}", at, (*moved, *legs))
    # Who had no phone then, and has no chat, has their passbook.
    tells = settled.told and (payment.phone or has_chat(store, payment.person))
    told = (_receipt(store, payment, at, settled, legs),) if tells else ()
    return draft, Effects(paid=settled.paid, changes=settled.changes, notices=told, then=settled.then)


def post_settled(store: Store, draft: Draft, effects: Effects) -> Entry:
    """Post what a payment is to the books, and what it puts right with it, all or nothing."""
    if effects.then is None:
        return store.post(draft, effects)

    return store.transaction(lambda tx: post_inside(tx, draft, effects))


def post_inside(tx: Store, draft: Draft, effects: Effects) -> Entry:
    """The same inside a transaction."""
    entry = tx.post(draft, effects)
    if effects.then:
        effects.then(tx)
    return entry


def promise(store: Store, payment: Payment, at: datetime) -> Draft:
    """
    What sets mobile money aside that is to be sent: on its way out of the wallet, and not the member's to use.
    """
    minor, legs = payment.amount.minor, taken(store, payment)
    promised = (Posting(Account.PROMISED, -minor, payment.person),) if legs else ()
    provider = payment.provider
    out_of = purses(payment.way, legs, provider) if legs else (Posting(Account.WALLET, -minor, provider=provider),)
    aside = Posting(Account.WALLET_OUT, minor, provider=provider)
    text = f"on its way {payment.ref}"
    return _draft(payment, payment.reservation, text, at, (aside, *out_of, *legs, *promised))


def taken(store: Store, payment: Payment) -> tuple[Posting, ...]:
    """What a payment out is taken from, as it would be now; nothing for a loan, and for money in."""
    source = _SOURCES.get(payment.purpose)
    return source(store, payment) if source else ()


def _draft(payment: Payment, reference: str, text: str, at: datetime, postings: tuple[Posting, ...]) -> Draft:
    return Draft(payment.group, payment.amount.currency, reference, text, at, postings)


def _receipt(store: Store, payment: Payment, at: datetime, settled: Settled, legs: Iterable[Posting]) -> Notice:
    """
    That money has arrived, or was paid out, what for, and what there is now; of cash without a reference, it went
    from hand to hand.
    """
    values: dict[str, str | int | Money] = {
        "amount": payment.amount,
        "group": store.groups.get(payment.group).name,
        "ref": "" if payment.way == "cash" else payment.ref,
        "what": payment.paid_for,
        "about": settled.about,
    }
    if settled.credit:
        values |= {"rest": "credit", "left": settled.credit}
    elif settled.owed is not None:
        values |= {"rest": "owed", "left": settled.owed}
    elif payment.paid_for in _CHANGES_SAVINGS:
        values |= {"rest": "saved", "left": _saved(store, payment, legs)}
    kind: NoticeKind = "receipt" if payment.direction == "in" else "paid_out"
    return Notice(f"receipt:{payment.id}", payment.person, kind, values, at, next_at=at)


def _saved(store: Store, payment: Payment, legs: Iterable[Posting]) -> Money:
    """What the member has saved once these are posted."""
    before = store.books.of_member_in([payment.group], payment.person)
    minor = sum(before[payment.group, account] for account in _SAVED)
    minor += sum(leg.amount for leg in legs if leg.account in _SAVED and leg.member == payment.person)
    return Money(-minor, payment.amount.currency)


def purses(way: Way, legs: tuple[Posting, ...], provider: str = "") -> tuple[Posting, ...]:
    """
    The other side of `legs`: where the money lies, mobile money with the `provider` who moves it. The social
    fund's is in purses of its own, whichever way it comes and goes.
    """
    social = sum(leg.amount for leg in legs if leg.account == Account.SOCIAL_FUND)
    rest = sum(leg.amount for leg in legs) - social
    if way == "cash":
        sides = {Account.SOCIAL_CASH: -social, Account.CASH_BOX: -rest}
    else:
        sides = {Account.SOCIAL_WALLET: -social, Account.WALLET: -rest}
    return tuple(Posting(account, minor, provider=provider) for account, minor in sides.items() if minor)


def payment_succeeded(store: Store, payment: Payment, provider_id: str) -> Entry | None:
    """
    The provider has moved the money: post it, close the payment, tell the member, all or nothing, once.

    Money that comes in is posted, even if it was said before that it would not. Of money out that was said not to
    have left, what was set aside is free again and may be used: nothing is posted then, and a person has to look;
    answers with None. Raises Duplicate where this id of the provider's is that of another payment, or of money
    that came unasked.
    """
    for _ in range(_ATTEMPTS_MAX):
        now = store.payments.get(payment.id)
        state = now.state
        if payment.direction == "out" and state in FAILED:
            said = {"provider_id": provider_id, "provider_reason": "SUCCEEDED_AFTER_FAILED"}
            # Said again, a person has it already, or has put it right.
            if any(getattr(now, name) != value for name, value in said.items()):
                hand_to_person(store, now, "both", when={"state": state}, next_at=None, **said)
            return None
        if state == "succeeded":
            posted = store.books.with_reference(payment.group, payment.reference)
            assert posted is not None, "a payment succeeds together with its entry"
            return posted
        if payment.direction == "in":
            came = store.inbound.one(id=inbound_id(payment.provider, provider_id))
            if came is not None and came.payment != payment.id:
                raise Duplicate(came.id)
        post = partial(_close, payment=payment, provider_id=provider_id)
        try:
            # Where another payment can change what this one comes to, it is worked out and posted in one.
            return store.transaction(post) if payment.moves_credit else post(store)
        except Changed:
            continue  # somebody was faster with the same loan: work it out anew
    raise Changed(payment.id)


def succeeded_inside(tx: Store, payment: Payment, provider_id: str) -> Entry:
    """
    The same inside a transaction, of money in that has not succeeded. Raises Changed and Duplicate: then the
    transaction is to be tried again.
    """
    return post_inside(tx, *_closing(tx, payment, provider_id))


def _close(store: Store, payment: Payment, provider_id: str) -> Entry:
    return post_settled(store, *_closing(store, payment, provider_id))


def _closing(store: Store, payment: Payment, provider_id: str) -> tuple[Draft, Effects]:
    draft, effects = entry_of(store, payment, store.now())
    closed = {"state": "succeeded", "provider_id": provider_id, "next_at": None, "needs_person": False}
    still = {"state": [*OPEN, *FAILED] if payment.direction == "in" else list(OPEN)}
    return draft, effects.also(Change("payments", payment.id, closed, when=still))


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
    # Its digits may tell the network that it was with before: the member can say which it is now.
    is_elsewhere = reason == "no_account" and len(networks_of(store, payment.phone)) > 1
    said: FailureReason = "other_network" if is_elsewhere else reason
    closed: dict[str, Any] = {
        "state": failure_state(reason),
        "reason": reason,
        "provider_reason": provider_reason,
        "next_at": None,
        "needs_person": False,
    }

    def work(tx: Store) -> None:
        now = tx.payments.change(payment.id, when={"state": list(OPEN), **(when or {})}, **closed)
        if now is None:
            return
        if now.answer is not None:
            # The provider has just said something that nobody has taken yet: it is looked at all the same.
            tx.payments.change(payment.id, next_at=tx.now())
        kind: NoticeKind = "payment_failed"
        if payment.direction == "out":
            kind = "payout_failed"
            _release(tx, payment)
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
            reason=said,
        )

    store.transaction(work)


def _release(tx: Store, payment: Payment) -> None:
    """What was set aside is where it was before."""
    reserved = tx.books.with_reference(payment.group, payment.reservation)
    assert reserved is not None, "money was set aside when the payment was made"
    tx.post(reversal(reserved, f"release:{payment.id}", tx.now()))
    # What was on its way when promises came into the books has an entry more, see `domain/treasury/forward.py`.
    if promised := tx.books.with_reference(payment.group, payment.promise):
        mirror = reversal(promised, f"{FORWARD}release:{payment.id}", tx.now())
        # What it set aside of the social fund came from the group's wallet then, and is in the fund's own now.
        social = sum(leg.amount for leg in mirror.postings if leg.account == Account.SOCIAL_FUND)
        own = (Posting(Account.SOCIAL_WALLET, -social), Posting(Account.WALLET, social)) if social else ()
        tx.post(replace(mirror, postings=(*mirror.postings, *own)))
