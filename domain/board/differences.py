"""
What reconciliation found, in the hands of operators: one decides, by which reason, and another one agrees.

Money that a provider moved is never taken back by an entry. What is booked brings the group's wallet to what the
provider says: against what is short or over, or, for what the provider kept, against provider fees.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from domain.access.caller import Caller
from domain.board.by_hand import SameOperator
from domain.books.accounts import Account
from domain.books.ledger import Draft, Posting
from domain.commands import check_not_read_only
from domain.errors import DomainError
from domain.money import Money
from domain.records.case import EVIDENCE_LENGTH_MAX, CaseNote
from domain.records.difference import Difference, DifferenceState, Ruling, difference_id
from domain.records.notice import Corrected
from domain.records.person import NoSuchGroup
from domain.store import Duplicate, Store
from domain.tell import tell_officers
from domain.treasury.unidentified import never_came

DIFFERENCES_A_PAGE: Final = 50
_WAITING: Final[tuple[DifferenceState, ...]] = ("open", "proposed")


class DifferenceOver(DomainError):
    """It is decided, or it is gone: what was shown is no longer so."""

    code = "difference_over"


class GroupNeeded(DomainError):
    """To book it somebody has to say in which group's book."""

    code = "group_needed"


class NothingToBook(DomainError):
    """Both sides have the same amount: it can be explained, and not booked."""

    code = "nothing_to_book"


def differences(
    store: Store, past: tuple[datetime, str] | None = None, *, rail: str = "", groups: Sequence[str] | None = None
) -> list[Difference]:
    """Those that wait for somebody, the oldest first, a page at a time; of these groups, None for all."""
    among: dict[str, Any] = {} if groups is None else {"group": list(groups)}
    among |= {"rail": rail} if rail else {}
    return store.differences.keyset("at", DIFFERENCES_A_PAGE, past, state=list(_WAITING), **among)


def each_difference(store: Store, *, rail: str = "") -> Iterator[Difference]:
    """All that wait for somebody, the oldest first."""
    past: tuple[datetime, str] | None = None
    while page := differences(store, past, rail=rail):
        yield from page
        past = page[-1].at, page[-1].id


def note_difference(store: Store, found: Difference) -> bool:
    """
    Keep a difference, once. One that waits is brought up to date, and one that was gone is there again; what
    people have decided stays decided, but for fees that have become more. False where nothing was written.

    A list of a part of a day has less fees than what was found before: it says of the rest nothing.
    """
    try:
        store.differences.insert(found)
        return True
    except Duplicate:
        kept = store.differences.get(found.id)
    now: dict[str, Any] = {"theirs": found.theirs, "found_at": found.found_at, "state": "open"}
    if found.kind == "fee" and _minor(found.theirs) <= _minor(kept.theirs):
        return False
    if kept.state == "closed" and found.kind == "fee":
        now |= {"ours": kept.theirs, "ruling": "", "first": None, "second": None}
    elif kept.state not in ("open", "gone"):
        return False
    elif found.kind != "fee":
        now["ours"] = found.ours  # of a fee it is what was decided before
    return store.differences.change(found.id, when={"state": kept.state}, **now) is not None


def _minor(amount: Money | None) -> int:
    return amount.minor if amount else 0


def no_difference(store: Store, ids: Sequence[str]) -> int:
    """Both sides say the same now: whatever waits under these ids is gone. How many that were."""
    waiting = [each.id for each in store.differences.among(ids) if each.state in _WAITING]
    return sum(
        store.differences.change(id, when={"state": list(_WAITING)}, state="gone") is not None for id in waiting
    )


def rulings_of(found: Difference) -> tuple[Ruling, ...]:
    """What can be decided about it now."""
    if found.state not in _WAITING:
        return ()
    return ("book", "explain") if found.change else ("explain",)


def propose_ruling(store: Store, who: Caller, id: str, ruling: Ruling, why: str, group_code: str = "") -> None:
    """
    One decides, for the group of this code where nobody knew whose it is; anew until another one agrees.

    Raises NotFound, DifferenceOver, GroupNeeded, NothingToBook, NoSuchGroup, NowReadOnly.
    """
    check_not_read_only(store)

    def work(tx: Store) -> None:
        found = tx.differences.get(id)
        if found.state not in _WAITING:
            raise DifferenceOver
        group = _named(tx, found, group_code) if found.may_be_named else found.group
        if ruling == "book" and not found.change:
            raise NothingToBook
        if ruling == "book" and not group:
            raise GroupNeeded
        named, said = found.may_be_named and bool(group), _said(tx, who, why)
        tx.differences.change(id, state="proposed", ruling=ruling, group=group, named=named, first=said)

    store.transaction(work)


def _named(store: Store, found: Difference, code: str) -> str:
    """The group that an operator says; "" for none. Raises NoSuchGroup."""
    if not code:
        return ""
    group = store.groups.one(code=code)
    if group is None or group.currency != found.currency:
        raise NoSuchGroup
    return group.id


def agree_to_ruling(store: Store, who: Caller, id: str, ruling: Ruling, group: str) -> None:
    """
    Another one says so too, of the group that was shown: it is booked, if that is the ruling, and closed, in one.

    Raises NotFound, DifferenceOver, SameOperator, InsufficientFunds, NowReadOnly.
    """
    check_not_read_only(store)

    def work(tx: Store) -> None:
        found = tx.differences.get(id)
        if (found.state, found.ruling, found.group) != ("proposed", ruling, group) or found.first is None:
            raise DifferenceOver
        if found.first.by == who.key:
            raise SameOperator
        if ruling == "book":
            _book(tx, found)
        elif found.in_no_book:
            never_came(tx, found.rail, found.receipt)
        tx.differences.change(id, state="closed", second=_said(tx, who, ""))

    store.transaction(work)


def _book(tx: Store, found: Difference) -> None:
    group, minor = tx.groups.get(found.group), found.change
    # Of fees there may be more later, of the same group and day, and as much as before.
    reference = f"difference:{found.id}:{_minor(found.theirs)}"
    # What is still nobody's goes as it came; all else is the group's to bear.
    is_undone = not found.payment and found.kind == "missing_there" and never_came(tx, found.rail, found.receipt)
    if not is_undone:
        other = Account.PROVIDER_FEES if found.kind == "fee" else Account.SHORT_OR_OVER
        legs = (Posting(Account.WALLET, minor, provider=found.rail), Posting(other, -minor))
        text = "provider fees" if found.kind == "fee" else "as the provider's list has it"
        tx.post(Draft(group.id, group.currency, reference, text, tx.now(), legs))
    what: Corrected = "fee" if found.kind == "fee" else "more" if minor > 0 else "less"
    amount = Money(abs(minor), group.currency)
    tell_officers(tx, group, "wallet_corrected", id=reference, amount=amount, what=what)


def fees_id(rail: str, group: str, day: str) -> str:
    """The id of what a rail kept of a group's money on a day."""
    return difference_id(rail, "fee", f"{group}:{day}")


def _said(store: Store, who: Caller, words: str) -> CaseNote:
    return CaseNote(who.key, who.name, store.now(), words.strip()[:EVIDENCE_LENGTH_MAX])
