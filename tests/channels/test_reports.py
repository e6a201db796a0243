"""What a provider says became of a message counts once, however early, late or often it is said."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import pytest
from pymongo.monitoring import CommandStartedEvent

from bot.config import Settings
from channels import port
from channels.deliver import Senders, deliver, report
from domain.mongo.store import MongoStore, open_store
from domain.people.chats import put_address
from tests.channels.sending import Sender, only
from tests.listening import Listening
from tests.people import Villager


@pytest.mark.parametrize("said", [*itertools.permutations(["sent", "delivered", "read"])])
@pytest.mark.parametrize("early", [0, 1, 2, 3])
def test_who_has_read_a_message_has_it_whatever_is_said_first(
    store: MongoStore, notice: str, said: tuple[str, ...], early: int
) -> None:
    """Reports come in any order, and some of them before we know whose they are."""
    for each in said[:early]:
        report(store, "ATXid_1", each, "")
    deliver(store, only(Sender()), notice)
    for each in said[early:]:
        report(store, "ATXid_1", each, "")
    report(store, "ATXid_1", "failed", "UserIsInactive")
    assert store.notices.get(notice).state == "read"


def test_final_words_stand_and_late_or_unknown_ones_change_nothing(store: MongoStore, notice: str) -> None:
    def state(provider_id: str, said: str, reason: str = "") -> tuple[str, str]:
        report(store, provider_id, said, reason)
        now = store.notices.get(notice)
        return now.state, now.reason

    assert state("ATXid_0", "delivered") == ("queued", ""), "it was never sent under that id"
    deliver(store, only(Sender()), notice)
    assert state("ATXid_9", "delivered") == ("sent", "")
    assert state("ATXid_1", "sent") == ("sent", "")
    assert state("ATXid_1", "failed", "UserIsInactive") == ("queued", "UserIsInactive"), "there may be another way"
    assert state("ATXid_1", "delivered") == ("queued", "UserIsInactive"), "that id is forgotten"
    sender = Sender()
    deliver(store, only(sender), notice)
    assert sender.sent == [], "there was no other way"
    assert state("ATXid_1", "sent") == ("failed", "UserIsInactive")
    assert state("ATXid_1", "delivered") == ("failed", "UserIsInactive")


# A report that overtakes us: it is here before the id is written down whose it is


class Meanwhile(Listening):
    """Does something once, just before the command that a store sends to MongoDB when `left` have been sent."""

    def __init__(self, left: int, what: Callable[[], object]) -> None:
        self._left, self._what = left, what
        self.listens, self.done = False, False

    def step(self) -> None:
        if self._left == 0:
            self.done = True
            self._what()
        self._left -= 1

    def started(self, _event: CommandStartedEvent) -> None:
        if self.listens:
            self.step()


class Reporting(Sender):
    """A channel that may report what became of a message from the moment on when it took it."""

    def __init__(self, meanwhile: Meanwhile) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    def send(self, push: port.Push) -> str:
        id = super().send(push)
        self._meanwhile.step()  # its answer is still on the way
        self._meanwhile.listens = True
        return id


@contextmanager
def another(store: MongoStore, settings: Settings, meanwhile: Meanwhile) -> Iterator[MongoStore]:
    """The same store as another process has it."""
    opened = open_store(
        settings.mongo_uri, settings.mongo_database, pins=store.pins, clock=store.now, listeners=[meanwhile]
    )
    yield opened
    meanwhile.listens = False
    opened.close()


Told = Callable[[MongoStore], None]
FAILED: Final = ("ATXid_1", "failed", "UserIsInactive")
TOLD: Final[dict[str, list[tuple[str, str, str]]]] = {
    "delivered": [("ATXid_1", "delivered", "")],
    "delivered, twice": [("ATXid_1", "delivered", "")] * 2,
    "sent and delivered": [("ATXid_1", "sent", ""), ("ATXid_1", "delivered", "")],
    "failed": [FAILED],
    "failed, twice": [FAILED] * 2,
    "failed, and another": [("ATXid_9", "delivered", ""), FAILED],
}


def told(reports: list[tuple[str, str, str]]) -> Told:
    def tell(store: MongoStore) -> None:
        for each in reports:
            report(store, *each)

    return tell


@pytest.fixture
def in_two_ways(store: MongoStore, akello: Villager, notice: str) -> str:
    """A notice that can go to a chat, and by text."""
    put_address(store, "telegram:1", "telegram", akello.id)
    return notice


def ends(store: MongoStore, id: str, said: list[tuple[str, str, str]], chat: Sender) -> None:
    """What must come of it whenever it was said: the last words count, once."""
    text = Sender(ids="text")
    for _ in range(2):
        deliver(store, Senders({"telegram": chat}, text), id)
    now = store.notices.get(id)
    assert len(chat.sent) == 1
    if FAILED not in said:
        assert (now.state, now.attempts, now.tried, text.sent) == ("delivered", 1, (), [])
        return
    assert (now.state, now.sent_to, now.attempts, now.tried) == ("sent", "text", 2, ("telegram:1",))
    told([FAILED])(store)
    assert store.notices.get(id) == now, "it failed in the chat, not as a text"
    assert len(text.sent) == 1


def again(store: MongoStore, id: str) -> None:
    """As if it had not been sent yet."""
    fresh: dict[str, Any] = {
        "state": "queued",
        "attempts": 0,
        "tried": (),
        "sent_to": "",
        "provider_id": "",
        "reason": "",
    }
    store.notices.change(id, next_at=store.now(), **fresh)
    store.database["early_reports"].delete_many({})


@pytest.mark.parametrize("said", TOLD.values(), ids=TOLD)
def test_a_report_counts_once_however_early_it_comes_while_we_send(
    store: MongoStore, settings: Settings, in_two_ways: str, said: list[tuple[str, str, str]]
) -> None:
    """From before the provider's answer to us, past each command to the store, to when all is written."""
    for moment in itertools.count():
        again(store, in_two_ways)
        meanwhile = Meanwhile(moment, lambda: told(said)(store))
        chat = Reporting(meanwhile)
        with another(store, settings, meanwhile) as worker:
            deliver(worker, Senders({"telegram": chat}, Sender()), in_two_ways)
        if not meanwhile.done:
            told(said)(store)
        ends(store, in_two_ways, said, chat)
        if not meanwhile.done:
            break
    assert moment >= 3, "the answer, the id, the look for what came early"


@pytest.mark.parametrize("said", TOLD.values(), ids=TOLD)
def test_a_report_counts_once_though_we_send_while_it_is_written_down(
    store: MongoStore, settings: Settings, in_two_ways: str, said: list[tuple[str, str, str]]
) -> None:
    """The whole of the sending falls between two commands of the report, at each place in turn."""
    for moment in itertools.count():
        again(store, in_two_ways)
        chat = Sender()
        senders = Senders({"telegram": chat}, Sender())
        meanwhile = Meanwhile(moment, partial(deliver, store, senders, in_two_ways))
        with another(store, settings, meanwhile) as web:
            meanwhile.listens = True
            told(said)(web)
        if not meanwhile.done:
            deliver(store, senders, in_two_ways)
        ends(store, in_two_ways, said, chat)
        if not meanwhile.done:
            break
    assert moment >= 3, "the look for the id, the report, the look again"


def test_a_failure_that_is_told_twice_at_once_is_not_one_of_the_next_way_too(
    store: MongoStore, settings: Settings, in_two_ways: str
) -> None:
    """The first to tell it has it sent by text before the second, who knows it as sent to the chat, goes on."""
    chat, text = Sender(), Sender(ids="text")
    senders = Senders({"telegram": chat}, text)

    def first() -> None:
        told([FAILED])(store)
        deliver(store, senders, in_two_ways)

    deliver(store, senders, in_two_ways)
    meanwhile = Meanwhile(1, first)
    with another(store, settings, meanwhile) as web:
        meanwhile.listens = True
        told([FAILED])(web)
    assert meanwhile.done
    now = store.notices.get(in_two_ways)
    assert (now.state, now.sent_to, now.tried) == ("sent", "text", ("telegram:1",))
    assert (len(chat.sent), len(text.sent)) == (1, 1)


def test_reports_of_nobody_s_messages_change_nothing_and_are_forgotten(store: MongoStore, notice: str) -> None:
    before = store.notices.get(notice)
    for said in ("sent", "failed", "delivered", "failed"):
        report(store, "ATXid_?", said, "somewhere else")
    assert store.notices.get(notice) == before
    (kept,) = store.early_reports.find()
    assert (kept.id, kept.state) == ("ATXid_?", "failed"), "the first of the last words"
    indexes = store.database["early_reports"].index_information().values()
    assert [each["expireAfterSeconds"] for each in indexes if "expireAfterSeconds" in each] == [3600]
