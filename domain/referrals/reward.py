"""
The reward: paid by the group that has a new member, once, out of what it has earned.

The books say when: a worker looks again and again at who waits, until they have put in money that nobody can take
back any more. So no event can be missed, and it does not matter in which order things happen.
"""

from datetime import timedelta
from typing import Final

from domain.books.accounts import ACCOUNTS, Account
from domain.books.ledger import Draft, Posting
from domain.commands import one_at_a_time
from domain.records.contest import CONTESTED_WITHIN
from domain.records.group import Group
from domain.records.payment import Payment
from domain.records.person import MembershipStatus, membership_id
from domain.records.referral import VALID_DAYS, Referral, WhyNoReward
from domain.referrals.come import why_one_person
from domain.store import Store
from domain.tell import tell

REWARDED_MAX: Final = 100  # of one member
SOON: Final = timedelta(minutes=10)
LATER: Final = timedelta(hours=6)
_GONE: Final[tuple[MembershipStatus, ...]] = ("refused", "leaving", "exited", "expelled", "deceased")


def reward_referral(store: Store, id: str) -> None:
    """
    Pay it, refuse it, or look again later. It can be stopped at any moment, run by several at once, and run again:
    the entry has one reference, and is written with the state.
    """
    store.transaction(lambda tx: _look_at(tx, id))


def _look_at(tx: Store, id: str) -> None:
    referral = tx.referrals.get(id)
    if referral.state != "waiting" or referral.next_at is None or referral.next_at > tx.now():
        return
    one_at_a_time(tx.people, referral.by)  # the last two of a hundred are not both the hundredth
    if why := _why_none(tx, referral):
        tx.referrals.change(id, state="refused", why=why, next_at=None, ended_at=tx.now())
        return
    group = tx.groups.get(referral.group)
    if not _has_contributed(tx, referral) or not _can_pay(tx, group, referral):
        # Most put in at their first meetings.
        pause = SOON if tx.now() - referral.at < timedelta(days=14) else LATER
        tx.referrals.change(id, next_at=tx.now() + pause)
        return
    _pay(tx, group, referral)


def _why_none(tx: Store, referral: Referral) -> WhyNoReward | None:
    newcomer = tx.memberships.one(id=membership_id(referral.group, referral.id))
    by = tx.memberships.one(id=membership_id(referral.group, referral.by))
    if newcomer is None or newcomer.status in _GONE:
        return "newcomer_left"
    if by is None or by.status in _GONE:
        return "referrer_left"
    if tx.referrals.count(by=referral.by, state="rewarded") >= REWARDED_MAX:
        return "enough"
    if tx.now() >= referral.at + VALID_DAYS:
        return "too_late"
    return why_one_person(tx, referral.by, tx.people.get(referral.id))


def _has_contributed(tx: Store, referral: Referral) -> bool:
    """Whether a member, who was let in, has put in something that stays."""
    newcomer = tx.memberships.get(membership_id(referral.group, referral.id))
    if newcomer.status != "active":
        return False
    paid = tx.payments.find(person=referral.id, state="succeeded")
    return any(_stays(tx, referral, each) for each in paid)


def _stays(tx: Store, referral: Referral, payment: Payment) -> bool:
    """Cash that was written down can be contested for some days, and taken back; mobile money cannot."""
    if payment.group != referral.group or payment.direction != "in" or payment.reversed:
        return False
    if payment.purpose != "contribution":
        return False
    if payment.way != "cash":
        return True
    contest = tx.contests.one(id=payment.id)
    is_old = tx.now() - payment.created_at > CONTESTED_WITHIN
    return is_old and (contest is None or contest.state == "kept")


def _can_pay(tx: Store, group: Group, referral: Referral) -> bool:
    """
    Whether the group has earned as much and not spent it: no share of any member pays a reward. While it shares
    out, what it has earned is being divided.
    """
    if group.closing:
        return False
    totals = tx.books.totals(group.id)
    result = [code for code in totals if ACCOUNTS[code].is_result or code == Account.SURPLUS]
    return -sum(totals[code] for code in result) >= _cost(referral)


def _pay(tx: Store, group: Group, referral: Referral) -> None:
    assert referral.reward is not None and referral.welcome is not None, "one that waits has amounts"
    credits = ((referral.by, referral.reward), (referral.id, referral.welcome))
    legs = [Posting(Account.CREDIT, -amount.minor, person) for person, amount in credits if amount]
    cost = Posting(Account.REFERRAL_REWARD, _cost(referral))
    draft = Draft(group.id, group.currency, referral.reference, "referral reward", tx.now(), (cost, *legs))
    tx.post(draft)
    tx.referrals.change(referral.id, state="rewarded", next_at=None, ended_at=tx.now())
    name, where = tx.people.get(referral.id).name, group.name
    tell(tx, referral.by, "referral_rewarded", amount=referral.reward, group=where, name=name)
    if referral.welcome:
        tell(tx, referral.id, "referral_welcome", amount=referral.welcome, group=where)


def _cost(referral: Referral) -> int:
    amounts = (referral.reward, referral.welcome)
    return sum(amount.minor for amount in amounts if amount is not None)
