"""A handset in a terminal: it speaks Africa's Talking's wire format to a running bot."""

import sys
import textwrap
import time
import uuid
from typing import Final

import click
import requests

from bot.config import load
from bot.demo.running import read_running
from domain.people.phones import normal_phone

WIDTH: Final = 34  # a screen of 182 characters is six lines, as on a small phone
ANSWER_SECONDS: Final = 10


@click.command()
@click.argument("phone")
@click.option("--code", help="What to dial; answers may follow in it: '*384*7*1#'.")
@click.option("--url", help="The bot's address, when it is not the demo running here.")
@click.option("--hook-secret", help="The secret in its webhooks' addresses.")
def dial(phone: str, code: str | None, url: str | None, hook_secret: str | None) -> None:
    """
    Be a phone in this terminal.

    PHONE is the caller's number, like +256772000101. Type "drop", or press Ctrl-D, to drop the call; dial again
    to go on with it. Without --url it calls the demo that runs on DATA_DIR.
    """
    number = normal_phone(phone)
    if number is None:
        raise click.BadParameter(f"{phone} is no phone number: write it like +256772000101", param_hint="PHONE")
    settings = load()
    found = None if url else read_running(settings.data_dir)
    if found:
        handset = Handset(found.bot, hook_secret or found.hook_secret, number, found.service_code)
    else:
        handset = Handset(
            url or settings.public_url, hook_secret or settings.hook_secret, number, settings.service_code
        )
    handset.call(code)


class NoAnswer(click.ClickException):
    """The bot did not answer as a gateway wants it to; the message says how."""


class Handset:
    """One phone. `call` dials and talks until the call is over."""

    def __init__(self, url: str, hook_secret: str, number: str, service_code: str) -> None:
        self._hooks, self._secret = f"{url}/hooks/at", hook_secret
        self._number, self._service_code = number, service_code
        self._http = requests.Session()

    def call(self, code: str | None = None) -> None:
        """
        Dial the service, or `code`, which may have answers in it, and read answers from standard input.

        `drop` or the end of the input drops the call. Raises NoAnswer.
        """
        code = code or self._service_code
        prefix = self._service_code.removesuffix("#")
        if not (code.startswith(prefix) and code.endswith("#")):
            raise NoAnswer(f"{code} is not our service: dial {self._service_code}, or {prefix}*1#")
        session, text = f"ATUid_{uuid.uuid4().hex}", code[len(prefix) : -1].removeprefix("*")
        began, hops = time.monotonic(), 0
        print_line(f"{self._number} dials {code}    (type drop, or press Ctrl-D, to drop the call)")
        while True:
            hops += 1
            screen, is_open = self._send(session, text)
            show(screen)
            typed = self._answer() if is_open else None
            if typed is None:
                break
            text = f"{text}*{typed}" if text or hops > 1 else typed
        self._notify(session, text, screen, hops, time.monotonic() - began, is_open)
        if is_open:
            print_line("The call was dropped.")

    def _answer(self) -> str | None:
        try:
            typed = input("> ")
        except (EOFError, KeyboardInterrupt):
            print_line("")
            return None
        return None if typed.strip().lower() == "drop" else typed

    def _send(self, session: str, text: str) -> tuple[str, bool]:
        form = {
            "phoneNumber": self._number,
            "serviceCode": self._service_code,
            "text": text,
            "sessionId": session,
            "networkCode": "99999",
        }
        try:
            answer = self._http.post(f"{self._hooks}/ussd/{self._secret}", data=form, timeout=ANSWER_SECONDS)
        except requests.RequestException as failure:
            raise NoAnswer(f"nobody answers at {self._hooks}: is the bot running? (make demo)") from failure
        kind, _, screen = answer.text.partition(" ")
        if answer.status_code != 200 or kind not in ("CON", "END"):
            raise NoAnswer(f"the bot answered {answer.status_code}: {answer.text[:200]}")
        return screen, kind == "CON"

    def _notify(self, session: str, text: str, screen: str, hops: int, seconds: float, dropped: bool) -> None:
        """The end-of-session notification, as the gateway sends it."""
        form = {
            "date": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
            "sessionId": session,
            "serviceCode": self._service_code,
            "networkCode": "99999",
            "phoneNumber": self._number,
            "status": "Incomplete" if dropped else "Success",
            "cost": "0.00",
            "durationInMillis": str(int(seconds * 1000)),
            "hopsCount": str(hops),
            "hopsMetadata": "",
            "input": text,
            "lastAppResponse": f"{'CON' if dropped else 'END'} {screen}",
        }
        try:
            self._http.post(f"{self._hooks}/ussd-events/{self._secret}", data=form, timeout=ANSWER_SECONDS)
        except requests.RequestException as failure:
            raise NoAnswer(f"the end of the call could not be told: {type(failure).__name__}") from failure


def show(screen: str) -> None:
    """Draw a screen in a box."""
    lines = [part for line in screen.split("\n") for part in textwrap.wrap(line, WIDTH) or [""]]
    print_line(f"┌{'─' * (WIDTH + 2)}┐")
    for line in lines:
        print_line(f"│ {line:{WIDTH}} │")
    print_line(f"└{'─' * (WIDTH + 2)}┘")


def print_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
