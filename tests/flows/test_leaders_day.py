"""
A leader's day as it is heard, in calls and in chats, with what its members get: who has not paid, a reminder that
goes and is watched, the cash of three, a new member, a loan, and the close with its summary.
"""

import re
from collections.abc import Collection, Mapping

import pytest

from bot.app import App
from domain.groups.join import JoinGroup
from tests.broadcasting import go
from tests.conftest import Clock
from tests.domain.officers import proposed, vote
from tests.flows.loans.borrowers import asked, lends
from tests.flows.talk import Name, heard
from tests.people import Village, do, register
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram", "whatsapp")

# "call:" and "chat:" are heard there alone, for more fits a chat. "pin:" is not heard in WhatsApp, where nothing
# that was typed can be deleted: so a right PIN counts for half an hour.
MORNING = """
    > *384*7*meeting#
    < CON Open a meeting of Umoja. Your PIN?
    < 0 Back
    > 2580
    < CON Count the cash box. How much is in it?
    …
    > 75000
    < CON Count the social fund's cash.
    …
    > 1500
    < END Meeting 1 is open. For the roll call choose Meeting again.
    > *384*7*paid#
    < CON 12 Oct: 0 of 4 have paid. UGX 0 in all.
    < Not yet:
    < Nakato Ruth, UGX 5,500
    < Wanjiru Mary, UGX 5,500, missed UGX 500
    call: < 98 More  0 Back
    call: > 98
    call: < END Akello Grace, UGX 5,500
    chat: < Akello Grace, UGX 5,500
    < Okot James, UGX 5,500
    > *384*7*broadcast#
    < CON Write to which members?
    < 1. All members
    < 2. Who has not paid for the meeting
    …
    > 2
    < CON What does it say?
    < 1. What each has to pay
    < 2. My own words
    < 0 Back  00 Home
    > 1
    < CON When?
    < 1. Now
    …
    > 1
    < CON To 4 members.
    call: < 4 by text message
    chat: < 3 by text message
    chat: < 1 in {channel}
    < Goes on 12 Oct at 09:01
    < 1. Send
    < 2. See how it reads
    < 3. Do not send
    < 0 Back  00 Home
    > 1
    pin: < CON Send it to 4 members. Your PIN?
    pin: < 0 Back  00 Home
    pin: > 2580
    < CON It goes on 12 Oct at 09:01. Until then you can stop it.
    < 1. Stop it
    < 2. See how it goes
    < 0 Back  00 Home
    > 2
    < CON What each has to pay: not begun
    < Goes on 12 Oct at 09:01
    < 1. Stop it
    < 2. Pause it
    < 3. Look again
    < 0 Back  00 Home
"""
MEETING = """
    > *384*7*broadcast*2#
    < CON What each has to pay: sent
    < 4 sent
    < 1. Look again
    < 0 Back  00 Home
    > *384*7*cash_round#
    < CON Cash of Umoja, one by one. Your PIN?
    < 0 Back
    > 2580
    < CON UGX 0 of 0 members, boxes UGX 76,500.
    < Type number and amount, like 7 5500; only the number for what is due.
    < 01. Who is missing
    < 0… End
    > 3
    < CON Akello Grace: UGX 5,500.
    < UGX 5,500 of 1 member, boxes UGX 82,000.
    …
    > okot 10500
    < CON Okot James: UGX 10,500.
    < UGX 16,000 of 2 members, boxes UGX 92,500.
    …
    > 01
    < CON Not yet:
    < Next number and amount?
    < 1. Nakato Ruth, UGX 5,500
    < 2. Wanjiru Mary, UGX 5,500
    …
    > 2
    < CON What is the cash of Wanjiru Mary for?
    < 1. All that is due: UGX 6,000
    < 2. Savings: UGX 5,500
    < 3. Social fund: UGX 500
    < 0 Back  00 Home
    > 1
    < CON Wanjiru Mary: UGX 6,000.
    < UGX 22,000 of 3 members, boxes UGX 98,500.
    …
    > 0
    < END UGX 22,000 of 3 members, boxes UGX 98,500.
    < Cash box UGX 95,000, social fund UGX 3,500.
    > *384*7*paid#
    < END 12 Oct: 3 of 4 have paid. UGX 22,000 in all.
    < Not yet:
    < Nakato Ruth, UGX 5,500
    > *384*7*approve#
    < CON Who joins Umoja?
    < 1. Zawadi Joy
    < 0 Back
    > 1
    < CON Zawadi Joy (+256772000120) in Umoja?
    < 1. Accept
    < 2. Refuse
    < 0 Back  00 Home
    > 1
    pin: < CON Your PIN?
    pin: < 0 Back  00 Home
    pin: > 2580
    < END Zawadi Joy is now a member of Umoja.
    > *384*7*decide#
    < CON Decide on what?
    < 1. Loan: Akello Grace
    < 0 Back
    > 1
    < CON See what Akello Grace has and owes, and vote. Your PIN?
    < 0 Back  00 Home
    > 2580
    < CON Loan of UGX 20,000 to Akello Grace
    < 1 instalment
    < Saved: UGX 30,000
    …
    > 1
    < END It is decided, with your vote.
    > *384*7*meeting#
    < CON Meeting of 12 Oct. Absent 0, late 0, excused 0.
    < 1. Roll call
    < 2. Close the meeting
    < 3. Cash since the last close
    < 0 Back
    > 2
    pin: < CON Close the meeting of Umoja. Your PIN?
    pin: < 0 Back  00 Home
    pin: > 2580
    < CON Count the cash box. How much is in it?
    …
    > 95000
    < CON Count the social fund's cash.
    …
    > 3500
    < END Meeting 1 is closed.
    < Cash box UGX 95,000, social fund UGX 3,500.
"""
PLEASE_PAY = "Please pay UGX {} for Umoja by 12 Oct. To pay, dial *384*7*1# or write 'pay' in our chat."
_MARKED = re.compile(r"(call|chat|pin): ")
SUMMARY = "Meeting 1 of Umoja: cash UGX 98,500, put in UGX 22,000"


def spoken(transcript: str, channel: Name) -> str:
    """Of a transcript what is heard on a channel."""
    heard_here: Mapping[Name, Collection[str]] = {"ussd": ("call", "pin"), "telegram": ("chat", "pin")}
    marks = heard_here.get(channel, ("chat",))
    title = {"telegram": "Telegram", "whatsapp": "WhatsApp"}.get(channel, "")
    lines = []
    for line in map(str.strip, transcript.splitlines()):
        marked = _MARKED.match(line)
        if marked is None or marked[1] in marks:
            lines.append(_MARKED.sub("", line).replace("{channel}", title))
    return "\n".join(lines)


def test_a_leader_s_day_on_one_channel(
    app: App, converse: Transcript, channel: Name, village: Village, clock: Clock
) -> None:
    lends(app, village)
    asked(app, village, 20_000)
    clock.forward(days=7)
    vote(app.store, proposed(app.store, "loan"), village.wanjiru)
    zawadi = register(app.store, "Zawadi Joy", "+256772000120", "2583")
    do(app.store, JoinGroup(zawadi.id, village.code))

    converse(spoken(MORNING, channel), by=village.nakato.phone)
    (cast,) = app.store.broadcasts.find()
    members = (village.nakato, village.wanjiru, village.akello, village.okot)
    reached = go(app.store, clock, cast.id).sent
    assert sorted(reached) == sorted((each.phone, PLEASE_PAY.format("5,500")) for each in members)
    converse(spoken(MEETING, channel), by=village.nakato.phone)

    akello, nakato = heard(app, village.akello.phone), heard(app, village.nakato.phone)
    assert sum("UGX 5,500 in cash to Umoja for savings" in each for each in akello) == 1
    assert "Your loan of UGX 20,000 from Umoja is approved. An officer will pay it out to you." in akello
    assert not [each for each in nakato if each.startswith("You paid UGX 5,500")], "she has not paid"
    assert heard(app, zawadi.phone)[0] == "Welcome! You are now a member of Umoja. You can save now."
    for who in (*members, zawadi):
        assert sum(each.startswith(SUMMARY) for each in heard(app, who.phone)) == 1
        assert sum(each.startswith("Please pay") for each in heard(app, who.phone)) == (who is not zawadi)
    totals = app.store.books.totals(village.umoja)
    assert (totals["1010"], totals["1040"], totals["3010"]) == (95_000, 3_500, -95_000)
