"""
Books of the versions before, brought to what holds now: once for each group, by entries that say so.

Before, the social fund's mobile money lay in the group's wallet, and what was on its way to a member was still
theirs. A process of the version before must not run beside one of this: it would go on in the old way.
"""

from collections.abc import Iterator
from typing import Final

from domain.books.accounts import Account
from domain.books.ledger import FORWARD, Draft, Posting
from domain.commands import one_at_a_time
from domain.money import Money
from domain.records.group import BOOKS, Group
from domain.records.payment import OPEN
from domain.store import Store
from domain.tell import tell_officers
from domain.treasury.settle import taken
from domain.treasury.wallets import moved_along

# Missing in a group's document is what the first version wrote.
_EARLIER: Final = (None, *range(1, BOOKS))


def groups_behind(store: Store) -> Iterator[str]:
    """The ids of the groups whose books are of a version before."""
    return (group.id for group in store.groups.each(books=_EARLIER))


def bring_forward(store: Store, group_id: str) -> int:
    """
    Bring one group's books to this version, all or nothing; again is nothing.

    Answers with what the social fund's purses still lack, in minor units: the fund's money was paid out for
    something else, and the group is tried again when there is more.
    """

    def work(tx: Store) -> int:
        one_at_a_time(tx.groups, group_id)
        group = tx.groups.get(group_id)
        if group.books >= BOOKS:
            return 0
        _promise(tx, group)
        lacking = _separate(tx, group)
        if not lacking:
            tx.groups.change(group.id, books=BOOKS)
        return lacking

    return store.transaction(work)


def _promise(tx: Store, group: Group) -> None:
    """What is on its way to members is no longer theirs to use."""
    for payment in tx.payments.find(group=group.id, state=list(OPEN), direction="out"):
        legs = taken(tx, payment)
        if not legs or tx.books.with_reference(group.id, payment.promise):
            continue
        promised = Posting(Account.PROMISED, -payment.amount.minor, payment.person)
        text = f"promised {payment.ref}"
        tx.post(Draft(group.id, group.currency, payment.promise, text, tx.now(), (*legs, promised)))


def _separate(tx: Store, group: Group) -> int:
    """
    Give the social fund what is its own, from the wallet first and then from the box; or the group what lies in
    the fund's box and is not the fund's. Answers with what is lacking.
    """
    totals = tx.books.totals(group.id)
    fund, box = -totals.get(Account.SOCIAL_FUND, 0), totals.get(Account.SOCIAL_CASH, 0)
    lacking = fund - box - totals.get(Account.SOCIAL_WALLET, 0)
    moves = []
    if lacking < 0:
        moves.append((Account.SOCIAL_CASH, Account.CASH_BOX, -lacking))
        lacking = 0
    for source, to in ((Account.WALLET, Account.SOCIAL_WALLET), (Account.CASH_BOX, Account.SOCIAL_CASH)):
        minor = min(lacking, max(0, totals.get(source, 0)))
        if minor:
            moves.append((source, to, minor))
            lacking -= minor
    for source, to, minor in moves:
        legs = tuple(moved_along(tx, group.id, source, to, minor))
        text = f"the social fund has purses of its own: {source.label} to {to.label}"
        tx.post(Draft(group.id, group.currency, f"{FORWARD}{tx.new_id()}", text, tx.now(), legs))
        if to != Account.SOCIAL_WALLET:  # of notes and coins: somebody has to take them from one box to the other
            amount = Money(minor, group.currency)
            tell_officers(tx, group, "social_to_box" if to == Account.CASH_BOX else "box_to_social", amount=amount)
    return lacking
