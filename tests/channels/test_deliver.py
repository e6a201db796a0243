"""The outbox: each notice is sent once, again when that may help, and never to who said STOP."""

import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import pytest
from pymongo.monitoring import CommandFailedEvent, CommandStartedEvent, CommandSucceededEvent
from werkzeug.test import Client

from bot.app import App
from bot.config import Settings
from channels import port
from channels.deliver import FRESH_SECONDS, Senders, deliver, report
from channels.errors import SendFailed, Unreachable
from channels.sms.text import AfricasTalkingSms
from domain.mongo.store import CommandListener, MongoStore, open_store
from domain.people.chats import put_address, stop_messages_to
from domain.people.profile import SetLanguage
from domain.people.shared_phone import SharePhone
from domain.records.notice import ATTEMPTS_MAX, NOTICE_CLAIM, Notice, morning_after
from domain.records.person import membership_id
from domain.store import Store
from domain.wanted import still_owed
from simulator.server import Simulator
from tests.conftest import Clock
from tests.people import Village, Villager, do, found_village, register
from tests.web import wsgi


class Sender:
    """A channel that fails as it is told, and remembers what went out."""

    def __init__(self, *failures: SendFailed, ids: str = "ATXid") -> None:
        self.failures, self.sent, self._ids = list(failures), list[tuple[str, str]](), ids

    def send(self, push: port.Push) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((push.to, push.text))
        return f"{self._ids}_{len(self.sent)}"


def only(sender: port.Sender) -> Senders:
    """No chats: everything is a text to a phone."""
    return Senders({}, sender)


MAY_PASS = SendFailed("sms", "500 InternalServerError", retryable=True)
IS_FINAL = SendFailed("sms", "402 InvalidSenderId", retryable=False)
NO_LONGER = Unreachable("sms", "406 UserInBlacklist")


@pytest.fixture
def akello(store: MongoStore) -> Villager:
    return register(store, "Akello Grace", "+256772000101", "2581")


@pytest.fixture
def notice(store: MongoStore, akello: Villager) -> str:
    """A notice that is due now."""
    now = store.now()
    store.notices.insert(Notice("n1", akello.id, "welcome_to_group", {"group": "Umoja"}, now, next_at=now))
    return "n1"


def test_a_notice_is_sent_and_no_longer_due(store: MongoStore, akello: Villager, notice: str) -> None:
    sender = Sender()
    deliver(store, only(sender), notice)
    assert sender.sent == [(akello.phone, "Welcome! You are now a member of Umoja. You can save now.")]
    sent = store.notices.get(notice)
    assert (sent.state, sent.provider_id, sent.next_at, sent.attempts) == ("sent", "ATXid_1", None, 1)
    deliver(store, only(sender), notice)
    assert len(sender.sent) == 1


def test_on_a_shared_phone_it_begins_with_whom_it_is_for(store: MongoStore, akello: Villager, notice: str) -> None:
    do(store, SharePhone(akello.id, "Apio Sarah", "hash"))
    sender = Sender()
    deliver(store, only(sender), notice)
    ((_, text),) = sender.sent
    assert text == "Akello Grace: Welcome! You are now a member of Umoja. You can save now."


def test_it_is_in_the_language_of_the_moment_and_in_the_alphabet_of_phones(
    store: MongoStore, akello: Villager, notice: str
) -> None:
    do(store, SetLanguage(akello.id, "fr"))
    store.notices.change(notice, values={"group": "Amitié œuvre"})
    simulator = Simulator({"port": 0, "people": [{"name": "Akello", "phone": akello.phone}]})
    simulator.start()
    deliver(store, only(AfricasTalkingSms("sandbox", "k", url=simulator.url)), notice)
    simulator.stop()
    (message,) = simulator.sms.inbox(akello.phone)
    assert message["text"].startswith("Bienvenue ! Vous etes maintenant membre de Amitié oeuvre.")


def test_eight_workers_at_once_send_one(store: MongoStore, notice: str) -> None:
    sender = Sender()
    with ThreadPoolExecutor(8) as threads:
        [*threads.map(lambda _: deliver(store, only(sender), notice), range(8))]
    assert len(sender.sent) == 1


def test_nothing_is_sent_before_it_is_due(store: MongoStore, notice: str, clock: Clock) -> None:
    store.notices.change(notice, next_at=clock() + timedelta(seconds=1))
    sender = Sender()
    deliver(store, only(sender), notice)
    deliver(store, only(sender), "no such notice")
    assert sender.sent == []
    clock.forward(seconds=1)
    deliver(store, only(sender), notice)
    assert len(sender.sent) == 1


def test_a_failure_that_may_pass_is_tried_again_ever_more_slowly_and_then_given_up(
    store: MongoStore, notice: str, clock: Clock
) -> None:
    sender, waits = Sender(*[MAY_PASS] * ATTEMPTS_MAX), []
    while (waiting := store.notices.get(notice)).state == "queued":
        assert waiting.next_at is not None
        waits.append(int((waiting.next_at - clock()).total_seconds()))
        if waits[-1]:
            clock.forward(seconds=waits[-1] - 1)
            deliver(store, only(sender), notice)
            assert store.notices.get(notice) == waiting, "not a second too soon"
            clock.forward(seconds=1)
        deliver(store, only(sender), notice)
    assert waits == [0, 20, 40, 80, 160, 320, 640, 1280]
    given_up = store.notices.get(notice)
    assert (given_up.state, given_up.attempts, given_up.next_at) == ("failed", ATTEMPTS_MAX, None)
    assert given_up.reason == "sms: 500 InternalServerError"
    assert sender.sent == []


def test_after_a_failure_that_passed_it_is_sent_once(store: MongoStore, notice: str, clock: Clock) -> None:
    sender = Sender(MAY_PASS)
    deliver(store, only(sender), notice)
    assert store.notices.get(notice).reason == "sms: 500 InternalServerError"
    clock.forward(seconds=20)
    deliver(store, only(sender), notice)
    sent = store.notices.get(notice)
    assert (sent.state, sent.reason, len(sender.sent)) == ("sent", "", 1)


@pytest.mark.parametrize("failure", [IS_FINAL, NO_LONGER])
def test_a_failure_that_will_not_pass_is_not_tried_again(
    store: MongoStore, notice: str, clock: Clock, failure: SendFailed
) -> None:
    sender = Sender(failure)
    deliver(store, only(sender), notice)
    failed = store.notices.get(notice)
    assert (failed.state, failed.reason, failed.next_at) == ("failed", str(failure), None)
    clock.forward(days=2)
    deliver(store, only(sender), notice)
    assert sender.sent == []


def test_who_said_stop_is_sent_nothing_and_after_start_the_next_one(
    store: MongoStore, akello: Villager, notice: str
) -> None:
    sender = Sender()
    stop_messages_to(store, akello.phone, True)
    deliver(store, only(sender), notice)
    assert (store.notices.get(notice).state, store.notices.get(notice).reason) == ("skipped", "STOPPED")
    stop_messages_to(store, akello.phone, False)
    now = store.now()
    store.notices.insert(Notice("n2", akello.id, "pin_changed", {}, now, next_at=now))
    deliver(store, only(sender), "n2")
    assert [text[:20] for _, text in sender.sent] == ["Your PIN was changed"]


def test_a_worker_that_was_killed_while_sending_is_followed_by_another(
    store: MongoStore, notice: str, clock: Clock
) -> None:
    """Its answer was lost: a receipt twice is better than none."""
    assert store.notices.claim(notice, clock()) is not None
    sender = Sender()
    deliver(store, only(sender), notice)
    assert sender.sent == []
    clock.forward(seconds=NOTICE_CLAIM.total_seconds())
    deliver(store, only(sender), notice)
    assert len(sender.sent) == 1


# What is sent once at most, and what can wait


MAY_HAVE_GONE: Final = SendFailed("sms", "ReadTimeout", retryable=True, may_have_gone=True)


@pytest.mark.parametrize(("once", "ends"), [(False, "sent"), (True, "unknown")])
def test_who_was_killed_while_sending_is_followed_but_not_for_what_is_sent_once(
    store: MongoStore, notice: str, clock: Clock, once: bool, ends: str
) -> None:
    store.notices.change(notice, once=once)
    assert store.notices.claim(notice, clock()) is not None
    clock.forward(seconds=NOTICE_CLAIM.total_seconds())
    sender = Sender()
    deliver(store, only(sender), notice)
    assert (store.notices.get(notice).state, len(sender.sent)) == (ends, not once)
    clock.forward(days=1)
    deliver(store, only(sender), notice)
    assert (store.notices.get(notice).state, len(sender.sent)) == (ends, not once)


@pytest.mark.parametrize(
    ("once", "failure", "ends"),
    [
        (False, MAY_HAVE_GONE, "sent"),
        (True, MAY_HAVE_GONE, "unknown"),
        (True, MAY_PASS, "sent"),  # refused: surely it did not go
        (True, IS_FINAL, "failed"),
    ],
)
def test_when_an_answer_is_lost_the_message_says_whether_it_goes_again(
    store: MongoStore, notice: str, clock: Clock, once: bool, failure: SendFailed, ends: str
) -> None:
    store.notices.change(notice, once=once)
    sender = Sender(failure)
    for _ in range(3):
        deliver(store, only(sender), notice)
        clock.forward(seconds=60)
    assert store.notices.get(notice).state == ends
    assert len(sender.sent) == (ends == "sent")


def test_who_took_longer_than_a_claim_lasts_still_says_that_it_went(
    store: MongoStore, notice: str, clock: Clock
) -> None:
    store.notices.change(notice, once=True)

    class Slow(Sender):
        def send(self, push: port.Push) -> str:
            clock.forward(seconds=NOTICE_CLAIM.total_seconds())
            deliver(store, only(Sender()), notice)
            assert store.notices.get(notice).state == "unknown"
            return super().send(push)

    deliver(store, only(Slow()), notice)
    assert (store.notices.get(notice).state, store.notices.get(notice).provider_id) == ("sent", "ATXid_1")


@pytest.mark.parametrize(
    ("zone", "at", "morning"),
    [
        ("Africa/Kampala", "2026-10-05 03:59", "2026-10-05 04:00"),  # 6:59 there
        ("Africa/Kampala", "2026-10-05 16:00", "2026-10-06 04:00"),  # 19:00
        ("Africa/Kampala", "2026-10-05 21:30", "2026-10-06 04:00"),  # half past midnight
        ("Africa/Accra", "2026-10-05 06:59", "2026-10-05 07:00"),
        ("Africa/Accra", "2026-10-05 07:00", None),
        ("Africa/Kampala", "2026-10-05 15:59", None),
        ("", "2026-10-05 23:00", None),  # a receipt
    ],
)
def test_evenings_and_nights_are_left_in_peace(zone: str, at: str, morning: str | None) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    found = morning_after(zone, now)
    assert found == (morning and datetime.fromisoformat(morning).replace(tzinfo=UTC))


def test_what_can_wait_goes_in_the_morning_unless_it_is_of_no_use_by_then(
    store: MongoStore, akello: Villager, clock: Clock
) -> None:
    clock.forward(seconds=(datetime(2030, 1, 1, 20, tzinfo=UTC) - clock()).total_seconds())
    now, sender = clock(), Sender()
    for id, until in (("waits", None), ("over", now + timedelta(hours=6))):
        store.notices.insert(
            Notice(id, akello.id, "pin_changed", {}, now, now, quiet_in="Africa/Accra", until=until)
        )
        deliver(store, only(sender), id)
        assert store.notices.get(id).next_at == datetime(2030, 1, 2, 7, tzinfo=UTC)
        assert store.notices.get(id).attempts == 0, "it was not tried"
    clock.forward(hours=11)
    for id in ("waits", "over"):
        deliver(store, only(sender), id)
    assert (store.notices.get("waits").state, len(sender.sent)) == ("sent", 1)
    assert (store.notices.get("over").state, store.notices.get("over").reason) == ("skipped", "TOO_LATE")


def test_who_has_to_wait_for_a_turn_is_put_off_and_not_tried(store: MongoStore, notice: str, clock: Clock) -> None:
    waits, sender = [7.0, 0.0], Sender()
    senders = Senders({}, sender, lambda channel: waits.pop(0) if channel == "sms" else 99)
    deliver(store, senders, notice)
    put_off = store.notices.get(notice)
    assert (put_off.state, put_off.attempts, put_off.next_at) == ("queued", 0, clock() + timedelta(seconds=7))
    clock.forward(seconds=7)
    deliver(store, senders, notice)
    assert (store.notices.get(notice).state, len(sender.sent)) == ("sent", 1)


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


class Meanwhile(CommandListener):
    """Does something once, just before the command that a store sends to MongoDB when `left` have been sent."""

    def __init__(self, left: int, what: Callable[[], None]) -> None:
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

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Of no interest."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Of no interest."""


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
    fresh = {"state": "queued", "attempts": 0, "tried": (), "sent_to": "", "provider_id": "", "reason": ""}
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


# At the webhooks, from one end of the wire to the other


def test_reports_and_stop_arrive_at_the_webhooks(app: App, village: Village, clock: Clock) -> None:
    post, akello, store = Client(wsgi(app)).post, village.akello, app.store
    simulator = Simulator({"port": 0, "people": [{"name": "Akello", "phone": akello.phone}]})
    simulator.start()
    deliver_all(store, AfricasTalkingSms("sandbox", "k", url=simulator.url))
    simulator.stop()
    (welcome,) = store.notices.find(person=akello.id)
    (message,) = simulator.sms.inbox(akello.phone)
    assert (welcome.state, welcome.provider_id) == ("sent", message["id"])

    dlr = {"id": message["id"], "status": "Success", "phoneNumber": akello.phone, "retryCount": "0"}
    for body, status in ((dlr, 200), (dlr | {"status": "Sent"}, 200), (dlr | {"id": "ATXid_?"}, 200), ({}, 400)):
        assert post("/hooks/at/dlr/hook", data=body).status_code == status
    assert store.notices.get(welcome.id).state == "delivered"

    inbound = {"date": "2026-10-01 09:31:00", "from": akello.phone, "id": "3f0c", "linkId": "", "to": "4455"}
    optout = {"senderId": "CHAMA", "phoneNumber": akello.phone}
    for number, (hook, form, stopped) in enumerate((
        ("inbound", inbound | {"text": "BALANCE"}, False),
        ("inbound", inbound | {"text": "Acha"}, True),
        ("inbound", inbound | {"text": "Acha"}, True),
        ("inbound", inbound | {"text": "Anza"}, False),
        ("optout", optout, True),
        ("inbound", inbound | {"text": "STOP", "from": "+256772000999"}, True),
        ("inbound", inbound | {"text": "START"}, False),
        ("inbound", inbound | {"text": "STOP", "from": "MTN-News"}, False),
    )):  # fmt: skip
        assert post(f"/hooks/at/{hook}/hook", data=form | {"id": f"3f0c{number}"}).status_code == 200
        assert store.people.get(akello.id).messages_stopped is stopped
    for hook in ("inbound", "optout", "dlr"):
        assert post(f"/hooks/at/{hook}/wrong", data=optout | inbound | dlr | {"text": "STOP"}).status_code == 404
        assert post(f"/hooks/at/{hook}/hook", data={"to": "4455"}).status_code == 400
        assert Client(wsgi(app)).get(f"/hooks/at/{hook}/hook").status_code == 405
    assert not store.people.get(akello.id).messages_stopped


def test_stop_and_start_by_sms_are_answered_once_in_the_person_s_language(app: App, village: Village) -> None:
    store, akello, simulator = app.store, village.akello, Simulator({"port": 0})
    store.people.change(akello.id, language="sw")
    inbound = {"date": "2026-10-01 09:31:00", "from": akello.phone, "linkId": "", "to": "4455"}

    def says(text: str, id: str, hook: str = "inbound") -> list[str]:
        """What comes back on the phone."""
        before = len(simulator.sms.inbox(akello.phone))
        form = inbound | {"id": id, "text": text, "phoneNumber": akello.phone}
        assert Client(wsgi(app)).post(f"/hooks/at/{hook}/hook", data=form).status_code == 200
        deliver_all(store, AfricasTalkingSms("sandbox", "k", url=simulator.url))
        return [message["text"] for message in simulator.sms.inbox(akello.phone)[before:]]

    simulator.start()
    try:
        deliver_all(store, AfricasTalkingSms("sandbox", "k", url=simulator.url))
        stopped = ["Hutapata ujumbe wetu tena, wala risiti. Tuma START upate tena."]
        assert says("STOP", "a1") == stopped
        assert says("STOP", "a1") == [], "it comes again until its provider has heard a 200"
        assert says("stop!", "a2") == stopped, "who asks again hears it again"
        (started,) = says("Anza", "a3")
        assert says("STOP", "a1") == []
        assert not store.people.get(akello.id).messages_stopped, (
            "an old message that comes late is not obeyed again"
        )
        assert "ujumbe" in started
        assert len(says("cancel", "a4")) == 1
        assert [says("STOP", f"b{n}") for n in range(5)] == [[]] * 5, "a machine at the other end is not answered"
        assert says("", "c1", "optout") == [], "the operator lets nothing through"
        store.people.change(akello.id, language="en")
        assert says("BALANCE", "a9") == []
    finally:
        simulator.stop()
    assert all(notice.state in ("sent", "delivered") for notice in store.notices.find(to=akello.phone))


def test_the_answer_to_stop_where_the_operator_keeps_a_list_is_tried_once(app: App, village: Village) -> None:
    akello, simulator = village.akello, Simulator({"port": 0})
    simulator.start()
    try:
        sms = AfricasTalkingSms("sandbox", "k", url=simulator.url)
        deliver_all(app.store, sms)
        simulator.sms.faults.set({"rejects": {akello.phone: "UserInBlacklist"}})
        form = {"from": akello.phone, "id": "a1", "text": "STOP"}
        Client(wsgi(app)).post("/hooks/at/inbound/hook", data=form)
        deliver_all(app.store, sms)
    finally:
        simulator.stop()
    (answer,) = app.store.notices.find(kind="messages_stopped")
    assert (answer.state, answer.attempts, answer.reason) == ("failed", 1, "sms: 406 UserInBlacklist")


def deliver_all(store: MongoStore, sms: AfricasTalkingSms) -> None:
    for id in store.notices.due(store.now(), 100):
        deliver(store, only(sms), id)


def test_a_village_s_notices_are_each_delivered_once(store: MongoStore) -> None:
    found_village(store)
    sender = Sender()
    due = store.notices.due(store.now(), 100)
    for _ in range(2):
        for id in due:
            deliver(store, only(sender), id)
    assert len(sender.sent) == len(due) == 2 * 2 + 2, "each newcomer to each officer, and a welcome each"


# What nobody wants any more


@still_owed("example of this test")
def is_owed(_store: Store, _notice: Notice, which: str) -> bool:
    return which == "owed"


def test_one_of_many_is_not_sent_to_who_has_left_or_paid_meanwhile(store: MongoStore, clock: Clock) -> None:
    """Looked at when it is about to be sent, and not when it was written."""
    village = found_village(store)
    for id, owed in (("paid", "example of this test:paid"), ("owes", "example of this test:owed"), ("left", "")):
        made = Notice(id, village.akello.id, "welcome_to_group", {"group": "Umoja"}, clock(), clock())
        store.notices.insert(replace(made, group=village.umoja, owed=owed))
    sender = Sender()
    deliver(store, only(sender), "paid")
    deliver(store, only(sender), "owes")
    store.memberships.change(membership_id(village.umoja, village.akello.id), status="exited")
    deliver(store, only(sender), "left")
    ended = {each.id: (each.state, each.reason) for each in store.notices.among(["paid", "owes", "left"])}
    assert ended == {"paid": ("skipped", "PAID"), "owes": ("sent", ""), "left": ("skipped", "LEFT")}
    assert len(sender.sent) == 1


def test_whoever_says_stop_while_its_turn_is_waited_for_is_sent_nothing(
    store: MongoStore, akello: Villager, notice: str
) -> None:
    def turn_comes(_channel: str) -> float:
        stop_messages_to(store, akello.phone, True)
        time.sleep(2 * FRESH_SECONDS)
        return 0

    sender = Sender()
    deliver(store, Senders({}, sender, turn_comes), notice)
    assert (sender.sent, store.notices.get(notice).reason) == ([], "STOPPED")
