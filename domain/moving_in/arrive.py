"""
A group is brought: its officers agree on their phones to what it brings, its members hear their own figures.

What they agree to is bound to a digest of the whole. Nothing is here yet but the people, so that their phones know
them: there is no group that anybody could save in before it opens.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Annotated, Any, Final

from msgspec import Meta

from domain.commands import handles, one_at_a_time
from domain.decisions.rights import check_person_not_frozen
from domain.decisions.voting import AlreadyVoted, ProposalChanged
from domain.errors import DomainError
from domain.money import Money
from domain.moving_in.entry import all_saved, earned
from domain.moving_in.rota import put_in
from domain.people.phones import holders_of_each
from domain.people.tombstones import check_none_forgotten
from domain.records.arrival import (
    AGREE_WITHIN,
    ARRIVING,
    OBJECT_WITHIN,
    OFFICERS_NEEDED,
    Arrival,
    Objection,
)
from domain.records.opening import OpeningBook, OpeningMember
from domain.records.person import Person, Pin
from domain.records.proposal import digest_of
from domain.store import Store
from domain.tell import tell, tell_among_many, tell_phone

_WORDS_MAX: Final = 80


class AlreadyBrought(DomainError):
    """A group with this `code` was brought before: it is on its way, or open."""

    code = "already_brought"


class PhoneIsShared(DomainError):
    """Several people have this `phone` already: who of them is meant, an officer says when the group is open."""

    code = "phone_is_shared"


class NotArriving(DomainError):
    """No group of this code waits for anybody: it is open, or was sent back."""

    code = "not_arriving"


@dataclass(frozen=True, slots=True)
class BringGroup:
    """Whoever may brings a group; `by` is who, as the log of acts names them."""

    by: str
    book: OpeningBook


@dataclass(frozen=True, slots=True)
class SendBack:
    """Whoever brought a group takes it back before it opens, and says why."""

    arrival: str
    reason: str


@dataclass(frozen=True, slots=True)
class AgreeToOpening:
    """An officer says yes or no to what they saw: `digest` is that of the whole. A no says why."""

    person: str
    arrival: str
    digest: str
    yes: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SayOfOpening:
    """A member says that their figures are right, or, in `words`, what is not."""

    person: str
    arrival: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class AnswerObjection:
    """An officer lets the figures of a member stand who objected, and says why."""

    officer: str
    arrival: str
    person: str
    answer: str


@dataclass(frozen=True, slots=True)
class OpeningAgreed:
    """What became of it: how many officers have still to agree; `changed` have something new in their menu."""

    missing: int
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TheirObjection:
    """What one member says is not right, and waits for an officer."""

    person: str
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Brought:
    """
    What somebody sees of a group that moves in: all of it for its officers, their own part for everybody.

    `decides` while their word as an officer is wanted, `says` while it is as a member. `surplus` is what the
    sheets come to and `by_their_book` what the group's own book says, None where nobody knows.
    """

    id: str
    digest: str
    group: str
    as_of: date
    members: int
    box: Money
    bank: Money
    social: Money
    saved: Money
    lent: Money
    loans: int
    surplus: Money
    by_their_book: Money | None
    decides: bool
    says: bool
    my_saved: Money
    my_credit: Money
    my_debt: Money
    my_fines: Money
    my_social: Money
    objections: Annotated[list[TheirObjection], Meta(max_length=10)]


def digest_of_opening(book: OpeningBook) -> str:
    """What officers agree to: every figure of it."""
    return digest_of(asdict(book))


@handles(BringGroup)
def bring_group(tx: Store, command: BringGroup) -> str:
    """
    Answers with the code. The officers are called to agree; whoever has no PIN yet chooses one when they dial.

    Raises AlreadyBrought, PhoneIsShared.
    """
    book, now = command.book, tx.now()
    before = tx.arrivals.one(id=book.code)
    if before and before.state != "discarded":
        raise AlreadyBrought(code=book.code)
    people = _people(tx, [each for each in book.members if each.phone])
    arrival = Arrival(
        id=book.code,
        digest=digest_of_opening(book),
        book=book,
        state="checked",
        by=command.by,
        at=now,
        people=people,
        persons=tuple(sorted(people.values())),
        next_at=now + AGREE_WITHIN,
        version=before.version + 1 if before else 0,
    )
    if before:
        tx.arrivals.remove(before.id, when={"version": before.version})
    tx.arrivals.insert(arrival)
    for person in sorted(arrival.officers):
        tell_among_many(tx, person, "opening_to_agree", group=book.name, dial=tx.service_code)
    return book.code


def _people(tx: Store, members: Sequence[OpeningMember]) -> dict[str, str]:
    """Whoever has each number, or a new person, by their numbers in the list."""
    holders = holders_of_each(tx, [each.phone for each in members])
    if shared := [phone for phone, those in holders.items() if len(those) > 1]:
        raise PhoneIsShared(phone=shared[0])
    check_none_forgotten(tx, [phone for phone, those in holders.items() if not those])
    come = {each.number: newcomer(tx, each) for each in members if not holders[each.phone]}
    tx.people.insert_all([*come.values()])
    return {str(each.number): (come.get(each.number) or holders[each.phone][0]).id for each in members}


def newcomer(tx: Store, member: OpeningMember) -> Person:
    """A new person, who has no PIN yet, and is not written down."""
    return Person(
        tx.new_id(),
        member.name,
        member.phone,
        member.language,
        Pin(""),
        tx.now(),
        sex=member.sex,
        birth_year=member.birth_year,
    )


@handles(AgreeToOpening)
def agree_to_opening(tx: Store, command: AgreeToOpening) -> OpeningAgreed:
    """
    With the second yes every member who has a phone hears their own figures. One no sends it back.

    Raises NotArriving, AlreadyVoted, ProposalChanged, Frozen.
    """
    arrival = _arriving(tx, command.arrival)
    if arrival.state != "checked" or command.person not in arrival.officers:
        raise NotArriving
    check_person_not_frozen(tx.people.get(command.person))
    if not arrival.decides(command.person):
        raise AlreadyVoted
    if command.digest != arrival.digest:
        raise ProposalChanged
    if not command.yes:
        return OpeningAgreed(0, send_back(tx, arrival, command.reason))
    agreed = (*arrival.agreed, command.person)
    missing = OFFICERS_NEEDED - len(agreed)
    if missing > 0:
        _write(tx, arrival, agreed=agreed)
        return OpeningAgreed(missing)
    told = replace(arrival, agreed=agreed, state="told", next_at=tx.now() + OBJECT_WITHIN)
    _write(tx, arrival, agreed=agreed, state=told.state, next_at=told.next_at)
    for person in told.persons:
        mine = _own(told, person)
        tell_among_many(
            tx,
            person,
            "opening_told",
            group=told.book.name,
            saved=mine.saved,
            debt=mine.debt,
            days=OBJECT_WITHIN.days,
            dial=tx.service_code,
        )
    return OpeningAgreed(0, told.persons)


@handles(SayOfOpening)
def say_of_opening(tx: Store, command: SayOfOpening) -> None:
    """
    When all who have a phone say that it is right, the group opens at once. Officers hear of what is not, and it
    does not open before one of them has answered. Raises NotArriving, AlreadyVoted.
    """
    arrival = _arriving(tx, command.arrival)
    if arrival.state != "told" or command.person not in arrival.persons:
        raise NotArriving
    if not arrival.says(command.person):
        raise AlreadyVoted
    if command.words:
        objections = {**arrival.objections, command.person: Objection(command.words[:_WORDS_MAX])}
        _write(tx, arrival, objections=objections)
        name = tx.people.get(command.person).name
        for officer in sorted(arrival.officers - {command.person}):
            tell(tx, officer, "opening_contested", group=arrival.book.name, name=name)
        return
    right = (*arrival.right, command.person)
    soon = {"next_at": tx.now()} if set(right) == set(arrival.persons) else {}
    _write(tx, arrival, right=right, **soon)


@handles(AnswerObjection)
def answer_objection(tx: Store, command: AnswerObjection) -> None:
    """
    The figures stand, and the member hears why. What is really wrong is sent back and brought again: `SendBack`.

    Raises NotArriving, also for an objection of one's own.
    """
    arrival = _arriving(tx, command.arrival)
    if command.person not in arrival.to_answer(command.officer):
        raise NotArriving
    objection = replace(arrival.objections[command.person], answer=command.answer[:_WORDS_MAX])
    objections = {**arrival.objections, command.person: objection}
    _write(tx, arrival, objections=objections)
    tell(tx, command.person, "opening_stands", group=arrival.book.name)


@handles(SendBack)
def take_back_group(tx: Store, command: SendBack) -> None:
    """Raises NotArriving."""
    send_back(tx, _arriving(tx, command.arrival), command.reason)


def send_back(tx: Store, arrival: Arrival, reason: str) -> tuple[str, ...]:
    """
    It does not move in as it is, and may be brought again: those who knew of it are told. Whoever is nowhere else,
    and has not chosen a PIN, is nobody here any more. Answers with all whom it was about.
    """
    _write(tx, arrival, state="discarded", reason=reason[:_WORDS_MAX], next_at=None)
    told = arrival.persons if arrival.state == "told" else arrival.officers
    for person in sorted(tx.people.among(arrival.persons), key=lambda each: each.id):
        if person.id in told:
            tell_phone(tx, person.phone, person.language, "opening_sent_back", group=arrival.book.name)
        if not person.pin.hash and not _is_elsewhere(tx, person.id, arrival.id):
            tx.people.remove(person.id, when={})
    return arrival.persons


def _is_elsewhere(tx: Store, person: str, arrival: str) -> bool:
    others = tx.arrivals.find(persons=person, state=list(ARRIVING))
    return tx.memberships.count(person=person) > 0 or any(each.id != arrival for each in others)


def brought_to(store: Store, person: str) -> list[Brought]:
    """The groups that move in and want a word of this person, who is a member or an officer of each."""
    return [_seen(store, each, person) for each in arriving_with(store, person)]


def arriving_with(store: Store, person: str) -> list[Arrival]:
    """The groups with this person in them that are moving in."""
    return store.arrivals.find(persons=person, state=list(ARRIVING), sort="at")


@dataclass(frozen=True, slots=True)
class _Own:
    saved: Money  # of a rotation what they put into it, whatever they received
    credit: Money
    debt: Money
    fines: Money
    social: Money


def _own(arrival: Arrival, person: str) -> _Own:
    """What the sheets say of one member."""
    book = arrival.book
    number, nothing = arrival.number_of(person), Money(0, book.currency)
    member = book.member(number)
    loans = [each.principal + each.interest + each.penalty for each in book.loans if each.member == number]
    fines = [each.amount for each in book.fines if each.member == number]
    saved = put_in(book, member) if book.kind == "rosca" else member.saved + member.deposits
    owed = member.social_owed or nothing
    return _Own(saved, member.credit, sum(loans, nothing), sum(fines, nothing), owed)


def _seen(store: Store, arrival: Arrival, person: str) -> Brought:
    book, mine = arrival.book, _own(arrival, person)
    nothing, waiting = Money(0, book.currency), arrival.to_answer(person)
    names = {each.id: each.name for each in store.people.among(waiting)} if waiting else {}
    return Brought(
        id=arrival.id,
        digest=arrival.digest,
        group=book.name,
        as_of=book.as_of,
        members=len(book.members),
        box=book.box,
        bank=book.bank,
        social=book.social,
        saved=all_saved(book),
        lent=sum((each.principal for each in book.loans), nothing),
        loans=len(book.loans),
        surplus=earned(book),
        by_their_book=book.surplus,
        decides=arrival.decides(person),
        says=arrival.says(person),
        my_saved=mine.saved,
        my_credit=mine.credit,
        my_debt=mine.debt,
        my_fines=mine.fines,
        my_social=mine.social,
        objections=[TheirObjection(who, names[who], arrival.objections[who].words) for who in waiting],
    )


def _arriving(tx: Store, id: str) -> Arrival:
    """One at a time decides about it. Raises NotArriving."""
    if tx.arrivals.one(id=id) is None:
        raise NotArriving
    one_at_a_time(tx.arrivals, id)
    arrival = tx.arrivals.get(id)
    if arrival.state not in ARRIVING:
        raise NotArriving
    return arrival


def _write(tx: Store, arrival: Arrival, **fields: Any) -> None:
    tx.arrivals.change(arrival.id, version=arrival.version + 1, **fields)
