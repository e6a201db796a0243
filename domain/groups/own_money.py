"""
The group's own money, as its officers enter it in the book: from one purse to another, to and from the bank and
those who lend to the group, for costs and other income, and what a provider says that the book does not.

One officer enters it and another one agrees. Only small costs and income are entered by one alone, as far as the
constitution says; the other officers are told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal, get_args

from domain.books.accounts import ACCOUNTS, Account
from domain.books.ledger import Draft, InsufficientFunds, Posting
from domain.commands import handles
from domain.decisions.concluding import concludes
from domain.decisions.rights import GroupIsClosing, acting_officer, present_member
from domain.decisions.voting import check_enough_voters, propose
from domain.errors import DomainError
from domain.money import Money
from domain.people.find import names_of
from domain.people.naming_nobody import naming_nobody
from domain.records.group import Group
from domain.records.person import NotAllowed
from domain.records.proposal import Proposal
from domain.store import Store
from domain.tell import tell, tell_officers
from domain.treasury.unidentified import attribute, check_unidentified, give_back
from domain.treasury.wallets import meant, wallets_of

Purse = Literal["box", "wallet", "bank", "social_box", "social_wallet"]
Event = Literal[
    "move",  # from one purse to another
    "cost",
    "income",
    "fee",  # that a mobile-money provider has kept
    "borrowed",  # by the group, of a bank or a programme
    "paid_back",  # of that
    "unknown",  # money that came in, nobody knows whose
    "known",  # whose that was
    "given_back",  # that to who paid it, by mistake or for somebody who has left
    "less",  # than the book says is in a wallet, by the provider's statement
    "more",
]

PURSES: Final[Mapping[Purse, Account]] = {
    "box": Account.CASH_BOX,
    "wallet": Account.WALLET,
    "bank": Account.BANK,
    "social_box": Account.SOCIAL_CASH,
    "social_wallet": Account.SOCIAL_WALLET,
}
OF_THE_GROUP: Final[tuple[Purse, ...]] = ("box", "wallet", "bank")
OF_THE_SOCIAL_FUND: Final[tuple[Purse, ...]] = ("social_box", "social_wallet")
WALLETS: Final[tuple[Purse, ...]] = ("wallet", "social_wallet")
# Money of one fund stays in it: it is swapped for the same amount in the other's form.
SWAPS: Final[Mapping[Purse, Purse]] = {
    "box": "social_box",
    "wallet": "social_wallet",
    "social_box": "box",
    "social_wallet": "wallet",
}
# Where the money of an event may be, and the account that is the other side of it.
PURSES_OF: Final[Mapping[Event, tuple[Purse, ...]]] = {
    "cost": OF_THE_GROUP,
    "income": OF_THE_GROUP,
    "fee": ("wallet",),
    "borrowed": OF_THE_GROUP,
    "paid_back": OF_THE_GROUP,
    "unknown": OF_THE_GROUP,
    "given_back": OF_THE_GROUP,
    "less": WALLETS,
    "more": WALLETS,
}
_AGAINST: Final[Mapping[Event, Account]] = {
    "cost": Account.RUNNING_COSTS,
    "income": Account.FEES,
    "fee": Account.PROVIDER_FEES,
    "borrowed": Account.EXTERNAL_LOAN,
    "paid_back": Account.EXTERNAL_LOAN,
    "unknown": Account.UNIDENTIFIED,
    "given_back": Account.UNIDENTIFIED,
    "less": Account.SHORT_OR_OVER,
    "more": Account.SHORT_OR_OVER,
}
COMES_IN: Final[frozenset[Event]] = frozenset({"income", "borrowed", "unknown", "more"})
# What changes what there is to share out.
_OF_THE_RESULT: Final[frozenset[Event]] = frozenset({"cost", "income", "fee", "less", "more"})
# What is done with money that came in and is nobody's yet.
OF_THE_UNKNOWN: Final[tuple[Event, ...]] = ("known", "given_back")
# What an officer enters alone, as far as the group's rules let them.
ALONE: Final[frozenset[Event]] = frozenset({"cost", "income", "fee"})


class MoreThanThere(DomainError):
    """More than is owed or unknown; `most`, in minor units of `currency`."""

    code = "more_than_there"


@dataclass(frozen=True, slots=True)
class Enter:
    """
    An officer enters an event of the group's own money, with a `reason` in words.

    Money is in `purse`; a move is from there `to` another. What was unknown and is known now goes to the credit of
    `person`, and has no purse. It, and what is given back, is the whole of `inbound`, by its id, where it came
    without being asked for. `provider` is whose wallet is meant, where several carry the group's mobile money.
    """

    officer: str
    group: str
    event: Event
    amount: Money
    reason: str
    purse: Purse | Literal[""] = ""
    to: Purse | Literal[""] = ""
    person: str = ""
    inbound: str = ""
    provider: str = ""

    @property
    def moves(self) -> Sequence[tuple[Purse, Purse]]:
        """From which purse to which its money moves: two moves of a swap, none of other events."""
        if not self.purse or not self.to:
            return ()
        there = (self.purse, self.to)
        if SWAPS.get(self.purse) != self.to:
            return (there,)
        other: Purse = "wallet" if self.purse in ("box", "social_box") else "box"
        return (there, (SWAPS[other], other) if self.purse in OF_THE_GROUP else (other, SWAPS[other]))

    @property
    def wallet(self) -> Purse | Literal[""]:
        """The wallet that its money leaves, or comes to; "" where none of it is mobile money."""
        purses = [self.purse, *(source for source, _ in self.moves), *(to for _, to in self.moves)]
        return next((purse for purse in purses if purse in WALLETS), "")


@dataclass(frozen=True, slots=True)
class OwnMoney:
    """
    What a group has in each purse, what it owes to those who lent to it, and what came in of unknown payers; and
    the providers who carry its mobile money, by their names, as people call them.
    """

    box: Money
    wallet: Money
    bank: Money
    social_box: Money
    social_wallet: Money
    borrowed: Money
    unknown: Money
    providers: Mapping[str, str] = field(default_factory=dict)

    def held(self, purse: Purse) -> Money:
        """What is in one of the purses."""
        money: Money = getattr(self, purse)
        return money


def own_money(store: Store, group_id: str) -> OwnMoney:
    """As the book has it now."""
    group, totals = store.groups.get(group_id), store.books.totals(group_id)

    def shown(account: Account) -> Money:
        return Money(account.shown(totals.get(account, 0)), group.currency)

    purses = {purse: shown(account) for purse, account in PURSES.items()}
    return OwnMoney(
        **purses,
        borrowed=shown(Account.EXTERNAL_LOAN),
        unknown=shown(Account.UNIDENTIFIED),
        providers=wallets_of(store, group),
    )


def targets(purse: Purse) -> tuple[Purse, ...]:
    """Where money can go from a purse: in its own fund, or into the other in a swap."""
    fund = OF_THE_GROUP if purse in OF_THE_GROUP else OF_THE_SOCIAL_FUND
    others = tuple(each for each in fund if each != purse)
    return (*others, SWAPS[purse]) if purse in SWAPS else others


def may_enter(store: Store, group_id: str, officer: str, event: Event) -> None:
    """
    Whether an officer may enter such an event, before its amount is known: others have to agree to it, but
    where an officer enters little alone.

    Raises NotAllowed, Frozen, GroupIsClosing, TooFewOfficers.
    """
    acting_officer(store, group_id, officer)
    group = store.groups.get(group_id)
    _check_result_is_open(group, event)
    if event not in ALONE or not group.constitution.alone:
        check_enough_voters(store, group, "own_money", maker=officer)


@handles(Enter)
def enter(tx: Store, command: Enter) -> int:
    """
    Answers with how many officers have to agree; 0 when it is in the book.

    Raises NotAllowed, Frozen, GroupIsClosing, InsufficientFunds, MoreThanThere, TooFewOfficers, AlreadyDecided.
    """
    acting_officer(tx, command.group, command.officer)
    group = tx.groups.get(command.group)
    legs = _legs(tx, group, command)
    if command.inbound:
        if command.event not in OF_THE_UNKNOWN:
            raise NotAllowed(why="changed", group=group.name)
        check_unidentified(tx, command.inbound, group, command.amount)
    _check_there(tx, group, command.event, legs)
    if command.event in ALONE and command.amount <= group.constitution.alone:
        id = tx.new_id()
        _post(tx, group, id, command.event, command.reason, legs)
        who, amount, reason = tx.people.get(command.officer), command.amount, command.reason
        tell_officers(tx, group, "entered_alone", but=who.id, name=who.name, amount=amount, reason=reason)
        return 0
    values: dict[str, str | int | Money] = {
        "name": tx.people.get(command.officer).name,
        "amount": command.amount,
        "event": command.event,
        "purse": command.purse,
        "to": command.to,
        "reason": command.reason,
    }
    if command.provider:
        values["provider"] = command.provider
        values["carrier"] = wallets_of(tx, group)[command.provider]
    if command.person:
        values["whose"] = names_of(tx, [command.person])[command.person]
        values["person"] = command.person
    if command.inbound:
        values["inbound"] = command.inbound
    contents = {"officer": command.officer, **values}
    id = tx.new_id()
    return propose(
        tx, group, "own_money", subject=id, maker=command.officer, contents=contents, values=values, id=id
    ).needed


@concludes("own_money")
def conclude_own_money(tx: Store, proposal: Proposal) -> None:
    """
    Enter it. What there is may have changed: it is looked at again.

    Raises NotAllowed, GroupIsClosing, InsufficientFunds, MoreThanThere, AlreadyDecided: the vote is then refused.
    """
    group, command = tx.groups.get(proposal.group), _entered(proposal)
    legs = _legs(tx, group, command)
    if command.inbound:
        check_unidentified(tx, command.inbound, group, command.amount)
        if command.event == "known":
            attribute(tx, command.inbound, command.person)
        else:
            give_back(tx, command.inbound)
    _check_there(tx, group, command.event, legs)
    _post(tx, group, proposal.id, command.event, command.reason, legs)
    if command.person:
        tell(tx, command.person, "money_is_yours", amount=command.amount, group=group.name)


def _entered(proposal: Proposal) -> Enter:
    """What the officer entered, from what is kept of it."""
    said, amount = proposal.values, proposal.values["amount"]
    assert isinstance(amount, Money), "an event has an amount"
    events: dict[object, Event] = {event: event for event in get_args(Event)}
    purses: dict[object, Purse] = {purse: purse for purse in PURSES}
    return Enter(
        officer=proposal.maker,
        group=proposal.group,
        event=events[said["event"]],
        amount=amount,
        reason=str(said["reason"]),
        purse=purses.get(said["purse"], ""),
        to=purses.get(said["to"], ""),
        person=str(said.get("person", "")),
        inbound=str(said.get("inbound", "")),
        provider=str(said.get("provider", "")),
    )


def _legs(tx: Store, group: Group, command: Enter) -> tuple[Posting, ...]:
    """
    What the event posts. Raises NotAllowed for one that cannot be: a wrong purse, currency, person or provider.
    """
    event, minor, purse = command.event, command.amount.minor, command.purse
    if command.amount.currency != group.currency or minor <= 0:
        raise NotAllowed(why="amount", group=group.name)
    if event == "known":
        present_member(tx, group.id, command.person)
        return (Posting(Account.UNIDENTIFIED, minor), Posting(Account.CREDIT, -minor, command.person))
    if event == "move":
        if not purse or not command.to or command.to not in targets(purse):
            raise NotAllowed(why="changed", group=group.name)
        at = partial(_posting, _provider(tx, group, command))
        return tuple(leg for source, to in command.moves for leg in (at(to, minor), at(source, -minor)))
    if not purse or purse not in PURSES_OF[event]:
        raise NotAllowed(why="changed", group=group.name)
    sign = 1 if event in COMES_IN else -1
    # What the social fund's wallet has more or less of, the fund has.
    against = Account.SOCIAL_FUND if purse in OF_THE_SOCIAL_FUND else _AGAINST[event]
    return (_posting(_provider(tx, group, command), purse, sign * minor), Posting(against, -sign * minor))


def _posting(provider: str, purse: Purse, minor: int) -> Posting:
    """Of a purse's account; mobile money is with a provider."""
    return Posting(PURSES[purse], minor, provider=provider if purse in WALLETS else "")


def _provider(tx: Store, group: Group, command: Enter) -> str:
    """Whose wallet is meant. Raises NotAllowed."""
    if command.provider and command.provider not in wallets_of(tx, group):
        raise NotAllowed(why="changed", group=group.name)
    if not command.wallet:
        return ""
    return command.provider or meant(tx, group, PURSES[command.wallet])


def _check_result_is_open(group: Group, event: Event) -> None:
    """Raises GroupIsClosing."""
    if group.closing and event in _OF_THE_RESULT:
        raise GroupIsClosing(group=group.name)


def _check_there(tx: Store, group: Group, event: Event, legs: tuple[Posting, ...]) -> None:
    """Raises GroupIsClosing, InsufficientFunds, MoreThanThere."""
    _check_result_is_open(group, event)
    totals = tx.books.totals(group.id)
    for leg in legs:
        account = ACCOUNTS[leg.account]
        left = account.shown(totals.get(account, 0) + leg.amount)
        if account in PURSES.values() and left < 0:
            raise InsufficientFunds(
                account, short=-left, there=max(0, left - account.shown(leg.amount)), currency=group.currency
            )
        if account in (Account.EXTERNAL_LOAN, Account.UNIDENTIFIED) and left < 0:
            raise MoreThanThere(most=left + leg.amount, currency=group.currency)


def _post(tx: Store, group: Group, id: str, event: Event, reason: str, legs: tuple[Posting, ...]) -> None:
    words = naming_nobody(tx, group.id, reason)  # an entry stays, also when somebody is forgotten
    tx.post(Draft(group.id, group.currency, f"own_money:{id}", f"{event}: {words}", tx.now(), legs))
