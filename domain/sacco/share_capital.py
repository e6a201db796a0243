"""Share capital of a SACCO: what members own of it, in whole shares, which earn their own rate of dividend."""

from dataclasses import dataclass
from datetime import datetime

from domain.books.accounts import Account
from domain.books.ledger import Entry, Posting
from domain.commands import handles, one_at_a_time
from domain.decisions.rights import active_member, other_officer, saver
from domain.money import MINOR_MAX, Money
from domain.records.group import Group
from domain.records.payment import Payment, Way
from domain.records.person import NotAllowed
from domain.savings.contribute import Asked, TooMuch
from domain.store import Store
from domain.treasury.money_in import collect
from domain.treasury.providers import can_collect
from domain.treasury.settle import Settled, settles, undoes


@dataclass(frozen=True, slots=True)
class BuyShares:
    """A member asks to be asked for the price of so many shares on their phone."""

    person: str
    group: str
    shares: int
    again: bool = True  # though the same was asked for a moment ago


@dataclass(frozen=True, slots=True)
class RecordShares:
    """An officer writes down cash that a member handed over for so many shares."""

    officer: str
    group: str
    person: str
    shares: int
    again: bool = True  # though the same may have come in before


@dataclass(frozen=True, slots=True)
class ShareCapital:
    """What a member owns, what one more share costs, and whether mobile money can pay it."""

    shares: int
    value: Money
    price: Money
    most: int
    payable: bool

    def price_of(self, shares: int) -> Money:
        return Money(self.price.minor * shares, self.price.currency)


def share_capital(store: Store, group_id: str, person: str) -> ShareCapital:
    """Raises NotAllowed."""
    active_member(store, group_id, person)
    group = store.groups.get(group_id)
    price = group.constitution.share_price
    value = Money(-store.books.of_member_in([group.id], person)[group.id, Account.SHARES], group.currency)
    return ShareCapital(
        value.minor // price.minor, value, price, MINOR_MAX // price.minor, can_collect(store, group.currency)
    )


@handles(BuyShares)
def buy_shares(tx: Store, command: BuyShares) -> Asked:
    """Raises NotAllowed, Frozen, GroupIsClosing, TooMuch, TooManyPayments, NotCollected, AskedBefore."""
    return _buy(tx, command.group, command.person, command.shares, "mobile_money", again=command.again)


@handles(RecordShares)
def record_shares(tx: Store, command: RecordShares) -> Asked:
    """Nobody writes down their own cash. Raises NotAllowed, Frozen, GroupIsClosing, TooMuch, AskedBefore."""
    other_officer(tx, command.group, command.officer, command.person)
    return _buy(tx, command.group, command.person, command.shares, "cash", command.officer, again=command.again)


@settles("share_capital")
def settle_share_capital(store: Store, payment: Payment, now: datetime) -> Settled:
    """Shares at par."""
    return Settled((Posting(Account.SHARES, -payment.amount.minor, payment.person),))


@undoes("share_capital")
def share_capital_undone(store: Store, payment: Payment, posted: Entry) -> Settled:
    """Nothing but the books knows of it."""
    return Settled()


def _buy(
    tx: Store, group_id: str, person: str, shares: int, way: Way, officer: str = "", *, again: bool = True
) -> Asked:
    group = tx.groups.get(group_id)
    saver(tx, group, person)
    if group.kind != "sacco":
        raise NotAllowed(why="kind", group=group.name)
    # Two at once would both see nothing bought before.
    one_at_a_time(tx.people, person)
    amount = _price_of(group, shares)
    payment = collect(tx, group, person, amount, "share_capital", way=way, officer=officer, again=again)
    return Asked(payment.id, payment.ref)


def _price_of(group: Group, shares: int) -> Money:
    price = group.constitution.share_price.minor
    if not 1 <= shares <= MINOR_MAX // price:
        raise TooMuch(most=MINOR_MAX // price * price, currency=group.currency)
    return Money(price * shares, group.currency)
