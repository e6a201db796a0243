"""The rules that a group moves in with."""

from dataclasses import replace

from domain.arithmetic.rates import Rate
from domain.groups.rules import Rule, defaults, with_rules
from domain.moving_in.sheets import RULES
from domain.records.group import MEMBERS, Constitution
from domain.records.opening import OpeningBook


def constitution_of(book: OpeningBook) -> Constitution:
    """
    What is usual for its kind, but for what the sheets say. Raises BadConstitution, NotInCoins.
    """
    usual = defaults(
        book.kind,
        book.share_price,
        book.next_meeting,
        social_fund=book.social_part,
        every=book.every,
        time_zone=book.time_zone,
    )
    loans = usual.loans
    if loans is not None and book.percent is not None:
        loans = replace(loans, rate=Rate(book.percent, book.per or loans.rate.per))
    if loans is not None and book.method is not None:
        loans = replace(loans, method=book.method)
    most = usual.members_max and min(max(usual.members_max, len(book.members)), MEMBERS[-1])
    constitution = replace(
        usual,
        loans=loans,
        members_max=most,
        shares_max=usual.shares_max and (book.shares_max or usual.shares_max),
        cycle_weeks=max(1, round((book.cycle_ends - book.cycle_from).days / 7)),
    )
    rules: dict[Rule, str] = {rule: book.rules[rule] for rule in RULES.values() if rule in book.rules}
    return with_rules(book.kind, constitution, rules)
