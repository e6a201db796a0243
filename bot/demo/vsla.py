"""A VSLA's year as `demo-cycle` plays it: twenty members, fifty-two meetings, every kind of loan there is."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from bot.demo.stage import Actor, Stage
from domain.books.accounts import Account
from domain.loans.borrow import RequestLoan, borrowing
from domain.loans.owed import next_due, payoff
from domain.loans.pay_out import HandOverLoan
from domain.loans.recover import AskReschedule, ProposeWriteOff
from domain.loans.repay import RecordPastRepayment, RecordRepayment, Repay, ReverseRepayment
from domain.meetings.cash_book import ReverseCash
from domain.money import Money
from domain.records.loan import Loan
from domain.records.meeting import Presence
from domain.records.payment import Way
from domain.savings.contribute import Contribute, RecordCash
from domain.savings.fines import AskWaiver, PayFine, RecordFine
from domain.share_out.agree import ProposeShareOut
from domain.share_out.next_cycle import StartCycle
from domain.share_out.pay import PayAll
from domain.share_out.shown import planned

BEGINS: Final = date(2026, 1, 2)  # a Friday; the group meets on Mondays
FIRST_MEETING: Final = date(2026, 1, 5)
MEETINGS: Final = 52
PRICE, SOCIAL = Money(5_000, "UGX"), Money(500, "UGX")
GRANT: Final = Money(40_000, "UGX")
KEPT: Final = Money(500_000, "UGX")
NAMES: Final = (
    "Nakato Ruth", "Wanjiru Mary", "Okello Sam", "Akello Grace", "Okot James",
    "Auma Betty", "Namukasa Sarah", "Nabirye Joan", "Opio Peter", "Atim Lucy",
    "Kyomuhendo Rose", "Wasswa John", "Babirye Ann", "Mugisha Paul", "Achan Stella",
    "Byaruhanga Leo", "Nansubuga Eve", "Ochieng Mark", "Apio Carol", "Ssali Moses",
)  # fmt: skip
# Who comes to every meeting: those of whom the story tells.
STEADY: Final = 12


class Year:
    """The story of Umoja; `said` is given a line for each meeting, `done` how many of how many were held."""

    def __init__(
        self, stage: Stage, meetings: int = MEETINGS, done: Callable[[int, int], None] = lambda _done, _of: None
    ) -> None:
        self.stage, self._meetings, self._done = stage, meetings, done
        self.group, self.people = "", list[Actor]()
        self.groups = list[str]()
        # Weeks after it is due that an instalment of a loan is paid; None for never.
        self._delay: dict[str, int | None] = {}
        self._of: dict[str, Loan] = {}
        self._happens: Mapping[int, Sequence[Callable[[], str]]] = {
            3: [self._pay_by_phone],
            8: [self._contest_cash],
            9: [self._waive_fine],
            13: [self._borrow_by_phone],
            14: [self._borrow_with_guarantor, self._borrow_and_be_late],
            16: [self._repay_early],
            18: [self._borrow_and_never_pay],
            19: [self._back_date],
            20: [self._take_back],
            22: [self._grant],
            23: [self._reschedule],
            30: [self._leave],
            38: [self._write_off],
            44: [self._recover],
        }

    def run(self) -> None:
        """From the founding to the first day of the second cycle."""
        self.found()
        for number in range(1, self._meetings + 1):
            self.meet(number)
            self._done(number, self._meetings + 1)
        self.share_out()
        self._done(self._meetings + 1, self._meetings + 1)

    # Founding

    def found(self) -> None:
        """By conversation: a chairperson, an invitation, two officers; the others come in by command."""
        stage = self.stage
        everybody = [stage.newcomer(number, name) for number, name in enumerate(NAMES, start=1)]
        chair, invited = stage.register(everybody[:1])[0], everybody[1]
        stage.call(
            chair,
            "found",
            "Shares",
            "Umoja",
            str(PRICE.minor),
            str(SOCIAL.minor),
            "every week",
            "Mon",
            "Yes",
            "Take",
        )
        (group,) = stage.store.groups.find(name="Umoja")
        self.group = group.id
        self.groups.append(group.id)
        said = stage.call(chair, "invite", "By a code")
        token = said.removeprefix("With the code ").split()[0]
        stage.call(invited, "", "English", invited.name, token)
        self.people = [chair, stage.known(invited), *stage.register(everybody[2:])]
        for each in self.people[2:]:
            stage.let_in(self.group, group.code, chair, each)
        for office, name in (("treasurer", "Wanjiru"), ("secretary", "Okello")):
            stage.call(chair, "officers", f"Name a {office}", name)
            stage.decide(self.group, "officer", self.people)
        stage.say(f"{self._day}  Umoja is founded: {len(self.people)} members, UGX 5,000 a share")

    # Meetings

    def meet(self, number: int) -> None:
        """Money on phones, roll call, cash, fines, repayments, what the story has, and the close."""
        stage = self.stage
        stage.clock.go_to(FIRST_MEETING + timedelta(weeks=number - 1))
        stage.housekeeping()
        came = self._roll_call(number)
        by_phone = {each for each in came if (self.people.index(each) + number) % 10 == 0}
        for each in by_phone:
            stage.do(Contribute(self.group, each.id, self._savings(each, number)))
        stage.settle()
        for each in came:
            if each not in by_phone:
                self._save_cash(each, number)
        self._pay_fines(came, number)
        self._pay_instalments()
        happened = [happen() for happen in self._happens.get(number, ())]
        if number >= 17 and number % 4 == 1 and number <= self._meetings - 8:
            happened += self._lend(number)
        if number == 1:
            cash = stage.count_cash(self.group)
            stage.call(self.secretary, "meeting", "Close", "Yes", str(cash.cash.minor), str(cash.social.minor))
        else:
            stage.close_meeting(self.group, self.secretary)
        totals = stage.store.books.totals(self.group)
        money = Money(totals.get(Account.CASH_BOX, 0) + totals.get(Account.WALLET, 0), "UGX")
        stage.say(
            f"{self._day}  meeting {number}: {len(came)} came, {money} there{''.join(f'; {h}' for h in happened)}"
        )

    def _roll_call(self, number: int) -> list[Actor]:
        """Open the meeting and name who is late or absent; answers with who came."""
        stage, here = self.stage, self._members()
        if number == 1:
            stage.call(self.chair, "meeting", "Nothing", "Nothing")
            stage.call(self.secretary, "meeting", "Roll call", "Mugisha", "Late", "All are named")
            return here
        stage.open_meeting(self.group, self.secretary)
        came = []
        for each in here:
            chance = random.Random(f"{each.name} {number}").random()  # noqa: S311 (a story, not a secret)
            if self.people.index(each) >= STEADY and chance < 0.12:
                presence: Presence = "absent" if chance < 0.05 else "excused" if chance < 0.07 else "late"
                stage.mark(self.group, self.secretary, each, presence)
                if presence != "late":
                    continue
            came.append(each)
        return came

    def _savings(self, each: Actor, number: int) -> Money:
        """From one share to five, and the social fund; Akello has always room for more."""
        if each.name == "Akello Grace":
            return PRICE + SOCIAL
        shares = 1 + random.Random(f"{number} {each.name}").choice((0, 0, 1, 1, 2, 4))  # noqa: S311
        return Money(PRICE.minor * shares, "UGX") + SOCIAL

    def _save_cash(self, each: Actor, number: int) -> None:
        amount, officer = self._savings(each, number), self._officer_for(each)
        if number == 1 and each.name == "Akello Grace":
            self.stage.call(officer, "cash", "Akello", str(amount.minor), "Yes")
        else:
            self.stage.do(RecordCash(self.group, each.id, amount, officer.id))

    def _pay_fines(self, came: Sequence[Actor], number: int) -> None:
        for each in came:
            for fine in self.stage.store.fines.find(group=self.group, person=each.id, state="due"):
                if number % 5 == 0:
                    self.stage.do(PayFine(each.id, fine.id))
                else:
                    self.stage.do(RecordFine(self._officer_for(each).id, fine.id))
        self.stage.settle()

    # Loans

    def _pay_instalments(self) -> None:
        """What is due today, or was so long ago as its borrower is late."""
        for loan in self.stage.store.loans.find(group=self.group, state=["active"], sort="asked_at"):
            delay = self._delay.get(loan.id, 0)
            due_on = loan.oldest_unpaid
            if delay is None or due_on is None or due_on + timedelta(weeks=delay) > self._today:
                continue
            amount, _ = next_due(loan.standing(self._today), self._today)
            self._repay(loan, amount)

    def _repay(self, loan: Loan, amount: Money) -> None:
        self.stage.do(RecordRepayment(loan.id, amount, self._officer_for(self._borrower(loan)).id))

    def _lend(self, number: int) -> list[str]:
        """To two who may borrow, each time others first: as much as the rules and the cash box allow."""
        members, lent = self._members(), list[str]()
        first = number % len(members)
        for each in members[first:] + members[:first]:
            if len(lent) < 2 and (amount := self._can_borrow(each)):
                self._borrow(each, amount, 1 + self.people.index(each) % 3)
                lent.append(f"{each.name} borrows {amount}")
        return lent

    def _can_borrow(self, each: Actor) -> Money | None:
        mine = borrowing(self.stage.store, self.group, each.id)
        minor = min(mine.limit.minor, self.stage.count_cash(self.group).cash.minor, 400_000) // 10_000 * 10_000
        return Money(minor, "UGX") if mine.eligible and minor else None

    def _borrow(self, who: Actor, amount: Money, periods: int, way: Way = "cash", *guarantors: Actor) -> Loan:
        """Asked for, guaranteed, agreed to by two officers and paid out."""
        stage = self.stage
        people = tuple(each.id for each in guarantors)
        asked = stage.do(RequestLoan(self.group, who.id, amount, periods, way, people))
        for each in guarantors:
            stage.call(each, "guarantee", "I guarantee")
        stage.decide(self.group, "loan", self._officers())
        if way == "cash":
            stage.do(HandOverLoan(self._officer_for(who).id, asked["loan"]))
        stage.settle()
        loan = self._of[who.name] = stage.store.loans.get(asked["loan"])
        assert loan.state == "active", loan.state
        return loan

    def _borrow_by_phone(self) -> str:
        """Every step in conversation: the request, two officers' votes, and the cash handed over."""
        akello = self._named("Akello")
        self.stage.call(akello, "borrow", "100000", "2", "Cash", "98", "Agree", "Business")
        self.stage.call(self.treasurer, "decide", "Loan", "Agree")
        self.stage.call(self.secretary, "decide", "Loan", "Agree")
        self.stage.call(self.treasurer, "lend", "Pay", "Akello")
        return "Akello borrows UGX 100,000"

    def _borrow_with_guarantor(self) -> str:
        self._borrow(self._named("Okot"), Money(120_000, "UGX"), 3, "mobile_money", self._named("Atim"))
        return "Okot borrows UGX 120,000, Atim stands for it"

    def _borrow_and_be_late(self) -> str:
        loan = self._borrow(self._named("Auma"), Money(90_000, "UGX"), 3)
        self._delay[loan.id] = 2
        return "Auma borrows UGX 90,000"

    def _borrow_and_never_pay(self) -> str:
        loan = self._borrow(self._named("Opio"), Money(60_000, "UGX"), 1)
        self._delay[loan.id] = None
        return "Opio borrows UGX 60,000"

    def _repay_early(self) -> str:
        """By phone, all of it long before it is due."""
        loan = self._now(self._of["Okot James"])
        self.stage.do(Repay(loan.person, loan.id, payoff(loan, self._today)))
        self.stage.settle()
        assert self._now(loan).state == "closed"
        for name, periods in (("Namukasa", 1), ("Nabirye", 3)):
            borrowed = self._borrow(self._named(name), Money(80_000, "UGX"), periods)
            self._delay[borrowed.id] = 1 if name == "Namukasa" else 0
        return "Okot repays early; Namukasa and Nabirye borrow UGX 80,000 each"

    def _back_date(self) -> str:
        """Cash that was handed over last week and is written down today."""
        loan, last_week = self._now(self._of["Namukasa Sarah"]), self._today - timedelta(weeks=1)
        record = RecordPastRepayment(self.treasurer.id, loan.id, Money(30_000, "UGX"), last_week.isoformat())
        self.stage.do(record)
        return "Namukasa's UGX 30,000 of last week is written down"

    def _take_back(self) -> str:
        """A repayment in the wrong name."""
        loan = self._now(self._of["Nabirye Joan"])
        asked = self.stage.do(RecordRepayment(loan.id, Money(20_000, "UGX"), self.treasurer.id))
        self.stage.do(ReverseRepayment(self.secretary.id, asked["payment"], "It was Namukasa's"))
        return "a repayment of Nabirye's is taken back"

    def _reschedule(self) -> str:
        loan = self._now(self._of["Nabirye Joan"])
        self.stage.do(AskReschedule(loan.person, loan.id, 5))
        self.stage.decide(self.group, "reschedule", self._officers())
        assert self._now(loan).rescheduled
        return "Nabirye pays in five instalments from now on"

    def _write_off(self) -> str:
        loan = self._of["Opio Peter"]
        self.stage.do(ProposeWriteOff(self.treasurer.id, loan.id))
        self.stage.decide(self.group, "write_off", self._members())
        assert self._now(loan).state == "written_off"
        return "Opio's loan is written off"

    def _recover(self) -> str:
        self._repay(self._now(self._of["Opio Peter"]), Money(25_000, "UGX"))
        return "Opio pays UGX 25,000 after all"

    # What else a year brings

    def _pay_by_phone(self) -> str:
        """A second share, in a conversation; the first prompt is refused at the phone."""
        akello = self._named("Akello")
        self.stage.telco.refuses.add(akello.phone)
        for _ in range(2):
            self.stage.call(akello, "contribute", "5000", "Yes")
            self.stage.settle()
        return "Akello saves by phone, at the second try"

    def _contest_cash(self) -> str:
        """Written down for the wrong member: she says so on her phone, another officer takes it back."""
        achan = self._named("Achan")
        wrong = self.stage.do(RecordCash(self.group, achan.id, PRICE, self.treasurer.id))
        self.stage.call(achan, "contest", "1", "I paid only once")
        self.stage.do(ReverseCash(self.secretary.id, wrong["payment"], "Written down twice"))
        return "a record of Achan's cash is taken back"

    def _waive_fine(self) -> str:
        """Charged in conversation by one officer, let off by the two others."""
        wasswa = self._named("Wasswa")
        self.stage.call(self.chair, "fine", "Wasswa", "disorder")
        (fine,) = self.stage.store.fines.find(group=self.group, person=wasswa.id, state="due")
        self.stage.do(AskWaiver(self.chair.id, fine.id, "He said sorry"))
        self.stage.decide(self.group, "waiver", self._officers())
        assert self.stage.store.fines.get(fine.id).state == "waived"
        return "Wasswa's fine is waived"

    def _grant(self) -> str:
        """Of the social fund, in conversation from the request to the cash."""
        self.stage.call(self._named("Kyomuhendo"), "social", str(GRANT.minor), "A funeral")
        self.stage.call(self.treasurer, "decide", "Social fund", "Agree")
        self.stage.call(self.chair, "decide", "Social fund", "Agree")
        self.stage.call(self.treasurer, "grants", "Kyomuhendo", "Cash")
        return f"Kyomuhendo gets {GRANT} of the social fund"

    def _leave(self) -> str:
        ssali = self._named("Ssali")
        for fine in self.stage.store.fines.find(group=self.group, person=ssali.id, state="due"):
            self.stage.do(RecordFine(self.treasurer.id, fine.id))
        self.stage.call(ssali, "leave", "Cash", "Yes")
        self.stage.decide(self.group, "exit", self._officers())
        return "Ssali leaves"

    # The end

    def share_out(self) -> None:
        """Put to the members, paid by mobile money as far as that goes and in cash, and a new cycle begun."""
        stage, kept = self.stage, KEPT
        stage.clock.forward(days=2)
        made = planned(stage.store, self.group, kept)
        stage.do(ProposeShareOut(self.treasurer.id, self.group, kept, made.digest))
        stage.call(self._named("Akello"), "decide", "Share-out", "Agree")
        stage.decide(self.group, "share_out", self._members())
        group = stage.store.groups.get(self.group)
        id = f"{group.id}:{group.cycle}"
        payers: tuple[tuple[Actor, Way], ...] = (
            (self.treasurer, "mobile_money"),
            (self.treasurer, "cash"),
            (self.chair, "cash"),  # to the treasurer
        )
        for officer, way in payers:
            stage.do(PayAll(officer.id, id, way))
            stage.settle()
        stage.say(f"{self._day}  share-out of {made.pot} is paid to {len(made.lines)} members")
        next_monday = self._today + timedelta(days=(7 - self._today.weekday()))
        stage.do(StartCycle(self.chair.id, self.group, next_monday))
        stage.say(f"{self._day}  cycle 2 begins")

    def outcome(self) -> list[tuple[str, ...]]:
        """What the year was for each member: a heading, then a row each."""
        stage = self.stage
        made = stage.store.share_outs.get(f"{self.group}:1")
        names = {each.id: each.name for each in self.people}
        rows: list[tuple[str, ...]] = [("member", "shares", "saved", "part", "netted", "paid")]
        for line in made.lines:
            figures = (line.saved, line.gross, line.netted, line.pay)
            rows.append((names[line.person], str(line.shares), *(figure.grouped(",") for figure in figures)))
        return rows

    # Who is who

    @property
    def chair(self) -> Actor:
        return self.people[0]

    @property
    def treasurer(self) -> Actor:
        return self.people[1]

    @property
    def secretary(self) -> Actor:
        return self.people[2]

    @property
    def _today(self) -> date:
        return self.stage.store.groups.get(self.group).constitution.day(self.stage.clock())

    @property
    def _day(self) -> str:
        return self.stage.clock().date().isoformat()

    def _named(self, beginning: str) -> Actor:
        return next(each for each in self.people if each.name.startswith(beginning))

    def _officers(self) -> list[Actor]:
        return self.people[:3]

    def _officer_for(self, who: Actor) -> Actor:
        """Nobody writes down their own cash."""
        return self.secretary if who == self.treasurer else self.treasurer

    def _members(self) -> list[Actor]:
        active = self.stage.store.memberships.find(group=self.group, status="active")
        ids = {each.person for each in active}
        return [each for each in self.people if each.id in ids]

    def _borrower(self, loan: Loan) -> Actor:
        return next(each for each in self.people if each.id == loan.person)

    def _now(self, loan: Loan) -> Loan:
        return self.stage.store.loans.get(loan.id)
