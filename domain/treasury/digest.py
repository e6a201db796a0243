"""
The daily digest: every evening the officers of a group hear what was paid out that day, whoever decided it.

It is written down with the first payout of a day that it is due, so that nobody has to look through all groups for
it. Those who have an e-mail address, and want that, get it there too.
"""

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.money import Money
from domain.records.group import Group
from domain.records.notice import Digest
from domain.records.payment import Payment
from domain.records.person import OFFICERS
from domain.store import Store
from domain.tell import tell_by_email, tell_officers

AT: Final = time(20)  # by the group's clock; what is paid out later is in the next day's


def note_payout(tx: Store, group: Group) -> None:
    """Money leaves: see to it that there is a digest this evening, or the next."""
    now = tx.now().astimezone(ZoneInfo(group.constitution.time_zone))
    until = datetime.combine(now.date(), AT, now.tzinfo)
    if until <= now:
        until = datetime.combine(now.date() + timedelta(days=1), AT, now.tzinfo)
    id = f"{group.id}:{until.date().isoformat()}"
    if tx.digests.one(id=id) is None:
        tx.digests.insert(Digest(id, group.id, until, next_at=until))


def send_digest(store: Store, id: str) -> None:
    """Tell every officer, once; nothing when all of it has failed."""

    def work(tx: Store) -> None:
        digest = tx.digests.get(id)
        if digest.next_at is None:
            return
        group = tx.groups.get(digest.group)
        paid = _paid_out(tx, group, digest.until)
        total = Money(sum(payment.amount.minor for payment in paid), group.currency)
        if paid:
            tell_officers(tx, group, "digest", id=f"digest:{id}", count=len(paid), amount=total)
            _by_email(tx, group, f"digest:{id}", len(paid), total)
        tx.digests.change(id, next_at=None)

    store.transaction(work)


def _by_email(tx: Store, group: Group, id: str, count: int, amount: Money) -> None:
    """To the officers who want it there: beside the message, never in its place."""
    if "email" not in tx.offered.features:
        return
    officers = tx.memberships.find(group=group.id, status="active", role=list(OFFICERS))
    for each in tx.people.among([officer.person for officer in officers]):
        if each.email and each.digest_by_email:
            own = f"{id}:{each.id}:email"
            tell_by_email(tx, each.id, each.email, "digest", id=own, group=group.name, count=count, amount=amount)


def _paid_out(tx: Store, group: Group, until: datetime) -> list[Payment]:
    """What left, or is on its way, in the day before `until`."""
    since = until - timedelta(days=1)
    days = sorted({group.constitution.day(at).isoformat() for at in (since, until)})
    found = tx.payments.find(group=group.id, direction="out", meeting=days)
    return [each for each in found if since < each.created_at <= until and each.state not in ("failed", "expired")]
