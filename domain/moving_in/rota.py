"""
The rotation of a group that moves in: its order, the rounds that somebody had the pot of, and what is in the pots.

Of a round whose sheet says no more than a day, every hand was put in, and all of it was paid.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from domain.money import Money
from domain.records.opening import OpeningBook, OpeningMember
from domain.records.rota import Place, Rota, Round, rota_id


def pot_of(book: OpeningBook) -> Money:
    """What a round comes to when every hand has put in."""
    return Money(book.share_price.minor * sum(len(each.places) for each in book.members), book.currency)


def put_in(book: OpeningBook, member: OpeningMember) -> Money:
    """What a member has put into all rounds so far, with what was kept back for it."""
    if member.put_in is not None:
        return member.put_in
    rounds = sum(len(each.received_on) for each in book.members)
    return Money(book.share_price.minor * len(member.places) * rounds, book.currency)


def in_pot(book: OpeningBook, member: OpeningMember) -> int:
    """What a member has in the pots, in minor units: below zero for who received before they put in."""
    return put_in(book, member).minor - sum(each.gone.minor for each in _turns_had(book, member, ""))


def rota_brought(group: str, book: OpeningBook, people: Mapping[int, str]) -> Rota | None:
    """The rota of a group, with `people` by their number; None where no order is set yet."""
    order = sorted((place, each.number) for each in book.members for place in each.places)
    if not order:
        return None
    had = [
        (each.day, place, each)
        for member in book.members
        for place, each in zip(member.places, _turns_had(book, member, people[member.number]), strict=False)
    ]
    rounds = tuple(
        replace(each, number=number)
        for number, (_, _, each) in enumerate(sorted(had, key=lambda turn: turn[:2]), start=1)
    )
    due = [each.meeting for each in rounds] if book.rounds_due else []
    return Rota(
        id=rota_id(group, book.cycle),
        group=group,
        cycle=book.cycle,
        contribution=book.share_price,
        kind=book.order,
        places=tuple(Place(people[number], number) for _, number in order),
        seed=book.seed,
        rounds=rounds,
        bids={people[each.number]: each.bid for each in book.members if each.bid},
        first=book.next_meeting.isoformat(),
        came_due=(*due, *(day.isoformat() for day in book.rounds_due)),
    )


def _turns_had(book: OpeningBook, member: OpeningMember, person: str) -> Iterator[Round]:
    """The rounds that a member had the pot of, one after the other; which of all they are is not known here."""
    nothing, pot = Money(0, book.currency), pot_of(book)
    for nth, day in enumerate(member.received_on):
        due: date = member.turns_due[nth] if member.turns_due else day
        kept = member.kept_back[nth] if member.kept_back else nothing
        bid = member.bids_given[nth] if member.bids_given else nothing
        paid = member.received[nth] if member.received else pot - kept - bid
        yield Round(0, person, nth + 1, day.isoformat(), bid, kept, paid, nothing, due.isoformat())
