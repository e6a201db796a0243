"""
Grants of the social fund: a member asks, the officers decide, an officer pays.

The fund pays nothing else. It lies in purses of its own, a box and a wallet, which nothing else is paid from.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.books.accounts import Account
from domain.books.ledger import Entry, Posting
from domain.commands import handles, one_at_a_time
from domain.decisions.concluding import concludes, refuses
from domain.decisions.lapsing import carried_out, check_in_force, wait
from domain.decisions.rights import Frozen, active_member, may_take_part, other_officer
from domain.decisions.voting import AlreadyAsked, check_enough_voters, propose
from domain.errors import DomainError
from domain.money import Money
from domain.people.find import names_of
from domain.records.grant import Grant
from domain.records.group import Group
from domain.records.payment import Payment, Way
from domain.records.person import AlreadyDecided, NotAllowed
from domain.records.proposal import Proposal
from domain.savings.contribute import Asked
from domain.store import Change, Store
from domain.tables import Some
from domain.tell import tell
from domain.treasury.coins import check_coins
from domain.treasury.money_out import pay_out
from domain.treasury.providers import can_pay_out
from domain.treasury.settle import Settled, fails, settles, takes, undoes


class AboveTheFund(DomainError):
    """The social fund has not so much; `most` in minor units of `currency`."""

    code = "above_the_fund"


@dataclass(frozen=True, slots=True)
class AskGrant:
    """A member asks for money of the social fund, and says what for."""

    person: str
    group: str
    amount: Money
    reason: str


@dataclass(frozen=True, slots=True)
class PayGrant:
    """An officer pays what was granted: hands over cash of the social fund, or has mobile money sent."""

    officer: str
    grant: str
    way: Way


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant that waits to be paid. `pays_out`: whether it can be by mobile money."""

    id: str
    name: str
    amount: Money
    pays_out: bool


def fund(store: Store, group_id: str) -> Money:
    """What the social fund has; what is on its way out of it is not in it any more."""
    group = store.groups.get(group_id)
    return Money(-store.books.totals(group.id).get(Account.SOCIAL_FUND, 0), group.currency)


def grants_to_pay(store: Store, group_id: str, past: str = "") -> Some[Granted]:
    """What was granted and is not paid, oldest first."""
    waiting = store.grants.some(past=past, group=group_id, state="approved", sort="at")
    names = names_of(store, [grant.person for grant in waiting])
    pays_out = can_pay_out(store, store.groups.get(group_id).currency)
    granted = [Granted(grant.id, names[grant.person], grant.amount, pays_out) for grant in waiting]
    return Some(granted, waiting.more)


def may_ask_grant(store: Store, group_id: str, asker: str) -> None:
    """
    Whether a member may ask for a grant now, whatever the amount.

    Raises NotAllowed, Frozen, AlreadyAsked, TooFewOfficers.
    """
    may_take_part(store, group_id, asker)
    group = store.groups.get(group_id)
    _check_asked_once(store, group, asker)
    check_enough_voters(store, group, "grant", maker=asker, about=asker)


@handles(AskGrant)
def ask_grant(tx: Store, command: AskGrant) -> int:
    """
    Answers with how many officers have to agree.

    Raises NotAllowed, Frozen, AboveTheFund, NotInCoins, AlreadyAsked, TooFewOfficers.
    """
    # Two at once would both be the only one.
    one_at_a_time(tx.people, command.person)
    group, amount = tx.groups.get(command.group), command.amount
    active_member(tx, group.id, command.person)
    person = tx.people.get(command.person)
    if person.frozen:
        raise Frozen(name=person.name)
    _check_fund(tx, group, amount)
    check_coins(group.constitution, amount)
    _check_asked_once(tx, group, person.id)
    id = tx.new_id()
    tx.grants.insert(Grant(id, group.id, person.id, amount, command.reason, tx.now()))
    return propose(
        tx,
        group,
        "grant",
        subject=id,
        maker=person.id,
        about=person.id,
        contents={"person": person.id, "amount": amount, "reason": command.reason},
        values={"name": person.name, "amount": amount, "reason": command.reason},
        id=id,
    ).needed


def _check_asked_once(store: Store, group: Group, person: str) -> None:
    if store.grants.count(group=group.id, state=["asked", "approved"], person=person):
        raise AlreadyAsked()


@concludes("grant", tells="subject")
def conclude_grant(tx: Store, proposal: Proposal) -> None:
    """What was approved waits to be paid. Raises AboveTheFund when so much is not left: the vote is refused."""
    grant, group = tx.grants.get(proposal.id), tx.groups.get(proposal.group)
    _check_fund(tx, group, grant.amount)
    tx.grants.change(grant.id, state="approved")
    wait(tx, proposal.id)
    tell(tx, grant.person, "granted", id=f"granted:{grant.id}", amount=grant.amount, group=group.name)


@refuses("grant")
def grant_refused(tx: Store, proposal: Proposal) -> None:
    """It is no longer asked for."""
    tx.grants.change(proposal.id, state=proposal.state)


@handles(PayGrant)
def pay_grant(tx: Store, command: PayGrant) -> Asked:
    """
    Nobody pays themselves.

    Raises NotAllowed, AlreadyDecided when it was paid, ApprovalLapsed, AboveTheFund, and what `pay_out` raises.
    """
    grant = tx.grants.get(command.grant)
    other_officer(tx, grant.group, command.officer, grant.person)
    if grant.state != "approved":
        raise AlreadyDecided
    group = tx.groups.get(grant.group)
    check_in_force(tx, group, grant.id)
    _check_fund(tx, group, grant.amount)
    tx.grants.change(grant.id, state="paying")
    carried_out(tx, grant.id)
    payment = pay_out(
        tx, group, grant.person, grant.amount, "grant", subject=grant.id, way=command.way, officer=command.officer
    )
    return Asked(payment.id, payment.ref)


@settles("grant")
def settle_grant(store: Store, payment: Payment, now: datetime) -> Settled:
    """It is paid."""
    return Settled(changes=(Change("grants", payment.subject, {"state": "paid"}),))


@takes("grant")
def taken_for_grant(store: Store, payment: Payment) -> tuple[Posting, ...]:
    """Out of the social fund, and of its purse for this way of paying."""
    return (Posting(Account.SOCIAL_FUND, payment.amount.minor),)


@fails("grant")
def grant_unpaid(tx: Store, payment: Payment) -> None:
    """It waits again to be paid."""
    tx.grants.change(payment.subject, state="approved")
    wait(tx, payment.subject)


@undoes("grant")
def grant_undone(store: Store, payment: Payment, posted: Entry) -> Settled:
    """It waits again to be paid, as long as its approval holds."""
    waits = Change("grants", payment.subject, {"state": "approved"}, when={"state": "paid"})
    return Settled(changes=(waits,), then=lambda tx: wait(tx, payment.subject))


def _check_fund(tx: Store, group: Group, amount: Money) -> None:
    most = fund(tx, group.id)
    if amount.currency != group.currency or amount.minor <= 0:
        raise NotAllowed(why="amount", group=group.name)
    if amount.minor > most.minor:
        raise AboveTheFund(most=max(0, most.minor), currency=group.currency)
