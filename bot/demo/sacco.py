"""Two years of a SACCO as `demo-cycle` plays them: deposits, share capital, loans, dividends and their tax."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Final

from bot.demo.stage import Actor, Stage
from domain.arithmetic.periods import period_end
from domain.books.accounts import Account
from domain.groups.found import FoundGroup
from domain.groups.rules import defaults
from domain.loans.borrow import RequestLoan, borrowing
from domain.loans.owed import next_due
from domain.loans.pay_out import HandOverLoan
from domain.loans.repay import RecordRepayment
from domain.money import Money
from domain.records.person import Role
from domain.sacco.dividend import DeclareDividend, DividendTooHigh, carry_on, my_dividend
from domain.sacco.share_capital import BuyShares, RecordShares
from domain.savings.contribute import Contribute, RecordCash
from domain.savings.withdraw import AskWithdrawal
from domain.treasury.coins import in_coins

BEGINS: Final = date(2025, 1, 3)
FIRST_MEETING: Final = date(2025, 1, 6)
YEARS: Final = (2025, 2026)
SHARE: Final = Money(20_000, "UGX")
NAMES: Final = (
    "Nakato Ruth", "Wanjiru Mary", "Okello Sam", "Akello Grace", "Okot James", "Auma Betty",
    "Namukasa Sarah", "Nabirye Joan", "Opio Peter", "Atim Lucy",
)  # fmt: skip
# From the best on, in percent of deposits and of share capital: the first that the surplus carries is declared.
RATES: Final = (("6", "10"), ("4", "8"), ("3", "6"), ("2", "4"), ("1", "2"))
TAX: Final = "15"


class SaccoYears:
    """The story of a SACCO; `done` is told how many months of how many are over."""

    def __init__(self, stage: Stage, done: Callable[[int, int], None] = lambda _done, _of: None) -> None:
        self.stage, self._done = stage, done
        self.group, self.groups, self.people = "", list[str](), list[Actor]()
        self.dividends: dict[int, dict[str, Money]] = {}  # what each member was credited, by year and name

    def run(self) -> None:
        """From the founding to the second dividend, some of which is taken out."""
        self._found()
        months = 12 * len(YEARS)
        for number in range(months):
            self._month(number)
            if number and number % 12 == 0:
                self._declare(YEARS[number // 12 - 1])
            self._done(number + 1, months + 1)
        self.stage.clock.go_to(period_end(FIRST_MEETING, "month", months))
        self._declare(YEARS[-1])
        self._done(months + 1, months + 1)

    def _found(self) -> None:
        stage = self.stage
        self.people = stage.register([stage.newcomer(number, name) for number, name in enumerate(NAMES, start=1)])
        roles: tuple[Role, ...] = ("chairperson", "treasurer", "secretary")
        officers = tuple((each.id, role) for each, role in zip(self.people, roles, strict=False))
        rules = defaults("sacco", SHARE, FIRST_MEETING, every="month")
        assert rules.loans is not None, "a SACCO lends"
        # Nobody is scored for meetings that a SACCO does not hold.
        unscored = replace(rules.loans, borrowing=replace(rules.loans.borrowing, score_min=None))
        rules = replace(rules, loans=unscored)
        self.group = stage.do(FoundGroup("50501", "Kazi SACCO", "sacco", rules, officers))
        self.groups.append(self.group)
        for each in self.people[3:]:
            stage.let_in(self.group, "50501", self.people[0], each)
        stage.say(f"{BEGINS}  Kazi SACCO is founded: {len(self.people)} members, {SHARE} a share")

    def _month(self, number: int) -> None:
        """All save, some buy shares, borrowers pay, two may borrow."""
        stage, day = self.stage, period_end(FIRST_MEETING, "month", number)
        stage.clock.go_to(day)
        for place, each in enumerate(self.people):
            amount = Money(30_000 + 10_000 * (place % 4), "UGX")
            if (place + number) % 4 == 0:
                stage.do(Contribute(self.group, each.id, amount))
            else:
                stage.do(RecordCash(self.group, each.id, amount, self._officer_for(each).id))
            if number % 12 == 0:
                shares = 1 + place % 3
                by_phone = BuyShares(each.id, self.group, shares)
                in_cash = RecordShares(self._officer_for(each).id, self.group, each.id, shares)
                stage.do(by_phone if place % 2 else in_cash)
        stage.settle()
        repaid = self._collect_instalments(day)
        lent = self._lend(number)
        what = f"{day}  month {number + 1}: {repaid} paid back" + "".join(f"; {each}" for each in lent)
        stage.say(what)

    def _collect_instalments(self, day: date) -> Money:
        repaid = Money(0, "UGX")
        for loan in self.stage.store.loans.find(group=self.group, state="active", sort="asked_at"):
            if loan.oldest_unpaid is not None and loan.oldest_unpaid <= day:
                amount, _ = next_due(loan.standing(day), day)
                borrower = next(each for each in self.people if each.id == loan.person)
                self.stage.do(RecordRepayment(loan.id, amount, self._officer_for(borrower).id))
                repaid += amount
        return repaid

    def _lend(self, number: int) -> list[str]:
        """From the fourth month on, to one member a month, what the rules and the box allow, for a year."""
        first = number % len(self.people)
        for each in self.people[first:] + self.people[:first] if number >= 3 else []:
            mine = borrowing(self.stage.store, self.group, each.id)
            cash = self.stage.count_cash(self.group).cash.minor
            minor = min(mine.limit.minor, cash, 600_000) // 10_000 * 10_000
            if mine.eligible and minor:
                amount = Money(minor, "UGX")
                asked = self.stage.do(RequestLoan(self.group, each.id, amount, 12, "cash"))
                self.stage.decide(self.group, "loan", self.people[:3])
                self.stage.do(HandOverLoan(self._officer_for(each).id, asked["loan"]))
                return [f"{each.name} borrows {amount}"]
        return []

    def _declare(self, year: int) -> None:
        """
        The best rates that the surplus carries; decided on phones, credited, and one member takes it out.

        Raises DividendTooHigh when it carries none.
        """
        stage, (chair, treasurer, secretary) = self.stage, self.people[:3]
        for deposits, capital in RATES:
            try:
                asked = stage.do(DeclareDividend(chair.id, self.group, year, deposits, capital, TAX))
                break
            except DividendTooHigh:
                if (deposits, capital) == RATES[-1]:
                    raise
        for officer in (treasurer, secretary):
            stage.call(officer, "decide", "Dividend", "Agree")
        carry_on(stage.store, f"{self.group}:{year}")
        credited = {each.name: my_dividend(stage.store, self.group, each.id) for each in self.people}
        self.dividends[year] = {name: mine.net for name, mine in credited.items() if mine and mine.credited}
        gross = Money(asked["gross"]["minor"], "UGX")
        stage.say(
            f"{stage.clock().date()}  dividend for {year}: {deposits} % on deposits, {capital} % on shares, "
            f"{TAX} % tax; {gross} in all"
        )
        akello = next(each for each in self.people if each.name == "Akello Grace")
        paid = in_coins(stage.store.groups.get(self.group).constitution, self.dividends[year][akello.name])
        stage.do(AskWithdrawal(akello.id, self.group, paid, "mobile_money"))
        stage.decide(self.group, "withdrawal", self.people[:3])
        stage.settle()

    def outcome(self) -> list[tuple[str, ...]]:
        """What each member has, and was credited in each year."""
        rows: list[tuple[str, ...]] = [("member", "deposits", "shares", "credit", *map(str, YEARS))]
        for each in self.people:
            held = self.stage.store.books.of_member_in([self.group], each.id)
            has = [
                Money(-held[self.group, account], "UGX")
                for account in (Account.DEPOSITS, Account.SHARES, Account.CREDIT)
            ]
            given = [self.dividends[year][each.name] for year in YEARS]
            rows.append((each.name, *(amount.grouped(",") for amount in (*has, *given))))
        return rows

    def _officer_for(self, who: Actor) -> Actor:
        """Nobody writes down their own cash."""
        return self.people[2] if who == self.people[1] else self.people[1]
