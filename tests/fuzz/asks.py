"""
Requests that nobody means well: over every endpoint of the document, every webhook and the pages, as every kind of
caller, with something in each place that belongs in no such place.
"""

import io
import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from jsonschema_rs import Draft202012Validator
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import Client, TestResponse

from tests.bot.api.world import World

# What is tried in each place: of a query to MongoDB, a header, a formula, a page, a path, a format, a number.
INJECTED: Final[tuple[Any, ...]] = (
    {"$ne": ""}, {"$gt": ""}, {"$where": "sleep(1000)"}, ["$ne", ""], "$where: 1", "'; return true; //",
    "a\r\nSet-Cookie: x=1", "a\nb", "\r\n\r\n<html>", "=1+1", "=HYPERLINK(\"http://x\")", "+1", "@SUM(A1)", "-2+3",
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{7*7}}", "${7*7}", "%s%s%n",
    "{name.__class__}", "../../etc/passwd", "..%2f..%2fetc", "/", "//x",
    "file:///etc/passwd", "http://169.254.169.254/",
    "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u202e", "\u2028", "\ufeff", "💥" * 30, "é" * 200, "x" * 5_000,
    "", " ", None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**30, -(10**30), 1.5, 1e308, [], {}, [[]],
    {"": ""}, "null", "NaN", "Infinity", "1e400", "0x10", "０１２", "1_000", "9" * 4_400, "2026-02-30",
    "0000-01-01", "9999-12-31",
)  # fmt: skip
WELL: Final[Mapping[str, tuple[Any, ...]]] = {
    "code": ("10101", "20202"),
    "number": (1, 3),
    "first": ("2026-10-01",),
    "last": ("2026-10-31",),
    "minor": (1_000, 5_500),
    "currency": ("UGX",),
    "phone": ("+256772000101", "+256700000000"),
    "text": ("Good morning",),
    "words": ("The meeting is at four", ""),
    "kind": ("words", "meeting"),
    "audience": ("all", "officers"),
    "when": ("now", "morning"),
    "scopes": (["books:read"],),
    "groups": (["10101"],),
    "limit": (1, 50),
    "after": ("",),
}
WEBHOOKS: Final = (
    "/hooks/at/ussd/hook", "/hooks/at/sms/hook", "/hooks/at/dlr/hook", "/hooks/twilio/hook",
    "/hooks/twilio/status/hook", "/hooks/telegram/hook", "/hooks/momo/hook/x", "/hooks/momo/wrong/x", "/hooks/x",
)  # fmt: skip
FORM: Final = (
    "sessionId", "phoneNumber", "serviceCode", "text", "id", "status", "from", "to", "date", "linkId", "From",
    "To",     "Body", "MessageSid", "WaId", "update_id", "message", "externalId", "amount",
)  # fmt: skip
PAGES: Final = (
    "/", "/sign-in", "/groups", "/groups/10101", "/groups/20202", "/groups/10101/members", "/groups/10101/books",
    "/groups/10101/messages", "/groups/10101/statements", "/operator", "/operator/groups", "/check/10101/ABC",
    "/operator/imports", "/exports/x/y", "/mail/x/y", "/files/x/y", "/api/docs", "/api/openapi.json", "/health",
    "/static/x", "/nothing",
)  # fmt: skip
SHEETS: Final = (
    b"", b"\x00" * 100, b"PK\x03\x04" + b"\xff" * 200, b"group_code,name,kind\nG-1,Umoja,vsla\n",
    b"group_code;group_code;name;kind\n=1+1;$where;{};[]\n", b"\xff\xfeg\x00r\x00", b'"' * 1_000,
)  # fmt: skip
ONE_IN: Final = 3  # so many of the places hold what is injected


@dataclass
class Found:
    """What a campaign has seen: answers by status, and what may not be."""

    statuses: dict[int, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def count(self, answer: TestResponse) -> None:
        self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1


class Campaign:
    """Requests by a seed, each answer looked at as it comes."""

    def __init__(self, world: World, seed: int) -> None:
        self._world, self._random = world, random.Random(seed)
        self.document = world.web.get("/api/openapi.json").get_json()
        self.found = Found()
        self._operations = [*_operations(self.document)]
        self._validators: dict[tuple[str, str, str], Draft202012Validator] = {}

    def step(self) -> None:
        """One request."""
        kind = self._random.random()
        ask: Callable[[], tuple[str, TestResponse]] = self._api
        if kind > 0.85:
            ask = self._page if kind > 0.93 else self._webhook
        name, answer = ask()
        self.found.count(answer)
        if answer.status_code >= 500 and answer.status_code != 503:
            self.found.wrong.append(f"{answer.status_code} {name}")
        for header, value in answer.headers:
            if "\n" in value or (header.lower() == "set-cookie" and value.startswith("x=")):
                self.found.wrong.append(f"header {header} {name}")

    def _api(self) -> tuple[str, TestResponse]:
        path, method, operation = self._random.choice(self._operations)
        places = [*operation.get("parameters", []), *operation.get("path", [])]
        query, headers, filled = {}, {}, path
        for place in places:
            value = self._value(place["name"], place["schema"])
            match place["in"]:
                case "path":
                    filled = filled.replace(f"{{{place['name']}}}", _in_path(value))
                case "query":
                    if value is not None:
                        query[place["name"]] = _sendable(_text(value))
                case "header":
                    headers[place["name"]] = _in_header(value)
        named: dict[str, Any] = {"query_string": query, "headers": headers}
        if body := operation.get("requestBody"):
            content = body["content"]
            named |= (
                self._body(content["application/json"]["schema"])
                if "application/json" in content
                else self._files()
            )
        who = self._random.choice([*self._world.bearers])
        answer = self._world.ask(who, method, filled, **named)
        self._check(path, method.lower(), operation, answer)
        return f"{method} {filled!r} as {who}: {named!r}", answer

    def _files(self) -> dict[str, Any]:
        """Some files, few of which are sheets."""
        names = ["group.csv", "../../x.xlsx", "\x00", "", "é" * 200, "a\r\nb"]
        files: MultiDict[str, FileStorage] = MultiDict()
        for _ in range(self._random.randrange(4)):
            contents = self._random.choice(SHEETS)
            file = FileStorage(io.BytesIO(contents), self._random.choice(names))
            files.add(self._random.choice(["files", "files", "file"]), file)
        return {"data": files, "content_type": "multipart/form-data"}

    def _body(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        if self._random.random() < 0.05:
            text = self._random.choice(["{", "", "[" * 5_000, "\x00", "nul", "1" * 5_000, '"\\ud800"', "{}{}"])
            return {"data": text, "content_type": "application/json"}
        return {"data": json.dumps(self._value("", schema)), "content_type": "application/json"}

    def _value(self, name: str, schema: Mapping[str, Any]) -> Any:
        """Something for this place; in one of some, what does not belong there."""
        if self._random.randrange(ONE_IN * 4) == 0:
            return self._random.choice(INJECTED)
        if "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        if name in WELL and self._random.random() < 0.9:
            return self._random.choice(WELL[name])
        if "properties" in schema:
            made = {
                each: self._value(each, inner)
                for each, inner in schema["properties"].items()
                if each in schema.get("required", ()) or self._random.random() < 0.5
            }
            if self._random.randrange(ONE_IN * 4) == 0:
                made[self._random.choice(["$where", "person", "__proto__", "role", "id"])] = "x"
            return made
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        kind = schema.get("type", "string")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "array":
            return [self._value("", schema["items"]) for _ in range(self._random.randrange(3))]
        simple = {"integer": 1, "number": 1, "boolean": True}
        return simple.get(kind, self._random.choice(["x", "12345678", "999999", self._world.loan]))

    def _webhook(self) -> tuple[str, TestResponse]:
        path = self._random.choice(WEBHOOKS)
        form = {
            name: _text(self._random.choice(INJECTED) if self._random.random() < 0.5 else "+256772000101")
            for name in self._random.sample(FORM, self._random.randrange(6))
        }
        if self._random.random() < 0.4:
            named: dict[str, Any] = {"data": json.dumps(form), "content_type": "application/json"}
        else:
            named = {"data": {name: _sendable(value) for name, value in form.items()}}
        method = self._random.choice(["POST", "POST", "POST", "PUT", "GET"])
        return f"{method} {path}: {named!r}", self._open(self._world.web, path, method, named)

    def _page(self) -> tuple[str, TestResponse]:
        path = self._random.choice(PAGES)
        if self._random.random() < 0.3:
            path += f"/{_in_path(self._random.choice(INJECTED))}"
        query = {
            name: _sendable(_text(self._random.choice(INJECTED)))
            for name in self._random.sample(["in", "after", "q", "last", "first", "next"], 2)
        }
        method = self._random.choice(["GET", "GET", "GET", "POST"])
        named: dict[str, Any] = {"query_string": query, "headers": {"Accept": "text/html"}}
        if method == "POST":
            named["data"] = {name: _sendable(_text(self._random.choice(INJECTED))) for name in ("phone", "amount")}
        return f"{method} {path!r}: {named!r}", self._open(self._world.web, path, method, named)

    @staticmethod
    def _open(web: Client, path: str, method: str, named: Mapping[str, Any]) -> TestResponse:
        return web.open(path, method=method, **named)

    def _check(self, path: str, method: str, operation: Mapping[str, Any], answer: TestResponse) -> None:
        """Whether the answer is one that the document has. One that says nothing, as 304, is."""
        if answer.content_type != "application/json" or not answer.data:
            declared = operation["responses"].get("200", {}).get("content", {})
            if answer.data and answer.mimetype not in declared:
                self.found.wrong.append(f"{answer.content_type} {method} {path}")
            return
        responses = operation["responses"]
        status = str(answer.status_code) if str(answer.status_code) in responses else "default"
        if status == "default" and answer.status_code < 400:
            self.found.wrong.append(f"{answer.status_code} is not in the document: {method} {path}")
            return
        key = (path, method, status)
        if key not in self._validators:
            self._validators[key] = self._validator(responses[status])
        for error in self._validators[key].iter_errors(answer.get_json()):
            self.found.wrong.append(f"{method} {path} {answer.status_code}: {error.message[:200]}")

    def _validator(self, response: Mapping[str, Any]) -> Draft202012Validator:
        if "$ref" in response:
            response = self.document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        schema = response["content"]["application/json"]["schema"]
        return Draft202012Validator({**schema, "components": self.document["components"]})


def state_of(world: World) -> dict[str, Any]:
    """What no request of a campaign changes: the books, who is who, what is lent, who may what."""
    database = world.app.store.database
    kept = {
        "accounts": {"seq": 1, "hash": 1, "balance": 1},
        "entries": {"hash": 1},
        "loans": {"state": 1, "version": 1},
        "memberships": {"role": 1, "status": 1, "number": 1},
        "people": {"name": 1, "phone": 1, "frozen": 1, "email": 1, "pin": 1},
        "proposals": {"state": 1},
        "constitutions": {"version": 1},
        "staff": {"email": 1, "role": 1, "disabled": 1},
    }
    return {name: [*database[name].find({}, fields).sort("_id", 1)] for name, fields in kept.items()}


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in ("get", "post", "delete") and not path.endswith("/logout"):
                yield path, method.upper(), operation | {"path": methods.get("parameters", [])}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _sendable(text: str) -> str:
    """As a client can send it at all."""
    return text.encode("utf-8", "replace").decode()


def _in_path(value: Any) -> str:
    return quote(_sendable(_text(value))[:300], safe="") or "x"


def _in_header(value: Any) -> str:
    kept = "".join(each for each in _text(value) if each.isprintable())
    return kept.encode("latin-1", "replace").decode("latin-1")[:200]
