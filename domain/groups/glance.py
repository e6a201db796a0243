"""A group's figures now, as its leaders look at them first: from the balances of its book, as its statement is."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.books.accounts import SAVINGS, Account
from domain.books.statements import GroupStatement, Sums, group_statement
from domain.money import Money
from domain.records.group import Group
from domain.store import Store


@dataclass(frozen=True, slots=True)
class Glance:
    """
    What a group has and where, what its members have saved and owe, and what it earned and has not shared out.
    `pot` is what was put into a rotation and not received yet.

    `on_its_way` was sent and has not arrived; `promised` has left its owner and is not with them yet.
    """

    cash_box: Money
    social_box: Money
    wallet: Money
    social_wallet: Money
    bank: Money
    on_its_way: Money
    promised: Money
    savings: Money
    pot: Money
    lent: Money
    social_fund: Money
    surplus: Money


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """
    Every account that holds anything, by its code. Both sides have one sum, or somebody changed the books.

    `length` entries, of which the last has this `hash`, "" where there is none.
    """

    sheets: GroupStatement
    totals: Mapping[str, int]
    length: int
    hash: str

    @property
    def debit(self) -> int:
        return sum(total for total in self.totals.values() if total > 0)

    @property
    def credit(self) -> int:
        return -sum(total for total in self.totals.values() if total < 0)


def glance_at(store: Store, group: Group) -> Glance:
    """Raises OutOfBalance."""
    totals = store.books.totals(group.id)
    sheets = group_statement(Sums(0, totals, {}))

    def held(*accounts: Account) -> Money:
        return Money(sum(each.shown(totals.get(each, 0)) for each in accounts), group.currency)

    return Glance(
        cash_box=held(Account.CASH_BOX),
        social_box=held(Account.SOCIAL_CASH),
        wallet=held(Account.WALLET),
        social_wallet=held(Account.SOCIAL_WALLET),
        bank=held(Account.BANK),
        on_its_way=held(Account.WALLET_IN, Account.WALLET_OUT),
        promised=held(Account.PROMISED),
        savings=held(*SAVINGS),
        pot=held(Account.POT),
        lent=held(Account.PRINCIPAL),
        social_fund=held(Account.SOCIAL_FUND),
        surplus=Money(sheets.unclosed, group.currency),
    )


def trial_balance(store: Store, group: Group) -> TrialBalance:
    """The balances of the whole book. Raises OutOfBalance."""
    totals = {code: total for code, total in sorted(store.books.totals(group.id).items()) if total}
    length = store.books.length(group.id)
    last = store.books.at_places(group.id, [length]) if length else []
    sheets = group_statement(Sums(length, totals, {}))
    return TrialBalance(sheets, totals, length, last[0].hash if last else "")
