"""The pages of the service, by Flask: callbacks of providers, the JSON API, health."""

from http import HTTPStatus
from time import perf_counter
from typing import Final

from flask import Blueprint, Flask, Response, g, jsonify, request
from flask_compress import Compress
from structlog.contextvars import bind_contextvars, unbind_contextvars
from werkzeug.exceptions import HTTPException

from bot import callbacks, checks, downloads, mailing
from bot.app import App
from bot.logs import about, access, log, report
from bot.pages.every import BLUEPRINTS
from bot.pages.refused import refused_page, wants_page
from bot.pages.status import STATUS
from bot.pages.status import blueprint as status_page
from bot.request_ids import HEADER
from bot.served import attach, problem, request_id, served
from bot.shield.csrf import check_forms
from bot.shield.headers import protect_answers
from bot.shield.origins import allow_origins
from bot.shield.rate import limit_requests
from bot.signed_in import cookie_settings
from bot.uploads import BODY_OF_UPLOAD_MAX, UPLOAD_PATHS
from channels.errors import Forged, MalformedRequest
from channels.forms import BODY_BYTES_MAX
from flows.engine import sessions

HEALTH_SECONDS: Final = 2.0
# What is posted there comes from programs: providers, those of the API, and mail programs (RFC 8058). A receipt is
# checked by whoever has it, also in a browser that keeps no cookie; it changes nothing.
_NOT_FORMS: Final = ("/hooks/", "/api/", "/mail/", "/check/")
_METHODS: Final = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# Where a payment is asked for by its id: our log says which.
_OF_PAYMENTS: Final = (
    "/payments/<id>",
    *(f"/stuck/<id>{what}" for what in ("", "/ask", "/note", "/propose", "/agree")),
)
HEALTH: Final = {"/health", "/api/health", "/api/health/ready"}


def pages_app(app: App) -> Flask:
    """Everything but the messages."""
    # Here, so that a process which serves messages only does not load what it never needs.
    from bot.api.serve import refuses, serve_api

    parts = (callbacks, checks, downloads, mailing)
    flask = _flask(app, *(each.blueprint for each in parts), *BLUEPRINTS, health, status_page)
    serve_api(flask, app.settings.app_version)
    # What no endpoint is asked for is refused in the shape of the API too.
    flask.register_error_handler(HTTPException, refuses(_refused))
    return flask


def health_app(app: App) -> Flask:
    """What a process answers that serves messages only: whether it is well."""
    return _flask(app, health, status_page)


def _flask(app: App, *blueprints: Blueprint) -> Flask:
    flask = Flask("bot")
    flask.url_map.merge_slashes = False  # two of them are another address, and no reason to send somebody on
    flask.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    flask.config["COMPRESS_MIMETYPES"] = ["text/html", "text/css"]
    flask.config.update(cookie_settings(app.settings))
    Compress(flask)
    attach(flask, app)
    protect_answers(flask, app.settings)
    flask.before_request(_begin)
    flask.after_request(_measure)
    flask.after_request(_named)
    flask.teardown_request(_forget)
    limit_requests(flask, app.settings, _is_free)
    allow_origins(flask, app.settings)
    check_forms(flask, app.settings, _NOT_FORMS)
    for blueprint in blueprints:
        flask.register_blueprint(blueprint)
    flask.register_error_handler(MalformedRequest, _malformed)
    flask.register_error_handler(Forged, _forged)
    flask.register_error_handler(HTTPException, _refused)
    flask.register_error_handler(Exception, _failed)
    return flask


def _is_free() -> bool:
    """Whether this is asked as often as anybody likes: how we are, and what providers are told to call."""
    return request.path in HEALTH | STATUS or callbacks.is_declared(served(), request.path)


def _begin() -> None:
    g.began = perf_counter()
    bind_contextvars(request_id=request_id())
    if request.path in UPLOAD_PATHS:
        request.max_content_length = BODY_OF_UPLOAD_MAX
    rule, given = str(request.url_rule or ""), request.view_args or {}
    if rule.endswith(_OF_PAYMENTS):
        bind_contextvars(payment=given["id"])
    method = request.method if request.method in _METHODS else "other"
    g.span = served().spans.span(f"{_kind()} {rule or 'none'}", method=method)
    g.span.__enter__()


def _named(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    return response


def _forget(_: BaseException | None) -> None:
    unbind_contextvars("request_id", "payment")  # the thread goes on to another request
    about("")
    if span := g.pop("span", None):
        span.__exit__(None, None, None)


def _measure(response: Response) -> Response:
    """How long it took, by what was asked for; that somebody asks whether we are well is none of it."""
    status, took = response.status_code, perf_counter() - g.began
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        served().spans.failed()
    if request.blueprint not in (health.name, status_page.name):
        name, failed = f"{_kind()}:{request.endpoint or 'none'}", status >= HTTPStatus.INTERNAL_SERVER_ERROR
        served().measures.done(name, took, failed=failed, outcome=f"{status // 100}xx")
    # The route, in which stands nobody's id; of a callback, and where there is nothing, what was asked for.
    known = request.url_rule is not None and request.blueprint != callbacks.blueprint.name
    access(request.method, str(request.url_rule) if known else request.path, status, took)
    return response


def _kind() -> str:
    """What kind of request this is, for those who watch."""
    if request.blueprint == callbacks.blueprint.name:
        return "callback"
    return "api" if request.path.startswith("/api/") else "page"


health = Blueprint("health", __name__)


@health.get("/health")
def check() -> Response:
    """200 while this process can reach both stores, else 503."""
    app = served()
    try:
        with app.store.within(HEALTH_SECONDS):
            app.store.ping()
        app.link.do(sessions.ping())
    except Exception as error:  # whatever a driver raises
        log().warning("a store is away", error=type(error).__name__)
        return problem(503, "unavailable", "A store cannot be reached.")
    return jsonify(status="ok", version=app.settings.app_version)


def _malformed(error: MalformedRequest) -> Response:
    return problem(400, "malformed_request", str(error))


def _forged(error: Forged) -> Response:
    return problem(403, "forged", str(error))


def _refused(error: HTTPException) -> Response:
    status, code = error.code or 500, error.name.lower().replace(" ", "_")
    response = refused_page(status) if wants_page() else problem(status, code, error.description or error.name)
    kept = ("Allow", "Retry-After", "WWW-Authenticate")
    response.headers.extend((name, value) for name, value in error.get_headers() if name in kept)
    return response


def _failed(error: Exception) -> Response:
    report("request failed", error, endpoint=request.endpoint)
    if wants_page():
        return refused_page(500)
    return problem(500, "internal_error", "Something went wrong here. Please try again later.")
