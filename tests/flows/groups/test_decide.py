"""Deciding together, leaving, taking out, freezing, a new number: as it is heard on every channel."""

from dataclasses import replace

import pytest

from bot.app import App
from domain.decisions.voting import Vote
from domain.groups.leave import AskToLeave
from domain.money import Money
from domain.people.phones import person_with
from domain.people.profile import member
from domain.savings.contribute import RecordCash
from domain.savings.withdraw import AskWithdrawal
from domain.treasury.money_out import PayeeHeld
from tests.flows.talk import Dial, heard, opened
from tests.people import Village, Villager, do
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram")


@pytest.fixture
def village(app: App, village: Village) -> Village:
    """A group of plain savings, in which Akello has 10,000 in the cash box."""
    app.store.groups.change(village.umoja, kind="savings")
    cash = RecordCash(village.umoja, village.akello.id, Money(10_500, "UGX"), village.wanjiru.id)
    do(app.store, cash)
    return village


def agree(app: App, who: Villager) -> None:
    (proposal,) = app.store.proposals.find(state="open")
    do(app.store, Vote(who.id, proposal.id, proposal.digest, yes=True))


def test_a_withdrawal_is_asked_for_and_two_officers_agree(
    app: App, converse: Transcript, village: Village
) -> None:
    converse("""
        > *384*7*withdraw#
        < CON Your savings in Umoja. Your PIN?
        < 0 Back
        > 2581
        < CON You can take out up to UGX 10,000. How much?
        < 0 Back  00 Home
        > 20000
        < CON At most UGX 10,000.
        < You can take out up to UGX 10,000. How much?
        < 0 Back  00 Home
        > 4000
        < CON UGX 4,000 from Umoja. How?
        < 1. Mobile money
        < 2. Cash
        < 0 Back  00 Home
        > 2
        < CON Take UGX 4,000 out of Umoja?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < END Now 2 officers must agree, then you get your money.
    """)
    converse(
        """
        > *384*7*decide#
        < CON Decide on what?
        < 1. Withdrawal: Akello Grace
        < 0 Back
        > 1
        < CON Withdrawal of UGX 4,000 by Akello Grace
        < In cash
        < 1. Agree
        < 2. Do not agree
        < 0 Back  00 Home
        > 1
        < CON Your PIN?
        < 0 Back  00 Home
        > 2580
        < END You agreed. 1 more person must agree.
        """,
        by=village.nakato.phone,
    )
    converse(
        """
        > *384*7*decide*1*1#
        < CON Your PIN?
        < 0 Back  00 Home
        > 1470
        < END It is decided. Now hand UGX 4,000 to Akello Grace in cash.
        """,
        by=village.wanjiru.phone,
    )
    assert app.store.books.totals(village.umoja)["1010"] == 6_000


@pytest.mark.chats("whatsapp")
def test_who_says_no_says_why_and_the_member_reads_it(app: App, converse: Transcript, village: Village) -> None:
    do(app.store, AskWithdrawal(village.akello.id, village.umoja, Money(4_000, "UGX"), "cash"))
    converse(
        """
        > *384*7*decide*1*2#
        < CON Why not? The person who asked will read it.
        < 0 Back  00 Home
        > wait until Monday
        < CON Your PIN?
        < 0 Back  00 Home
        > 2580
        < END It is refused. The person who asked is told why.
        > *384*7*decide#
        < END Nothing is waiting for your decision in Umoja.
        """,
        by=village.nakato.phone,
    )
    assert heard(app, village.akello.phone)[-1] == (
        "Refused in Umoja by vote: Withdrawal of UGX 4,000 by Akello Grace, because wait until Monday. "
        "It is closed."
    )


def test_who_asked_can_take_it_back(app: App, converse: Transcript, village: Village) -> None:
    do(app.store, AskToLeave(village.akello.id, village.umoja, "cash"))
    converse("""
        > *384*7*decide*1#
        < CON Akello Grace leaves: pay UGX 10,000
        < In cash
        < 1. Cancel my request
        < 0 Back  00 Home
        > 1
        < CON Your PIN?
        < 0 Back  00 Home
        > 2581
        < END You cancelled your request.
    """)
    assert [each.state for each in app.store.proposals.find(kind="exit")] == ["withdrawn"]


@pytest.mark.chats("sms")
def test_a_member_leaves_and_no_longer_sees_the_group(
    app: App, converse: Transcript, phone: Dial, village: Village
) -> None:
    converse("""
        > *384*7*leave#
        < CON Your savings in Umoja. Your PIN?
        < 0 Back
        > 2581
        < CON You get UGX 10,000. How do you want it?
        < 1. Mobile money
        < 2. Cash
        < 0 Back  00 Home
        > 2
        < CON Leave Umoja and get UGX 10,000?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 1
        < END Now 2 officers must agree, then you get your money.
    """)
    agree(app, village.nakato)
    converse(
        """
        > *384*7*decide*1*1#
        < CON Your PIN?
        < 0 Back  00 Home
        > 1470
        < END It is decided. Now hand UGX 10,000 to Akello Grace in cash.
        """,
        by=village.wanjiru.phone,
    )
    assert phone(village.akello.phone).dial().startswith("CON Hello Akello. You are in no group yet.")


def test_a_frozen_account_is_opened_by_an_officer(app: App, converse: Transcript, village: Village) -> None:
    converse("""
        > *384*7*freeze#
        < CON Freeze your account? No money moves until an officer of your group opens it again.
        < 1. Yes
        < 2. No
        < 0 Back
        > 1
        < CON Freeze your account. Your PIN?
        < 0 Back  00 Home
        > 2581
        < END Your account is frozen. An officer of your group can open it again.
        > *384*7*withdraw#
        < CON Your savings in Umoja. Your PIN?
        < 0 Back
        > 2581
        < END The account of Akello Grace is frozen: no money moves. An officer can open it again.
    """)
    converse(
        """
        > *384*7*members#
        < CON Which member? Type the number in the group, phone or name.
        < 0 Back
        > nobody
        < CON No member of Umoja matches nobody. Type a number, phone or name.
        < 0 Back  00 Home
        > akello
        < CON 3. Akello Grace
        < 1. Open frozen account
        < 2. Suspend
        < 3. Forgot their PIN
        < 4. New phone number
        < 5. Expel
        < 6. Record a death
        …
        > 1
        < CON Are you sure that it is Akello Grace who asks? Your PIN?
        < 0 Back  00 Home
        > 2580
        < END The account of Akello Grace is open again.
        """,
        by=village.nakato.phone,
    )
    assert not app.store.people.get(village.akello.id).frozen


def test_an_officer_does_nothing_for_themselves(converse: Transcript, village: Village) -> None:
    converse(
        """
        > *384*7*members*1#
        < END Another officer must do that for you.
        """,
        by=village.nakato.phone,
    )


def test_a_new_number_is_proved_agreed_to_and_held_for_a_day(app: App, phone: Dial, village: Village) -> None:
    """From the old phone to the new one: the session, the menus and the wallet follow."""
    old, new = phone(village.akello.phone), phone("+256772000555")
    old.dial("*384*7*new_phone*0772000555#")
    sent = app.store.notices.find(kind="code")[0]
    assert sent.to == new.number
    code = str(sent.values["code"])
    assert old.type("111111" if code == "000000" else "000000").startswith("CON Wrong code.")
    assert "PIN" in old.type(code)
    assert old.type("2581") == "END The number is right. Now 1 officer must agree."
    assert old.dial().startswith("CON Hello Akello")
    officer = phone(village.nakato.phone)
    assert "New number of Akello Grace: +256772000555" in officer.dial("*384*7*decide*1#")
    officer.type("1")
    assert officer.type("2580") == "END It is decided, with your vote."
    assert new.dial().startswith("CON Hello Akello")
    assert old.dial().startswith("CON Karibu")  # nobody's
    assert "Your number was changed to +256772000555." in heard(app, new.number)[-1]
    (told,) = app.store.notices.find(to=village.akello.phone)
    assert told.kind == "phone_changed"

    assert opened(new, "withdraw", "2581", "100", "1", "1").startswith("END Now 2 officers must agree")
    agree(app, village.nakato)
    with pytest.raises(PayeeHeld):
        agree(app, village.wanjiru)
    assert member(app.store, village.akello.id).phone == new.number
    assert person_with(app.store, village.akello.phone) is None


def test_an_officer_with_a_new_pin_reads_before_the_pin_that_they_cannot_agree_yet(
    app: App, converse: Transcript, village: Village
) -> None:
    """They can refuse: it is money that is kept, not money that leaves."""
    do(app.store, AskWithdrawal(village.akello.id, village.umoja, Money(4_000, "UGX"), "cash"))
    app.store.people.change(village.nakato.id, pin_reset_at=app.store.now())
    phone = converse("> *384*7*decide*1#\n…", by=village.nakato.phone)
    assert "Your PIN is new: agree in 24 hours." in phone.screen
    assert "1. Do not agree" in phone.screen


def test_who_leaves_reads_what_rounding_leaves_with_the_group(
    app: App, converse: Transcript, village: Village
) -> None:
    rules = app.store.groups.get(village.umoja).constitution
    app.store.groups.change(village.umoja, constitution=replace(rules, cash_unit=3_000))
    phone = converse("> *384*7*leave#\n…\n> 2581\n…\n> 2\n…")
    assert "Yours: UGX 10,000\nStays with the group, less than a coin: UGX 1,000\n" in phone.screen
    assert "Leave Umoja and get UGX 9,000?" in phone.screen
