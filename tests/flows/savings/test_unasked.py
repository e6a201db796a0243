"""A month of a member who pays from her phone's own menu and never dials us: each in the books, with a receipt."""

from dataclasses import replace

import pytest

from bot.app import App
from domain.money import Money
from domain.records.account_number import account_number
from domain.records.inbound import Came, Inbound
from domain.records.person import membership_id
from domain.treasury.inbound import receive
from domain.treasury.unidentified import place
from tests.conftest import Clock
from tests.domain.officers import proposed, vote
from tests.flows.loans.borrowers import lends, lent
from tests.flows.talk import Dial, heard
from tests.people import Village, let_in, register
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram")
PAYBILL = "600984"


@pytest.fixture(autouse=True)
def rails(app: App, village: Village) -> None:
    """Umoja lends, and its rail takes money by pay-bill."""
    app.store.providers = [replace(each, paybill=PAYBILL) for each in app.store.providers]
    lends(app, village)


def account(app: App, village: Village, letter: str = "") -> str:
    number = app.store.memberships.get(membership_id(village.umoja, village.akello.id)).number
    return account_number(village.code, number) + letter


def pays(app: App, minor: int, typed: str, receipt: str) -> Inbound:
    """Akello pays; the provider says who she is by a mask and her first name."""
    came = Came("momo", receipt, Money(minor, "UGX"), typed, app.store.now(), "2567 ***** 101", "GRACE AKELLO")
    return receive(app.store, came)


def test_a_month_without_dialling_us(app: App, converse: Transcript, village: Village, clock: Clock) -> None:
    store, akello, wanjiru = app.store, village.akello, village.wanjiru
    loan = lent(app, village, 20_000)
    clock.forward(days=7)

    # The right account: savings for the meeting that comes.
    first = pays(app, 5_500, account(app, village), "TJ1AAAAAAA")
    ref = store.payments.get(first.payment).ref
    assert heard(app, akello.phone)[-1] == (
        f"You paid UGX 5,500 to Umoja for savings. Saved now: UGX 30,000. Ref {ref}. Thank you!"
    )

    # A slip of one key: in the group's book, and nobody's; its treasurer hears of it and asks around.
    clock.forward(days=7)
    pays(app, 5_000, "10101 0036", "TJ2BBBBBBB")
    assert heard(app, wanjiru.phone)[-1] == (
        "Unknown: UGX 5,000 came to Umoja on 19 Oct at 09:00 from Grace, account 10101 0036. "
        "Whose? Choose Our book, Say whose it is."
    )
    assert store.books.totals(village.umoja)["2070"] == -5_000
    converse(
        """
        > *384*7*own_money#
        < CON What happened to the money of Umoja?
        …
        > Say whose it is
        < CON Which money?
        < 1. 19 Oct UGX 5,000: 10101 0036, Grace
        < 0 Back  00 Home
        > 1
        < CON Which member? Type the number in the group, phone or name.
        < 0 Back  00 Home
        > akello
        < CON What for? The other officers will read it.
        < 0 Back  00 Home
        > she showed me the message
        < CON The unknown UGX 5,000 is from Akello Grace. Your PIN?
        < 0 Back  00 Home
        > 1470
        < END Now 1 other officer must agree.
    """,
        by=wanjiru.phone,
    )
    vote(store, proposed(store, "own_money"), village.nakato)
    assert heard(app, akello.phone)[-1] == (
        "Money that came in at Umoja is yours: UGX 5,000. It was added to your credit there."
    )
    assert store.books.totals(village.umoja)["2070"] == 0

    # Not even the group can be read: an operator says which one it is, and its officers whose.
    clock.forward(days=3)
    lost = pays(app, 2_000, "rent", "TJ3CCCCCCC")
    assert (lost.state, lost.group) == ("unidentified", "")
    place(store, lost.id, village.code)
    assert store.books.totals(village.umoja)["2070"] == -2_000
    converse(
        """
        > *384*7*waits#
        < END Waiting in Umoja:
        < Not known whose: 1 (Our book)
    """,
        by=wanjiru.phone,
    )

    # Her loan, by its own rules: what is beyond it is her credit.
    clock.forward(days=4)
    repaid = pays(app, 25_000, account(app, village, "L"), "TJ4DDDDDDD")
    paid = store.payments.get(repaid.payment)
    assert store.loans.get(loan).state == "overpaid" and paid.purpose == "repayment"
    after = heard(app, akello.phone)[-1]
    assert after.startswith(f"You paid UGX 25,000 to Umoja for loan {store.loans.get(loan).ref}. Of it UGX ")
    assert after.endswith(f"was not owed and is on your credit. Ref {paid.ref}. Thank you!")

    assert sum(store.books.totals(village.umoja).values()) == 0
    assert [each.state for each in store.inbound.find(sort="at")] == [
        "attributed",
        "attributed",
        "unidentified",
        "attributed",
    ]


@pytest.mark.chats("telegram", "whatsapp")
def test_a_member_sees_where_to_pay_and_under_which_account(
    app: App, converse: Transcript, village: Village
) -> None:
    converse(f"""
        > *384*7*account#
        < END In your mobile money menu choose Pay bill, number {PAYBILL}, account {account(app, village)}. \
Add L to pay a loan, F a fine.
    """)


def test_where_no_rail_has_a_number_nobody_is_told_of_one(app: App, phone: Dial, village: Village) -> None:
    app.store.providers = [replace(each, paybill="") for each in app.store.providers]
    assert "Please choose" in phone(village.akello.phone).dial("*384*7*account#")


def test_who_is_accepted_hears_where_to_pay(app: App, village: Village) -> None:
    amina = register(app.store, "Amina Wekesa", "+256772000177", "2580")
    let_in(app.store, village.umoja, village.code, village.nakato, amina)
    assert heard(app, amina.phone)[-1] == (
        f"Welcome! You are now a member of Umoja. Save here, or by Pay bill {PAYBILL} with your account "
        "10101-0056 in your mobile money menu."
    )
