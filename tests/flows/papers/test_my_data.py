"""A member asks what is kept about them: in four numbers on any phone, and whole where a file can go."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.app import App
from bot.config import Settings
from bot.jobs import carry_out
from domain.people.chats import StopMessages
from domain.people.consents import agree_to_service
from domain.records.consent import CONSENT_VERSION
from flows.engine.gsm7 import septets
from tests.conftest import Clock
from tests.pdf import read_pdf
from tests.people import Village, do
from tests.phone import Phone
from tests.wired import Wired, wired

ON_ITS_WAY = "It is on its way to your phone."


def test_who_has_only_a_phone_hears_how_much_it_is_and_gets_it_in_short(
    app: App, phone: Callable[[str], Phone], village: Village
) -> None:
    mine = phone(village.akello.phone)
    assert (
        mine.dial("*384*7*my_data#")
        == "CON What we keep about you\n1. Send it to me\n2. What I agree to\n3. Why it is kept\n0 Back"
    )
    assert mine.type("1").startswith("CON What we keep about you. Your PIN?")
    said = mine.type(village.akello.pin)
    assert said == f"END We keep of you: groups 1, loans 0, messages 1, others' looks 0. {ON_ITS_WAY}"
    assert septets(said.removeprefix("END ")) <= 160
    (paper,) = app.store.papers.find()
    assert (paper.person, paper.kind, paper.group, paper.text) == (village.akello.id, "my_data", "", True)


def test_a_wrong_pin_shows_nothing_and_orders_nothing(
    app: App, phone: Callable[[str], Phone], village: Village
) -> None:
    mine = phone(village.akello.phone)
    mine.dial("*384*7*my_data#")
    mine.type("1")
    assert "We keep of" not in mine.type(village.okot.pin)
    assert app.store.papers.find() == []


def test_nothing_is_asked_of_who_can_be_sent_nothing(
    app: App, phone: Callable[[str], Phone], village: Village
) -> None:
    do(app.store, StopMessages(village.akello.id, True))
    mine = phone(village.akello.phone)
    mine.dial("*384*7*my_data#")
    said = mine.type("1")
    assert said.startswith("END There is no chat to send it to")


SCREENS: Mapping[Any, tuple[str, str]] = {
    "en": ("Name, phone to programme: no", "2. I agree no more"),
    "fr": ("Nom, numéro au programme : non", "2. Plus d'accord"),
    "sw": ("Jina, simu kwa programu: hapana", "2. Sikubali tena"),
}


@pytest.mark.parametrize("language", SCREENS)
def test_a_member_says_on_any_phone_who_may_have_their_data_and_takes_it_back(
    app: App, phone: Callable[[str], Phone], village: Village, language: Any
) -> None:
    mine, store, (asked, no_more) = phone(village.akello.phone), app.store, SCREENS[language]
    store.people.change(village.akello.id, language=language, sex="f")

    def choose(*typed: str) -> str:
        mine.dial("*384*7*my_data#")
        for each in ("2", village.akello.pin, *typed):
            said = mine.type(each)
            assert "98 " not in said, "both answers are on one screen, and all lines of the list"
        return said

    assert f"2. {asked}" in choose() and "\n3. " in choose()
    for number in ("1", "2", "3"):
        assert "\n2. " in choose(number)
        assert choose(number, "2").startswith("END ") and store.consents.find() == []
    for number, purpose in (("1", "figures"), ("2", "programme"), ("3", "lender")):
        assert choose(number, "1").startswith("END ")
        assert no_more in choose(number)
        kept = store.consents.get(f"{village.akello.id}:{purpose}:1")
        assert (kept.holds, kept.language, kept.channel) == (True, language, "phone")
    assert choose("2", "2").startswith("END ")
    assert f"2. {asked}" in choose()
    assert {each.purpose for each in store.consents.find() if each.holds} == {"figures", "lender"}


def test_of_what_nobody_knows_nobody_is_asked(app: App, phone: Callable[[str], Phone], village: Village) -> None:
    mine = phone(village.akello.phone)
    mine.dial("*384*7*my_data#")
    mine.type("2")
    assert mine.type(village.akello.pin) == (
        "CON Who may have your data?\n1. Name, phone to programme: no\n2. Name, phone to lender: no\n"
        "0 Back  00 Home"
    )


def test_nobody_says_it_for_them_without_the_pin(
    app: App, phone: Callable[[str], Phone], village: Village
) -> None:
    mine = phone(village.akello.phone)
    mine.dial("*384*7*my_data#")
    mine.type("2")
    assert "programme" not in mine.type(village.okot.pin)
    assert app.store.consents.find() == []


WHY: Mapping[Any, tuple[str, str]] = {
    "en": ("When you agreed is not known.", "You agreed on 5 Oct 2026."),
    "fr": ("Date de votre accord inconnue.", "D'accord le 5 oct 2026."),
    "sw": ("Haijulikani ulikubali lini.", "Ulikubali tarehe 5 Okt 2026."),
}


@pytest.mark.parametrize("language", WHY)
def test_why_it_is_kept_is_said_and_since_when_of_those_of_whom_it_is_known(
    app: App, phone: Callable[[str], Phone], village: Village, language: Any
) -> None:
    mine, store = phone(village.akello.phone), app.store
    store.people.change(village.akello.id, language=language)
    unknown, known = WHY[language]

    def why() -> str:
        mine.dial("*384*7*my_data#")
        said = mine.type("3")
        assert said.startswith("END ") and septets(said.removeprefix("END ")) <= 160
        return said

    assert unknown in why()
    store.transaction(lambda tx: agree_to_service(tx, tx.people.get(village.akello.id), CONSENT_VERSION, ""))
    assert known in why()


def in_telegram(town: Wired, number: str) -> dict[str, bytes]:
    messages = town.simulator.telegram.chats.of(number).messages.values()
    return {each.document.name: each.document.content for each in messages if each.document}


def test_a_chat_gets_all_of_it_to_be_read_and_for_a_program_and_nobody_else_is_in_it(
    settings: Settings, clock: Clock
) -> None:
    with wired(settings, clock) as town:
        village, telegram = town.village, town.simulator.telegram
        akello = village.akello
        telegram.start(akello.phone)
        telegram.write(akello.phone, "1")
        telegram.share_contact(akello.phone)
        for form in ("1", "2"):
            for typed in ("my data", "1", form, akello.pin):
                telegram.write(akello.phone, typed)
        store = town.app.store
        store.people.change(akello.id, network="mtn")
        carry_out(town.app, "paper", store.papers.due(store.now(), 100))
        files = in_telegram(town, akello.phone)
        assert sorted(files) == ["my-data-2026-10-05.json", "my-data-2026-10-05.pdf"]
        said = json.loads(files["my-data-2026-10-05.json"])
        sheet = read_pdf(files["my-data-2026-10-05.pdf"])
        assert said["profile"]["phone"] == akello.phone
        assert sheet.startswith("My data Name Akello Grace Phone +256772000101 Who carries its money ")
        assert "Who looked at your data" in sheet and "Nobody but you." in sheet
        assert said["consents"] == [] and "not known We keep your name, number and savings" in sheet
        for typed in ("my consents", akello.pin, "2", "1", "my data", "1", "1", akello.pin):
            telegram.write(akello.phone, typed)
        carry_out(town.app, "paper", store.papers.due(store.now(), 100))
        sheet = read_pdf(in_telegram(town, akello.phone)["my-data-2026-10-05.pdf"])
        assert "A lender who wants to lend to your group may have your name and phone number." in sheet
        assert [(each.purpose, each.channel) for each in store.consents.find()] == [("lender", "telegram")]
        others = (village.nakato, village.wanjiru, village.okot)
        whole = sheet + files["my-data-2026-10-05.json"].decode()
        assert [each.name for each in others if each.name in whole or each.phone in whole] == []
