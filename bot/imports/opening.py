"""A group opens when its time has come: by a worker, or because somebody asks for it."""

from domain.mongo.store import MongoStore
from domain.moving_in.open import move_on
from flows.engine import sessions
from flows.engine.link import HeldLink


def open_in_time(store: MongoStore, link: HeldLink, code: str) -> None:
    """Open it, or let it lapse, if it is due. Those who are in it see it at once."""
    move_on(store, code)
    for person in store.arrivals.get(code).persons:
        link.do(sessions.forget_profile(person))  # they have a group more, or wait for none
