"""What is the operator's: tokens of machines, and the log of who did and saw what."""

from datetime import timedelta
from typing import Any, Final

import marshmallow as ma
from marshmallow import fields, validate

from bot.api.cursors import Page, after_id, paged
from bot.api.declare import NO_TOKEN, Call, Part
from bot.api.shapes import Listed, Nothing, Reads, Writes, is_plain, line
from domain.access.audit import audit_entries, audit_head, with_names
from domain.access.tokens import BadApiToken, api_tokens, make_api_token, revoke_api_token
from domain.records.api_token import API_SCOPES, API_TOKEN_VALID_MAX, ApiToken
from domain.store import NotFound

part = Part("operators", "Tokens of machines, and the audit log: for the operator.")

GROUPS_MAX: Final = 500
ADDRESSES_MAX: Final = 20


class TokenWanted(Reads):
    name = line(60, required=True)
    scopes = fields.List(
        fields.String(validate=validate.OneOf(API_SCOPES)), required=True, validate=validate.Length(1, 20)
    )
    days = fields.Integer(strict=True, load_default=90, validate=validate.Range(1, API_TOKEN_VALID_MAX.days))
    everywhere = fields.Boolean(load_default=False)
    groups = fields.List(
        line(20), load_default=list, validate=validate.Length(max=GROUPS_MAX), metadata={"description": "Codes."}
    )
    addresses = fields.List(
        line(50),
        load_default=list,
        validate=validate.Length(max=ADDRESSES_MAX),
        metadata={"description": "Networks like 203.0.113.0/24 that it may be used from."},
    )


class TokenShown(Writes):
    shown = fields.String(metadata={"description": "How it begins, which names it."})
    name = fields.String()
    scopes = fields.List(fields.String())
    everywhere = fields.Boolean()
    groups = fields.List(fields.String(), metadata={"description": "Their codes."})
    addresses = fields.List(fields.String())
    made_at = fields.DateTime()
    until = fields.DateTime()
    used_at = fields.DateTime(allow_none=True)
    revoked_at = fields.DateTime(allow_none=True)


class TokenMade(TokenShown):
    token = fields.String(metadata={"description": "The token itself, which is shown this once."})


class AuditWanted(Listed):
    by = fields.String(load_default="", validate=[validate.Length(max=100), is_plain])
    about = fields.String(load_default="", validate=[validate.Length(max=100), is_plain])
    group = fields.String(load_default="", validate=[validate.Length(max=100), is_plain])


class AuditShown(Writes):
    id = fields.String()
    seq = fields.Integer(metadata={"description": "Its place in the chain, 0 for some seconds."})
    at = fields.DateTime()
    by = fields.String()
    by_name = fields.String()
    role = fields.String()
    did = fields.String()
    about = fields.String()
    group = fields.String()
    why = fields.String()
    outcome = fields.String()
    where = fields.String()
    seal = fields.String()


class AuditHeadShown(Writes):
    seq = fields.Integer()
    seal = fields.String()


@part.endpoint("GET", "/tokens", who="operator", scope=NO_TOKEN, answers=TokenShown, many=True)
def tokens(call: Call) -> list[dict[str, Any]]:
    """All tokens, the oldest first."""
    found = api_tokens(call.store)
    codes = _codes(call, found)
    return [_token(each, codes) for each in found]


@part.endpoint(
    "POST",
    "/tokens",
    who="operator",
    scope=NO_TOKEN,
    answers=TokenMade,
    status=201,
    body=TokenWanted,
    secret="token",  # noqa: S106 - the name of a field
)
def make_token(call: Call) -> dict[str, Any]:
    """Make a token for a machine. It is shown this once: the same request again is answered without it."""
    said = call.body
    wanted = sorted(set(said["groups"]))
    groups = call.store.groups.find(code=wanted) if wanted else []
    if len(groups) < len(wanted):
        raise _wrong("groups", "One of these is no group.")
    try:
        token, kept = make_api_token(
            call.store,
            said["name"],
            said["scopes"],
            timedelta(days=said["days"]),
            everywhere=said["everywhere"],
            groups=[each.id for each in groups],
            addresses=said["addresses"],
        )
    except BadApiToken as error:
        raise _wrong("_schema", str(error)) from error
    call.note("token.made", why=kept.name)
    return _token(kept, {each.id: each.code for each in groups}) | {"token": token}


@part.endpoint("DELETE", "/tokens/<shown>", who="operator", scope=NO_TOKEN, answers=Nothing)
def revoke(call: Call, shown: str) -> dict[str, Any]:
    """From now on it is good for nothing."""
    found = revoke_api_token(call.store, shown)
    if found is None:
        raise NotFound("a token")
    call.note("token.revoked", why=found.name)
    return {}


@part.endpoint("GET", "/audit", who="operator", scope=NO_TOKEN, answers=AuditShown, query=AuditWanted)
def audit(call: Call) -> Page[Any]:
    """Who did, saw and exported what, the newest first."""
    said = call.query
    limit = said["limit"]
    found = audit_entries(
        call.store,
        after=after_id(said["after"]),
        limit=limit + 1,
        by=said["by"],
        about=said["about"],
        group=said["group"],
    )
    call.note("audit.seen")
    return paged(with_names(call.store, found), limit, lambda each: (each.id,))


@part.endpoint("GET", "/audit/head", who="operator", scope=NO_TOKEN, answers=AuditHeadShown)
def audit_chain(call: Call) -> Any:
    """Where the chain of the log stands: keep it elsewhere, and nobody can change what was before it."""
    return audit_head(call.store)


def _codes(call: Call, found: list[ApiToken]) -> dict[str, str]:
    ids = {group for each in found for group in each.groups}
    return {each.id: each.code for each in call.store.groups.among([*ids])}


def _token(token: ApiToken, codes: dict[str, str]) -> dict[str, Any]:
    names = ("shown", "name", "scopes", "everywhere", "addresses", "made_at", "until", "used_at", "revoked_at")
    return {name: getattr(token, name) for name in names} | {
        "groups": [codes[each] for each in token.groups if each in codes]
    }


def _wrong(field: str, why: str) -> Exception:
    return ma.ValidationError({field: [why]})
