"""The one opening entry of a group that moves in, and what the group has earned until then."""

from collections.abc import Mapping

from domain.books.accounts import Account
from domain.books.ledger import Posting
from domain.money import Money
from domain.moving_in.rota import in_pot
from domain.records.group import SAVINGS_ACCOUNT
from domain.records.opening import OpeningBook, OpeningMember


def earned(book: OpeningBook) -> Money:
    """
    What the group has earned in the cycle so far and not shared out: all that it has, less what it owes its
    members, its social fund and its lenders. Below zero for a loss.
    """
    has = [book.box, book.bank, *(loan.principal for loan in book.loans)]
    owes = [book.debt, all_saved(book), *(each.credit for each in book.members)]
    return Money(sum(each.minor for each in has) - sum(each.minor for each in owes), book.currency)


def all_saved(book: OpeningBook) -> Money:
    """What all members have saved, or, of a rotation, what lies in its pots."""
    if book.kind == "rosca":
        return Money(sum(in_pot(book, each) for each in book.members), book.currency)
    return Money(sum(each.saved.minor + each.deposits.minor for each in book.members), book.currency)


def opening_postings(
    book: OpeningBook, people: Mapping[int, str], loans: Mapping[str, str]
) -> tuple[Posting, ...]:
    """
    The legs of the entry, with `people` by their number and the ids of `loans` by theirs; none where the group has
    nothing. What the group's own wallet holds is nothing yet: money on somebody's phone is not in it.
    """
    legs = [
        (Account.CASH_BOX, book.box.minor),
        (Account.BANK, book.bank.minor),
        (Account.SOCIAL_CASH, book.social.minor),
        (Account.SOCIAL_FUND, -book.social.minor),
        (Account.EXTERNAL_LOAN, -book.debt.minor),
        (Account.SURPLUS, -earned(book).minor),
    ]
    found = [Posting(account, minor) for account, minor in legs]
    for loan in book.loans:
        found.append(Posting(Account.PRINCIPAL, loan.principal.minor, people[loan.member], loans[loan.number]))
    for member in book.members:
        found += _of_member(book, member, people[member.number])
    return tuple(each for each in found if each.amount)


def _of_member(book: OpeningBook, member: OpeningMember, person: str) -> list[Posting]:
    account = Account.SHARES if book.kind == "sacco" else SAVINGS_ACCOUNT[book.kind]
    held = in_pot(book, member) if book.kind == "rosca" else member.saved.minor
    return [
        Posting(account, -held, person),
        Posting(Account.DEPOSITS, -member.deposits.minor, person),
        Posting(Account.CREDIT, -member.credit.minor, person),
    ]
