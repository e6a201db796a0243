"""The one opening entry of a group that moves in, and what the group has earned until then."""

from domain.money import Money
from domain.records.opening import OpeningBook


def earned(book: OpeningBook) -> Money:
    """
    What the group has earned in the cycle so far and not shared out: all that it has, less what it owes its
    members, its social fund and its lenders. Below zero for a loss.
    """
    has = [book.box, book.bank, *(loan.principal for loan in book.loans)]
    owes = [
        book.debt,
        *(part for member in book.members for part in (member.saved, member.deposits, member.credit)),
    ]
    return Money(sum(each.minor for each in has) - sum(each.minor for each in owes), book.currency)
