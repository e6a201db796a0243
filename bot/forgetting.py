"""Forgetting a person, whole: out of MongoDB, and out of Redis."""

import re
from collections.abc import Collection
from typing import Final

from redis import Redis

from domain.groups.forget import become_nobody
from domain.mongo.forget import take_out
from domain.mongo.store import MongoStore

_AT_ONCE: Final = 1000


def forget_person(store: MongoStore, person: str, *, replayed: bool = False) -> bool:
    """
    False, and nothing is changed, while something keeps them; see `what_keeps`. Once begun it is gone on with,
    however often it is stopped.
    """
    left = store.transaction(lambda tx: become_nobody(tx, person, replayed=replayed))
    if left is None:
        return False
    take_out(store.database, person, left)
    store.forgotten.change(person, left=None)
    return True


def forget_again(store: MongoStore, people: Collection[str]) -> int:
    """Forget who was forgotten before, where the store knows them again; how many it knew."""
    known = store.people.among(sorted(people))
    for each in known:
        forget_person(store, each.id, replayed=True)
    return len(known)


def forget_in_redis(url: str, names: Collection[str]) -> int:
    """
    Take away all keys that have one of these names in them: ids, numbers, chats. How many there were.

    Files that wait to be fetched are not named for anybody, and are gone in a quarter of an hour. Raises
    RedisError.
    """
    wanted = re.compile("|".join(re.escape(each) for each in sorted(names, key=len, reverse=True)).encode())
    gone = 0
    with Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as redis:
        found: list[bytes] = []
        for key in redis.scan_iter(count=_AT_ONCE):
            if wanted.search(key):
                found.append(key)
            if len(found) == _AT_ONCE:
                gone, found = gone + redis.unlink(*found), []
        if found:
            gone += redis.unlink(*found)
    return gone
