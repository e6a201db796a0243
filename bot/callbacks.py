"""
What providers tell us besides messages: what became of one of ours, that a call is over, that somebody wants no
more of them, that it is time to ask for a payment.

Channels and payment providers declare their callbacks themselves (`Callback` in their ports); here is what is done
about each kind of event.
"""

import json
from dataclasses import replace
from typing import assert_never

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from bot.app import App, Callback
from bot.balances import take_balance
from bot.logs import log
from bot.served import served
from bot.signed_in import where
from channels import port
from channels.deliver import report
from channels.port import Blocked, CallEnded, DeliveryReport, Request, Stopped
from domain.people.chats import set_blocked, stop_messages_to
from domain.people.phones import NoSuchMember
from domain.records.inbound import Came, NotTaken
from domain.treasury.inbound import BadInbound, check_account, confirm, receive
from domain.treasury.unidentified import sent_back
from flows.engine import sessions
from payments.port import Answer, Confirmed, Heard, Held, Hint, PaymentEvent, WouldCome
from payments.port import Callback as PaymentCallback
from payments.settle import hurry

blueprint = Blueprint("callbacks", __name__)


def take(app: App, event: port.Event | PaymentEvent) -> NotTaken | None:
    """
    Do what an event asks for; why money is not to be sent, where a provider wants to know that. Raises what the
    stores raise.
    """
    match event:
        case DeliveryReport():
            report(app.store, event.provider_id, event.state, event.reason)
        case CallEnded():
            app.engine.call_ended(event.channel, event.sender, event.dropped, event.duration_ms)
        case Blocked():
            set_blocked(app.store, event.address, event.blocked)
        case Stopped():
            try:
                for person in stop_messages_to(app.store, event.phone, event.stopped, event.message):
                    app.link.do(sessions.forget_profile(person))
            except NoSuchMember:
                log().info("STOP or START from a number that is nobody's")
        case Hint() | Answer():
            if hurry(app.store, event):
                app.queue.poke("settle", [event.reference])
        case Came() | Confirmed():
            try:
                _take_in(app, event)
            except BadInbound as impossible:
                # Said again, it is no more possible: the provider hears the same as for all other money.
                log().warning("money that cannot have come", why=str(impossible))
        case WouldCome():
            return check_account(app.store, event.rail, event.account, event.amount) if event.to_us else "receiver"
        case Held():
            take_balance(app.store, event)
        case Heard():
            log().info("a provider answered an operator", provider=event.rail, asked=event.asked, **event.said)
            if event.sent_back:
                sent_back(app.store, event.rail, event.sent_back)
        case _:
            assert_never(event)
    return None


def _take_in(app: App, event: Came | Confirmed) -> None:
    """While nothing may be posted, what came is kept, and asked about afterwards; so is what was confirmed."""
    rests = app.store.deployment.seen().read_only is not None
    if isinstance(event, Came):
        inbound = receive(app.store, replace(event, said_by="awaited") if rests else event)
        if inbound.next_at is not None and not rests:
            app.queue.poke("confirm", [inbound.id])
    elif not rests:
        confirm(app.store, event.rail, event.receipt, event.amount, event.payer)


@blueprint.route(
    "/hooks/<path:_>",
    methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    provide_automatic_options=False,
)
def called(_: str) -> Response:
    """404 for an address that is not declared, 400 or 403 for what cannot be read, else the status it declares."""
    app = served()
    found = _find(app, request.path)
    if found is None:
        raise NotFound("There is nothing here.")
    callback, rest = found
    if request.method not in callback.methods:
        raise MethodNotAllowed(callback.methods)
    if isinstance(callback, PaymentCallback) and callback.callers:
        _watch_caller(callback.callers)
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    event = callback.read(
        Request(
            url=f"{app.settings.public_url}{request.path}{query}",
            headers={name.lower(): value for name, value in request.headers},
            body=request.get_data(cache=False),
            rest=rest,
        )
    )
    not_taken = take(app, event) if event is not None else None
    if isinstance(callback, PaymentCallback) and callback.says:
        return Response(json.dumps(callback.says(not_taken)), callback.status, content_type="application/json")
    return Response(status=callback.status)


def _watch_caller(known: frozenset[str]) -> None:
    """A provider's list of its addresses grows without a word: who is not on it is heard, and seen in the log."""
    if where() not in known:
        log().warning("a callback from an address that is not on the list", path=request.path)


def is_declared(app: App, path: str) -> bool:
    """Whether somebody is told to call us at this address."""
    return _find(app, path) is not None


def _find(app: App, path: str) -> tuple[Callback, str] | None:
    """The callback at this address, and what follows its path when that ends with a slash."""
    parent, slash, rest = path.rpartition("/")
    if rest and (callback := app.callbacks.get(path)):
        return callback, ""
    if rest and (callback := app.callbacks.get(parent + slash)):
        return callback, rest
    return None
