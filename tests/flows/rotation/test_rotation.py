"""The rotation as it is heard: setting the order, seeing one's turn, bidding, paying a round."""

from dataclasses import replace

import pytest

from bot.app import App
from domain.money import Money
from domain.people.profile import member
from domain.records.group import LoanProduct, Order
from domain.records.person import membership_id
from domain.rotation.set_up import SetUpRotation
from domain.rotation.turns import my_turn
from domain.savings.contribute import RecordCash
from flows.shown import borrows, may_owe
from tests.domain.officers import proposed, vote
from tests.flows.talk import Dial, heard, opened
from tests.people import Village, Villager, do, found_group
from tests.phone import Transcript

pytestmark = pytest.mark.chats("sms")


@pytest.fixture(autouse=True)
def rosca(app: App, village: Village) -> None:
    """Umoja is a rotation: each hand puts in UGX 5,000."""
    rules = app.store.groups.get(village.umoja).constitution
    rules = replace(rules, social_fund=None, shares_max=0, loans=None, cash_unit=100)
    app.store.groups.change(village.umoja, kind="rosca", constitution=rules)


def set_up(app: App, village: Village, order: Order, numbers: tuple[int, ...] = ()) -> None:
    do(app.store, SetUpRotation(village.nakato.id, village.umoja, order, numbers=numbers))
    vote(app.store, proposed(app.store, "rotation"), village.wanjiru)


def all_put_in(app: App, village: Village, but: Villager | None = None) -> None:
    for who in {village.nakato, village.wanjiru, village.akello, village.okot} - {but}:
        officer = village.wanjiru if who == village.nakato else village.nakato
        do(app.store, RecordCash(village.umoja, who.id, Money(5_000, "UGX"), officer.id))


@pytest.mark.chats("whatsapp")
def test_an_agreed_order_is_read_out_set_and_seen(app: App, converse: Transcript, village: Village) -> None:
    converse(
        f"""
        > *384*7*rotation#
        < CON Rotation of Umoja
        < 1. Set the order
        < 2. Hands of a member
        < 0 Back
        > 1
        < CON In which order?
        < 1. By number
        < 2. By lot
        < 3. As agreed
        < 4. By auction
        < 0 Back  00 Home
        > 3
        < CON Type the members' numbers in their order, once for each hand.
        < 0 Back  00 Home
        > 3 1 2
        < CON Name each member once for each hand, 9 hands at most.
        < 0 Back  00 Home
        > 3 4 five
        < CON Please type numbers with spaces between them, like 3 1 2.
        < Name each member once for each hand, 9 hands at most.
        < 0 Back  00 Home
        > 3, 4, 1, 2
        < CON The order:
        < 1: Akello Grace
        < 2: Okot James
        < 3: Nakato Ruth
        < 4: Wanjiru Mary
        < 1. Agree
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Ask for this order. Your PIN?
        < 0 Back  00 Home
        > {village.nakato.pin}
        < END Now 1 other officer must agree.
        > *384*7*rotation#
        < CON The order of Umoja is waiting for another officer to agree.
        < 1. Hands of a member
        < 0 Back
    """,
        by=village.nakato.phone,
    )
    converse(
        f"""
        > *384*7*decide*1#
        < CON Set the order of the rotation. As agreed
        < 1. Agree
        < 2. Do not agree
        < 0 Back  00 Home
        > 1
        < CON The order:
        < 1: Akello Grace
        < 2: Okot James
        < 3: Nakato Ruth
        < 4: Wanjiru Mary
        < 1. Agree
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON Your PIN?
        < 0 Back  00 Home
        > {village.wanjiru.pin}
        < END It is decided, with your vote.
    """,
        by=village.wanjiru.phone,
    )
    assert heard(app, village.okot.phone)[-1] == (
        "The rotation of Umoja is set: you have 1 turn, round 2 of 4. Choose My turn in the menu."
    )
    converse("""
        > *384*7*turn#
        < CON Your turn. Your PIN?
        < 0 Back
        > 2581
        < END Round 1 of 4, 5 Oct: turn of Akello Grace.
        < Pot UGX 0 of UGX 20,000
        < Your round: 1
        < You put in UGX 0, due UGX 5,000
        < You got UGX 0 of UGX 20,000
    """)


def test_lots_are_drawn_with_a_seed_that_members_see(app: App, converse: Transcript, village: Village) -> None:
    converse(
        f"""
        > *384*7*rotation*order*drawn#
        < CON Type what the dice or the draw gave. All will see it.
        < 0 Back  00 Home
        > dice 6 2 5
        < CON The order:
        …
        > 1
        …
        > {village.nakato.pin}
        < END Now 1 other officer must agree.
    """,
        by=village.nakato.phone,
    )
    vote(app.store, proposed(app.store, "rotation"), village.wanjiru)
    assert my_turn(app.store, village.umoja, village.okot.id).seed == "dice 6 2 5"


@pytest.mark.chats("telegram")
def test_an_officer_says_how_many_hands_a_member_has(app: App, converse: Transcript, village: Village) -> None:
    converse(
        f"""
        > *384*7*rotation*hands*4#
        < CON How many hands has Okot James in the next order? 0 to sit out.
        < 0 Back  00 Home
        > 10
        < CON Please type a number from 0 to 9.
        < How many hands has Okot James in the next order? 0 to sit out.
        < 0 Back  00 Home
        > 0
        < CON Your PIN?
        < 0 Back  00 Home
        > {village.nakato.pin}
        < END Okot James has 0 hands.
    """,
        by=village.nakato.phone,
    )
    assert app.store.memberships.get(membership_id(village.umoja, village.okot.id)).hands == 0


def test_a_round_is_bid_for_and_paid(app: App, converse: Transcript, village: Village) -> None:
    set_up(app, village, "auction")
    all_put_in(app, village)
    converse("""
        > *384*7*turn#
        < CON Your turn. Your PIN?
        < 0 Back
        > 2581
        < CON Round 1 of 4, highest bid UGX 0
        < 1. See the rounds
        < 2. Bid
        < 0 Back  00 Home
        > 2
        < CON How much of the UGX 20,000 do you leave to all hands, to go next? Choose Nothing to cancel your bid.
        < 1. Nothing
        < 0 Back  00 Home
        > 2000
        < CON Bid UGX 2,000 in Umoja?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < END You bid UGX 2,000 for round 1. The highest bid is next.
    """)
    converse(
        f"""
        > *384*7*rotation#
        < CON Rotation of Umoja
        < 1. Pay round 1, Akello Grace
        < 2. Hands of a member
        < 0 Back
        > 1
        < CON In the pot of round 1: UGX 18,000. Pay how?
        < 1. Mobile money
        < 2. Cash
        < 0 Back  00 Home
        > 2
        < CON Pay Akello Grace up to UGX 18,000. Your PIN?
        < 0 Back  00 Home
        > {village.nakato.pin}
        < END Now hand UGX 18,000 to Akello Grace in cash.
        > *384*7*rotation#
        < CON No round of Umoja can be paid now.
        < 1. Hands of a member
        < 0 Back
    """,
        by=village.nakato.phone,
    )
    assert heard(app, village.okot.phone)[-1] == (
        "Your part of the bid in Umoja is UGX 500. It counts for your next round."
    )
    converse("""
        > *384*7*turn#
        < CON Your turn. Your PIN?
        < 0 Back
        > 2581
        < END Round 2 of 4, 12 Oct: turn of Nakato Ruth.
        < Pot UGX 2,000 of UGX 20,000
        < Your round: 1
        < You put in UGX 5,500, due UGX 0
        < You got UGX 18,000 of UGX 20,000
    """)


def test_who_has_not_put_in_is_named_before_a_pot_is_paid(
    app: App, converse: Transcript, village: Village
) -> None:
    set_up(app, village, "negotiated", (3, 4, 1, 2))
    all_put_in(app, village, but=village.okot)
    do(app.store, RecordCash(village.umoja, village.okot.id, Money(2_000, "UGX"), village.nakato.id))
    ask = """
        > *384*7*rotation*round1#
        < CON Pay round 1 without this?
        < Okot James: UGX 3,000
        < 1. Agree
        < 2. No
        < 0 Back  00 Home
    """
    converse(f"{ask}\n> 2\n< END Nothing was paid.", by=village.nakato.phone)
    converse(
        f"""
        {ask}
        > 1
        < CON In the pot of round 1: UGX 17,000. Pay how?
        < 1. Mobile money
        < 2. Cash
        < 0 Back  00 Home
        > 2
        < CON Pay Akello Grace up to UGX 17,000. Your PIN?
        < 0 Back  00 Home
        > {village.nakato.pin}
        < END Now hand UGX 17,000 to Akello Grace in cash.
        < Still to be paid out: UGX 3,000
    """,
        by=village.nakato.phone,
    )


def test_only_who_is_in_a_rotation_sees_it(app: App, phone: Dial, village: Village) -> None:
    akello = phone(village.akello.phone)
    assert "My turn" in akello.dial()
    app.store.groups.change(village.umoja, kind="vsla")
    okot = phone(village.okot.phone)
    assert "My turn" not in okot.dial()
    assert "My turn" not in okot.type("My group")


def test_where_nothing_can_be_borrowed_nobody_is_offered_a_loan(app: App, phone: Dial, village: Village) -> None:
    """The turn stands where the loans are elsewhere: each other line has the number that people know."""
    rotation = app.store.groups.get(village.umoja).constitution
    akello = phone(village.akello.phone)
    lines = akello.dial().split("\n")
    assert (lines[4], "loan" in akello.screen.lower()) == ("3. My turn", False)
    assert "My turn" not in akello.type("My group"), "it is in one place"
    akello.type("00")
    assert akello.type("borrow").startswith("CON Please choose a number"), "nor by its name"
    nakato = phone(village.nakato.phone)
    nakato.dial()
    assert "Loans of the group" not in nakato.type("Lead the group")

    lending = replace(rotation, loans=LoanProduct())
    app.store.groups.change(village.umoja, kind="vsla", constitution=lending)
    okot = phone(village.okot.phone)
    elsewhere = okot.dial().split("\n")
    assert elsewhere[4] == "3. Loans"
    assert [line for line in elsewhere if line not in lines] == ["CON Hello Okot", "3. Loans"]


def test_who_is_in_a_rotation_too_borrows_where_it_lends(app: App, phone: Dial, village: Village) -> None:
    bidii = found_group(app.store, "20202", "Bidii", Money(20_000, "KES"), {village.akello: "treasurer"})
    akello = phone(village.akello.phone)
    assert "3. Loans" in akello.dial()
    assert "My turn" in akello.type("My group")
    akello.type("00")
    said = akello.type("borrow")
    assert "which group" not in said, "only one of the two lends"
    app.store.memberships.change(membership_id(bidii, village.akello.id), status="exited")
    past = member(app.store, village.akello.id)
    assert (borrows(past), may_owe(past)) == (False, True), "what is owed of before can still be paid"


def test_before_the_order_is_set_a_member_hears_so(phone: Dial, village: Village) -> None:
    said = opened(phone(village.akello.phone), "turn", "2581")
    assert said == "END Umoja has no order of its rotation yet. An officer sets it, under Rotation."
