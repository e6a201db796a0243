"""
The way out: from any state, the officers and members end the cycle by commands alone, and everybody is paid.

It is how a group would do it: money on its way is waited for, the meeting is closed, what holds somebody's money
is waited out, the members agree to a plan, each part is paid by whom and however it can be, and money that lies in
the wrong form is moved.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, Final

from domain.commands import execute
from domain.decisions.voting import Vote, Withdraw
from domain.errors import DomainError
from domain.groups.own_money import Enter
from domain.groups.suspend import Suspend
from domain.meetings.count import cash_of_books
from domain.meetings.meeting import CloseMeeting
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.people.freeze import Unfreeze
from domain.records.payment import OPEN
from domain.records.person import OFFICERS
from domain.records.proposal import Proposal
from domain.records.share_out import ShareOut
from domain.share_out.next_cycle import StartCycle, first_meetings
from domain.share_out.pay import PayAll, PayLine, how_far
from domain.share_out.plan import NothingToShare, ProposeShareOut, planned
from domain.treasury.settle import payment_succeeded

COMMANDS_MAX: Final = 200


class NoWayOut(AssertionError):
    """The group cannot end its cycle; it says where it stopped, and what was refused last."""


class WindUp:
    """Ends the open cycle of a VSLA; `tried` counts the commands that were given, refused ones too."""

    def __init__(self, store: MongoStore, group: str, forward: Callable[[timedelta], None]) -> None:
        self._store, self._id, self._forward = store, group, forward
        self.tried, self._refused = 0, ""

    def end_cycle(self) -> None:
        """Raises NoWayOut."""
        cycle = self._group.cycle
        for _ in range(4):
            # What is held after a death, an expulsion or a new number is free after a day.
            self._forward(timedelta(hours=25))
            self._clear_the_way()
            if not self._decided() and not self._decide():
                return  # nobody holds a share: there is nothing to end
            self._pay_everybody()
            self._give(StartCycle(self._officers[0], self._id, first_meetings(self._store, self._id)[0]))
            if self._group.cycle == cycle + 1:
                return
        raise NoWayOut(f"cycle {cycle} does not end; the last refusal was {self._refused}")

    # The steps

    def _clear_the_way(self) -> None:
        """Nobody is frozen or suspended, no money is on its way, no meeting is open."""
        people = [each.person for each in self._store.memberships.find(group=self._id)]
        for person in self._store.people.find(id=people, frozen=True):
            self._give_by_somebody(partial(Unfreeze, group=self._id, person=person.id))
        for member in self._store.memberships.find(group=self._id, status="suspended"):
            back = partial(Suspend, group=self._id, person=member.person, to="active", reason="the cycle ends")
            self._give_by_somebody(back)
            self._agree("suspension")
        self._arrive()
        if self._group.meeting:
            counted = cash_of_books(self._store, self._group)
            self._give(CloseMeeting(self._officers[0], self._id, counted, fine=False))

    def _decided(self) -> ShareOut | None:
        made = self._store.share_outs.one(id=f"{self._id}:{self._group.cycle}")
        return made if made and made.state == "approved" else None

    def _decide(self) -> bool:
        """The members agree to a plan of all there is; False when there is nothing that could be shared out."""
        nothing = Money(0, self._group.currency)
        for proposal in self._open("share_out"):
            self._give(Withdraw(proposal.maker, proposal.id))
        try:
            digest = planned(self._store, self._id, nothing).digest
        except NothingToShare:
            return False
        except DomainError as refused:
            self._refused = repr(refused)
            return True
        self._give(ProposeShareOut(self._officers[0], self._id, nothing, digest))
        self._agree("share_out")
        return True

    def _pay_everybody(self) -> None:
        """Whole parts first, each by an officer whose own it is not; then in pieces, by both ways."""
        if not (made := self._decided()):
            return
        for officer in self._officers[:2]:
            for way in ("mobile_money", "cash"):
                self._give(PayAll(officer, made.id, way))
                self._arrive()
        for person, far in how_far(self._store, made).items():
            if far.left:
                self._pay(made, person)

    def _pay(self, made: ShareOut, person: str) -> None:
        """One part, with money moved to where it can be paid from."""
        officer = next(each for each in self._officers if each != person)
        for way in ("cash", "mobile_money", "cash"):
            self._give(PayLine(officer, made.id, person, way))
            self._arrive()
            if not how_far(self._store, made)[person].left:
                return
        totals = self._store.books.totals(self._id)
        for purse, code in (("wallet", "1020"), ("bank", "1030")):
            if minor := totals.get(code, 0):
                moved = Money(minor, self._group.currency)
                self._give(Enter(officer, self._id, "move", moved, "to pay the parts", purse, "box"))
                self._agree("own_money")
        self._give(PayLine(officer, made.id, person, "cash"))

    # Who there is, and giving commands

    @property
    def _group(self) -> Any:
        return self._store.groups.get(self._id)

    @property
    def _officers(self) -> list[str]:
        found = self._store.memberships.find(group=self._id, status="active", role=list(OFFICERS), sort="number")
        return [each.person for each in found]

    def _open(self, kind: str) -> list[Proposal]:
        return [each for each in self._store.proposals.find(group=self._id, state="open") if each.kind == kind]

    def _agree(self, kind: str) -> None:
        """Whoever may vote says yes to all that is open of a kind."""
        members = [each.person for each in self._store.memberships.find(group=self._id, status="active")]
        for proposal in self._open(kind):
            for person in members:
                if self._store.proposals.get(proposal.id).state == "open":
                    self._give(Vote(person, proposal.id, proposal.digest, yes=True))

    def _arrive(self) -> None:
        for payment in self._store.payments.find(group=self._id, state=list(OPEN)):
            payment_succeeded(self._store, payment, f"T{payment.id}")

    def _give_by_somebody(self, command: Callable[[str], object]) -> None:
        """By the first officer who may."""
        for officer in self._officers:
            if self._give(command(officer)) is not None:
                return

    def _give(self, command: object) -> Any:
        """Its answer, None when it was refused. Raises NoWayOut after COMMANDS_MAX."""
        self.tried += 1
        if self.tried > COMMANDS_MAX:
            raise NoWayOut(f"more than {COMMANDS_MAX} commands; the last refusal was {self._refused}")
        try:
            answer = execute(self._store, f"wind_up:{self._id}:{self._group.cycle}:{self.tried}", command)
        except DomainError as refused:
            self._refused = f"{refused!r} of {command}"
            return None
        return True if answer is None else answer
