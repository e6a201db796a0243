"""A group that everybody agreed to opens: members, loans, fines, and the one entry that its book begins with."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.access.agents import agent_with_code
from domain.arithmetic.instalments import BroughtForward
from domain.arithmetic.periods import PERIODS_A_YEAR, Every, period_end
from domain.arithmetic.rates import Rate
from domain.arithmetic.schedule import Method, Terms
from domain.books.ledger import Draft
from domain.groups.found import codes, free_code
from domain.groups.join import welcome
from domain.groups.rules import adopt, check_kind
from domain.money import Money, smallest_written
from domain.moving_in.arrive import newcomer, send_back
from domain.moving_in.constitution import constitution_of
from domain.moving_in.entry import earned, opening_postings
from domain.moving_in.rota import rota_brought
from domain.people.consents import write_consents
from domain.records.arrival import Arrival
from domain.records.consent import CONSENT_VERSION, Consent, ConsentPurpose
from domain.records.group import BOOKS, Constitution, Group, GroupBefore, LoanProduct
from domain.records.loan import Guarantee, Loan, LoanBefore
from domain.records.meeting import Fine
from domain.records.opening import OpeningBook, OpeningFine, OpeningLoan, OpeningMember
from domain.records.person import Membership, membership_id
from domain.records.reminder import next_time
from domain.store import Store
from domain.tell import tell_among_many
from domain.treasury.money_in import new_ref

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
    tx.memberships.insert_all([_membership(group, each, people[each.number], now) for each in book.members])
    loans = [(each, _loan(tx, group, each, people, book.as_of)) for each in book.loans]
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
        welcome(tx, group, tx.memberships.get(membership_id(group.id, person)), tell=tell_among_many)


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
    return newcomer(tx, member, "")


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
    )


def _fine(tx: Store, group: Group, person: str, brought: OpeningFine) -> Fine:
    at = datetime.combine(brought.since, time(12), ZoneInfo(group.constitution.time_zone))
    return Fine(tx.new_id(), group.id, person, brought.words or brought.reason, brought.amount, at, by="")


def _end_of(day: date, book: OpeningBook) -> datetime:
    """The last second of a day where the group is, in UTC."""
    end = datetime.combine(day, time(23, 59, 59), ZoneInfo(book.time_zone))
    return end.astimezone(ZoneInfo("UTC"))


def _loan(tx: Store, group: Group, brought: OpeningLoan, people: dict[int, str], as_of: date) -> Loan:
    """
    As if it had been lent on the terms that are left of it. What is late already is brought forward, by itself;
    interest that is owed and not late falls due with the next instalment.
    """
    terms, late = terms_left(brought, group.constitution, as_of)
    asked = datetime.combine(brought.lent_on, time(12), ZoneInfo(group.constitution.time_zone))
    equal = Money(brought.principal.minor // max(1, len(brought.guarantors)), group.currency)
    pledged = brought.pledged or (equal,) * len(brought.guarantors)
    product = group.constitution.loans
    assert product is not None, "the sheets of a group that does not lend have no loans"
    rules, kept = product.repayment, brought.keeps_interest
    loan = Loan(
        id=tx.new_id(),
        ref=new_ref("L"),
        group=group.id,
        person=people[brought.member],
        terms=terms,
        rules=rules if kept is None else replace(rules, keeps_interest=kept),
        fee=Money(0, group.currency),
        way="cash",
        state="active",
        asked_at=asked,
        guarantees=tuple(
            Guarantee(people[each], part, "accepted")
            for each, part in zip(brought.guarantors, pledged, strict=True)
            if part
        ),
        decided_on=brought.lent_on,
        disbursed_on=brought.lent_on,
        outstanding=brought.principal.minor,
        brought_forward=late,
        before=LoanBefore(brought.number, brought.lent, brought.lent_on),
    )
    return replace(loan, oldest_unpaid=loan.standing(as_of).oldest_unpaid)


def terms_left(loan: OpeningLoan, rules: Constitution, as_of: date) -> tuple[Terms, BroughtForward | None]:
    """
    The terms on which the rest of a loan goes on, and what of it is late on the day, None where nothing is owed
    besides them.

    Where the sheet has a plan, that is what is to come, and what of the principal is not in it is late. Else its
    instalments are as far apart as they were. Those that were due by the day are late, each an equal part of the
    principal; the next one is due when the sheet says, or where that is past, a period after the last.
    """
    product = rules.loans
    assert product is not None, "only a group that lends has loans"
    method = loan.method or product.method
    if loan.plan:
        late = loan.principal.minor - sum(line.principal.minor for line in loan.plan)
        first, periods = loan.plan[0].due, len(loan.plan)
    else:
        late, first, periods = _worked_out(loan, method, as_of)
    terms = Terms(
        principal=loan.principal,
        rate=_rate(loan, product),
        periods=periods,
        every=loan.every,
        method=method,
        start=_start_before(first, loan.every, as_of),
        unit=smallest_written(loan.principal.currency),
        plan=loan.plan,
    )
    if not late and not loan.interest and not loan.penalty:
        return terms, None
    since = loan.late_since or first
    return terms, BroughtForward(since, loan.interest, loan.penalty, Money(late, loan.principal.currency))


def _worked_out(loan: OpeningLoan, method: Method, as_of: date) -> tuple[int, date, int]:
    """What of the principal is late, in minor units; when the first instalment to come is due, and how many."""
    dues = [loan.next_due, *(period_end(loan.next_due, loan.every, each) for each in range(1, loan.instalments))]
    over = sum(due <= as_of for due in dues)
    ahead = len(dues) - over
    late = loan.principal.minor if not ahead else loan.principal.minor * over // len(dues)
    if method == "roll-over":
        late = 0  # what was not paid of it has rolled into the next period
    first = dues[over] if ahead else period_end(as_of, loan.every, 1)
    return late, first, max(1, ahead)


def _rate(loan: OpeningLoan, product: LoanProduct) -> Rate:
    if loan.percent is not None:
        return Rate(loan.percent, loan.per or product.rate.per)
    return usual_rate(loan.every, product)


def usual_rate(every: Every, product: LoanProduct) -> Rate:
    """What the group's loans cost, for periods of another length: its own rate may be for its own periods."""
    if product.rate.per != "period" or every == product.every:
        return product.rate
    return Rate(product.rate.yearly(product.every) * 100 / PERIODS_A_YEAR[every], "period")


def _start_before(due: date, every: Every, as_of: date) -> date:
    """The day of which a period ends when the next instalment is due; never after the day of the sheets."""
    start = due - timedelta(days=31 if every == "month" else 7 * 4)
    while period_end(start, every, 1) < due:
        start += timedelta(days=1)
    return min(start, as_of)
