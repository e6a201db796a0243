"""
HTTP. The webhooks of the channels are one small WSGI callable in front; everything else is Flask behind it.

The callable reads the message, has the engine answer and writes the reply: a third of the cost of the same as a
Flask view (`benchmarks/turn.py`).
"""

import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from bot.api import api
from bot.app import App
from bot.logs import log, report
from channels import port, ussd
from channels.deliver import report as report_delivery
from channels.errors import Forged, MalformedRequest
from channels.forms import BODY_BYTES_MAX, read_form
from channels.port import Blocked, Conversations
from channels.sms import text as sms
from channels.whatsapp.chat import STATUS_PATH
from domain.people.chats import set_blocked, stop_messages_to
from domain.people.phones import NoSuchMember
from flows.engine.messages import Message, Reply, may_be_pin
from flows.words.texts import t, words
from payments.settle import hurry

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
            set_blocked(app.store, heard.address, heard.blocked)
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
    flask.register_blueprint(api(app), url_prefix="/api")

    def secret_is(given: str) -> bool:
        return hmac.compare_digest(given.encode(), app.settings.hook_secret.encode())

    def form() -> dict[str, str]:
        return read_form(request.get_data(cache=False))

    def hook(rule: str, *methods: str) -> Callable[[Callable[..., None]], None]:
        """A provider's callback: 404 without the secret, 400 for what cannot be read, else 200 and no body."""

        def register(handle: Callable[..., None]) -> None:
            def view(secret: str, **parts: str) -> Response:
                if not secret_is(secret):
                    return _problem(404, "not_found", "There is nothing here.")
                handle(**parts)
                return Response(status=200)

            flask.add_url_rule(rule, handle.__name__, view, methods=list(methods))

        return register

    @hook("/hooks/at/ussd-events/<secret>", "POST")
    def ussd_event() -> None:
        ended = ussd.to_call_ended(form())
        app.engine.call_ended("ussd", ended.sender, ended.dropped, ended.duration_ms)

    @hook("/hooks/at/dlr/<secret>", "POST")
    def delivery_report() -> None:
        report = sms.to_delivery_report(form())
        report_delivery(app.store, report.provider_id, report.state, report.reason)

    @hook("/hooks/at/inbound/<secret>", "POST")
    def inbound_sms() -> None:
        _obey(sms.to_inbound(form()))

    @hook("/hooks/at/optout/<secret>", "POST")
    def opt_out() -> None:
        _obey(sms.to_opt_out(form()))

    def _obey(inbound: sms.Inbound) -> None:
        if inbound.word == "other":
            return
        try:
            person = stop_messages_to(app.store, inbound.sender, inbound.word == "stop")
            app.sessions.forget_profile(person)
        except NoSuchMember:
            log().info("STOP or START from a number that is nobody's")

    if (whatsapp := app.whatsapp) is not None:

        @flask.post(STATUS_PATH)
        def whatsapp_status() -> Response:
            query = f"?{request.query_string.decode()}" if request.query_string else ""
            headers = {name.lower(): value for name, value in request.headers}
            asked = port.Request(
                f"{app.settings.public_url}{STATUS_PATH}{query}", headers, request.get_data(cache=False)
            )
            status = whatsapp.to_status(asked)
            report_delivery(app.store, status.provider_id, status.state, status.reason)
            return Response(status=204)

    @hook("/hooks/momo/<secret>/<reference>", "POST", "PUT")
    def momo_callback(reference: str) -> None:
        # The body is not read: it is unsigned, and only the status query decides.
        if hurry(app.store, reference):
            app.queue.poke("settle", [reference])

    @flask.get("/health")
    def health() -> Response:
        """200 while this process can reach both stores, else 503."""
        try:
            with app.store.within(HEALTH_SECONDS):
                app.store.ping()
            app.sessions.ping()
        except Exception as error:  # whatever a driver raises
            log().warning("a store is away", error=type(error).__name__)
            return _problem(503, "unavailable", "A store cannot be reached.")
        return jsonify(status="ok", version=app.settings.app_version)

    @flask.errorhandler(MalformedRequest)
    def malformed(error: MalformedRequest) -> Response:
        return _problem(400, "malformed_request", str(error))

    @flask.errorhandler(Forged)
    def forged(error: Forged) -> Response:
        return _problem(403, "forged", str(error))

    @flask.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        code = error.name.lower().replace(" ", "_")
        response = _problem(error.code or 500, code, error.description or error.name)
        kept = ("Allow", "WWW-Authenticate")
        response.headers.extend((name, value) for name, value in error.get_headers() if name in kept)
        return response

    @flask.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        report("request failed", error, endpoint=request.endpoint)
        return _problem(500, "internal_error", "Something went wrong here. Please try again later.")

    return flask


def _problem(status: int, code: str, message: str) -> Response:
    """The one shape of an error."""
    response = jsonify(error={"code": code, "message": message})
    response.status_code = status
    return response
