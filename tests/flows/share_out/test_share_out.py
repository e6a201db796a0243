"""A share-out as it is heard: what it comes to for me, the plan, the vote, paying, the next cycle."""

from dataclasses import replace
from datetime import date

import pytest

from bot.app import App
from domain.books.ledger import Draft, Posting
from domain.savings.contribute import RecordCash
from domain.share_out.agree import ProposeShareOut
from domain.share_out.next_cycle import StartCycle
from domain.share_out.pay import PayAll
from domain.share_out.shown import planned
from tests.domain.officers import proposed, vote
from tests.flows.talk import heard
from tests.money import ugx
from tests.people import Village, do
from tests.phone import Transcript

pytestmark = pytest.mark.chats("whatsapp")


@pytest.fixture(autouse=True)
def saved(app: App, village: Village) -> None:
    """Akello has two shares, Okot one, and the group has earned UGX 1,000; cash is paid in hundreds."""
    rules = app.store.groups.get(village.umoja).constitution
    app.store.groups.change(village.umoja, constitution=replace(rules, cash_unit=100))
    for who, minor in ((village.akello, 10_500), (village.okot, 5_500)):
        do(app.store, RecordCash(village.umoja, who.id, ugx(minor), village.wanjiru.id))
    legs = (Posting("1010", 1_000), Posting("4010", -1_000))
    app.store.post(Draft(village.umoja, "UGX", "interest", "interest", app.store.now(), legs))


def propose(app: App, village: Village) -> None:
    seen = planned(app.store, village.umoja, ugx(0))
    do(app.store, ProposeShareOut(village.nakato.id, village.umoja, ugx(0), seen.digest))


def decide(app: App, village: Village) -> str:
    """Answers with the share-out's id."""
    propose(app, village)
    vote(app.store, proposed(app.store, "share_out"), village.akello, village.okot)
    return f"{village.umoja}:1"


@pytest.mark.chats("telegram")
def test_a_member_sees_what_a_share_out_would_come_to_and_can_work_it_out_again(converse: Transcript) -> None:
    converse("""
        > *384*7*shares#
        < CON Your shares. Your PIN?
        < 0 Back
        > 2581
        < CON 2 shares, UGX 10,000 saved
        < If shared out today:
        < Your part: UGX 10,700
        < You get: UGX 10,700
        < 1. How it is worked out
        < 0 Back  00 Home
        > 1
        < …Cash of the group: UGX 16,000
        < To share: UGX 16,000
        < All shares: UGX 15,000
        < Your shares: UGX 10,000
        …
    """)


@pytest.mark.chats("sms")
def test_an_officer_sees_every_part_before_the_members_are_asked(
    app: App, converse: Transcript, village: Village
) -> None:
    plan = """
        > *384*7*share_out#
        < CON Keep how much for the next cycle?
        < 1. Nothing
        < 0 Back
        > 1
        < CON To share: UGX 16,000. Each gets:
        < 1. Ask the members
        < 2. Akello Grace, UGX 10,700
        < 3. Okot James, UGX 5,300
        < 0 Back  00 Home
    """
    converse(
        f"""
        {plan}
        > 2
        < END Akello Grace: UGX 10,700
        < To be paid: UGX 10,700
        {plan}
        > 1
        < CON Nothing is saved or lent until it is paid. Your PIN?
        < 0 Back  00 Home
        > 1470
        < END Now 2 members must agree.
        > *384*7*share_out#
        < CON To share: UGX 16,000. 2 more members must agree.
        < 1. Redo the plan
        < 0 Back
    """,
        by=village.wanjiru.phone,
    )
    assert app.store.groups.get(village.umoja).closing
    converse("""
        > *384*7*decide*1#
        < CON Share out UGX 16,000 among all members
        < See your part under My shares.
        < 1. Agree
        < 2. Do not agree
        < 0 Back  00 Home
    """)


def test_more_than_there_is_cannot_be_kept(converse: Transcript, village: Village) -> None:
    converse(
        """
        > *384*7*share_out#
        < CON Keep how much for the next cycle?
        < 1. Nothing
        < 0 Back
        > 16001
        < END At most UGX 16,000 can be kept.
    """,
        by=village.wanjiru.phone,
    )


def test_while_it_is_shared_out_nothing_is_saved(app: App, converse: Transcript, village: Village) -> None:
    propose(app, village)
    converse("""
        > *384*7*contribute#
        < END Umoja is sharing out now. Wait for the next cycle.
    """)


def test_parts_are_paid_one_by_one_and_then_a_new_cycle_starts(
    app: App, converse: Transcript, village: Village
) -> None:
    decide(app, village)
    assert heard(app, village.akello.phone)[-1] == (
        "Your part of the share-out of Umoja is UGX 10,700. An officer will pay you."
    )
    converse(
        """
        > *384*7*share_out#
        < CON 0 of 2 are paid.
        < 1. Pay one
        < 2. Pay all
        < 3. Who got it
        < 0 Back
        > 1
        < CON Pay which member?
        < 1. Akello Grace, UGX 10,700
        < 2. Okot James, UGX 5,300
        < 0 Back  00 Home
        > 1
        < CON UGX 10,700 to Akello Grace. How?
        < 1. Mobile money
        < 2. Cash
        < 0 Back  00 Home
        > 2
        < CON Pay UGX 10,700 to Akello Grace. Your PIN?
        < 0 Back  00 Home
        > 1470
        < END Now hand UGX 10,700 to Akello Grace in cash.
        > *384*7*share_out*3#
        < END Akello Grace: UGX 10,700 paid
        < Okot James: UGX 5,300 to be paid
        > *384*7*share_out*2*2#
        < CON The box has UGX 5,300.
        < Paid now, UGX 5,300:
        < Okot James: UGX 5,300
        < 1. Agree
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Pay 1 member in cash. Your PIN?
        < 0 Back  00 Home
        > 1470
        < END 1 member is recorded as paid.
        > *384*7*share_out#
        < CON 2 of 2 are paid.
        < 1. Who got it
        < 2. Start the new cycle
        < 0 Back
        > 2
        < CON When is the first meeting of the new cycle?
        < 1. 5 Oct
        < 2. 12 Oct
        < 3. 19 Oct
        < 4. 26 Oct
        < 5. 2 Nov
        < 6. 9 Nov
        < 0 Back  00 Home
        > 2
        < CON Your PIN?
        < 0 Back  00 Home
        > 1470
        < END Cycle 2 of Umoja begins on 12 Oct.
    """,
        by=village.wanjiru.phone,
    )
    assert app.store.groups.get(village.umoja).cycle == 2
    assert "UGX 10,700 in cash from Umoja" in heard(app, village.akello.phone)[-1]
    assert app.store.books.totals(village.umoja)["1010"] == 0


def test_what_could_not_be_paid_is_said(app: App, converse: Transcript, village: Village) -> None:
    """The wallet is empty: the money is in the box."""
    decide(app, village)
    converse(
        """
        > *384*7*share_out*2*1#
        < CON The wallet has UGX 0.
        < Not paid now:
        < Akello Grace: UGX 10,700, more than is there
        …
        > *384*7*share_out*1*1*1#
        < END The group's mobile money is UGX 0, and UGX 10,700 is needed. Pay another…
    """,
        by=village.wanjiru.phone,
    )


def test_a_group_without_shares_has_no_share_out_in_its_menu(
    app: App, converse: Transcript, village: Village
) -> None:
    app.store.groups.change(village.umoja, kind="savings")
    converse("> *384*7*shares#\n< CON Please choose a number from 1 to 7.\n…")
    converse("> *384*7*share_out#\n< CON Please choose a number from 1 to 9.\n…", by=village.nakato.phone)


def test_after_the_share_out_there_is_nothing_to_share(app: App, converse: Transcript, village: Village) -> None:
    id = decide(app, village)
    do(app.store, PayAll(village.wanjiru.id, id, "cash"))
    do(app.store, StartCycle(village.wanjiru.id, village.umoja, date(2026, 10, 12)))
    converse("""
        > *384*7*shares*2581#
        < CON Your shares. Your PIN?
        < 0 Back
        > 2581
        < END Umoja has nothing to share out: no money, or no shares.
    """)
