"""
A group's life in any order of events: a hypothesis state machine over every command there is, on real stores.

After each step all that must always be true is looked at, and a command that was refused has changed nothing: the
store says so itself, by the digest of each collection.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, cast, get_args
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import HealthCheck, Phase, Verbosity, currently_in_test_context, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from domain.commands import execute
from domain.decisions.concluding import _who_hears
from domain.decisions.lapsing import expire, overdue
from domain.decisions.voting import Vote, Withdraw
from domain.errors import DomainError
from domain.groups.invite import Invite
from domain.groups.join import Decide, JoinGroup
from domain.groups.leave import AskToLeave, Expel, PaySettlement, RecordDeath
from domain.groups.officers import HandOver, NameOfficer
from domain.groups.own_money import PURSES, Enter, Event
from domain.groups.rules import ProposeRule
from domain.groups.suspend import Suspend
from domain.groups.wrongly_dead import UndoDeath
from domain.loans.borrow import RequestLoan, WithdrawLoan
from domain.loans.guarantors import AnswerGuarantee, expire_request, requests_to_expire
from domain.loans.pay_out import HandOverLoan, SendLoan
from domain.loans.recover import AskReschedule, ProposeLoanWaiver, ProposeNetting, ProposeWriteOff, can_be_waived
from domain.loans.repay import RecordPastRepayment, RecordRepayment, Repay, ReverseRepayment
from domain.loans.use_credit import UseCredit
from domain.meetings.cash_book import ContestCash, KeepCash, ReverseCash, came_by_phone, to_pay
from domain.meetings.cash_round import CancelCash, TakeCash, due_now
from domain.meetings.count import Counted, ReportDifference, cash_of_books
from domain.meetings.from_credit import PayFromCredit
from domain.meetings.meant_otherwise import AskToCredit
from domain.meetings.meeting import CloseMeeting, MarkAttendance, OpenMeeting
from domain.money import Money
from domain.mongo.store import COLLECTIONS, MongoStore
from domain.people.changed_hands import CloseNumber
from domain.people.freeze import Freeze, Unfreeze
from domain.people.new_phone import ChangePhone
from domain.people.shared_phone import LetIn
from domain.records.group import Group, GroupKind
from domain.records.loan import Loan
from domain.records.payment import FAILED, OPEN, Payment
from domain.records.person import OFFICERS, Membership, Person, Pin, membership_id
from domain.records.proposal import Proposal
from domain.rotation.rounds import Bid, PayRound
from domain.rotation.set_up import SetHands, SetUpRotation, rota_of
from domain.sacco.dividend import DeclareDividend, carry_on
from domain.sacco.share_capital import BuyShares, RecordShares
from domain.savings.contribute import Contribute, RecordCash, social_owed
from domain.savings.fines import AskWaiver, FineInWords, FineMember, PayFine, RecordFine
from domain.savings.pay_social import PaySocial, RecordSocial
from domain.savings.social_fund import AskGrant, PayGrant
from domain.savings.withdraw import AskWithdrawal, withdrawable
from domain.share_out.agree import ProposeShareOut
from domain.share_out.next_cycle import StartCycle
from domain.share_out.pay import PayAll, PayLine
from domain.share_out.shown import planned
from domain.treasury.settle import payment_failed
from tests.conftest import Clock
from tests.cycles.comings import Comings, named_in
from tests.cycles.invariants import Audit, check_book
from tests.cycles.wind_up import WindUp
from tests.domain.savers import EASY, changed, found
from tests.people import arrives

STEPS: Final = "steps"  # what the steps are counted as

# Three officers, three members, and two who are in no group yet.
PEOPLE: Final = ("ada", "ben", "cy", "dan", "eve", "fay", "gus", "hal")
WHO = st.sampled_from((*PEOPLE[:6], *PEOPLE[:6], *PEOPLE))
# An officer as a rule, whoever holds an office; 3 stands for a member, who may not.
LEADS = st.sampled_from([0, 0, 1, 1, 2, 2, 3])
WHICH = st.integers(0, 7)  # of what there is, counted round
RIGHT: Final = (500, 1_000, 1_300, 5_000, 5_500, 20_000, 60_000, 150_000, 400_000)
AMOUNT = st.sampled_from((*RIGHT, *RIGHT, 5_017, 1, 0, -1_000))
TYPED = st.sampled_from((*RIGHT, 5_017, 20_050, 1))  # that no coins of a hundred make, among others
LOANS = st.sampled_from([10_000, 30_000, 45_000, 60_000])
LEAVES = st.sampled_from(["fay", "fay", "dan", "cy", "gus", "hal"])
WAY = st.sampled_from(["cash", "cash", "mobile_money"])
YES = st.sampled_from([True, True, True, False])
REACHED_MIN: Final = (
    4  # members with a number: two who agree that a third leads, and one of them may be who is asked
)
DAYS = st.sampled_from([0, 1, 7, 7, 14, 28, 100])
# What binds a member's savings or takes some out: whoever does has so much free.
TAKES: Final = (RequestLoan, AnswerGuarantee, HandOverLoan, SendLoan, AskWithdrawal)
TAKES_BY_VOTE: Final = ("loan", "withdrawal")


class GroupLife(Comings):
    """One group of a kind that is chosen first. `steps` counts what was done, and why it was refused."""

    def __init__(self, store: MongoStore, clock: Clock, steps: Counter[str]) -> None:
        super().__init__()
        self.store, self.clock, self.steps = store, clock, steps
        for name in COLLECTIONS:
            store.database[name].delete_many({})
        self._keys = 0
        self._forgotten = set[str]()
        self._looked_at: Mapping[str, str] = {}
        self._at_rest = True  # nothing failed: what is done last was looked at
        self._last: tuple[str, object, Any] | None = None

    @initialize(
        kind=st.sampled_from(["vsla", "vsla", "savings", "rosca", "sacco"]),
        coins=st.booleans(),
        lent=st.sampled_from([60_000, 60_000, 150_000]),
        paper=st.booleans(),
    )
    def begin(self, kind: GroupKind, coins: bool, lent: int, paper: bool) -> None:
        """`paper`: Fay has no phone."""
        fines = {reason: Money(500, "UGX") for reason in ("absence", "late", "disorder")}
        product = changed(periods_max=3, borrowing=replace(EASY, open_loans_max=3))
        self.savers = found(
            self.store,
            product,
            kind=kind,
            saved=0 if kind == "rosca" else 100_000,
            social_fund=Money(500, "UGX"),
            fines=fines,
            cash_unit=100 if coins else 1,
        )
        for person in PEOPLE[6:]:
            phone = f"+25677200020{PEOPLE.index(person)}"
            self.store.people.insert(
                Person(person, f"{person.title()} Name", phone, "en", Pin("-"), self.store.now())
            )
        group = self._group
        if paper:
            self.store.people.change("fay", phone="")
            self.store.memberships.change(membership_id(group.id, "fay"), no_phone=True)
            for told in self.store.notices.find(person="fay"):
                self.store.database["notices"].delete_one({"_id": told.id})
        self._audit = Audit(self.store, group.id)
        self._state = self._digests()
        if group.constitution.loans and kind != "rosca":
            self._live_for_a_month(lent)

    def _live_for_a_month(self, lent: int) -> None:
        """What most events need to be about: loans, with a guarantor and without, fines, money in the wallet."""
        savers = self.savers
        savers.fill_wallet(80_000)
        savers.lend("dan", lent, 3, "eve")
        savers.lend("eve", 50_000, 2)
        savers.do(FineMember("ada", self._id, "fay", "late"))
        self.clock.forward(days=30)
        savers.do(RecordRepayment(self._loans()[0].id, _ugx(26_000), "ada"))
        self._audit.look()

    # Time, providers, and whoever looks after what waits

    @rule(days=DAYS, hours=st.integers(0, 3))
    def time_passes(self, days: int, hours: int) -> None:
        self.clock.forward(days=days, hours=hours)

    @rule(minutes=st.sampled_from([2, 10]))
    def midnight_comes(self, minutes: int) -> None:
        """A moment before it, or a moment after."""
        now = self.store.now().astimezone(ZoneInfo(self._group.constitution.time_zone))
        into_the_day = timedelta(hours=now.hour, minutes=now.minute, seconds=now.second)
        ahead = timedelta(days=1, minutes=minutes - 5) - into_the_day
        self.clock.forward(seconds=ahead.total_seconds() % timedelta(days=1).total_seconds())

    @rule()
    def next_meeting_day(self) -> None:
        group = self._group
        day = group.constitution.meeting(self.store.now() + timedelta(days=1))
        self.clock.forward(days=(day - group.constitution.day(self.store.now())).days)

    @rule()
    def scheduler_works(self) -> None:
        for id in overdue(self.store, 100):
            expire(self.store, id)
        for id in requests_to_expire(self.store, 100):
            expire_request(self.store, id)
        for made in self.store.declarations.find(group=self._id):
            carry_on(self.store, made.id)

    @precondition(lambda self: self._open_payments())
    @rule(which=WHICH, succeeded=YES)
    def provider_answers(self, which: int, succeeded: bool) -> None:
        self._at_rest = False
        payment = _one(self._open_payments(), which)
        if succeeded and not (payment.recalled and payment.state == "created"):
            arrives(self.store, payment)
        else:
            payment_failed(self.store, payment, "limit_reached")

    @precondition(lambda self: self._payments())
    @rule(which=st.integers(0, 15))
    def provider_answers_again(self, which: int) -> None:
        """What it said is said twice, or the opposite of it: of the newest, which are the likeliest."""
        self._at_rest = False
        payment = _one(self._payments()[-16:], which)
        if payment.way == "cash" or payment.state in OPEN:
            return
        before = self._digests()
        if payment.state in FAILED:
            posted = arrives(self.store, payment)
            assert (posted is None) is (payment.direction == "out")
            self.steps[f"{payment.purpose} succeeded after it had failed"] += 1
        else:
            arrives(self.store, payment)
            payment_failed(self.store, payment, "limit_reached")
            assert self._digests() == before, "what a provider says again changes nothing"

    @precondition(lambda self: self._last)
    @rule()
    def command_comes_again(self) -> None:
        """It is answered as the first time, and does nothing more."""
        assert self._last is not None
        key, command, answer = self._last
        self._state = self._digests()
        again = execute(self.store, key, command)
        assert msgspec.json.encode(again) == msgspec.json.encode(answer)
        self._check_unchanged(command, "was given again")

    # Savings

    @rule(who=WHO, lead=LEADS, amount=AMOUNT)
    def save_cash(self, who: str, lead: int, amount: int) -> None:
        self._give(RecordCash(self._id, who, _ugx(amount), self._lead(lead)))

    @rule(who=WHO, lead=LEADS)
    def hand_over_all_that_is_due(self, who: str, lead: int) -> None:
        if parts := due_now(to_pay(self.store, self._id, who)) if self._is_member(who) else []:
            self._give(TakeCash(self._lead(lead), self._id, who, tuple(parts)))

    @rule(who=WHO, amount=AMOUNT, at_once=st.booleans())
    def save_by_phone(self, who: str, amount: int, at_once: bool) -> None:
        self._by_phone(Contribute(self._id, who, _ugx(amount)), at_once)

    @rule(who=WHO, amount=TYPED, way=WAY, agreed=YES)
    def ask_withdrawal(self, who: str, amount: int, way: Any, agreed: bool) -> None:
        self._ask(AskWithdrawal(who, self._id, _ugx(amount), way), agreed)

    @precondition(lambda self: not self._is("vsla"))
    @rule(who=st.sampled_from(PEOPLE[:6]), way=WAY, but=st.sampled_from([0, 0, 17]))
    def take_all_out(self, who: str, way: Any, but: int) -> None:
        """All that members of the first hour may, who have a place in the list even if they have left."""
        most = withdrawable(self.store, self._id, who).most
        self._ask(AskWithdrawal(who, self._id, most - _ugx(but), way))

    # Decisions

    @precondition(lambda self: self._proposals())
    @rule(which=WHICH, who=WHO, yes=YES, stale=st.sampled_from([False] * 9 + [True]))
    def vote(self, which: int, who: str, yes: bool, stale: bool) -> None:
        proposal = _one(self._proposals(), which)
        self._give(Vote(who, proposal.id, "stale" if stale else proposal.digest, yes, "" if yes else "no money"))

    @precondition(lambda self: self._proposals())
    @rule(which=WHICH)
    def all_agree(self, which: int) -> None:
        self._all_agree(_one(self._proposals(), which))

    @precondition(lambda self: self._proposals())
    @rule(which=WHICH, who=WHO)
    def take_back(self, which: int, who: str) -> None:
        proposal = _one(self._proposals(), which)
        self._give(Withdraw(proposal.maker if who < "eve" else who, proposal.id))

    # Loans

    @rule(who=WHO, amount=AMOUNT, periods=st.integers(0, 4), way=WAY, others=st.lists(WHO, max_size=2))
    def ask_loan(self, who: str, amount: int, periods: int, way: Any, others: list[str]) -> None:
        self._give(RequestLoan(self._id, who, _ugx(amount), periods, way, tuple(others)))

    @rule(who=WHO, amount=LOANS, periods=st.integers(1, 3), way=WAY, lead=LEADS)
    def lend(self, who: str, amount: int, periods: int, way: Any, lead: int) -> None:
        """All the way from what has to be paid first, on a meeting day, to the cash."""
        self.next_meeting_day()
        if self._is_member(who):
            owed = social_owed(self.store, self._group, who).total
            self._give(RecordSocial(self._id, who, owed, "ben" if who == "ada" else "ada"))
        asked = self._give(RequestLoan(self._id, who, _ugx(amount), periods, way))
        if asked and asked["waits_for"] == "guaranteed":
            self._all_agree(self.store.proposals.get(self.store.loans.get(asked["loan"]).proposal))
            self._give(HandOverLoan(self._lead(lead), asked["loan"]))

    @precondition(lambda self: self._loans("submitted"))
    @rule(which=WHICH, who=WHICH, yes=YES)
    def answer_guarantee(self, which: int, who: int, yes: bool) -> None:
        loan = _one(self._loans("submitted"), which)
        self._give(AnswerGuarantee(_one(loan.guarantees, who).person, loan.id, yes))

    @precondition(lambda self: self._loans())
    @rule(which=WHICH)
    def withdraw_loan(self, which: int) -> None:
        loan = _one(self._loans(), which)
        self._give(WithdrawLoan(loan.person, loan.id))

    @precondition(lambda self: self._loans())
    @rule(which=WHICH, lead=LEADS, send=st.booleans())
    def pay_loan_out(self, which: int, lead: int, send: bool) -> None:
        loan = _one(self._loans("approved") or self._loans(), which)
        self._give((SendLoan if send else HandOverLoan)(self._lead(lead), loan.id))

    @precondition(lambda self: self._loans())
    @rule(which=WHICH, amount=AMOUNT, at_once=st.booleans())
    def repay_by_phone(self, which: int, amount: int, at_once: bool) -> None:
        loan = _one(self._loans(), which)
        self._by_phone(Repay(loan.person, loan.id, _ugx(amount)), at_once)

    @precondition(lambda self: self._loans())
    @rule(which=WHICH, amount=AMOUNT, lead=LEADS)
    def repay_cash(self, which: int, amount: int, lead: int) -> None:
        self._give(RecordRepayment(_one(self._loans(), which).id, _ugx(amount), self._lead(lead)))

    @precondition(lambda self: self._loans())
    @rule(which=WHICH, amount=AMOUNT, lead=LEADS, ago=st.sampled_from([0, 1, 10, 40]))
    def repay_back_dated(self, which: int, amount: int, lead: int, ago: int) -> None:
        day = self._group.constitution.day(self.store.now()) - timedelta(days=ago)
        loan = _one(self._loans(), which)
        self._give(RecordPastRepayment(self._lead(lead), loan.id, _ugx(amount), day.isoformat()))

    @precondition(lambda self: self._payments("repayment"))
    @rule(which=WHICH, lead=LEADS)
    def reverse_repayment(self, which: int, lead: int) -> None:
        payment = _one(self._payments("repayment"), which)
        self._give(ReverseRepayment(self._lead(lead), payment.id, "wrong name"))

    @precondition(lambda self: self._loans())
    @rule(which=WHICH, lead=LEADS, periods=st.integers(0, 4), own=st.booleans(), agreed=YES)
    def reschedule(self, which: int, lead: int, periods: int, own: bool, agreed: bool) -> None:
        loan = _one(self._loans(), which)
        self._ask(AskReschedule(loan.person if own else self._lead(lead), loan.id, periods), agreed)

    @precondition(lambda self: self._loans())
    @rule(which=WHICH, lead=LEADS, netting=st.booleans(), agreed=YES)
    def give_up(self, which: int, lead: int, netting: bool, agreed: bool) -> None:
        loan = _one(self._loans(), which)
        self._ask((ProposeNetting if netting else ProposeWriteOff)(self._lead(lead), loan.id), agreed)

    @precondition(lambda self: self._loans("active"))
    @rule(which=WHICH, lead=LEADS, part=st.sampled_from(["interest", "penalty"]), all=st.booleans(), amount=AMOUNT)
    def waive(self, which: int, lead: int, part: Any, all: bool, amount: int) -> None:
        loan = _one(self._loans("active"), which)
        due = getattr(can_be_waived(self.store, loan.id), part)
        waived = due if all else _ugx(amount)
        self._ask(ProposeLoanWaiver(self._lead(lead), loan.id, part, waived, "the rain"))

    # Meetings, fines, cash

    @rule(lead=LEADS, wrong=st.sampled_from([0, 0, 0, 500, -500]), extra=st.booleans())
    def open_meeting(self, lead: int, wrong: int, extra: bool) -> None:
        self._give(OpenMeeting(self._lead(lead), self._id, self._counted(wrong), extra))

    @rule(lead=LEADS, who=WHO, presence=st.sampled_from(["absent", "late", "excused", "present"]))
    def call_roll(self, lead: int, who: str, presence: Any) -> None:
        self._give(MarkAttendance(self._lead(lead), self._id, who, presence))

    @rule(lead=LEADS, wrong=st.sampled_from([0, 0, 0, 500]), fine=st.booleans())
    def close_meeting(self, lead: int, wrong: int, fine: bool) -> None:
        self._give(CloseMeeting(self._lead(lead), self._id, self._counted(wrong), fine))

    @rule(lead=LEADS, wrong=st.sampled_from([0, 500, 700, -500]))
    def report_difference(self, lead: int, wrong: int) -> None:
        self._give(ReportDifference(self._lead(lead), self._id, self._counted(wrong), "lost"))

    @rule(lead=LEADS, who=WHO, reason=st.sampled_from(["disorder", "late", "other"]))
    def fine(self, lead: int, who: str, reason: Any) -> None:
        self._give(FineMember(self._lead(lead), self._id, who, reason))

    @rule(
        lead=LEADS,
        who=WHO,
        amount=st.sampled_from([200, 300, 500, 500, 750, 5_000, 0]),
        reason=st.sampled_from(["lost the key", "no book", "left early", "came barefoot", "late", "x"]),
    )
    def fine_in_words(self, lead: int, who: str, amount: int, reason: str) -> None:
        self._give(FineInWords(self._lead(lead), self._id, who, reason, _ugx(amount)))

    @precondition(lambda self: self._fines())
    @rule(which=WHICH, lead=LEADS, how=st.sampled_from(["phone", "cash", "waive"]))
    def end_fine(self, which: int, lead: int, how: str) -> None:
        fine = _one(self._fines(), which)
        commands: Mapping[str, object] = {
            "phone": PayFine(fine.person, fine.id),
            "cash": RecordFine(self._lead(lead), fine.id),
            "waive": AskWaiver(self._lead(lead), fine.id, "the bus"),
        }
        self._give(commands[how])

    @rule(who=WHO, amount=TYPED, agreed=YES)
    def ask_grant(self, who: str, amount: int, agreed: bool) -> None:
        self._ask(AskGrant(who, self._id, _ugx(amount), "a funeral"), agreed)

    @precondition(lambda self: self.store.grants.count(group=self._id))
    @rule(which=WHICH, lead=LEADS, way=WAY)
    def pay_grant(self, which: int, lead: int, way: Any) -> None:
        grant = _one(self.store.grants.find(group=self._id), which)
        self._give(PayGrant(self._lead(lead), grant.id, way))

    @precondition(lambda self: self._payments())
    @rule(
        which=st.integers(0, 15),
        lead=LEADS,
        how=st.sampled_from(["contest", "keep", "reverse", "reverse", "slip"]),
    )
    def look_at_cash(self, which: int, lead: int, how: str) -> None:
        """The newest sixteen: what is long ago is rarely looked at."""
        payment = _one(self._payments()[-16:], which)
        commands: Mapping[str, object] = {
            "contest": ContestCash(payment.person, payment.id, "not mine"),
            "keep": KeepCash(self._lead(lead), payment.id, "it is"),
            "reverse": ReverseCash(self._lead(lead), payment.id, "it is not"),
            "slip": CancelCash(payment.officer or self._lead(lead), payment.id),
        }
        self._give(commands[how])

    @rule(lead=LEADS, which=WHICH, agreed=YES)
    def meant_otherwise(self, lead: int, which: int, agreed: bool) -> None:
        by_phone = [each for each in self._payments()[-32:] if came_by_phone(each)]
        if by_phone:
            self._ask(AskToCredit(self._lead(lead), _one(by_phone, which).id, "something else"), agreed)

    # Members

    @rule(lead=LEADS, who=LEAVES, agreed=YES)
    def undo_death(self, lead: int, who: str, agreed: bool) -> None:
        """Of somebody whose death was recorded, if there is anybody."""
        gone = self.store.memberships.find(group=self._id, status=["leaving", "deceased"])
        who = next((each.person for each in gone if each.exit), who)
        self._ask(UndoDeath(self._lead(lead), self._id, who, "she came to the meeting"), agreed)

    @rule(who=LEAVES, way=WAY, agreed=YES)
    def ask_to_leave(self, who: str, way: Any, agreed: bool) -> None:
        self._ask(AskToLeave(who, self._id, way), agreed)

    @rule(lead=LEADS, who=LEAVES, dead=st.booleans(), heir=st.sampled_from(["", "+256772000300"]), agreed=YES)
    def end_membership(self, lead: int, who: str, dead: bool, heir: str, agreed: bool) -> None:
        officer, group = self._lead(lead), self._id
        death = RecordDeath(officer, group, who, "Mo", heir)
        self._ask(death if dead else Expel(officer, group, who, "theft"), agreed)

    @rule(lead=LEADS, who=WHO, way=WAY)
    def pay_settlement(self, lead: int, who: str, way: Any) -> None:
        self._give(PaySettlement(self._lead(lead), self._id, who, way))

    @rule(lead=LEADS, who=LEAVES, to=st.sampled_from(["suspended", "active"]))
    def suspend(self, lead: int, who: str, to: Any) -> None:
        self._give(Suspend(self._lead(lead), self._id, who, to, "quarrels"))

    @rule(who=WHO, lead=LEADS, welcome=YES)
    def come_in(self, who: str, lead: int, welcome: bool) -> None:
        if self._give(JoinGroup(who, "10101")):
            self._give(Decide(self._lead(lead), self._id, who, welcome))

    @rule(lead=LEADS, who=WHO)
    def invite(self, lead: int, who: str) -> None:
        if invited := self._give(Invite(self._lead(lead), self._id, "")):
            self._give(JoinGroup(who, invited["token"]))

    @rule(who=WHO, lead=LEADS, own=st.booleans())
    def change_phone(self, who: str, lead: int, own: bool) -> None:
        phone = f"+2567730{self._keys:05}"
        self._give(ChangePhone(who if own else self._lead(lead), self._id, who, phone))

    @precondition(lambda self: len(self._reached) > REACHED_MIN)
    @rule(who=WHO)
    def number_changes_hands(self, who: str) -> None:
        """Whoever has it now says so. Where hardly a member has a number left, nobody could let the others in."""
        self._give(CloseNumber(who, self.store.people.get(who).phone))

    @precondition(lambda self: self._lost())
    @rule(which=WHICH, lead=LEADS, own=YES, back=st.booleans(), agreed=YES)
    def number_comes_back(self, which: int, lead: int, own: bool, back: bool, agreed: bool) -> None:
        """The old one, or another."""
        person = _one(self._lost(), which)
        phone = person.phone_before if back else f"+2567740{self._keys:05}"
        self._ask(ChangePhone(person.id if own else self._lead(lead), self._id, person.id, phone), agreed)

    @rule(who=WHO, whom=LEAVES, agreed=YES)
    def let_in(self, who: str, whom: str, agreed: bool) -> None:
        """Somebody who has no number shares another's."""
        self._ask(LetIn(who, self._id, whom), agreed)

    @rule(who=WHO, lead=LEADS)
    def freeze(self, who: str, lead: int) -> None:
        self._give(Freeze(who))
        self._give(Unfreeze(self._lead(lead), self._id, who))

    @precondition(lambda self: self.store.people.find(id=list(PEOPLE), frozen=True))
    @rule(lead=LEADS)
    def unfreeze(self, lead: int) -> None:
        for person in self.store.people.find(id=list(PEOPLE), frozen=True):
            self._give(Unfreeze(self._lead(lead), self._id, person.id))

    @rule(lead=LEADS, who=WHO, office=st.sampled_from(["chairperson", "secretary", "treasurer", "mine"]))
    def name_officer(self, lead: int, who: str, office: Any) -> None:
        officer, group = self._lead(lead), self._id
        mine = office == "mine"
        self._give(HandOver(officer, group, who) if mine else NameOfficer(officer, group, who, office))

    @rule(
        lead=LEADS,
        changed=st.sampled_from(
            [
                ("share_price", "2000"),
                ("social_fund", "0"),
                ("late", "700"),
                ("interest", "5"),
                ("quorum", "1/3"),
                ("carry_over", "1"),
                ("keeps_interest", "1"),
            ]
        ),
    )
    def change_rule(self, lead: int, changed: tuple[Any, str]) -> None:
        self._give(ProposeRule(self._lead(lead), self._id, *changed))

    # The group's own money, the social fund's arrears, and credit

    @rule(
        lead=LEADS,
        event=st.sampled_from(get_args(Event)),
        purse=st.sampled_from([*PURSES, ""]),
        to=st.sampled_from([*PURSES, ""]),
        amount=AMOUNT,
        who=WHO,
        agreed=YES,
    )
    def enter(self, lead: int, event: Any, purse: Any, to: Any, amount: int, who: str, agreed: bool) -> None:
        person = who if event == "known" else ""
        asked = Enter(self._lead(lead), self._id, event, _ugx(amount), "as it was", purse, to, person)
        self._ask(asked, agreed)

    @rule(who=WHO, lead=LEADS, amount=AMOUNT, in_cash=st.booleans())
    def pay_social(self, who: str, lead: int, amount: int, in_cash: bool) -> None:
        by_phone = PaySocial(self._id, who, _ugx(amount))
        self._give(RecordSocial(self._id, who, _ugx(amount), self._lead(lead)) if in_cash else by_phone)

    @rule(
        who=WHO,
        lead=st.none() | LEADS,
        owed=st.sampled_from(["fine", "loan", "social"]),
        which=WHICH,
        amount=AMOUNT,
    )
    def use_credit(self, who: str, lead: int | None, owed: Any, which: int, amount: int) -> None:
        """By its owner, or by an officer at a meeting."""
        subjects = {"fine": self._fines(), "loan": self._loans(), "social": []}[owed]
        subject = _one(subjects, which) if subjects else None
        if owed == "fine" and subject:
            who, amount = subject.person, subject.amount.minor
        if owed != "social" and subject is None:
            return
        of = (self._id, owed, _ugx(amount), subject.id if subject else "")
        if lead is None:
            self._give(UseCredit(who, *of))
        else:
            self._give(PayFromCredit(self._lead(lead), self._id, who, *of[1:]))

    # The end of a cycle

    @precondition(lambda self: self._is("vsla"))
    @rule(lead=LEADS, kept=st.sampled_from([0, 0, 20_000, 10**9]))
    def propose_share_out(self, lead: int, kept: int) -> None:
        self._propose_share_out(lead, kept)

    @precondition(lambda self: self._is("vsla"))
    @rule(lead=LEADS, way=WAY, start=YES)
    def share_out(self, lead: int, way: Any, start: bool) -> None:
        """All the way to the next cycle, or as far as it goes."""
        for payment in self._open_payments():
            arrives(self.store, payment)
        self._give(CloseMeeting(self._lead(lead), self._id, self._counted(0), fine=False))
        if self._propose_share_out(lead, 0) is None:
            return
        group = self._group
        made = self.store.share_outs.get(f"{group.id}:{group.cycle}")
        self._all_agree(self.store.proposals.get(made.proposal))
        if self.store.share_outs.get(made.id).state != "approved":
            return
        for officer in (0, 1):
            for by in ("mobile_money", way):
                self._give(PayAll(self._lead(officer), made.id, by))
        if start:
            self.next_cycle_begins()

    @precondition(lambda self: self._is("vsla"))
    @rule()
    def next_cycle_begins(self) -> None:
        """By all that it takes; and members save in it."""
        self._wind_up()
        for person in PEOPLE[1:6]:
            self._give(RecordCash(self._id, person, _ugx(20_500), "ada"))

    @precondition(lambda self: self._share_out())
    @rule(lead=LEADS, way=WAY, who=WHO, all=st.booleans())
    def pay_parts(self, lead: int, way: Any, who: str, all: bool) -> None:
        made = self._share_out()
        officer = self._lead(lead)
        self._give(PayAll(officer, made.id, way) if all else PayLine(officer, made.id, who, way))

    @rule(lead=LEADS, ahead=st.sampled_from([0, 7, -7]))
    def start_cycle(self, lead: int, ahead: int) -> None:
        first = self._group.constitution.day(self.store.now()) + timedelta(days=ahead)
        self._give(StartCycle(self._lead(lead), self._id, first))

    # Share capital and dividends

    @precondition(lambda self: self._is("sacco"))
    @rule(lead=LEADS, who=WHO, shares=st.sampled_from([0, 1, 3, 20]), in_cash=st.booleans())
    def buy_shares(self, lead: int, who: str, shares: int, in_cash: bool) -> None:
        officer = self._lead(lead)
        self._give(RecordShares(officer, self._id, who, shares) if in_cash else BuyShares(who, self._id, shares))

    @precondition(lambda self: self._is("sacco"))
    @rule(
        lead=LEADS, ago=st.sampled_from([0, 1, 1]), rates=st.sampled_from([("1", "2", "15"), ("90", "0", "101")])
    )
    def declare_dividend(self, lead: int, ago: int, rates: tuple[str, str, str]) -> None:
        year = self._group.constitution.day(self.store.now()).year - ago
        self._give(DeclareDividend(self._lead(lead), self._id, year, *rates))

    # Rotation

    @precondition(lambda self: self._is("rosca"))
    @rule(lead=LEADS, who=WHO, hands=st.sampled_from([0, 1, 2, 10]))
    def set_hands(self, lead: int, who: str, hands: int) -> None:
        self._give(SetHands(self._lead(lead), self._id, who, hands))

    @precondition(lambda self: self._is("rosca"))
    @rule(lead=LEADS, order=st.sampled_from(["fixed", "drawn", "negotiated", "auction"]), seed=YES, agreed=YES)
    def set_up_rotation(self, lead: int, order: Any, seed: bool, agreed: bool) -> None:
        numbers = tuple(range(6, 0, -1)) if order == "negotiated" else ()
        asked = SetUpRotation(self._lead(lead), self._id, order, "lots" if seed else "", numbers)
        if self._give(asked) is not None and agreed:
            self._all_agree(self._proposals()[-1])

    @precondition(lambda self: self._is("rosca"))
    @rule(who=WHO, amount=AMOUNT)
    def bid(self, who: str, amount: int) -> None:
        self._give(Bid(who, self._id, _ugx(amount)))

    @precondition(lambda self: rota_of(self.store, self._group) is not None)
    @rule(lead=LEADS, back=st.sampled_from([0, 0, 0, 1]), way=WAY, all_put_in=YES)
    def pay_round(self, lead: int, back: int, way: Any, all_put_in: bool) -> None:
        rota = rota_of(self.store, self._group)
        assert rota is not None
        if all_put_in:
            for person in dict.fromkeys(place.person for place in rota.places):
                self._give(RecordCash(self._id, person, _ugx(1_500), "ada" if person != "ada" else "ben"))
        number = max(1, rota.next - back)
        person = of.person if (of := rota.round(number)) else rota.turn[0]
        self._give(PayRound(self._lead(lead), self._id, number, person, way))

    @invariant()
    def all_that_must_be_true_is_true(self) -> None:
        """Looked at when anything is other than it was: most commands are refused."""
        self.steps[STEPS] += 1
        if hasattr(self, "savers") and (there := self._digests()) != self._looked_at:
            self._at_rest = False
            self._audit.look()
            self._looked_at = there
        self._at_rest = True

    def teardown(self) -> None:
        if hasattr(self, "savers") and self._at_rest:
            self._wind_up()
            for group in self.store.groups.each():
                check_book(self.store, group.id)

    def _wind_up(self) -> None:
        """From wherever the walk has led there is a way out."""

        def forward(time: timedelta) -> None:
            self.clock.forward(seconds=time.total_seconds())

        ending = WindUp(self.store, self._id, forward, self._audit.read)
        ending.end()
        self.steps["ways out"] += 1
        self.steps["wind-up commands"] += ending.tried
        self._audit.look()

    # What there is

    def _is(self, kind: GroupKind) -> bool:
        return self._group.kind == kind

    @property
    def _id(self) -> str:
        return self.savers.group

    @property
    def _group(self) -> Group:
        return self.store.groups.get(self._id)

    def _is_member(self, who: str) -> bool:
        return self.store.memberships.one(id=membership_id(self._id, who)) is not None

    def _lead(self, lead: int) -> str:
        officers = self.store.memberships.find(group=self._id, status="active", role=list(OFFICERS))
        return officers[lead % len(officers)].person if lead < 3 else "fay"

    @property
    def _reached(self) -> list[Membership]:
        """The members who have a number."""
        there = self.store.memberships.find(group=self._id, status=["active", "suspended"])
        return [each for each in there if not each.no_phone]

    def _lost(self) -> list[Person]:
        """Whose number changed hands, and who have none since."""
        return [each for each in self.store.people.find(phone="", sort="id") if each.phone_before]

    def _open_payments(self) -> list[Payment]:
        return [each for each in self.store.payments.find(sort="created_at") if each.state in OPEN]

    def _payments(self, purpose: str = "") -> list[Payment]:
        found = self.store.payments.find(sort="created_at")
        return [each for each in found if not purpose or each.purpose == purpose]

    def _proposals(self) -> list[Proposal]:
        return self.store.proposals.find(group=self._id, state="open", sort="created_at")

    def _loans(self, *states: str) -> list[Loan]:
        loans = self.store.loans.find(group=self._id, sort="asked_at")
        return [loan for loan in loans if not states or loan.state in states]

    def _fines(self) -> list[Any]:
        return self.store.fines.find(group=self._id, sort="at")

    def _share_out(self) -> Any:
        group = self._group
        return self.store.share_outs.one(id=f"{group.id}:{group.cycle}")

    def _counted(self, wrong: int) -> Counted:
        right = cash_of_books(self.store, self._group)
        return Counted(right.cash + _ugx(wrong), right.social)

    def _propose_share_out(self, lead: int, kept: int) -> Any:
        try:
            digest = planned(self.store, self._id, _ugx(kept)).digest
        except DomainError:
            digest = "none"
        return self._give(ProposeShareOut(self._lead(lead), self._id, _ugx(kept), digest))

    def _all_agree(self, proposal: Proposal) -> None:
        """Whoever may vote says yes, until it is decided or cannot be."""
        for person in PEOPLE[:6]:
            if self.store.proposals.get(proposal.id).state == "open":
                self._give(Vote(person, proposal.id, proposal.digest, yes=True))

    # Giving a command

    def _ask(self, command: object, agreed: bool = True) -> None:
        """It has to be decided, and is if all are `agreed`."""
        before = {each.id for each in self._proposals()}
        if self._give(command) is not None and agreed:
            for proposal in self._proposals():
                if proposal.id not in before:
                    self._all_agree(proposal)

    def _by_phone(self, command: object, at_once: bool) -> None:
        """Asked for, and confirmed `at_once`; else the provider answers another time."""
        if (asked := self._give(command)) and at_once:
            arrives(self.store, self.store.payments.get(asked["payment"]))

    def _give(self, command: object) -> Any:
        """Its answer; None when it was refused, and then nothing at all is other than it was."""
        name = type(command).__name__
        if self._forgotten & named_in(command):
            return None  # they have no phone and no PIN to ask for anything with
        self._at_rest = False
        self._keys += 1
        key = f"step:{self._keys}"
        self._state = self._digests()
        takes, free = self._takes(command), self._audit.unbound() if self._takes(command) else {}
        told = self._decided() if isinstance(command, Vote) else Counter()
        try:
            answer = execute(self.store, key, command)
        except DomainError as refused:
            self.steps[f"{name} refused: {refused.code}"] += 1
            if currently_in_test_context():
                note(f"refused: {refused!r}")
            self._check_unchanged(command, f"was refused as {refused.code}")
            return None
        self.steps[f"{name} done"] += 1
        self._audit.read()
        if isinstance(command, Vote):
            self._check_told_once(command, self._decided() - told)
        if takes:
            twice = {who: left for who, left in self._audit.unbound().items() if left < min(0, free.get(who, 0))}
            assert not twice, f"{command} makes savings serve twice: {twice}"
        self._last = key, command, answer
        return answer if answer is not None else True

    def _decided(self) -> Counter[tuple[str, str, str]]:
        """What people were told of decisions, by person, kind of proposal and what became of it."""
        told = self.store.notices.find(kind="decided", person=list(PEOPLE))
        return Counter((n.person, str(n.values["proposal"]), str(n.values["became"])) for n in told)

    def _check_told_once(self, vote: Vote, told: Counter[tuple[str, str, str]]) -> None:
        """
        Of a vote that decides: whoever asked, whom it is about and everybody who voted hears it once, if not by
        what is done; and whoever gave that vote reads it on the screen.
        """
        proposal = self.store.proposals.get(vote.proposal)
        if proposal.state not in ("approved", "rejected"):
            return
        hear = _who_hears(proposal) - {vote.person}
        reached = {person.id for person in self.store.people.among(sorted(hear)) if person.phone}
        once = Counter({(person, proposal.kind, proposal.state): 1 for person in reached})
        of_this = Counter(
            {key: times for key, times in told.items() if key[1:] == (proposal.kind, proposal.state)}
        )
        assert of_this == once, f"{proposal.kind} {proposal.state}: told {of_this}, and not {once}"
        self.steps[f"told of {proposal.kind} {proposal.state}"] += 1

    def _takes(self, command: object) -> bool:
        """Whether it may bind somebody's savings, or take some out."""
        if isinstance(command, Vote):
            proposal = self.store.proposals.one(id=command.proposal)
            return proposal is not None and proposal.kind in TAKES_BY_VOTE
        return isinstance(command, TAKES)

    def _digests(self) -> Mapping[str, str]:
        """What is in each collection, to the byte, as mongod compares its replicas; but for tries, which count."""
        digests: Mapping[str, str] = self.store.database.command("dbHash")["collections"]
        return {name: digest for name, digest in digests.items() if name != "limits"}

    def _check_unchanged(self, command: object, what: str) -> None:
        after = self._digests()
        other = [name for name in after if after[name] != self._state.get(name)]
        assert not other, f"{command} {what}, and changed {other}"


def _ugx(minor: int) -> Money:
    return Money(minor, "UGX")


def _one(things: Sequence[Any], which: int) -> Any:
    return things[which % len(things)]


def run(
    store: MongoStore,
    clock: Callable[[], Clock],
    number: int,
    *,
    runs: int,
    steps: int,
    shrink: bool = False,
    done: Counter[str] | None = None,
    quiet: bool = False,
    of: type[GroupLife] = GroupLife,
) -> None:
    """
    So many runs of so many steps, the same ones for the same `number`; what was done is counted in `done`. They
    are lives `of` this kind.

    Raises what the first run raised that failed, after printing its steps if it is not to be `quiet`.
    """
    counted = Counter[str]() if done is None else done

    @seed(number)
    def machine() -> GroupLife:
        now = clock()
        return of(store.at(now), now, counted)

    run_state_machine_as_test(
        cast(type[GroupLife], machine),  # whatever makes one when called
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
            suppress_health_check=list(HealthCheck),
            print_blob=False,
            verbosity=Verbosity.quiet if quiet else Verbosity.normal,
        ),
    )
