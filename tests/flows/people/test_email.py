"""An officer's e-mail: set by a code, what goes there, and no trace of it where it is not switched on."""

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from pypdf import PdfReader
from werkzeug.test import Client

from bot.app import App
from bot.config import Settings
from bot.jobs import carry_out
from domain.money import Money
from domain.papers.order import places_of
from domain.people.chats import CodeExpired, StopMessages
from domain.people.email import NoEmail, SendEmailCode, SetEmail, check_email_code, normal_email
from domain.people.limits import CODES_BY_EMAIL_OF_MEMBER, TooManyCodes
from domain.people.profile import SetLanguage, member
from domain.records.pin import Secret
from domain.savings.contribute import RecordCash
from domain.store import Store
from domain.treasury.money_out import pay_out
from flows.menu import vocabulary
from tests.conftest import Clock
from tests.flows.talk import heard
from tests.people import Village, do, found_village
from tests.phone import Transcript
from tests.web import wsgi
from tests.wired import Wired

RUTH = "ruth.n@example.org"
MANY = "w" * 52 + "@example.org"  # 64 characters


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Switched on."""
    return replace(settings, email_from="savings@example.org", sendgrid_api_key="SG.key-of-the-tests")


@pytest.mark.chats("telegram", "whatsapp", "sms")
def test_an_officer_sets_it_by_the_code_that_was_sent_there(
    app: App, converse: Transcript, village: Village
) -> None:
    phone = converse(
        f"""
        > *384*7*email#
        < CON What is your e-mail address? We send a code there.
        < 0 Back
        > ruth at example
        < CON Please type an e-mail address, like grace@example.org.
        …
        > Ruth.N@Example.org
        < CON A code goes to {RUTH}. Your PIN?
        …
        > 2580
        < CON Type the code of 6 digits that we sent to {RUTH}.
        < 0 Back  00 Home
        """,
        by=village.nakato.phone,
    )
    (code,) = (each.code for each in app.store.codes.find(phone=RUTH))
    assert "Wrong code. 4 tries left." in phone.type("111111" if code == "000000" else "000000")
    assert "Shall we also send there every evening what was paid out?" in phone.type(code)
    assert "What you ask for in a call, like a statement, now comes to your e-mail." in phone.type("2")
    converse(
        """
        > *384*7*email#
        < CON Your e-mail: ruth.n@example.org
        < 1. Daily e-mail of money out
        < 2. Another address
        < 3. Remove it
        < 0 Back
        > 1
        < END Every evening after money was paid out you get an e-mail too.
        > *384*7*email#
        < CON Your e-mail: ruth.n@example.org
        < 1. No daily e-mail
        …
        > 3
        < CON We forget your e-mail. Your PIN?
        …
        > 2580
        < END Your e-mail is removed. Nothing goes there any more.
        """,
        by=village.nakato.phone,
    )
    assert member(app.store, village.nakato.id).email == ""
    warned = "An e-mail address was set for your statements. If it was not you, tell an officer of your group now."
    assert warned in heard(app, village.nakato.phone)
    # Who leads nothing is not asked.
    assert "E-mail" not in converse("> *384*7*settings#\n…", by=village.akello.phone).screen


def sets_email(town: Wired, digest: bool = True) -> None:
    """Nakato, by what arrived at her address."""
    store, nakato = town.app.store, town.village.nakato.id
    do(store, SendEmailCode(nakato, RUTH))
    with pytest.raises(CodeExpired):
        do(store, SetEmail(nakato, RUTH, digest))  # not before it was typed
    town.work()
    (mail,) = town.simulator.mail.inbox(RUTH)
    found = re.search(r"Your code is (\d{6})\.", mail["text"])
    assert found
    check_email_code(store, nakato, RUTH, Secret(found[1]))
    do(store, SetEmail(nakato, RUTH, digest))
    with pytest.raises(CodeExpired):
        do(store, SetEmail(nakato, RUTH, digest))  # nor twice
    assert [dict(each.values) for each in store.notices.find(kind="email_code")] == [{"code": "******"}]


def an_evening(town: Wired, clock: Clock) -> int:
    """Money leaves in cash, and it is eight; how many e-mails that made."""
    store, village, before = town.app.store, town.village, len(town.simulator.mail.inbox())

    def work(tx: Store) -> None:
        group = tx.groups.get(village.umoja)
        pay_out(
            tx, group, village.akello.id, Money(1_000, "UGX"), "withdrawal", way="cash", officer=village.wanjiru.id
        )

    store.transaction(work)
    clock.forward(hours=24)
    for _ in range(2):
        carry_out(town.app, "digest", store.digests.due(store.now(), 10))
        town.work()
    return len(town.simulator.mail.inbox()) - before


def test_files_asked_for_in_a_call_and_the_digest_go_there_and_nothing_else(town: Wired, clock: Clock) -> None:
    store, village, inbox = town.app.store, town.village, town.simulator.mail.inbox
    nakato = village.nakato
    do(store, RecordCash(village.umoja, nakato.id, Money(5_500, "UGX"), village.wanjiru.id))
    do(store, RecordCash(village.umoja, village.akello.id, Money(5_500, "UGX"), village.wanjiru.id))
    sets_email(town)
    town.work()
    assert [mail["subject"] for mail in inbox()] == ["Your code"], "no receipt goes there"
    assert any("UGX 5,500" in text for text in town.texts(nakato.phone))

    # A paper, in her language.
    do(store, SetLanguage(nakato.id, "fr"))
    converse = Transcript(town.phone, nakato.phone)
    converse("""
        > *384*7*send_statement#
        …
        > 1
        < CON Votre relevé. Votre PIN ?
        …
        > 2580
        < END C'est en route vers votre e-mail.
    """)
    carry_out(town.app, "paper", store.papers.due(store.now(), 10))
    paper = inbox(RUTH)[-1]
    assert paper["subject"] == "Umoja : Votre relevé"
    assert "dans le fichier joint" in paper["text"]
    assert "List-Unsubscribe" not in paper["headers"], "she asked for it"
    (file,) = paper["files"]
    assert "Umoja" in PdfReader(io.BytesIO(file["content"])).pages[0].extract_text()

    # The digest: beside the text message, until she leaves.
    assert an_evening(town, clock) == 1
    digest = inbox(RUTH)[-1]
    assert digest["subject"] == "Umoja : Argent sorti aujourd'hui"
    assert "1\xa0000" in digest["text"] or "1 000" in digest["text"] or "1\u202f000" in digest["text"]
    assert sum("Umoja" in text and "000" in text for text in town.texts(nakato.phone)) >= 1
    link = digest["headers"]["List-Unsubscribe"].strip("<>")
    assert link in digest["text"]
    path = link.removeprefix(town.app.settings.public_url)
    page = Client(wsgi(town.app))
    assert page.get(path).status_code == 200
    assert member(store, nakato.id).digest_by_email, "a mail program that opens it changes nothing"
    other = path.replace(nakato.id, village.wanjiru.id)
    assert [page.post(wrong).status_code for wrong in (other, f"{path[:-1]}x", f"{path}/x")] == [404, 404, 404]
    assert member(store, nakato.id).digest_by_email
    assert page.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert an_evening(town, clock) == 0

    # STOP, a new address on the way, another place when nobody is there.
    store.people.change(nakato.id, digest_by_email=True)
    do(store, StopMessages(nakato.id, True))
    assert an_evening(town, clock) == 0
    do(store, StopMessages(nakato.id, False))
    town.simulator.mail.faults.set({"bounces": {RUTH: True}})
    converse("""
        > *384*7*send_statement#
        …
        > 1
        …
        > 2580
        < END C'est en route vers votre e-mail.
    """)
    for _ in range(2):
        carry_out(town.app, "paper", store.papers.due(store.now(), 10))
    newest = max(store.papers.find(person=nakato.id), key=lambda each: each.created_at)
    assert (newest.state, newest.tried, newest.sent_to) == ("short", (RUTH,), "text")


def test_a_code_goes_to_officers_alone_and_so_many(app: App, village: Village) -> None:
    for _ in range(CODES_BY_EMAIL_OF_MEMBER.most):
        do(app.store, SendEmailCode(village.nakato.id, RUTH))
    with pytest.raises(TooManyCodes):
        do(app.store, SendEmailCode(village.nakato.id, RUTH))
    with pytest.raises(NoEmail):
        do(app.store, SendEmailCode(village.akello.id, RUTH))


def test_without_a_sender_there_is_no_trace_of_it(store: Any, village_off: Village) -> None:
    store.people.change(village_off.nakato.id, email=RUTH, email_at=store.now())
    assert member(store, village_off.nakato.id).email == ""
    assert places_of(store, store.people.get(village_off.nakato.id)) == []
    with pytest.raises(NoEmail):
        do(store, SendEmailCode(village_off.nakato.id, RUTH))
    assert "email" not in {shortcut.option for shortcut in vocabulary(()).shortcuts}


@pytest.fixture
def village_off(store: Any) -> Village:
    return found_village(store)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ruth.N@Example.ORG ", RUTH),
        ("a_b+c%d-e'f@x-y.co.ug", "a_b+c%d-e'f@x-y.co.ug"),
        (MANY, MANY),
        (f"w{MANY}", None),
        ("ruth@example", None),
        ("ruth@@example.org", None),
        (".ruth@example.org", None),
        ("ruth..n@example.org", None),
        ("ruth@-example.org", None),
        ("ruth@example.org\nBcc: x@y.zz", None),
        ("ruth@example.org,x@y.zz", None),
        ("<ruth@example.org>", None),
        ("rüth@example.org", None),
        ("", None),
    ],
)
def test_an_address_is_one_that_every_phone_can_type_and_show(typed: str, kept: str | None) -> None:
    assert normal_email(typed) == kept
