"""
Where somebody is signed in on the web: the sessions they have, and how these end.

A session is good while what its owner proved themselves by is what it was, so that nothing that changes a number,
a PIN or a password, or freezes or disables an account, has to remember that there are sessions.
"""

import hashlib
from typing import Final, Literal

from domain.records.account import StaffAccount
from domain.records.person import Person
from domain.records.session import SESSIONS_MAX, WebSession, WhyClosed
from domain.store import Store

SessionOwner = Literal["person", "account"]
_SEEN_MAX: Final = 5 * SESSIONS_MAX  # of one owner, those that ended by themselves among them


def stamp_of(owner: Person | StaffAccount) -> str:
    """What they prove themselves by, as a digest: another one, and who signed in before is out."""
    if isinstance(owner, Person):
        said = [owner.phone, owner.email, owner.pin.hash, str(owner.frozen)]
    else:
        said = [owner.email, owner.password.hash, owner.app, str(owner.disabled)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def owner_of(store: Store, session: WebSession) -> Person | StaffAccount | None:
    """Whose session this is, read anew; None where it is not good, or they are not as they were."""
    if not session.is_good(store.now()):
        return None
    owner = _read(store, session.of, session.owner)
    if owner is None or stamp_of(owner) != session.stamp:
        close(store, session, "changed")  # for good, also when all is as it was again
        return None
    return owner


def owner_at(store: Store, session: WebSession) -> Person | StaffAccount | None:
    """Whose session this is, good or not."""
    return _read(store, session.of, session.owner)


def _read(store: Store, of: SessionOwner, owner: str) -> Person | StaffAccount | None:
    return store.people.one(id=owner) if of == "person" else store.accounts.one(id=owner)


def begin(store: Store, session: WebSession) -> None:
    """One more session of its owner; the oldest end where there are too many."""
    store.web_sessions.insert(session)
    for old in _not_closed(store, session.of, session.owner)[SESSIONS_MAX:]:
        close(store, old, "crowded")


def sessions_of(store: Store, kind: SessionOwner, owner: str) -> list[WebSession]:
    """Where somebody is signed in, the newest first."""
    now, found = store.now(), _read(store, kind, owner)
    stamp = stamp_of(found) if found else ""
    return [each for each in _not_closed(store, kind, owner) if each.is_good(now) and each.stamp == stamp]


def close_session(store: Store, kind: SessionOwner, owner: str, session: str) -> bool:
    """Close one of their sessions; False when they have no such one."""
    found = store.web_sessions.one(id=session)
    if found is None or (found.of, found.owner) != (kind, owner) or not found.is_good(store.now()):
        return False
    close(store, found, "closed")
    return True


def end_sessions(store: Store, kind: SessionOwner, owner: str) -> int:
    """Close all sessions of somebody; how many there were."""
    now = store.now()
    found = [each for each in _not_closed(store, kind, owner) if each.is_good(now)]
    for each in found:
        close(store, each, "closed")
    return len(found)


def close(store: Store, session: WebSession, why: WhyClosed) -> None:
    """It is good no more; what closed it first stands."""
    store.web_sessions.change(session.id, when={"closed_at": None}, closed_at=store.now(), why=why)


def _not_closed(store: Store, of: SessionOwner, owner: str) -> list[WebSession]:
    return store.web_sessions.find(sort="-began_at", limit=_SEEN_MAX, of=of, owner=owner, closed_at=None)
