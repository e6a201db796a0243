"""A leader writes to many: who may, how often, when it goes, who else agrees, and what cannot be written."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from channels.deliver import Senders, deliver
from domain.broadcasts.go_out import advance
from domain.broadcasts.news import news_of
from domain.broadcasts.operator import AgreeToBroadcast, PrepareBroadcast, TwoOperators, check_second
from domain.broadcasts.preview import OnWay, preview_of
from domain.broadcasts.progress import broadcast_progress
from domain.broadcasts.send import (
    BroadcastOver,
    NobodyToTell,
    PauseBroadcast,
    RemindersOnly,
    SaidBefore,
    SendAgain,
    SendBroadcast,
    SendingBegun,
    StopBroadcast,
    TooManyBroadcasts,
)
from domain.broadcasts.words import TooManyWords, check_words
from domain.decisions.voting import Vote
from domain.groups.enroll import Enroll
from domain.mongo.store import MongoStore
from domain.own_words import AsksForSecret, HasDialled, HasLink
from domain.people.chats import stop_messages_to
from domain.records.person import NotAllowed
from domain.records.pin import Secret
from tests.broadcasting import Inbox, crowd, go
from tests.conftest import Clock
from tests.people import Village, do


def begun(answer: Any) -> SendingBegun:
    return SendingBegun(**answer)


def send(store: MongoStore, village: Village, **changed: Any) -> str:
    order = SendBroadcast(village.nakato.id, village.umoja, "words", "all", "Bring your books on Monday.")
    return begun(do(store, replace(order, **changed))).broadcast


def state(store: MongoStore, id: str) -> str:
    return store.broadcasts.get(id).state


def test_everybody_in_the_group_hears_it_once_a_minute_later(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    id = send(store, village)
    advance(store, id)
    assert (state(store, id), store.notices.count(broadcast=id)) == ("waiting", 0), "it can still be stopped"
    inbox = go(store, clock, id)
    people = (village.nakato, village.wanjiru, village.akello, village.okot)
    assert sorted(to for to, _ in inbox.sent) == sorted(each.phone for each in people)
    assert {text for _, text in inbox.sent} == {"Nakato Ruth of Umoja writes: Bring your books on Monday."}
    seen = broadcast_progress(store, id, village.nakato.id)
    assert (seen.state, seen.people, seen.sent, seen.queued, seen.again) == ("done", 4, 4, 0, 0)
    assert go(store, clock, id).sent == []


def test_only_those_who_owe_are_reminded_with_their_own_amount_and_not_who_pays_meanwhile(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    paid = {"shares": 5_000, "social": 500, "group": village.umoja, "meeting": "2026-10-05"}
    for who in (village.akello, village.nakato):
        store.database["paid"].insert_one(
            {**paid, "_id": f"{village.umoja}:{who.id}:2026-10-05", "person": who.id}
        )
    id = send(store, village, kind="due", audience="unpaid", words="", person=village.wanjiru.id)
    clock.forward(seconds=61)
    advance(store, id)
    store.database["paid"].insert_one(
        {**paid, "_id": f"{village.umoja}:{village.okot.id}:2026-10-05", "person": village.okot.id}
    )
    inbox = go(store, clock, id, 0)
    said = "Please pay UGX 5,500 for Umoja by 5 Oct. To pay, dial *1# or write 'pay' in our chat."
    assert inbox.sent == [(village.wanjiru.phone, said)]
    seen = broadcast_progress(store, id, village.nakato.id)
    assert [(each.why, each.people) for each in seen.not_reached] == [("PAID", 1)]


def test_who_may_write_what_and_how_often(store: MongoStore, village: Village, clock: Clock) -> None:
    with pytest.raises(NotAllowed):
        send(store, village, person=village.akello.id)
    with pytest.raises(RemindersOnly):
        send(store, village, person=village.wanjiru.id)
    send(store, village, person=village.wanjiru.id, kind="meeting", words="")
    with pytest.raises(NobodyToTell):
        send(store, village, kind="late", audience="late", words="")
    first = send(store, village)
    with pytest.raises(SaidBefore):
        send(store, village)
    do(store, StopBroadcast(village.nakato.id, first))
    send(store, village)  # what was stopped before anybody got it was not said
    send(store, village, words="Bring your keys.")
    with pytest.raises(TooManyBroadcasts):
        send(store, village, words="And your pens.")
    clock.forward(days=2, seconds=1)
    send(store, village)


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        ("Send me your PIN to get your money", AsksForSecret),
        ("your p.i.n please", AsksForSecret),
        ("tuma neno la siri", AsksForSecret),
        ("Votre ｐｉｎ", AsksForSecret),
        ("see bit.ly/money", HasLink),
        ("HTTPS://evil.example", HasLink),
        ("win at umoja-bank.com", HasLink),
        ("dial *165*3#", HasDialled),
        ("w" * 111, TooManyWords),
        ("Opinions on the spinning wheel, please. Mr.Okot brings 3.5 kg at 10.30", None),
        ("Call Okot on 0772 000 102", None),
    ],
)
def test_a_message_in_own_words_asks_for_no_secret_and_leads_nowhere(
    words: str, refused: type[Exception] | None
) -> None:
    if refused is None:
        check_words(words)
        return
    with pytest.raises(refused):
        check_words(words)


def test_stopped_while_it_goes_out_nobody_more_hears_it(store: MongoStore, village: Village, clock: Clock) -> None:
    id = send(store, village)
    clock.forward(seconds=61)
    advance(store, id)
    inbox, ids = Inbox(), [each.id for each in store.notices.find(broadcast=id)]
    deliver(store, Senders({}, inbox), ids[0])
    do(store, StopBroadcast(village.nakato.id, id))
    deliver(store, Senders({}, inbox), ids[1])  # before anybody has swept what waits
    assert len(inbox.sent) == 1
    go(store, clock, id)
    seen = broadcast_progress(store, id, village.nakato.id)
    assert (seen.state, seen.sent, seen.queued) == ("stopped", 1, 0)
    assert [(each.why, each.people) for each in seen.not_reached] == [("CALLED_OFF", 3)]
    with pytest.raises(BroadcastOver):
        do(store, StopBroadcast(village.nakato.id, id))


def test_it_rests_and_goes_on_and_ends_when_its_time_is_over(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    id = send(store, village)
    clock.forward(seconds=61)
    advance(store, id)
    do(store, PauseBroadcast(village.nakato.id, id, paused=True))
    assert go(store, clock, id).sent == []
    do(store, PauseBroadcast(village.nakato.id, id, paused=False))
    assert len(go(store, clock, id, 1).sent) == 4
    late = send(store, village, words="Bring rain coats.")
    do(store, PauseBroadcast(village.nakato.id, late, paused=True))
    assert go(store, clock, late, 7 * 3600).sent == []
    assert state(store, late) == "expired"
    assert store.notices.one(id=f"cast_expired:{late}") is not None


def test_again_goes_to_those_whom_it_did_not_reach_and_not_to_who_said_stop(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    stop_messages_to(store, village.okot.phone, True)
    id = send(store, village)
    go(store, clock, id)
    with pytest.raises(NobodyToTell):
        do(store, SendAgain(village.nakato.id, id))
    lost = store.notices.find(broadcast=id, person=village.akello.id)[0]
    store.notices.change(lost.id, state="failed", reason="sms: 407 CouldNotRoute", why="REFUSED")
    again = begun(do(store, SendAgain(village.nakato.id, id))).broadcast
    assert go(store, clock, again).sent == [
        (village.akello.phone, "Nakato Ruth of Umoja writes: Bring your books on Monday.")
    ]


def test_who_got_it_again_does_not_get_it_once_more(store: MongoStore, village: Village, clock: Clock) -> None:
    """Two officers see the same counts, or one of them looks at the same screen twice."""
    do(store, Enroll(village.nakato.id, village.umoja, "Abeni Joy"))  # who has no phone: it never reaches her
    id = send(store, village, kind="meeting", words="")
    go(store, clock, id)
    for who, state_now in ((village.akello, "unknown"), (village.okot, "failed")):
        store.notices.change(f"cast:{id}:{who.id}", state=state_now, why="REFUSED")
    again = begun(do(store, SendAgain(village.nakato.id, id))).broadcast
    with pytest.raises(SaidBefore):
        do(store, SendAgain(village.wanjiru.id, id))
    assert sorted(to for to, _ in go(store, clock, again).sent) == [village.akello.phone, village.okot.phone]
    seen = broadcast_progress(store, id, village.nakato.id)
    assert (seen.again, seen.unknown) == (1, 1), "Abeni alone"
    third = begun(do(store, SendAgain(village.wanjiru.id, id))).broadcast
    assert go(store, clock, third).sent == []


def test_before_each_meeting_there_is_one_of_its_own_for_two_schedulers_too(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    """Umoja meets on Mondays: it goes on Sundays at 17:00, 14:00 in UTC."""
    parent = send(store, village, kind="meeting", words="", when="each_meeting")
    assert store.broadcasts.get(parent).next_at == datetime.fromisoformat("2026-10-11T14:00Z")
    clock.forward(days=6, hours=8, seconds=1)
    with pytest.raises(SaidBefore):  # by another officer, who would have everybody told twice
        send(store, village, person=village.wanjiru.id, kind="meeting", words="", when="each_meeting")
    before = store.broadcasts.get(parent)
    advance(store, parent)
    store.broadcasts.change(parent, next_at=before.next_at)  # another one had read it as it was
    advance(store, parent)
    (firing,) = [each for each in store.broadcasts.find(group=village.umoja) if each.parent]
    assert firing.id == f"{parent}:2026-10-11"
    inbox = go(store, clock, firing.id, 0)
    assert {text for _, text in inbox.sent} == {"The meeting of Umoja is on 12 Oct. Please come."}
    assert store.broadcasts.get(parent).next_at == datetime.fromisoformat("2026-10-18T14:00Z")
    clock.forward(days=8)  # nobody looked for longer than it lasts
    advance(store, parent)
    missed = store.broadcasts.get(f"{parent}:2026-10-18")
    assert (missed.state, missed.people) == ("expired", 0)
    do(store, StopBroadcast(village.nakato.id, parent))
    assert state(store, parent) == "stopped"


def test_who_is_no_officer_any_more_sends_nothing_that_was_asked_for_before(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    id = send(store, village, when="morning")
    store.memberships.change(f"{village.umoja}:{village.nakato.id}", role="member")
    assert go(store, clock, id, 86_400).sent == []
    assert state(store, id) == "stopped"


def test_what_waits_for_the_morning_does_not_go_when_its_officer_lost_the_office_at_night(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    clock.forward(hours=12)  # 21:00 in Kampala
    id = send(store, village)
    assert go(store, clock, id).sent == []
    looked_at = store.broadcasts.get(id).next_at
    go(store, clock, id, 3_600)
    again = store.broadcasts.get(id).next_at
    assert looked_at is not None and again is not None
    assert again - clock() > timedelta(seconds=30), "all night nobody looks every other second"
    store.memberships.change(f"{village.umoja}:{village.nakato.id}", role="member")
    assert go(store, clock, id, 9 * 3_600).sent == []
    assert (state(store, id), store.notices.count(broadcast=id, state="queued")) == ("stopped", 0)


def test_for_more_than_fifty_another_officer_agrees(store: MongoStore, village: Village, clock: Clock) -> None:
    crowd(store, village, 47)
    id = send(store, village)
    assert state(store, id) == "asked"
    (asked,) = store.proposals.find(group=village.umoja, kind="broadcast", state="open")
    do(store, Vote(village.wanjiru.id, asked.id, asked.digest, yes=True))
    assert len(go(store, clock, id).sent) == 51
    no = send(store, village, words="Something else.")
    (asked,) = store.proposals.find(group=village.umoja, kind="broadcast", state="open")
    do(store, Vote(village.wanjiru.id, asked.id, asked.digest, yes=False, reason="no"))
    assert (state(store, no), go(store, clock, no).sent) == ("stopped", [])


def test_nobody_gets_more_than_three_a_week(store: MongoStore, village: Village, clock: Clock) -> None:
    for number in range(4):
        id = send(store, village, kind="words", words=f"Message {number}, read it.")
        got = len(go(store, clock, id).sent)
        assert got == (4 if number < 3 else 0)
        clock.forward(days=1)
    seen = broadcast_progress(store, id, village.nakato.id)
    assert [(each.why, each.people) for each in seen.not_reached] == [("ENOUGH", 4)]


def test_the_preview_says_who_gets_it_how_and_who_does_not(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    stop_messages_to(store, village.okot.phone, True)
    store.people.change(village.wanjiru.id, phone="", language="sw")
    clock.forward(hours=12)  # 21:00 in Kampala
    seen = preview_of(store, village.umoja, village.nakato.id, "words", "all", "Come.", (), "now")
    assert (seen.people, seen.stopped, seen.unreachable) == (4, 1, 1)
    assert (seen.ways, [(each.language, each.texts) for each in seen.languages]) == ([OnWay("", 2)], [("en", 2)])
    assert (seen.begins_at, seen.waits_until, seen.second, seen.before) == ("21:01", "07:00", False, False)


def test_the_operator_needs_the_code_on_another_operator_s_phone(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    ours, theirs = "+256772009901", "+256772009902"
    order = PrepareBroadcast(ours, theirs, (ours, theirs), "", "words", "all", "We are closed on Friday.")
    with pytest.raises(TwoOperators):
        do(store, replace(order, second=ours))
    with pytest.raises(TwoOperators):
        do(store, replace(order, second="+256772009903"))
    id = str(do(store, order))
    assert go(store, clock, id).sent == []
    (code,) = [each for each in store.codes.find() if each.phone == theirs]
    check_second(store, id, Secret(code.code))
    do(store, AgreeToBroadcast(id))
    assert {text for _, text in go(store, clock, id).sent} == {
        "News from your savings service: We are closed on Friday."
    }


def test_the_operator_s_message_of_an_evening_reaches_other_zones_in_their_morning(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    ours, theirs = "+256772009901", "+256772009902"
    clock.forward(hours=11)  # 17:00 in UTC, by whose clock it begins, and 20:00 in Kampala
    id = str(do(store, PrepareBroadcast(ours, theirs, (ours, theirs), "", "words", "all", "We move house.")))
    do(store, AgreeToBroadcast(id))
    assert go(store, clock, id).sent == []
    assert len(go(store, clock, id, 11 * 3_600).sent) == 4


def test_news_are_of_the_day_it_was_where_the_group_is(store: MongoStore, village: Village, clock: Clock) -> None:
    clock.forward(hours=16)  # 22:00 in UTC, and one in the morning in Kampala
    go(store, clock, send(store, village))
    assert [str(each.day) for each in news_of(store, village.okot.id)] == ["2026-10-06"]
