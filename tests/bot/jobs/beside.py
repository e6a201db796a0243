"""What is done beside the requests: what a scheduler and a worker do in a test, and what they find."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import redis
import rq
from rq.serializers import JSONSerializer

from bot.app import App
from bot.balances import ask_balances, balances_due
from bot.jobs import Scheduler, carry_out
from bot.reconciling import reconcile_some, reconciliation_due
from bot.verifying import verification_due, verify_some
from domain.board.daily import figure_group
from domain.money import Money
from domain.records.notice import Notice
from domain.records.payment import Payment
from domain.savings.contribute import Contribute
from tests.conftest import Clock
from tests.people import Village, do


def jobs(app: App) -> list[tuple[str, list[str]]]:
    """What waits in Redis for a worker."""
    with redis.Redis.from_url(app.settings.redis_url) as connection:
        waiting = rq.Queue("default", connection=connection, serializer=JSONSerializer).jobs
        for job in waiting:
            job.delete()
    return [(job.args[0], job.args[1]) for job in waiting]


def work(app: App) -> None:
    """A round of a scheduler that has just started, and a worker at what it poked for."""
    Scheduler(app.store, app.queue).round()
    for task, ids in jobs(app):
        carry_out(app, task, ids)


def payment_of(village: Village, clock: Callable[[], datetime], **changed: Any) -> Payment:
    """A contribution of Akello's that is due."""
    return replace(
        Payment(
            id=str(uuid4()),
            ref="CABCDEF",
            group=village.umoja,
            person=village.akello.id,
            phone=village.akello.phone,
            amount=Money(5_500, "UGX"),
            parts=(),
            meeting="2026-10-05",
            way="mobile_money",
            provider="momo",
            state="created",
            created_at=clock(),
            next_at=clock(),
        ),
        **changed,
    )


def notice_of(person: str, clock: Clock) -> Notice:
    return Notice(str(uuid4()), person, "welcome_to_group", {"group": "Umoja"}, clock(), next_at=clock())


def quiet(app: App) -> None:
    """The village's own notices and figures are out of the way, and what is done tonight and this hour."""
    for id in verification_due(app.store, 1):
        verify_some(app.store, id)
    for id in reconciliation_due(app.store, 1):
        reconcile_some(app, id)
    for id in balances_due(app.store, 1):
        ask_balances(app, id)
    figure_group(app.store, app.store.groups.find()[0].id)
    for told in app.store.notices.find():
        app.store.notices.change(told.id, state="sent", next_at=None)


def do_contribute(app: App, village: Village) -> str:
    asked: Any = do(app.store, Contribute(village.umoja, village.akello.id, Money(5_500, "UGX")))
    return str(asked["payment"])
