"""
Twilio's Content templates: texts, buttons and lists with {{1}} in them, what WhatsApp carries, what it approves.

Source: Twilio, "twilio/text", "twilio/quick-reply", "twilio/list-picker", "Using variables with content
templates", errors 21656 and 63021.
"""

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from simulator.world import Switches

CONTENTS_MAX: Final = 10_000

# The richest first: of several types in one content, Twilio sends the richest that the channel carries.
LIST, BUTTONS, TEXT = "twilio/list-picker", "twilio/quick-reply", "twilio/text"
TYPES: Final = (LIST, BUTTONS, TEXT)

TEXT_MAX: Final = 1_600
BODY_MAX: Final = 1_024  # of an approved template, or above buttons or a list
CHOICES_MAX: Final = 10
SESSION_BUTTONS_MAX: Final = 3
BUTTON_MAX, ROW_MAX, DESCRIPTION_MAX, ID_MAX = 20, 24, 72, 200

VARIABLE: Final = re.compile(r"\{\{(\w{1,16})\}\}")
# What the value of a variable may not hold where the body shows it.
BROKEN_LINE: Final = re.compile(r"[\n\r\t]| {5}")
NAME: Final = re.compile(r"[a-z0-9_]{1,512}")
CATEGORIES: Final = ("UTILITY", "MARKETING", "AUTHENTICATION")

Json = dict[str, Any]


class ApiError(Exception):
    """What the API answers instead. The code says more than the HTTP status does."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(f"{code} {message}")
        self.status = status
        more_info = f"https://www.twilio.com/docs/errors/{code}"
        self.body: Json = {"code": code, "message": message, "more_info": more_info, "status": status}


class TooMuch(Exception):
    """WhatsApp does not carry so much, or such choices; the text says which."""


def not_found(what: str) -> ApiError:
    return ApiError(20404, f"The requested resource {what} was not found", 404)


@dataclass(frozen=True, slots=True)
class Choice:
    """A button, or a row of a list; `id` is what the bot gets when it is tapped."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Face:
    """
    What a phone shows of a message: a text with choices under it.

    `button` is the label that opens a list of them; empty, each is a button. `approved` is True for a template
    that may open a conversation.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    button: str = ""
    approved: bool = False

    def filled(self, values: Mapping[str, str]) -> "Face":
        def fill(text: str) -> str:
            return VARIABLE.sub(lambda found: values[found[1]], text)

        choices = tuple(Choice(fill(c.id), fill(c.title), fill(c.description)) for c in self.choices)
        return replace(self, text=fill(self.text), choices=choices, button=fill(self.button))

    def variables(self) -> set[str]:
        texts = [self.text, self.button]
        for choice in self.choices:
            texts += [choice.id, choice.title, choice.description]
        return {name for text in texts for name in VARIABLE.findall(text)}

    def check(self) -> None:
        """Raises TooMuch."""
        limits = [("body", self.text, BODY_MAX if self.approved or self.choices else TEXT_MAX)]
        if self.button:
            limits.append(("button", self.button, BUTTON_MAX))
        for choice in self.choices:
            limits.append(("id", choice.id, ID_MAX))
            limits.append(("title", choice.title, ROW_MAX if self.button else BUTTON_MAX))
            if choice.description:
                limits.append(("description", choice.description, DESCRIPTION_MAX))
        for name, text, most in limits:
            if not 1 <= len(text) <= most:
                raise TooMuch(f"{name} has {len(text)} characters, not 1 to {most}")
        if len(self.choices) > CHOICES_MAX:
            raise TooMuch(f"{len(self.choices)} choices, more than {CHOICES_MAX}")
        if len({choice.id for choice in self.choices}) < len(self.choices):
            raise TooMuch("two choices have the same id")


@dataclass(slots=True)
class Content:
    """`types` is as it came, and echoed so. `approval` is the answer to the request for it, empty before one."""

    friendly_name: str
    language: str
    variables: Mapping[str, str]
    types: Mapping[str, Json]
    type: str
    face: Face
    approval: Json = field(default_factory=dict)
    sid: str = field(default_factory=lambda: f"HX{uuid4().hex}")
    at: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")


class Contents:
    """Options: `approval`, how a request for one is answered when nothing speaks against it; `newlines`."""

    def __init__(self, faults: Switches) -> None:
        self._faults = faults
        self._contents: OrderedDict[str, Content] = OrderedDict()
        self._lock = threading.Lock()

    def create(self, sent: object) -> Content:
        """Take the JSON of a request. Raises ApiError."""
        content = _read(sent)
        with self._lock:
            self._contents[content.sid] = content
            if len(self._contents) > CONTENTS_MAX:
                self._contents.popitem(last=False)
        return content

    def all(self) -> list[Content]:
        with self._lock:
            return list(self._contents.values())

    def get(self, sid: str) -> Content:
        """Raises ApiError."""
        with self._lock:
            if sid not in self._contents:
                raise not_found(f"/v1/Content/{sid}")
            return self._contents[sid]

    def delete(self, sid: str) -> None:
        """Raises ApiError."""
        with self._lock:
            if self._contents.pop(sid, None) is None:
                raise not_found(f"/v1/Content/{sid}")

    def ask_approval(self, sid: str, sent: object) -> Json:
        """WhatsApp's answer to the JSON of a request, its `status` approved or rejected. Raises ApiError."""
        content = self.get(sid)
        name, category = (sent.get("name"), sent.get("category")) if isinstance(sent, dict) else (None, None)
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise _invalid("The name of a template has small letters, digits and _ only")
        if category not in CATEGORIES:
            raise _invalid(f"The category is one of {', '.join(CATEGORIES)}")
        reason = _objection(content)
        status = "rejected" if reason else self._faults.get("approval")
        content.face = replace(content.face, approved=status == "approved")
        content.approval = {
            "name": name,
            "category": category,
            "content_type": content.type,
            "status": status,
            "rejection_reason": reason,
            "allow_category_change": True,
        }
        return content.approval

    def render(self, sid: str, variables: str) -> Face:
        """Fill a content with the ContentVariables of a request, a JSON object or nothing. Raises ApiError."""
        try:
            content = self.get(sid)
        except ApiError:
            raise ApiError(21655, "The ContentSid is invalid") from None
        face = content.face.filled(self._values(content, variables))
        try:
            face.check()
            if face.choices and not face.button and not face.approved and len(face.choices) > SESSION_BUTTONS_MAX:
                raise TooMuch(f"over {SESSION_BUTTONS_MAX} buttons without approval")
        except TooMuch as problem:
            raise ApiError(63021, f"Channel invalid content error: {problem}") from None
        return face

    def _values(self, content: Content, variables: str) -> dict[str, str]:
        """The value of every variable, the sample where none is given. Raises ApiError."""
        invalid = ApiError(21656, "The Content Variables parameter is invalid.")
        try:
            given = json.loads(variables or "{}")
        except ValueError:
            raise invalid from None
        if not isinstance(given, dict):
            raise invalid
        values = {**content.variables, **given}
        if not all(isinstance(values.get(name), str) and values[name] for name in content.face.variables()):
            raise invalid
        # One of Twilio's pages says this of every content, another of approved templates only.
        strict = content.face.approved or self._faults.get("newlines") == "refused"
        if strict and any(BROKEN_LINE.search(values[name]) for name in VARIABLE.findall(content.face.text)):
            raise invalid
        return values


def _read(sent: object) -> Content:
    """A content from the JSON of a request. The SDK sends every type there is, null where there is none."""
    sent = sent if isinstance(sent, dict) else {}
    language, types, variables = sent.get("language"), sent.get("types"), sent.get("variables") or {}
    types = {name: body for name, body in types.items() if body is not None} if isinstance(types, dict) else {}
    if not isinstance(language, str) or not language:
        raise _invalid("The language is missing")
    if not types or not types.keys() <= set(TYPES):
        raise _invalid(f"The types are some of {', '.join(TYPES)}")
    if not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        raise _invalid("The variables are strings by name")
    faces = {name: _face(name, types[name]) for name in TYPES if name in types}
    try:
        for each in faces.values():
            each.check()
    except TooMuch as problem:
        raise _invalid(str(problem)) from None
    kind, face = next(iter(faces.items()))
    return Content(str(sent.get("friendly_name") or ""), language, variables, types, kind, face)


def _face(kind: str, body: object) -> Face:
    """Raises ApiError when the body is not of its type's shape."""
    if kind == TEXT:
        return Face(_string(body, "body"))
    rows, title = ("items", "item") if kind == LIST else ("actions", "title")
    listed = body.get(rows) if isinstance(body, dict) else None
    if not isinstance(listed, list) or not listed:
        raise _invalid(f"{kind} has no {rows}")
    # Twilio's table calls the description of a row required, and its SDK does not: it may be missing.
    choices = tuple(
        Choice(_string(row, "id"), _string(row, title), str(row.get("description") or "")) for row in listed
    )
    return Face(_string(body, "body"), choices, _string(body, "button") if kind == LIST else "")


def _string(part: object, name: str) -> str:
    value = part.get(name) if isinstance(part, dict) else None
    if not isinstance(value, str) or not value:
        raise _invalid(f"{name} is missing")
    return value


def _objection(content: Content) -> str:
    """Why WhatsApp would not approve this; empty when it would."""
    body, variables = content.face.text.strip(), content.face.variables()
    if content.type == LIST:
        return "A list picker cannot be approved"
    if len(body) > BODY_MAX:
        return f"The body is longer than {BODY_MAX} characters"
    if re.search(r"^\{\{\w+\}\}|\{\{\w+\}\}$", body):
        return "The body starts or ends with a variable"
    if re.search(r"\}\}\s*\{\{", body):
        return "The body has two variables side by side"
    if not all(content.variables.get(name) for name in variables):
        return "A variable has no sample"
    return ""


def _invalid(message: str) -> ApiError:
    """No document says which code the Content API has for this; ours is the one for an invalid parameter."""
    return ApiError(20422, message)
