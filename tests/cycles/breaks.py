"""
Rules put back as they were before they were right, one at a time: what the machine must see, or it sees nothing.

Each replaces one function of the rules, wherever it is known by its name, for as long as `broken` lasts.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from types import ModuleType
from typing import Any, Final
from unittest.mock import patch

from domain.arithmetic.share_out import Debt
from domain.books.accounts import Account
from domain.books.ledger import Posting
from domain.loans import repay
from domain.loans.owed import counted_on, payoff
from domain.meetings import cash_book
from domain.money import Money
from domain.records.group import Group
from domain.records.loan import Loan
from domain.records.payment import Payment, Way
from domain.savings.free import FreeSavings
from domain.share_out import pay, plan
from domain.share_out.pay import HowFar
from domain.treasury import coins, settle

_RIGHT_PURSES: Final = settle.purses
_RIGHT_HOW_FAR: Final = pay.how_far


@dataclass(frozen=True, slots=True)
class Break:
    """`wrong` in the place of what `home` has by this name, and of that wherever else it was imported."""

    home: ModuleType | type
    name: str
    wrong: object


def _one_wallet(way: Way, legs: tuple[Posting, ...], provider: str = "") -> tuple[Posting, ...]:
    social: Mapping[str, str] = {Account.SOCIAL_WALLET: Account.WALLET}
    right = _RIGHT_PURSES(way, legs, provider)
    return tuple(replace(leg, account=social.get(leg.account, leg.account)) for leg in right)


def _nobody_pledged(loan: Loan, day: date, numbers: Mapping[str, int]) -> Debt:
    return Debt(payoff(loan, day), {})


def _when_confirmed(loan: Loan, group: Group, payment: Payment, today: date) -> date:
    return counted_on(loan, today)


def _whole_part(store: Any, made: Any) -> dict[str, HowFar]:
    """What is left of a part is all of it, as long as anything is."""
    return {
        person: replace(far, left=far.left + far.paid) if far.left else far
        for person, far in _RIGHT_HOW_FAR(store, made).items()
    }


def _only_pledged(savings: FreeSavings) -> Money:
    return savings.pledged


def _anything(*_: object) -> None:
    """Nothing is refused."""


# By a name that says what holds no more.
BREAKS: Final[Mapping[str, Break]] = {
    "social-purses": Break(settle, "purses", _one_wallet),
    "used-credit": Break(cash_book, "_check_unused", _anything),
    "pledges-first": Break(plan, "_debt", _nobody_pledged),
    "coins": Break(coins, "check_coins", _anything),
    "ended-cycle": Break(Group, "is_of_cycle", lambda *_: True),
    "moment-asked": Break(repay, "_paid_on", _when_confirmed),
    "saved-once": Break(FreeSavings, "bound", property(_only_pledged)),
    "part-left": Break(pay, "how_far", _whole_part),
}


@contextmanager
def broken(name: str) -> Iterator[None]:
    """The rule of this name is as it was, in every module that knows it."""
    rule = BREAKS[name]
    right = vars(rule.home)[rule.name]
    homes: list[ModuleType | type] = [rule.home]
    if isinstance(rule.home, ModuleType):
        homes = [
            module
            for known, module in list(sys.modules.items())
            if known.startswith("domain.") and vars(module).get(rule.name) is right
        ]
    with ExitStack() as until:
        for home in homes:
            until.enter_context(patch.object(home, rule.name, rule.wrong))
        yield
