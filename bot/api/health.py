"""Whether we are there, and whether we do our work."""

import time
from typing import Any, Final

from marshmallow import fields
from werkzeug.exceptions import ServiceUnavailable

from bot.api.declare import NO_TOKEN, Call, Part
from bot.api.shapes import Writes
from bot.due import oldest_work_seconds
from bot.measured import seen
from flows.engine import sessions

part = Part("service", "Whether the service is there and does its work.")

READY_SECONDS: Final = 2.0
_BEGAN: Final = time.monotonic()


class Health(Writes):
    status = fields.String()
    uptime = fields.Float(metadata={"description": "Seconds that this process has been there."})


class Ready(Writes):
    status = fields.String()
    stores = fields.Boolean()
    workers = fields.Integer()
    oldest_work_seconds = fields.Integer(
        metadata={"description": "How long what is due has waited for a worker, at most."}
    )


@part.endpoint("GET", "/health", who="anybody", scope=NO_TOKEN, answers=Health, flat=True)
def health(call: Call) -> dict[str, Any]:
    """That this process answers, and since when."""
    return {"status": "healthy", "uptime": round(time.monotonic() - _BEGAN, 3)}


@part.endpoint("GET", "/health/ready", who="anybody", scope=NO_TOKEN, answers=Ready, flat=True)
def ready(call: Call) -> dict[str, Any]:
    """Both stores, the workers, and how long the oldest work has waited; 503 while a store is away."""
    app = call.app
    try:
        with app.store.within(READY_SECONDS):
            app.store.ping()
            oldest = oldest_work_seconds(app.store)
        app.link.do(sessions.ping())
        workers = seen(app.measures.redis).workers
    except Exception as error:  # whatever a driver raises
        raise ServiceUnavailable from error
    return {"status": "ready", "stores": True, "workers": workers, "oldest_work_seconds": oldest}
