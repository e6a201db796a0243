"""The one opening entry of a group that moves in, and what the group has earned until then."""

from collections.abc import Mapping

from domain.books.accounts import Account
from domain.books.ledger import Posting
from domain.money import Money
from domain.records.group import SAVINGS_ACCOUNT
from domain.records.opening import OpeningBook, OpeningMember


def earned(book: OpeningBook) -> Money:
    """
    What the group has earned in the cycle so far and not shared out: all that it has, less what it owes its
    members, its social fund and its lenders. Below zero for a loss.
    """
    has = [book.box, book.bank, *(loan.principal for loan in book.loans)]
    owes = [book.debt, *(part for each in book.members for part in (each.saved, each.deposits, each.credit))]
    return Money(sum(each.minor for each in has) - sum(each.minor for each in owes), book.currency)


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
    saved = Account.SHARES if book.kind == "sacco" else SAVINGS_ACCOUNT[book.kind]
    held = _in_pot(book, member) if book.kind == "rosca" else member.saved.minor
    return [
        Posting(saved, -held, person),
        Posting(Account.DEPOSITS, -member.deposits.minor, person),
        Posting(Account.CREDIT, -member.credit.minor, person),
    ]


def _in_pot(book: OpeningBook, member: OpeningMember) -> int:
    """
    What a member has in the pots of the rounds that were paid: all put in for each, and who had one took it. All
    together come to nothing.
    """
    rounds = sum(each.received_on is not None for each in book.members)
    put_in = book.share_price.minor * rounds
    return put_in - (book.share_price.minor * len(book.members) if member.received_on else 0)
