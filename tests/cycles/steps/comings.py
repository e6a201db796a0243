"""Steps of the random walk in which a whole group comes, and in which somebody goes and is forgotten."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import rule

from bot.forgetting import forget_person
from domain.groups.forget import what_keeps
from domain.mongo.store import COLLECTIONS, MongoStore
from domain.moving_in.arrive import AgreeToOpening, AnswerObjection, BringGroup, SayOfOpening, SendBack
from domain.moving_in.open import move_on
from domain.moving_in.undo import undo_opening
from domain.people.phones import holders_of
from domain.records.arrival import Arrival
from tests.cycles.invariants import Audit, check_book
from tests.cycles.steps.drawn import YES
from tests.cycles.steps.life import Life
from tests.domain.moving_in.books import AS_OF, example

# Who leads a group that moves in; they may be in the other one too, or come into it later.
LEAD: Final = ("gus", "hal")
OPENED: Final = "groups that moved in"
FORGOTTEN: Final = "people forgotten"


class Comings(Life):
    @rule(agreed=YES, right=YES, stays=YES)
    def a_group_moves_in(self, agreed: bool, right: bool, stays: bool) -> None:
        """Its officers agree or not, a member objects or not, and its opening is undone or stays."""
        phones = [self.store.people.get(who).phone for who in LEAD]
        if not all(phones) or self._forgotten.intersection(LEAD):
            return
        code = f"M-{self.store.arrivals.count()}"
        if self._give(BringGroup("walk", replace(_book(self.store, phones), code=code))) is None:
            return
        arrival: Arrival = self.store.arrivals.get(code)
        for officer in LEAD:
            self._give(AgreeToOpening(officer, code, arrival.digest, agreed or officer == "gus", "another box"))
        for person in LEAD:
            self._give(SayOfOpening(person, code, "" if right else "that is not mine"))
        for officer, person in (LEAD, LEAD[::-1]):
            self._give(AnswerObjection(officer, code, person, "it is"))
        if self.store.arrivals.get(code).contested:
            self._give(SendBack(code, "nobody is sure"))
        if self.store.arrivals.get(code).state != "told":
            return
        self.store.arrivals.change(code, next_at=self.store.now())
        move_on(self.store, code)
        group = self.store.arrivals.get(code).group
        Audit(self.store, group).look()
        self.steps[OPENED] += 1
        if not stays:
            assert undo_opening(self.store, code, "the wrong box") is None
            assert not any(self.store.books.totals(group).values())
            self._give(SendBack(code, "the wrong box"))
        check_book(self.store, group)

    @rule(who=st.sampled_from(["fay", "dan", "cy", "gus", "gus", "hal", "hal"]))
    def who_asks_for_it_is_forgotten(self, who: str) -> None:
        """While something keeps them nothing is changed; else nothing of them is left, and all else adds up."""
        person = self.store.people.get(who)
        alone = [each for each in (person.phone, person.phone_before) if each and self._is_alone(each)]
        self._at_rest = False
        self._state, kept = self._digests(), what_keeps(self.store, who)
        assert forget_person(self.store, who) is not bool(kept)
        if kept:
            for each in kept:
                self.steps[f"not forgotten: {each.why}"] += 1
            self._state = {**self._state, "people": self._digests()["people"]}  # a turn is counted
            self._check_unchanged(what_keeps, "kept somebody")
            return
        self.steps[FORGOTTEN] += 1
        if who not in self._forgotten:
            self._check_nothing_left([person.name, *alone])
        self._forgotten.add(who)
        self._last = None
        self._audit.look(also=[each.person for each in self.store.memberships.find(group=self._audit.group)])

    def _is_alone(self, phone: str) -> bool:
        return len(holders_of(self.store, phone)) <= 1

    def _check_nothing_left(self, marks: list[str]) -> None:
        for name in COLLECTIONS:
            for document in self.store.database[name].find():
                said = [mark for mark in marks if mark in str(document)]
                assert not said, f"{said} is left in {name}: {document}"


def _book(store: MongoStore, phones: list[str]) -> Any:
    """The group by hand as of today, with two who have a phone, and without guessing at days that were."""
    book = example()
    ahead = store.now().date() - AS_OF
    chair, treasurer, member, secretary = book.members
    members = (
        replace(chair, phone=phones[0]),
        replace(treasurer, phone=phones[1]),
        member,
        replace(secretary, role="member", phone=""),
    )
    return replace(
        book,
        as_of=book.as_of + ahead,
        cycle_from=book.cycle_from + ahead,
        cycle_ends=book.cycle_ends + ahead,
        next_meeting=store.now().date() + timedelta(days=7),
        members=members,
        loans=tuple(_later(each, ahead) for each in book.loans),
        fines=tuple(replace(each, since=each.since + ahead) for each in book.fines),
    )


def _later(loan: Any, ahead: timedelta) -> Any:
    days = {name: getattr(loan, name) for name in ("lent_on", "next_due", "late_since")}
    return replace(loan, **{name: day and day + ahead for name, day in days.items()})
