"""
Letters go to those who have a chat: in the worker, some members at a time.

A text message costs the group money for each member: who has no chat finds the letter when they call.
"""

from typing import Any, Final

from domain.records.letter import Letter
from domain.records.notice import Notice
from domain.records.person import Membership
from domain.store import Between, Store

MEMBERS_AT_ONCE: Final = 200


def spread_letter(store: Store, id: str, at_once: int = MEMBERS_AT_ONCE) -> None:
    """
    Write the notices of a letter that are missing. It can be stopped at any moment, run by several at once, and
    run again: the place reached is kept with the notices, and each has one id.
    """

    def some(tx: Store) -> bool:
        letter = tx.letters.one(id=id)
        if letter is None or letter.next_at is None:
            return False
        members = _members_after(tx, letter, at_once)
        people = [each.person for each in members if letter.is_for(each) and each.person != letter.by]
        name = tx.groups.get(letter.group).name
        for person in _with_chats(tx, people):
            tx.notices.insert(_notice(letter, person, name))
        left = len(members) == at_once
        reached: dict[str, Any] = {"reached": members[-1].id} if left else {"next_at": None}
        tx.letters.change(letter.id, **reached)
        return left

    while store.transaction(some):
        pass


def _members_after(tx: Store, letter: Letter, at_once: int) -> list[Membership]:
    """The next of the group, by their ids: nobody who comes in now is behind the place reached unseen."""
    after = f"{letter.reached} " if letter.reached else f"{letter.group}:"
    return tx.memberships.find(id=Between(after, f"{letter.group}:~"), limit=at_once)


def _with_chats(tx: Store, people: list[str]) -> list[str]:
    """Those of some people who have a chat that takes messages, in their order."""
    chats = {each.person for each in tx.addresses.find(person=people) if not each.blocked}
    return [person for person in people if person in chats]


def _notice(letter: Letter, person: str, group: str) -> Notice:
    """Its words are not in it: they are the letter's, for as long as that is kept."""
    return Notice(
        f"letter:{letter.id}:{person}",
        person,
        "letter",
        {"group": group},
        letter.at,
        next_at=letter.at,
        once=True,
        bulk=True,
        until=letter.until,
        letter=letter.id,
    )
