"""Steps in which members borrow, and loans end one way or another."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from domain.loans.borrow import RequestLoan, WithdrawLoan
from domain.loans.guarantors import AnswerGuarantee
from domain.loans.pay_out import HandOverLoan, SendLoan
from domain.loans.recover import AskReschedule, ProposeLoanWaiver, ProposeNetting, ProposeWriteOff, can_be_waived
from domain.loans.repay import RecordPastRepayment, RecordRepayment, Repay, ReverseRepayment
from domain.savings.contribute import social_owed
from domain.savings.pay_social import RecordSocial
from tests.cycles.steps.drawn import AMOUNT, LEADS, WAY, WHICH, WHO, YES
from tests.cycles.steps.life import Life, one_of
from tests.money import ugx

LOANS = st.sampled_from([10_000, 30_000, 45_000, 60_000])


class Lending(Life):
    @rule(who=WHO, amount=AMOUNT, periods=st.integers(0, 4), way=WAY, others=st.lists(WHO, max_size=2))
    def ask_loan(self, who: str, amount: int, periods: int, way: Any, others: list[str]) -> None:
        self._give(RequestLoan(self._id, who, ugx(amount), periods, way, tuple(others)))

    @rule(who=WHO, amount=LOANS, periods=st.integers(1, 3), way=WAY, lead=LEADS)
    def lend(self, who: str, amount: int, periods: int, way: Any, lead: int) -> None:
        """All the way from what has to be paid first, on a meeting day, to the cash."""
        self._go_to_next_meeting()
        if self._is_member(who):
            owed = social_owed(self.store, self._group, who).total
            self._give(RecordSocial(self._id, who, owed, "ben" if who == "ada" else "ada"))
        asked = self._give(RequestLoan(self._id, who, ugx(amount), periods, way))
        if asked and asked["waits_for"] == "guaranteed":
            self._all_agree(self.store.proposals.get(self.store.loans.get(asked["loan"]).proposal))
            self._give(HandOverLoan(self._lead(lead), asked["loan"]))

    @precondition(lambda self: self._loans("submitted"))
    @rule(which=WHICH, who=WHICH, yes=YES)
    def answer_guarantee(self, which: int, who: int, yes: bool) -> None:
        loan = one_of(self._loans("submitted"), which)
        self._give(AnswerGuarantee(one_of(loan.guarantees, who).person, loan.id, yes))

    @precondition(lambda self: self._loans())
    @rule(which=WHICH)
    def withdraw_loan(self, which: int) -> None:
        loan = one_of(self._loans(), which)
        self._give(WithdrawLoan(loan.person, loan.id))

    @precondition(lambda self: self._loans())
    @rule(which=WHICH, lead=LEADS, send=st.booleans())
    def pay_loan_out(self, which: int, lead: int, send: bool) -> None:
        loan = one_of(self._loans("approved") or self._loans(), which)
        self._give((SendLoan if send else HandOverLoan)(self._lead(lead), loan.id))

    @precondition(lambda self: self._loans())
    @rule(which=WHICH, amount=AMOUNT, at_once=st.booleans())
    def repay_by_phone(self, which: int, amount: int, at_once: bool) -> None:
        loan = one_of(self._loans(), which)
        self._by_phone(Repay(loan.person, loan.id, ugx(amount)), at_once)

    @precondition(lambda self: self._loans())
    @rule(which=WHICH, amount=AMOUNT, lead=LEADS)
    def repay_cash(self, which: int, amount: int, lead: int) -> None:
        self._give(RecordRepayment(one_of(self._loans(), which).id, ugx(amount), self._lead(lead)))

    @precondition(lambda self: self._loans())
    @rule(which=WHICH, amount=AMOUNT, lead=LEADS, ago=st.sampled_from([0, 1, 10, 40]))
    def repay_back_dated(self, which: int, amount: int, lead: int, ago: int) -> None:
        day = self._group.constitution.day(self.store.now()) - timedelta(days=ago)
        loan = one_of(self._loans(), which)
        self._give(RecordPastRepayment(self._lead(lead), loan.id, ugx(amount), day.isoformat()))

    @precondition(lambda self: self._payments("repayment"))
    @rule(which=WHICH, lead=LEADS)
    def reverse_repayment(self, which: int, lead: int) -> None:
        payment = one_of(self._payments("repayment"), which)
        self._give(ReverseRepayment(self._lead(lead), payment.id, "wrong name"))

    @precondition(lambda self: self._loans())
    @rule(which=WHICH, lead=LEADS, periods=st.integers(0, 4), own=st.booleans(), agreed=YES)
    def reschedule(self, which: int, lead: int, periods: int, own: bool, agreed: bool) -> None:
        loan = one_of(self._loans(), which)
        self._ask(AskReschedule(loan.person if own else self._lead(lead), loan.id, periods), agreed)

    @precondition(lambda self: self._loans())
    @rule(which=WHICH, lead=LEADS, netting=st.booleans(), agreed=YES)
    def give_up(self, which: int, lead: int, netting: bool, agreed: bool) -> None:
        loan = one_of(self._loans(), which)
        self._ask((ProposeNetting if netting else ProposeWriteOff)(self._lead(lead), loan.id), agreed)

    @precondition(lambda self: self._loans("active"))
    @rule(which=WHICH, lead=LEADS, part=st.sampled_from(["interest", "penalty"]), all=st.booleans(), amount=AMOUNT)
    def waive(self, which: int, lead: int, part: Any, all: bool, amount: int) -> None:
        loan = one_of(self._loans("active"), which)
        due = getattr(can_be_waived(self.store, loan.id), part)
        waived = due if all else ugx(amount)
        self._ask(ProposeLoanWaiver(self._lead(lead), loan.id, part, waived, "the rain"))
