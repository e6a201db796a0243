"""
How an endpoint is declared: who may ask, which scope a token needs, what it reads and what it answers.

All of it stands in one place beside the view, and none of it can be left out: `who` and `scope` have no default,
and a route under /api that was declared any other way stops the start. What is declared is what is checked, what
is documented and what the tests go over.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from hashlib import sha256
from typing import Any, Final, Literal

import marshmallow as ma
import msgspec
from flask import Flask, Response, g, json, request
from flask_smorest import Blueprint
from marshmallow import RAISE
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, PreconditionFailed, TooManyRequests, UnsupportedMediaType

from bot.api.cursors import Page
from bot.api.languages import says
from bot.api.once import HEADER, KEY_LENGTH_MAX, answer_once, claimed, key_given
from bot.api.shapes import Listed, enveloped
from bot.app import App
from bot.served import served
from bot.signed_in import caller_if_any, where
from domain.access.audit import note
from domain.access.caller import Caller, MissingScope, NotSignedIn, check_scope, group_for, officer_for
from domain.commands import answer_type, execute
from domain.errors import Mistake
from domain.people.limits import BAD_TOKENS
from domain.records.api_token import ApiScope
from domain.records.group import Group
from domain.records.person import NotAllowed
from domain.store import Store
from flows.words.texts import Words

# Who may ask.
#   anybody             without signing in
#   signed_in           whoever is: a person, an account, a token
#   person              a person, about what is their own; in a group that they are in, where the path has one
#   member, officer     of the group in the path, or who sees it besides: an agent, an operator, a token
#   leader              an officer of the group in the path, and nobody else: what is done there is done by them
#   agent, operator     an account of the operator's, or a token that is good for as much
Who = Literal["anybody", "signed_in", "person", "member", "officer", "leader", "agent", "operator"]
Method = Literal["GET", "POST", "DELETE"]
# In place of a scope: no token is good for this, whatever its scopes.
NO_TOKEN: Final = None

PREFIX: Final = "api_"
_JSON: Final = "application/json"
_RANK: Final = ("member", "agent", "operator")


class NotDeclared(Mistake):
    """A route under /api that nobody has said who may ask."""


@dataclass(frozen=True, slots=True)
class Call:
    """
    A request that may be answered. `group` is the one in its path; `key` is what a command that it gives is known
    by; `query` and `body` are what its schemas read.
    """

    app: App
    who: Caller | None
    in_group: Group | None
    key: str = ""
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.app.store

    @property
    def caller(self) -> Caller:
        assert self.who is not None, "an endpoint for anybody has no caller"
        return self.who

    @property
    def group(self) -> Group:
        assert self.in_group is not None, "the path of this endpoint has no group"
        return self.in_group

    @property
    def says(self) -> Words:
        return says()

    @property
    def sees_phones(self) -> bool:
        """Whether they see whole phone numbers."""
        return "members:phones" in self.caller.scopes

    def execute(self, command: object) -> Any:
        """Carry a command out, once for the key of this request; its answer is of the type that it has."""
        key = self.key or f"api:{self.store.new_id()}"
        done = execute(self.store, key, command)
        return msgspec.convert(done, answer_type(type(command)))

    def check_is_person(self) -> None:
        """Raises NotAllowed for an account or a token, which has nothing of its own in a group."""
        if self.caller.kind != "person":
            raise NotAllowed(why="stranger", group=self.group.name)

    def check_leads(self) -> None:
        """Raises NotAllowed for a member who is no officer."""
        group_for(self.store, self.caller, self.group.code, "officer")

    def note(self, did: str, *, about: str = "", why: str = "") -> None:
        """Write down who looked at what, before it is shown."""
        group = self.in_group.id if self.in_group else ""
        note(self.store, self.who, did, about=about, group=group, why=why, where=where())


View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What was declared of a route; `answers` None for a file, of the type `file`."""

    rule: str
    method: Method
    view: View
    who: Who
    scope: ApiScope | None
    answers: type[ma.Schema] | None
    many: bool
    status: int
    query: type[ma.Schema] | None
    body: type[ma.Schema] | None
    files: type[ma.Schema] | None
    once: bool
    secret: str
    file: str
    flat: bool
    shown_by: "Endpoint | None"

    @property
    def listed(self) -> bool:
        """Whether it answers a list in pages."""
        return self.query is not None and issubclass(self.query, Listed)

    def data(self, call: Call, **path: Any) -> bytes:
        """The answer of a view as JSON, as it goes out."""
        assert self.answers is not None
        found = self.view(call, **path)
        more = {"next": found.next} if isinstance(found, Page) else {}
        items = found.items if isinstance(found, Page) else found
        shown = self.answers(many=self.many).dump(items)
        if self.flat:
            return json.dumps({"success": True} | shown).encode()
        return json.dumps({"success": True, "data": shown} | more).encode()


ENDPOINTS: Final[list[Endpoint]] = []


class _Parser(FlaskParser):
    """Reads what is sent: what a schema does not know is refused, in the query too."""

    DEFAULT_UNKNOWN_BY_LOCATION: Final = {"json": None, "query": RAISE}  # type: ignore[misc]

    def load_json(self, req: Any, schema: ma.Schema) -> Any:
        if (
            req.content_length and not req.is_json
        ):  # else it would be read as nothing, and every field were missing
            raise UnsupportedMediaType
        try:
            return super().load_json(req, schema)
        except (RecursionError, ValueError) as error:  # brackets thousands deep, numbers of thousands of digits
            raise BadRequest from error


class Part(Blueprint):  # type: ignore[misc]
    """Some endpoints about one subject."""

    ARGUMENTS_PARSER = _Parser()

    def __init__(self, name: str, description: str) -> None:
        # Pages may have a part of this name too.
        super().__init__(f"{PREFIX}{name}", __name__, url_prefix="/api", description=description)

    def endpoint(
        self,
        method: Method,
        rule: str,
        *,
        who: Who,
        scope: ApiScope | None,
        answers: type[ma.Schema] | None = None,
        many: bool = False,
        status: int = 200,
        query: type[ma.Schema] | None = None,
        body: type[ma.Schema] | None = None,
        files: type[ma.Schema] | None = None,
        once: bool = True,
        secret: str = "",
        file: str = "",
        flat: bool = False,
        shown_by: View | None = None,
    ) -> Callable[[View], View]:
        """
        Declare a view, which is given a `Call` and what stands in the path.

        What is sent as `files` is in the call's body. One that is `flat` answers its fields beside `success`, not
        in `data`. A POST is done `once` for its
        Idempotency-Key; the field of its answer that is a `secret` is not kept. What changes something that can be
        read is `shown_by` the view that shows it: If-Match is compared with that.
        """

        def declare(view: View) -> View:
            declared = Endpoint(
                rule=f"/api{rule}",
                method=method,
                view=view,
                who=who,
                scope=scope,
                answers=answers,
                many=many or (query is not None and issubclass(query, Listed)),
                status=status,
                query=query,
                body=body,
                files=files,
                once=once and method == "POST",
                secret=secret,
                file=file,
                flat=flat,
                shown_by=_ENDPOINT_OF[shown_by] if shown_by else None,
            )
            ENDPOINTS.append(declared)
            _ENDPOINT_OF[view] = declared
            self.add_url_rule(rule, view.__name__, _documented(self, declared), methods=[method])
            return view

        return declare


_ENDPOINT_OF: Final[dict[View, Endpoint]] = {}


def check_declared(flask: Flask) -> None:
    """Raises NotDeclared when a route under /api was made in any other way."""
    known = {(each.rule, each.method) for each in ENDPOINTS}
    for rule in flask.url_map.iter_rules():
        if rule.rule.startswith("/api/") and rule.endpoint.split(".")[0] != "api_docs":
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                if (rule.rule, method) not in known:
                    raise NotDeclared(f"{method} {rule.rule}: say who may ask, with Part.endpoint")


def _documented(part: Part, declared: Endpoint) -> Callable[..., Response]:
    """The view that Flask calls: who asks is checked before what they sent is read."""

    @wraps(declared.view)
    def answer(*read: Mapping[str, Any], **path: Any) -> Response:
        call: Call = g.call
        given = iter(read)
        query = next(given) if declared.query else {}
        body = next(given) if declared.body or declared.files else {}
        return _answered(declared, call, query, body, path)

    serve: Callable[..., Any] = answer
    if declared.body:
        serve = part.arguments(declared.body, location="json")(serve)
    if declared.files:
        serve = part.arguments(declared.files, location="files")(serve)
    if declared.query:
        serve = part.arguments(declared.query, location="query")(serve)
    if declared.answers is not None:
        schema = enveloped(declared.answers, listed=declared.listed, many=declared.many, flat=declared.flat)
        serve = part.response(declared.status, schema)(serve)
    else:
        serve = part.response(200, {"type": "string", "format": "binary"}, content_type=declared.file)(serve)
    serve = part.doc(**_more(declared))(serve)

    @wraps(serve)
    def admitted(**path: Any) -> Any:
        g.call = _admitted(declared, path)
        return serve(**path)

    return admitted


def _more(declared: Endpoint) -> dict[str, Any]:
    """What the document says besides: who may ask, and the headers."""
    scope = f" Scope of a token: `{declared.scope}`." if declared.scope else ""
    said: dict[str, Any] = {"x-who": declared.who, "x-scope": declared.scope or ""}
    parameters = []
    if declared.once:
        schema = {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH_MAX, "pattern": "^[ -~]+$"}
        parameters.append({"in": "header", "name": HEADER, "required": True, "schema": schema})
    if declared.shown_by:
        parameters.append({"in": "header", "name": "If-Match", "schema": {"type": "string"}})
    if parameters:
        said["parameters"] = parameters
    if declared.who != "anybody":
        said["security"] = [{"bearer": []}]
    summary = (declared.view.__doc__ or "").strip().split("\n")[0]
    return said | {"summary": summary, "description": f"For: {declared.who}.{scope}"}


def _admitted(declared: Endpoint, path: dict[str, Any]) -> Call:
    """
    The one gate: who asks, whether they may ask this at all, and whether the group in the path is theirs. Takes
    the code of the group out of the path.
    """
    app = served()
    if declared.who == "anybody":
        return Call(app, None, None)
    who = _caller()
    g.own_language = who.language
    _check_kind(declared, who)
    code = path.pop("code", None)
    if code is None:
        return Call(app, who, None)
    if declared.who == "leader":
        return Call(app, who, officer_for(app.store, who, code))
    least: Literal["member", "officer"] = "officer" if declared.who == "officer" else "member"
    return Call(app, who, group_for(app.store, who, code, least))


def _caller() -> Caller:
    """
    By the header alone: a browser sends its cookie whoever made it ask. Raises NotSignedIn, and TooManyRequests
    for a client with too many tokens that are not good.
    """
    if "Authorization" not in request.headers:
        raise NotSignedIn
    if who := caller_if_any():
        return who
    app = served()
    # A good token is let in whatever the count: somebody else may have the same address.
    if reached := app.store.limits.take(BAD_TOKENS.of(where())):
        seconds = max(1, int((reached.until - app.store.now()).total_seconds()))
        raise TooManyRequests(retry_after=seconds)
    raise NotSignedIn


def _check_kind(declared: Endpoint, who: Caller) -> None:
    """Raises MissingScope, NotAllowed."""
    if declared.scope is not None:
        check_scope(who, declared.scope)
    elif who.kind == "token":
        raise MissingScope(scope="")
    if declared.who in ("person", "leader") and who.kind != "person":
        raise NotAllowed(why="stranger")
    if declared.who in ("agent", "operator") and _RANK.index(who.role) < _RANK.index(declared.who):
        raise NotAllowed(why="officer")


def _answered(
    declared: Endpoint, call: Call, query: Mapping[str, Any], body: Mapping[str, Any], path: Mapping[str, Any]
) -> Response:
    asked = Call(call.app, call.who, call.in_group, "", query, body)
    if not declared.once or call.who is None:
        return _shown(declared, asked, path)
    claim = claimed(asked.store, asked.caller, key_given())
    asked = Call(call.app, call.who, call.in_group, claim.key, query, body)
    return answer_once(asked.store, claim, lambda: _shown(declared, asked, path), declared.secret)


def _shown(declared: Endpoint, call: Call, path: Mapping[str, Any]) -> Response:
    if declared.shown_by is not None:
        _check_unchanged(declared.shown_by, call, path)
    if declared.answers is None:
        response: Response = declared.view(call, **path)
        return response
    data = declared.data(call, **path)
    response = Response(data, status=declared.status, content_type=_JSON)
    if declared.method != "GET" or declared.who == "anybody":
        response.headers["Cache-Control"] = "no-store"
        return response
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Accept-Language, Authorization"
    response.set_etag(_etag(data))
    response.make_conditional(request)
    return response


def _check_unchanged(shown_by: Endpoint, call: Call, path: Mapping[str, Any]) -> None:
    """Raises PreconditionFailed when it is no longer as whoever asks has seen it."""
    if not request.if_match:
        return
    wanted = {name: value for name, value in path.items() if f"{name}>" in shown_by.rule}
    if not request.if_match.contains(_etag(shown_by.data(call, **wanted))):
        raise PreconditionFailed


def _etag(data: bytes) -> str:
    return sha256(data).hexdigest()[:32]
