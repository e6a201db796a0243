"""
Signing in: group people by a code on their own channel, the operator's people by password and a code of an app.

Who is not known hears the same as who is, and as late. Whose a session is, is read anew at each request.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from domain.access.accounts import WrongSignIn, check_staff_account
from domain.access.agents import groups_of_agent
from domain.access.audit import SIGN_IN_REFUSED, note
from domain.access.caller import Caller, NotSignedIn, scopes_of
from domain.errors import DomainError
from domain.people.chats import check_code
from domain.people.email import normal_email
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
from domain.people.phones import NotServed, holders_of, normal_phone, served_country
from domain.people.web_sessions import (
    SessionOwner,
    begin,
    close,
    owner_at,
    owner_of,
    stamp_of,
)
from domain.people.web_sessions import close_session as close_session
from domain.people.web_sessions import end_sessions as end_sessions
from domain.people.web_sessions import sessions_of as sessions_of
from domain.records.account import StaffAccount
from domain.records.chat import SentCode
from domain.records.notice import CODES
from domain.records.person import Person
from domain.records.pin import Secret
from domain.records.session import API_VALID_MAX, PAGE_VALID, SessionKind, WebSession, session_named
from domain.store import Store
from domain.tell import tell, tell_by_email

SIGN_IN_CODE_VALID: Final = CODES["sign_in_code"]
SIGN_IN_CODE_DIGITS: Final = 8
RENEWED_TWICE: Final = timedelta(seconds=30)  # for so long the token before is answered as it was
_NOBODY: Final = "nobody"
_SEEN_AGAIN: Final = timedelta(minutes=1)  # how old `seen_at` may be


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is in now, their session, and the token that proves it: of a page for its cookie, else to renew by."""

    caller: Caller
    session: WebSession
    refresh_token: str


def send_sign_in_code(store: Store, phone: str, where: str = "") -> None:
    """
    A code to whoever has this number, on the channel they chose, or this proved e-mail address; nothing to nobody.

    Raises NotServed, TooManyCodes, TooManyTexts, each whoever has it.
    """
    named = sign_in_name(store, phone)
    country = "" if "@" in named else served_country(store, named)
    take(
        store,
        SIGN_IN_CODES_TO_NUMBER.of(named),
        SIGN_IN_CODES_FROM_PLACE.of(where),
        SIGN_IN_CODES_TO_NUMBER_DAY.of(named),
        SIGN_IN_CODES_TO_COUNTRY.of(country),
        SIGN_IN_CODES.of(),
        SIGN_IN_CODES_DAY.of(),
    )
    person = _who_signs_in(store, named)
    code = "".join(secrets.choice("0123456789") for _ in range(SIGN_IN_CODE_DIGITS))

    def work(tx: Store) -> None:
        # Who is nobody has a code too, which is tried as others are. Where others are told theirs, as much is
        # written, so that it takes as long; the store forgets both within an hour.
        sent = SentCode(tx.new_id(), _proof(named), named, _kept(tx, named, code).value, tx.now())
        tx.codes.insert(sent)
        if person is None:
            tx.people.one(id=sent.id)
            tx.codes.insert(replace(sent, id=tx.new_id(), address=_NOBODY, phone="", used=True))
        elif "@" in named:
            tell_by_email(tx, person.id, named, "sign_in_email", id=f"code:{sent.id}", code=code)
        else:
            tell(tx, person.id, "sign_in_code", id=f"code:{sent.id}", code=code)

    store.transaction(work)


def sign_in_by_code(
    store: Store, phone: str, code: str, where: str = "", *, kind: SessionKind = "api", device: str = ""
) -> SignedIn:
    """
    Who got this code, on this number or at this address, is in. Raises WrongCode, CodeExpired, WrongSignIn,
    TooManyTries.
    """
    take(store, SIGN_INS_FROM_PLACE.of(where))
    named = sign_in_name(store, phone)
    typed = _kept(store, named, "".join(_plain(code).split()))
    person = _who_signs_in(store, named)
    try:
        sent = check_code(store, _proof(named), named, typed, SIGN_IN_CODE_VALID)
        # One use: of two who type it at one moment one is in.
        if store.codes.change(sent.id, when={"used": False}, used=True) is None or person is None:
            raise WrongSignIn
    except DomainError:
        note(store, None, SIGN_IN_REFUSED, about=person.id if person else "", outcome="refused", where=where)
        raise
    # Thousands may have one address, and who leaves a page for a while comes again: only who fails is held up.
    store.limits.give_back(
        SIGN_INS_FROM_PLACE.of(where), SIGN_IN_CODES_FROM_PLACE.of(where), SIGN_IN_CODES_TO_NUMBER.of(named)
    )
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
    account = check_staff_account(store, _plain(email), Secret(_plain(password)), _plain(totp), where)
    return _begin(store, account, kind, where, device)


def _plain(typed: str) -> str:
    """What was typed, as text that can be written: JSON may hold halves of signs, which no store takes."""
    return typed.encode(errors="replace").decode()


def sign_in_name(store: Store, typed: str) -> str:
    """The number (E.164) or the address that was typed. Raises NotServed for what is neither."""
    country = next(iter(store.countries)) if len(store.countries) == 1 else ""
    named = normal_email(typed) if "@" in typed else normal_phone(typed, country)
    if named is None:
        raise NotServed
    return named


def _who_signs_in(store: Store, named: str) -> Person | None:
    """
    Whose a code to this number or address is. Nobody's where it is of several, since it would open the one's
    account to the other; and nobody's who froze their account, since their phone may be in the wrong hands.
    """
    by_email = "@" in named
    if by_email and "email" not in store.offered.features:
        return None
    holders = store.people.find(email=named, limit=2) if by_email else holders_of(store, named)
    return holders[0] if len(holders) == 1 and not holders[0].frozen else None


def _proof(named: str) -> str:
    """What such a code proves is no chat: it is who signs in."""
    return f"sign-in:{named}"


def _kept(store: Store, named: str, code: str) -> Secret:
    """What is kept of a code: who has the store has none that is good."""
    return Secret(store.pins.seal(f"sign-in\n{named}\n{code}").hex())


def _begin(store: Store, owner: Person | StaffAccount, kind: SessionKind, where: str, device: str) -> SignedIn:
    of: SessionOwner = "person" if isinstance(owner, Person) else "account"
    now = store.now()
    session = WebSession(
        id=store.new_id(),
        kind=kind,
        of=of,
        owner=owner.id,
        stamp=stamp_of(owner),
        nonce=secrets.token_hex(16),
        began_at=now,
        seen_at=now,
        until=now + (PAGE_VALID if kind == "page" else store.token_keys.refresh_valid),
        place=where,
        device=device,
    )
    signed = _signed_in(store, owner, session)
    begin(store, session)
    note(store, signed.caller, "signed_in", about=owner.id if of == "person" else "", where=where)
    return signed


def _signed_in(store: Store, owner: Person | StaffAccount, session: WebSession) -> SignedIn:
    return SignedIn(_caller(store, owner, session.id), session, store.token_keys.token(session))


def _caller(store: Store, owner: Person | StaffAccount, session: str) -> Caller:
    if isinstance(owner, Person):
        shown = owner.own_name or owner.name
        return Caller("person", owner.id, "member", shown, owner.language, scopes_of("member"), session)
    return caller_of_account(store, owner, session)


def caller_of_account(store: Store, owner: StaffAccount, session: str = "") -> Caller:
    """An account as whoever asks, as it is now."""
    everywhere = owner.role == "operator"
    return Caller(
        kind="account",
        id=owner.id,
        role=owner.role,
        name=owner.name,
        language=owner.language,
        scopes=scopes_of(owner.role),
        session=session,
        groups=frozenset() if everywhere else groups_of_agent(store, owner),
        everywhere=everywhere,
    )


def caller_of_session(store: Store, session: str, owner: str = "") -> Caller:
    """Whose session this is now; with an `owner` ("person:ID"), it has to be theirs. Raises NotSignedIn."""
    found = store.web_sessions.one(id=session)
    if found is None or (owner and owner != f"{found.of}:{found.owner}"):
        raise NotSignedIn
    return _caller_now(store, found)


def caller_of_page(store: Store, token: str) -> Caller:
    """Whose page asks, by what its cookie holds. Raises NotSignedIn."""
    session = _session_of(store, token)
    if session.kind != "page" or store.token_keys.renewals_of(session, token) is None:
        raise NotSignedIn
    return _caller_now(store, session)


def _caller_now(store: Store, session: WebSession) -> Caller:
    owner = owner_of(store, session)
    if owner is None:
        raise NotSignedIn
    now = store.now()
    if now - session.seen_at >= _SEEN_AGAIN:
        store.web_sessions.change(session.id, seen_at=now)
    return _caller(store, owner, session.id)


def refresh(store: Store, refresh_token: str, where: str = "") -> SignedIn:
    """
    The next token in place of this one. Raises NotSignedIn.

    A token that was replaced is somebody else's copy, or ours: the session ends for both. But for some seconds the
    one before is answered with the same token again: an answer may be lost, and two tabs may ask at one moment.
    """
    session = _session_of(store, refresh_token)
    renewals = store.token_keys.renewals_of(session, refresh_token)
    owner = owner_of(store, session)
    if session.kind != "api" or renewals is None or owner is None:
        raise NotSignedIn
    now = store.now()
    if renewals == session.renewals:
        changed = store.web_sessions.change(
            session.id,
            when={"renewals": renewals, "closed_at": None},
            renewals=renewals + 1,
            renewed_at=now,
            seen_at=now,
            until=min(now + store.token_keys.refresh_valid, session.began_at + API_VALID_MAX),
            place=where or session.place,
        )
        if changed is None:  # somebody else renewed it at the same moment: this is the one before now
            return refresh(store, refresh_token, where)
        return _signed_in(store, owner, changed)
    lately = session.renewed_at is not None and now - session.renewed_at <= RENEWED_TWICE
    if renewals == session.renewals - 1 and lately:
        return _signed_in(store, owner, session)
    close(store, session, "reused")
    note(store, _caller(store, owner, session.id), "token.reused", outcome="refused", where=where)
    raise NotSignedIn


def _session_of(store: Store, token: str) -> WebSession:
    """The session that a token names. Raises NotSignedIn."""
    id = session_named(token)
    session = store.web_sessions.one(id=id) if id else None
    if session is None:
        raise NotSignedIn
    return session


def sign_out(store: Store, session: str, where: str = "") -> None:
    """Their own session, from inside."""
    if found := store.web_sessions.one(id=session):
        close(store, found, "signed_out")
        if owner := owner_at(store, found):
            note(store, _caller(store, owner, found.id), "signed_out", where=where)
