"""
An opening undone: while nothing else has happened in the group, its one entry is mirrored, and it waits again.

Its officers agree to the figures anew before it opens another time, in a new book. The old book stays, with what
was opened and the mirror of it, and so do the documents it names: its members have left, its loans never were.
"""

from typing import Literal

from domain.books.ledger import reversal
from domain.commands import one_at_a_time
from domain.records.arrival import AGREE_WITHIN, Arrival
from domain.records.group import Group
from domain.records.rota import rota_id
from domain.store import Store
from domain.tell import tell

# Why an opening stays; its sentence is in `bot/cli/imports.py`.
WhyOpened = Literal[
    "not_open",
    "in_use",  # something else has happened in the group
    "too_late",  # who its members are is no longer in what was brought
]


def undo_opening(store: Store, id: str, reason: str) -> WhyOpened | None:
    """
    None when it is undone; all of it is, or nothing. Whoever knew of the group hears that it was sent back, and
    its officers are called again.
    """

    def work(tx: Store) -> WhyOpened | None:
        arrival = tx.arrivals.one(id=id)
        if arrival is None or arrival.state != "open":
            return "not_open"
        one_at_a_time(tx.groups, arrival.group)
        group = tx.groups.get(arrival.group)
        if _has_lived(tx, group, arrival):
            return "in_use"
        if not all(each.name for each in arrival.book.members):
            return "too_late"
        _undo(tx, group, arrival, reason)
        return None

    return store.transaction(work)


def _has_lived(tx: Store, group: Group, arrival: Arrival) -> bool:
    book = arrival.book
    fines, rota = tx.fines.find(group=group.id), tx.rotas.one(id=rota_id(group.id, group.cycle))
    return (
        tx.books.length(group.id) > 1
        or group.version > 1
        or tx.memberships.count(group=group.id) != len(book.members)
        or tx.loans.count(group=group.id) != len(book.loans)
        or len(fines) != len(book.fines)
        or any(each.state != "due" for each in fines)
        or (rota is not None and rota.version > 0)
        or any(there.count(group=group.id) for there in (tx.payments, tx.meetings, tx.proposals))
    )


def _undo(tx: Store, group: Group, arrival: Arrival, reason: str) -> None:
    now = tx.now()
    if entry := tx.books.with_reference(group.id, f"opening:{arrival.id}"):
        tx.post(reversal(entry, f"reverse:{entry.reference}", now))
    people = {}
    for each in tx.memberships.find(group=group.id):
        people[str(each.number)] = each.person
        tx.memberships.change(each.id, status="exited", role="member")
    for loan in tx.loans.find(group=group.id):
        tx.loans.change(loan.id, state="withdrawn", outstanding=0, oldest_unpaid=None, version=loan.version + 1)
    for fine in tx.fines.find(group=group.id):
        tx.fines.change(fine.id, state="waived", waived_at=now)
    if rota := tx.rotas.one(id=rota_id(group.id, group.cycle)):
        tx.rotas.remove(rota.id, when={})
    tx.groups.change(group.id, undone=True, closing=True, next_at=None, agent="", programme="")
    tx.arrivals.change(
        arrival.id,
        state="checked",
        group="",
        people=people,
        agreed=(),
        right=(),
        objections={},
        reason=reason,
        next_at=now + AGREE_WITHIN,
        version=arrival.version + 1,
    )
    for person in arrival.persons:
        tell(tx, person, "opening_sent_back", group=group.name)
    for person in sorted(arrival.officers):
        tell(tx, person, "opening_to_agree", group=group.name, dial=tx.service_code)
