"""
HTTP. The webhooks of the channels are one small WSGI callable in front; everything else is Flask behind it.

The callable reads the message, has the engine answer and writes the reply: a third of the cost of the same as a
Flask view (`benchmarks/turn.py`).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from flask import Blueprint, Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from bot import api, callbacks
from bot.app import App
from bot.callbacks import take
from bot.logs import log, report
from bot.served import attach, problem, served
from channels import port
from channels.errors import Forged, MalformedRequest
from channels.forms import BODY_BYTES_MAX
from channels.port import Blocked, Conversations
from flows.engine.messages import Message, Reply, may_be_pin
from flows.words.texts import t, words

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

_APOLOGY: Final = t("Sorry, that did not work. Nothing was lost. Please try again in a minute.")
HEALTH_SECONDS: Final = 2.0
_TEXT: Final = "text/plain; charset=utf-8"


def wsgi(app: App) -> Wsgi:
    """The whole service as one WSGI application."""
    return webhooks(app, flask_app(app).wsgi_app)


def webhooks(app: App, otherwise: Wsgi) -> Wsgi:
    """
    What the providers of channels call, and `otherwise` for every other path.

    A turn that fails is still a 200 with an apology: any other answer shows the member a provider's error, or has
    the same message come again.
    """
    channels: Final = {channel.path: channel for channel in app.channels}
    url: Final = app.settings.public_url

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        channel = channels.get(environ["PATH_INFO"])
        if channel is None:
            return otherwise(environ, start_response)
        if environ["REQUEST_METHOD"] != "POST":
            return _answer(start_response, "POST only", "405 Method Not Allowed", ("Allow", "POST"))
        try:
            body = environ["wsgi.input"].read(_length(environ))
            query = environ.get("QUERY_STRING")
            address = f"{url}{channel.path}?{query}" if query else url + channel.path
            heard = channel.to_message(port.Request(address, _Headers(environ), body))
        except Forged as error:
            return _answer(start_response, str(error), "403 Forbidden")
        except MalformedRequest as error:
            return _answer(start_response, str(error), "400 Bad Request")
        response = _respond(app, channel, heard)
        if response.then is not None:
            app.later(f"{channel.channel.name} was not told", response.then)
        return _answer(start_response, response.body, content_type=response.content_type)

    return answer


def _respond(app: App, channel: Conversations, heard: Message | Blocked | None) -> port.Response:
    if isinstance(heard, Message):
        try:
            return channel.from_reply(heard, app.engine.handle(heard))
        except Exception as error:  # the member hears an apology, we hear of the error
            report("turn failed", error, channel=heard.channel.name)
            return channel.from_reply(heard, _apology(app, heard))
    if heard is not None:
        try:
            take(app, heard)
        except Exception as error:  # a message to them will find it out again
            report("not written down that somebody blocked us", error, channel=channel.channel.name)
    return channel.nothing()


def _apology(app: App, message: Message) -> Reply:
    language = app.engine.language_of(message.sender, message.language)
    # What was typed may have been a PIN: where it can be deleted, it is.
    secret = may_be_pin(message.typed or "")
    return Reply(words(language).say(_APOLOGY), final=True, secret=secret)


class _Headers(Mapping[str, str]):
    """The headers of a request by their names in lower case, looked up only where they are asked for."""

    __slots__ = ("_environ",)

    def __init__(self, environ: Environ) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        value: str = self._environ[f"HTTP_{name.upper().replace('-', '_')}"]
        return value

    def __iter__(self) -> Any:
        return (key[5:].lower().replace("_", "-") for key in self._environ if key.startswith("HTTP_"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _length(environ: Environ) -> int:
    declared = environ.get("CONTENT_LENGTH") or "0"
    if not (declared.isascii() and declared.isdigit()):
        raise MalformedRequest("no length")
    return min(int(declared), BODY_BYTES_MAX + 1)


def _answer(
    start_response: StartResponse,
    text: str,
    status: str = "200 OK",
    *headers: tuple[str, str],
    content_type: str = _TEXT,
) -> Iterable[bytes]:
    body = text.encode()
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body))), *headers])
    return [body]


def flask_app(app: App) -> Flask:
    """Everything but the messages: other callbacks of providers, the JSON API, health."""
    flask = Flask("bot")
    flask.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    attach(flask, app)
    for blueprint in (api.blueprint, callbacks.blueprint, health):
        flask.register_blueprint(blueprint)
    flask.register_error_handler(MalformedRequest, _malformed)
    flask.register_error_handler(Forged, _forged)
    flask.register_error_handler(HTTPException, _refused)
    flask.register_error_handler(Exception, _failed)
    return flask


health = Blueprint("health", __name__)


@health.get("/health")
def check() -> Response:
    """200 while this process can reach both stores, else 503."""
    app = served()
    try:
        with app.store.within(HEALTH_SECONDS):
            app.store.ping()
        app.sessions.ping()
    except Exception as error:  # whatever a driver raises
        log().warning("a store is away", error=type(error).__name__)
        return problem(503, "unavailable", "A store cannot be reached.")
    return jsonify(status="ok", version=app.settings.app_version)


def _malformed(error: MalformedRequest) -> Response:
    return problem(400, "malformed_request", str(error))


def _forged(error: Forged) -> Response:
    return problem(403, "forged", str(error))


def _refused(error: HTTPException) -> Response:
    code = error.name.lower().replace(" ", "_")
    response = problem(error.code or 500, code, error.description or error.name)
    kept = ("Allow", "WWW-Authenticate")
    response.headers.extend((name, value) for name, value in error.get_headers() if name in kept)
    return response


def _failed(error: Exception) -> Response:
    report("request failed", error, endpoint=request.endpoint)
    return problem(500, "internal_error", "Something went wrong here. Please try again later.")
