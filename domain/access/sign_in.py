"""
Signing in: group people by a code on their own channel, the operator's people by password and a code of an app.

Who is not known hears the same as who is, and as late. A session is read anew at each request, with whoever it is
of: what they proved themselves by then has to be what it is now, so that a new number, PIN or password, a frozen
or a disabled account ends their sessions at once, whatever changed it.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from domain.access.accounts import WrongSignIn, check_account
from domain.access.caller import Caller, NotSignedIn, scopes_of
from domain.people.chats import check_code, new_code
from domain.people.limits import (
    SIGN_IN_CODES,
    SIGN_IN_CODES_DAY,
    SIGN_IN_CODES_FROM_PLACE,
    SIGN_IN_CODES_TO_COUNTRY,
    SIGN_IN_CODES_TO_NUMBER,
    SIGN_IN_CODES_TO_NUMBER_DAY,
    SIGN_INS_FROM_PLACE,
    take,
)
from domain.people.phones import holders_of, served_country
from domain.records.account import Account
from domain.records.person import Person
from domain.records.pin import Secret
from domain.records.session import (
    API_VALID_MAX,
    PAGE_VALID,
    SESSIONS_MAX,
    SessionKind,
    WebSession,
    WhyClosed,
    session_named,
)
from domain.store import Store
from domain.tell import tell

SIGN_IN_CODE_VALID: Final = timedelta(minutes=5)
SIGN_IN_CODE_DIGITS: Final = 8
RENEWED_TWICE: Final = timedelta(seconds=30)  # for so long the token before is answered as it was
_PROOF: Final = "sign-in"  # what such a code proves is no chat
_SEEN_AGAIN: Final = timedelta(minutes=1)  # how old `seen_at` may be


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is in now, their session, and the token that proves it: of a page for its cookie, else to renew by."""

    caller: Caller
    session: WebSession
    refresh_token: str


def send_sign_in_code(store: Store, phone: str, where: str = "") -> None:
    """
    A code to whoever has this number (E.164), on the channel they chose; nothing to nobody. Raises NotServed,
    TooManyCodes, TooManyTexts, each whoever has the number.
    """
    country = served_country(store, phone)
    take(
        store,
        SIGN_IN_CODES_TO_NUMBER.of(phone),
        SIGN_IN_CODES_FROM_PLACE.of(where),
        SIGN_IN_CODES_TO_NUMBER_DAY.of(phone),
        SIGN_IN_CODES_TO_COUNTRY.of(country),
        SIGN_IN_CODES.of(),
        SIGN_IN_CODES_DAY.of(),
    )
    person = _who_signs_in(store, phone)

    def work(tx: Store) -> None:
        # Who is nobody gets a code too, which goes nowhere: it takes as long, and it is tried as others are.
        sent = new_code(tx, _PROOF, phone)
        if person is not None:
            tell(tx, person.id, "code", id=f"code:{sent.id}", code=sent.code)

    store.transaction(work)


def sign_in_by_code(
    store: Store, phone: str, code: str, where: str = "", *, kind: SessionKind = "api", device: str = ""
) -> SignedIn:
    """The person who got this code is in. Raises WrongCode, CodeExpired."""
    take(store, SIGN_INS_FROM_PLACE.of(where))
    sent = check_code(store, _PROOF, phone, Secret(code), SIGN_IN_CODE_VALID)
    person = _who_signs_in(store, phone)
    # One use: of two who type it at one moment one is in.
    if store.codes.change(sent.id, when={"used": False}, used=True) is None or person is None:
        raise WrongSignIn
    return _begin(store, person, kind, where, device)


def sign_in_by_password(
    store: Store,
    email: str,
    password: str,
    totp: str,
    where: str = "",
    *,
    kind: SessionKind = "api",
    device: str = "",
) -> SignedIn:
    """The account is in. Raises WrongSignIn, TooManyTries."""
    return _begin(store, check_account(store, email, Secret(password), totp, where), kind, where, device)


def _who_signs_in(store: Store, phone: str) -> Person | None:
    """
    Whose a code to this number is. Nobody's where it is shared, since it would open the one's account to the
    other; and nobody's who froze their account, since a phone may be in the wrong hands.
    """
    holders = holders_of(store, phone)
    return holders[0] if len(holders) == 1 and not holders[0].frozen else None


def _begin(store: Store, owner: Person | Account, kind: SessionKind, where: str, device: str) -> SignedIn:
    of: Literal["person", "account"] = "person" if isinstance(owner, Person) else "account"
    now = store.now()
    session = WebSession(
        id=store.new_id(),
        kind=kind,
        of=of,
        owner=owner.id,
        stamp=_stamp(owner),
        nonce=secrets.token_hex(16),
        began_at=now,
        seen_at=now,
        until=now + (PAGE_VALID if kind == "page" else store.token_keys.refresh_valid),
        place=where,
        device=device,
    )
    store.web_sessions.insert(session)
    for old in _open_sessions(store, of, owner.id)[SESSIONS_MAX:]:
        _close(store, old, "crowded")
    return _signed_in(store, owner, session)


def _signed_in(store: Store, owner: Person | Account, session: WebSession) -> SignedIn:
    return SignedIn(_caller(owner, session.id), session, store.token_keys.token(session))


def _caller(owner: Person | Account, session: str) -> Caller:
    if isinstance(owner, Person):
        shown = owner.own_name or owner.name
        return Caller("person", owner.id, "member", shown, owner.language, scopes_of("member"), session)
    everywhere = owner.role == "operator"
    return Caller(
        kind="account",
        id=owner.id,
        role=owner.role,
        name=owner.name,
        language=owner.language,
        scopes=scopes_of(owner.role),
        session=session,
        groups=frozenset(() if everywhere else owner.groups),
        everywhere=everywhere,
    )


def caller_of_session(store: Store, session: str, owner: str = "") -> Caller:
    """
    Whose session this is, as they are now. With an `owner` ("person:ID"), it has to be theirs. Raises NotSignedIn.
    """
    found = store.web_sessions.one(id=session)
    if found is None or (owner and owner != f"{found.of}:{found.owner}"):
        raise NotSignedIn
    who = _owner_of(store, found)
    now = store.now()
    if now - found.seen_at >= _SEEN_AGAIN:
        store.web_sessions.change(found.id, seen_at=now)
    return _caller(who, found.id)


def caller_of_page(store: Store, token: str) -> Caller:
    """Whose page asks, by what its cookie holds. Raises NotSignedIn."""
    session = _session_of(store, token)
    if session.kind != "page" or store.token_keys.renewals_of(session, token) is None:
        raise NotSignedIn
    return caller_of_session(store, session.id)


def refresh(store: Store, refresh_token: str, where: str = "") -> SignedIn:
    """
    The next token in place of this one. Raises NotSignedIn.

    A token that was replaced is somebody else's copy, or ours: the session ends for both. But for some seconds the
    one before is answered with the same token again: an answer may be lost, and two tabs may ask at one moment.
    """
    session = _session_of(store, refresh_token)
    renewals = store.token_keys.renewals_of(session, refresh_token)
    if session.kind != "api" or renewals is None:
        raise NotSignedIn
    owner = _owner_of(store, session)
    now = store.now()
    if renewals == session.renewals:
        until = min(now + store.token_keys.refresh_valid, session.began_at + API_VALID_MAX)
        changed = store.web_sessions.change(
            session.id,
            when={"renewals": renewals, "closed_at": None},
            renewals=renewals + 1,
            renewed_at=now,
            seen_at=now,
            until=until,
            place=where or session.place,
        )
        if changed is None:  # at the same moment by somebody else: it is the one before now
            return refresh(store, refresh_token, where)
        return _signed_in(store, owner, changed)
    lately = session.renewed_at is not None and now - session.renewed_at <= RENEWED_TWICE
    if renewals == session.renewals - 1 and lately:
        return _signed_in(store, owner, session)
    _close(store, session, "reused")
    raise NotSignedIn


def _session_of(store: Store, token: str) -> WebSession:
    """The session that a token names. Raises NotSignedIn."""
    id = session_named(token)
    session = store.web_sessions.one(id=id) if id else None
    if session is None:
        raise NotSignedIn
    return session


def _owner_of(store: Store, session: WebSession) -> Person | Account:
    """Whose session this is, if it is good and they are as they were. Raises NotSignedIn."""
    if not session.is_good(store.now()):
        raise NotSignedIn
    owner: Person | Account | None = (
        store.people.one(id=session.owner) if session.of == "person" else store.accounts.one(id=session.owner)
    )
    if owner is None or _stamp(owner) != session.stamp:
        _close(store, session, "changed")  # for good: also when all is as it was again
        raise NotSignedIn
    return owner


def _stamp(owner: Person | Account) -> str:
    """What they prove themselves by, as a digest: another one, and who signed in before is out."""
    if isinstance(owner, Person):
        said = [owner.phone, owner.pin.hash, str(owner.frozen)]
    else:
        said = [owner.email, owner.password.hash, owner.app, str(owner.disabled)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def sign_out(store: Store, session: str) -> None:
    """Their own session, from inside."""
    if found := store.web_sessions.one(id=session):
        _close(store, found, "signed_out")


def sessions_of(store: Store, kind: Literal["person", "account"], owner: str) -> list[WebSession]:
    """Where somebody is signed in, the newest first."""
    now = store.now()
    return [each for each in _open_sessions(store, kind, owner) if each.is_good(now)]


def close_session(store: Store, kind: Literal["person", "account"], owner: str, session: str) -> bool:
    """Close one of their sessions; False when they have no such one."""
    found = store.web_sessions.one(id=session)
    if found is None or (found.of, found.owner) != (kind, owner) or found.closed_at:
        return False
    _close(store, found, "closed")
    return True


def end_sessions(store: Store, kind: Literal["person", "account"], owner: str) -> None:
    """Close all sessions of somebody."""
    for each in _open_sessions(store, kind, owner):
        _close(store, each, "closed")


def _open_sessions(store: Store, of: Literal["person", "account"], owner: str) -> list[WebSession]:
    return store.web_sessions.find(sort="-began_at", of=of, owner=owner, closed_at=None)


def _close(store: Store, session: WebSession, why: WhyClosed) -> None:
    store.web_sessions.change(session.id, when={"closed_at": None}, closed_at=store.now(), why=why)
