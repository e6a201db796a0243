"""A member asks what is kept about them: in four numbers on any phone, and whole where a file can go."""

import json
from collections.abc import Callable

from bot.app import App
from bot.config import Settings
from bot.jobs import carry_out
from domain.people.chats import StopMessages
from flows.engine.gsm7 import septets
from tests.conftest import Clock
from tests.flows.savings.test_statement_file import read_pdf
from tests.people import Village, do
from tests.phone import Phone
from tests.wired import Wired, wired

ON_ITS_WAY = "It is on its way to your phone."


def test_who_has_only_a_phone_hears_how_much_it_is_and_gets_it_in_short(
    app: App, phone: Callable[[str], Phone], village: Village
) -> None:
    mine = phone(village.akello.phone)
    assert mine.dial("*384*7*my_data#").startswith("CON What we keep about you. Your PIN?")
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
    assert "We keep" not in mine.type(village.okot.pin)
    assert app.store.papers.find() == []


def test_nothing_is_asked_of_who_can_be_sent_nothing(
    app: App, phone: Callable[[str], Phone], village: Village
) -> None:
    do(app.store, StopMessages(village.akello.id, True))
    said = phone(village.akello.phone).dial("*384*7*my_data#")
    assert said.startswith("END There is no chat to send it to")


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
            for typed in ("my data", form, akello.pin):
                telegram.write(akello.phone, typed)
        store = town.app.store
        carry_out(town.app, "paper", store.papers.due(store.now(), 100))
        files = in_telegram(town, akello.phone)
        assert sorted(files) == ["my-data-2026-10-05.json", "my-data-2026-10-05.pdf"]
        said = json.loads(files["my-data-2026-10-05.json"])
        sheet = read_pdf(files["my-data-2026-10-05.pdf"])
        assert said["profile"]["phone"] == akello.phone
        assert sheet.startswith("My data Name Akello Grace Phone +256772000101")
        assert "Who looked at your data" in sheet and "Nobody but you." in sheet
        others = (village.nakato, village.wanjiru, village.okot)
        whole = sheet + files["my-data-2026-10-05.json"].decode()
        assert [each.name for each in others if each.name in whole or each.phone in whole] == []
