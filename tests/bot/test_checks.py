"""The page that a paper's square code opens: genuine or not, in its language, and not a name on it."""

from dataclasses import replace

import pytest
from werkzeug.test import Client

from bot.app import App, build
from bot.config import Settings, load
from domain.money import Money
from domain.people.limits import WRONG_RECEIPTS_SHOWN
from domain.savings.contribute import RecordCash
from domain.savings.receipts import SealedStatement, sealed_statement
from flows.savings.statement_file import statement_file
from flows.words.seals import square_of
from flows.words.texts import words
from tests.conftest import PINS, Clock
from tests.people import Village, do
from tests.web import wsgi


def given(app: App, village: Village) -> SealedStatement:
    do(app.store, RecordCash(village.umoja, village.akello.id, Money(5_500, "UGX"), village.wanjiru.id))
    today = app.store.groups.get(village.umoja).constitution.day(app.store.now())
    return sealed_statement(app.store, village.umoja, village.akello.id, today, today)


def test_a_paper_is_checked_by_whoever_holds_it(app: App, village: Village) -> None:
    web, seal = Client(wsgi(app)), given(app, village).seal
    page = f"/check/{village.code}/{seal.code}"
    asked = web.get(page, query_string={"in": "fr"})
    assert asked.status_code == 200 and "« À vous après »" in asked.text and '<html lang="fr">' in asked.text
    found = web.post(page, data={"amount": "5 000"}, headers={"Accept-Language": "sw-TZ,sw"})
    assert found.status_code == 200
    assert "Risiti hii ni halali." in found.text
    assert (
        found.headers["Cache-Control"] == "no-store"
        and "default-src 'none'" in found.headers["Content-Security-Policy"]
    )
    other = page[:-1] + ("3" if page.endswith("2") else "2")
    for wrong, at in (("50000", page), ("5000", other), ("5000", f"/check/99999/{seal.code}")):
        answer = web.post(at, data={"amount": wrong})
        assert (at, answer.status_code) == (at, 404)
        assert "This group has given out no receipt" in answer.text
    for text in (asked.text, found.text):
        assert not [name for name in ("Akello", "Umoja", "5,000") if name in text], "no name, and no amount"


def test_nobody_guesses_at_it(app: App, village: Village) -> None:
    web, seal = Client(wsgi(app)), given(app, village).seal
    page = f"/check/{village.code}/{seal.code}"
    for _ in range(WRONG_RECEIPTS_SHOWN.most):
        assert web.post(page, data={"amount": "<b>1"}).status_code == 404
    assert web.post(page, data={"amount": "5000"}).status_code == 429
    other = web.post(page, data={"amount": "5000"}, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert other.status_code == 200, "another one has guessed at nothing"
    assert "<b>" not in web.post(page[:-3] + "<b>", data={"amount": "1"}).text


@pytest.mark.parametrize(
    ("public_url", "number", "read"),
    [
        ("https://bot.example.org", "+14155238886", "https://bot.example.org/check/10101/{code}?in=sw"),
        ("http://127.0.0.1:8000", "+14155238886", "https://wa.me/14155238886?text=receipt%20{written}"),
        ("http://127.0.0.1:8000", "", "Risiti {written}. Kuihakiki, piga *384*7#"),
    ],
)
def test_the_square_code_leads_to_what_there_is(
    app: App, village: Village, settings: Settings, clock: Clock, public_url: str, number: str, read: str
) -> None:
    settings = replace(settings, public_url=public_url, twilio_whatsapp_number=number)
    if not number:
        settings = replace(settings, twilio_account_sid="")
    other = build(settings, clock=clock, pins=PINS, prepared=True)
    sealed = given(other, village)
    code = sealed.seal.code
    assert square_of(sealed.seal, words("sw")) == read.format(code=code, written=f"{code[:5]}-{code[5:]}")
    assert statement_file(sealed, words("sw")).content.startswith(b"%PDF")
    other.close()


def test_an_address_of_this_machine_is_on_no_paper() -> None:
    assert load({"PUBLIC_URL": "http://192.168.1.5:8000", "DATA_DIR": "/nonexistent", **_SECRETS}).check_link == ""


_SECRETS = dict.fromkeys(
    ("SESSION_SECRET", "PIN_PEPPER", "JWT_SECRET", "REFRESH_TOKEN_SECRET", "HOOK_SECRET"), "x" * 40
)
