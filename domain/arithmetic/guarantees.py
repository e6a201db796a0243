"""
What guarantors stand for: savings that are locked with a loan, and freed in step with its principal.

All guarantees of a loan are together at most what was lent. So what is locked for it is never more than what is
outstanding of it, and nothing once it is paid back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.arithmetic.split import share_out
from domain.errors import BadValue
from domain.money import Money


class BadGuarantee(BadValue):
    """Guarantees that a loan cannot have; the message says why."""


@dataclass(frozen=True, slots=True)
class Pledge:
    """
    So much of a loan is guaranteed by one member's savings; `called` of it was taken from them before.

    Raises BadGuarantee when the amount is not above zero, or not from nothing to all of it was called.
    """

    guarantor: str
    amount: Money
    called: Money

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise BadGuarantee(f"a guarantee is above zero, not {self.amount}")
        _check_within("called", self.called, self.amount)

    def locked(self, lent: Money, outstanding: Money) -> Money:
        """
        The savings that the guarantor cannot take out: as much of the amount as is outstanding of the loan.

        Rounded down to the minor unit, each by itself, so that nobody's lock rises while a loan is paid back. What
        was called is no longer there to be locked.

        Raises BadGuarantee when more is guaranteed or outstanding than was lent.
        """
        _check_within("guaranteed", self.amount, lent)
        _check_within("outstanding", outstanding, lent)
        part = Money(self.amount.minor * outstanding.minor // lent.minor, lent.currency)
        return min(part, self.amount - self.called)


def call(guarantees: Sequence[Pledge], lent: Money, outstanding: Money, shortfall: Money) -> dict[str, Money]:
    """
    What each guarantor pays of a shortfall, in proportion to what is locked of their savings, and at most that.

    Shared as in `share_out`, by the largest remainders, so that the parts add up to the shortfall, or to all that
    is locked when that is less. It is empty when nothing is locked.

    Raises BadGuarantee when a guarantor is there twice, when more is guaranteed in all or outstanding than was
    lent, and for a shortfall below zero; CurrencyMismatch for one in another currency.
    """
    nothing = Money(0, lent.currency)
    if len({guarantee.guarantor for guarantee in guarantees}) < len(guarantees):
        raise BadGuarantee("a guarantor has one guarantee of a loan")
    if shortfall.minor < 0:
        raise BadGuarantee("a shortfall is not below zero")
    _check_within("guaranteed", sum((guarantee.amount for guarantee in guarantees), nothing), lent)
    locked = {guarantee.guarantor: guarantee.locked(lent, outstanding) for guarantee in guarantees}
    total = sum(locked.values(), nothing)
    not_covered = max(shortfall - total, nothing)
    if not total:
        return {}
    return share_out(shortfall - not_covered, {guarantor: amount.minor for guarantor, amount in locked.items()})


def _check_within(what: str, amount: Money, whole: Money) -> None:
    if amount.minor < 0 or (whole - amount).minor < 0:
        raise BadGuarantee(f"{what} is from zero to {whole}, not {amount}")
