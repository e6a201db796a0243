"""
The way out: from any state, the officers and members end it by commands alone, and everybody is paid.

It is how a group would do it: money on its way is waited for, the meeting is closed, what holds somebody's money
is waited out, and money that lies in the wrong form is moved. With shares, the members agree to a plan, each part
is paid and the next cycle begins. In a rotation everybody puts in until each round is paid. Where savings are
deposits, what is owed is paid back, whoever holds no office leaves and is paid, and the officers take out theirs.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final, Literal, get_args

from domain.commands import execute
from domain.decisions.voting import Vote, Withdraw
from domain.errors import DomainError
from domain.groups.leave import AskToLeave, PaySettlement
from domain.groups.officers import NameOfficer, Office
from domain.groups.own_money import Enter, Event, Purse
from domain.groups.suspend import Suspend
from domain.loans.borrow import WithdrawLoan
from domain.loans.owed import payoff
from domain.loans.repay import RecordRepayment
from domain.meetings.count import cash_of_books
from domain.meetings.meeting import CloseMeeting
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.people.freeze import Unfreeze
from domain.people.new_phone import ChangePhone
from domain.records.loan import OWED
from domain.records.payment import OPEN
from domain.records.person import OFFICERS, Membership, MembershipStatus
from domain.records.proposal import Proposal
from domain.records.rota import Rota
from domain.records.share_out import ShareOut
from domain.rotation.rounds import PayRound
from domain.rotation.set_up import SetUpRotation, held_in_pot, rota_of
from domain.savings.contribute import RecordCash, contributions_due
from domain.savings.fines import RecordFine
from domain.savings.withdraw import AskWithdrawal, withdrawable
from domain.share_out.agree import ProposeShareOut
from domain.share_out.next_cycle import StartCycle, first_meetings
from domain.share_out.pay import PayAll, PayLine, how_far
from domain.share_out.plan import NothingToShare
from domain.share_out.shown import planned
from tests.people import arrives

COMMANDS_MAX: Final = 200
ELSEWHERE: Final[tuple[tuple[Purse, str], ...]] = (("wallet", "1020"), ("bank", "1030"))
THEIRS: Final = ("2010", "2030", "2040", "2060", "3010")  # what is a member's


class NoWayOut(AssertionError):
    """The group cannot end its cycle; it says where it stopped, and what was refused last."""


class WindUp:
    """
    Ends what a group has begun; `tried` counts the commands that were given, refused ones too, and `each` is
    called after each that was done.
    """

    def __init__(
        self,
        store: MongoStore,
        group: str,
        forward: Callable[[timedelta], None],
        each: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._id, self._forward, self._each = store, group, forward, each
        self.tried, self._refused = 0, ""

    def end(self) -> None:
        """Raises NoWayOut."""
        if self._group.kind == "vsla":
            self.end_cycle()
        elif self._group.kind == "rosca":
            self.end_rotation()
        else:
            self.end_deposits()

    def end_rotation(self) -> None:
        """
        Everybody puts in what is due, round by round, and receives. What was put in before there was an order gets
        one. Raises NoWayOut.
        """
        self._forward(timedelta(hours=25))
        self._clear_the_way()
        rota = rota_of(self._store, self._group)
        if (rota is None or rota.is_over) and any(self._in_pots().values()):
            self._ask(SetUpRotation(self._officers[0], self._id, "fixed"))
            rota = rota_of(self._store, self._group)
        while rota and not rota.is_over:
            self._put_in(rota)
            self._pay_rounds()
            rota = self._rota()
            if not rota.is_over:
                today = self._group.constitution.day(self._store.now())
                comes = self._group.constitution.meeting(self._store.now() + timedelta(days=1))
                self._forward(comes - today)
        # A bid that was parted after all had put in: theirs when they leave, and put into the next rotation else.
        for member in self._members("active"):
            if member.role not in OFFICERS and self._in_pots().get(member.person):
                self._leave(member.person)
        pots, officers = self._in_pots(), self._officers
        if left := {who: held for who, held in pots.items() if held < 0 or (held and who not in officers)}:
            raise NoWayOut(f"all rounds are paid, and of the pots is left {left}")

    def end_deposits(self) -> None:
        """Raises NoWayOut."""
        self._forward(timedelta(hours=25))
        self._clear_the_way()
        self._pay_what_is_owed()
        for person in self._officers:
            if minor := withdrawable(self._store, self._id, person).most.minor:
                self._provide(minor)
                self._ask(AskWithdrawal(person, self._id, Money(minor, self._group.currency), "cash"))
        for member in self._members("active"):
            if member.role not in OFFICERS:
                self._leave(member.person)
        for member in self._members("leaving"):
            self._settle(member.person)
        self._check_settled()

    def _check_settled(self) -> None:
        """
        Nobody has anything in the group or owes it anything; but who leads a group that goes on keeps their share
        capital, and what no coin is small enough for.
        """
        officers, unit = self._officers, self._group.constitution.cash_unit
        for (account, person), minor in self._store.books.balances(self._id).items():
            kept = person in officers and (account == "3010" or 0 < -minor < unit)
            if person and minor and account in (*THEIRS, "2045", "1100") and not kept:
                raise NoWayOut(f"{person} has {minor} in {account}; the last refusal was {self._refused}")

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
        """Nobody is frozen or suspended, nothing waits to be decided or is on its way, no meeting is open."""
        people = [each.person for each in self._store.memberships.find(group=self._id)]
        for person in self._store.people.find(id=people, frozen=True):
            self._give_by_somebody(partial(Unfreeze, group=self._id, person=person.id))
        for proposal in self._open():
            self._give(Withdraw(proposal.maker, proposal.id))
        self._fill_offices()
        self._reach_everybody()
        for member in self._members("suspended"):
            self._ask(Suspend(self._officers[0], self._id, member.person, "active", "the cycle ends"))
        self._fill_offices()  # where too few were not suspended
        self._arrive()
        if self._group.meeting:
            counted = cash_of_books(self._store, self._group)
            self._give(CloseMeeting(self._officers[0], self._id, counted, fine=False))

    def _reach_everybody(self) -> None:
        """Whose number changed hands gets another, and a day later money reaches them too."""
        there = [each.person for each in self._members("active", "suspended") if each.no_phone]
        lost = [person for person in self._store.people.among(there) if person.phone_before]
        for seat, person in enumerate(lost):
            self._ask(ChangePhone(person.id, self._id, person.id, f"+25677600{seat:04}"))
        if lost:
            self._forward(timedelta(hours=25))

    def _fill_offices(self) -> None:
        """Nobody pays themselves, and two have to agree: so three lead."""
        there = [each for each in self._members("active") if not each.no_phone]
        held = {each.role for each in there}
        free = [each.person for each in there if each.role not in OFFICERS]
        for office in get_args(Office):
            if office not in held and free:
                self._ask(NameOfficer((self._officers or free[1:])[0], self._id, free.pop(0), office))

    def _decided(self) -> ShareOut | None:
        made = self._store.share_outs.one(id=f"{self._id}:{self._group.cycle}")
        return made if made and made.state == "approved" else None

    def _decide(self) -> bool:
        """The members agree to a plan of all there is; False when there is nothing that could be shared out."""
        nothing = Money(0, self._group.currency)
        try:
            digest = planned(self._store, self._id, nothing).digest
        except NothingToShare:
            return False
        except DomainError as refused:
            self._refused = repr(refused)
            return True
        self._ask(ProposeShareOut(self._officers[0], self._id, nothing, digest))
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
        officer = self._other(person)
        for way in ("cash", "mobile_money", "cash"):
            self._give(PayLine(officer, made.id, person, way))
            self._arrive()
            if not how_far(self._store, made)[person].left:
                return
        for purse, code in ELSEWHERE:
            if minor := self._totals.get(code, 0):
                self._enter("move", minor, purse, "box")
        self._give(PayLine(officer, made.id, person, "cash"))

    def _in_pots(self) -> dict[str, int]:
        return held_in_pot(self._store, self._group)

    def _put_in(self, rota: Rota) -> None:
        for person in rota.people.values():
            if due := contributions_due(self._store, self._id, person).most:
                self._give(RecordCash(self._id, person, due, self._other(person)))

    def _pay_rounds(self) -> None:
        """Every round whose meeting has come, those with a rest first; in cash, or else as it lies there."""
        rota, rules = self._rota(), self._group.constitution
        comes = rules.meeting(self._store.now())
        for number in range(1, min(rota.next, len(rota.places)) + 1):
            of = rota.round(number)
            if (of and not rota.rest(of)) or (of is None and not rota.has_come(rules, comes)):
                continue
            person = of.person if of else rota.turn[0]
            self._provide(rota.pot.minor)
            self._give(PayRound(self._other(person), self._id, number, person, "cash"))
            rota = self._rota()

    def _rota(self) -> Rota:
        rota = rota_of(self._store, self._group)
        assert rota, "a rotation is kept"
        return rota

    def _pay_what_is_owed(self) -> None:
        """What was asked for is taken back; loans are paid back and fines paid, in cash."""
        for loan in self._store.loans.find(group=self._id, state=["submitted", "guaranteed", "approved"]):
            self._give(WithdrawLoan(loan.person, loan.id))
        today = self._group.constitution.day(self._store.now())
        for loan in self._store.loans.find(group=self._id, state=list(OWED)):
            if owed := payoff(loan, today):
                self._give(RecordRepayment(loan.id, owed, self._other(loan.person)))
        for fine in self._store.fines.find(group=self._id, state="due"):
            self._give(RecordFine(self._other(fine.person), fine.id))

    def _leave(self, person: str) -> None:
        """By their own wish, with all that is theirs in the box."""
        self._provide(-sum(self._of(person).values()))
        self._ask(AskToLeave(person, self._id, "cash"))

    def _settle(self, person: str) -> None:
        self._forward(timedelta(hours=25))
        self._provide(-self._of(person).get("2040", 0))
        self._give(PaySettlement(self._other(person), self._id, person, "cash"))

    def _of(self, person: str) -> dict[str, int]:
        """What is a member's in the books, below zero, by account."""
        balances = self._store.books.of_member_in([self._id], person)
        return {account: minor for (_, account), minor in balances.items() if account in THEIRS}

    def _provide(self, minor: int) -> None:
        """So much is in the box: from the wallet and the bank, and what was spent or lost somebody brings."""
        for purse, code in ELSEWHERE:
            if there := min(self._short(minor), self._totals.get(code, 0)):
                self._enter("move", there, purse, "box")
        if short := self._short(minor):
            self._enter("income", short, "box")

    def _short(self, minor: int) -> int:
        return max(0, minor - self._totals.get("1010", 0))

    def _enter(self, event: Event, minor: int, purse: Purse, to: Purse | Literal[""] = "") -> None:
        amount = Money(minor, self._group.currency)
        self._ask(Enter(self._officers[0], self._id, event, amount, "to pay", purse, to))

    @property
    def _totals(self) -> Mapping[str, int]:
        return self._store.books.totals(self._id)

    # Who there is, and giving commands

    @property
    def _group(self) -> Any:
        return self._store.groups.get(self._id)

    def _members(self, *status: MembershipStatus) -> list[Membership]:
        return self._store.memberships.find(group=self._id, status=list(status), sort="number")

    def _other(self, person: str) -> str:
        """An officer who is somebody else."""
        return next(each for each in self._officers if each != person)

    @property
    def _officers(self) -> list[str]:
        """Who lead, and have a phone."""
        there = [each for each in self._members("active") if not each.no_phone]
        return [each.person for each in there if each.role in OFFICERS]

    def _open(self) -> list[Proposal]:
        return self._store.proposals.find(group=self._id, state="open")

    def _ask(self, command: object) -> None:
        """What has to be decided: whoever may vote says yes to it."""
        before = {each.id for each in self._open()}
        self._give(command)
        for proposal in self._open():
            if proposal.id in before:
                continue
            members = [each.person for each in self._members("active")]
            for person in self._officers if proposal.by == "officers" else members:
                if self._store.proposals.get(proposal.id).state == "open":
                    self._give(Vote(person, proposal.id, proposal.digest, yes=True))

    def _arrive(self) -> None:
        for payment in self._store.payments.find(group=self._id, state=list(OPEN)):
            arrives(self._store, payment)

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
            answer = execute(self._store, f"wind_up:{self._store.new_id()}", command)
        except DomainError as refused:
            self._refused = f"{refused!r} of {command}"
            return None
        self._each()
        return True if answer is None else answer
