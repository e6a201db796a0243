"""What can be paid: multiples of a group's smallest coin, in cash and by mobile money alike."""

from domain.errors import DomainError
from domain.money import Money
from domain.records.group import Constitution


class NotInCoins(DomainError):
    """
    No amount that the group's coins make. `below` and `above` are the nearest that they do, in minor units of
    `currency`; 0 where there is none below.
    """

    code = "not_in_coins"


def check_coins(rules: Constitution, amount: Money) -> None:
    """An amount that somebody typed is payable. Raises NotInCoins."""
    check_multiple(rules.cash_unit, amount)


def check_multiple(unit: int, amount: Money) -> None:
    """The same where the smallest coin is of `unit` minor units. Raises NotInCoins."""
    if over := amount.minor % unit:
        below = amount.minor - over
        raise NotInCoins(below=below, above=below + unit, currency=amount.currency)


def in_coins(rules: Constitution, amount: Money) -> Money:
    """The most of an amount that is payable."""
    return Money(amount.minor // rules.cash_unit * rules.cash_unit, amount.currency)
