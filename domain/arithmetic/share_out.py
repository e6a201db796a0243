"""A share-out in which members' debts are taken from their parts, as if they had paid them before."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.arithmetic.split import share_out
from domain.money import Money


@dataclass(frozen=True, slots=True)
class Holding:
    """What a member has and owes: shares at par, `loans` in all, and `fines`, of which each is paid whole."""

    shares: Money
    loans: Money
    fines: tuple[Money, ...] = ()

    @property
    def owed(self) -> Money:
        return sum(self.fines, self.loans)


@dataclass(frozen=True, slots=True)
class MemberPart:
    """What is a member's of the pot, what of it is taken for loans and fines, and what is paid, in whole units."""

    gross: Money
    loans: Money
    fines: Money
    pay: Money


def net_share_out(cash: Money, holdings: Mapping[int, Holding], unit: int = 1) -> dict[int, MemberPart]:
    """
    Share out the cash and what is taken from members, by their numbers and in whole units of `unit` minor units.

    What is taken is in the pot: a loan that is netted was lent of everybody's money, like one that is paid back.
    Where a part does not cover what its member owes, the pot has only what it does cover. So the pot is the
    largest of which the cash can pay what is not taken, but for what rounding leaves. Loans are taken first, then
    the fines that can be taken whole, in their order.

    Raises as `share_out` does.
    """
    shares = {number: holding.shares.minor for number, holding in holdings.items()}
    owed = sum(holding.owed.minor for holding in holdings.values())
    pot = (cash.minor + owed) // unit * unit
    while True:
        grosses = share_out(Money(pot, cash.currency), shares, unit)
        parts = {number: _part(gross, holdings[number], unit) for number, gross in grosses.items()}
        short = sum(part.pay.minor for part in parts.values()) - cash.minor
        if short <= 0:
            return parts
        # A smaller pot pays less by the shares of those who are paid at all: of the others, all of it is taken.
        paid = sum(shares[number] for number, part in parts.items() if part.loans + part.fines < part.gross)
        units = max(1, short * sum(shares.values()) // (paid * unit))
        pot = max(0, pot - units * unit)


def _part(gross: Money, holding: Holding, unit: int) -> MemberPart:
    loans = min(gross, holding.loans)
    left, fines = gross - loans, Money(0, gross.currency)
    for fine in holding.fines:
        if fine <= left:
            left, fines = left - fine, fines + fine
    return MemberPart(gross, loans, fines, Money(left.minor // unit * unit, gross.currency))
