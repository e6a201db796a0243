"""What the operator says on the public status page, and what of it is shown."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from domain.errors import BadValue
from domain.records.incident import PUBLIC_WORDS_MAX, ComponentState, Incident, Said
from domain.store import After, Store

RESOLVED_SHOWN: Final = timedelta(days=7)
INCIDENTS_SHOWN_MAX: Final = 20
# Whoever reads this page is anybody: a phone number, and the name of a machine of ours, is not for them.
_NUMBER: Final = re.compile(r"\+?\d(?:[ -]?\d){6,}")
_MACHINE: Final = re.compile(
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b|://|\b[\w-]+\.(?:internal|local|svc|lan)\b", re.IGNORECASE
)


class NotForAnybody(BadValue):
    """Words that are empty or too long, or with a phone number or the address of a machine in them."""


class NoSuchIncident(BadValue):
    """Nothing that is open is called that."""


class NoTimeForWork(BadValue):
    """Planned work ends after it begins, and not in the past."""


@dataclass(frozen=True, slots=True)
class Public:
    """What is shown: incidents that are open, work that is planned or under way, and what was resolved of late."""

    open: Sequence[Incident]
    planned: Sequence[Incident]
    resolved: Sequence[Incident]

    def state_of(self, component: str, now: datetime) -> ComponentState:
        """How a component is by what was said."""
        under_way = [*self.open, *(each for each in self.planned if each.began_at <= now)]
        about = [each.state for each in under_way if not each.components or component in each.components]
        return worst_state(about)


def worst_state(states: Sequence[ComponentState]) -> ComponentState:
    """The state of the whole, whose parts are in these."""
    order: Sequence[ComponentState] = ("away", "trouble")
    return next((each for each in order if each in states), "works")


def say(
    store: Store, words: str, components: Sequence[str] = (), state: ComponentState = "trouble", id: str = ""
) -> Incident:
    """A new incident, or more words on the one of this id. Raises NotForAnybody, NoSuchIncident."""
    said = Said(store.now(), _checked(words))
    if id:
        found = _open(store, id)
        return _changed(store, replace(found, said=(*found.said, said)))
    made = Incident(_new_id(), "incident", tuple(components), state, store.now(), (said,))
    store.incidents.insert(made)
    return made


def plan_work(
    store: Store,
    words: str,
    begins: datetime,
    ends: datetime,
    components: Sequence[str] = (),
    state: ComponentState = "away",
) -> Incident:
    """Work that will be done. Raises NotForAnybody, NoTimeForWork."""
    if not max(begins, store.now()) < ends:
        raise NoTimeForWork
    said = Said(store.now(), _checked(words))
    made = Incident(_new_id(), "planned", tuple(components), state, begins, (said,), ends_at=ends)
    store.incidents.insert(made)
    return made


def resolve(store: Store, id: str, words: str = "") -> Incident:
    """It is over. Raises NotForAnybody, NoSuchIncident."""
    found, now = _open(store, id), store.now()
    more = (Said(now, _checked(words)),) if words else ()
    return _changed(store, replace(found, said=(*found.said, *more), ended_at=now))


def public(store: Store) -> Public:
    """What is to be shown now, the newest first; two queries."""
    now = store.now()
    open_ = store.incidents.find(ended_at=None, sort="-began_at", limit=INCIDENTS_SHOWN_MAX)
    late = store.incidents.find(ended_at=After(now - RESOLVED_SHOWN), sort="-ended_at", limit=INCIDENTS_SHOWN_MAX)
    planned = [each for each in open_ if each.ends_at is not None and each.ends_at > now]
    return Public([each for each in open_ if each.kind == "incident"], planned[::-1], late)


def _open(store: Store, id: str) -> Incident:
    found = store.incidents.one(id=id)
    if found is None or found.ended_at is not None:
        raise NoSuchIncident
    return found


def _changed(store: Store, incident: Incident) -> Incident:
    store.incidents.change(incident.id, said=incident.said, ended_at=incident.ended_at)
    return incident


def _checked(words: str) -> str:
    plain = " ".join(words.split())
    if not 0 < len(plain) <= PUBLIC_WORDS_MAX or _NUMBER.search(plain) or _MACHINE.search(plain):
        raise NotForAnybody
    return plain


def _new_id() -> str:
    """Short, since it is typed."""
    return secrets.token_hex(3)
