"""Members of a load: each does something, waits a moment as people do, and does something else."""

import random
import re
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import requests

from tests.chaos.members import Nonsense, Phone, Server, TelegramPhone, UssdPhone, WhatsAppPhone
from tests.people import Villager

ANSWER_SECONDS: Final = 10  # as long as a network waits
STEPS_MAX: Final = 12
PAUSE_SECONDS: Final = (0.5, 1.5)  # between two keys; people take longer
PAYS: Final = 0.015  # so many of their acts are the contribution: a quarter of the members pays within a minute
AGAIN: Final = 0.5  # so many looks are at what they looked at just now, as in benchmarks/views.py
_TOKEN: Final = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Seen:
    """What all of them saw: of each kind how long every answer took in seconds, and what went wrong."""

    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)
    paid: list[tuple[str, int]] = field(default_factory=list)  # who asked for how much, and heard that it is asked

    def timed(self, kind: str, send: Callable[[], requests.Response]) -> requests.Response | None:
        """An answer, whose time is kept; None, and a word on it, where there was none."""
        begun = time.perf_counter()
        try:
            answer = send()
        except requests.RequestException as error:
            self.wrong.append(f"{kind}: {type(error).__name__}")
            return None
        self.waits[kind].append(time.perf_counter() - begun)
        if answer.status_code >= 400:
            self.wrong.append(f"{kind}: {answer.status_code} {answer.request.path_url.partition('?')[0][:40]}")
        return answer


class _Timed(Phone):
    """A phone whose answers are timed."""

    kind = ""
    seen: Seen

    def post(self, send: Callable[[], requests.Response]) -> str | None:
        answer = self.seen.timed(self.kind, send)
        return answer.text if answer is not None and answer.status_code == 200 else None


class TimedUssd(_Timed, UssdPhone):
    """Dials."""

    kind = "USSD"

    def word(self, word: str) -> str | None:
        """The menu, or what is behind a number of it, in a new call."""
        self._call, self._text = f"ATUid_{uuid.uuid4().hex}", {"menu": "", "balance": "2", "loans": "3"}[word]
        return self._post()


class TimedTelegram(_Timed, TelegramPhone):
    """Writes to our bot in Telegram."""

    kind = "Telegram"

    def word(self, word: str) -> str | None:
        """A word that leads somewhere."""
        return self.say(word)


class TimedWhatsApp(_Timed, WhatsAppPhone):
    """Writes to our number in WhatsApp."""

    kind = "WhatsApp"

    def word(self, word: str) -> str | None:
        """A word that leads somewhere."""
        return self.say(word)


AnyPhone = TimedUssd | TimedTelegram | TimedWhatsApp


class Acting(threading.Thread):
    """Somebody who does one thing after another until it is over. `act` is one of them."""

    def __init__(self, seen: Seen, is_over: threading.Event, seed: int) -> None:
        super().__init__(daemon=True)
        self.seen, self.is_over, self.draw = seen, is_over, random.Random(seed)

    def run(self) -> None:
        self.is_over.wait(self.draw.uniform(0, PAUSE_SECONDS[1]))  # they do not all begin at once
        while not self.is_over.is_set():
            try:
                self.act()
            except Nonsense as nonsense:
                self.seen.wrong.append(f"{type(self).__name__}: {nonsense}")
            self.pause()

    def act(self) -> None:
        raise NotImplementedError

    def pause(self) -> None:
        self.is_over.wait(self.draw.uniform(*PAUSE_SECONDS))


class Talker(Acting):
    """A member with a phone: menus, balances, and one contribution, from the menu to the provider's question."""

    def __init__(self, phone: AnyPhone, amount: int, seen: Seen, is_over: threading.Event, seed: int) -> None:
        super().__init__(seen, is_over, seed)
        self.phone, self._amount, self._has_paid = phone, amount, False

    def act(self) -> None:
        drawn = self.draw.random()
        if not self._has_paid and drawn < PAYS:
            self._pay()
        elif drawn < 0.4:
            self._go(self.phone.word("balance"), {"Your balance. Your PIN?": self.phone.member.pin}, "due UGX")
        elif drawn < 0.6:
            self._go(self.phone.word("loans"), {}, "Ask for a loan")
        else:
            self._go(self.phone.word("menu"), {}, "Contribute")

    def _pay(self) -> None:
        pin = self.phone.member.pin
        answers = {"Your PIN?": pin, "How much?": str(self._amount), "Pay UGX": "1", "Contribute": "1"}
        if self._go(self.phone.begin(self._amount), answers, "Now approve UGX"):
            self._has_paid = True
            self.seen.paid.append((self.phone.member.id, self._amount))

    def _go(self, screen: str | None, answers: dict[str, str], end: str) -> bool:
        """Answer each screen until this one comes; False where none came. Raises Nonsense for another one."""
        for _ in range(STEPS_MAX):
            if screen is None:
                return False  # which is in the list of what went wrong
            if end in screen:
                return True
            typed = "2" if "Go on?" in screen else _answer_to(screen, answers)
            if typed is None and "Contribute" in screen:
                return False  # what was left open before ended at the menu
            if typed is None:
                raise Nonsense(screen)
            self.pause()
            screen = self.phone.say(typed)
        raise Nonsense(f"no end in sight: {screen}")


def _answer_to(screen: str, answers: Mapping[str, str]) -> str | None:
    return next((each for words, each in answers.items() if words in screen), None)


class Texter(Acting):
    """A member who writes to our number by SMS; what we say comes as a message of its own."""

    def __init__(self, server: Server, member: Villager, seen: Seen, is_over: threading.Event, seed: int) -> None:
        super().__init__(seen, is_over, seed)
        self._url = f"{server.url}/hooks/at/sms-menu/{server.hook_secret}"
        self._member, self._http = member, requests.Session()

    def act(self) -> None:
        word = self.draw.choice(("menu", "loans", "menu", "help"))
        form = {"from": self._member.phone, "to": "12345", "text": word, "id": uuid.uuid4().hex}
        self.seen.timed("SMS", lambda: self._http.post(self._url, data=form, timeout=ANSWER_SECONDS))


@dataclass(frozen=True)
class Look:
    """An address that is looked at, and as what it counts."""

    kind: str
    path: str
    weight: int = 1


class Looker(Acting):
    """A program with a token, or a browser in which somebody is signed in; it looks and changes nothing."""

    def __init__(
        self,
        server: Server,
        http: requests.Session,
        looks: Sequence[Look],
        seen: Seen,
        is_over: threading.Event,
        seed: int,
    ) -> None:
        super().__init__(seen, is_over, seed)
        self._url, self._http, self._looks, self._last = server.url, http, looks, looks[0]

    def act(self) -> None:
        if self.draw.random() > AGAIN:
            (self._last,) = self.draw.choices(self._looks, [each.weight for each in self._looks])
        look = self._last
        url = f"{self._url}{look.path}"
        answer = self.seen.timed(
            look.kind, lambda: self._http.get(url, timeout=ANSWER_SECONDS, allow_redirects=False)
        )
        if answer is not None and answer.is_redirect:
            raise Nonsense(f"{look.path} leads to {answer.headers['Location']}")


def program(token: str) -> requests.Session:
    """What asks the API with this token."""
    http = requests.Session()
    http.headers["Authorization"] = f"Bearer {token}"
    return http


def api_looks(code: str, numbers: Iterable[int]) -> list[Look]:
    """What a group's program looks at: most often at what members may borrow."""
    borrows = [Look("API", f"/api/loans/eligibility/{code}?member={each}", 2) for each in numbers]
    paths = ("", "/members", "/meeting", "/loans", "/books")
    return [
        *borrows,
        Look("API", "/api/groups", 2),
        *(Look("API", f"/api/groups/{code}{path}", 2) for path in paths),
        Look("aggregates", "/api/admin/dashboard", 4),
    ]


def page_looks(code: str) -> list[Look]:
    """What a leader looks at in a browser."""
    paths = ("", "/members", "/meeting", "/loans", "/decisions", "/statements", "/rules")
    return [*(Look("pages", f"/groups/{code}{path}", 2) for path in paths)]


OPERATOR_LOOKS: Final = [Look("aggregates", "/operator")]


def form_of(http: requests.Session, url: str) -> dict[str, str]:
    """The hidden token of the forms on a page."""
    found = _TOKEN.search(http.get(url, timeout=ANSWER_SECONDS).text)
    return {"csrf_token": found[1]} if found else {}


def signed_in_by_code(server: Server, phone: str, code_of: Callable[[], str]) -> requests.Session:
    """A browser in which the owner of this phone is signed in; `code_of` reads what came to it."""
    http, url = requests.Session(), f"{server.url}/sign-in"
    http.post(url, data={"phone": phone, "to": ""} | form_of(http, url), timeout=ANSWER_SECONDS)
    given = {"phone": phone, "code": code_of(), "to": ""} | form_of(http, url)
    return _entered(http, http.post(f"{url}/code", data=given, timeout=ANSWER_SECONDS, allow_redirects=False))


def signed_in_by_account(server: Server, email: str, password: str, totp: str) -> requests.Session:
    """A browser in which somebody of the operator is."""
    http, url = requests.Session(), f"{server.url}/sign-in"
    given = {"email": email, "password": password, "totp": totp, "to": "/operator"} | form_of(http, url)
    return _entered(http, http.post(f"{url}/account", data=given, timeout=ANSWER_SECONDS, allow_redirects=False))


def _entered(http: requests.Session, answer: requests.Response) -> requests.Session:
    if not answer.is_redirect:
        raise SystemExit(f"nobody could sign in: {answer.status_code}")
    return http
