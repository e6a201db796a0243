"""A group that everybody agreed to opens: members, loans, fines, and the one entry that its book begins with."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.access.agents import agent_with_code
from domain.books.ledger import Draft
from domain.groups.found import codes, free_code
from domain.groups.join import welcome
from domain.groups.rules import adopt, check_kind
from domain.moving_in.arrive import newcomer, send_back
from domain.moving_in.constitution import constitution_of
from domain.moving_in.entry import earned, opening_postings
from domain.moving_in.loans import loan_brought
from domain.moving_in.rota import rota_brought
from domain.people.consents import write_consents
from domain.records.arrival import Arrival
from domain.records.consent import CONSENT_VERSION, Consent, ConsentPurpose
from domain.records.group import BOOKS, Group, GroupBefore
from domain.records.meeting import Fine
from domain.records.opening import OpeningBook, OpeningFine, OpeningMember
from domain.records.person import Membership, membership_id
from domain.records.reminder import next_time
from domain.store import Store
from domain.tell import tell_among_many

LAPSED: Final = "nobody agreed in time"


def move_on(store: Store, id: str) -> None:
    """
    Open a group whose members have had their time to object, or let one lapse to which its officers did not agree;
    nothing while somebody's objection has no answer, or when it is not its time.
    """

    def work(tx: Store) -> None:
        arrival = tx.arrivals.get(id)
        if arrival.next_at is None or tx.now() < arrival.next_at:
            return
        if arrival.state == "checked":
            send_back(tx, arrival, LAPSED)
        elif arrival.contested:
            tx.arrivals.change(id, next_at=tx.now() + timedelta(days=1))
        elif arrival.state == "told":
            _open(tx, arrival)

    store.transaction(work)


def _open(tx: Store, arrival: Arrival) -> None:
    """One transaction: all of it is there, or nothing."""
    book, now = arrival.book, tx.now()
    group = _group(tx, book)
    tx.groups.insert(group)
    adopt(tx, group, group.constitution, version=1)
    people = {each.number: _person(tx, arrival, each) for each in book.members}
    _fill_in(tx, book, people)
    write_consents(tx, [said for each in book.members for said in _consents(group, each, people[each.number])])
    members = {people[each.number]: _membership(group, each, people[each.number], now) for each in book.members}
    tx.memberships.insert_all([*members.values()])
    loans = [(each, loan_brought(tx, group, each, people, book.as_of)) for each in book.loans]
    tx.loans.insert_all([loan for _, loan in loans])
    tx.fines.insert_all([_fine(tx, group, people[each.member], each) for each in book.fines])
    if rota := rota_brought(group.id, book, people):
        tx.rotas.insert(rota)
    legs = opening_postings(book, people, {each.number: loan.id for each, loan in loans})
    if legs:
        text = f"opening {book.code}"
        tx.post(Draft(group.id, group.currency, f"opening:{book.code}", text, _end_of(book.as_of, book), legs))
    tx.arrivals.change(arrival.id, state="open", group=group.id, next_at=None, version=arrival.version + 1)
    for person in arrival.persons:
        welcome(tx, group, members[person], tell=tell_among_many)


def _group(tx: Store, book: OpeningBook) -> Group:
    rules = constitution_of(book)
    check_kind(book.kind, rules)
    now, agent = tx.now(), agent_with_code(tx, book.agent)
    return Group(
        id=tx.new_id(),
        code=free_code(tx, codes()),
        name=book.name,
        kind=book.kind,
        currency=book.currency,
        constitution=rules,
        created_at=now,
        members=max(each.number for each in book.members),
        cycle=book.cycle,
        cycle_began_at=datetime.combine(book.cycle_from, time(), ZoneInfo(book.time_zone)),
        books=BOOKS,
        next_at=next_time(rules.time_zone, now),
        before=GroupBefore(
            book.code, book.as_of, earned(book), book.surplus, district=book.district, parish=book.parish
        ),
        agent=agent.id if agent else "",
    )


def _person(tx: Store, arrival: Arrival, member: OpeningMember) -> str:
    """Who it is; whoever has no phone is written down now."""
    if known := arrival.people.get(str(member.number)):
        return known
    person = newcomer(tx, member)
    tx.people.insert(person)
    return person.id


def _fill_in(tx: Store, book: OpeningBook, people: Mapping[int, str]) -> None:
    """Sex and year of birth of those who were here before, where nobody knew them."""
    known = {each.id: each for each in tx.people.among(list(people.values()))}
    for member in book.members:
        person = known[people[member.number]]
        if (member.sex and not person.sex) or (member.birth_year and not person.birth_year):
            sex, year = person.sex or member.sex, person.birth_year or member.birth_year
            tx.people.change(person.id, sex=sex, birth_year=year)


def _consents(group: Group, member: OpeningMember, person: str) -> list[Consent]:
    """What the sheets say that they agreed to, as of the beginning of that day: a no of the same day counts."""
    begins = datetime.combine(member.consent_on, time(), ZoneInfo(group.constitution.time_zone))
    at = begins.astimezone(ZoneInfo("UTC"))
    purposes: Sequence[ConsentPurpose] = ("service", *member.consent_to)
    return [
        Consent("", person, each, CONSENT_VERSION, member.language, member.consent_how, at, group=group.id)
        for each in purposes
    ]


def _membership(group: Group, member: OpeningMember, person: str, now: datetime) -> Membership:
    zone = ZoneInfo(group.constitution.time_zone)
    joined = datetime.combine(member.joined_on, time(), zone) if member.joined_on else group.cycle_began_at
    return Membership(
        membership_id(group.id, person),
        group.id,
        person,
        member.number,
        member.role,
        "active",
        asked_at=now,
        joined_at=joined,
        hands=(len(member.places) or 1) if member.hands is None else member.hands,
        no_phone=not member.phone,
        social_brought=member.social_owed.minor if member.social_owed else 0,
    )


def _fine(tx: Store, group: Group, person: str, brought: OpeningFine) -> Fine:
    at = datetime.combine(brought.since, time(12), ZoneInfo(group.constitution.time_zone))
    return Fine(tx.new_id(), group.id, person, brought.words or brought.reason, brought.amount, at, by="")


def _end_of(day: date, book: OpeningBook) -> datetime:
    """The last second of a day where the group is, in UTC."""
    end = datetime.combine(day, time(23, 59, 59), ZoneInfo(book.time_zone))
    return end.astimezone(ZoneInfo("UTC"))
