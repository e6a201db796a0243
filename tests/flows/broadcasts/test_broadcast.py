"""A leader writes to members, sees what became of it, and members read it again."""

from dataclasses import replace

import pytest

from bot.app import App
from domain.broadcasts.preview import InLanguage, Preview, preview_of
from domain.broadcasts.send import SendBroadcast
from domain.money import Money
from domain.people.chats import stop_messages_to
from flows.broadcasts.preview import cost_of, needs_second, parts_of, says, summary
from flows.words.texts import words
from tests.broadcasting import go
from tests.conftest import Clock
from tests.domain.officers import cash
from tests.flows.talk import Dial, every_channel
from tests.people import Village, do
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram")


@every_channel
def test_a_leader_reminds_those_who_have_not_paid_and_watches_it_go(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    store = app.store
    stop_messages_to(store, village.okot.phone, True)
    for paid in (village.akello, village.nakato):
        cash(store, village, paid, 5_500, village.wanjiru)
    converse(
        """
        > *384*7*broadcast#
        < CON Write to which members?
        < 1. All members
        < 2. Who has not paid for the meeting
        < 3. Who is late with a loan
        < 4. Officers
        < 5. Members I choose
        < 0 Back
        > 2
        < CON What does it say?
        < 1. What each has to pay
        < 2. My own words
        < 0 Back  00 Home
        > 1
        < CON When?
        < 1. Now
        < 2. Tomorrow morning
        < 3. The day before the meeting
        < 4. The day before each meeting
        < 0 Back  00 Home
        > 1
        < CON To 2 members.
        < 1 by text message
        < 1 want no messages
        < Goes on 5 Oct at 09:01
        < 1. Send
        < 2. See how it reads
        < 3. Do not send
        < 0 Back  00 Home
        > 1
        < CON Send it to 2 members. Your PIN?
        < 0 Back  00 Home
        > 2580
        < CON It goes on 5 Oct at 09:01. Until then you can stop it.
        < 1. Stop it
        < 2. See how it goes
        < 0 Back  00 Home
    """,
        by=village.nakato.phone,
    )
    (cast,) = store.broadcasts.find()
    assert [to for to, _ in go(store, clock, cast.id).sent] == [village.wanjiru.phone]
    clock.forward(minutes=30)
    converse(
        """
        > *384*7*broadcast#
        < CON Messages to members of Umoja
        < 1. New message
        < 2. 5 Oct What each has to pay: sent
        < 0 Back
        > 2
        < CON What each has to pay: sent
        < 1 sent
        < 1 not: want no messages
        < 1. Look again
        < 0 Back  00 Home
    """,
        by=village.nakato.phone,
    )


def test_own_words_are_stopped_in_time_and_others_are_read_again(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    converse(
        """
        > *384*7*broadcast*1*3#
        < CON Your words, 110 letters at most. Your name and group stand before them.
        < 0 Back  00 Home
        > Send me your PIN
        < CON Never write of a PIN or password to members: thieves do. Write it without.
        …
        > Bring your books.
        < CON When?
        …
        > 1
        < CON To 4 members.
        …
        > 2
        < CON Nakato Ruth of Umoja writes: Bring your books.
        < 4 members. Parts of a text message: 1
        < 1. Send
        < 2. Do not send
        < 0 Back  00 Home
        > 1
        < CON Send it to 4 members. Your PIN?
        …
        > 2580
        < CON It goes on 5 Oct at 09:01. Until then you can stop it.
        …
        > 1
        < END Stopped. Nobody gets it.
    """,
        by=village.nakato.phone,
    )
    (stopped,) = app.store.broadcasts.find()
    assert go(app.store, clock, stopped.id).sent == []
    do(app.store, SendBroadcast(village.nakato.id, village.umoja, "words", "all", "Bring your books."))
    (sent,) = app.store.broadcasts.find(state="waiting")
    go(app.store, clock, sent.id)
    converse("""
        > *384*7*news#
        < END 5 Oct, Nakato Ruth of Umoja: Bring your books.
    """)


def test_whoever_it_did_not_reach_is_written_to_again(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    do(app.store, SendBroadcast(village.nakato.id, village.umoja, "meeting", "all"))
    (cast,) = app.store.broadcasts.find()
    go(app.store, clock, cast.id)
    changed = app.store.notices.change
    changed(f"cast:{cast.id}:{village.akello.id}", state="unknown", why="NO_ANSWER")
    changed(f"cast:{cast.id}:{village.okot.id}", state="failed", why="PHONE_OFF", reason="AbsentSubscriber")
    converse(
        """
        > *384*7*broadcast*2#
        < CON The next meeting: sent
        < 2 sent, 1 not known
        < 1 not: phone off too long
        < 1. Look again
        < 2. Send again to the others
        < 0 Back  00 Home
        > 2
        < CON Send it again to 2 members?
        < Of 1 it is not known whether they got it: they may get it twice.
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Send it again. Your PIN?
        < 0 Back  00 Home
        > 2580
        < END It goes to them in a minute. To see it, choose Write to members.
    """,
        by=village.nakato.phone,
    )
    (again,) = app.store.broadcasts.find(source=cast.id)
    inbox = go(app.store, clock, again.id)
    assert sorted(to for to, _ in inbox.sent) == sorted([village.akello.phone, village.okot.phone])


def test_a_treasurer_is_offered_reminders_alone_and_a_member_nothing(phone: Dial, village: Village) -> None:
    wanjiru = phone(village.wanjiru.phone)
    wanjiru.dial("*384*7*broadcast#")
    assert wanjiru.type("1").startswith("CON When?"), "of the meeting: there is nothing to choose"
    assert "Write to" not in phone(village.akello.phone).dial("*384*7*broadcast#")


def test_what_it_costs_is_counted_by_parts_and_languages_and_free_where_it_is(app: App, village: Village) -> None:
    free = preview_of(app.store, village.umoja, village.nakato.id, "meeting", "all", "", (), "now")
    seen: Preview = replace(
        free,
        languages=[InLanguage("en", 3, 2), InLanguage("sw", 2, 1)],
        templates=2,
        text_price=Money(35, "UGX"),
        template_price=Money(40, "UGX"),
        most=Money(200, "UGX"),
    )
    said = says(seen, "words", "Umoja", "Nakato Ruth", "é" * 110 + "[]" * 20)
    assert cost_of(seen, said) == Money(3 * 2 * 35 + 2 * 40, "UGX")
    assert needs_second(seen, said), "it is above what one officer may spend alone"
    assert "Cost: UGX 290" in [words("en").say(line) for line in summary(seen, said)]
    assert cost_of(replace(seen, text_price=None), said) is None, "nobody has said what it costs"
    nothing = replace(seen, languages=[InLanguage("en", 3, 0)], templates=0)
    assert "It is free." in [words("en").say(line) for line in summary(nothing, said)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2), ("ê" * 160, 1)],
)
def test_parts_of_a_text_message_are_counted_as_a_network_does(text: str, parts: int) -> None:
    assert parts_of(text) == parts
