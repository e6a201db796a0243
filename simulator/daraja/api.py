"""
The wire of Daraja: its addresses, the faults of a connection, and all the switches.

Counted switches of `daraja` hit prompts (`drop_after_accept`, `status_500_after_accept`,
`status_503_before_accept`, `never_settles`, `callback_before_answer`), their queries (`in_flight`,
`error_on_query`), every callback (`no_callback`, `callback_twice`), validations (`validation_timeout`), and every
request (`bad_token`, `spike_arrest`), or those for a token (`login_failed`). Options: `outcomes` {digits: code}
ends prompts without the phone; `msisdn_as` digits, mask or hash; `validates` asks the bot before money comes;
`prompts_confirmed` tells of a paid prompt as of money to the Paybill too; `registers_again`; `page_size` of the
list; `token_seconds`; and `settle_ms`, `approval_ms`, `callback_ms`.

Those of `daraja_payouts` are named alike; `duplicate_after_accept`, `timeout_callback`, `second_result`,
`no_answer_to_status` and `unknown_on_status` are theirs alone, and `answer_ms`.
"""

import socket
from collections.abc import Callable
from typing import Final

from flask import Blueprint, request

from simulator.daraja import reading
from simulator.daraja.access import Access, ApiError, Json
from simulator.daraja.calls import Caller
from simulator.daraja.express import Express
from simulator.daraja.money import Till
from simulator.daraja.paybill import Paybill
from simulator.daraja.payouts import Payouts
from simulator.phones import phones_api
from simulator.world import Switches, World

_EVERYWHERE: Final = ("callback_twice", "drop_after_accept", "never_settles", "no_callback")
_AT_ACCEPT: Final = ("status_500_after_accept", "status_503_before_accept")
_CODES: Final = frozenset(
    {"0", "1", "2", "3", "4", "8", "11", "17", "20", "21", "26", "1001", "1019", "1025", "1032", "1037", "2001"}
    | {"2006", "2028", "2040", "8006", "9999", "SFC_IC0003"}
)


class Daraja:
    """M-Pesa's side: prompts, the Paybill, payouts, and what has moved."""

    def __init__(self, world: World) -> None:
        self.faults = world.faults["daraja"] = Switches(
            (
                *_EVERYWHERE,
                *_AT_ACCEPT,
                "bad_token",
                "callback_before_answer",
                "error_on_query",
                "in_flight",
                "login_failed",
                "spike_arrest",
                "validation_timeout",
            ),
            {
                "approval_ms": 60_000,
                "callback_ms": 0,
                "msisdn_as": "digits",
                "outcomes": {},
                "page_size": 100,
                "prompts_confirmed": False,
                "registers_again": True,
                "settle_ms": 0,
                "token_seconds": 3_599,
                "validates": False,
            },
            allowed={"msisdn_as": ("digits", "mask", "hash"), "outcomes": _CODES},
        )
        self.payout_faults = world.faults["daraja_payouts"] = Switches(
            (
                *_EVERYWHERE,
                *_AT_ACCEPT,
                "duplicate_after_accept",
                "no_answer_to_status",
                "second_result",
                "timeout_callback",
                "unknown_on_status",
            ),
            {"answer_ms": 0, "callback_ms": 0, "outcomes": {}, "settle_ms": 0},
            allowed={"outcomes": _CODES},
        )
        self.till, self.access = Till(world), Access(self.faults)
        caller = Caller(world, self.faults)
        self.express, self.paybill = (
            Express(self.till, self.faults, caller),
            Paybill(self.till, self.faults, caller),
        )
        self.express.confirmed = self.paybill.confirm
        self.payouts = Payouts(self.till, self.payout_faults, Caller(world, self.payout_faults))

    def api(self) -> Blueprint:
        """The API the bot calls: mounted at /daraja."""
        routes = Blueprint("daraja_api", __name__)
        self._add(routes, "/mpesa/stkpush/v1/processrequest", self._faulty(self.faults, self.express.push))
        self._add(routes, "/mpesa/stkpushquery/v1/query", self.express.query)
        for version in ("v1", "v2"):
            self._add(routes, f"/mpesa/c2b/{version}/registerurl", self.paybill.register)
            self._add(routes, f"/mpesa/c2b/{version}/simulate", self.paybill.simulate)
        self._add(routes, "/pulltransactions/v1/register", self.paybill.register_list)
        self._add(routes, "/pulltransactions/v1/query", self.paybill.pulled)
        self._add(routes, "/mpesa/b2c/v3/paymentrequest", self._faulty(self.payout_faults, self.payouts.pay))
        self._add(routes, "/mpesa/transactionstatus/v1/query", self.payouts.status)
        self._add(routes, "/mpesa/accountbalance/v1/query", self.payouts.balance)
        self._add(routes, "/mpesa/reversal/v1/request", self.payouts.reverse)

        @routes.get("/oauth/v1/generate")
        def token() -> Json:
            return self.access.grant()

        @routes.errorhandler(ApiError)
        def answer_error(error: ApiError) -> tuple[Json, int]:
            return error.body, error.status

        return routes

    def blueprints(self) -> list[Blueprint]:
        """What the page and the tests call, mounted at /sim/daraja."""
        setup = Blueprint("daraja_setup", __name__)
        setup.get("/certificate")(self.payouts.credentials.shown)
        return [phones_api("daraja", [self.express], [self.till]), self.paybill.blueprint(), setup]

    def _add(self, routes: Blueprint, path: str, take: Callable[[Json], Json]) -> None:
        @routes.post(path, endpoint=path.strip("/").replace("/", "_"))
        def taken() -> Json:
            self.access.check()
            return take(reading.object_of(request.get_json(silent=True)))

    def _faulty(self, faults: Switches, take: Callable[[Json], Json]) -> Callable[[Json], Json]:
        """A request that moves money, over a connection that can fail."""

        def taken(sent: Json) -> Json:
            if faults.take("status_503_before_accept"):
                raise ApiError(503, "", "Service Unavailable")
            answer = take(sent)
            if faults.take("drop_after_accept"):
                # The answer is written to a connection that is closed, as if the line had been cut.
                request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            if faults.take("status_500_after_accept"):
                raise ApiError(500, "500.002.1001", "System internal error.")
            return answer

        return taken
