"""Our processes as they are deployed: started by their commands, with settings of a test."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

import psutil
import requests

from bot.config import Settings, environment_of
from tests.waiting import WAIT_SECONDS, until

ROOT = Path(__file__).parent.parent
USSD = "/hooks/at/ussd/hook"
MENU = "CON Hello Akello\nNot you? 99\n1. Contribute"

Stderr = int | IO[bytes]


def free_port() -> int:
    """
    One that nobody listens on, and that is ours for a minute: as long as a connection that has ended is remembered
    there, the kernel gives the port to nobody who asks for any. A server that asks for this one gets it.
    """
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        ended, _ = server.accept()
        ended.close()  # the side that ends it is the one that remembers
        port: int = server.getsockname()[1]
    return port


class Process:
    """A running `python -m bot COMMAND`; its log goes to `stderr`, by default nowhere."""

    def __init__(self, settings: Settings, *command: str, stderr: Stderr = subprocess.DEVNULL) -> None:
        self.settings = settings
        self.operations = f"http://127.0.0.1:{settings.metrics_port}"
        given = environment_of(**vars(settings))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", *command], cwd=ROOT, env=given, stderr=stderr
        )

    def answers(self, url: str) -> requests.Response | None:
        """What is answered there, None while nobody answers. It must be running."""
        try:
            return requests.get(url, timeout=WAIT_SECONDS)
        except requests.ConnectionError:
            assert self.process.poll() is None, "it ended"
            return None

    def asked(self, path: str) -> requests.Response:
        """What the operations port answers."""
        return requests.get(f"{self.operations}{path}", timeout=WAIT_SECONDS)

    def is_ready(self) -> bool:
        """Whether it says so itself."""
        answer = self.answers(f"{self.operations}/ready")
        return answer is not None and answer.ok

    def tell_to_stop(self) -> None:
        tell_to_stop(self.process.pid)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(WAIT_SECONDS)

    def end(self) -> None:
        """It may have ended."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(WAIT_SECONDS)


class Web(Process):
    """A running `python -m bot web`."""

    def __init__(self, settings: Settings, *arguments: str, stderr: Stderr = subprocess.DEVNULL) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(replace(settings, port=self.port), "web", *arguments, stderr=stderr)
        try:
            until(self.is_well)
        except BaseException:
            self.end()
            raise

    def is_well(self) -> bool:
        answer = self.answers(f"{self.url}/health")
        return answer is not None and answer.ok

    def dial(self, phone: str, text: str = "", call: str = "") -> str:
        """What is on the screen."""
        form = {"phoneNumber": phone, "sessionId": call or new_call(), "text": text}
        answer = requests.post(f"{self.url}{USSD}", data=form, timeout=WAIT_SECONDS)
        assert answer.status_code == 200, answer.text
        return answer.text

    def begin(self, head: str, body: bytes = b"") -> socket.socket:
        """A connection on which this was sent; more may follow."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_SECONDS)
        connection.sendall(head.replace("\n", "\r\n").encode() + body)
        return connection

    def workers(self) -> list[psutil.Process]:
        children = psutil.Process(self.process.pid).children()
        return [each for each in children if "spawn_main" in " ".join(each.cmdline())]


def tell_to_stop(pid: int) -> None:
    """As on an unlucky day: the kernel gives a signal to any thread, and here it is not the main one."""
    threads = psutil.Process(pid).threads()
    os.kill(next(each.id for each in threads if each.id != pid), signal.SIGTERM)


def new_call() -> str:
    return f"ATUid_{os.urandom(16).hex()}"


@contextmanager
def serving(settings: Settings, *arguments: str) -> Iterator[Web]:
    web = Web(settings, *arguments)
    try:
        yield web
    finally:
        if web.process.poll() is None:
            assert web.stop() == 0
