"""What the API answers: once for a key, in pages, in one shape, and in the words of whoever asks."""

import json
import threading
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from bot.api.errors import STATUS, status_of
from bot.api.once import CLAIM
from domain.access.accounts import make_account
from domain.board.daily import books_checked, figure_group
from domain.errors import DomainError
from domain.letters.write import WriteLetter
from domain.loans.prepare import loan_to_confirm
from domain.people.limits import BAD_TOKENS
from domain.records.pin import Secret
from domain.savings.contribute import savings
from tests.bot.api.world import World
from tests.people import do
from tests.web import wsgi

PAY = {"amount": {"minor": 1_000, "currency": "UGX"}}


def code_of(answer: TestResponse) -> tuple[int, str]:
    """Status and code of an error, which always has the one shape."""
    body = answer.get_json()
    assert body.keys() == {"success", "error"} and body["success"] is False, body
    assert body["error"].keys() == {"code", "message", "request_id", "fields"}
    assert answer.headers["X-Request-Id"] == body["error"]["request_id"]
    return answer.status_code, body["error"]["code"]


# Once for a key


def pay(world: World, key: str | None, body: Any = PAY, who: str = "member") -> TestResponse:
    headers = {"Idempotency-Key": key} if key is not None else {}
    bearer = {"Authorization": f"Bearer {world.bearers[who]}"}
    return world.web.post("/api/groups/10101/contributions", json=body, headers=headers | bearer)


def asked_for(world: World) -> int:
    return world.app.store.payments.count(person=world.village.akello.id)


@pytest.fixture
def hour(world: World) -> None:
    """Money commands count for an hour, and access tokens are good for some minutes."""
    world.clock.forward(hours=2)
    world.renew()


@pytest.mark.usefixtures("hour")
def test_the_same_key_and_body_is_the_same_answer_and_is_done_once(world: World) -> None:
    before = asked_for(world)
    first = pay(world, "one")
    again = pay(world, "one", {"again": False, **PAY} if False else PAY)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.get_json() == again.get_json()
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert asked_for(world) == before + 1


@pytest.mark.usefixtures("hour")
def test_the_same_key_with_another_body_is_refused(world: World) -> None:
    before = asked_for(world)
    assert pay(world, "two").status_code == 202
    other = {"amount": {"minor": 2_000, "currency": "UGX"}}
    assert code_of(pay(world, "two", other)) == (422, "key_used")
    assert asked_for(world) == before + 1


@pytest.mark.usefixtures("hour")
def test_a_key_is_of_one_caller_and_one_address(world: World) -> None:
    assert pay(world, "three").status_code == 202
    mine = pay(world, "three", who="officer")
    assert (mine.status_code, mine.headers.get("Idempotent-Replayed")) == (202, None)
    letter = world.ask(
        "member", "POST", "/api/groups/10101/letters", json={"text": "Hello"}, headers={"Idempotency-Key": "three"}
    )
    assert letter.status_code == 201


@pytest.mark.usefixtures("hour")
def test_while_the_first_is_under_way_the_second_is_told_to_come_again(world: World) -> None:
    """And where the process died in the middle of it, somebody goes on a minute later, and it is done once."""
    store, before = world.app.store, asked_for(world)
    first = pay(world, "four")
    (kept,) = [each for each in store.answered.find(status=202) if json.loads(each.body) == first.get_json()]
    store.answered.change(kept.id, status=0, body="", claimed_until=store.now() + CLAIM)
    waiting = pay(world, "four")
    assert code_of(waiting) == (409, "under_way")
    assert int(waiting.headers["Retry-After"]) > 0
    world.clock.forward(seconds=CLAIM.total_seconds())
    late = pay(world, "four")
    assert (late.status_code, late.get_json()) == (202, first.get_json()), (
        "the command was done, and says so again"
    )
    assert asked_for(world) == before + 1


@pytest.mark.usefixtures("hour")
def test_of_several_at_one_moment_one_is_done(world: World) -> None:
    before, heard = asked_for(world), list[int]()
    clients = [Client(wsgi(world.app)) for _ in range(3)]
    for client in clients:
        client.get("/api/health")
    headers = {"Authorization": f"Bearer {world.bearers['member']}", "Idempotency-Key": "five"}

    def one(client: Client) -> None:
        answer = client.post("/api/groups/10101/contributions", json=PAY, headers=headers)
        heard.append(answer.status_code)

    threads = [threading.Thread(target=one, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(heard) <= {202, 409} and 202 in heard
    assert asked_for(world) == before + 1


@pytest.mark.usefixtures("hour")
def test_what_was_refused_is_not_kept(world: World) -> None:
    """It may be mended and sent again under the same key: nothing was done."""
    wrong = {"amount": {"minor": "many", "currency": "UGX"}}
    assert code_of(pay(world, "six", wrong)) == (422, "validation_failed")
    too_much = {"amount": {"minor": 10**9, "currency": "UGX"}}
    assert code_of(pay(world, "six", too_much)) == (422, "too_much")
    assert pay(world, "six").status_code == 202


@pytest.mark.parametrize("key", [None, "", "x" * 65, "caf\xe9", "a\tb"])
def test_a_change_needs_a_key_that_can_be_one(world: World, key: str | None) -> None:
    answer = pay(world, key)
    assert code_of(answer) == (400, "key_needed")
    assert list(answer.get_json()["error"]["fields"]) == ["Idempotency-Key"]


def test_a_token_is_shown_once_and_kept_nowhere(world: World) -> None:
    world.sign_in_account("operator")
    said = {"name": "Reports", "scopes": ["books:read"], "groups": ["10101"]}
    answers = [
        world.ask("operator", "POST", "/api/tokens", json=said, headers={"Idempotency-Key": "token"})
        for _ in range(2)
    ]
    first, again = (answer.get_json()["data"] for answer in answers)
    assert first.pop("token").startswith("csb_") and again.pop("token") == ""
    assert first == again
    assert "csb_" not in "".join(each.body.replace(first["shown"], "") for each in world.app.store.answered.find())


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


# What it says is what is said elsewhere


def test_figures_are_those_of_the_rules(world: World) -> None:
    store, village = world.app.store, world.village
    mine = savings(store, village.akello.id)
    assert [each["total"]["minor"] for each in world.get("member", "/api/savings")] == [
        each.total.minor for each in mine
    ]
    eligible = world.get("member", "/api/loans/eligibility/10101")
    assert eligible["group"] == "Umoja" and {"failures", "limit", "score"} <= eligible.keys()
    quote = world.get("member", "/api/loans/quote/10101?minor=50000&periods=2")
    assert sum(line["principal"]["minor"] for line in quote["lines"]) == 50_000
    days = "first=2026-10-01&last=2026-10-31"
    statement = world.get("member", f"/api/groups/10101/statement?{days}")
    assert (
        statement["had"]["minor"] + sum(line["held"] for line in statement["lines"]) == statement["has"]["minor"]
    )
    whole = world.get("officer", f"/api/groups/10101/accounts?{days}")
    assert sum(each["has"]["minor"] for each in whole["members"]) > 0 and whole["hash"]
    files = {"statement.csv": b"\xef\xbb\xbf", "accounts.csv": b"\xef\xbb\xbf", "statement.pdf": b"%PDF"}
    for path, mark in files.items():
        file = world.ask("officer", "GET", f"/api/groups/10101/{path}?{days}")
        assert (file.status_code, file.data.startswith(mark)) == (200, True)
        assert file.headers["Content-Disposition"].startswith("attachment")


def test_a_broadcast_is_looked_at_sent_counted_and_stopped(world: World) -> None:
    said = {"kind": "words", "audience": "all", "words": "The meeting is at four"}
    path = "/api/groups/10101/broadcasts"
    seen = world.ask("officer", "POST", f"{path}/preview", json=said).get_json()["data"]
    assert (seen["people"], "The meeting is at four" in seen["reads"]) == (4, True)
    begun = world.ask("officer", "POST", path, json=said).get_json()["data"]
    (line,) = world.get("officer", path)
    assert (line["id"], line["state"]) == (begun["broadcast"], "waiting")
    one = f"{path}/{line['id']}"
    counts = world.ask("officer", "GET", one)
    assert counts.get_json()["data"]["can_stop"] is True
    stale = world.ask("officer", "POST", f"{one}/stop", headers={"If-Match": '"old"'})
    assert code_of(stale) == (412, "precondition_failed")
    stopped = world.ask("officer", "POST", f"{one}/stop", headers={"If-Match": counts.headers["ETag"]})
    assert stopped.status_code == 200
    assert world.get("officer", one)["state"] == "stopped"
    again = world.ask("officer", "POST", path, json=said | {"audience": "again"})
    assert code_of(again) == (422, "validation_failed")


def test_an_agent_sees_the_figures_of_their_groups_and_an_operator_all(world: World) -> None:
    for group in world.app.store.groups.find():
        figure_group(world.app.store, group.id)
    seen = {}
    for role in ("agent", "operator"):
        world.sign_in_account(role)
        seen[role] = world.get(role, "/api/admin/dashboard")
    assert (seen["agent"]["groups"], seen["operator"]["groups"]) == (1, 2)
    assert seen["agent"]["works"] is None and seen["operator"]["works"]["stuck"] == 0
    names = [each["metric"] for each in seen["operator"]["metrics"]]
    assert {"error_rate", "p95", "default_rate", "collection_rate", "cache_hits"} <= {*names}


def test_an_agent_has_a_list_of_whom_to_visit_and_an_operator_hands_groups_over(world: World) -> None:
    store = world.app.store
    for group in store.groups.find():
        figure_group(store, group.id)
        books_checked(store, group.id, whole=False)
    seen = {}
    for role in ("agent", "operator"):
        world.sign_in_account(role)
        seen[role] = world.get(role, "/api/admin/visits")
    assert ([each["code"] for each in seen["agent"]], len(seen["operator"])) == (["10101"], 2)
    first = seen["agent"][0]
    assert first["red"] == ["books"] and sum(first["parts"].values()) == first["health"]
    code, said = "north-1", {"code": "North-1", "name": "North"}
    made = world.ask("operator", "POST", "/api/admin/programmes", json=said)
    assert (made.status_code, made.get_json()["data"]["code"]) == (201, code)
    assert code_of(world.ask("operator", "POST", "/api/admin/programmes", json=said))[1] == "bad_programme"
    (agent,) = [each for each in store.accounts.find() if each.role == "agent"]
    given = {"groups": ["20202"], "programme": code, "agent": agent.email}
    assert world.ask("operator", "POST", "/api/admin/assign", json=given).get_json()["data"] == {"groups": 1}
    assert [each["groups"] for each in world.get("operator", "/api/admin/programmes")] == [1]
    assert len(world.get("agent", "/api/admin/visits")) == 2, "from their next request on"
    taker = make_account(store, "taker@example.org", "Taker", "agent", Secret("a long way to Kampala by bus"))
    handed = {"giver": agent.email, "taker": taker.email, "groups": ["10101"]}
    assert world.ask("operator", "POST", "/api/admin/hand-over", json=handed).get_json()["data"] == {"groups": 1}
    assert [each["code"] for each in world.get("agent", "/api/admin/visits")] == ["20202"]
    for path, wrong in (
        ("hand-over", handed),  # they are the taker's now
        ("hand-over", handed | {"taker": "nobody@example.org"}),
        ("assign", {"groups": ["20202"]}),
        ("assign", given | {"programme": "south"}),
        ("assign", given | {"groups": ["99999"]}),
    ):
        assert code_of(world.ask("operator", "POST", f"/api/admin/{path}", json=wrong))[0] == 422, wrong
    (operator,) = [each for each in store.accounts.find() if each.role == "operator"]
    refused = world.ask("operator", "POST", "/api/admin/assign", json=given | {"agent": operator.email})
    assert code_of(refused)[1] == "no_agent"


def test_whoever_brings_others_has_a_code(world: World) -> None:
    code = world.ask("member", "POST", "/api/groups/10101/referral-code").get_json()["data"]
    assert len(code["code"]) == 8 and code["reward"]["minor"] == 500
    assert world.get("member", "/api/referrals") == []


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
