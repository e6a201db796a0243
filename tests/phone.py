"""A person with a phone, and conversations as they are heard."""

import re
import uuid
from collections.abc import Callable
from textwrap import dedent

from werkzeug.test import Client

from bot.web import Wsgi


class Phone:
    """Dials and types through Africa's Talking's wire format; `screen` is what is on it."""

    def __init__(self, web: Wsgi, hook_secret: str, number: str) -> None:
        self._client, self._path, self.number = Client(web), f"/hooks/at/ussd/{hook_secret}", number
        self._session, self._text, self.screen = "", "", ""

    def dial(self, code: str = "*384*7#") -> str:
        self._session, self._text = f"ATUid_{uuid.uuid4().hex}", code.removeprefix("*384*7").strip("*#")
        return self.post()

    def type(self, text: str) -> str:
        self._text = f"{self._text}*{text}" if self._text else text
        return self.post()

    def post(self, **changed: str) -> str:
        """Send the callback as it stands: again is a repeat of the last one."""
        response = self._client.post(self._path, data={**self.form(), **changed})
        assert response.status_code == 200, response.text
        self.screen = response.text
        return self.screen

    def form(self) -> dict[str, str]:
        return {
            "phoneNumber": self.number,
            "serviceCode": "*384*7#",
            "text": self._text,
            "sessionId": self._session,
            "networkCode": "64110",
        }


class Transcript:
    """
    Checks a written conversation line by line: "> what is typed", "< what is heard".

    A "…" in a heard line stands for any text. A line "-- dropped" is a call that broke off. `by` is the number of
    whoever talks.
    """

    def __init__(self, phone: Callable[[str], Phone], number: str) -> None:
        self._phone, self._number = phone, number

    def __call__(self, transcript: str, *, by: str = "") -> Phone:
        phone = self._phone(by or self._number)
        heard: list[str] | None = None
        for line in filter(None, map(str.strip, dedent(transcript).splitlines())):
            mark, _, rest = line.partition(" ")
            if mark == "<":
                assert heard, f"nothing was heard where this was expected: {rest}"
                assert _matches(rest, heard[0]), f"heard {heard[0]!r}, not {rest!r}\n\n{phone.screen}"
                heard.pop(0)
                continue
            assert not heard, f"more was heard than was written down: {heard}\n\n{phone.screen}"
            if mark == ">":
                screen = phone.dial(rest) if rest.startswith("*384*7") else phone.type(rest)
                heard = screen.split("\n")
        assert not heard, f"more was heard than was written down: {heard}\n\n{phone.screen}"
        return phone


def _matches(written: str, heard: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in written.split("…"))
    return re.fullmatch(pattern, heard) is not None
