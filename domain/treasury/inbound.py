"""
Money that nobody asked for: taken in once, put where its account says, and never lost where that says nothing.

It is first looked at whether it is that of a payment we asked for. Else it is for the member whose account was
typed, by the rules of its purpose (`@means`). What is nobody's, or cannot be its member's now, lies in the group's
book among what has no owner yet, until officers say whose it is; where not even the group can be read, in no book,
until an operator says which one it is.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from msgspec import Meta

from domain.books.accounts import Account
from domain.books.ledger import Draft, Posting, reversal
from domain.commands import one_at_a_time
from domain.errors import BadValue
from domain.money import Money
from domain.records.account_number import PurposeLetter, account_number, accounts_read, group_codes_read
from domain.records.group import Group, PaymentPart
from domain.records.inbound import NO_PAYER, Came, Inbound, NotTaken, PayerHint, WhyUnplaced, inbound_id
from domain.records.notice import NoticeKind
from domain.records.payment import FAILED, OPEN, Payment, Purpose
from domain.records.person import (
    AlreadyDecided,
    Membership,
    MembershipStatus,
    NoSuchGroup,
    NotAllowed,
    membership_id,
)
from domain.records.phone import forms_of
from domain.store import Between, Changed, Duplicate, Store
from domain.tell import tell, tell_officers
from domain.treasury.money_in import new_payment
from domain.treasury.settle import entry_of, post_inside, purses, succeeded_inside

# A prompt is paid on the same day, if it is. One that has succeeded already was paid within minutes of it.
_SAME_WITHIN: Final = timedelta(hours=24)
_RECEIPT_WITHIN: Final = timedelta(minutes=30)
_CLOCKS_APART: Final = timedelta(minutes=10)
# A provider's clock is not so much before ours: a time zone was taken for another one.
_AHEAD_MAX: Final = timedelta(hours=1)
# What comes in later than this counts from when we heard of it.
_COUNTS_WITHIN: Final = timedelta(days=3)
_ATTEMPTS_MAX: Final = 8
_SHOWN_MAX: Final = 20
_TYPED_SHOWN: Final = 20
# What was typed as an account, where it is shown: M-Pesa takes no more.
Typed = Annotated[str, Meta(examples=["W" * _TYPED_SHOWN, ""])]
_ACCOUNT_KEPT_MAX: Final = 40
_NAME_KEPT_MAX: Final = 20
_HASH_LENGTH: Final = 64
# Of a number under a mask, so many digits say something.
_MASKED_DIGITS_MIN: Final = 5
_NUMBER: Final = re.compile(r"\+?\d{9,15}", re.ASCII)
_THERE: Final[tuple[MembershipStatus, ...]] = ("active", "suspended")
_LETTERS: Final[dict[Purpose, PurposeLetter]] = {"repayment": "L", "fine": "F"}


class BadInbound(BadValue):
    """No money that came in can be so: without a receipt, of nothing, in another currency, or of tomorrow."""


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
    if amount.minor <= 0:
        return "amount"
    owner = _owner(store, account)
    if owner is None:
        return None if _asked_by_ref(store, rail, account) else "account"
    if owner.membership is None or owner.membership.status not in _THERE:
        return "account"
    return "other" if amount.currency != owner.group.currency else None


def receive(store: Store, came: Came) -> Inbound:
    """
    Take in money that a provider says has come, once for its receipt, whoever says it how often at what moment.

    Raises BadInbound for what cannot be, and what the store raises: then nothing was written.
    """
    _check(store, came)
    for _ in range(_ATTEMPTS_MAX):
        try:
            return store.transaction(partial(_taken_in, came=came))
        except (Changed, Duplicate):
            continue  # somebody was faster, with this receipt or with the same loan: look again
    raise Changed(inbound_id(came.rail, came.receipt))


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
    taken = {each.name: each.currencies for each in store.providers if each.direction == "in"}
    if came.amount.currency not in taken.get(came.rail, {came.amount.currency}):
        raise BadInbound(f"{came.rail} takes no {came.amount.currency}")
    if came.amount.minor <= 0:
        raise BadInbound(f"{came.rail} {came.receipt}: an amount of nothing")
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
    return _Owner(group, store.memberships.one(group=group.id, number=way.number), way.letter)


def _group_read(store: Store, typed: str) -> _Owner | None:
    """The group that a wrong account begins with; None where that could be none, or several."""
    codes = group_codes_read(typed)
    groups = store.groups.find(code=list(codes)) if codes else []
    return _Owner(groups[0]) if len(groups) == 1 else None


def _taken_in(tx: Store, came: Came) -> Inbound:
    id = inbound_id(came.rail, came.receipt)
    if (known := tx.inbound.one(id=id)) is not None:
        return known
    new = Inbound(
        id=id,
        rail=came.rail,
        receipt=came.receipt,
        amount=came.amount,
        account=came.account[:_ACCOUNT_KEPT_MAX],
        payer_hint=came.payer.removeprefix("+") if _is_number(came.payer) else "unknown",
        payer_name=_first_name(came.payer_name),
        at=came.at,
        came_at=tx.now(),
        state="unidentified",
        words_until=tx.now() + tx.offered.words_kept,
    )
    owner = _owner(tx, came.account)
    if (payment := _asked_for(tx, came, owner)) is not None:
        _complete(tx, payment, came.receipt)
        new = replace(
            new,
            state="matched",
            group=payment.group,
            person=payment.person,
            payment=payment.id,
            **NO_PAYER | {"payer_hint": payer_hint(came.payer, payment.phone)},
        )
    elif of_group := owner or _group_read(tx, came.account):
        new = _of_group(tx, of_group, new, came)
    else:
        new = replace(new, why="account")
    tx.inbound.insert(new)
    return new


def _asked_for(tx: Store, came: Came, owner: _Owner | None) -> Payment | None:
    """The payment that this money is of: by its receipt, else one that it can be."""
    if (known := tx.payments.one(provider=came.rail, provider_id=came.receipt)) is not None:
        return known
    found = _asked_by_ref(tx, came.rail, came.account)
    if owner is not None and owner.membership is not None:
        asked = tx.payments.find(
            person=owner.membership.person,
            created_at=Between(came.at - _SAME_WITHIN, came.at + _CLOCKS_APART),
            group=owner.group.id,
            direction="in",
            provider=came.rail,
        )
        found += [each for each in asked if _LETTERS.get(each.purpose, "") == owner.letter]
    ranked = [(_rank(each, came), each.created_at, each) for each in found if each.amount == came.amount]
    can_be = [(-rank, at, each) for rank, at, each in ranked if rank is not None]
    return max(can_be, key=lambda each: each[:2])[2] if can_be else None


def _asked_by_ref(store: Store, rail: str, typed: str) -> list[Payment]:
    """Those that were asked for by this rail under a reference that was typed, or that the rail was given."""
    ref = typed.strip().upper()
    if not 0 < len(ref) <= _NAME_KEPT_MAX:
        return []
    found = store.payments.find(way="mobile_money", ref=ref)
    return [each for each in found if (each.provider, each.direction) == (rail, "in")]


def _rank(payment: Payment, came: Came) -> int | None:
    """
    How likely it is this payment's money, the lowest first; None where it is not.

    One that has succeeded without a receipt goes before one that is open, which would else be taken for paid. But
    it was paid minutes after it was asked for: what comes later is money of its own.
    """
    asked_at = payment.sent_at or payment.created_at
    if not payment.created_at - _CLOCKS_APART <= came.at <= payment.created_at + _SAME_WITHIN:
        return None
    if payer_hint(came.payer, payment.phone) == "other":
        return None
    if payment.state in OPEN:
        return 1
    if payment.state in FAILED:
        return 2
    has_none = bool(payment.provider_key) and payment.provider_id == payment.provider_key
    return 0 if has_none and abs(came.at - asked_at) <= _RECEIPT_WITHIN else None


def _complete(tx: Store, payment: Payment, receipt: str) -> None:
    if payment.state != "succeeded":
        succeeded_inside(tx, payment, receipt)
    elif payment.provider_id != receipt:
        tx.payments.change(payment.id, provider_id=receipt)


def _of_group(tx: Store, owner: _Owner, new: Inbound, came: Came) -> Inbound:
    """Money of a group: its member's, or nobody's yet."""
    group, membership = owner.group, owner.membership
    if came.amount.currency != group.currency:
        return replace(new, why="currency")
    if membership is None:
        return _unidentified(tx, group, replace(new, why="account"))
    person = tx.people.get(membership.person)
    new = replace(new, person=person.id, payer_hint=payer_hint(came.payer, person.phone))
    if membership.status not in _THERE or group.closing:
        return _unidentified(tx, group, replace(new, why="closing" if group.closing else "left"))
    # Two at once would both see the room there was before either.
    one_at_a_time(tx.people, person.id)
    at = _counts_from(tx, group, came.at)
    meant: Meant | WhyUnplaced
    if person.frozen:
        meant = "frozen"
    elif membership.status == "suspended":
        meant = "suspended"
    else:
        meant = _MEANINGS[owner.letter](tx, group, membership, came.amount, at)
    why: WhyUnplaced = ""
    if not isinstance(meant, Meant):
        why, meant = meant, Meant("credit")
    payment = replace(
        new_payment(tx, group, person, came.amount, meant.purpose, "mobile_money"),
        provider=came.rail,
        provider_id=came.receipt,
        state="succeeded",
        created_at=meant.at or at,
        next_at=None,
        subject=meant.subject,
        parts=meant.parts,
    )
    if meant.meeting:
        payment = replace(payment, meeting=meant.meeting)
    tx.payments.insert(payment)
    post_inside(tx, *entry_of(tx, payment, tx.now()))
    if why:
        said = {"name": person.name, "ref": payment.ref, "why": why}
        _tell_keeper(tx, group, "unasked_on_credit", new, amount=came.amount, **said)
    return replace(
        new,
        state="attributed",
        group=group.id,
        payment=payment.id,
        why=why,
        **NO_PAYER | {"payer_hint": new.payer_hint},
    )


def _counts_from(tx: Store, group: Group, at: datetime) -> datetime:
    """When it was paid; or now, where that is of a cycle that is over, or of long ago."""
    now = tx.now()
    began = group.cycle_began_at or group.created_at
    return at if max(began, now - _COUNTS_WITHIN) <= at <= now else now


def _unidentified(tx: Store, group: Group, new: Inbound) -> Inbound:
    """It is in the group's wallet and nobody's, or not yet its member's: the officers hear of it."""
    new = replace(new, group=group.id, entry=f"inbound:{new.id}")
    _post_unidentified(tx, group, new)
    if new.person:
        id, name = f"unasked_waits:{new.id}", tx.people.get(new.person).name
        tell(
            tx,
            new.person,
            "unasked_waits",
            id=id,
            group=group.name,
            amount=new.amount,
            ref=new.receipt,
            why=new.why,
        )
        _tell_keeper(tx, group, "unasked_kept", new, name=name, amount=new.amount, why=new.why)
    else:
        _tell_unknown(tx, group, new)
    return new


def _post_unidentified(tx: Store, group: Group, new: Inbound) -> None:
    nobodys = (Posting(Account.UNIDENTIFIED, -new.amount.minor),)
    legs = (*purses("mobile_money", nobodys), *nobodys)
    tx.post(Draft(group.id, group.currency, new.entry, f"unidentified {new.receipt}", tx.now(), legs))


def _tell_unknown(tx: Store, group: Group, new: Inbound) -> None:
    at = new.at.astimezone(ZoneInfo(group.constitution.time_zone))
    said = {"typed": new.account, "name": new.payer_name, "at": f"{at:%Y-%m-%dT%H:%M}"}
    _tell_keeper(tx, group, "unasked_unknown", new, amount=new.amount, **said)


def _tell_keeper(tx: Store, group: Group, kind: NoticeKind, new: Inbound, **values: Any) -> None:
    """Tell the treasurer, or all officers where there is none, but for the member whose money it is."""
    keepers = tx.memberships.find(group=group.id, status="active", role="treasurer", no_phone=False)
    people = [each.person for each in keepers if each.person != new.person]
    id = f"{kind}:{new.entry or new.id}"  # where it is moved to another group and back, it is told again
    if not people:
        tell_officers(tx, group, kind, id=id, but=new.person, **values)
    for person in people:
        tell(tx, person, kind, id=f"{id}:{person}", group=group.name, **values)


@dataclass(frozen=True, slots=True)
class Unowned:
    """
    Money of a group that is nobody's yet, as an officer sees it: when it came, what was typed, and the first name
    that the provider gave, or whose it will be.
    """

    id: str
    amount: Money
    on: date
    typed: Typed
    name: str


def unowned(store: Store, group_id: str) -> list[Unowned]:
    """What officers can say the owner of, the oldest first, at most 20."""
    found, group = unidentified(store, group_id), store.groups.get(group_id)
    people = {each.id: each.name for each in store.people.among([each.person for each in found if each.person])}
    return [
        Unowned(
            each.id,
            each.amount,
            group.constitution.day(each.at),
            each.account[:_TYPED_SHOWN],
            people.get(each.person, each.payer_name),
        )
        for each in found
    ]


def unidentified(store: Store, group_id: str) -> list[Inbound]:
    """The money of a group that is nobody's yet, the oldest first, at most 20; of "" what is of no group yet."""
    return store.inbound.find(state="unidentified", group=group_id, sort="at", limit=_SHOWN_MAX)


def check_unidentified(store: Store, id: str, group: Group, amount: Money) -> None:
    """That it is this money of the group, and still nobody's. Raises AlreadyDecided, NotAllowed."""
    known = store.inbound.get(id)
    if known.group != group.id or known.amount != amount:
        raise NotAllowed(why="changed", group=group.name)
    if known.state != "unidentified":
        raise AlreadyDecided


def attribute(tx: Store, id: str, person: str) -> None:
    """
    Officers have said whose it is, and it is posted in the same transaction. Raises AlreadyDecided.
    """
    kept = tx.now() + tx.offered.words_kept
    found = tx.inbound.change(
        id, when={"state": "unidentified"}, state="attributed", person=person, payer_hint="", words_until=kept
    )
    if found is None:
        raise AlreadyDecided


def place(store: Store, id: str, code: str) -> Inbound:
    """
    An operator says which group's it is: it is in that book then, also where another group had it, and the
    officers there say whose it is.

    Raises NotFound, NoSuchGroup, AlreadyDecided when it is somebody's, NotAllowed for another currency, and
    InsufficientFunds where the other group's wallet has it no more.
    """

    def work(tx: Store) -> Inbound:
        known, group = tx.inbound.get(id), tx.groups.one(code=code)
        if group is None:
            raise NoSuchGroup
        if known.state != "unidentified" or known.group == group.id:
            raise AlreadyDecided
        if known.amount.currency != group.currency:
            raise NotAllowed(why="amount", group=group.name)
        moved = f"inbound:{id}:{tx.new_id()}"
        if known.group:
            posted = tx.books.with_reference(known.group, known.entry)
            assert posted is not None, "what a group has of it is in its book"
            tx.post(reversal(posted, f"{moved}:away", tx.now()))
        placed = tx.inbound.change(id, group=group.id, person="", why="account", entry=moved)
        assert placed is not None, "it was read in this transaction"
        _post_unidentified(tx, group, placed)
        _tell_unknown(tx, group, placed)
        return placed

    return store.transaction(work)


def payer_hint(payer: str, phone: str) -> PayerHint:
    """Whether a payer, as a provider says who it was, can be this phone (E.164); never who else it is."""
    numbers = [form.removeprefix("+") for form in forms_of(phone)] if phone else []
    if not payer or not numbers:
        return "unknown"
    plain = payer.removeprefix("+")
    if _is_number(payer):
        return _said(any(number.endswith(plain.lstrip("0")) for number in numbers))
    if len(plain) == _HASH_LENGTH:
        return _said(plain.lower() in [sha256(number.encode()).hexdigest() for number in numbers])
    if "*" not in plain:
        return "unknown"
    first, last = plain.partition("*")[0].strip(), plain.rpartition("*")[2].strip()
    if not (first + last).isdecimal() or len(first + last) < _MASKED_DIGITS_MIN:
        return "unknown"
    return _said(any(number.startswith(first) and number.endswith(last) for number in numbers))


def _said(same: bool) -> PayerHint:
    return "matches" if same else "other"


def _is_number(payer: str) -> bool:
    return _NUMBER.fullmatch(payer) is not None


def _first_name(name: str) -> str:
    """The first of the names that a provider gives, if it is one."""
    first = next(iter(name.split()), "")
    return first.capitalize()[:_NAME_KEPT_MAX] if first.isalpha() else ""
