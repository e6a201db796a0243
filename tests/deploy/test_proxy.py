"""The proxy, really run: where it sends what, how it turns to green, what it logs and whom it believes."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import requests

from tests.deploy.deployed import DEPLOY, said, tool
from tests.processes import free_port
from tests.served import standing_in
from tests.waiting import until

CONFIG = DEPLOY / "proxy" / "Caddyfile"
SECRET = "sekrit0123456789abcd"
# Who answers, by the settings of the proxy.
NAMES = ("WEB_BLUE", "PAGES_BLUE", "WEB_GREEN", "PAGES_GREEN")
MESSAGES = (
    f"/hooks/at/ussd/{SECRET}",
    f"/hooks/at/sms-menu/{SECRET}",
    f"/hooks/telegram/{SECRET}",
    "/hooks/twilio/whatsapp",
)
OTHERS = (
    f"/hooks/at/ussd-events/{SECRET}",
    f"/hooks/momo/{SECRET}/4711",
    "/hooks/twilio/status",
    f"/mail/4711/{SECRET}",
    f"/sign-in?next={SECRET}",
    "/health",
    "/api/health",
)


def answer(name: str, handler: BaseHTTPRequestHandler) -> tuple[int, list[tuple[str, str]], str]:
    """Who was asked, and for whom."""
    return 200, [("Server", "bot")], f"{name} {handler.headers['X-Forwarded-For']}"


@dataclass(frozen=True, slots=True)
class Proxy:
    url: str
    live: Path
    log: Path
    http: requests.Session = field(default_factory=requests.Session)

    def ask(self, path: str, **headers: str) -> requests.Response:
        return self.http.post(self.url + path, data={"text": "1*2580"}, headers=headers, timeout=30)

    def asked(self, path: str, **headers: str) -> list[str]:
        """Who answers there, and for whom they think they do."""
        return self.ask(path, **headers).text.split()

    @property
    def is_there(self) -> bool:
        try:
            return self.ask("/live").status_code == 404
        except requests.ConnectionError:
            return False


@contextmanager
def proxy(folder: Path, **given: str) -> Iterator[Proxy]:
    with ExitStack() as stack:
        ports = {name: str(stack.enter_context(standing_in(partial(answer, name)))) for name in NAMES}
        upstream = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
        url, live, log = f"http://127.0.0.1:{free_port()}", folder / "live", folder / "log"
        live.mkdir()
        environment = {
            **os.environ,
            **upstream,
            "SITE": url,
            "ADMIN": f"127.0.0.1:{free_port()}",
            "LIVE_DIR": str(live),
            "XDG_DATA_HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
            **given,
        }
        with log.open("wb") as written:
            running = subprocess.Popen(
                [tool("caddy"), "run", "--config", str(CONFIG), "--adapter", "caddyfile"],
                env=environment,
                stdout=written,
                stderr=subprocess.STDOUT,
            )
        try:
            found = Proxy(url, live, log)
            until(lambda: found.is_there)
            yield found
        finally:
            running.terminate()
            running.wait(60)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxy(tmp_path_factory.mktemp("proxy")) as found:
        yield found


def test_caddy_reads_it(tmp_path: Path) -> None:
    status, text = said(tool("caddy"), "validate", "--config", CONFIG, "--adapter", "caddyfile")
    assert status == 0 and "Valid configuration" in text
    assert said(tool("caddy"), "fmt", "--diff", CONFIG)[0] == 0
    wrong = tmp_path / "Caddyfile"
    wrong.write_text(":8080 {\n\treverse_proxi web:8080\n}\n")
    assert said(tool("caddy"), "validate", "--config", wrong, "--adapter", "caddyfile")[0] == 1


@pytest.mark.parametrize("path", MESSAGES)
def test_messages_of_members_go_to_web(running: Proxy, path: str) -> None:
    assert running.asked(path)[0] == "WEB_BLUE"


@pytest.mark.parametrize("path", OTHERS)
def test_all_else_goes_to_pages(running: Proxy, path: str) -> None:
    assert running.asked(path)[0] == "PAGES_BLUE"


@pytest.mark.parametrize("path", ["/metrics", "/metrics/x", "/live", "/ready"])
def test_what_operators_look_at_is_not_there(running: Proxy, path: str) -> None:
    found = running.ask(path)
    assert (found.status_code, found.text) == (404, "")


def test_a_file_turns_all_of_it_to_green_and_back(running: Proxy) -> None:
    green = running.live / "green"
    for _ in range(2):
        assert [running.asked(path)[0] for path in (MESSAGES[0], OTHERS[0])] == ["WEB_BLUE", "PAGES_BLUE"]
        green.touch()
        assert [running.asked(path)[0] for path in (MESSAGES[0], OTHERS[0])] == ["WEB_GREEN", "PAGES_GREEN"]
        green.unlink()


def test_nobody_says_for_whom_they_ask(running: Proxy) -> None:
    """An address that could be chosen would have a limit of its own."""
    pretended = {"X-Forwarded-For": "203.0.113.9", "Fly-Client-IP": "203.0.113.9"}
    assert running.asked(MESSAGES[0], **pretended)[1:] == ["127.0.0.1"]


def test_a_platform_says_for_whom_it_asks(tmp_path: Path) -> None:
    with proxy(tmp_path, PROXY_IPS="127.0.0.1/32 fdaa::/16") as found:
        assert found.asked(MESSAGES[0], **{"Fly-Client-IP": "203.0.113.9"})[1:] == ["203.0.113.9"]


def test_no_program_is_named(running: Proxy) -> None:
    headers = running.ask(OTHERS[0]).headers
    assert headers["Server"] == "bot" and "Via" not in headers


def test_what_is_too_long_is_refused(running: Proxy) -> None:
    url = running.url + MESSAGES[0]
    assert running.http.post(url, data=b"x" * 128_000, timeout=30).status_code == 200
    assert running.http.post(url, data=b"x" * 128_001, timeout=30).status_code == 413


def test_no_secret_is_in_its_log(tmp_path: Path) -> None:
    """Not of what went well, and not of what went wrong: there Caddy logs the request too."""
    nobody = f"127.0.0.1:{free_port()}"
    with proxy(tmp_path, PAGES_BLUE=nobody, PAGES_GREEN=nobody) as found:
        found.ask(MESSAGES[2], **{"X-Telegram-Bot-Api-Secret-Token": SECRET, "Cookie": f"session={SECRET}"})
        found.ask(f"/hooks/twilio/whatsapp?next={SECRET}")
        assert found.ask(OTHERS[1], Cookie=SECRET).status_code == 502
    lines = [json.loads(line) for line in found.log.read_text().splitlines()]
    shown = [line["request"]["uri"] for line in lines if "request" in line]
    assert {*shown} == {"/live", "/hooks/-"}
    assert "error" in {line["level"] for line in lines}
    assert SECRET not in found.log.read_text()
