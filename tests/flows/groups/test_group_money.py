"""What the group has and where, as each member sees it behind their PIN; on every channel."""

import pytest

from bot.app import App
from domain.groups.money import money_of
from domain.meetings.count import Counted
from domain.meetings.meeting import OpenMeeting
from domain.money import Money
from domain.records.person import NotAllowed
from tests.domain.officers import cash
from tests.flows.talk import pay
from tests.people import Village, do, register
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram", "whatsapp", "sms")


def test_a_member_sees_what_the_group_has_and_where(app: App, converse: Transcript, village: Village) -> None:
    cash(app.store, village, village.okot, 10_500, village.wanjiru)
    pay(app, village, village.akello, 5_500)
    converse("""
        > *384*7*group_money#
        < CON The money of Umoja. Your PIN?
        < 0 Back
        > 1111
        < CON Wrong PIN. 2 tries left. Forgot it? Ask an officer of your group.
        < The money of Umoja. Your PIN?
        < 0 Back
        > 2581
        < END Umoja
        < Cash box: UGX 10,000
        < Mobile money: UGX 5,000
        < Lent: UGX 0
        < Social fund: UGX 1,000
        < 4 members
        < Next meeting: 5 Oct
        < The box was not counted yet
    """)


def test_what_was_counted_last_is_said_with_its_day(app: App, converse: Transcript, village: Village) -> None:
    cash(app.store, village, village.okot, 10_500, village.wanjiru)
    counted = Counted(Money(10_000, "UGX"), Money(500, "UGX"))
    do(app.store, OpenMeeting(village.nakato.id, village.umoja, counted))
    phone = converse("> *384*7*group_money#\n…\n> 2581\n…")
    said = phone.screen
    while "98 More" in phone.screen:
        said += phone.type("98")
    assert "Box counted on 5 Oct: UGX 10,000" in said


def test_whoever_is_not_in_the_group_sees_nothing_of_it(app: App, village: Village) -> None:
    stranger = register(app.store, "Zawadi Neema", "+256772000177", "8025")
    with pytest.raises(NotAllowed):
        money_of(app.store, village.umoja, stranger.id)
    assert money_of(app.store, village.umoja, village.akello.id).cash_box == Money(0, "UGX")
