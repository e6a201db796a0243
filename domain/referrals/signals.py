"""What an operator looks at: who brings whom, and what in it looks like somebody who plays with it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from domain.records.payment import Payment
from domain.records.person import Membership, Person, membership_id
from domain.records.referral import Referral
from domain.store import Between, Store

# many: more than so many within a week; one_device: several of them have one phone or one chat
# circle: who was brought brings others at once, time after time; leave_at_once: they leave soon after the reward
# own_cash: whoever gets the reward wrote the newcomer's cash down
Signal = Literal["many", "one_device", "circle", "leave_at_once", "own_cash"]
MANY: Final = 10
MANY_WITHIN: Final = timedelta(days=7)
SOON_AFTER: Final = timedelta(days=30)
CHAIN: Final = 3
_FEW: Final = 2


@dataclass(frozen=True, slots=True)
class ReferrerSeen:
    """Somebody who brought others: how many wait, were rewarded or refused, by reason; and what looks odd."""

    person: str
    name: str
    waiting: int
    rewarded: int
    refused: Mapping[str, int]
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """What there is to know of those who were brought, by person or by membership, and of the cash they paid."""

    now: datetime
    people: Mapping[str, Person]
    memberships: Mapping[str, Membership]
    cash: Mapping[str, Sequence[Payment]]


def referrers_seen(store: Store, since: datetime) -> list[ReferrerSeen]:
    """
    Everybody who brought somebody since then; with the most signals, and then the most people, first. Five
    queries, however many there are.
    """
    found = store.referrals.find(at=Between(since, store.now()), sort="at")
    by_referrer: defaultdict[str, list[Referral]] = defaultdict(list)
    for each in found:
        by_referrer[each.by].append(each)
    names = {each.id: each.name for each in store.people.among(list(by_referrer))}
    chains, known = _chains(found), _known(store, found)
    seen = [
        ReferrerSeen(
            by,
            names[by],
            sum(each.state == "waiting" for each in brought),
            sum(each.state == "rewarded" for each in brought),
            Counter(each.why for each in brought if each.why),
            tuple(_signals(known, brought, in_chain=by in chains)),
        )
        for by, brought in by_referrer.items()
    ]
    return sorted(seen, key=lambda each: (-len(each.signals), -len(by_referrer[each.person]), each.name))


def _known(store: Store, found: Sequence[Referral]) -> _Known:
    ids = [each.id for each in found]
    memberships = store.memberships.among([membership_id(each.group, each.id) for each in found])
    cash: defaultdict[str, list[Payment]] = defaultdict(list)
    for each in store.payments.find(person=ids, state="succeeded", way="cash") if ids else []:
        cash[each.person].append(each)
    people = {each.id: each for each in store.people.among(ids)}
    return _Known(store.now(), people, {each.id: each for each in memberships}, cash)


def _signals(known: _Known, brought: Sequence[Referral], *, in_chain: bool) -> Iterable[Signal]:
    times = [each.at for each in brought]
    if any(sum(at <= other < at + MANY_WITHIN for other in times) > MANY for at in times):
        yield "many"
    if _on_one_device(known, [each.id for each in brought], {each.why for each in brought}):
        yield "one_device"
    if in_chain:
        yield "circle"
    if sum(_left_at_once(known, each) for each in brought if each.state == "rewarded") >= _FEW:
        yield "leave_at_once"
    if any(_own_cash(known, each) for each in brought):
        yield "own_cash"


def _on_one_device(known: _Known, people: list[str], whys: set[str]) -> bool:
    """Of several people one phone: shared, or one after the other; or one that is the referrer's own."""
    brought = [known.people[id] for id in people if id in known.people]
    phones = Counter(phone for each in brought for phone in {each.phone, each.phone_before} if phone)
    return bool(whys & {"same_phone", "same_chat"}) or any(count >= _FEW for count in phones.values())


def _chains(found: Sequence[Referral]) -> set[str]:
    """Who stands in a row of people of whom each came by the one before, within a week: one person may be all."""
    came = {each.id: each for each in found}
    inside: set[str] = set()
    for each in found:
        row = [each]
        while (before := came.get(row[-1].by)) and row[-1].at - before.at < MANY_WITHIN and before not in row:
            row.append(before)
        if len(row) >= CHAIN:
            inside |= {link.by for link in row}
    return inside


def _left_at_once(known: _Known, referral: Referral) -> bool:
    membership = known.memberships.get(membership_id(referral.group, referral.id))
    gone = membership is None or membership.status in ("leaving", "exited", "expelled")
    return gone and referral.ended_at is not None and known.now - referral.ended_at < SOON_AFTER + MANY_WITHIN


def _own_cash(known: _Known, referral: Referral) -> bool:
    paid = known.cash.get(referral.id, ())
    return any(each.officer == referral.by and each.group == referral.group for each in paid)
