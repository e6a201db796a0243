"""The web server as it is deployed: real processes, real sockets, and callers who do as they please."""

import re
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import psutil
import pymongo
import pytest
import redis
import requests

from bot.app import build
from bot.config import Settings
from bot.exports.asked import LINK_VALID, name_of_file
from bot.local.stores import Stores
from bot.signed_links import SignedLinks
from bot.uploads import UPLOAD_BYTES_MAX
from channels.forms import BODY_BYTES_MAX
from domain.access.tokens import make_api_token
from domain.mongo.file_parts import PART_BYTES
from domain.mongo.store import MongoStore
from domain.records.asked_export import AskedExport
from tests.conftest import settings_for
from tests.people import Village, found_village
from tests.processes import MENU, USSD, Web, new_call, serving
from tests.waiting import WAIT_SECONDS, until

CHANNELS = {
    "ussd": USSD,
    "sms": "/hooks/at/sms-menu/hook",
    "telegram": "/hooks/telegram/hook",
    "whatsapp": "/hooks/twilio/whatsapp",
}
SORRY = "END Sorry, that did not work. Nothing was lost. Please try again in a minute."


def status(connection: socket.socket) -> int:
    """Of the answer that comes on a connection, which is read and closed."""
    with connection:
        return int(connection.recv(65_536).split()[1])


@dataclass
class Town:
    """A village with a web server of two processes."""

    settings: Settings
    village: Village
    web: Web
    mongo: pymongo.MongoClient[dict[str, Any]]
    redis: redis.Redis
    store: MongoStore
    machine: str  # a token that may import

    @contextmanager
    def slow_mongo(self, milliseconds: int) -> Iterator[None]:
        """Every query takes so long."""
        fail = {"failCommands": ["find", "aggregate"], "blockConnection": True, "blockTimeMS": milliseconds}
        self.mongo.admin.command({"configureFailPoint": "failCommand", "mode": "alwaysOn", "data": fail})
        try:
            yield
        finally:
            self.mongo.admin.command({"configureFailPoint": "failCommand", "mode": "off"})


@pytest.fixture(scope="module")
def town(
    stores: Stores, mongo: pymongo.MongoClient[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    mongo.drop_database("web")
    settings = settings_for(stores, tmp_path_factory.mktemp("web"), "web")
    settings = replace(settings, web_processes=2, db_pool_size=2)
    app = build(settings)
    village = found_village(app.store)
    client = redis.Redis.from_url(settings.redis_url)
    client.flushdb()
    with serving(settings) as web:
        token, _ = make_api_token(app.store, "machine", ["imports"], LINK_VALID, everywhere=True)
        yield Town(settings, village, web, mongo, client, app.store, token)
    app.close()


# What is answered


def test_no_answer_names_the_program_that_serves(town: Town) -> None:
    call = {"phoneNumber": "+256772000101", "sessionId": new_call(), "text": ""}
    for method, path, data in (
        ("GET", "/health", None),
        ("GET", "/nowhere", None),
        ("GET", USSD, None),
        ("POST", "/sign-in", {"phone": "x" * 100_000}),
        ("POST", USSD, call),
    ):
        name = {"X-Request-Id": f"proxy{path.replace('/', '-')}"}
        found = requests.request(method, f"{town.web.url}{path}", data=data, headers=name, timeout=WAIT_SECONDS)
        assert found.headers["Server"] == "web", (method, path)
        assert found.headers["X-Request-Id"] == name["X-Request-Id"], (method, path)
        assert "granian" not in str(found.headers) + found.text and "Werkzeug" not in str(found.headers)


def test_members_and_pages_are_answered_on_one_port(town: Town) -> None:
    web = town.web
    assert web.dial(town.village.akello.phone).startswith(MENU)
    refused = requests.get(f"{web.url}/api/groups", timeout=WAIT_SECONDS)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "not_signed_in")
    assert refused.headers["WWW-Authenticate"].strip() == "Bearer"
    missing = requests.get(f"{web.url}/hooks/at/ussd/wrong?a=%20b", timeout=WAIT_SECONDS)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    report = requests.post(
        f"{web.url}/hooks/at/dlr/hook", data={"id": "x", "status": "Sent"}, timeout=WAIT_SECONDS
    )
    assert report.status_code == 200


@pytest.mark.parametrize("channel", CHANNELS)
def test_only_a_post_of_a_message_s_size_is_read(town: Town, channel: str) -> None:
    address = town.web.url + CHANNELS[channel]
    for method in ("GET", "PUT", "HEAD", "DELETE"):
        refused = requests.request(method, address, timeout=WAIT_SECONDS)
        assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")
    secret = {"X-Telegram-Bot-Api-Secret-Token": town.settings.telegram_secret, "X-Twilio-Signature": "none"}
    # Telegram would send again what is refused.
    refusal = {"ussd": 400, "sms": 400, "telegram": 200, "whatsapp": 400}[channel]
    large = b"a=" + b"x" * (2 * BODY_BYTES_MAX)
    assert requests.post(address, data=large, headers=secret, timeout=WAIT_SECONDS).status_code == refusal
    in_pieces = (b"x" * 10_000 for _ in range(20))  # chunked: no length is told
    assert requests.post(address, data=in_pieces, headers=secret, timeout=WAIT_SECONDS).status_code == refusal


def test_what_a_provider_did_not_send_is_refused_before_it_is_read(town: Town) -> None:
    for channel in ("telegram", "whatsapp"):
        head = f"POST {CHANNELS[channel]} HTTP/1.1\nHost: bot\nContent-Length: 5000\n\n"
        assert status(town.web.begin(head)) == 403  # and none of the 5,000 came


def test_files_are_read_of_whoever_may_send_them_and_before_that_of_nobody(town: Town) -> None:
    """Of nobody else a byte of the 15 MB that they announce: a body is held in memory until it is whole."""
    said = "Host: bot\nContent-Type: multipart/form-data; boundary=x\nContent-Length: 15000000\n"
    head = "POST {} HTTP/1.1\n" + said + "{}\n"
    assert status(town.web.begin(head.format("/api/imports", ""))) == 401
    assert status(town.web.begin(head.format("/api/imports", "Authorization: Bearer csb_nothing\n"))) == 401
    assert status(town.web.begin(head.format("/operator/imports", ""))) == 303  # to the page where one signs in
    bearer = {"Authorization": f"Bearer {town.machine}"}
    sheets = {"files": ("a.csv", b"group_code,name,kind\n" + b"G-1,Umoja,vsla\n" * 100_000)}
    address = f"{town.web.url}/api/imports?days=day_first"
    sent = requests.post(address, files=sheets, headers=bearer, timeout=WAIT_SECONDS)
    assert (sent.status_code, sent.json()["data"]["state"]) == (202, "checking")
    large = {"files": ("a.csv", b"x" * (UPLOAD_BYTES_MAX + 500_000))}
    refused = requests.post(f"{town.web.url}/api/imports", files=large, headers=bearer, timeout=WAIT_SECONDS)
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "request_entity_too_large")


def test_a_large_file_goes_out_whole_in_pieces_and_its_head_without_it(town: Town) -> None:
    store, secrets = town.store, town.settings.session_secrets
    contents = bytes(range(256)) * 20_000
    now = store.now()
    parts = tuple(
        store.file_parts.put("large", n, contents[n * PART_BYTES : (n + 1) * PART_BYTES], now + LINK_VALID)
        for n in range(-(-len(contents) // PART_BYTES))
    )
    asked = AskedExport(
        id="large", by="account:x", name="loans", programme="", first=None, last=None, form="csv", state="ready",
        at=now, until=now + LINK_VALID, next_at=None, parts=parts, size=len(contents),
    )  # fmt: skip
    store.exports.insert(asked)
    token, _ = SignedLinks("export", secrets, store.now).made("large", LINK_VALID)
    address = f"{town.web.url}/exports/{token}/{name_of_file(asked)}"
    answer = requests.get(address, timeout=WAIT_SECONDS)
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(len(contents)))
    assert answer.content == contents
    head = requests.head(address, timeout=WAIT_SECONDS)
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(len(contents)), b"")
    with requests.get(address, stream=True, timeout=WAIT_SECONDS) as left:
        assert next(left.iter_content(1_000))  # whoever goes in the middle of it disturbs nobody
    assert requests.get(f"{town.web.url}/health", timeout=WAIT_SECONDS).status_code == 200


def test_an_update_that_is_nested_deeper_than_any_is_refused(town: Town) -> None:
    secret = {"X-Telegram-Bot-Api-Secret-Token": town.settings.telegram_secret}
    address = town.web.url + CHANNELS["telegram"]
    deep = b"[" * 10_000 + b"]" * 10_000
    for update, refusal in ((b'{"update_id": %b}', 200), (b'{"of_tomorrow": %b}', 400), (b"%b", 200)):
        answer = requests.post(address, data=update % deep, headers=secret, timeout=WAIT_SECONDS)
        assert answer.status_code == refusal


def test_a_process_serves_messages_or_pages_or_both(town: Town) -> None:
    def answers(web: Web) -> tuple[int, int]:
        form = {"phoneNumber": "+256772000777", "sessionId": new_call(), "text": ""}
        message = requests.post(f"{web.url}{USSD}", data=form, timeout=WAIT_SECONDS)
        return message.status_code, requests.get(f"{web.url}/api/groups", timeout=WAIT_SECONDS).status_code

    settings = replace(town.settings, web_processes=1)
    with serving(settings, "--serve", "messages") as web:
        assert answers(web) == (200, 404)
    with serving(settings, "--serve", "pages") as web:
        assert answers(web) == (404, 401)


# Once, and in order


def test_a_request_that_comes_to_both_processes_is_one_turn(town: Town) -> None:
    phone, call = town.village.akello.phone, new_call()
    town.web.dial(phone, "", call)
    with ThreadPoolExecutor(8) as callers:
        heard = set(callers.map(lambda _: town.web.dial(phone, "1", call), range(8)))
    assert len(heard) == 1 and heard.pop().startswith("CON Umoja, meeting of")


# Callers who hold what they have


def test_hundreds_of_requests_that_never_end_hold_up_nobody(town: Town) -> None:
    web = town.web
    slow_heads = "POST / HTTP/1.1\nHost: bot\nX-Slow: "
    slow_body = f"POST {USSD} HTTP/1.1\nHost: bot\nContent-Length: 500\n\n"
    slow_page = "POST /hooks/at/dlr/hook HTTP/1.1\nHost: bot\nContent-Length: 500\n\n"
    with ExitStack() as held:
        bodies = [held.enter_context(web.begin(slow_body, b"phoneNumber=")) for _ in range(150)]
        pages = [held.enter_context(web.begin(slow_page, b"id=")) for _ in range(50)]
        heads = [held.enter_context(web.begin(slow_heads)) for _ in range(200)]
        for _ in range(20):
            assert web.dial(town.village.okot.phone).startswith("CON Hello Okot")
        assert requests.get(f"{web.url}/api/groups", timeout=WAIT_SECONDS).status_code == 401
        assert {status(connection) for connection in (*bodies, *pages)} == {408}
        assert all(connection.recv(65_536)[9:12] in (b"", b"408") for connection in heads)


# Stores that are slow or away


def test_while_mongodb_is_slow_menus_are_answered_and_who_finds_no_hand_hears_so(town: Town) -> None:
    web, members = town.web, town.village
    strangers = [f"+2567728{number:05}" for number in range(12)]
    assert web.dial(members.okot.phone).startswith("CON Hello Okot")
    with town.slow_mongo(3_300), ThreadPoolExecutor(20) as callers:
        # Two hands a process, each held for longer than a turn waits for one.
        asked = [callers.submit(web.dial, phone) for phone in strangers]
        menus = [web.dial(members.okot.phone) for _ in range(10)]
        heard = [each.result() for each in asked]
    assert all(menu.startswith("CON Hello Okot") for menu in menus)
    assert SORRY in heard


def is_answered(calls: Sequence[Future[str]], count: int) -> bool:
    return sum(each.done() for each in calls) >= count


def test_a_connection_to_redis_that_breaks_costs_nobody_an_answer(town: Town) -> None:
    phones = [f"+2567729{number:05}" for number in range(8)]
    for phone in phones:
        town.web.dial(phone)
    with ThreadPoolExecutor(len(phones)) as callers:
        for _ in range(5):  # each command is sent once more: no two breaks meet the same one
            heard = [callers.submit(town.web.dial, phone) for phone in phones * 4]
            until(partial(is_answered, heard, len(phones)))
            town.redis.client_kill_filter(_type="normal", skipme=True)
            assert {re.sub(r"\W.*", "", each.result()[4:], flags=re.DOTALL) for each in heard} == {"Karibu"}


# The end


def test_told_to_stop_it_finishes_the_turns_in_hand(town: Town) -> None:
    village = town.village
    calls = {each.phone: new_call() for each in (village.akello, village.okot, village.nakato)}
    town.redis.flushdb()
    with (
        serving(replace(town.settings, web_processes=1, db_pool_size=20)) as web,
        ThreadPoolExecutor(len(calls)) as callers,
    ):
        for phone, call in calls.items():
            assert web.dial(phone, "", call).startswith("CON Hello")
        with town.slow_mongo(100):  # of each turn, which asks for much: they are in hand when it is told
            asked = [callers.submit(web.dial, phone, "1", call) for phone, call in calls.items()]
            until(
                lambda: len([*town.redis.scan_iter("*lock:*")]) + sum(each.done() for each in asked) >= len(calls)
            )
            assert web.stop() == 0
        assert {each.result()[:17] for each in asked} == {"CON Umoja, meetin"}


def test_killed_it_leaves_nobody_on_the_port(town: Town) -> None:
    with serving(town.settings) as web:
        workers = web.workers()
        assert len(workers) == 2
        web.process.kill()
        web.process.wait(WAIT_SECONDS)
        _, alive = psutil.wait_procs(workers, WAIT_SECONDS)
        assert alive == []
        socket.create_server(("127.0.0.1", web.port)).close()
