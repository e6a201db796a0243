"""Which provider a payment goes to: the product for its direction, with that product's own user and key."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bot.app import App, build
from bot.config import Settings
from bot.jobs import carry_out
from domain.money import Money
from domain.records.payment import Direction, Payment
from domain.savings.contribute import Contribute
from domain.treasury.providers import can_collect, can_pay_out
from payments.momo import provision_sandbox
from payments.port import Asked, OutcomeUnknown
from tests.conftest import Clock
from tests.momo_server import GRACE, REFERENCE, MomoServer
from tests.people import Village, do


@pytest.fixture
def mtn() -> Iterator[MomoServer]:
    server = MomoServer()
    for product in (server.momo, server.disbursements):
        product.faults.set({"never_settles": -1})
    yield server
    server.stop()


def with_users(settings: Settings, mtn: MomoServer) -> dict[str, Any]:
    """A user at MTN for each product, whose keys do not fit each other."""
    collecting, paying = (provision_sandbox(mtn.url, "sub", "bot.example.org") for _ in range(2))
    return {
        "public_url": "https://bot.example.org",
        "momo_api_url": mtn.url,
        "momo_api_user": collecting.api_user,
        "momo_api_key": collecting.api_key,
        "momo_disbursement_api_user": paying.api_user,
        "momo_disbursement_api_key": paying.api_key,
    }


def test_each_product_logs_in_as_its_own_user(app: App, mtn: MomoServer) -> None:
    users = with_users(app.settings, mtn)
    right = build(replace(app.settings, **users))
    asked = Asked(REFERENCE)
    assert right.collectors["momo"].status(asked).state == "not_found"
    assert right.payers["momo"].status(asked).state == "not_found"
    right.close()
    mixed = build(replace(app.settings, **users | {"momo_disbursement_api_key": users["momo_api_key"]}))
    with pytest.raises(OutcomeUnknown, match="login_failed"):
        mixed.payers["momo"].status(asked)
    mixed.close()


def test_without_its_keys_nothing_is_paid_out(app: App) -> None:
    assert (set(app.payers), can_pay_out(app.store, "UGX")) == ({"momo"}, True)
    none: dict[str, Any] = {name: "" for name in vars(app.settings) if name.startswith("momo_disbursement_")}
    cash = build(replace(app.settings, **none))
    assert (cash.payers, set(cash.collectors)) == ({}, {"momo"})
    assert (can_pay_out(cash.store, "UGX"), can_collect(cash.store, "UGX")) == (False, True)
    cash.close()


def test_why_a_payment_failed_is_logged_in_the_providers_own_word_too(
    app: App, mtn: MomoServer, village: Village, clock: Clock
) -> None:
    mtn.momo.faults.set({"never_settles": 0, "outcomes": {GRACE[1:]: "PAYER_LIMIT_REACHED"}})
    wired = build(replace(app.settings, **with_users(app.settings, mtn)), clock=clock)
    asked: Any = do(wired.store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
    with capture_logs(processors=[merge_contextvars]) as logged:
        for _ in range(3):
            clock.forward(seconds=10)
            carry_out(wired, "settle", [asked["payment"]])
    assert logged == [
        {
            "event": "payment failed",
            "log_level": "info",
            "task": "settle",
            "id": asked["payment"],
            "payment": asked["payment"],
            "provider": "momo",
            "reason": "limit_reached",
            "provider_reason": "PAYER_LIMIT_REACHED",
        }
    ]
    wired.close()


@pytest.mark.parametrize("direction", ["in", "out"])
def test_a_payment_goes_to_the_product_for_its_direction(
    app: App, mtn: MomoServer, village: Village, direction: Direction
) -> None:
    wired = build(replace(app.settings, **with_users(app.settings, mtn)))
    now = wired.store.now()
    payment = Payment(
        id=str(uuid4()),
        ref="C1",
        group=village.umoja,
        person=village.akello.id,
        phone=GRACE,
        amount=Money(5_000, "UGX"),
        parts=(),
        meeting="2026-10-05",
        way="mobile_money",
        provider="momo",
        state="created",
        created_at=now,
        next_at=now,
        purpose="contribution" if direction == "in" else "withdrawal",
        direction=direction,
    )
    wired.store.payments.insert(payment)
    carry_out(wired, "settle", [payment.id])
    about = Asked(payment.id)
    asked, paid = mtn.client().status(about).state, mtn.payer().status(about).state
    assert (asked, paid) == (("pending", "not_found") if direction == "in" else ("not_found", "pending"))
    wired.close()
