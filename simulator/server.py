"""The simulator as one HTTP server: the providers' APIs, the phones' controls, the event stream and the page."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import requests
from flask import Flask, Response, abort, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wrappers import Response as AnyResponse

from simulator.africas_talking.sms import Sms
from simulator.africas_talking.ussd import Ussd
from simulator.airtel.api import airtel_api
from simulator.airtel.wallets import AirtelMoney
from simulator.callers import Callers
from simulator.daraja.api import Daraja
from simulator.daraja.paybill import Paybill
from simulator.momo.access import Users
from simulator.momo.api import momo_africa_api, momo_api
from simulator.momo.collections import Collections
from simulator.momo.disbursements import Disbursements
from simulator.pawapay.api import Pawapay
from simulator.phones import AsksPhones, TellsPhones, phones_api
from simulator.routing import SharedRoutes
from simulator.sendgrid.mail import Mail
from simulator.telegram.phone import Telegram
from simulator.twilio.api import twilio_api
from simulator.twilio.whatsapp import WhatsApp
from simulator.world import Config, InvalidSwitch, Person, World

STREAMS_MAX = 64
KEEP_ALIVE_SECONDS = 15
POLL_SECONDS = 0.02
BODY_MAX: Final = 1024 * 1024

PROVIDERS: Final = frozenset(
    {"version1", "momo", "momo_africa", "daraja", "airtel", "pawapay", "twilio", "telegram", "sendgrid"}
)  # the first parts of their addresses

_ROUTES: Final = SharedRoutes()

Json = dict[str, Any]


class Simulator:
    """
    The providers, listening on their own threads between `start` and `stop`.

    `url` is its address, `world` the people and the switches, and the providers can be asked directly. What
    they date, M-Pesa's receipts and its list, is by the `clock`.
    """

    def __init__(self, config: Config | Mapping[str, Any], clock: Callable[[], datetime] | None = None) -> None:
        self.config = config if isinstance(config, Config) else Config.from_json(config)
        self.world = World(self.config, clock)
        self.ussd, self.sms = Ussd(self.world), Sms(self.world)
        users = Users()
        self.momo, self.disbursements = Collections(self.world, users), Disbursements(self.world, users)
        self.daraja = Daraja(self.world)
        # MTN's second gateway knows neither the users of the first nor what was asked for there.
        second = Users()
        self.momo_africa = Collections(self.world, second, "momo_africa")
        self.disbursements_africa = Disbursements(self.world, second, "disbursements_africa")
        self.airtel, self.pawapay = AirtelMoney(self.world), Pawapay(self.world)
        self.whatsapp, self.telegram = WhatsApp(self.world), Telegram(self.world)
        self.mail = Mail(self.world)
        self._server: BaseWSGIServer = make_server(
            self.config.host, self.config.port, self._app(), threaded=True, request_handler=QuietHandler
        )
        # How soon `stop` is seen: the tests start and stop one each.
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), name="simulator", daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://{self.config.host}:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.world.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _note_agent(self) -> None:
        """What the bot calls itself where it calls a provider."""
        provider = request.path.split("/")[1]
        if provider in PROVIDERS:
            self.world.agents[provider].add(request.user_agent.string)

    def _app(self) -> Flask:
        app = Flask(__name__, static_folder=None)
        app.url_map = _ROUTES
        app.static_folder = str(Path(__file__).parent / "static")
        app.add_url_rule("/static/<path:filename>", "static", app.send_static_file)
        app.config["MAX_CONTENT_LENGTH"] = BODY_MAX
        app.json.sort_keys = False  # type: ignore[attr-defined] # the wire keeps the providers' order
        app.register_blueprint(self.sms.api(), url_prefix="/version1")
        app.register_blueprint(momo_api(self.momo, self.disbursements), url_prefix="/momo")
        app.register_blueprint(self.daraja.api(), url_prefix="/daraja")
        second = momo_africa_api(self.momo_africa, self.disbursements_africa)
        app.register_blueprint(second, url_prefix="/momo_africa")
        app.register_blueprint(airtel_api(self.airtel), url_prefix="/airtel")
        app.register_blueprint(self.pawapay.api(), url_prefix="/pawapay")
        app.register_blueprint(twilio_api(self.whatsapp), url_prefix="/twilio")
        app.register_blueprint(self.telegram.api.routes(), url_prefix="/telegram")
        app.register_blueprint(self.mail.api(), url_prefix="/sendgrid")
        app.register_blueprint(self.mail.blueprint(), url_prefix="/sim/mail")
        app.register_blueprint(self.ussd.blueprint(), url_prefix="/sim/ussd")
        app.register_blueprint(self.sms.blueprint(), url_prefix="/sim/sms")
        for each in self.daraja.blueprints():
            app.register_blueprint(each, url_prefix="/sim/daraja")
        app.register_blueprint(phones_api("momo", [self.momo], [self.disbursements]), url_prefix="/sim/momo")
        pawapay = self.pawapay.operations
        asking: list[AsksPhones] = [self.momo, self.momo_africa, self.daraja.express, self.airtel, pawapay]
        telling: list[TellsPhones] = [
            self.disbursements,
            self.disbursements_africa,
            self.daraja.till,
            self.airtel,
            pawapay,
        ]
        app.register_blueprint(phones_api("all", asking, telling), url_prefix="/sim")
        app.register_blueprint(self.whatsapp.blueprint(), url_prefix="/sim/whatsapp")
        app.register_blueprint(self.telegram.blueprint(), url_prefix="/sim/telegram")
        app.before_request(Callers(self.config.host, self.config.hosts).check)
        app.before_request(self._note_agent)
        _add_people(app, self.world, self.daraja.paybill)
        _add_faults(app, self.world)
        _add_events(app, self.world)
        _add_books(app, self.world)
        app.register_error_handler(HTTPException, _error)

        @app.get("/")
        def page() -> AnyResponse:
            return redirect("/static/index.html")

        return app


class QuietHandler(WSGIRequestHandler):
    """No request log: a USSD callback's answers hold PINs, and the page asks every second."""

    def log(self, type: str, message: str, *args: object) -> None:
        pass


def _error(error: HTTPException) -> tuple[Json, int]:
    return {"error": error.description}, error.code or 500


def _add_people(app: Flask, world: World, paybill: Paybill) -> None:
    def shown(person: Person) -> Json:
        return asdict(person) | {"wallet": str(world.wallet(person.phone)), "paybill": paybill.known_to(person)}

    @app.get("/sim/people")
    def people() -> Json:
        people = [shown(person) for person in world.people.values()]
        return {"people": people, "service_code": world.config.service_code}


def _add_faults(app: Flask, world: World) -> None:
    @app.get("/sim/faults")
    def faults() -> Json:
        return {provider: switches.all() for provider, switches in world.faults.items()}

    @app.post("/sim/faults")
    def set_faults() -> Json:
        wanted = request.get_json()
        if not isinstance(wanted, dict) or not all(isinstance(each, dict) for each in wanted.values()):
            abort(400, description='The body is a JSON object: {"ussd": {"lost_before_bot": 1}}')
        try:
            for provider, values in wanted.items():
                if provider not in world.faults:
                    raise InvalidSwitch(f"no provider {provider}")
                world.faults[provider].set(values)
        except InvalidSwitch as problem:
            abort(400, description=str(problem))
        return faults()

    @app.post("/sim/faults/reset")
    def reset_faults() -> Json:
        for switches in world.faults.values():
            switches.reset()
        return faults()


def _add_events(app: Flask, world: World) -> None:
    streams = threading.BoundedSemaphore(STREAMS_MAX)

    @app.get("/sim/events")
    def events() -> Response:
        """What happens from now on, or after the event the page says it saw last."""
        phone, newest = request.args.get("phone", ""), world.last_event()
        seen = request.headers.get("Last-Event-ID", "")
        after = int(seen) if seen.isdecimal() and len(seen) < 16 else newest
        if after > newest:
            after = 0  # the page saw them before the simulator was started again
        if not streams.acquire(blocking=False):
            abort(503, description=f"{STREAMS_MAX} pages are listening already")
        stream = Response(_stream(world, phone, after), mimetype="text/event-stream")
        stream.headers["Cache-Control"] = "no-store"
        stream.call_on_close(streams.release)
        return stream


def _stream(world: World, phone: str, after: int) -> Iterator[str]:
    yield "retry: 1000\n\n"
    while not world.closed:
        happened = world.events(after, phone, KEEP_ALIVE_SECONDS)
        for event in happened:
            after = event.id
            yield f"id: {event.id}\nevent: {event.kind}\ndata: {json.dumps(event.data)}\n\n"
        if not happened:
            yield ": still here\n\n"


def _add_books(app: Flask, world: World) -> None:
    """The groups' books, read from the bot so that the page talks to one address and holds no token."""
    versions: dict[str, str] = {}

    @app.get("/sim/groups")
    def groups() -> Response:
        return _from_bot(world, "/api/groups")

    @app.get("/sim/book")
    def book() -> Response:
        group = request.args.get("group", "")
        if not (group.isascii() and group.isalnum() and len(group) <= 32):
            abort(400, description="group is a group's code")
        answer = _from_bot(world, f"/api/groups/{group}/books")
        version = answer.headers.get("ETag", "")
        if answer.status_code == 200 and version and versions.get(group) != version:
            versions[group] = version
            world.publish("ledger", "", {"group": group})
        return answer


def _from_bot(world: World, path: str) -> Response:
    headers = {"Authorization": f"Bearer {world.config.api_token}"}
    if seen := request.headers.get("If-None-Match"):
        headers["If-None-Match"] = seen
    try:
        answer = world.http.get(world.config.bot_url.rstrip("/") + path, headers=headers, timeout=10)
    except requests.RequestException:
        abort(502, description="The bot does not answer")
    kept = {name: answer.headers[name] for name in ("Content-Type", "ETag") if name in answer.headers}
    return Response(answer.content, answer.status_code, kept)
