"""Asking for a loan as it is heard: what one may borrow or why not, what it costs before one agrees."""

from dataclasses import replace
from fractions import Fraction

import pytest

from bot.app import App
from domain.arithmetic.eligibility import BorrowingRules
from domain.savings.fines import FineMember
from tests.flows.loans.borrowers import EASY, asked, lends, the_loan
from tests.flows.talk import Dial, opened
from tests.money import ugx
from tests.people import Village, do
from tests.phone import Phone, Transcript, WhatsAppPhone

pytestmark = pytest.mark.chats("whatsapp")


def whole(phone: Phone, name: str, pin: str) -> str:
    """All pages of an answer, as one line."""
    pages = [opened(phone, name, pin)]
    while pages[-1].startswith("CON"):
        pages.append(phone.type("98"))
    lines = [line for page in pages for line in page[len("END ") :].split("\n") if not line.startswith("98 ")]
    return " ".join(lines)


@pytest.mark.chats("sms", "telegram")
def test_a_loan_is_asked_for_after_all_that_it_costs_was_seen(
    app: App, converse: Transcript, village: Village
) -> None:
    lends(app, village, periods_max=1)
    converse("""
        > *384*7*borrow#
        < CON Your limit in Umoja. Your PIN?
        < 0 Back
        > 2581
        < CON Umoja can lend you up to UGX 75,000. How much?
        < 1. Borrow UGX 75,000
        < 0 Back  00 Home
        > 75001
        < CON At most UGX 75,000.
        < Umoja can lend you up to UGX 75,000. How much?
        < 1. Borrow UGX 75,000
        < 0 Back  00 Home
        > 50000
        < CON UGX 50,000 from Umoja. How?
        < 1. Mobile money
        < 2. Cash
        < 0 Back  00 Home
        > 2
        < CON UGX 50,000: you pay back UGX 55,000
        < Interest on what is left: UGX 5,000
        < That is 246.40% a year
        < 2 Nov: UGX 55,000
        < 1. Agree
        < 2. No
        < 0 Back  00 Home
        > 1
        < CON What is the UGX 50,000 for?
        < 1. Business
        < 2. School
        < 3. Health
        < 4. Food
        < 5. Home
        < 6. Something else
        < 0 Back  00 Home
        > 2
        < END Ref L…. Your officers decide. We will send you a message.
    """)
    loan = the_loan(app, village)
    assert loan.purpose == "school"
    assert (loan.state, loan.amount, loan.way, loan.terms.periods) == ("guaranteed", ugx(50_000), "cash", 1)
    converse(
        """
        > *384*7*decide*1#
        < CON See what Akello Grace has and owes, and vote. Your PIN?
        < 0 Back  00 Home
        > 2580
        < CON Loan of UGX 50,000 to Akello Grace
        < 1 instalment
        < For: School
        < Saved: UGX 25,000
        …
    """,
        by=village.nakato.phone,
    )


def test_who_does_not_agree_asked_for_nothing(app: App, phone: Dial, village: Village) -> None:
    lends(app, village, periods_max=1)
    akello = phone(village.akello.phone)
    opened(akello, "borrow", "2581", "50000", "2")
    assert akello.type("2") == "END No loan was asked for."
    assert app.store.loans.find(group=village.umoja) == []


def test_terms_are_read_to_the_end_before_anyone_can_agree(app: App, phone: Dial, village: Village) -> None:
    lends(app, village, periods_max=6, method="flat", fee=Fraction(2, 100))
    akello = phone(village.akello.phone)
    first = opened(akello, "borrow", "2581", "60000", "6", "2")
    assert first.startswith("CON UGX 60,000: you pay back UGX 96,000\nInterest on the whole loan: UGX 36,000\n")
    assert "1. Agree" not in first and first.endswith("98 More  0 Back  00 Home")
    pages = [first]
    while "1. Agree" not in pages[-1]:
        # Neither a number nor a word agrees to what is still to come.
        pages.append(akello.type(("1", "98", "yes")[len(pages) % 3]))
    said = "\n".join(pages)
    assert "Fee kept back: UGX 1,200\n" in said and "% a year" in said
    for day in ("2 Nov", "30 Nov", "28 Dec", "25 Jan", "22 Feb", "22 Mar"):
        assert said.count(f"{day}: UGX 16,000") == 1
    assert akello.type("1").startswith("CON What is the UGX 60,000 for?")
    assert akello.type("6").startswith("END Ref L")


def test_a_word_of_the_menu_is_heard_in_a_chat_while_terms_are_read(app: App, village: Village) -> None:
    lends(app, village, periods_max=72)
    akello = WhatsAppPhone(app, village.akello.phone)
    opened(akello, "borrow", "2581", "60000", "72", "2")
    assert "1. Agree" not in akello.screen
    assert akello.type("balance").startswith("Your balance. Your PIN?")
    assert akello.type("back").startswith("Hello Akello")
    assert akello.type("1").startswith("You have put in all you can")


def test_how_many_instalments_is_asked_where_the_group_has_a_choice(
    app: App, converse: Transcript, village: Village
) -> None:
    lends(app, village)
    converse("""
        > *384*7*borrow#
        < CON Your limit in Umoja. Your PIN?
        < 0 Back
        > 2581
        < CON Umoja can lend you up to UGX 75,000. How much?
        < 1. Borrow UGX 75,000
        < 0 Back  00 Home
        > 30000
        < CON UGX 30,000: in how many instalments, one every four weeks? From 1 to 3.
        < 0 Back  00 Home
        > 4
        < CON Please type a number from 1 to 3.
        < UGX 30,000: in how many instalments, one every four weeks? From 1 to 3.
        < 0 Back  00 Home
        > 2
        < CON UGX 30,000 from Umoja. How?
        < 1. Mobile money
        < 2. Cash
        < 0 Back  00 Home
    """)


def test_who_cannot_borrow_hears_every_rule_with_its_numbers(app: App, phone: Dial, village: Village) -> None:
    lends(app, village, BorrowingRules())
    do(app.store, FineMember(village.nakato.id, village.umoja, village.akello.id, "disorder"))
    assert whole(phone(village.akello.phone), "borrow", "2581") == (
        "You cannot borrow from Umoja now. Months in the group: 0, needed 2. Fines to pay first: UGX 2,000. "
        "Score: 20, needed 50. Your limit: UGX 75,000. Score 20 of 100: saving 0 of 40, meetings 0 of 30, "
        "repaying 10 of 20, little owed 10 of 10."
    )


def test_who_has_saved_nothing_hears_that_there_is_nothing_to_lend(
    app: App, phone: Dial, village: Village
) -> None:
    lends(app, village)
    assert whole(phone(village.wanjiru.phone), "borrow", "1470") == (
        "You cannot borrow from Umoja now. Social fund to pay first: UGX 500. "
        "Your savings or the money of the group are too small. Your limit: UGX 0."
    )


def test_who_has_a_loan_already_hears_that_it_comes_first(app: App, phone: Dial, village: Village) -> None:
    lends(app, village)
    asked(app, village, 10_000)
    said = opened(phone(village.akello.phone), "borrow", "2581")
    assert "Loans asked for or not paid back: 1, at most 0 to ask again." in said


def test_a_group_that_does_not_lend_says_so(app: App, phone: Dial, village: Village) -> None:
    rules = app.store.groups.get(village.umoja).constitution
    akello = phone(village.akello.phone)
    akello.dial()  # and so is known from before
    app.store.groups.change(village.umoja, constitution=replace(rules, loans=None))
    assert opened(akello, "borrow", "2581") == "END Umoja does not lend. Its members change that under Our rules."


def test_what_was_asked_for_meanwhile_is_counted(app: App, phone: Dial, village: Village) -> None:
    """The screen's limit is of when it was read; the rules are tried again with the request."""
    lends(app, village, borrowing=replace(EASY, open_loans_max=3), periods_max=1)
    akello = phone(village.akello.phone)
    opened(akello, "borrow", "2581", "70000", "2")
    asked(app, village, 50_000)
    akello.type("1")
    assert akello.type("1") == ("END The rules do not allow this loan. The limit is UGX 25,000. Look at it again.")
    assert len(app.store.loans.find(group=village.umoja)) == 1


@pytest.mark.parametrize(
    ("typed", "screen"),
    [
        ("loan", "Loans\n1. Ask for a loan\n2. My loans\n3. Repay\n4. Guarantee\n"),
        ("Loans", "Loans\n1. Ask for a loan\n"),
        ("borrow", "Your limit in Umoja. Your PIN?"),
    ],
)
def test_words_for_loans_are_understood_in_a_chat(app: App, village: Village, typed: str, screen: str) -> None:
    lends(app, village)
    assert WhatsAppPhone(app, village.akello.phone).type(typed).startswith(screen)
