"""
Africa's Talking's USSD gateway: a phone dials here, and the bot's callback is asked what to show.

Source: Africa's Talking, "USSD" and "Handle USSD sessions".
"""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal
from uuid import uuid4

import requests
from flask import Blueprint, request

from simulator.control import strings
from simulator.gsm import screen_places
from simulator.world import Switches, World

SESSIONS_MAX = 10_000
BODY_MAX = 64 * 1024
HOP_LABEL_MAX = 99

Status = Literal["Success", "Incomplete", "Failed"]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Profile:
    """What one operator allows: places on a screen, characters in an answer, seconds idle and in all."""

    menu_max: int = 160
    input_max: int = 80
    idle_s: float = 20
    total_s: float = 180


# Safaricom, Airtel and Equitel of Kenya publish theirs; Equitel's lengths are taken to be Safaricom's.
PROFILES: Final = {
    "63902": Profile(160, 80, 30, 180),
    "63903": Profile(184, 90, 60, 180),
    "63999": Profile(160, 80, 30, 180),
}


class CallRefused(Exception):
    """The operator will not carry this; `status` is the HTTP status the page gets, `str()` what it shows."""

    def __init__(self, message: str, status: int = 502) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Session:
    """
    One call, from dial to end.

    `text` holds every answer so far joined by "*", `busy` is True while the bot is asked, `labels` are the
    names the bot gave to its hops, and `echoed` the one that went back with the last callback.
    """

    phone: str
    service_code: str
    network: str
    profile: Profile
    text: str
    id: str = field(default_factory=lambda: f"ATUid_{uuid4().hex}")
    opened_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    opened: float = field(default_factory=time.monotonic)
    open: bool = True
    busy: bool = False
    hops: int = 0
    labels: list[str] = field(default_factory=list)
    echoed: str = ""
    last_body: str = ""

    def callback(self) -> dict[str, str]:
        """The five fields of a callback, in the order seen on the wire."""
        return {
            "phoneNumber": self.phone,
            "serviceCode": self.service_code,
            "text": self.text,
            "sessionId": self.id,
            "networkCode": self.network,
        }

    def end_event(self, status: Status, error: str) -> dict[str, str]:
        event = {
            "date": f"{self.opened_at:%Y-%m-%d %H:%M:%S}",
            "sessionId": self.id,
            "serviceCode": self.service_code,
            "networkCode": self.network,
            "phoneNumber": self.phone,
            "status": status,
            "cost": "0.00",
            "durationInMillis": str(int((time.monotonic() - self.opened) * 1000)),
            "hopsCount": str(self.hops),
            "hopsMetadata": "|".join(self.labels),
            "input": self.text,
            "lastAppResponse": self.last_body,
        }
        return event | {"errorMessage": error} if error else event


class Ussd:
    """The gateway. Its methods return what the page gets, and raise CallRefused."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.faults = world.faults["ussd"] = Switches(
            ("lost_before_bot", "lost_after_bot", "callback_twice", "no_end_event", "end_event_twice")
        )
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._open: dict[str, Session] = {}  # by phone, which carries one call at a time
        self._lock = threading.Lock()

    def profile(self, phone: str) -> Profile:
        network = self.world.person(phone).network
        changes: Mapping[str, Any] = self.world.config.profiles.get(network, {})
        return replace(PROFILES.get(network, Profile()), **changes)

    def dial(self, phone: str, code: str) -> Json:
        """Open a session. Answers dialled in the code, "*384*7*1*500#", are its first text: "1*500"."""
        service = self.world.config.service_code.removesuffix("#")
        match = re.fullmatch(rf"{re.escape(service)}(?:\*(.*))?#", code)
        if match is None or not re.fullmatch(r"\+\d{6,15}", phone):
            raise CallRefused("Connection problem or invalid MMI code.", 404)
        network = self.world.person(phone).network
        session = Session(phone, f"{service}#", network, self.profile(phone), match[1] or "", busy=True)
        with self._lock:
            dropped = [self._open[phone]] if phone in self._open else []
            self._sessions[session.id] = self._open[phone] = session
            if len(self._sessions) > SESSIONS_MAX:
                dropped.append(self._sessions.popitem(last=False)[1])
        for older in dropped:
            self._end(older, "Incomplete")
        self.world.later(session.profile.total_s, lambda: self._end(session, "Incomplete"))
        return self._hop(session)

    def reply(self, session_id: str, text: str) -> Json:
        """Send an answer; an answer longer than the network carries is refused, and the call goes on."""
        session = self._find(session_id)
        if len(text) > session.profile.input_max:
            raise CallRefused(f"The network carries {session.profile.input_max} characters", 400)
        with self._lock:
            if not session.open:
                raise CallRefused("The session has ended", 410)
            if session.busy:
                raise CallRefused("The last answer is still on its way", 409)
            session.busy = True
            session.text = f"{session.text}*{text}" if session.hops > 1 or session.text else text
        return self._hop(session)

    def hangup(self, session_id: str) -> Json:
        self._end(self._find(session_id), "Incomplete")
        return {}

    def repeat(self, session_id: str) -> Json:
        """Send the last callback again, byte for byte, as a network may; the call itself does not move."""
        session = self._find(session_id)
        body, _ = self._ask(session)
        return _screen(session, body)

    def _find(self, session_id: str) -> Session:
        with self._lock:
            if session_id not in self._sessions:
                raise CallRefused("No such session", 404)
            return self._sessions[session_id]

    def _hop(self, session: Session) -> Json:
        """Ask the bot for the next screen, and keep the call open or end it by what it says."""
        if self.faults.take("lost_before_bot"):
            raise self._broken(session, "Incomplete", "Connection problem or invalid MMI code.")
        session.hops += 1
        session.echoed = session.labels[-1] if session.labels else ""
        try:
            body, label = self._ask(session)
            if self.faults.take("callback_twice"):
                self._ask(session)
        except CallRefused as refusal:
            raise self._broken(session, "Failed", str(refusal)) from refusal
        session.last_body = body
        session.labels.append(label)
        shown = _screen(session, body)
        if (places := screen_places(shown["text"])) > session.profile.menu_max:
            problem = f"The screen takes {places} places; the network carries {session.profile.menu_max}"
            raise self._broken(session, "Failed", problem)
        if self.faults.take("lost_after_bot"):
            raise self._broken(session, "Incomplete", "Connection problem or invalid MMI code.")
        with self._lock:
            session.busy = False
            if not session.open:
                raise CallRefused("The session has ended", 410)
        if not shown["open"]:
            self._end(session, "Success")
            return shown
        hops = session.hops
        self.world.later(session.profile.idle_s, lambda: self._idle(session, hops))
        return shown

    def _ask(self, session: Session) -> tuple[str, str]:
        """The bot's body, and its name for the hop. Raises CallRefused for what no operator would show."""
        headers = {"User-Agent": "at-ussd-api/1.0"}
        if session.echoed:
            headers["at-ussd-hop-metadata"] = session.echoed
        limit = self.world.config.answer_seconds
        late = CallRefused(f"The service did not answer in {limit:g} s")
        deadline = time.monotonic() + limit
        try:
            answer = self.world.http.post(
                self.world.hook("ussd"),
                data=session.callback(),
                headers=headers,
                timeout=limit,
                stream=True,
                allow_redirects=False,
            )
            with answer:
                body = b""
                # A byte at a time: a larger read would wait for a body that trickles, past the deadline.
                for byte in answer.iter_content(1):
                    body += byte
                    if time.monotonic() > deadline or len(body) > BODY_MAX:
                        break
        except requests.Timeout as timeout:
            raise late from timeout
        except requests.RequestException as failure:
            raise CallRefused("The service cannot be reached") from failure
        if time.monotonic() > deadline:
            raise late
        return _check(answer.status_code, body), _label(answer.headers.get("at-ussd-hop-metadata", ""))

    def _idle(self, session: Session, hops: int) -> None:
        if session.hops == hops and not session.busy:
            self._end(session, "Incomplete")

    def _broken(self, session: Session, status: Status, problem: str) -> CallRefused:
        self._end(session, status, problem)
        return CallRefused(problem)

    def _end(self, session: Session, status: Status, error: str = "") -> None:
        """Close the call, once, and send its end event."""
        with self._lock:
            if not session.open:
                return
            session.open = session.busy = False
            if self._open.get(session.phone) is session:
                del self._open[session.phone]
        self.world.publish("ussd", session.phone, {"session": session.id, "open": False, "status": status})
        if self.faults.take("no_end_event"):
            return
        event = session.end_event(status, error)
        for _ in range(2 if self.faults.take("end_event_twice") else 1):
            self.world.later(0, lambda: self._send_end_event(event))

    def _send_end_event(self, event: Mapping[str, str]) -> None:
        self.world.http.post(
            self.world.hook("ussd-events"),
            data=event,
            headers={"User-Agent": "at-ussd-api/1.0"},
            timeout=self.world.config.answer_seconds,
        ).close()

    def blueprint(self) -> Blueprint:
        """The handset's side: what the page and the tests call."""
        routes = Blueprint("ussd", __name__)

        def answer(call: Callable[[], Json]) -> tuple[Json, int]:
            try:
                return call(), 200
            except CallRefused as refusal:
                return {"error": str(refusal)}, refusal.status

        @routes.post("/dial")
        def dial() -> tuple[Json, int]:
            said = strings("phone", "code")
            return answer(lambda: self.dial(*said))

        @routes.post("/reply")
        def reply() -> tuple[Json, int]:
            said = strings("session", "text")
            return answer(lambda: self.reply(*said))

        @routes.post("/repeat")
        def repeat() -> tuple[Json, int]:
            said = strings("session")
            return answer(lambda: self.repeat(*said))

        @routes.post("/hangup")
        def hangup() -> tuple[Json, int]:
            said = strings("session")
            return answer(lambda: self.hangup(*said))

        @routes.get("/profile")
        def profile() -> Json:
            return asdict(self.profile(request.args.get("phone", "")))

        return routes


def _check(status: int, body: bytes) -> str:
    """The body as text; raises CallRefused unless the status is 200 and it begins with "CON " or "END "."""
    if status != 200:
        raise CallRefused(f"The service answered with HTTP {status}")
    if not body:
        raise CallRefused("The service answered with nothing")
    if len(body) > BODY_MAX or not body.startswith((b"CON ", b"END ")):
        raise CallRefused("The service's answer begins with neither CON nor END")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise CallRefused("The service's answer is not UTF-8") from error


def _label(header: str) -> str:
    """The name the bot gave to this hop; one that is too long, or holds the separator, is not kept."""
    return header if len(header) <= HOP_LABEL_MAX and "|" not in header else ""


def _screen(session: Session, body: str) -> Json:
    return {"session": session.id, "text": body[4:], "open": body.startswith("CON ")}
