"""Where a member is signed in on the web, and who looked at their account, as it is heard on the phone."""

import pytest

from bot.app import App
from domain.access.audit import note
from domain.access.caller import Caller
from domain.access.sign_in import SignedIn, send_sign_in_code, sessions_of, sign_in_by_code
from tests.conftest import Clock
from tests.people import Village
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram", "whatsapp", "sms")

TO_MENU = """
        > *384*7*settings#
        …
        > On the web
        < CON Your account on the web
        < 1. Where I am signed in
        < 2. Who looked at my account
        …
"""


def sign_in(app: App, clock: Clock, village: Village, device: str) -> SignedIn:
    clock.forward(seconds=1)
    send_sign_in_code(app.store, village.akello.phone)
    newest = max(app.store.notices.find(kind="sign_in_code"), key=lambda each: each.created_at)
    return sign_in_by_code(app.store, village.akello.phone, str(newest.values["code"]), device=device)


def test_a_member_signs_out_one_place_and_then_all(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    for device in ("Chrome Android", "", "Firefox Windows"):
        sign_in(app, clock, village, device)
    converse(
        f"""{TO_MENU}
        > 1
        < CON Your account on the web. Your PIN?
        …
        > 2581
        < CON Sign out where?
        < 1. Everywhere
        < 2. 5 Oct, 09:00: Firefox Windows
        < 3. 5 Oct, 09:00: unknown
        < 4. 5 Oct, 09:00: Chrome Android
        …
        > 2
        < END Signed out at 1 place.
        """
    )
    assert [each.device for each in sessions_of(app.store, "person", village.akello.id)] == ["", "Chrome Android"]
    converse(
        f"""{TO_MENU}
        > 1
        …
        > 2581
        < CON Sign out where?
        …
        > 1
        < END Signed out at 2 places.
        """
    )
    converse(
        f"""{TO_MENU}
        > 1
        …
        > 2581
        < END You are signed in nowhere on the web.
        """
    )


def test_a_member_hears_who_looked_at_them(app: App, converse: Transcript, village: Village, clock: Clock) -> None:
    sign_in(app, clock, village, "")
    converse(
        f"""{TO_MENU}
        > 2
        < CON Your account on the web. Your PIN?
        …
        > 2581
        < END Nobody but you looked at your account on the web lately.
        """
    )
    ruth = Caller("account", "ruth", "operator", "Ruth Adong", everywhere=True)
    nakato = Caller("person", village.nakato.id, "member", village.nakato.name)
    for caller in (nakato, ruth, ruth, nakato, ruth):
        clock.forward(hours=12)
        note(app.store, caller, "member.seen", about=village.akello.id, group=village.umoja)
    note(app.store, ruth, "member.seen", about=village.okot.id)
    converse(
        f"""{TO_MENU}
        > 2
        …
        > 2581
        < END On the web these looked at your account:
        < 7 Oct: Ruth Adong
        < 7 Oct: {village.nakato.name}
        """
    )
