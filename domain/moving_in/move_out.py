"""
A group that lives here, as the sheets by which it moves in elsewhere: another installation opens it as it is.

What it has earned arrives as one sum, and what happened before does not arrive. Money or a rule that has no place
in the sheets keeps the group here until it is in order; what else does not come along is said.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Literal, get_args

from domain.books.accounts import ACCOUNTS, Account
from domain.errors import DomainError
from domain.groups.rules import rules_of, value_of
from domain.money import COUNTRIES, Money
from domain.moving_in.book import SheetRow
from domain.moving_in.check import CheckedGroup, check_group
from domain.moving_in.constitution import constitution_of
from domain.moving_in.entry import opening_postings
from domain.moving_in.loans import loan_said, why_unsaid
from domain.moving_in.rota import is_said, rounds_due, with_turns
from domain.moving_in.rows import rows_of
from domain.moving_in.sheets import RULES
from domain.people.consents import given_on
from domain.people.phones import country_of
from domain.records.consent import Consent
from domain.records.group import SAVINGS_ACCOUNT, Constitution, FineReason, Group, LoanProduct, Paid
from domain.records.loan import Loan
from domain.records.meeting import Fine
from domain.records.opening import ConsentWay, OpeningBook, OpeningFine, OpeningMember
from domain.records.payment import OPEN
from domain.records.person import Membership, Person
from domain.records.rota import Rota, rota_id
from domain.savings.social_due import social_due
from domain.store import Store

# Why a group cannot move yet; its sentence is in `bot/cli/moving_out.py`.
WhyHere = Literal[
    "meeting_open",
    "closing",
    "payment",
    "leaving",  # a member who is not settled with
    "account",  # money that the sheets have no place for; `what` is the account
    "rules",  # that the sheets cannot say; `what` are their names
    "meetings_move",
    "rolled_over",  # a loan, as `WhyUnsaid` has it; `what` is its reference
    "loan_rules",
    "rotation",  # that is over, and is no longer of these members, or at this price
]
# What does not come along, and has to be known.
WhatStays = Literal["waiting", "written_off", "suspended", "paid_ahead", "shared_phone", "consent", "programme"]


@dataclass(frozen=True, slots=True)
class KeptHere:
    """One thing that keeps a group here; `amount` is None where it is no money."""

    why: WhyHere
    what: str = ""
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class LeftHere:
    """Something that does not come along: a member's `number`, or how many there are of it."""

    what: WhatStays
    number: int


@dataclass(frozen=True, slots=True)
class MovingOut:
    """
    What a group takes along, None while something keeps it here; `checked` is what the check of the sheets says of
    it, as it would be said where they are brought.
    """

    book: OpeningBook | None
    checked: CheckedGroup
    kept: tuple[KeptHere, ...]
    left: tuple[LeftHere, ...]


def move_out(store: Store, group_id: str, zone_of: Callable[[str], str]) -> MovingOut:
    """A group as of today, between two meetings; nothing is written. `zone_of` is the time zone of a country."""
    group = _Group(store, store.groups.get(group_id), zone_of)
    book = group.book()
    rows = [
        SheetRow(sheet, sheet, number, tuple(cells), tuple(cells.values()))
        for sheet, of_sheet in rows_of(book).items()
        for number, cells in enumerate(of_sheet, start=2)
    ]
    checked, kept = check_group(book.code, rows, group.today, zone_of), tuple(group.keeps(book))
    return MovingOut(None if kept else checked.book, checked, kept, tuple(group.stays(book)))


class _Group:
    """Its documents, read once."""

    def __init__(self, store: Store, group: Group, zone_of: Callable[[str], str]) -> None:
        self._store, self._group, self._zone_of = store, group, zone_of
        self.today = group.constitution.day(store.now())
        self._nothing = Money(0, group.currency)
        self._balances = store.books.balances(group.id)
        self._memberships: list[Membership] = store.memberships.find(
            group=group.id, status=["active", "suspended", "leaving"], sort="number"
        )
        self._people = {each.id: each for each in store.people.among([who.person for who in self._memberships])}
        agreed: list[Consent] = store.consents.find(person=[*self._people], purpose="service", sort="given_at")
        self._agreed = {each.person: each for each in agreed}  # last
        self._numbers = {each.person: each.number for each in store.memberships.find(group=group.id)}
        arrival = store.arrivals.one(id=group.before.code) if group.before else None
        self._brought = {each.number: each for each in arrival.book.members} if arrival else {}
        self._rota: Rota | None = store.rotas.one(id=rota_id(group.id, group.cycle))
        self._social = social_due(store, [(group, each) for each in self._memberships])
        self._loans: list[Loan] = store.loans.find(group=group.id, state="active", sort="asked_at")

    def book(self) -> OpeningBook:
        """All of it that the sheets can say, whatever keeps it here."""
        group, rules = self._group, self._group.constitution
        meeting = rules.meeting_after(self.today)
        rhythm = next(each for each in reversed(rules.rhythms) if each.first <= meeting)
        agent = self._store.accounts.one(id=group.agent) if group.agent else None
        return OpeningBook(
            code=group.before.code if group.before else f"G-{group.code}",
            name=group.name,
            kind=group.kind,
            country=self._country(),
            time_zone=rules.time_zone,
            as_of=self.today,
            cycle=group.cycle,
            cycle_from=group.cycle_from,
            cycle_ends=group.cycle_from + timedelta(weeks=rules.cycle_weeks),
            every=rhythm.every,
            next_meeting=meeting,
            share_price=rules.share_price,
            social_part=rules.social,
            box=self._held(Account.CASH_BOX),
            bank=self._held(Account.BANK),
            social=self._held(Account.SOCIAL_CASH),
            social_owned=self._owed(Account.SOCIAL_FUND),
            debt=self._owed(Account.EXTERNAL_LOAN),
            surplus=Money(-sum(self._result()), group.currency),
            shares_max=rules.shares_max or None,
            percent=rules.loans.rate.percent if rules.loans else None,
            per=rules.loans.rate.per if rules.loans else None,
            method=rules.loans.method if rules.loans else None,
            agent=(agent.code or agent.email) if agent else "",
            district=group.before.district if group.before else "",
            parish=group.before.parish if group.before else "",
            rules=dict(self._rules()),
            members=tuple(self._member(each) for each in self._memberships),
            loans=tuple(
                said for each in self._loans if (said := loan_said(each, rules, self.today, self._numbers))
            ),
            fines=tuple(self._fines()),
            order=self._rota.kind if self._rota else "fixed",
            seed=self._rota.seed if self._rota else "",
            rounds_due=rounds_due(self._rota, rules, self.today, meeting) if self._rota else (),
        )

    def keeps(self, book: OpeningBook) -> Iterator[KeptHere]:
        """What the sheets have no place for."""
        group, rules = self._group, self._group.constitution
        if group.meeting:
            yield KeptHere("meeting_open")
        if group.closing:
            yield KeptHere("closing")
        for payment in self._store.payments.find(group=group.id, state=list(OPEN)):
            yield KeptHere("payment", payment.ref, payment.amount)
        for each in self._memberships:
            if each.status == "leaving":
                yield KeptHere("leaving", str(each.number))
        for loan in self._loans:
            if why := why_unsaid(loan, rules, self.today):
                yield KeptHere(why, loan.ref)
        if self._rota and not is_said(self._rota, book, self._numbers):
            yield KeptHere("rotation")
        if any(each.first > book.next_meeting for each in rules.moved):
            yield KeptHere("meetings_move", max(each.first for each in rules.moved).isoformat())
        if unsaid := list(self._unsaid_rules(book)):
            yield KeptHere("rules", ", ".join(unsaid))
        yield from self._without_place(book)

    def _without_place(self, book: OpeningBook) -> Iterator[KeptHere]:
        """The accounts that the opening entry would not bring to what they hold."""
        people = {number: person for person, number in self._numbers.items()}
        there: dict[tuple[Account, str], int] = {}
        for leg in opening_postings(book, people, {each.number: each.number for each in book.loans}):
            account = ACCOUNTS[leg.account]
            key = account, leg.member if account.by_member else ""
            there[key] = there.get(key, 0) + leg.amount
        here: dict[tuple[Account, str], int] = {}
        for (code, person), minor in self._balances.items():
            account = ACCOUNTS[code]
            if account.by_member != bool(person):
                continue  # of an account by member, its members' parts are all of it
            key = (Account.SURPLUS if account.is_result else account), person
            here[key] = here.get(key, 0) + minor
        found: dict[Account, int] = {}
        for key in here.keys() | there.keys():
            found[key[0]] = found.get(key[0], 0) + abs(here.get(key, 0) - there.get(key, 0))
        for account in sorted(found):
            # The surplus is what all else comes to, and the social fund what its purses hold: they differ only
            # where something else does.
            if found[account] and account not in (Account.SURPLUS, Account.SOCIAL_FUND):
                yield KeptHere("account", account.label, Money(found[account], book.currency))

    def _unsaid_rules(self, book: OpeningBook) -> Iterator[str]:
        """The rules that would not be the same there."""
        rules = replace(self._group.constitution, first_meeting=book.next_meeting, every=book.every, moved=())
        try:
            there = constitution_of(book)
        except DomainError as bad:
            yield str(bad.details.get("rule", bad.code))
            return
        for each in fields(Constitution):
            mine, theirs = getattr(rules, each.name), getattr(there, each.name)
            if isinstance(mine, LoanProduct) and isinstance(theirs, LoanProduct):
                yield from _differ(LoanProduct, mine, theirs)
            elif mine != theirs:
                yield each.name

    def _rules(self) -> Iterator[tuple[str, str]]:
        """Those of the sheets that a group of this kind has, as `ProposeRule` has them."""
        rules = self._group.constitution
        of_kind = rules_of(self._group.kind, rules)
        for rule in RULES.values():
            value = value_of(rules, rule)
            if isinstance(value, Money):
                value = str(value.minor)
            if rule in of_kind or (rule == "referral" and rules.reward):
                yield rule, value

    def _member(self, membership: Membership) -> OpeningMember:
        group, person = self._group, self._people[membership.person]
        joined = group.constitution.day(membership.joined_at or membership.asked_at)
        agreed_on, agreed_how = self._consent(membership, joined)
        account = Account.SHARES if group.kind == "sacco" else SAVINGS_ACCOUNT[group.kind]
        in_pot = group.kind == "rosca"
        member = OpeningMember(
            number=membership.number,
            name=person.name,
            phone=self._phone(person),
            language=person.language,
            role=membership.role,
            saved=self._nothing if in_pot else self._owed(account, person.id),
            deposits=self._owed(Account.DEPOSITS, person.id) if group.kind == "sacco" else self._nothing,
            credit=self._owed(Account.CREDIT, person.id),
            consent_on=agreed_on,
            consent_how=agreed_how,
            joined_on=joined,
            sex=person.sex,
            birth_year=person.birth_year,
            social_owed=self._missed(person.id) or None,
        )
        return with_turns(member, membership, self._rota, self._owed(Account.POT, person.id)) if in_pot else member

    def _missed(self, person: str) -> Money:
        """What the social fund misses of a member, with the part of a meeting that is today."""
        owed, rules = self._social[self._group.id, person], self._group.constitution
        return owed.total if rules.meeting(self._store.now()) == self.today else owed.missed

    def _consent(self, membership: Membership, joined: date) -> tuple[date, ConsentWay]:
        """When and how they agreed that their data is kept; where nobody knows, the day that they joined."""
        if before := self._brought.get(membership.number):
            return before.consent_on, before.consent_how
        if agreed := self._agreed.get(membership.person):
            ways: dict[str, ConsentWay] = {way: way for way in get_args(ConsentWay)}
            return given_on(self._store, agreed), ways.get(agreed.channel, "phone")
        return joined, "phone" if self._people[membership.person].phone else "meeting"

    def _phone(self, person: Person) -> str:
        """A phone is one member's in the sheets: the others who share it are served by officers at first."""
        return "" if self._shares_anothers(person) else person.phone

    def _shares_anothers(self, person: Person) -> bool:
        """Whether a member with a lower number has the same phone."""
        sharing = [self._numbers[each.id] for each in self._people.values() if each.phone == person.phone]
        return bool(person.phone) and self._numbers[person.id] > min(sharing)

    def _fines(self) -> Iterator[OpeningFine]:
        """By member and day; those that are alike are told apart by a number."""
        found: list[Fine] = self._store.fines.find(group=self._group.id, state="due", sort="at")
        alike: dict[OpeningFine, int] = {}
        fines = []
        for fine in found:
            listed = next((each for each in get_args(FineReason) if each == fine.reason), None)
            one = OpeningFine(
                member=self._numbers[fine.person],
                reason=listed or "other",
                amount=fine.amount,
                since=self._group.constitution.day(fine.at),
                words="" if listed else fine.reason,
            )
            alike[one] = alike.get(one, 0) + 1
            fines.append(replace(one, number=alike[one]))
        return iter(
            sorted(fines, key=lambda each: (each.since, each.member, each.reason, each.words, each.number))
        )

    def stays(self, book: OpeningBook) -> Iterator[LeftHere]:
        """What does not come along with it."""
        for person in self._people.values():
            if self._shares_anothers(person):
                yield LeftHere("shared_phone", self._numbers[person.id])
        store, group = self._store, self._group
        waiting = store.proposals.count(group=group.id, state="open")
        waiting += store.loans.count(group=group.id, state=["submitted", "approved"])
        waiting += store.grants.count(group=group.id, state="approved")
        key = group.meeting_key(book.next_meeting)
        # What was put into a pot comes along.
        paid = [
            each.social if group.kind == "rosca" else each != Paid()
            for each in store.paid_by(group.id, key, list(self._people)).values()
        ]
        known = [each for each in self._memberships if each.person in self._agreed or each.number in self._brought]
        counts: Sequence[tuple[WhatStays, int]] = (
            ("waiting", waiting),
            ("written_off", store.loans.count(group=group.id, state="written_off")),
            ("paid_ahead", sum(map(bool, paid))),
            ("consent", len(self._memberships) - len(known)),
            ("programme", int(bool(group.programme))),
        )
        yield from (LeftHere(what, count) for what, count in counts if count)
        for each in self._memberships:
            if each.status == "suspended":
                yield LeftHere("suspended", each.number)

    def _country(self) -> str:
        """One of this currency and time zone: that of an officer's number, if it is one."""
        officers = sorted(self._memberships, key=lambda each: (each.role == "member", each.number))
        of_numbers = [country_of(self._people[each.person].phone) for each in officers]
        found = [each for each in of_numbers if each in COUNTRIES]
        zone = self._group.constitution.time_zone
        return next((each for each in (*found, *COUNTRIES) if self._zone_of(each) == zone), (*found, "UG")[0])

    def _held(self, account: Account) -> Money:
        return Money(self._balances.get((account, ""), 0), self._group.currency)

    def _owed(self, account: Account, person: str = "") -> Money:
        return Money(-self._balances.get((account, person), 0), self._group.currency)

    def _result(self) -> Iterator[int]:
        for (code, person), minor in self._balances.items():
            if not person and (ACCOUNTS[code].is_result or code == Account.SURPLUS):
                yield minor


def _differ(of: type, mine: Any, theirs: Any) -> Iterator[str]:
    """The names of the fields that are not the same."""
    yield from (
        f"loans: {each.name}" for each in fields(of) if getattr(mine, each.name) != getattr(theirs, each.name)
    )
