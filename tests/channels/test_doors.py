"""One phone whose number has two forms, at every door: one person, and each answer goes where it was asked."""

from collections.abc import Iterator

import pytest

from bot.config import Settings
from flows.engine.gsm7 import fold
from tests.conftest import Clock
from tests.phone import TelegramPhone, WhatsAppPhone
from tests.waiting import until
from tests.wired import BusyPhone, Chat, Wired, wired

OLD, NEW = "+22507123456", "+2250707123456"


@pytest.fixture(params=[OLD, NEW], ids=["written down before", "written down now"])
def town(settings: Settings, clock: Clock, request: pytest.FixtureRequest) -> Iterator[Wired]:
    with wired(settings, clock) as town:
        akello = town.village.akello
        town.app.store.database["people"].update_one({"_id": akello.id}, {"$set": {"phone": request.param}})
        yield town


@pytest.mark.parametrize("said", [OLD, NEW, OLD[1:]])
def test_a_call_from_either_form_is_hers(town: Wired, said: str) -> None:
    assert town.phone(said).dial().startswith("CON Hello Akello")


@pytest.mark.parametrize("said", [OLD, NEW])
def test_whatsapp_is_answered_at_the_name_it_gave(town: Wired, said: str) -> None:
    town.simulator.whatsapp.write(said, "menu")
    until(lambda: bool(town.whatsapp(said)))
    assert town.whatsapp(said)[0].startswith("Hello Akello")
    (address,) = town.app.store.addresses.find(person=town.village.akello.id)
    assert (address.id, address.channel) == (f"whatsapp:{said}", "whatsapp")
    town.work()
    assert len(town.whatsapp(said)) > 1, "what waited for her went to the same chat"
    assert town.texts(NEW), "news of a linked chat goes to the phone, as it is dialled today"
    assert town.texts(OLD) == []


@pytest.mark.parametrize("shared", [OLD, NEW, NEW[1:], f"00{NEW[1:]}"])
def test_a_number_shown_in_a_chat_is_hers_in_either_form(town: Wired, shared: str) -> None:
    chat = Chat(town.app, 77)
    chat.type("/start")
    chat.type("1")
    chat.share(shared)
    assert [each.person for each in town.app.store.addresses.find(id="telegram:77")] == [town.village.akello.id]


@pytest.mark.parametrize("shared", ["88801234567", "0772000199", "+999123456789"])
def test_a_number_that_cannot_be_one_is_refused_in_words_and_asked_for_again(town: Wired, shared: str) -> None:
    chat = Chat(town.app, 77)
    chat.type("/start")
    chat.type("1")
    said = chat.share(shared)["text"]
    assert said.startswith("That number is of no country. Please type your number, with its country code.\n")
    assert "What is your phone number" in said
    assert town.app.store.addresses.find(id="telegram:77") == []


@pytest.mark.parametrize("typed", ["francais", "FRANÇAIS.", "Kiswahili", "swahili 🙏🏾"])
def test_a_language_is_chosen_by_its_name_on_every_channel(settings: Settings, clock: Clock, typed: str) -> None:
    answer = "Kuanzia sasa kwa Kiswahili." if "swahili" in typed.lower() else "Désormais en français."
    with wired(settings, clock) as town:
        number = town.village.akello.phone
        telegram, whatsapp = TelegramPhone(town.app, number), WhatsAppPhone(town.app, number)
        for phone in (telegram, whatsapp, BusyPhone(town.app, number, town.simulator), town.phone(number)):
            phone.dial("*384*7*language#")
            assert fold(answer) in fold(phone.type(typed))
