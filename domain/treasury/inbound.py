"""
Money that nobody asked for: taken in once, put where its account says, and never lost where that says nothing.

It is first looked at whether it is that of a payment we asked for. Else it is for the member whose account was
typed, by the rules of its purpose (`@means`). What is nobody's, or cannot be its member's now, waits until
somebody says whose it is, see `unidentified.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from domain.commands import one_at_a_time
from domain.errors import BadValue
from domain.money import MINOR_MAX, Money
from domain.people.phones import holders_of
from domain.records.account_number import PurposeLetter, account_number, accounts_read, group_codes_read
from domain.records.group import Group, PaymentPart
from domain.records.inbound import NO_PAYER, Came, Inbound, NotTaken, WhyUnplaced, inbound_id
from domain.records.payer import first_name, is_number, payer_hint
from domain.records.payment import FAILED, OPEN, Payment, Purpose
from domain.records.person import (
    Membership,
    MembershipStatus,
    Person,
    membership_id,
)
from domain.store import Between, Changed, Duplicate, Store
from domain.treasury.money_in import new_payment
from domain.treasury.settle import entry_of, post_inside, succeeded_inside
from domain.treasury.unidentified import keep_unidentified, tell_keeper

# A prompt is paid on the same day, if it is.
_SAME_WITHIN: Final = timedelta(hours=24)
_CLOCKS_APART: Final = timedelta(minutes=10)
# A provider's clock is not so much before ours: a time zone was taken for another one.
_AHEAD_MAX: Final = timedelta(hours=1)
# What comes in later than this counts from when we heard of it.
_COUNTS_WITHIN: Final = timedelta(days=3)
_ATTEMPTS_MAX: Final = 8
_ACCOUNT_KEPT_MAX: Final = 40
_REF_LENGTH_MAX: Final = 20
_THERE: Final[tuple[MembershipStatus, ...]] = ("active", "suspended")
_ASKED: Final = 1  # how likely it is of a prompt that is open, see `_rank`
_LETTERS: Final[dict[Purpose, PurposeLetter]] = {"repayment": "L", "fine": "F"}


class BadInbound(BadValue):
    """No money that came in can be so: without a receipt, of no amount, in another currency, or of tomorrow."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What a member's money is for, as the fields of its payment; it counts from `at`, None for its own time."""

    purpose: Purpose
    meeting: str = ""
    subject: str = ""
    parts: tuple[PaymentPart, ...] = ()
    at: datetime | None = None


# Of the group, of which member, how much, from when it counts; or why it can be for nothing now.
Meaning = Callable[[Store, Group, Membership, Money, datetime], Meant | WhyUnplaced]
_MEANINGS: Final[dict[PurposeLetter, Meaning]] = {}


def means(letter: PurposeLetter) -> Callable[[Meaning], Meaning]:
    """Name the function that says what money is for whose account ends with this letter."""

    def register(meaning: Meaning) -> Meaning:
        _MEANINGS[letter] = meaning
        return meaning

    return register


def account_for(store: Store, payment: Payment) -> str:
    """What a payer of this payment is shown as the account: as if they had typed it. "" for no account number."""
    membership = store.memberships.get(membership_id(payment.group, payment.person))
    code = store.groups.get(payment.group).code
    return account_number(code, membership.number, _LETTERS.get(payment.purpose, ""))


def check_account(store: Store, rail: str, account: str, amount: Money) -> NotTaken | None:
    """Why money should not be sent to an account, before it is; two reads by indexes, and no write."""
    if not 0 < amount.minor <= MINOR_MAX:
        return "amount"
    owner = _owner(store, account)
    if owner is None:
        return None if _asked_by_ref(store, rail, account) else "account"
    if owner.membership is None or owner.membership.status not in _THERE:
        return "account"
    return "other" if amount.currency != owner.group.currency or owner.group.closing else None


def receive(store: Store, came: Came) -> Inbound:
    """
    Take in money that a provider says has come, once for its receipt, whoever says it how often at what moment.
    What is awaited is written down, and in no book before it is confirmed.

    Raises BadInbound for what cannot be, and what the store raises: then nothing was written.
    """
    _check(store, came)
    for _ in range(_ATTEMPTS_MAX):
        try:
            return store.transaction(partial(_taken_in, came=came))
        except (Changed, Duplicate):
            continue  # somebody was faster, with this receipt or with the same loan: look again
    raise Changed(inbound_id(came.rail, came.receipt))


def confirm(store: Store, rail: str, receipt: str, amount: Money, payer: str = "") -> None:
    """
    A provider was asked, and says that this has come: what a call told of it is true. Where the two say other
    amounts, the provider's list decides. Raises as `receive`.
    """
    known = store.inbound.one(id=inbound_id(rail, receipt))
    if known is not None and known.said_by != "confirmed" and known.amount == amount:
        payer = payer or known.payer_hint
        receive(store, Came(rail, receipt, amount, known.account, known.at, payer, known.payer_name))


def receive_other(store: Store, payment: Payment, receipt: str, at: datetime) -> Inbound:
    """
    A provider says that a payment has succeeded by another receipt than the one it has: the same member has paid
    twice. It is taken in as what they paid without being asked.
    """
    account, payer = account_for(store, payment), payment.phone.removeprefix("+")
    return receive(store, Came(payment.provider, receipt, payment.amount, account, at, payer))


def _check(store: Store, came: Came) -> None:
    if not came.rail or not came.receipt.strip():
        raise BadInbound("money without a receipt")
    rails = [each for each in store.providers if (each.name, each.direction) == (came.rail, "in")]
    if rails and not any(came.amount.currency in each.currencies for each in rails):
        raise BadInbound(f"{came.rail} takes no {came.amount.currency}")
    if not 0 < came.amount.minor <= MINOR_MAX:
        raise BadInbound(f"{came.rail} {came.receipt}: an amount that nobody pays")
    if came.at.tzinfo is None or came.at > store.now() + _AHEAD_MAX:
        raise BadInbound(f"{came.rail} {came.receipt}: a time to come, or in no time zone")


@dataclass(frozen=True, slots=True)
class _Owner:
    """The group of an account, and whose it is; None where nobody has it."""

    group: Group
    membership: Membership | None = None
    letter: PurposeLetter = ""


def _owner(store: Store, typed: str) -> _Owner | None:
    """Whose account was typed; None where its check digit is wrong, or it could be that of two."""
    ways = accounts_read(typed)
    if not ways:
        return None
    groups = {each.code: each for each in store.groups.find(code=[way.code for way in ways])}
    found = [(groups[way.code], way) for way in ways if way.code in groups]
    there = [(group, way) for group, way in found if way.number <= group.members]
    if len(there) != 1:
        return _Owner(found[0][0]) if len(found) == 1 else None
    group, way = there[0]
    membership = store.memberships.one(group=group.id, number=way.number)
    if membership is None or membership.status in ("pending", "refused"):
        return _Owner(group)
    return _Owner(group, membership, way.letter)


def _group_read(store: Store, typed: str) -> _Owner | None:
    """The group that a wrong account begins with; None where that could be none, or several."""
    codes = group_codes_read(typed)
    groups = store.groups.find(code=list(codes)) if codes else []
    return _Owner(groups[0]) if len(groups) == 1 else None


def _taken_in(tx: Store, came: Came) -> Inbound:
    id = inbound_id(came.rail, came.receipt)
    known = tx.inbound.one(id=id)
    if known is not None and came.said_by == "confirmed" and known.said_by == "believed":
        known = tx.inbound.change(id, said_by="confirmed")
    if known is not None and not (came.said_by == "confirmed" and known.said_by == "awaited"):
        return known
    if _is_of_a_prompt(tx, came):
        came = replace(came, said_by="confirmed")
    new = Inbound(
        id=id,
        rail=came.rail,
        receipt=came.receipt,
        amount=came.amount,
        account=_readable(came.account[:_ACCOUNT_KEPT_MAX]),
        payer_hint=came.payer.removeprefix("+") if is_number(came.payer) else "unknown",
        payer_name=first_name(came.payer_name),
        at=came.at,
        came_at=known.came_at if known else tx.now(),
        state="unidentified",
        words_until=tx.now() + tx.offered.words_kept,
        said_by=came.said_by,
        next_at=tx.now() if came.said_by == "awaited" else None,
    )
    if came.said_by != "awaited":
        new = _put_where_it_belongs(tx, new, came)
    if known is None:
        tx.inbound.insert(new)
    else:
        _rewrite(tx, new)
    return new


def put_where_it_belongs(store: Store, id: str) -> bool:
    """
    One of several prompts is paid by this money: once they have ended it is of that one, or of nobody who was
    asked. False while it waits for them yet. Raises as the store.
    """
    for _ in range(_ATTEMPTS_MAX):
        try:
            return store.transaction(partial(_put_now, id=id))
        except (Changed, Duplicate):
            continue
    return False


def _put_now(tx: Store, id: str) -> bool:
    known = tx.inbound.get(id)
    if known.state != "unidentified" or known.why != "prompts":
        return True
    came = Came(
        known.rail, known.receipt, known.amount, known.account, known.at, known.payer_hint, known.payer_name
    )
    new = _put_where_it_belongs(tx, replace(known, why="", next_at=None), came)
    if new.why == "prompts":
        return False
    _rewrite(tx, new)
    if new.payment and new.said_by == "confirmed":
        tx.payments.change(new.payment, reconciled=True)  # the list that has it was compared when it came
    return True


def _rewrite(tx: Store, new: Inbound) -> None:
    tx.inbound.change(new.id, **{each.name: getattr(new, each.name) for each in fields(new) if each.name != "id"})


def _is_of_a_prompt(tx: Store, came: Came) -> bool:
    """What we asked for has come under this receipt, as its provider has said: nothing is left to confirm."""
    paid = tx.payments.one(provider=came.rail, provider_id=came.receipt)
    return paid is not None and (paid.direction, paid.state, paid.amount) == ("in", "succeeded", came.amount)


def _put_where_it_belongs(tx: Store, new: Inbound, came: Came) -> Inbound:
    owner = _owner(tx, came.account)
    payments = _asked_for(tx, came, owner)
    if len(payments) > 1:
        return replace(new, why="prompts", next_at=tx.now())
    if payments:
        (payment,) = payments
        _complete(tx, payment, came.receipt)
        only_hint = NO_PAYER | {"payer_hint": payer_hint(came.payer, payment.phone)}
        new = replace(new, state="matched", payment=payment.id, **only_hint)
        return replace(new, group=payment.group, person=payment.person)
    if of_group := owner or _group_read(tx, came.account):
        return _of_group(tx, of_group, new, came)
    return replace(new, why="account")


def _readable(typed: str) -> str:
    """What was typed, as it may be shown anywhere: nothing in it moves a cursor or turns words."""
    return "".join(each if each.isprintable() else "?" for each in typed)


def _asked_for(tx: Store, came: Came, owner: _Owner | None) -> list[Payment]:
    """
    The payment that this money is of: by its receipt, else one that it can be. Several where they are open: if it
    was put to one of them, and its provider said then, without a receipt, that another one is paid, it would be in
    the books twice. None where it is of nothing that was asked for.
    """
    if (known := tx.payments.one(provider=came.rail, provider_id=came.receipt)) is not None:
        return [known]
    found = _asked_by_ref(tx, came.rail, came.account)
    if owner is not None and owner.membership is not None:
        asked = _asked_of(tx, came, owner.membership.person, group=owner.group.id)
        found += [each for each in asked if _LETTERS.get(each.purpose, "") == owner.letter]
    elif not came.account.strip() and is_number(came.payer):
        # Goods are bought at a till without an account, and a prompt is paid from the phone that was asked.
        holders = holders_of(tx, f"+{came.payer.removeprefix('+')}")
        found += [each for holder in holders for each in _asked_of(tx, came, holder.id)]
    ranked = [(_rank(tx, each, came), each) for each in found if each.amount == came.amount]
    least = min((rank for rank, _ in ranked if rank is not None), default=None)
    likely = sorted((each for rank, each in ranked if rank == least is not None), key=lambda each: each.created_at)
    # Only one whose name is known can be said to be paid without a receipt, while nobody has to look at it.
    named = [each for each in likely if least == _ASKED and each.provider_key and not each.needs_person]
    return named or likely[-1:]


def _asked_of(store: Store, came: Came, person: str, **of: Any) -> list[Payment]:
    """What somebody was asked for by this rail, at a time that this money can be of."""
    at = Between(came.at - _SAME_WITHIN, came.at + _CLOCKS_APART)
    return store.payments.find(person=person, created_at=at, direction="in", provider=came.rail, **of)


def _asked_by_ref(store: Store, rail: str, typed: str) -> list[Payment]:
    """Those that were asked for by this rail under a reference that was typed, or that the rail was given."""
    ref = typed.strip().upper()
    if not 0 < len(ref) <= _REF_LENGTH_MAX:
        return []
    found = store.payments.find(way="mobile_money", ref=ref)
    return [each for each in found if (each.provider, each.direction) == (rail, "in")]


def _rank(store: Store, payment: Payment, came: Came) -> int | None:
    """
    How likely it is this payment's money, the lowest first; None where it is not.

    First is one that a callback has told this receipt of. One that has succeeded without a receipt goes before one
    that is open, which would else be taken for paid. But it had moved when we heard that it has: what moves later
    is money of its own. One that nobody was asked for yet goes after one that was asked for.
    """
    if not payment.created_at - _CLOCKS_APART <= came.at <= payment.created_at + _SAME_WITHIN:
        return None
    if payer_hint(came.payer, payment.phone) == "other":
        return None
    if payment.state in (*OPEN, *FAILED) and payment.told is not None and payment.told.receipt == came.receipt:
        return -1
    if payment.state in OPEN:
        return _ASKED if payment.state != "created" else 2
    if payment.state in FAILED:
        return 3
    if not payment.provider_key or payment.provider_id != payment.provider_key:
        return None
    posted = store.books.with_reference(payment.group, payment.reference)
    return 0 if posted is not None and came.at <= posted.at + _CLOCKS_APART else None


def _complete(tx: Store, payment: Payment, receipt: str) -> None:
    if payment.state != "succeeded" and payment.direction == "in":
        succeeded_inside(tx, payment, receipt)
    elif payment.provider_id != receipt:
        tx.payments.change(payment.id, provider_id=receipt)


def _of_group(tx: Store, owner: _Owner, new: Inbound, came: Came) -> Inbound:
    """Money of a group: its member's, or nobody's yet."""
    group, membership = owner.group, owner.membership
    if came.amount.currency != group.currency:
        return replace(new, why="currency")
    if membership is None:
        return keep_unidentified(tx, group, replace(new, why="account"))
    person = tx.people.get(membership.person)
    new = replace(new, person=person.id, payer_hint=payer_hint(came.payer, person.phone))
    if membership.status not in _THERE or group.closing:
        new = replace(new, why="closing" if group.closing else "left")
        return keep_unidentified(tx, group, new, told=membership.status != "deceased")
    # Two at once would both see the room there was before either.
    one_at_a_time(tx.people, person.id)
    at, why = _counts_from(tx, group, came.at), _kept_from(person, membership)
    meant = why or _MEANINGS[owner.letter](tx, group, membership, came.amount, at)
    if not isinstance(meant, Meant):
        why, meant = meant, Meant("credit")
    payment = _paid_in(tx, group, person, came, meant, at)
    if why:
        said = {"name": person.name, "ref": payment.ref, "why": why}
        tell_keeper(tx, group, "unasked_on_credit", new, amount=came.amount, **said)
    only_hint = NO_PAYER | {"payer_hint": new.payer_hint}
    return replace(new, state="attributed", group=group.id, payment=payment.id, why=why, **only_hint)


def _kept_from(person: Person, membership: Membership) -> WhyUnplaced:
    """Why money of a member is theirs, but pays nothing now; "" where it does."""
    if person.frozen:
        return "frozen"
    return "suspended" if membership.status == "suspended" else ""


def _paid_in(tx: Store, group: Group, person: Person, came: Came, meant: Meant, at: datetime) -> Payment:
    """It is in the book as what it is for, and its member has a receipt."""
    made = new_payment(tx, group, person, came.amount, meant.purpose, "mobile_money")
    payment = replace(
        made,
        provider=came.rail,
        provider_id=came.receipt,
        state="succeeded",
        created_at=meant.at or at,
        next_at=None,
        meeting=meant.meeting or made.meeting,
        subject=meant.subject,
        parts=meant.parts,
    )
    tx.payments.insert(payment)
    post_inside(tx, *entry_of(tx, payment, tx.now()))
    return payment


def _counts_from(tx: Store, group: Group, at: datetime) -> datetime:
    """When it was paid; or now, where that is of a cycle that is over, or of long ago."""
    now = tx.now()
    began = group.cycle_began_at or group.created_at
    return at if max(began, now - _COUNTS_WITHIN) <= at <= now else now
