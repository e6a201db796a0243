"""
Money that came in and is nobody's yet: in the book of its group, until two officers say whose it is; or in no
book, where not even the group can be read, until an operator says which one it is.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from msgspec import Meta

from domain.books.accounts import Account
from domain.books.ledger import Draft, Posting, reversal
from domain.money import Money
from domain.records.difference import difference_id
from domain.records.group import Group
from domain.records.inbound import Inbound, inbound_id
from domain.records.notice import NoticeKind
from domain.records.payer import first_name
from domain.records.person import AlreadyDecided, NoSuchGroup, NotAllowed
from domain.store import Store
from domain.tables import Some
from domain.tell import tell, tell_officers
from domain.treasury.settle import purses

# What was typed, or a first name, as far as an option of a screen has room for it: no account is longer.
_IN_LINE: Final = 14
InLine = Annotated[str, Meta(examples=["W" * _IN_LINE, ""])]


def keep_unidentified(tx: Store, group: Group, new: Inbound, *, told: bool = True) -> Inbound:
    """
    It is in the group's wallet and nobody's, or not yet its member's, who is `told`: the officers hear of it.
    """
    entry = f"inbound:{new.id}"
    if tx.books.with_reference(group.id, entry) is not None:  # it was there, until people said that it never came
        entry = f"{entry}:{tx.new_id()}"
    new = replace(new, group=group.id, entry=entry)
    _post(tx, group, new)
    if new.person:
        said: dict[str, Any] = {"amount": new.amount, "why": new.why}
        tell_keeper(tx, group, "unasked_kept", new, name=tx.people.get(new.person).name, **said)
        if told:
            id = f"unasked_waits:{new.id}"
            tell(tx, new.person, "unasked_waits", id=id, group=group.name, ref=new.receipt, **said)
    else:
        _tell_unknown(tx, group, new)
    return new


def _post(tx: Store, group: Group, new: Inbound) -> None:
    nobodys = (Posting(Account.UNIDENTIFIED, -new.amount.minor),)
    legs = (*purses("mobile_money", nobodys, new.rail), *nobodys)
    tx.post(Draft(group.id, group.currency, new.entry, "came unasked, nobody knows whose", tx.now(), legs))


def _tell_unknown(tx: Store, group: Group, new: Inbound) -> None:
    at = new.at.astimezone(ZoneInfo(group.constitution.time_zone))
    said = {"typed": new.account, "name": new.payer_name, "at": f"{at:%Y-%m-%dT%H:%M}"}
    tell_keeper(tx, group, "unasked_unknown", new, amount=new.amount, **said)


def tell_keeper(tx: Store, group: Group, kind: NoticeKind, new: Inbound, **values: Any) -> None:
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
    typed: InLine
    name: InLine


def unowned(store: Store, group_id: str, past: str = "") -> Some[Unowned]:
    """What officers can say the owner of, the oldest first."""
    found, group = unidentified(store, group_id, past), store.groups.get(group_id)
    people = {each.id: each.name for each in store.people.among([each.person for each in found if each.person])}
    seen = [
        Unowned(
            each.id,
            each.amount,
            group.constitution.day(each.at),
            each.account[:_IN_LINE],
            first_name(people.get(each.person, each.payer_name))[:_IN_LINE],
        )
        for each in found
    ]
    return Some(seen, found.more)


def unidentified(store: Store, group_id: str, past: str = "") -> Some[Inbound]:
    """The money of a group that is nobody's yet, the oldest first; of "" what is of no group yet."""
    # What was written before it was known who says so has None.
    said_by = ["confirmed", "believed", None]
    return store.inbound.some(past=past, state="unidentified", group=group_id, said_by=said_by, sort="at")


def not_confirmed(store: Store) -> Some[Inbound]:
    """What a call told of and is in no book, since its provider has not confirmed it: the newest first."""
    return store.inbound.some(state="unidentified", group="", said_by="awaited", sort="-at")


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


def give_back(tx: Store, id: str) -> None:
    """
    Officers have given it back to who paid it, and that is posted in the same transaction. Raises AlreadyDecided.
    """
    kept = tx.now() + tx.offered.words_kept
    if tx.inbound.change(id, when={"state": "unidentified"}, state="returned", words_until=kept) is None:
        raise AlreadyDecided


def sent_back(store: Store, rail: str, receipt: str) -> bool:
    """
    A provider has sent back what was in no book: it waits for nobody any more. False for all other money: what a
    group has of it, its officers give back in its book.
    """
    id, kept = inbound_id(rail, receipt), store.now() + store.offered.words_kept
    when = {"state": "unidentified", "group": ""}
    done = store.inbound.change(id, when=when, state="returned", words_until=kept, said_by="confirmed")
    return done is not None


def never_came(tx: Store, rail: str, receipt: str) -> bool:
    """
    Two operators agree that it has not come: what had it is as before, and nobody waits for it. Should the
    provider say later that it has, it is taken in anew. False for what is somebody's by now, or was given back.
    """
    id, kept = inbound_id(rail, receipt), tx.now() + tx.offered.words_kept
    known = tx.inbound.one(id=id)
    if known is None or known.state != "unidentified":
        return False
    if known.group:
        posted = tx.books.with_reference(known.group, known.entry)
        assert posted is not None, "what a group has of it is in its book"
        tx.post(reversal(posted, f"{known.entry}:never", tx.now()))
    tx.inbound.change(id, state="returned", said_by="awaited", next_at=None, words_until=kept)
    return True


def place(store: Store, id: str, code: str) -> Inbound:
    """
    An operator says which group's it is: it is in that book then, also where another group had it, and the
    officers there say whose it is.

    Raises NotFound, NoSuchGroup, AlreadyDecided when it is somebody's, NotAllowed for another currency, or
    while it is awaited or its prompts are open, and InsufficientFunds where the other group's wallet has it no
    more.
    """

    def work(tx: Store) -> Inbound:
        known, group = tx.inbound.get(id), tx.groups.one(code=code)
        if group is None:
            raise NoSuchGroup
        if known.state != "unidentified" or known.group == group.id:
            raise AlreadyDecided
        if known.said_by == "awaited" or known.why == "prompts":
            raise NotAllowed(group=group.name)
        if known.amount.currency != group.currency:
            raise NotAllowed(why="amount", group=group.name)
        moved = f"inbound:{id}:{tx.new_id()}"
        if known.group:
            posted = tx.books.with_reference(known.group, known.entry)
            assert posted is not None, "what a group has of it is in its book"
            tx.post(reversal(posted, f"{moved}:away", tx.now()))
        placed = tx.inbound.change(id, group=group.id, person="", why="account", entry=moved)
        # Where the provider does not list it, that is a matter of this group's book from now on.
        tx.differences.change(difference_id(known.rail, "missing_there", known.receipt), group=group.id)
        assert placed is not None, "it was read in this transaction"
        _post(tx, group, placed)
        _tell_unknown(tx, group, placed)
        return placed

    return store.transaction(work)
