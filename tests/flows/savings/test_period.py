"""A statement of some days: this month, this cycle, or from one day to another."""

import pytest

from bot.app import App
from domain.records.person import membership_id
from tests.conftest import Clock
from tests.flows.talk import save
from tests.people import Village
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram", "whatsapp", "sms")


def test_this_cycle_has_all_lines_and_what_was_there_before_and_after(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    save(app, village, 5_500)
    clock.forward(days=7)
    save(app, village, 7_500)
    converse("""
        > *384*7*full statement#
        < CON Your statement of which days?
        < 1. This month
        < 2. This cycle
        < 3. From one day to another
        < 0 Back
        > 2
        < CON Your statement. Your PIN?
        < 0 Back  00 Home
        > 2581
        < END Umoja, 5 Oct to 12 Oct
        < Before: yours UGX 0
        < 5 Oct UGX 5,500: savings, cash
        < 12 Oct UGX 7,500: savings, cash
        < After: yours UGX 12,000
    """)


def test_days_that_are_typed_are_read_as_people_write_them(
    app: App, converse: Transcript, village: Village, clock: Clock
) -> None:
    save(app, village, 5_500)
    clock.forward(days=7)
    save(app, village, 7_500)
    converse("""
        > *384*7*full statement#
        < CON Your statement of which days?
        < 1. This month
        < 2. This cycle
        < 3. From one day to another
        < 0 Back
        > 3
        < CON From which day? Type day and month, like 5/10.
        < 0 Back  00 Home
        > 32/10
        < CON Please type a day that has come, like 12/10.
        < From which day? Type day and month, like 5/10.
        < 0 Back  00 Home
        > 6.10.2026
        < CON Until which day? Type day and month, like 5/10.
        < 0 Back  00 Home
        > 12-10
        < CON Your statement. Your PIN?
        < 0 Back  00 Home
        > 2581
        < END Umoja, 6 Oct to 12 Oct
        < Before: yours UGX 5,000
        < 12 Oct UGX 7,500: savings, cash
        < After: yours UGX 12,000
    """)


def test_who_has_left_reads_their_own(app: App, converse: Transcript, village: Village) -> None:
    save(app, village, 5_500)
    app.store.memberships.change(membership_id(village.umoja, village.akello.id), status="exited")
    converse("""
        > *384*7*statement#
        < CON Your last transactions. Your PIN?
        < 0 Back
        > 2581
        < END Umoja
        < 5 Oct UGX 5,500: savings, cash
    """)
