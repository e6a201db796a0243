"""Numbers of who was forgotten a short while ago: what was said before and comes late makes them no member."""

import secrets
from collections.abc import Iterable

from domain.records.forgotten import NOT_BACK_FOR, JustForgotten, Tombstone, tomb_digest
from domain.records.phone import todays_form
from domain.store import After, Store


def bury(tx: Store, phone: str) -> None:
    """This number (E.164) is nobody's, and for a while stays so."""
    key = secrets.token_hex(32)
    digest = tomb_digest(key, todays_form(phone))
    tx.tombstones.insert(Tombstone(tx.new_id(), key, digest, tx.now() + NOT_BACK_FOR))


def check_not_forgotten(store: Store, phone: str) -> None:
    """
    A network may repeat a whole call, days later. Of those who were forgotten within the time there are few, so
    each stone is looked at. Raises JustForgotten.
    """
    check_none_forgotten(store, [phone])


def check_none_forgotten(store: Store, phones: Iterable[str]) -> None:
    """The same of several numbers. Raises JustForgotten."""
    numbers = [todays_form(phone) for phone in phones]
    stones = store.tombstones.find(until=After(store.now()))
    if any(each.is_of(number) for each in stones for number in numbers):
        raise JustForgotten
