"""A broadcast goes out: time passes, and workers do what is due of it."""

from dataclasses import replace

from channels.deliver import Senders, deliver
from channels.port import Push
from domain.broadcasts.go_out import advance
from domain.mongo.store import MongoStore
from tests.conftest import Clock
from tests.people import Village


class Inbox:
    """A channel that takes everything and remembers to whom it went."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, push: Push) -> str:
        self.sent.append((push.to, push.text))
        return f"id{len(self.sent)}"


def go(store: MongoStore, clock: Clock, id: str, seconds: float = 61) -> Inbox:
    """What reaches people, after so long."""
    clock.forward(seconds=seconds)
    inbox = Inbox()
    advance(store, id)
    for each in store.notices.find(broadcast=id, state="queued"):
        deliver(store, Senders({}, inbox), each.id)
    clock.forward(seconds=3)
    advance(store, id)
    return inbox


def crowd(store: MongoStore, village: Village, count: int) -> None:
    """More members, as they are stored."""
    person = store.people.get(village.okot.id)
    member = store.memberships.get(f"{village.umoja}:{village.okot.id}")
    for number in range(count):
        id = f"more{number:04}"
        store.people.insert(replace(person, id=id, phone=f"+25677300{number:04}", name=f"More {number}"))
        store.memberships.insert(replace(member, id=f"{village.umoja}:{id}", person=id, number=100 + number))
