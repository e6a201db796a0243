"""Whatever the history: what is looked for while messages, reminders, papers and rewards are made has an index."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pymongo
import pytest

from bot.config import Settings
from channels.deliver import Senders, deliver
from domain.broadcasts.go_out import advance
from domain.broadcasts.news import news_of
from domain.broadcasts.preview import preview_of
from domain.broadcasts.progress import broadcast_progress, recent_broadcasts
from domain.broadcasts.send import SendBroadcast, StopBroadcast
from domain.meetings.who_paid import not_paid
from domain.mongo.store import MongoStore, open_store
from domain.mongo.tables import MongoTable
from domain.papers.of_group import accounts_of
from domain.papers.order import OrderPaper
from domain.papers.pictures import grown, paid_seen
from domain.records.broadcast import Audience, MessageKind
from domain.records.person import Person
from domain.referrals.signals import referrers_seen
from domain.reminders.effect import effect_on_contributions, effect_on_instalments
from domain.reminders.rounds import groups_to_remind, remind_group, remind_members, reminders_today
from domain.reminders.write import reminder_id
from domain.store import Between
from tests.asked import Asked
from tests.broadcasting import Inbox
from tests.conftest import PINS, Clock
from tests.people import Village, do, found_village


def broadcasts(store: MongoStore, village: Village, clock: Clock) -> None:
    says: list[tuple[Audience, MessageKind]] = [("all", "words"), ("unpaid", "due")]
    nakato, group = village.nakato.id, village.umoja
    for audience, kind in says:
        words = "Come early." if kind == "words" else ""
        preview_of(store, group, nakato, kind, audience, words, (), "now")
        do(store, SendBroadcast(nakato, group, kind, audience, words))
    for cast in recent_broadcasts(store, group, nakato):
        clock.forward(seconds=61)
        advance(store, cast.id)
        for each in store.notices.find(broadcast=cast.id, state="queued"):
            deliver(store, Senders({}, Inbox()), each.id)
        broadcast_progress(store, cast.id, nakato)
        do(store, StopBroadcast(nakato, cast.id))
        advance(store, cast.id)
    news_of(store, village.okot.id)


def reminders(store: MongoStore, village: Village, clock: Clock) -> None:
    clock.forward(days=6, hours=9)  # Sunday at six in the evening: tomorrow they meet
    for id in groups_to_remind(store, 10):
        store.groups.change(id, next_at=clock() - timedelta(days=1))
        remind_group(store, id)
    for round in store.reminder_rounds.find(next_at=Between(clock() - timedelta(days=1), clock())):
        remind_members(store, round.id)
    assert list(reminders_today(store, village.umoja))
    assert store.notices.one(id=reminder_id(village.okot.id, clock().date())) is not None
    effect_on_contributions(store, clock().date() - timedelta(days=30))
    effect_on_instalments(store, clock().date() - timedelta(days=30))


def papers(store: MongoStore, village: Village, clock: Clock) -> None:
    nakato, group, today = village.nakato.id, village.umoja, clock().date()
    do(store, OrderPaper(nakato, group, "who_paid", "png", today, today, text=True))
    accounts_of(store, group, today, today)
    paid_seen(store, group, nakato)
    grown(store, group, nakato, today, today)
    not_paid(store, group, 1)


def referrals(store: MongoStore, village: Village, clock: Clock) -> None:
    referrers_seen(store, clock() - timedelta(days=30))


@pytest.mark.parametrize("room", [broadcasts, reminders, papers, referrals])
def test_what_a_room_asks_for_is_found_by_an_index(
    store: MongoStore, settings: Settings, clock: Clock, room: Callable[[MongoStore, Village, Clock], None]
) -> None:
    village, heard = found_village(store), Asked()
    listening = open_store(
        settings.mongo_uri, store.database.name, pins=PINS, clock=clock, listeners=[heard], prepared=True
    )
    room(listening, village, clock)
    listening.close()
    assert heard.kinds and heard.bounded
    assert heard.scans(store.database) == []
    assert heard.unbounded == set()


def test_a_query_that_scans_and_a_command_without_a_limit_are_noticed(
    settings: Settings, clock: Clock, village: Village
) -> None:
    """As the whole run is heard; what a test asks by itself counts only where it is told to."""
    left_out, heard = Asked(), Asked(but_not=())
    opened = open_store(
        settings.mongo_uri,
        settings.mongo_database,
        pins=PINS,
        clock=clock,
        listeners=[left_out, heard],
        prepared=True,
    )
    opened.people.find(name="Akello Grace")
    opened.people.get(village.akello.id)
    assert left_out.kinds == {}
    assert len(heard.kinds) == 2
    assert heard.scans(opened.database) == [str(kind) for kind in heard.kinds if "'name'" in str(kind)]
    assert heard.unbounded == set()
    opened.close()
    endless = pymongo.MongoClient[dict[str, Any]](settings.mongo_uri, event_listeners=[heard])
    MongoTable(endless[settings.mongo_database]["people"], Person).get(village.akello.id)
    assert heard.unbounded == {"find people"}
    endless.close()
