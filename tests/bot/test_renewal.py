"""New secrets while the program runs, in real processes: taken up at a signal, and nobody notices."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import requests

from bot.app import App
from bot.config import Settings, environment_of
from domain.access.audit import audit_entries
from domain.mongo.store import MongoStore
from tests.processes import free_port
from tests.waiting import WAIT_SECONDS, until

ROOT = Path(__file__).parents[2]
FIRST, SECOND = "hookone0123456789abcdef", "hooktwo0123456789abcdef"


@contextmanager
def process(settings: Settings, folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m bot ARGUMENTS`, whose HOOK_SECRET stands in a file."""
    given = environment_of(**vars(replace(settings, hook_secret=""))) | {"HOOK_SECRET_FILE": str(folder / "hook")}
    command = [sys.executable, "-m", "bot", *arguments]
    with (folder / "log").open("wb") as log:
        started = subprocess.Popen(command, cwd=ROOT, env=given, stderr=log)
    try:
        yield started
        started.terminate()
        assert started.wait(WAIT_SECONDS) == 0, (folder / "log").read_text()
    finally:
        started.kill()
        started.wait()


def put(folder: Path, secret: str) -> None:
    """As an agent does it that writes secrets: whole, or not at all."""
    fresh = folder / "fresh"
    fresh.write_text(f"{secret}\n")
    fresh.rename(folder / "hook")


def noted(store: MongoStore) -> int:
    """How many different HOOK_SECRETs processes have had."""
    runs = store.runs.find(kind="secret_change")
    return sum(each.details["secret"] == "HOOK_SECRET" for each in runs)


def test_a_scheduler_goes_on_as_the_same_process(app: App, tmp_path: Path) -> None:
    put(tmp_path, FIRST)
    with process(app.settings, tmp_path, "scheduler") as scheduler:
        until(lambda: noted(app.store) == 1)
        put(tmp_path, SECOND)
        scheduler.send_signal(signal.SIGHUP)
        until(lambda: noted(app.store) == 2)
        assert scheduler.poll() is None
    assert sum(each.why == "HOOK_SECRET" and each.did == "secret.new" for each in audit_entries(app.store)) == 2
    log = (tmp_path / "log").read_text()
    assert FIRST not in log
    assert SECOND not in log


def test_the_web_server_takes_up_a_new_secret_and_answers_all_the_while(
    settings: Settings, tmp_path: Path
) -> None:
    put(tmp_path, FIRST)
    port = free_port()
    url, ended, failed = f"http://127.0.0.1:{port}", threading.Event(), list[str]()

    def status(secret: str) -> int:
        form = {"phoneNumber": "+256772000199", "sessionId": f"ATUid_{os.urandom(8).hex()}", "text": ""}
        return requests.post(f"{url}/hooks/at/ussd/{secret}", data=form, timeout=WAIT_SECONDS).status_code

    def is_well() -> bool:
        try:
            return requests.get(f"{url}/health", timeout=WAIT_SECONDS).ok
        except requests.ConnectionError:
            return False

    def ask_all_the_while() -> None:
        while not ended.wait(0.01):
            try:
                answer = requests.get(f"{url}/health", timeout=WAIT_SECONDS)
                if answer.status_code not in (200, 503):  # 503 where a store takes two seconds, on a busy machine
                    failed.append(answer.text)
            except requests.RequestException as error:
                failed.append(str(error))

    with process(replace(settings, port=port), tmp_path, "web") as web:
        until(is_well)
        assert (status(FIRST), status(SECOND)) == (200, 404)
        asking = threading.Thread(target=ask_all_the_while)
        asking.start()
        put(tmp_path, "no/good")
        web.send_signal(signal.SIGHUP)
        try:
            until(lambda: b"HOOK_SECRET: must be letters and digits" in (tmp_path / "log").read_bytes())
            assert status(FIRST) == 200
            put(tmp_path, SECOND)
            web.send_signal(signal.SIGHUP)
            until(lambda: (status(FIRST), status(SECOND)) == (404, 200))
        finally:
            ended.set()
            asking.join()
        assert failed == []
