"""Who has paid, as officers hear it."""

import pytest

from bot.app import App
from domain.records.paper import Paper
from flows.papers.make import paper_in_short
from flows.words.texts import words
from tests.conftest import Clock
from tests.domain.officers import cash
from tests.flows.talk import Dial, every_channel
from tests.people import Village
from tests.phone import Transcript

pytestmark = pytest.mark.chats("sms")


@every_channel
def test_officers_hear_how_many_have_paid_and_who_has_not(
    app: App, converse: Transcript, village: Village
) -> None:
    cash(app.store, village, village.akello, 5_500, village.wanjiru)
    cash(app.store, village, village.okot, 500, village.wanjiru)
    converse(
        """
        > *384*7*paid#
        < END 5 Oct: 1 of 4 have paid. UGX 6,000 in all.
        < Not yet:
        < Nakato Ruth, UGX 5,500
        < Wanjiru Mary, UGX 5,500
        < Okot James, UGX 5,000
    """,
        by=village.nakato.phone,
    )


def test_a_member_is_not_told_who_has_not_paid(phone: Dial, village: Village) -> None:
    assert "have paid" not in phone(village.akello.phone).dial("*384*7*paid#")


def test_what_was_missed_before_is_named_alike_on_the_screen_and_in_the_paper_sent(
    app: App, phone: Dial, village: Village, clock: Clock
) -> None:
    clock.forward(days=7)
    cash(app.store, village, village.akello, 5_500, village.wanjiru)
    wanjiru = phone(village.wanjiru.phone)
    seen = f"{wanjiru.dial('*384*7*paid#')}\n{wanjiru.type('98').removeprefix('END ')}"
    lines = ["Nakato Ruth, UGX 5,500, missed UGX 500", "Akello Grace, missed UGX 500"]
    assert [line for line in lines if line in seen.split("\n")] == lines
    today = clock().date()
    paper = Paper("1", village.wanjiru.id, village.umoja, "who_paid", "png", today, today, clock(), clock())
    short = words("en").say(paper_in_short(app.store, paper))
    assert [line for line in lines if line in short.split("\n")] == lines


def test_in_a_large_group_one_says_from_which_number_on(app: App, phone: Dial, village: Village) -> None:
    app.store.groups.change(village.umoja, members=120)
    nakato = phone(village.nakato.phone)
    asked = nakato.dial("*384*7*paid#")
    assert asked.startswith(
        "CON 5 Oct: 0 of 4 have paid. UGX 0 in all.\nWho has not paid? Start from which member number?"
    )
    assert nakato.type("101").endswith("Nobody is missing.")
    nakato.dial("*384*7*paid#")
    assert nakato.type("51").endswith("Nobody is missing.\nThe list goes on with number 101.")
