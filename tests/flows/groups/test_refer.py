"""A member brings somebody, as it is heard: the code, the way in by it, and the thanks."""

from dataclasses import replace

import pytest

from bot.app import App
from bot.config import Settings
from bot.jobs import TASKS
from domain.books.ledger import Draft, Posting
from domain.groups.join import Decide
from domain.groups.rules import adopt
from domain.money import Money
from domain.people.phones import person_with
from domain.savings.contribute import Contribute
from tests.conftest import Clock
from tests.flows.talk import AGREE, NEWCOMER, Name, every_channel, heard
from tests.people import Village, arrives, do
from tests.phone import Phone, Transcript
from tests.web import wsgi

pytestmark = pytest.mark.chats("telegram", "whatsapp", "sms")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Switched on, with a name for the bot."""
    return replace(settings, feature_referral_enabled=True, telegram_bot_name="SavingsBot")


@pytest.fixture(autouse=True)
def rewarding(app: App, village: Village) -> None:
    """Umoja gives UGX 500, and has earned UGX 5,000."""
    store, group = app.store, app.store.groups.get(village.umoja)
    adopt(store, group, replace(group.constitution, referral=Money(500, "UGX"), cash_unit=50), version=2)
    legs = (Posting("1010", 5_000), Posting("4020", -5_000))
    store.post(Draft(group.id, "UGX", "fines", "fines", store.now(), legs))


@every_channel
def test_a_code_brings_somebody_in_and_both_are_thanked(
    app: App, converse: Transcript, village: Village, clock: Clock, channel: Name
) -> None:
    akello = converse("""
        > *384*7#
        …
        > refer
        …
    """)
    said = akello.screen
    while "98 More" in akello.screen:
        said += akello.type("98")
    (code,) = (each.id for each in app.store.referral_codes.find())
    for words in (
        f"Your code for Umoja: {code}, good until 5 Oct 2027.",
        f"Who joins with it dials *384*7*{code}#",
        "You get UGX 500, they get UGX 250, when they first pay in and Umoja has earned it.",
        f"https://wa.me/14155238886?text=join%20{code}",
        f"https://t.me/SavingsBot?start=g_{code}",
    ):
        assert words in said
    opened = {"ussd": f"*384*7*{code}#", "telegram": f"/start g_{code}"}.get(channel, f"join {code}")
    converse(
        f"""
        > {opened}
        …
        > 1
        < CON What is your name?
        < 0 Back
        > Achieng Mary
        < CON Achieng, choose a PIN of 4 or 5 digits. Keep it secret.
        < 0 Back  00 Home
        > 2468
        {AGREE}
        > 2468
        < END Welcome Achieng Mary! Umoja must accept you first. We will send you a message.
        """,
        by=NEWCOMER,
    )
    newcomer = person_with(app.store, NEWCOMER)
    assert newcomer is not None and app.store.referrals.get(newcomer).by == village.akello.id
    do(app.store, Decide(village.nakato.id, village.umoja, newcomer, welcome=True))
    asked = do(app.store, Contribute(village.umoja, newcomer, Money(5_500, "UGX")))
    assert isinstance(asked, dict)
    arrives(app.store, app.store.payments.get(asked["payment"]))
    clock.forward(minutes=11)
    for id in TASKS["referrals"].due_in(app.store, 10):
        TASKS["referrals"].work(app, id)
    thanks = "Thank you: Achieng Mary joined by your code and paid in. Umoja gives you UGX 500, it is your credit."
    assert thanks in heard(app, village.akello.phone)
    welcome = "Welcome: Umoja gives you UGX 250 as a new member, it is your credit."
    assert welcome in heard(app, NEWCOMER)


def test_where_the_group_gives_nothing_or_it_is_off_there_is_no_line(app: App, village: Village) -> None:
    def line() -> bool:
        phone = Phone(wsgi(app), app.settings.hook_secret, village.akello.phone)
        phone.dial()
        return not phone.type("refer").startswith("CON Please choose")

    assert line()
    app.store.offered = replace(app.store.offered, features=frozenset())
    assert not line()
