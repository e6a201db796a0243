"""A statement as a file: whole, in columns, in the member's language, in chats and nowhere else."""

from collections.abc import Iterator

import pytest
import requests
from werkzeug.test import Client

from bot.app import App
from bot.config import Settings
from domain.money import Money
from domain.records.person import Language
from domain.savings.contribute import RecordCash
from domain.savings.statement import SHOWN, periods_of, statement_of
from flows.dialogue import document
from flows.engine.document import File, text_file
from flows.engine.play import NotOpened, play
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.savings.statement_file import statement_file
from flows.words.texts import words
from tests.conftest import Clock
from tests.people import Village, do
from tests.phone import SmsPhone
from tests.waiting import until
from tests.web import wsgi
from tests.wired import BusyPhone, Wired, wired


def save(app: App, village: Village, minor: int) -> None:
    do(app.store, RecordCash(village.umoja, village.akello.id, Money(minor, "UGX"), village.wanjiru.id))


def file_of(app: App, village: Village, language: Language) -> str:
    periods = periods_of(app.store, village.umoja, village.akello.id)
    whole = statement_of(app.store, village.umoja, village.akello.id, periods.cycle, periods.today)
    return statement_file(whole, words(language), "Akello Grace").content.decode("utf-8-sig")


IN_ENGLISH = """\
Statement
Group: Umoja
Member: Akello Grace
5 Oct 2026 to 12 Oct 2026

Before: yours UGX 0

 5 Oct 2026   UGX 5,500  savings, cash
12 Oct 2026  UGX 17,500  savings, cash

After: yours UGX 22,000
"""


def test_it_has_each_line_in_columns_with_its_year(app: App, village: Village, clock: Clock) -> None:
    save(app, village, 5_500)
    clock.forward(days=7)
    save(app, village, 17_500)
    assert file_of(app, village, "en") == IN_ENGLISH


@pytest.mark.parametrize(
    ("language", "said"),
    [("fr", ["Relevé", "Groupe : Umoja", "Du 5 oct 2026 au 5 oct 2026"]), ("sw", ["Taarifa", "Kikundi: Umoja"])],
)
def test_it_is_in_the_member_s_language(app: App, village: Village, language: Language, said: list[str]) -> None:
    save(app, village, 5_500)
    lines = file_of(app, village, language).replace("\u00a0", " ").split("\n")
    assert [line for line in said if line not in lines] == []


def test_nothing_in_it_is_said_too(app: App, village: Village) -> None:
    assert "\nNothing in these days.\n" in file_of(app, village, "en")


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("statement umoja 2026-10-05", "statement-umoja-2026-10-05.txt"),
        ('../a"b\r\nSet-Cookie: c', "a-b-set-cookie-c.txt"),
        ("محمد", "file.txt"),
        ("x" * 500, "x" * 60 + ".txt"),
    ],
)
def test_a_name_is_safe_wherever_it_stands(name: str, made: str) -> None:
    file = text_file(name, ["é"])
    assert file == File(made, "text/plain; charset=utf-8", "\ufeffé\n".encode())


def test_it_is_read_behind_a_pin_or_not_at_all(app: App, village: Village) -> None:
    today = periods_of(app.store, village.umoja, village.akello.id).today

    def unlocked() -> Conversation:
        yield from ()
        whole = document(statement_file, statement_of, village.umoja, village.akello.id, today, today)
        return say("Done", whole)

    with pytest.raises(NotOpened):
        play(unlocked, "en", ())


# On every channel, from one end of the wire to the other


@pytest.fixture
def town(settings: Settings, clock: Clock) -> Iterator[Wired]:
    with wired(settings, clock) as town:
        save(town.app, town.village, 5_500)
        yield town


ASKED = ("full statement", "2")


def test_telegram_brings_it_beside_the_screen(town: Wired) -> None:
    akello, telegram = town.village.akello, town.simulator.telegram
    telegram.start(akello.phone)
    telegram.write(akello.phone, "1")
    telegram.share_contact(akello.phone)
    for typed in (*ASKED, akello.pin):
        telegram.write(akello.phone, typed)

    def documents() -> list[str]:
        return [each["document"] for each in telegram.messages(akello.phone) if each["document"]]

    until(lambda: documents() != [])
    assert documents() == ["statement-umoja-2026-10-05-2026-10-05.txt"]
    (message,) = (each for each in telegram.messages(akello.phone) if each["document"])
    asked = {"phone": akello.phone, "message": message["id"]}
    answer = requests.get(f"{town.simulator.url}/sim/telegram/document", params=asked, timeout=5)
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.content.decode("utf-8-sig").startswith("Statement\nGroup: Umoja\n")
    assert any(text.startswith("Umoja, 5 Oct to 5 Oct") for text in town.telegram(akello.phone)), "the screen too"
    assert akello.pin not in "".join(town.telegram(akello.phone))


def test_whatsapp_fetches_it_at_an_address_nobody_can_guess(town: Wired, clock: Clock) -> None:
    akello, whatsapp = town.village.akello, town.simulator.whatsapp
    for typed in (*ASKED, akello.pin):
        whatsapp.write(akello.phone, typed)

    def documents() -> list[str]:
        return [each["document"] for each in whatsapp.chats.shown(akello.phone) if each["document"]]

    until(lambda: documents() != [])
    assert documents() == ["statement-umoja-2026-10-05-2026-10-05.txt"]
    message = next(each for each in whatsapp.chats.newest_first() if each.document)
    assert message.document is not None
    assert message.document.content.decode("utf-8-sig").startswith("Statement\nGroup: Umoja\n")

    web, path = Client(wsgi(town.app)), message.media_url.removeprefix(town.app.settings.public_url)
    answer = web.get(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    _, _, token, name = path.split("/")
    id, ends, signature = token.split("-")
    assert len(id) == 32 and akello.phone[1:] not in path
    later = str(int(ends) + 3600)
    for wrong in (
        f"/files/{id}-{ends}-{signature[:-1]}/{name}",
        f"/files/{id}-{later}-{signature}/{name}",
        f"/files/{'0' * 32}-{ends}-{signature}/{name}",
        f"/files/{id}/{name}",
        f"/files/{id}-{ends}-/{name}",
        f"/files/é-{ends}-{signature}/{name}",
        f"/files/{token}/other.txt",
        f"/files/{token}",
        "/files/",
    ):
        assert (wrong, web.get(wrong).status_code) == (wrong, 404)
    assert web.post(path).status_code == 405
    clock.forward(minutes=16)
    assert web.get(path).status_code == 404


def test_it_is_sent_once_however_often_the_request_comes(town: Wired) -> None:
    akello, whatsapp = town.village.akello, town.simulator.whatsapp
    for typed in ASKED:
        whatsapp.write(akello.phone, typed)
    whatsapp.faults.set({"webhook_twice": 1})
    whatsapp.write(akello.phone, akello.pin)
    town.app.close()  # what was begun is finished
    assert len([each for each in whatsapp.chats.newest_first() if each.media_url]) == 1


def test_a_file_that_cannot_be_sent_takes_nothing_from_the_screen(town: Wired) -> None:
    akello, whatsapp = town.village.akello, town.simulator.whatsapp
    whatsapp.faults.set({"status_500_before_accept": -1})
    for typed in (*ASKED, akello.pin):
        whatsapp.write(akello.phone, typed)
    town.app.close()
    assert any(text.startswith("Umoja, 5 Oct to 5 Oct") for text in town.whatsapp(akello.phone))


def test_calls_and_texts_have_its_pages_and_no_file(town: Wired) -> None:
    akello = town.village.akello
    phone = town.phone(akello.phone)
    phone.dial("*384*7*full statement#")
    phone.type("2")
    assert phone.type(akello.pin).startswith("END Umoja, 5 Oct to 5 Oct")
    texting: SmsPhone = BusyPhone(town.app, akello.phone, town.simulator)
    for typed in ASKED:
        texting.type(typed)
    assert texting.type(akello.pin).startswith("Umoja, 5 Oct to 5 Oct")


def test_the_file_has_the_lines_that_the_screen_leaves_out(app: App, village: Village) -> None:
    for _ in range(SHOWN + 3):
        save(app, village, 200)
    assert file_of(app, village, "en").count(", cash\n") == SHOWN + 3
