"""Steps in which members save, take out, buy shares and use their credit."""

from typing import Any, get_args

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from domain.groups.own_money import PURSES, Enter, Event
from domain.loans.use_credit import UseCredit
from domain.meetings.cash_book import to_pay
from domain.meetings.cash_round import TakeCash, due_now
from domain.meetings.from_credit import PayFromCredit
from domain.sacco.dividend import DeclareDividend
from domain.sacco.share_capital import BuyShares, RecordShares
from domain.savings.contribute import Contribute, RecordCash
from domain.savings.pay_social import PaySocial, RecordSocial
from domain.savings.withdraw import AskWithdrawal, withdrawable
from tests.cycles.steps.drawn import AMOUNT, LEADS, PEOPLE, TYPED, WAY, WHICH, WHO, YES
from tests.cycles.steps.life import Life, one_of
from tests.money import ugx


class Saving(Life):
    @rule(who=WHO, lead=LEADS, amount=AMOUNT)
    def save_cash(self, who: str, lead: int, amount: int) -> None:
        self._give(RecordCash(self._id, who, ugx(amount), self._lead(lead)))

    @rule(who=WHO, lead=LEADS)
    def hand_over_all_that_is_due(self, who: str, lead: int) -> None:
        if parts := due_now(to_pay(self.store, self._id, who)) if self._is_member(who) else []:
            self._give(TakeCash(self._lead(lead), self._id, who, tuple(parts)))

    @rule(who=WHO, amount=AMOUNT, at_once=st.booleans())
    def save_by_phone(self, who: str, amount: int, at_once: bool) -> None:
        self._by_phone(Contribute(self._id, who, ugx(amount)), at_once)

    @rule(who=WHO, amount=TYPED, way=WAY, agreed=YES)
    def ask_withdrawal(self, who: str, amount: int, way: Any, agreed: bool) -> None:
        self._ask(AskWithdrawal(who, self._id, ugx(amount), way), agreed)

    @precondition(lambda self: not self._is("vsla"))
    @rule(who=st.sampled_from(PEOPLE[:6]), way=WAY, but=st.sampled_from([0, 0, 17]))
    def take_all_out(self, who: str, way: Any, but: int) -> None:
        """All that members of the first hour may, who have a place in the list even if they have left."""
        most = withdrawable(self.store, self._id, who).most
        self._ask(AskWithdrawal(who, self._id, most - ugx(but), way))

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
        asked = Enter(self._lead(lead), self._id, event, ugx(amount), "as it was", purse, to, person)
        self._ask(asked, agreed)

    @rule(who=WHO, lead=LEADS, amount=AMOUNT, in_cash=st.booleans())
    def pay_social(self, who: str, lead: int, amount: int, in_cash: bool) -> None:
        by_phone = PaySocial(self._id, who, ugx(amount))
        self._give(RecordSocial(self._id, who, ugx(amount), self._lead(lead)) if in_cash else by_phone)

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
        subject = one_of(subjects, which) if subjects else None
        if owed == "fine" and subject:
            who, amount = subject.person, subject.amount.minor
        if owed != "social" and subject is None:
            return
        of = (self._id, owed, ugx(amount), subject.id if subject else "")
        if lead is None:
            self._give(UseCredit(who, *of))
        else:
            self._give(PayFromCredit(self._lead(lead), self._id, who, *of[1:]))

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
