"""
A share-out in which members' debts are taken from their parts, as if they had paid them before.

What a borrower's own part does not cover is taken from their credit, then from their guarantors' parts, from each
as far as they pledged; what is left after that is missing in everybody's part.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.arithmetic.split import share_out
from domain.money import Money


@dataclass(frozen=True, slots=True)
class Debt:
    """A loan that is owed: what ends it, and what is still pledged for it, by the guarantors' numbers."""

    owed: Money
    pledged: Mapping[int, Money] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Holding:
    """
    What a member has and owes: shares at par and `credit`, their `debts` in the order they are paid, and `fines`,
    of which each is paid whole.
    """

    shares: Money
    debts: tuple[Debt, ...] = ()
    fines: tuple[Money, ...] = ()
    credit: Money | None = None

    @property
    def owed(self) -> Money:
        nothing = Money(0, self.shares.currency)
        return sum(self.fines, sum((debt.owed for debt in self.debts), nothing))


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken for one debt: of the borrower's `own` part, of their `credit`, and of guarantors by number."""

    own: Money
    credit: Money
    called: Mapping[int, Money]

    @property
    def total(self) -> Money:
        return sum(self.called.values(), self.own + self.credit)


@dataclass(frozen=True, slots=True)
class MemberPart:
    """
    What is a member's of the pot, what of it is taken for their own loans and fines and `called` for the loans of
    others, and what is paid, in whole units. `taken` says of each debt of theirs where its money comes from.
    """

    gross: Money
    loans: Money
    fines: Money
    called: Money
    pay: Money
    taken: tuple[Taken, ...] = ()


def net_share_out(cash: Money, holdings: Mapping[int, Holding], unit: int = 1) -> dict[int, MemberPart]:
    """
    Share out the cash and what is taken from members, by their numbers and in whole units of `unit` minor units.

    What is taken is in the pot: a loan that is netted was lent of everybody's money, like one that is paid back.
    Where nobody covers what a member owes, the pot has only what is covered. So the pot is one of which the cash
    can carry what is not taken, where it could not carry a unit more. Loans are taken first, then what is called,
    then the fines that can be taken whole, in their order. It does not depend on the order of the members.

    Raises as `share_out` does.
    """
    shares = {number: holding.shares.minor for number, holding in holdings.items()}
    owed = sum(holding.owed.minor for holding in holdings.values())

    def tried(units: int) -> dict[int, MemberPart] | None:
        """The parts of a pot of so many units, if the cash can pay them."""
        parts = _parts(share_out(Money(units * unit, cash.currency), shares, unit), holdings, unit)
        credit = sum(each.credit.minor for part in parts.values() for each in part.taken)
        # Also what is below a unit of a part has to be there, though it is not paid: else the pot is not.
        due = sum((part.gross - part.loans - part.called - part.fines).minor for part in parts.values())
        return parts if due <= cash.minor + credit else None

    most = (cash.minor + owed) // unit
    if whole := tried(most):
        return whole
    # A smaller pot pays less: between one that can be paid and one that cannot, half of the way is tried.
    least, found = 0, tried(0)
    assert found is not None, "nothing can always be paid"
    while most - least > 1:
        middle = (least + most) // 2
        if parts := tried(middle):
            least, found = middle, parts
        else:
            most = middle
    return found


def _parts(grosses: Mapping[int, Money], holdings: Mapping[int, Holding], unit: int) -> dict[int, MemberPart]:
    """Everybody's own debts first: only what is left of a part stands for those of others."""
    left, nothing = dict(grosses), Money(0, next(iter(grosses.values())).currency)
    own: dict[int, list[Taken]] = {}
    for number, holding in holdings.items():
        credit = holding.credit or nothing
        own[number] = []
        for debt in holding.debts:
            of_part = min(left[number], debt.owed)
            of_credit = min(credit, debt.owed - of_part)
            left[number], credit = left[number] - of_part, credit - of_credit
            own[number].append(Taken(of_part, of_credit, {}))
    called = dict.fromkeys(holdings, nothing)
    taken: dict[int, tuple[Taken, ...]] = {}
    for number in sorted(holdings):
        debts = []
        for debt, paid in zip(holdings[number].debts, own[number], strict=True):
            parts = _called(debt.owed - paid.total, debt.pledged, left)
            for guarantor, part in parts.items():
                left[guarantor], called[guarantor] = left[guarantor] - part, called[guarantor] + part
            debts.append(Taken(paid.own, paid.credit, parts))
        taken[number] = tuple(debts)
    return {
        number: _part(grosses[number], holding, left[number], called[number], taken[number], unit)
        for number, holding in holdings.items()
    }


def _called(missing: Money, pledged: Mapping[int, Money], left: Mapping[int, Money]) -> dict[int, Money]:
    """What each guarantor gives for what is missing: in proportion to what they pledged and have left."""
    have = {number: min(amount, left[number]) for number, amount in pledged.items() if number in left}
    there = sum(have.values(), Money(0, missing.currency))
    if not missing or not there:
        return {}
    parts = share_out(min(missing, there), {number: amount.minor for number, amount in sorted(have.items())})
    return {number: part for number, part in parts.items() if part}


def _part(
    gross: Money, holding: Holding, left: Money, called: Money, taken: tuple[Taken, ...], unit: int
) -> MemberPart:
    fines = Money(0, gross.currency)
    for fine in holding.fines:
        if fine <= left:
            left, fines = left - fine, fines + fine
    loans = sum((each.own for each in taken), Money(0, gross.currency))
    return MemberPart(gross, loans, fines, called, Money(left.minor // unit * unit, gross.currency), taken)
