"""How long what is due has waited for a worker."""

from datetime import datetime

from domain.mongo.store import MongoStore


def oldest_work_seconds(store: MongoStore) -> int:
    """How long what is due has waited for a worker, at most."""
    now = store.now()
    tables = (store.payments, store.broadcasts, store.papers, store.digests, store.referrals, store.letters)
    found = [each.oldest_due(now) for each in tables]
    found += [store.notices.oldest_due(now, bulk=[True]), store.notices.oldest_due(now, bulk=[False, None])]
    return max((_seconds(now, each) for each in found if each), default=0)


def _seconds(now: datetime, due: datetime) -> int:
    return max(0, int((now - due).total_seconds()))
