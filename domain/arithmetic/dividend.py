"""The dividend of a savings and credit co-operative: what a year of deposits and of share capital has earned."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Final

from domain.errors import BadValue
from domain.money import Money

MONTHS: Final = 12


class BadYear(BadValue):
    """Rates, or a member's year, that cannot be; the message says which."""


@dataclass(frozen=True, slots=True)
class Declared:
    """
    What the general meeting declared for a year, as parts of one: Fraction(8, 100) is eight percent.

    Raises BadYear when a part is not from 0 to 1.
    """

    deposits: Fraction
    share_capital: Fraction
    withholding: Fraction = Fraction(0)  # tax, taken from what is paid out

    def __post_init__(self) -> None:
        if not all(0 <= part <= 1 for part in (self.deposits, self.share_capital, self.withholding)):
            raise BadYear("rates and tax are parts, from 0 to 1")


@dataclass(frozen=True, slots=True)
class Dividend:
    """What a member has earned, gross, and the tax on both together; `net` is paid."""

    on_deposits: Money
    on_share_capital: Money
    tax: Money

    @property
    def gross(self) -> Money:
        return self.on_deposits + self.on_share_capital

    @property
    def net(self) -> Money:
        return self.gross - self.tax


def dividend(opening: Money, deposits: Mapping[int, Money], share_capital: Money, declared: Declared) -> Dividend:
    """
    Work a member's year out.

    `opening` is what was on deposit when the year began, `deposits` what came in each month from 1 to 12, below
    zero when more was taken out. A deposit counts from its own month to the end of the year, (13 - month) / 12:
    one of January for all of it, one of December for a twelfth. `share_capital` is held when the year ends.

    Each of the three figures is rounded once, half to even.
    Raises BadYear for a month that is none, or when deposits or share capital would ever be below zero; and
    CurrencyMismatch.
    """
    if not set(deposits) <= set(range(1, MONTHS + 1)):
        raise BadYear(f"months are from 1 to {MONTHS}")
    by_month = (deposits.get(month, Money(0, opening.currency)) for month in range(1, MONTHS + 1))
    balances = [balance.minor for balance in accumulate(by_month, initial=opening)]
    if min(*balances, share_capital.minor) < 0:
        raise BadYear("neither deposits nor share capital are ever below zero")
    # A deposit is in the balance at the end of as many months as it counts for, so their mean is what has earned.
    average = Fraction(sum(balances[1:]), MONTHS)
    on_deposits = Money(round(declared.deposits * average), opening.currency)
    on_share_capital = Money(round(declared.share_capital * share_capital.minor), share_capital.currency)
    gross = on_deposits + on_share_capital
    return Dividend(
        on_deposits, on_share_capital, Money(round(declared.withholding * gross.minor), gross.currency)
    )
