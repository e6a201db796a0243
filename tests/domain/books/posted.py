"""What is posted to the books in their tests."""

import itertools
from datetime import UTC, datetime

from domain.books.ledger import Draft, Posting

AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
numbers = itertools.count()


def share(
    amount: int = 5000, member: str = "m1", *, book: str = "g1", reference: str = "", provider: str = ""
) -> Draft:
    legs = (Posting("1020", amount, provider=provider), Posting("3010", -amount, member))
    return Draft(book, "UGX", reference or f"share-{next(numbers)}", "share", AT, legs)


def payout(amount: int, *, account: str = "1020", reference: str = "") -> Draft:
    legs = (Posting("3010", amount, "m1"), Posting(account, -amount))
    return Draft("g1", "UGX", reference or f"payout-{next(numbers)}", "payout", AT, legs)
