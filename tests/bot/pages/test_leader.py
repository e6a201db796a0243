"""A leader's pages: they show what the books say, cost the same in a large group, and nobody else sees them."""

import gzip
import re
from collections.abc import Iterator

import pytest
from werkzeug.test import Client, TestResponse

from bot.app import App, build
from bot.config import Settings
from bot.pages.static import address_of
from domain.access.accounts import make_account, otp_of
from domain.broadcasts.send import ALONE_MAX
from domain.groups.money import money_of
from domain.papers.of_group import accounts_of
from domain.people.consents import SayConsent
from domain.records.account import AccountRole
from domain.records.person import LANGUAGES
from domain.records.pin import Secret
from flows.words.texts import words
from tests.bot.pages.leading import MEMBERS_PAGES, PAGES, joined, read_as_text, settled, signed_in, token
from tests.conftest import PINS, Clock
from tests.domain.savers import Savers
from tests.listening import Commands
from tests.people import register
from tests.web import wsgi


@pytest.fixture
def savers(app: App, clock: Clock) -> Savers:
    return settled(app, clock)


def get(web: Client, path: str, **asked: str) -> TestResponse:
    return web.get(f"/groups/10101{path}", query_string=asked or None, headers={"Accept": "text/html"})


def gaps(html: str) -> Iterator[str]:
    """What a page must not have, or lacks."""
    for what in ("<script", "style=", "<style", "onclick", "javascript:", "http://", "https://", "None", "{{"):
        if what in html:
            yield f"has {what}"
    fetched = re.findall(r'(?:src|href)="([^"]+\.\w+)"', html)
    if fetched != [address_of("page.css")]:
        yield f"fetches {fetched}"
    if len(re.findall("<h1>", html)) != 1:
        yield "has not one heading"
    yield from (f"no scope: {each}" for each in re.findall(r"<th(?!ead| scope)[^>]*>", html))
    named = set(re.findall(r'<label for="([^"]+)"', html))
    for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", html):
        id = re.search(r' id="([^"]+)"', tag)
        if 'type="hidden"' not in tag and 'type="radio"' not in tag and 'type="checkbox"' not in tag:
            if not id or id[1] not in named:
                yield f"no label: {tag}"
            if 'type="number"' in tag or 'type="date"' in tag:
                yield f"old browsers cannot: {tag}"


def test_every_page_shows_and_is_light_and_whole_without_a_script(app: App, savers: Savers) -> None:
    web = signed_in(app, "ada")
    style = gzip.compress(web.get(address_of("page.css")).data)
    loan = app.store.loans.find(group=savers.group, person="dan")[0].id
    cast = app.store.broadcasts.find(group=savers.group)[0].id
    for path in (*PAGES, f"/loans/{loan}", f"/messages/{cast}"):
        for language in LANGUAGES:
            seen = web.get(f"/groups/10101{path}{'&' if '?' in path else '?'}speak={language}")
            assert seen.status_code in (200, 422), (path, seen.text)
            assert [*gaps(seen.text)] == [], path
            assert f'<html lang="{language}">' in seen.text
            assert "<b>" not in seen.text
            assert len(gzip.compress(seen.data)) < 10_000, path
            assert len(style) + len(gzip.compress(seen.data)) < 30_000
    for path in ("/me", "/groups"):
        assert [*gaps(web.get(path).text)] == []
    assert [*gaps(Client(web.application).get("/sign-in").text)] == []


def test_the_figures_are_those_of_statements_and_phones(app: App, savers: Savers) -> None:
    web, store, english = signed_in(app, "ada"), app.store, words("en")
    home = read_as_text(get(web, "").text)
    money = money_of(store, savers.group, "ada")
    group = store.groups.get(savers.group)
    today = group.constitution.day(store.now())
    accounts = accounts_of(store, savers.group, group.cycle_from, today)
    earned = accounts.amount(accounts.sheets.unclosed)
    for label, amount in {
        "Cash box": money.cash_box,
        "Mobile money": money.wallet,
        "Lent and not paid back": money.lent,
        "Earned and not shared out": earned,
    }.items():
        assert f"{label}\n{english.value(amount)}\n" in home, home
    assert "1 loan is late, UGX " in home and "Cash records that a member contests\n1" in home
    statement = read_as_text(get(web, "/statements/view").text)
    for member in accounts.members:
        assert member.name in statement
        assert english.value(accounts.amount(member.part.has)).removeprefix("UGX ") in statement
    sums = re.findall(r"Together\n([\d,]+)\n([\d,]+)", read_as_text(get(web, "/books").text))
    assert len(sums) == 1 and sums[0][0] == sums[0][1], "both sides of the book are one sum"
    assert (
        store.books.at_places(savers.group, [store.books.length(savers.group)])[0].hash in get(web, "/books").text
    )
    french = read_as_text(get(web, "", speak="fr").text)
    assert f"Caisse\n{words('fr').value(money.cash_box)}" in french


def test_whether_a_member_agrees_is_shown_and_nothing_more_of_it(app: App, savers: Savers) -> None:
    web = signed_in(app, "ben")
    assert "Agrees that others have\nNothing" in read_as_text(get(web, "/members/4").text)
    savers.do(SayConsent("dan", "programme", True))
    assert "Agrees that others have\nName, phone to programme" in read_as_text(get(web, "/members/4").text)


def test_another_group_does_not_exist_and_a_member_sees_their_own(app: App, savers: Savers) -> None:
    """Wrong beside right: each page, as an officer, a member, somebody else, and nobody."""
    stranger = register(app.store, "Stranger Ann", "+256772000199", "1470")
    officer, member, other = signed_in(app, "ben"), signed_in(app, "dan"), signed_in(app, stranger.id)
    nobody = Client(officer.application)
    for path in PAGES:
        assert get(officer, path).status_code in (200, 422), path
        assert get(member, path).status_code == (200 if path in MEMBERS_PAGES else 403), path
        assert get(other, path).status_code == 404, path
        sent = get(nobody, path)
        assert sent.status_code == 303 and sent.headers["Location"].startswith("/sign-in"), path
    for path in ("", "/books"):
        assert officer.get(f"/groups/99999{path}").status_code == 404
    for path in ("/members/99", "/loans/none", "/messages/none", "/meeting/2020-01-01", "/meeting/x_y"):
        assert get(officer, path).status_code == 404, path
    own = read_as_text(get(member, "/mine").text)
    assert "Ada Name" not in own and "Saved\nUGX 100,000" in own
    assert "Eve Name" not in read_as_text(get(member, "").text)
    membership = app.store.memberships.one(group=savers.group, person="ben")
    assert membership is not None
    app.store.memberships.change(membership.id, role="member")
    assert get(officer, "/members").status_code == 403, "a changed office counts at once"
    app.store.memberships.change(membership.id, status="expelled")
    assert get(officer, "").status_code == 404


def test_a_page_asks_as_often_in_a_large_group(app: App, savers: Savers, settings: Settings, clock: Clock) -> None:
    """What is sent to the store does not grow with the members, whatever the page."""
    asked = Commands()
    counting = build(settings, clock=clock, pins=PINS, prepared=True, listeners=(asked,))
    web = signed_in(counting, "ada")

    def counts() -> dict[str, int]:
        found = {}
        get(web, "/statements/view")  # its receipt is written once for a book
        for path in PAGES:
            asked.sent.clear()
            assert get(web, path).status_code in (200, 422), path
            found[path] = len(asked.sent)
        return found

    few = counts()
    joined(app, savers, 30)
    assert counts() == few
    assert max(few.values()) <= 50, few
    counting.close()


def test_a_message_is_seen_first_and_sent_once(app: App, savers: Savers, clock: Clock) -> None:
    web, store = signed_in(app, "ada"), app.store
    form = {"audience": "all", "kind": "words", "words": "Come on Monday", "numbers": "", "when": "now"}
    assert get(web, "/messages/preview").status_code == 303
    seen = web.post("/groups/10101/messages/preview", data=form | token(web, "/groups/10101/messages"))
    text = read_as_text(seen.text)
    assert "To 6 members." in text and "Come on Monday" in text and "Parts of a text message: 1" in text
    key = re.search(r'name="key" value="([^"]+)"', seen.text)
    assert key is not None and len(store.broadcasts.find(group=savers.group)) == 1, "nothing is sent yet"
    send = form | {"key": key[1]} | token(web, "/groups/10101/messages")
    first = web.post("/groups/10101/messages/send", data=send)
    again = web.post("/groups/10101/messages/send", data=send)
    assert first.status_code == 303 and len(store.broadcasts.find(group=savers.group)) == 2
    assert again.headers.get("Location") in (first.headers["Location"], None)
    followed = web.get(first.headers["Location"])
    assert "not begun" in followed.text
    once = {"key": "k1"} | token(web, first.headers["Location"])
    assert web.post(f"{first.headers['Location']}/stop", data=once).status_code == 303
    assert "stopped" in web.get(first.headers["Location"]).text
    assert web.post(f"{first.headers['Location']}/stop", data=once | {"key": "k2"}).status_code == 409
    assert web.post(f"{first.headers['Location']}/explode", data=once).status_code == 404
    activity = read_as_text(get(web, "/activity").text)
    assert "wrote to members" in activity and "stopped a message" in activity


WRONG_MESSAGES = [
    ({"words": ""}, "Please fill this in."),
    ({"words": "your PIN please"}, "Never write of a PIN"),
    ({"words": "see http://x.example"}, "Write no link"),
    ({"audience": "unpaid", "kind": "meeting"}, "not said to these members"),
    ({"audience": "chosen", "numbers": "one two"}, "with spaces between them"),
    ({"audience": "chosen", "numbers": "77"}, "belongs to nobody here"),
    ({"when": "each_meeting"}, "not repeated before each meeting"),
    ({"audience": "everybody"}, "Please choose one of these."),
    ({"role": "operator"}, "This page is too old"),
]


def test_a_wrong_message_is_said_beside_its_field(app: App, savers: Savers) -> None:
    web = signed_in(app, "ada")
    right = {"audience": "all", "kind": "words", "words": "Come", "numbers": "", "when": "now"}
    for changed, said in WRONG_MESSAGES:
        for where in ("preview", "send"):
            form = right | changed | ({"key": "k"} if where == "send" else {})
            sent = web.post(f"/groups/10101/messages/{where}", data=form | token(web, "/groups/10101/messages"))
            assert sent.status_code == 422 and said in sent.text, changed
    assert len(app.store.broadcasts.find(group=savers.group)) == 1


def test_many_need_a_second_officer_on_the_phone(app: App, savers: Savers) -> None:
    web = signed_in(app, "ada")
    joined(app, savers, ALONE_MAX)
    form = {"audience": "all", "kind": "meeting", "words": "", "numbers": "", "when": "now", "key": "many"}
    sent = web.post("/groups/10101/messages/send", data=form | token(web, "/groups/10101/messages"))
    followed = read_as_text(web.get(sent.headers["Location"]).text)
    assert "Another officer must agree, on their phone. They dial:\n*384*7#" in followed


def test_statements_are_files_and_go_to_the_phone(app: App, savers: Savers) -> None:
    web = signed_in(app, "ada")
    starts = {"pdf": b"%PDF", "xlsx": b"PK", "csv": b"\xef\xbb\xbf"}
    for form, start in starts.items():
        made = get(web, "/statements/file", form=form)
        assert made.status_code == 200 and made.data[: len(start)] == start, form
        assert made.headers["Content-Disposition"].startswith('attachment; filename="')
    assert get(web, "/statements/file", number="4").data.startswith(b"%PDF")
    assert get(web, "/statements/file", number="99").status_code == 404
    assert get(web, "/statements/file", form="exe").status_code == 422
    order = {"kind": "group_statement", "form": "pdf", "key": "one"} | token(web, "/groups/10101/statements")
    assert "on its way" in web.post("/groups/10101/statements/order", data=order).text
    web.post("/groups/10101/statements/order", data=order)
    assert len(app.store.papers.find(person="ada")) == 1
    assert "took a statement as a file" in read_as_text(get(web, "/activity").text)


def test_an_agent_and_the_operator_read_and_do_nothing(app: App, savers: Savers, clock: Clock) -> None:
    role: AccountRole
    for name, role, groups in (("agent", "agent", (savers.group,)), ("ops", "operator", ()), ("far", "agent", ())):
        email = f"{name}@example.org"
        account = make_account(app.store, email, name, role, Secret("a long word of theirs"), groups=groups)
        totp = otp_of(app.store, account).at(clock())
        web = Client(wsgi(app))
        entry = {"email": email, "password": "a long word of theirs", "totp": totp, "to": ""} | token(web)
        assert web.post("/sign-in/account", data=entry).status_code == 303
        if name == "far":
            assert {get(web, path).status_code for path in PAGES} == {404}
            continue
        for path in PAGES:
            seen = get(web, path)
            assert seen.status_code == (403 if path == "/mine" else 422 if "2030" in path else 200), (name, path)
            forms = re.findall(r'<form method="post" action="([^"]+)"', seen.text)
            assert set(forms) <= {"/sign-out"}, (name, path)
        form = {"audience": "all", "kind": "meeting", "words": "", "numbers": "", "when": "now", "key": "k"}
        cast = app.store.broadcasts.find(group=savers.group)[0]
        hidden = token(web, "/me")
        assert web.post("/groups/10101/messages/send", data=form | hidden).status_code == 422
        assert web.post(f"/groups/10101/messages/{cast.id}/stop", data={"key": "k"} | hidden).status_code == 409
        order = {"kind": "growth", "form": "pdf", "key": "k"} | hidden
        assert web.post("/groups/10101/statements/order", data=order).status_code == 422
    assert len(app.store.broadcasts.find(group=savers.group)) == 1 and app.store.papers.find() == []
