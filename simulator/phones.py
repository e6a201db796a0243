"""The phones' side of mobile money, whoever carries it: prompts that wait for their person, and what came."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

from flask import Blueprint, abort, request

from simulator.control import strings
from simulator.world import Person

Json = dict[str, Any]


class NoSuchPrompt(Exception):
    """No phone shows a prompt for this reference, or no longer."""


class WrongPin(Exception):
    """The payer's mobile-money PIN is another one; the prompt stays."""


def check_wallet_pin(person: Person, pin: str | None) -> None:
    """Raises WrongPin; without a PIN none is asked for."""
    if pin not in (None, person.momo_pin):
        raise WrongPin


class AsksPhones(Protocol):
    """A rail that asks people on their phones whether to pay."""

    def prompts(self, phone: str) -> list[Json]:
        """What the phone shows, oldest first: {"reference", "amount", "payee", "message", "at"}."""
        ...

    def approve(self, reference: str, pin: str | None = None) -> Json:
        """
        The payer agrees; returns {"status", "reason"}, where SUCCESSFUL says that it was paid. Without a PIN none
        is asked for. Raises NoSuchPrompt, WrongPin.
        """
        ...

    def reject(self, reference: str) -> Json:
        """The payer refuses; returns {"status", "reason"}. Raises NoSuchPrompt."""
        ...


class TellsPhones(Protocol):
    """A rail that tells people of money that came."""

    def messages(self, phone: str) -> list[Json]:
        """What the phone was told, oldest first: {"id", "at", "from", "text"}, as of an SMS."""
        ...


def phones_api(name: str, asking: Sequence[AsksPhones], telling: Sequence[TellsPhones]) -> Blueprint:
    """What the page and the tests call: of all rails at /sim, and of one at /sim/RAIL."""
    routes = Blueprint(f"{name}_phones", __name__)

    @routes.get("/prompts")
    def prompts() -> Json:
        phone = request.args.get("phone", "")
        found = [prompt for rail in asking for prompt in rail.prompts(phone)]
        return {"prompts": sorted(found, key=lambda prompt: str(prompt["at"]))}

    @routes.post("/prompts/<reference>")
    def answer(reference: str) -> Json:
        (action,) = strings("action")
        if action not in ("approve", "reject"):
            abort(400, description="action is approve or reject")
        pin = strings("pin")[0] if action == "approve" else None
        for rail in asking:
            with suppress(NoSuchPrompt):
                return _answer(rail, reference, pin)
        return abort(404, description="The phone no longer shows this prompt")

    @routes.get("/messages")
    def messages() -> Json:
        phone = request.args.get("phone", "")
        found = [message for rail in telling for message in rail.messages(phone)]
        return {"messages": sorted(found, key=lambda message: str(message["at"]))}

    return routes


def _answer(rail: AsksPhones, reference: str, pin: str | None) -> Json:
    """The payer's answer; with no PIN they refuse."""
    try:
        return rail.reject(reference) if pin is None else rail.approve(reference, pin)
    except WrongPin:
        return abort(403, description="Wrong PIN")
