"""A group's messages as they are talked: written, found in the menu, read, searched, removed; and switched off."""

from dataclasses import replace

import pytest

from bot.app import App
from bot.config import Settings
from bot.jobs import TASKS
from domain.letters.kept_out import check_letter
from flows import ask
from flows.engine.play import play
from flows.engine.screen import say
from flows.engine.steps import Conversation, Enter
from flows.menu import vocabulary
from tests.flows.talk import MENU, every_channel
from tests.people import Village
from tests.phone import ChatPhone, Phone, Transcript
from tests.web import wsgi

pytestmark = pytest.mark.chats("telegram", "whatsapp", "sms")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Switched on."""
    return replace(settings, feature_chat_enabled=True)


@every_channel
def test_a_message_to_all_and_what_officers_do_with_it(converse: Transcript, app: App, village: Village) -> None:
    akello = converse(f"""
        > *384*7#
        {MENU}
        < 8. Group messages
        > 8
        < CON Messages in Umoja
        < 1. Read
        < 2. Write to all
        < 3. Write to officers
        < 4. Find a word
        < 0 Back
        > 1
        < END There are no messages in Umoja yet.
        > *384*7#
        …
        > 8
        …
        > 2
        < CON Your message to all in Umoja? Up to 200 letters.
        < 0 Back  00 Home
        > My PIN is 2581, do it for me
        < CON No PIN and no code, please. Type amounts like 5,000.
        < Your message to all in Umoja? Up to 200 letters.
        < 0 Back  00 Home
        > Call 0772 000 101
        < CON No phone numbers, please. Type amounts like 5,000.
        < Your message to all in Umoja? Up to 200 letters.
        < 0 Back  00 Home
        > Pay 5,000 for the roof at the meeting
        < END Sent to Umoja. Who has a chat gets it now, others when they dial.
    """)
    converse("""
        > *384*7#
        …
        > 8
        …
        > 3
        …
        > I cannot come, please tell nobody
        < END Your message is with the officers of Umoja.
    """)
    for id in TASKS["letters"].due_in(app.store, 10):
        TASKS["letters"].work(app, id)
    okot = converse("> *384*7#\n…", by=village.okot.phone)
    assert "\n8. 1 new message" in okot.screen, "what is for officers counts for those"
    told = app.store.notices.find(kind="letter")
    assert [each.person for each in told] == [], "nobody but the writer has a chat"
    converse(
        """
        > *384*7#
        …
        > 10
        < CON Messages in Umoja
        < 1. Read
        < 2. Write to all
        < 3. Write to officers
        < 4. Find a word
        < 5. Who may not write
        < 0 Back
        > 1
        < CON Akello Grace, 5 Oct: Pay 5,000 for the roof at the meeting
        < 1. Next
        < 2. Answer
        < 3. Remove
        < 4. Mute
        < 0 Back  00 Home
        > 1
        < CON Akello Grace to the officers, 5 Oct: I cannot come, please tell nobody
        < 1. Earlier
        < 2. Answer
        < 3. Remove
        < 4. Mute
        < 0 Back  00 Home
        > 1
        < CON Akello Grace, 5 Oct: Pay 5,000 for the roof at the meeting
        < 1. Next
        < 2. Answer
        < 3. Remove
        < 4. Mute
        < 0 Back  00 Home
        > 3
        < END It is removed. It goes to nobody any more.
        > *384*7#
        …
        > 10
        …
        > 4
        < CON Which word? The newest messages that have it are shown.
        < 0 Back  00 Home
        > roof
        < END No message in Umoja has this word.
        > *384*7#
        …
        > 10
        …
        > 4
        …
        > Nobody
        < CON Which message?
        < 1. Akello Grace: I cannot come,
        < 0 Back  00 Home
        > 1
        < CON Akello Grace to the officers, 5 Oct: I cannot come, please tell nobody
        < 1. Answer
        < 2. Remove
        < 3. Mute
        < 0 Back  00 Home
        > 3
        < CON Akello Grace may write nothing. For how long?
        < 1. For a day
        < 2. For a week
        < 3. For a month
        < 0 Back  00 Home
        > 2
        < END Akello Grace may write nothing in Umoja until 12 Oct.
    """,
        by=village.nakato.phone,
    )
    converse("""
        > *384*7#
        …
        > 8
        …
        > 2
        < END The officers of Umoja decided that you write nothing until 12 Oct. Ask them why.
    """)
    converse(
        """
        > *384*7#
        …
        > 10
        …
        > 5
        < CON Who may write again?
        < 1. Akello Grace, until 12 Oct
        < 0 Back  00 Home
        > 1
        < END Akello Grace may write in Umoja again.
    """,
        by=village.nakato.phone,
    )
    if isinstance(akello, ChatPhone):
        assert akello.dial("chat").startswith("Messages in Umoja"), "a word leads there"


@pytest.mark.parametrize(
    ("typed", "secret"), [("my PIN is 2581", True), ("x" * 201, False), ("come early", False)]
)
def test_what_may_hold_a_pin_is_deleted_where_it_can_be(typed: str, secret: bool) -> None:
    def asked() -> Conversation:
        yield Enter("letters")
        yield from ask.letter("text", "?", most=200, check=check_letter)
        return say("sent")

    assert play(asked, "en", (), typed).secret is secret


def test_switched_off_nothing_is_seen_of_it(app: App, village: Village) -> None:
    """By the same store and the same journals: a process that was started without it."""
    app.store.offered = replace(app.store.offered, features=frozenset())
    phone = Phone(wsgi(app), app.settings.hook_secret, village.akello.phone)
    assert "7. Help" in phone.dial() and "8." not in phone.screen
    assert phone.type("letters").startswith("CON Please choose a number")
    assert vocabulary(()).command("chat") is None
