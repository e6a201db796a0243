"""Names as they are typed: words that are commands, letters that phones cannot show."""

import pytest

from bot.app import App
from tests.flows.talk import NEWCOMER, Dial
from tests.people import Village
from tests.phone import WhatsAppPhone

WELCOME = "Type your group's code, or 1 if you have none"


def named(app: App, name: str) -> WhatsAppPhone:
    chat = WhatsAppPhone(app, NEWCOMER)
    for typed in ("Karibu", "1", name):
        chat.type(typed)
    return chat


@pytest.mark.parametrize("name", ["Jambo", "Akiba", "Save", "Save Mary", "Hi"])
def test_a_word_that_is_a_command_is_a_name_where_one_is_asked_for(app: App, village: Village, name: str) -> None:
    chat = named(app, name)
    assert chat.screen.startswith(f"{name.split()[0]}, choose a PIN")
    for typed in ("2468", "2468", "1"):
        chat.type(typed)
    person = app.store.people.one(phone=NEWCOMER)
    assert person is not None
    assert (person.name, person.own_name) == (name, "")


@pytest.mark.parametrize("word", ["back", "menu", "retour", "help", "stop"])
def test_the_ways_out_stay_ways_out(app: App, village: Village, word: str) -> None:
    assert "choose a PIN" not in named(app, word).screen


def test_a_name_that_no_phone_shows_is_asked_for_in_latin_letters_too_and_both_are_kept(
    app: App, phone: Dial, village: Village
) -> None:
    chat = named(app, "محمد علي")
    asked = "Many phones cannot show these letters. Please type your name in Latin letters too."
    assert chat.screen.startswith(asked)
    assert chat.type("علي").startswith("Please type it in Latin letters, like Akello Grace.")
    assert chat.type("Mohamed Ali").startswith("Mohamed, choose a PIN")
    for typed in ("2468", "2468", "1"):
        chat.type(typed)
    person = app.store.people.one(phone=NEWCOMER)
    assert person is not None
    assert (person.name, person.own_name) == ("Mohamed Ali", "محمد علي")
    assert phone(NEWCOMER).dial().startswith("CON Hello Mohamed.")
