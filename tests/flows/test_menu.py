"""The menu and what is behind its lines: few lines, and every one of them a word away."""

from collections import Counter
from importlib import import_module
from pkgutil import walk_packages

import pytest

import flows
from bot.app import App
from domain.money import Money
from domain.people.profile import SetLanguage
from domain.records.person import GroupOfMember, Language, Member
from flows.dialogue import FLOWS
from flows.engine.play import BACK, play
from flows.menu import COMMANDS, CONVERSATIONS, VOCABULARY, menu
from flows.people.first_pin import first_pin
from flows.people.register import register as registering
from flows.people.who_is_it import who_is_it
from tests.flows.talk import MENU_HINT, Dial
from tests.people import Village, do, register

SETTINGS = "CON Settings\n1. Language\n2. Change PIN\n3. Forgot PIN\n4. Messages\n"


def test_a_menu_behind_a_line_is_left_again_by_the_ways_out(phone: Dial, village: Village) -> None:
    akello = phone(village.akello.phone)
    home = akello.dial()
    number = next(line for line in home.split("\n") if line.endswith(". Settings")).partition(".")[0]
    assert akello.type(number).startswith(SETTINGS)
    assert akello.screen.endswith("\n0 Back")
    assert akello.type("0") == home
    akello.type(number)
    assert akello.type("15").startswith("CON Please choose a number from 1 to ")
    assert akello.type("1").startswith("CON Which language?")
    assert akello.type("0").startswith(SETTINGS), "back is the menu one came from"
    akello.type("2")
    assert akello.type("00") == home


@pytest.mark.parametrize("typed", ["change_pin", "Change PIN", "changer le pin", " BADILISHA PIN "])
def test_what_is_behind_a_line_can_be_asked_for_at_once(phone: Dial, village: Village, typed: str) -> None:
    akello = phone(village.akello.phone)
    akello.dial()
    assert akello.type(typed).startswith("CON Your PIN now?")
    assert akello.type("0").startswith("CON Hello Akello")


@pytest.mark.parametrize("typed", ["change", "approve", "Approve members", "nothing"])
def test_half_a_name_and_what_somebody_may_not_do_is_not_taken(phone: Dial, village: Village, typed: str) -> None:
    """What is not on the screen is named in full, and only who leads a group approves members."""
    akello = phone(village.akello.phone)
    akello.dial()
    assert akello.type(typed).startswith(f"CON {MENU_HINT}")


def test_an_officer_has_a_line_more_and_nobody_else(phone: Dial, village: Village) -> None:
    assert "Lead the group" in phone(village.nakato.phone).dial()
    assert "Lead the group" not in phone(village.akello.phone).dial()


def test_who_has_no_group_sees_at_once_how_to_come_to_one(app: App, phone: Dial) -> None:
    opio = phone(register(app.store, "Opio Peter", "+256772000110", "4826").phone)
    opio.dial()
    assert "My group" not in opio.screen and "Contribute" not in opio.screen
    assert "\n1. Join a group\n" in opio.screen and "Settings" in opio.screen
    assert opio.type("1").startswith("CON Type the group's code.")


@pytest.mark.parametrize(
    ("language", "line", "first"),
    [("fr", "Réglages", "Réglages\n1. Langue"), ("sw", "Mipangilio", "Mipangilio\n1. Lugha")],
)
def test_a_line_and_what_is_behind_it_are_in_the_member_s_language(
    app: App, phone: Dial, village: Village, language: Language, line: str, first: str
) -> None:
    do(app.store, SetLanguage(village.akello.id, language))
    akello = phone(village.akello.phone)
    assert f". {line}\n" in akello.dial()
    assert akello.type(line).startswith(f"CON {first}\n")


def test_each_line_leads_to_a_conversation_of_its_own() -> None:
    """Two with one name would hide each other from those who type it."""
    price = Money(5_000, "UGX")
    officer = Member("p", "Nakato", "", "en", (GroupOfMember("g", "Umoja", "UGX", "treasurer", price, price),))

    def start(*typed: str) -> tuple[str, ...]:
        turn = play(lambda: menu(officer), "en", ())
        for each in typed:
            turn = play(lambda: menu(officer), "en", turn.journal, each)
        return (turn.step, *(option.key for option in turn.screen.options)) if turn.screen else ("",)

    _, *lines = start()
    behind = [key for line in lines for step, *keys in [start(line)] if step == f"menu.{line}" for key in keys]
    assert len(behind) > len(lines)
    assert len({*lines, *behind}) == len(lines) + len(behind)
    assert start("settings", BACK) == start()


def test_every_conversation_is_in_the_list_of_them() -> None:
    """A file that nothing imports is a conversation that nobody can have."""
    for module in walk_packages(flows.__path__, "flows."):
        import_module(module.name)
    assert {flow for flow in FLOWS.values() if flow.__module__.startswith("flows.")} == set(CONVERSATIONS)


def test_a_file_holds_one_conversation_and_is_named_for_it() -> None:
    files = {flow: flow.__module__.rpartition(".")[2] for flow in CONVERSATIONS}
    assert [file for flow, file in files.items() if file not in (flow.name, flow.conversation.__name__)] == []
    assert max(Counter(flow.__module__ for flow in CONVERSATIONS).values()) == 1


def test_every_line_says_what_it_is() -> None:
    assert [flow.name for flow in CONVERSATIONS if not flow.label] == [
        registering.name,
        first_pin.name,
        who_is_it.name,
        menu.name,
    ]


def test_a_chat_s_list_of_commands_offers_words_that_are_understood() -> None:
    assert len(COMMANDS) > 3
    for word, label in COMMANDS.items():
        found = VOCABULARY.command(f"/{word}")
        assert found is not None and found.exact and label, word
