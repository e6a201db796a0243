"""Letters on their way to chats: each once, and to nobody who left, said STOP, or has no chat."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from channels import port
from channels.deliver import Senders, deliver
from channels.errors import SendFailed
from domain.errors import DomainError
from domain.groups.join import Decide, JoinGroup
from domain.letters.keep_order import RemoveLetter
from domain.letters.spread import spread_letter
from domain.letters.write import WriteLetter
from domain.mongo.store import MongoStore
from domain.people.chats import StopMessages, put_address
from domain.records.person import membership_id
from tests.conftest import Clock, on_one_store
from tests.emptied import empty
from tests.people import Village, do, found_village


class _Phone:
    """Nobody's text message is a letter."""

    def send(self, push: port.Push) -> str:
        raise AssertionError(f"a text to {push.to}: {push.text}")


@dataclass
class _Chats:
    """Everybody's chats, and who is in them; now and then nobody knows whether one got through."""

    lost: int
    heard: Counter[tuple[str, str]] = field(default_factory=Counter)

    def send(self, push: port.Push) -> str:
        self.heard[push.to, push.text.split('"')[1]] += 1
        if self.lost and sum(self.heard.values()) % self.lost == 0:
            raise SendFailed("chat", "timeout", retryable=True, may_have_gone=True)
        return f"id{sum(self.heard.values())}"


class _Crash(Exception):
    pass


PEOPLE = ("nakato", "wanjiru", "akello", "okot")
ACTIONS = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(PEOPLE), st.sampled_from(["group", "officers"])),
    st.tuples(st.just("remove"), st.sampled_from(PEOPLE), st.integers(1, 3)),
    st.tuples(st.sampled_from(["leave", "come back", "stop", "start"]), st.sampled_from(PEOPLE), st.just(0)),
    st.tuples(st.sampled_from(["spread", "crash", "send one"]), st.just(""), st.just(0)),
)
# Something is always on its way while the rest happens.
FIRST = st.sampled_from(PEOPLE).map(lambda who: [("write", who, "group"), ("spread", "", 0), ("send one", "", 0)])


@settings(on_one_store, max_examples=12)
@given(first=FIRST, actions=st.lists(ACTIONS, max_size=10), lost=st.sampled_from([0, 3]))
def test_once_and_to_nobody_who_left_or_said_stop(
    store: MongoStore,
    clock: Clock,
    first: list[tuple[str, str, Any]],
    actions: list[tuple[str, str, Any]],
    lost: int,
) -> None:
    clock.forward(minutes=-store.now().minute)  # of the example before
    empty(store.database)
    village = found_village(store)
    chats = _Chats(lost)
    senders = Senders({"telegram": chats}, _Phone())
    for name in PEOPLE[:3]:
        put_address(store, f"telegram:{name}", "telegram", getattr(village, name).id)
    left: set[str] = set()
    stopped: set[str] = set()
    removed: set[str] = set()
    for number, (action, name, what) in enumerate([*first, *actions, ("spread", "", 0), *[("send", "", 0)] * 3]):
        before = chats.heard.copy()
        try:
            _act(store, clock, senders, village, action, name, what, number)
        except (DomainError, _Crash):
            continue
        if action in ("leave", "come back"):
            (left.add if action == "leave" else left.discard)(name)
        if action in ("stop", "start"):
            (stopped.add if action == "stop" else stopped.discard)(name)
        removed = {each.text for each in store.letters.find() if each.removed_by}
        for to, text in chats.heard - before:
            assert to.removeprefix("telegram:") not in left | stopped
            assert text not in removed
    assert not chats.heard or max(chats.heard.values()) == 1
    assert not {to for to, text in chats.heard if "officers" in text} - {"telegram:nakato", "telegram:wanjiru"}
    own = {
        (f"telegram:{name}", letter.text)
        for name in PEOPLE
        for letter in store.letters.find(by=_id(village, name))
    }
    assert not own & chats.heard.keys(), "nobody is sent their own"
    if not (left or stopped or removed or any(action in ("leave", "stop") for action, *_ in actions)):
        due = {
            (f"telegram:{name}", letter.text)
            for letter in store.letters.find()
            for name in PEOPLE[:3]
            if letter.by != _id(village, name) and (letter.to == "group" or name != "akello")
        }
        assert chats.heard.keys() == due, "everybody else has all of them"


def _id(village: Village, name: str) -> str:
    return str(getattr(village, name).id)


def _act(
    store: MongoStore,
    clock: Clock,
    senders: Senders,
    village: Village,
    action: str,
    name: str,
    what: Any,
    number: int,
) -> None:
    group = village.umoja
    match action:
        case "write":
            do(store, WriteLetter(_id(village, name), group, what, f"to {what} in step {'x' * number}"))
        case "remove":
            do(store, RemoveLetter(_id(village, name), group, what))
        case "leave":
            store.memberships.change(membership_id(group, _id(village, name)), status="exited")
        case "come back":
            do(store, JoinGroup(_id(village, name), village.code))
            do(store, Decide(village.nakato.id, group, _id(village, name), welcome=True))
        case "stop" | "start":
            do(store, StopMessages(_id(village, name), action == "stop"))
        case "spread" | "crash":
            for id in store.letters.due(store.now(), 10):
                _spread(store, id, crash=action == "crash")
        case "send one" | "send":
            due = store.notices.due_of(bulk=True, now=store.now(), limit=1 if action == "send one" else 100)
            for id in due:
                deliver(store, senders, id)
            if action == "send":
                clock.forward(minutes=15)  # what may be tried again is


def _spread(store: MongoStore, id: str, *, crash: bool) -> None:
    """Two members at a time; a worker may die after any of them."""
    if not crash:
        spread_letter(store, id, at_once=2)
        return
    parts = iter(range(1))

    class Dying(MongoStore):
        def transaction(self, work: Any) -> Any:
            if next(parts, None) is None:
                raise _Crash
            return super().transaction(work)

    dying = Dying(
        store.database,
        store.books,
        store.pins,
        store.providers,
        store.channel_titles,
        store.service_code,
        store.now,
    )
    spread_letter(dying, id, at_once=2)
