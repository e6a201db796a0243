"""
HTTP. The USSD webhook is one small WSGI callable in front; everything else is Flask behind it.

The callable reads the form, has the engine answer and writes the line: a third of the cost of the same as a Flask
view (`benchmarks/turn.py`).
"""

import hmac
from collections.abc import Callable, Iterable
from typing import Any, Final

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from bot.api import api
from bot.app import App
from bot.logs import log, report
from channels import sms, ussd
from channels.deliver import report as report_delivery
from channels.errors import MalformedRequest
from domain.registration import NoSuchMember, stop_texts
from flows.texts import t, words
from payments.settle import hurry

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

_APOLOGY: Final = t("Sorry, that did not work. Nothing was lost. Please dial again in a minute.")
HEALTH_SECONDS: Final = 2.0
_TEXT: Final = ("Content-Type", "text/plain; charset=utf-8")


def wsgi(app: App) -> Wsgi:
    """The whole service as one WSGI application."""
    return ussd_webhook(app, flask_app(app).wsgi_app)


def ussd_webhook(app: App, otherwise: Wsgi) -> Wsgi:
    """
    Africa's Talking's USSD callback, and `otherwise` for every other path.

    A turn that fails is still a 200 with an END: any other answer shows the member an operator's error.
    """
    path: Final = f"/hooks/at/ussd/{app.settings.hook_secret}"
    engine = app.engine

    def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != path:
            return otherwise(environ, start_response)
        if environ["REQUEST_METHOD"] != "POST":
            return _plain(start_response, "405 Method Not Allowed", "POST only", ("Allow", "POST"))
        try:
            body = environ["wsgi.input"].read(_length(environ))
            message = ussd.to_message(ussd.read_form(body), engine.digest)
        except MalformedRequest as error:
            return _plain(start_response, "400 Bad Request", str(error))
        try:
            text = ussd.from_reply(engine.handle(message))
        except Exception as error:  # the member hears an apology, we hear of the error
            report("turn failed", error, channel=message.channel)
            text = f"END {words(engine.language_of(message.sender)).say(_APOLOGY)}"
        return _plain(start_response, "200 OK", text)

    return answer


def _length(environ: Environ) -> int:
    declared = environ.get("CONTENT_LENGTH") or "0"
    if not (declared.isascii() and declared.isdigit()):
        raise MalformedRequest("no length")
    return min(int(declared), ussd.BODY_BYTES_MAX + 1)


def _plain(start_response: StartResponse, status: str, text: str, *headers: tuple[str, str]) -> Iterable[bytes]:
    body = text.encode()
    start_response(status, [_TEXT, ("Content-Length", str(len(body))), *headers])
    return [body]


def flask_app(app: App) -> Flask:
    """Everything but the messages: other callbacks of providers, the JSON API, health."""
    flask = Flask("bot")
    flask.config["MAX_CONTENT_LENGTH"] = ussd.BODY_BYTES_MAX
    flask.register_blueprint(api(app), url_prefix="/api")

    def secret_is(given: str) -> bool:
        return hmac.compare_digest(given.encode(), app.settings.hook_secret.encode())

    def form() -> dict[str, str]:
        return ussd.read_form(request.get_data(cache=False))

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
            stop_texts(app.store, inbound.sender, inbound.word == "stop")
        except NoSuchMember:
            log().info("STOP or START from a number that is nobody's")

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
