"""A statement as a file: whole, as a PDF, in the member's language, in chats and nowhere else."""

from collections.abc import Iterator
from datetime import date

import pytest
import requests
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st
from werkzeug.test import Client

from bot.app import App
from bot.config import Settings
from domain.money import Money
from domain.records.payment import Ref
from domain.records.person import LANGUAGES, Language
from domain.records.receipt import written_code
from domain.savings.contribute import RecordCash
from domain.savings.receipts import Seal, SealedStatement, sealed_statement
from domain.savings.statement import SHOWN, Statement, Transaction, periods_of
from flows.dialogue import document
from flows.engine.document import file_name
from flows.engine.play import NotOpened, play
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.savings.statement_file import statement_file
from flows.words.texts import t, words
from tests.conftest import Clock
from tests.flows.talk import save
from tests.pdf import read_pdf
from tests.people import Village, do
from tests.phone import SmsPhone
from tests.waiting import until
from tests.web import wsgi
from tests.wired import BusyPhone, Wired, wired


def sealed(app: App, village: Village) -> SealedStatement:
    periods = periods_of(app.store, village.umoja, village.akello.id)
    return sealed_statement(app.store, village.umoja, village.akello.id, periods.cycle, periods.today)


def file_of(app: App, village: Village, language: Language) -> str:
    return read_pdf(statement_file(sealed(app, village), words(language)).content)


def test_it_has_each_line_with_what_was_left_the_sums_and_the_seal(
    app: App, village: Village, clock: Clock
) -> None:
    save(app, village, 5_500)
    clock.forward(days=7)
    save(app, village, 17_500)
    seal = sealed(app, village).seal
    (entry,) = app.store.books.at_places(village.umoja, [app.store.books.length(village.umoja)])
    assert (seal.entries, seal.hash) == (entry.seq, entry.hash)
    parts = " ".join(entry.hash[place : place + 16] for place in (0, 16, 32, 48))
    assert file_of(app, village, "en") == (
        "Statement Group Umoja Member Akello Grace Number in the group 3 Days 5 Oct 2026 to 12 Oct 2026 "
        "Day What for Amount Yours "
        "5 Oct 2026 Before UGX 0 "
        "5 Oct 2026 savings, cash UGX 5,500 UGX 5,000 "
        "12 Oct 2026 savings, cash UGX 17,500 UGX 22,000 "
        "12 Oct 2026 After UGX 22,000 "
        "Yours before UGX 0 Came to it UGX 22,000 Went from it UGX 0 Yours after UGX 22,000 "
        f"Receipt code {written_code(seal.code)} Entries in the book {entry.seq} Last entry {entry.hash[:8]} "
        f"The whole of its hash {parts} "
        "Anyone in the group can check it: choose My group, then Check a receipt. Page 1 of 1"
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", ["Relevé Groupe Umoja", "Du 5 oct 2026 au 5 oct 2026", "5 500 UGX 5 000 UGX", "Page 1 sur 1"]),
        ("sw", ["Taarifa Kikundi Umoja", "UGX 5,500 UGX 5,000", "Ukurasa 1 kati ya 1"]),
    ],
)
def test_it_is_in_the_member_s_language(app: App, village: Village, language: Language, said: list[str]) -> None:
    save(app, village, 5_500)
    text = file_of(app, village, language)
    assert [part for part in said if part not in text] == [], text


def test_nothing_in_it_is_said_too(app: App, village: Village) -> None:
    assert " Nothing in these days. " in file_of(app, village, "en")


def test_the_same_statement_is_the_same_file_whenever_it_is_made(app: App, village: Village, clock: Clock) -> None:
    """And another one when the book has gone on, though its lines are the same."""
    save(app, village, 5_500)
    one = statement_file(sealed(app, village), words("en"))
    clock.forward(hours=1)
    assert statement_file(sealed(app, village), words("en")) == one
    do(app.store, RecordCash(village.umoja, village.okot.id, Money(5_500, "UGX"), village.wanjiru.id))
    assert statement_file(sealed(app, village), words("en")).content != one.content


AMOUNTS = st.integers(-(10**12), 10**12)


@given(
    had=AMOUNTS,
    owed=st.integers(0, 10**12),
    changes=st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=8),
    currency=st.sampled_from(["UGX", "KES", "XAF"]),
    language=st.sampled_from(LANGUAGES),
)
@tried(max_examples=10, deadline=None)
def test_what_is_left_after_each_line_and_the_sums_lead_to_the_balances(
    had: int, owed: int, changes: list[tuple[int, int]], currency: str, language: Language
) -> None:
    day = date(2026, 10, 5)

    def money(minor: int) -> Money:
        return Money(minor, currency)

    lines = [
        Transaction(day, "savings", money(abs(held) or 1), Ref(""), "cash", "done", "", held, borrowed)
        for held, borrowed in changes
    ]
    has, owes = had + sum(held for held, _ in changes), owed + sum(borrowed for _, borrowed in changes)
    of = Statement("Umoja", day, day, money(had), money(owed), money(has), money(owes), lines, 0)
    made = statement_file(
        SealedStatement(of, "Akello", 2, Seal("2222222222", 1, "0" * 64, "", "", "*384*7#")), words(language)
    )
    text, says = read_pdf(made.content), words(language)

    def said(minor: int) -> str:
        return says.value(money(minor)).replace("\u00a0", " ")

    came, went = sum(held for held, _ in changes if held > 0), -sum(held for held, _ in changes if held < 0)
    assert had + came - went == has
    place = 0
    for name, minor in (("Yours before", had), ("Came to it", came), ("Went from it", went), ("Yours after", has)):
        place = text.index(f"{says.say(t(name))} {said(minor)}", place)
    left, rows = had, text
    for held, _ in changes:
        left += held
        assert said(left) in rows
        rows = rows[rows.index(said(left)) :]


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("statement umoja 2026-10-05", "statement-umoja-2026-10-05.pdf"),
        ('../a"b\r\nSet-Cookie: c', "a-b-set-cookie-c.pdf"),
        ("محمد", "file.pdf"),
        ("x" * 500, "x" * 60 + ".pdf"),
    ],
)
def test_a_name_is_safe_wherever_it_stands(name: str, made: str) -> None:
    assert file_name(name, "pdf") == made


def test_it_is_read_behind_a_pin_or_not_at_all(app: App, village: Village) -> None:
    today = periods_of(app.store, village.umoja, village.akello.id).today

    def unlocked() -> Conversation:
        yield from ()
        whole = document(statement_file, sealed_statement, village.umoja, village.akello.id, today, today)
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
    assert documents() == ["statement-umoja-2026-10-05-2026-10-05.pdf"]
    (message,) = (each for each in telegram.messages(akello.phone) if each["document"])
    asked = {"phone": akello.phone, "message": message["id"]}
    answer = requests.get(f"{town.simulator.url}/sim/telegram/document", params=asked, timeout=5)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert read_pdf(answer.content).startswith("Statement Group Umoja ")
    assert any(text.startswith("Umoja, 5 Oct to 5 Oct") for text in town.telegram(akello.phone)), "the screen too"
    assert akello.pin not in "".join(town.telegram(akello.phone))


def test_whatsapp_fetches_it_at_an_address_nobody_can_guess(town: Wired, clock: Clock) -> None:
    akello, whatsapp = town.village.akello, town.simulator.whatsapp
    for typed in (*ASKED, akello.pin):
        whatsapp.write(akello.phone, typed)

    def documents() -> list[str]:
        return [each["document"] for each in whatsapp.chats.shown(akello.phone) if each["document"]]

    until(lambda: documents() != [])
    assert documents() == ["statement-umoja-2026-10-05-2026-10-05.pdf"]
    message = next(each for each in whatsapp.chats.newest_first() if each.document)
    assert message.document is not None
    assert read_pdf(message.document.content).startswith("Statement Group Umoja ")

    web, path = Client(wsgi(town.app)), message.media_url.removeprefix(town.app.settings.public_url)
    answer = web.get(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.headers["Content-Type"] == "application/pdf"
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
    assert file_of(app, village, "en").count(", cash ") == SHOWN + 3
