"""
Members who save by phone, each on a channel of theirs, and remember what they were told.

They speak the providers' wire formats. Whoever hears that it did not work, or nothing, tries again as people do:
with the same amount. No two payments of a run are of the same amount, so that each is found again in the books.
"""

import itertools
import json
import random
import re
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal
from xml.etree import ElementTree

import requests

from channels.whatsapp import chat as whatsapp
from tests.people import Villager

TRIES_MAX: Final = 30
STEPS_MAX: Final = 14
ROUNDS_OF_A_WALK: Final = 40
ANSWER_SECONDS: Final = 10  # as long as a network waits
HOOK: Final = "chaos"

Told = Literal["done", "paid before", "lost", "unsure", "no answer"]

_updates = itertools.count(1)


class Nonsense(Exception):
    """A screen that no member should see here: another member's, or none that the conversation has."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where the bot is, and what its providers know."""

    url: str
    public_url: str
    telegram_secret: str
    twilio_token: str
    twilio_account: str
    hook_secret: str = HOOK


@dataclass
class Payment:
    """One amount that a member wanted to save, and what they were told of it, try by try."""

    amount: int
    told: list[Told] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        return bool(self.told) and self.told[-1] in ("done", "paid before")

    @property
    def lies(self) -> list[str]:
        """Words that turned out to be false."""
        if self.told[-1:] == ["paid before"] and not {"unsure", "no answer", "done"} & set(self.told[:-1]):
            return [f"UGX {self.amount:,}: told that nothing happened, but it was asked for ({self.told})"]
        return []


class Phone:
    """A phone on one channel. `say` types something; None where no answer came."""

    def __init__(self, server: Server, member: Villager) -> None:
        self.server, self.member = server, member
        self.http = requests.Session()

    def begin(self, amount: int) -> str | None:
        """The first words of a contribution."""
        raise NotImplementedError

    def say(self, text: str) -> str | None:
        raise NotImplementedError

    def post(self, send: Callable[[], requests.Response]) -> str | None:
        try:
            answer = send()
        except requests.RequestException:
            return None
        if answer.status_code != 200:
            return None
        return answer.text


class UssdPhone(Phone):
    """Africa's Talking posts a form a keystroke; a call that got no answer is over."""

    def begin(self, amount: int) -> str | None:
        self._call, self._text = f"ATUid_{uuid.uuid4().hex}", f"1*{amount}"
        return self._post()

    def say(self, text: str) -> str | None:
        self._text += f"*{text}"
        return self._post()

    def _post(self) -> str | None:
        form = {
            "phoneNumber": self.member.phone,
            "sessionId": self._call,
            "serviceCode": "*384*7#",
            "networkCode": "64110",
            "text": self._text,
        }
        url = f"{self.server.url}/hooks/at/ussd/{self.server.hook_secret}"
        return self.post(lambda: self.http.post(url, data=form, timeout=ANSWER_SECONDS))


class TelegramPhone(Phone):
    """Telegram sends an update again until it is taken; the answer is a call of its API."""

    def begin(self, amount: int) -> str | None:
        return self.say(f"pay {amount}")

    def say(self, text: str) -> str | None:
        number = next(_updates)
        user = int(self.member.phone[-9:])
        message = {
            "message_id": number,
            "date": 1_790_000_000,
            "chat": {"id": user, "type": "private"},
            "from": {"id": user, "is_bot": False, "first_name": "A", "language_code": "en"},
            "text": text,
        }
        update = {"update_id": number, "message": message}
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.server.telegram_secret}
        url = f"{self.server.url}/hooks/telegram/{self.server.hook_secret}"
        for _ in range(3):
            answer = self.post(lambda: self.http.post(url, json=update, headers=headers, timeout=ANSWER_SECONDS))
            if answer is not None:
                call = json.loads(answer)
                rows = call.get("reply_markup", {}).get("inline_keyboard", [])
                return "\n".join([call.get("text", ""), *(each["text"] for row in rows for each in row)])
        return None


class WhatsAppPhone(Phone):
    """Twilio posts a signed form, and reads TwiML."""

    def begin(self, amount: int) -> str | None:
        return self.say(f"pay {amount}")

    def say(self, text: str) -> str | None:
        form = {
            "MessageSid": f"SM{uuid.uuid4().hex}",
            "AccountSid": self.server.twilio_account,
            "From": f"whatsapp:{self.member.phone}",
            "To": "whatsapp:+14155238886",
            "WaId": self.member.phone.removeprefix("+"),
            "MessageType": "text",
            "NumMedia": "0",
            "Body": text,
        }
        signed = whatsapp.signature(
            self.server.twilio_token, f"{self.server.public_url}{whatsapp.PATH}", sorted(form.items())
        )
        headers = {"X-Twilio-Signature": signed.decode()}
        url = f"{self.server.url}{whatsapp.PATH}"
        answer = self.post(lambda: self.http.post(url, data=form, headers=headers, timeout=ANSWER_SECONDS))
        return None if answer is None else ElementTree.fromstring(answer).findtext("Message")


class Saver(threading.Thread):
    """A member who saves some amounts, one after another, however long it takes."""

    def __init__(self, phone: Phone, amounts: list[int], pause: Callable[[], bool], *, rest: float) -> None:
        """`rest` in seconds between payments; `pause` waits before another try, and says whether to give up."""
        super().__init__(daemon=True)
        self._rest = rest
        self.phone, self.payments = phone, [Payment(amount) for amount in amounts]
        self.nonsense: list[str] = []
        self._pause = pause

    def run(self) -> None:
        for payment in self.payments:
            time.sleep(random.uniform(0, 2 * self._rest))
            for _ in range(TRIES_MAX):
                try:
                    payment.told.append(self._try(payment.amount))
                except Nonsense as nonsense:
                    self.nonsense.append(f"{self.phone.member.name}, UGX {payment.amount:,}: {nonsense}")
                    return
                if payment.is_over or self._pause():
                    break

    def _try(self, amount: int) -> Told:
        """Save this much: what came of it."""
        screen = self.phone.begin(amount)
        for _ in range(STEPS_MAX):
            if screen is None:
                return "no answer"
            if told := _told(screen):
                return told
            screen = self.phone.say(self._answer(screen, amount))
        raise Nonsense(f"no end in sight: {screen}")

    def _answer(self, screen: str, amount: int) -> str:
        """What this member types next. Raises Nonsense when the screen is not for them."""
        if said := re.search(r"(?:CON )?Pay [A-Z]{3} ([\d,]+) to|asked to pay [A-Z]{3} ([\d,]+)", screen):
            shown = int((said[1] or said[2]).replace(",", ""))
            if shown != amount:
                raise Nonsense(f"they never typed {shown:,}: {screen}")
        if "once more?" in screen or "Go on?" in screen:
            return "2"
        if "Your PIN?" in screen:
            return self.phone.member.pin
        if re.search(r"Pay [A-Z]{3} ", screen) and "Yes" in screen:
            return "1"
        if "How much?" in screen:
            return str(amount)
        if f"Hello {self.phone.member.name.split()[0]}" in screen:
            return "1"
        raise Nonsense(screen)


class Walker(threading.Thread):
    """A member who types an amount that nobody else types, goes back, and types it again, without end."""

    def __init__(self, phone: Phone, amount: int, is_over: threading.Event) -> None:
        super().__init__(daemon=True)
        self.phone, self.turns, self.apologies = phone, 0, 0
        self.nonsense: list[str] = []
        self._amount, self._is_over = amount, is_over

    def run(self) -> None:
        while not self._is_over.is_set() and not self.nonsense:
            self._walk(self.phone.begin(self._amount))

    def _walk(self, screen: str | None) -> None:
        """One call, until it breaks off."""
        for _ in range(ROUNDS_OF_A_WALK):
            self.turns += 1
            if screen is None or "Sorry" in screen or "mixed up" in screen:
                self.apologies += 1
                self._is_over.wait(0.2)
                return
            if f"Pay UGX {self._amount:,} to Umoja?" in screen:
                screen = self.phone.say("0")
            elif "How much?" in screen and "asked to pay" not in screen:
                screen = self.phone.say(str(self._amount))
            elif "Go on?" in screen:
                screen = self.phone.say("2")
            elif f"Hello {self.phone.member.name.split()[0]}" in screen:
                screen = self.phone.say("1")
            else:
                self.nonsense.append(f"{self.phone.member.name}, UGX {self._amount:,}: {screen}")
                return


def _told(screen: str) -> Told | None:
    if "Now approve " in screen:
        return "done"
    if "Nothing more was paid" in screen:
        return "paid before"
    if "Nothing was lost" in screen:
        return "lost"
    if "we do not know yet" in screen:
        return "unsure"
    if "This call was mixed up" in screen:
        return "lost"  # nothing was given in it: they dial again
    return None
