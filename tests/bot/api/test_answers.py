"""What the API answers: in pages, in one shape, and in the words of whoever asks."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.api.errors import STATUS, status_of
from domain.errors import DomainError
from domain.letters.write import WriteLetter
from domain.loans.prepare import loan_to_confirm
from domain.people.limits import BAD_TOKENS
from tests.bot.api.world import PAY, World, code_of, pay
from tests.people import do

# In pages


def walk(world: World, who: str, path: str, limit: int, then: Any = lambda: None) -> list[Any]:
    """A list to its end, page by page; something happens after each page."""
    found, after = [], ""
    while True:
        answer = world.ask(who, "GET", f"{path}?limit={limit}&after={after}").get_json()
        assert answer["success"], answer
        found += answer["data"]
        then()
        if answer["next"] is None:
            return found
        after = answer["next"]


def test_a_walk_has_everything_once_whatever_is_added_meanwhile(world: World) -> None:
    world.renew()
    store, village = world.app.store, world.village
    for number in range(3):
        do(store, WriteLetter(village.okot.id, village.umoja, "group", f"letter {number}"))
    letters = walk(
        world,
        "member",
        "/api/groups/10101/letters",
        1,
        lambda: (
            world.ask("treasurer", "POST", "/api/groups/10101/letters", json={"text": "More"})
            if store.groups.get(village.umoja).letters < 6
            else None
        ),
    )
    places = [each["place"] for each in letters]
    assert places == sorted(set(places)) and len(places) >= 6

    payments = walk(world, "member", "/api/payments", 1)
    ids = [each["id"] for each in payments]
    everything = store.payments.find(person=village.akello.id)
    assert sorted(ids) == sorted(each.id for each in everything)
    times = [each["created_at"] for each in payments]
    assert times == sorted(times, reverse=True)

    entries = walk(world, "officer", "/api/groups/10101/books/entries", 2)
    assert [each["seq"] for each in entries] == [*range(1, store.books.length(village.umoja) + 1)]
    chain = [each["hash"] for each in entries]
    assert [each["previous"] for each in entries][1:] == chain[:-1]
    head = world.get("member", "/api/groups/10101/books/head")
    assert head == {"seq": len(chain), "hash": chain[-1]}

    members = walk(world, "officer", "/api/groups/10101/members", 3)
    assert [each["number"] for each in members] == [1, 2, 3, 4]
    world.sign_in_account("operator")
    assert len(walk(world, "operator", "/api/groups", 1)) == 2


@pytest.mark.parametrize(
    "after", ["x", "bnVsbA", "WzFd", "WyIyMDI2LTA5Il0", "W1tbW1tb" * 40, "..", "WyJcdTAwMDAiXQ"]
)
def test_a_cursor_that_is_none_of_ours_is_refused(world: World, after: str) -> None:
    answer = world.ask("member", "GET", f"/api/payments?after={after}")
    assert code_of(answer) == (422, "validation_failed")
    assert "after" in answer.get_json()["error"]["fields"]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "all", "1e9", ""])
def test_a_page_has_a_bound(world: World, limit: str) -> None:
    assert code_of(world.ask("member", "GET", f"/api/payments?limit={limit}")) == (422, "validation_failed")


# As it was seen


def test_what_did_not_change_is_not_sent_again(world: World) -> None:
    path = "/api/groups/10101/books"
    first = world.ask("officer", "GET", path)
    seen = {"If-None-Match": first.headers["ETag"]}
    again = world.ask("officer", "GET", path, headers=seen)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    other_words = world.ask("officer", "GET", path, headers=seen | {"Accept-Language": "fr"})
    assert other_words.status_code == 200


@pytest.mark.usefixtures("hour")
def test_what_is_changed_is_as_whoever_changes_it_has_seen_it(world: World) -> None:
    village = world.village
    # A second loan at a time, so that a request is good here.
    store = world.app.store
    rules = store.groups.get(village.umoja).constitution
    assert rules.loans is not None
    borrowing = replace(rules.loans.borrowing, open_loans_max=2)
    store.groups.change(
        village.umoja, constitution=replace(rules, loans=replace(rules.loans, borrowing=borrowing))
    )

    asked = world.ask("member", "POST", "/api/groups/10101/loans", json=PAY | {"purpose": "school"})
    assert (asked.status_code, asked.get_json()["data"]["confirm_on_phone"]) == (202, True)
    path = f"/api/loans/prepared/{asked.get_json()['data']['id']}"
    waiting = world.ask("member", "GET", "/api/loans/prepared")
    assert [each["amount"]["minor"] for each in waiting.get_json()["data"]] == [1_000]
    assert not store.loans.find(group=village.umoja, state=["submitted", "guaranteed"]), "nothing is asked for"
    stale = world.ask("member", "DELETE", path, headers={"If-Match": '"other"'})
    assert code_of(stale) == (412, "precondition_failed")
    assert loan_to_confirm(store, village.akello.id) is not None
    dropped = world.ask("member", "DELETE", path, headers={"If-Match": waiting.headers["ETag"]})
    assert dropped.status_code == 200
    assert code_of(world.ask("member", "DELETE", path)) == (404, "nothing_prepared")


# What is refused


def every_refusal() -> list[type[DomainError]]:
    return [kind for kind in DomainError.codes.values() if kind.__module__.startswith("domain.")]


def test_every_refusal_has_a_status(world: World) -> None:
    """By its own line, or by its place in the tree; those whose name says what they are have that status."""
    assert {*STATUS} - {*every_refusal(), DomainError} == set()
    for kind in every_refusal():
        assert status_of(kind) in {401, 403, 404, 409, 422, 429, 503}, kind
    too_many = [kind for kind in every_refusal() if kind.__name__.startswith("TooMany")]
    assert {kind.__name__: status_of(kind) for kind in too_many if kind.code != "too_many_words"} == {
        kind.__name__: 429 for kind in too_many if kind.code != "too_many_words"
    }


def test_an_error_is_in_the_language_that_is_asked_for(world: World) -> None:
    said = {
        language: world.ask("member", "GET", "/api/groups/20202", headers={"Accept-Language": language})
        for language in ("en", "fr-CM,fr;q=0.9", "sw", "de, sw;q=0.5", "")
    }
    assert {code_of(answer) for answer in said.values()} == {(404, "no_such_group")}
    messages = [answer.get_json()["error"]["message"] for answer in said.values()]
    assert len({*messages[:3]}) == 3
    assert messages[3] == messages[2] and messages[4] == messages[0]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**PAY, "person": "somebody"}, "person"),
        ({"amount": {**PAY["amount"], "scale": 2}}, "amount.scale"),
        ({"amount": {"minor": 1.5, "currency": "UGX"}}, "amount.minor"),
        ({"amount": {"minor": 10**30, "currency": "UGX"}}, "amount.minor"),
        ({"amount": {"minor": True, "currency": "UGX"}}, "amount.minor"),
        ({"amount": {"minor": 1, "currency": {"$ne": ""}}}, "amount.currency"),
        ({"amount": None}, "amount"),
        ([], "_schema"),
        ("text", "_schema"),
    ],
)
def test_what_is_not_known_or_not_right_is_refused_by_name(world: World, body: Any, field: str) -> None:
    answer = pay(world, "wrong", body)
    assert code_of(answer) == (422, "validation_failed")
    assert list(answer.get_json()["error"]["fields"]) == [field]


@pytest.mark.parametrize(
    "text", ["{", "\x00", '{"amount": NaN}', "[" * 20_000, '"\\ud800"', "1" * 5_000, '{"amount":1e400}', "\xff"]
)
def test_what_cannot_be_read_is_refused(world: World, text: str) -> None:
    headers = {"Authorization": f"Bearer {world.bearers['member']}", "Idempotency-Key": "unread"}
    answer = world.web.post(
        "/api/groups/10101/letters",
        data=text.encode("latin-1"),
        content_type="application/json",
        headers=headers,
    )
    assert code_of(answer)[0] in (400, 422)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", None])
def test_what_does_not_say_that_it_is_json_is_not_taken_for_nothing(world: World, kind: str | None) -> None:
    """Else each field would be said to be missing, though it was sent."""
    headers = {"Authorization": f"Bearer {world.bearers['member']}", "Idempotency-Key": "as-a-form"}
    path, text = "/api/groups/10101/contributions", json.dumps(PAY)
    answer = world.web.post(path, data=text, content_type=kind, headers=headers)
    assert code_of(answer) == (415, "unsupported_media_type")
    nothing = world.web.post(path, content_type=kind, headers=headers)
    assert code_of(nothing) == (422, "validation_failed")


def test_money_of_another_country_is_wrong_and_not_forbidden(world: World) -> None:
    other = pay(world, "other-money", {"amount": {"minor": 100_00, "currency": "KES"}})
    assert code_of(other) == (422, "not_allowed")
    assert code_of(world.ask("member", "GET", "/api/groups/10101/members"))[0] == 403


@pytest.mark.parametrize("of", ["groups/10101/contributions", "loans/{loan}/repayments"])
def test_money_has_a_smallest_amount_as_it_has_on_a_phone(world: World, of: str) -> None:
    path = "/api/" + of.format(loan=world.loan)
    answer = world.ask("member", "POST", path, json={"amount": {"minor": 99, "currency": "UGX"}})
    assert code_of(answer) == (422, "too_little")
    assert answer.get_json()["error"]["message"] == "The smallest amount is UGX 100."


@pytest.mark.parametrize("text", ["\x00", "a\r\nb", "\ud800", "x" * 201, "\u2028", ""])
def test_a_line_is_letters_and_signs(world: World, text: str) -> None:
    answer = world.ask("member", "POST", "/api/groups/10101/letters", json={"text": text})
    assert code_of(answer) == (422, "validation_failed")


def test_a_client_with_too_many_bad_tokens_has_to_wait_and_good_ones_are_let_in(world: World) -> None:
    world.clock.forward(hours=1)
    world.renew()
    bad = {"Authorization": "Bearer csb_nothing"}
    for _ in range(BAD_TOKENS.most):
        assert code_of(world.web.get("/api/groups", headers=bad)) == (401, "not_signed_in")
    refused_now = world.web.get("/api/groups", headers=bad)
    assert code_of(refused_now) == (429, "too_many_requests")
    assert 0 < int(refused_now.headers["Retry-After"]) <= 3_600
    assert world.ask("member", "GET", "/api/groups").status_code == 200
    assert code_of(world.web.get("/api/groups")) == (401, "not_signed_in"), "no token is no guess"
    world.clock.forward(hours=1)
    world.renew()


# Signing in


def test_a_refresh_token_is_good_once_and_a_copy_ends_the_session(world: World) -> None:
    village, web = world.village, world.web
    assert web.post("/api/auth/code", json={"phone": village.okot.phone}).status_code == 202
    (sent,) = world.app.store.notices.find(
        person=village.okot.id, kind="sign_in_code", sort="-created_at", limit=1
    )
    login = web.post("/api/auth/login", json={"phone": village.okot.phone, "code": sent.values["code"]})
    first = login.get_json()
    assert first.keys() == {"success", "token", "refresh_token", "expires_in"}
    renewed = web.post("/api/auth/refresh", json={"refresh_token": first["refresh_token"]}).get_json()
    bearer = {"Authorization": f"Bearer {renewed['token']}"}
    assert web.get("/api/auth/sessions", headers=bearer).status_code == 200
    world.clock.forward(minutes=1)
    assert code_of(web.post("/api/auth/refresh", json={"refresh_token": first["refresh_token"]})) == (
        401,
        "not_signed_in",
    )
    assert code_of(web.get("/api/auth/sessions", headers=bearer)) == (401, "not_signed_in")
    assert code_of(web.post("/api/auth/refresh", json={"refresh_token": renewed["refresh_token"]}))[0] == 401


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"phone": "+256772000101"},
        {"phone": "+256772000101", "code": "12345678", "pin": "2581"},
        {"phone": "+256772000101", "code": {"$gt": ""}},
        {"email": "operator@example.org", "password": "x"},
    ],
)
def test_who_signs_in_says_all_of_one_way(world: World, said: dict[str, Any]) -> None:
    assert code_of(world.web.post("/api/auth/login", json=said)) == (422, "validation_failed")


def test_a_wrong_code_is_no_sign_in(world: World) -> None:
    said = {"phone": world.village.akello.phone, "code": "00000000"}
    assert world.web.post("/api/auth/login", json=said).status_code == 401
    nobody = {"email": "nobody@example.org", "password": "no such account", "totp": "000000"}
    assert code_of(world.web.post("/api/auth/login", json=nobody)) == (401, "wrong_sign_in")


def test_health_is_said_as_others_ask_for_it(world: World) -> None:
    assert world.web.get("/api/health").get_json().items() >= {"status": "healthy", "success": True}.items()
    ready = world.web.get("/api/health/ready").get_json()
    assert ready.items() >= {"status": "ready", "stores": True}.items()
    assert world.web.get("/health").get_json()["status"] == "ok"


def test_the_page_of_the_document_runs_nothing_but_files_of_ours(world: World) -> None:
    page = world.web.get("/api/docs")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "http" not in policy
    assert "<script>" not in page.text and "style=" not in page.text and "http" not in page.text
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "start.js"):
        assert world.web.get(f"/api/docs/{name}").status_code == 200
    for name in ("../declare.py", "start.js.map", "index.html"):
        assert world.web.get(f"/api/docs/{name}").status_code == 404
    document = world.web.get("/api/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    shown = world.web.get("/api/docs/openapi-3.0.json").get_json()
    assert shown["openapi"] == "3.0.3" and '"null"' not in json.dumps(shown)
    assert shown["paths"].keys() == document["paths"].keys()


def test_nothing_asks_for_a_pin(world: World) -> None:
    document = world.web.get("/api/openapi.json").get_json()
    named = {name for each in document["components"]["schemas"].values() for name in each.get("properties", {})}
    assert not {name for name in named if "pin" in name.lower()}
