"""A reminder as it is heard, paid in one step, and switched off by officers and by whoever wants no more."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.app import App
from domain.records.notice import Notice
from domain.records.person import LANGUAGES, Language
from domain.reminders.rounds import groups_to_remind, remind_group, remind_members
from flows.menu import VOCABULARY
from flows.words.notices import samples_of, words_of
from tests.conftest import Clock
from tests.flows.talk import CHATS, Name, heard
from tests.people import Village
from tests.phone import Transcript

pytestmark = pytest.mark.chats(*CHATS)


def five_o_clock_before_the_meeting(app: App, clock: Clock) -> None:
    """The 11th, a Sunday; then the scheduler and a worker have looked."""
    at = datetime(2026, 10, 11, 17, tzinfo=ZoneInfo("Africa/Kampala"))
    clock.forward(seconds=(at - clock()).total_seconds())
    for id in groups_to_remind(app.store, 10):
        remind_group(app.store, id)
    for id in app.store.reminder_rounds.due(app.store.now(), 10):
        remind_members(app.store, id)


def test_a_reminder_says_how_to_pay_and_that_leads_to_the_pin(
    app: App, converse: Transcript, channel: Name, village: Village, clock: Clock
) -> None:
    five_o_clock_before_the_meeting(app, clock)
    assert heard(app, village.akello.phone)[-1] == (
        "Reminder by Wanjiru of Umoja: please put in UGX 5,500 by 12 Oct. Dial *384*7*1*1# or write pay."
    )
    if channel == "ussd":
        converse("""
            > *384*7*1*1#
            < CON Pay UGX 5,500 to Umoja. Your PIN?
            < 0 Back  00 Home
            > 2581
            < END Now approve UGX 5,500 on your phone with your mobile money PIN. Ref C…
        """)
    else:
        converse("""
            > pay
            < Umoja, meeting of 12 Oct. How much?
            < 1. Pay UGX 5,500
            < 0 Back
            > 1
            < Pay UGX 5,500 to Umoja. Your PIN?
            < 0 Back  00 Home
            > 2581
            < Now approve UGX 5,500 on your phone with your mobile money PIN. Ref C…
        """)
    (payment,) = app.store.payments.open_of(village.akello.id)
    assert payment.amount.minor == 5_500


def test_officers_switch_a_kind_off_for_the_group(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    converse(
        """
        > *384*7*reminders#
        < CON Umoja reminds its members of these. Choose one to change it.
        < 1. Contributions: on
        < 2. Instalments: on
        < 3. Meetings: on
        < 4. Votes: on
        …
        > 1
        < END Contributions: off. Nobody in Umoja is reminded.
    """,
        by=village.nakato.phone,
    )
    converse(
        """
        > *384*7*reminders#
        < CON Umoja reminds its members of these. Choose one to change it.
        < 1. Contributions: off
        …
        > 7
        < CON On which day?
        < 1. Mon
        …
        > 3
        < END Members hear the week's figures on Wed at 17:00.
    """,
        by=village.nakato.phone,
    )
    five_o_clock_before_the_meeting(app, clock)
    assert (
        heard(app, village.akello.phone)[-1] == "Reminder by Wanjiru of Umoja: we meet on 12 Oct. See you there!"
    )


def test_a_member_wants_no_reminders_and_gets_none(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    converse("""
        > *384*7*messages*reminders#
        < CON We remind you of what is due.
        < 1. No more reminders
        < 0 Back  00 Home
        > 1
        < END You get no more reminders. Receipts still come.
    """)
    assert VOCABULARY.command("stop reminders") == VOCABULARY.command("moins de messages")
    before = heard(app, village.akello.phone)
    five_o_clock_before_the_meeting(app, clock)
    assert heard(app, village.akello.phone) == before
    assert heard(app, village.okot.phone)[-1].startswith("Reminder by")
    converse("""
        > *384*7*messages*reminders#
        < CON You get no reminders.
        < 1. Remind me again
        < 0 Back  00 Home
        > 1
        < END We remind you again.
    """)
    assert not app.store.people.get(village.akello.id).reminders_off


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_that_a_reminder_tells_to_write_is_understood(language: Language, clock: Clock) -> None:
    """It stands in a sentence, and what is understood in another list."""
    leads = {"contribution": "contribute", "instalment": "repay"}
    quoted = 0
    for values in samples_of("reminder"):
        said = words_of(Notice("n", "p", "reminder", values, clock(), None), language)
        if found := re.search(r"(?:write|écrivez|andika) (\w+)\.", said):
            command = VOCABULARY.command(found[1])
            several = "kind2" in values or values["more"]
            assert command, said
            assert (command.way or command.option) == ("00" if several else leads[values["kind1"]]), said
            quoted += 1
    assert quoted >= 8
