"""
The past of the demo's village, by the domain's own commands at the time of each: how its people came together,
met, saved, helped, lent and took turns, and what waits for an answer today.
"""

import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.demo.village import APPLICANT, GROUPS, IN_TWO_GROUPS, OFFICES, WEEKS, VillageGroup, Villager, people
from domain.commands import execute
from domain.decisions.voting import Vote, open_in
from domain.groups.found import FoundGroup
from domain.groups.join import Decide, JoinGroup
from domain.groups.register import Register
from domain.groups.rules import defaults
from domain.loans.borrow import RequestLoan
from domain.loans.owed import next_due
from domain.loans.pay_out import HandOverLoan
from domain.loans.repay import RecordRepayment
from domain.meetings.count import Counted, cash_of_books
from domain.meetings.meeting import CloseMeeting, MarkAttendance, OpenMeeting
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.people.phones import person_with
from domain.records.consent import CONSENT_VERSION
from domain.records.payment import Way
from domain.records.person import Language
from domain.records.pin import Secret
from domain.rotation.rounds import PayRound
from domain.rotation.set_up import SetUpRotation, held_in_pot, rota_of
from domain.savings.contribute import Contribute, RecordCash, contributions_due
from domain.savings.fines import RecordFine
from domain.savings.pay_social import RecordSocial
from domain.savings.social_fund import AskGrant, PayGrant
from domain.store import Between
from domain.treasury.digest import send_digest
from domain.treasury.providers import provider_for
from domain.treasury.settle import payment_succeeded

_FOUNDED_BEFORE: Final = timedelta(days=2)  # the first meeting
_KEYS: Final = "village:"
_MEETING_LASTS: Final = timedelta(minutes=45)
# Why somebody asks for money of the social fund.
_ILLNESS: Final[Mapping[Language, str]] = {"en": "Hospital", "sw": "Hospitali", "fr": "Hôpital"}


def is_there(store: MongoStore) -> bool:
    """
    Whether the village was founded to its end: what its last group decides on comes last. People may have been
    forgotten since.
    """
    last = store.groups.one(code=GROUPS[-1].code)
    return last is not None and any(each.yes for each in store.proposals.find(group=last.id, kind="grant"))


def found(store: MongoStore, now: datetime, progress: Callable[[int, int], None]) -> None:
    """
    Found the village as of `now`: people, groups, each week's meetings, and what waits to be decided.

    Again after an interruption it goes on where it stopped, as of the time it began with, since every command has
    the same key each time. `progress` is told how many steps of how many are done. The messages of the past are
    not sent. Raises AlreadyRegistered, or Duplicate, when a number or a code belongs to somebody else.
    """
    villagers = people()
    first = person_with(store, villagers[0].phone)
    began = store.people.get(first).created_at if first else now - timedelta(weeks=WEEKS) - _FOUNDED_BEFORE
    clock = _Clock(began)
    past = store.at(clock)
    total = len(villagers) + len(GROUPS) + WEEKS + 1
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        store.remember_commands(_KEYS, now)
        progress(done, total)

    with ThreadPoolExecutor(8) as hands:
        hashes = hands.map(lambda villager: store.pins.hash(Secret(villager.pin)), villagers)
        for villager, hashed in zip(villagers, hashes, strict=True):
            _do(past, _registers(villager, hashed), villager.phone)
            step()
        ids = {villager.name: str(person_with(store, villager.phone)) for villager in villagers}
        lives = []
        for group in GROUPS:
            lives.append(_founded(past, group, ids))
            step()
        for week in range(WEEKS):
            day = began + _FOUNDED_BEFORE + timedelta(weeks=week)
            meeting = [life for life in lives if week in life.group.met]
            # A group at a time: its members would wait for each other at its book.
            list(hands.map(lambda life, week=week, day=day: life.meet(week, day), meeting))
            step()
        for each in (clock, *(life.clock for life in lives)):
            each.now = began + timedelta(weeks=WEEKS)
        _leave_open(store, past, lives, began)
        agree_with_providers(store, [life.id for life in lives])
        told = store.notices.find(person=list(ids.values()), state="queued")
        list(hands.map(lambda notice: store.notices.change(notice.id, state="delivered", next_at=None), told))
        step()


def agree_with_providers(store: MongoStore, groups: list[str]) -> None:
    """The providers' stand-ins begin now: what they moved before, they would be asked about and not know."""
    moved = store.payments.find(group=groups, way="mobile_money", state="succeeded", reconciled=False)
    for payment in moved:
        store.payments.change(payment.id, reconciled=True)


def _leave_open(store: MongoStore, past: MongoStore, lives: "list[_Life]", began: datetime) -> None:
    """The applicant comes now; what waits to be decided today; the evenings' digests of the past were sent."""
    hashed = store.pins.hash(Secret(APPLICANT.pin))
    _do(store, _registers(APPLICANT, hashed, GROUPS[0].code), APPLICANT.phone)
    for life in lives:
        life.ask()
    for digest in past.digests.find(next_at=Between(began, past.now())):
        if digest.group in {life.id for life in lives}:
            send_digest(past, digest.id)


class _Clock:
    """The time of the village's past."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def _registers(villager: Villager, hashed: str, code: str = "") -> Register:
    """As they do on a phone, where they read the words."""
    return Register(villager.phone, villager.name, villager.language, hashed, code, agreed=CONSENT_VERSION)


def _key(*about: str) -> str:
    """What it is about is a digest: names and numbers are in it, and who is forgotten goes out of no id."""
    return _KEYS + sha256(":".join(about).encode()).hexdigest()[:32]


def _do(store: MongoStore, command: object, *about: str) -> Any:
    return execute(store, _key(type(command).__name__, *about), command)


def _founded(past: MongoStore, group: VillageGroup, ids: dict[str, str]) -> "_Life":
    """The group with all its members in it and, of a rotation, its order."""
    first_meeting = past.now() + _FOUNDED_BEFORE + timedelta(weeks=group.met[0])
    rules = defaults(
        group.kind,
        group.price,
        first_meeting.astimezone(ZoneInfo(group.time_zone)).date(),
        social_fund=group.social_fund,
        every=group.every,
        time_zone=group.time_zone,
    )
    names = (*group.members, IN_TWO_GROUPS[0]) if group.code == IN_TWO_GROUPS[1] else group.members
    persons = {name: ids[name] for name in names}
    officers = tuple(zip(persons.values(), OFFICES, strict=False))
    id: str = _do(past, FoundGroup(group.code, group.name, group.kind, rules, officers), group.code)
    for person in [*persons.values()][len(OFFICES) :]:
        _do(past, JoinGroup(person, group.code), group.code, person)
        _do(past, Decide(officers[0][0], id, person, welcome=True), group.code, person)
    clock = _Clock(past.now())
    life = _Life(past.at(clock), clock, group, id, persons)
    if group.kind == "rosca":
        _do(past, SetUpRotation(life.treasurer, id, "fixed"), group.code)
        for asked in open_in(past, id):
            if asked.kind == "rotation":
                life.agree(asked.id, life.secretary)
    return life


@dataclass(frozen=True, slots=True)
class _Life:
    """
    What a group of the village did, by its own `clock`; `persons` are the ids of its members by their names,
    officers first.
    """

    store: MongoStore
    clock: _Clock
    group: VillageGroup
    id: str
    persons: dict[str, str]

    @property
    def chairperson(self) -> str:
        return self.persons[self.group.members[0]]

    @property
    def secretary(self) -> str:
        return self.persons[self.group.members[1]]

    @property
    def treasurer(self) -> str:
        return self.persons[self.group.members[2]]

    def meet(self, week: int, begins: datetime) -> None:
        """
        Cash is counted, who comes saves and pays their fines, loans and turns are seen to, cash is counted again.

        Most put in one share, some more, some stay away; each person in their own way.
        """
        about = f"{self.group.code}-{week + 1:02}"
        if self.store.commands.one(id=_key(CloseMeeting.__name__, about)):
            return  # it was held before an interruption
        self.clock.now = begins
        _do(self.store, OpenMeeting(self.secretary, self.id, self._cash()), about)
        fines = self.store.fines.find(group=self.id, state="due")
        for number, (name, person) in enumerate(self.persons.items()):
            chance = random.Random(f"{self.group.code} {name} {week}")  # noqa: S311 (a story, not a secret)
            if number >= len(OFFICES) and chance.random() < 0.04 * (number % 5):
                _do(self.store, MarkAttendance(self.secretary, self.id, person, "absent"), about, person)
                continue
            self._save(number, person, chance, f"{about}-{number + 1:02}")
            for fine in fines:
                if fine.person == person:
                    _do(self.store, RecordFine(self._officer_for(person), fine.id), fine.id)
        if self.group.kind == "rosca":
            self._pay_rounds(self.group.met.index(week) + 1, about)
        if self.group == GROUPS[0]:
            self._help_and_lend(week)
        self.clock.now = begins + _MEETING_LASTS
        _do(self.store, CloseMeeting(self.secretary, self.id, self._cash(), fine=True), about)

    def ask(self) -> None:
        """What is for others to answer: the treasurer has agreed, and a second officer has to."""
        if self.group != GROUPS[0]:
            self.agree(self._ask_for_help(self.group.members[3]), self.treasurer)
            return
        asked = self._request("Atim Lucy", 100_000, 2, "mobile_money")
        self.agree(self.store.loans.get(asked["loan"]).proposal, self.treasurer)
        self._request("Opio Peter", 50_000, 1, "mobile_money", self.persons["Wasswa John"])

    def _cash(self) -> Counted:
        return cash_of_books(self.store, self.store.groups.get(self.id))

    def _officer_for(self, person: str) -> str:
        """Who writes their cash down: an officer does not do it for themselves."""
        return self.secretary if person == self.treasurer else self.treasurer

    def _save(self, number: int, person: str, chance: random.Random, about: str) -> None:
        if self.group.kind == "rosca":
            amount = contributions_due(self.store, self.id, person).amount
        else:
            shares = chance.choice((1, 1, 1, 2, 2, 3)) if number % 3 else chance.choice((1, 2, 4, 5))
            amount = Money(self.group.price.minor * shares, self.group.price.currency) + self.group.social_fund
        phone = self.store.people.get(person).phone
        pays_by_phone = self.group.kind == "vsla" and number % 3 == 1
        if pays_by_phone and provider_for(self.store, "in", self.group.price.currency, phone):
            asked = _do(self.store, Contribute(self.id, person, amount), about)
            payment_succeeded(self.store, self.store.payments.get(asked["payment"]), asked["payment"])
        elif amount:
            _do(self.store, RecordCash(self.id, person, amount, self._officer_for(person)), about)
        if missed := contributions_due(self.store, self.id, person).missed:
            # Who was not there the last time brings what the social fund misses of them.
            _do(self.store, RecordSocial(self.id, person, missed, self._officer_for(person)), about)

    def _pay_rounds(self, newest: int, about: str) -> None:
        """This round's hand is paid what was put in, those before it what came in late."""
        nothing = Money(0, self.group.price.currency)
        for number in range(1, newest + 1):
            rota = rota_of(self.store, self.store.groups.get(self.id))
            assert rota is not None, "the order is set with the founding"
            if rota.payable(number, held_in_pot(self.store, self.store.groups.get(self.id)), nothing) <= 0:
                continue
            of = rota.round(number)
            person = of.person if of else rota.turn[0]
            paid = PayRound(self._officer_for(person), self.id, number, person, "cash")
            _do(self.store, paid, about, str(number))

    def _help_and_lend(self, week: int) -> None:
        match week:
            case 7:
                self._help("Auma Betty")
            case 9:
                self._lend("Nabirye Joan", 120_000, 3)
                self._lend("Kyomuhendo Rose", 60_000, 1)
            case 13:  # an instalment of both is due, and one of them pays
                self._repay("Nabirye Joan")

    def _help(self, name: str) -> None:
        """From the social fund, in cash."""
        grant = self._ask_for_help(name)
        self.agree(grant, self.chairperson, self.secretary)
        _do(self.store, PayGrant(self.treasurer, grant, "cash"), grant)

    def _ask_for_help(self, name: str) -> str:
        """Answers with the id of the grant, which is its proposal's too."""
        person, amount = self.persons[name], Money(self.group.social_fund.minor * 10, self.group.price.currency)
        _do(self.store, AskGrant(person, self.id, amount, _ILLNESS[self.group.language]), name)
        (grant,) = self.store.grants.find(group=self.id, person=person)
        return grant.id

    def _request(self, name: str, minor: int, periods: int, way: Way, *guarantors: str) -> Any:
        amount = Money(minor, self.group.price.currency)
        request = RequestLoan(self.id, self.persons[name], amount, periods, way, guarantors)
        return _do(self.store, request, name)

    def _lend(self, name: str, minor: int, periods: int) -> None:
        asked = self._request(name, minor, periods, "cash")
        self.agree(self.store.loans.get(asked["loan"]).proposal, self.chairperson, self.secretary)
        _do(self.store, HandOverLoan(self.treasurer, asked["loan"]), name)

    def _repay(self, name: str) -> None:
        """What is due of the one loan they have."""
        (loan,) = self.store.loans.find(group=self.id, person=self.persons[name], state=["active"])
        today = self.store.groups.get(self.id).constitution.day(self.store.now())
        amount, _ = next_due(loan.standing(today), today)
        _do(self.store, RecordRepayment(loan.id, amount, self.treasurer), loan.id)

    def agree(self, proposal: str, *officers: str) -> None:
        digest = self.store.proposals.get(proposal).digest
        for officer in officers:
            _do(self.store, Vote(officer, proposal, digest, yes=True), proposal, officer)
