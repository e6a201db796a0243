"""The outbox: each notice is sent once, again when that may help, and not when nobody wants it any more."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from channels import port
from channels.deliver import Senders, deliver
from channels.errors import SendFailed
from channels.sms.text import AfricasTalkingSms
from domain.mongo.store import MongoStore
from domain.people.profile import SetLanguage
from domain.people.shared_phone import SharePhone
from domain.records.notice import ATTEMPTS_MAX, NOTICE_CLAIM, Notice, morning_after
from domain.records.person import membership_id
from domain.store import Store
from domain.wanted import still_owed
from simulator.server import Simulator
from tests.channels.sending import IS_FINAL, MAY_PASS, NO_LONGER, Sender, only
from tests.conftest import Clock
from tests.people import Villager, do, found_village


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
