"""
The JSON API, read-only: groups and their books, for those who hold a token.

A token is a JWT signed with JWT_SECRET and good for one scope; `python -m bot token` makes one.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import jwt
from flask import Blueprint, Response, jsonify, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, NotFound, TooManyRequests, Unauthorized

from bot.app import App
from bot.clients import client_of
from bot.served import served
from domain.books.accounts import ACCOUNTS
from domain.books.ledger import Entry
from domain.money import Money
from domain.mongo.store import utc_now
from domain.people.limits import BAD_TOKENS
from domain.store import Store

SCOPE: Final = "books:read"
ENTRIES_SHOWN: Final = 20
GROUPS_SHOWN: Final = 100
_BEARER: Final = WWWAuthenticate("bearer")

blueprint = Blueprint("api", __name__, url_prefix="/api")


def make_token(secret: str, valid: timedelta) -> str:
    """A token that may read every group's books."""
    return jwt.encode({"scope": SCOPE, "exp": utc_now() + valid}, secret, algorithm="HS256")


@blueprint.before_request
def check_token() -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized("Send a token: Authorization: Bearer …", www_authenticate=_BEARER)
    try:
        secret = served().settings.jwt_secret
        claims = jwt.decode(token, secret, algorithms=["HS256"], options={"require": ["exp"]})
    except jwt.InvalidTokenError as error:
        _count_bad_token()
        raise Unauthorized("The token is not valid, or no longer.", www_authenticate=_BEARER) from error
    if claims.get("scope") != SCOPE:
        raise Forbidden(f"The token is not good for {SCOPE}.")


def _client(app: App) -> str:
    forwarded = request.headers.get("X-Forwarded-For", "")
    return client_of(request.remote_addr or "", forwarded, app.settings.proxies)


def _count_bad_token() -> None:
    """
    Raises TooManyRequests for a client that had too many. A good token is not counted and always let in: somebody
    else may have the same address.
    """
    app = served()
    if reached := app.store.limits.take(BAD_TOKENS.of(_client(app))):
        seconds = max(1, int((reached.until - app.store.now()).total_seconds()))
        raise TooManyRequests("Too many tokens that are not valid. Please wait.", retry_after=seconds)


@blueprint.get("/groups")
def groups() -> Response:
    found = served().store.groups.find(sort="name", limit=GROUPS_SHOWN)
    return jsonify(
        groups=[{"code": g.code, "name": g.name, "currency": g.currency, "members": g.members} for g in found]
    )


@blueprint.get("/groups/<code>/book")
def book(code: str) -> Response:
    store = served().store
    group = store.groups.one(code=code)
    if group is None:
        raise NotFound("No group has this code.")
    entries = store.books.newest(group.id, ENTRIES_SHOWN)
    version = entries[0].seq if entries else 0
    response = jsonify(
        name=group.name,
        currency=group.currency,
        version=version,
        entries=list(_entries(entries, _names(store, entries))),
        **_balances(store.books.totals(group.id), group.currency),
    )
    response.set_etag(f"{group.id}-{version}")
    response.make_conditional(request)
    return response


def _names(store: Store, entries: list[Entry]) -> dict[str, str]:
    ids = {posting.member for entry in entries for posting in entry.postings if posting.member}
    return {person.id: person.name for person in store.people.among(list(ids))}


def _balances(totals: dict[str, int], currency: str) -> dict[str, Any]:
    shown = [
        {
            "account": code,
            "name": ACCOUNTS[code].label.capitalize(),
            "side": "debit" if total > 0 else "credit",
            "amount": str(Money(abs(total), currency)),
        }
        for code, total in sorted(totals.items())
        if total
    ]
    return {"balances": shown, "total": str(Money(sum(t for t in totals.values() if t > 0), currency))}


def _entries(entries: list[Entry], names: dict[str, str]) -> Iterator[dict[str, Any]]:
    for entry in entries:
        members = {names.get(posting.member, "") for posting in entry.postings if posting.member}
        yield {
            "seq": entry.seq,
            "at": entry.at.isoformat().replace("+00:00", "Z"),
            "text": " · ".join([entry.text, *sorted(members)]),
            "hash": entry.hash[:8],
            "postings": [
                {
                    "account": posting.account,
                    "name": ACCOUNTS[posting.account].label.capitalize(),
                    "member": names.get(posting.member, ""),
                    "debit": str(Money(posting.amount, entry.currency)) if posting.amount > 0 else "",
                    "credit": str(Money(-posting.amount, entry.currency)) if posting.amount < 0 else "",
                }
                for posting in entry.postings
            ],
        }
