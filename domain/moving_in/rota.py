"""
The rotation of a group that moves, both ways: its order, the rounds so far, and what is in the pots.

Of a round whose sheet says no more than a day, every hand was put in, and all of it was paid.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from domain.money import Money
from domain.records.group import Constitution
from domain.records.opening import OpeningBook, OpeningMember
from domain.records.person import Membership
from domain.records.rota import Place, Rota, Round, rota_id


def _pot_of(book: OpeningBook) -> Money:
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
    nothing, pot = Money(0, book.currency), _pot_of(book)
    for nth, day in enumerate(member.received_on):
        due: date = member.turns_due[nth] if member.turns_due else day
        kept = member.kept_back[nth] if member.kept_back else nothing
        bid = member.bids_given[nth] if member.bids_given else nothing
        paid = member.received[nth] if member.received else pot - kept - bid
        yield Round(0, person, nth + 1, day.isoformat(), bid, kept, paid, nothing, due.isoformat())


def with_turns(member: OpeningMember, membership: Membership, rota: Rota | None, in_pots: Money) -> OpeningMember:
    """A member with their part of a rota, who has so much `in_pots`; what need not be said is left out."""
    if rota is None:
        return replace(member, put_in=in_pots or None, hands=_unless(membership.hands, 1))
    mine = [each for each in rota.rounds if each.person == membership.person]
    days = tuple(date.fromisoformat(each.day) for each in mine)
    dues = tuple(date.fromisoformat(each.meeting or each.day) for each in mine)
    places = tuple(place for place, who in enumerate(_in_turn(rota), start=1) if who == membership.person)
    put_in = rota.put_in(membership.person, in_pots.minor)
    put_in_whole = rota.contribution.minor * len(places) * len(rota.rounds)
    return replace(
        member,
        places=places,
        received_on=days,
        turns_due=dues if dues != days else (),
        received=tuple(each.paid for each in mine) if any(map(rota.rest, mine)) else (),
        kept_back=_if_any(each.netted for each in mine),
        bids_given=_if_any(each.bid for each in mine),
        put_in=Money(put_in, in_pots.currency) if put_in != put_in_whole else None,
        bid=rota.bids.get(membership.person),
        hands=_unless(membership.hands, len(places) or 1),
    )


def rounds_due(rota: Rota, rules: Constitution, today: date, upcoming: date) -> tuple[date, ...]:
    """Of the rounds that nobody had the pot of: those of meetings that were, or a first one after the upcoming."""
    dues = list(rota.dues(rules, rules.meeting_from(today)))
    late = tuple(day for day in dues if day < upcoming)
    return late if late or rota.rounds else tuple(day for day in dues[:1] if day > upcoming)


def is_said(rota: Rota, book: OpeningBook, numbers: Mapping[str, int]) -> bool:
    """Whether what the sheets bring is the same rota; by which calendar it goes on there is no part of it."""
    there = rota_brought(rota.group, book, {number: person for person, number in numbers.items()})
    here = replace(
        rota,
        places=tuple(Place(person, numbers[person]) for person in _in_turn(rota)),
        rounds=tuple(replace(each, meeting=each.meeting or each.day) for each in rota.rounds),
    )
    calendar: dict[str, Any] = {"first": "", "came_due": (), "version": 0}
    return there is not None and replace(there, **calendar) == replace(here, **calendar)


def _in_turn(rota: Rota) -> list[str]:
    """Who has had the pot, round by round, then whose hands wait: in an auction the order is of these alone."""
    return [*(each.person for each in rota.rounds), *rota.waiting()]


def _if_any(amounts: Iterable[Money]) -> tuple[Money, ...]:
    listed = tuple(amounts)
    return listed if any(listed) else ()


def _unless(number: int, usual: int) -> int | None:
    return number if number != usual else None
