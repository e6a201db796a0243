"""
Signing in, for a program that asks for a person or an account. No PIN is ever asked for.

These posts need no Idempotency-Key: to sign in twice is to have two sessions, and what one of them answers is a
secret, which is not kept.
"""

from collections.abc import Mapping
from typing import Any, Final

import marshmallow as ma
from marshmallow import fields, validate

from bot.api.declare import NO_TOKEN, Call, Part
from bot.api.shapes import Nothing, Reads, Writes, is_plain, line
from bot.served import served
from bot.signed_in import access_token, device, where
from domain.access.sign_in import (
    SignedIn,
    close_session,
    refresh,
    send_sign_in_code,
    sessions_of,
    sign_in_by_code,
    sign_in_by_password,
    sign_out,
)
from domain.people.phones import NotServed, normal_phone
from domain.records.session import WebSession
from domain.store import NotFound

part = Part("auth", "Signing in: people by a code on their own channel, accounts by password and app.")

EMAIL_LENGTH_MAX: Final = 254
PASSWORD_LENGTH_MAX: Final = 200
TOKEN_LENGTH_MAX: Final = 400
_SECRET: Final[list[Any]] = [validate.Length(1, PASSWORD_LENGTH_MAX), is_plain]


class CodeWanted(Reads):
    """A `phone`; or an `email` that somebody has proved to be theirs."""

    phone = line(30, 4, metadata={"example": "+256772000101"})
    email = line(EMAIL_LENGTH_MAX, 3)

    @ma.validates_schema
    def one_of_them(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ma.ValidationError("Send phone, or email.")


class Login(Reads):
    """A person: `phone` or `email`, and the `code`. An account: `email`, `password` and `totp`."""

    phone = line(30, 4)
    code = fields.String(validate=validate.Regexp(r"^[0-9]{4,10}$"))
    email = line(EMAIL_LENGTH_MAX, 3)
    password = fields.String(validate=_SECRET)
    totp = fields.String(validate=validate.Regexp(r"^[0-9]{6}$"))

    @ma.validates_schema
    def one_way(self, data: dict[str, Any], **_: Any) -> None:
        if set(data) not in ({"phone", "code"}, {"email", "code"}, {"email", "password", "totp"}):
            raise ma.ValidationError("Send phone or email and the code, or email, password and totp.")


class Renewal(Reads):
    refresh_token = fields.String(required=True, validate=[validate.Length(1, TOKEN_LENGTH_MAX), is_plain])


class Session(Writes):
    id = fields.String()
    kind = fields.String()
    began_at = fields.DateTime()
    seen_at = fields.DateTime()
    until = fields.DateTime()
    place = fields.String()
    device = fields.String()
    this = fields.Boolean()


class Tokens(Writes):
    """The token is good for some minutes; the refresh token once, for the next two."""

    token = fields.String()
    refresh_token = fields.String()
    expires_in = fields.Integer()


@part.endpoint(
    "POST", "/auth/code", who="anybody", scope=NO_TOKEN, answers=Nothing, status=202, body=CodeWanted, once=False
)
def send_code(call: Call) -> dict[str, Any]:
    """Send a code to whoever has this number or address, if anybody has: which is not said."""
    send_sign_in_code(call.store, _name(call.body), where())
    return {}


@part.endpoint(
    "POST", "/auth/login", who="anybody", scope=NO_TOKEN, answers=Tokens, body=Login, once=False, flat=True
)
def login(call: Call) -> dict[str, Any]:
    """Sign in. The tokens stand beside `success`."""
    said = call.body
    if "code" in said:
        return _tokens(sign_in_by_code(call.store, _name(said), said["code"], where(), device=device()))
    signed = sign_in_by_password(
        call.store, said["email"], said["password"], said["totp"], where(), device=device()
    )
    return _tokens(signed)


@part.endpoint(
    "POST", "/auth/refresh", who="anybody", scope=NO_TOKEN, answers=Tokens, body=Renewal, once=False, flat=True
)
def renew(call: Call) -> dict[str, Any]:
    """The next two tokens for a refresh token, which is good once: one that was used before ends the session."""
    return _tokens(refresh(call.store, call.body["refresh_token"], where()))


@part.endpoint("POST", "/auth/logout", who="signed_in", scope=NO_TOKEN, answers=Nothing, once=False)
def logout(call: Call) -> dict[str, Any]:
    """End this session."""
    sign_out(call.store, call.caller.session)
    return {}


@part.endpoint("GET", "/auth/sessions", who="signed_in", scope=NO_TOKEN, answers=Session, many=True)
def sessions(call: Call) -> list[dict[str, Any]]:
    """Where you are signed in, the newest first; at most ten."""
    found = sessions_of(call.store, _kind(call), call.caller.id)
    return [_session(each, call.caller.session) for each in found]


@part.endpoint("DELETE", "/auth/sessions/<id>", who="signed_in", scope=NO_TOKEN, answers=Nothing)
def end_session(call: Call, id: str) -> dict[str, Any]:
    """End one of your sessions."""
    if not close_session(call.store, _kind(call), call.caller.id, id):
        raise NotFound("a session")
    return {}


def _kind(call: Call) -> Any:
    return call.caller.kind


def _session(session: WebSession, own: str) -> dict[str, Any]:
    names = ("id", "kind", "began_at", "seen_at", "until", "place", "device")
    return {name: getattr(session, name) for name in names} | {"this": session.id == own}


def _name(said: Mapping[str, Any]) -> str:
    """The address, or the number as it is dialled. Raises NotServed for what is no number of a country."""
    if "email" in said:
        return str(said["email"])
    if (phone := normal_phone(said["phone"])) is None:
        raise NotServed
    return phone


def _tokens(signed: SignedIn) -> dict[str, Any]:
    seconds = int(served().settings.access_valid.total_seconds())
    return {"token": access_token(signed), "refresh_token": signed.refresh_token, "expires_in": seconds}
