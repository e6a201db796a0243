"""
A change is made once, however often it is asked for: Idempotency-Key.

Who asks gives each change a key. What was answered is kept under it, with who asked, how and where; the same key
is answered with it for thirty days. What was refused changed nothing and is not kept: it may be mended and sent
again under the same key. The command inside has a key of its own that follows from this one, so that a process
that dies between the two has still done it once.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask import Response, request
from werkzeug.exceptions import HTTPException

from bot.api.errors import said
from domain.access.caller import Caller
from domain.store import Duplicate, Store
from domain.tables import Answered

HEADER: Final = "Idempotency-Key"
KEY_LENGTH_MAX: Final = 64
CLAIM: Final = timedelta(seconds=60)  # longer than any request takes
_AGAIN_SECONDS: Final = 2


class _AnsweredBefore(HTTPException):
    """What answers this request in place of its view."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A request that is under way here and nowhere else; `key` is for the command in it."""

    id: str
    key: str


def key_given() -> str:
    """The key of this request. Raises an answer of 400 where there is none, or none that can be one."""
    key = request.headers.get(HEADER, "")
    if not (1 <= len(key) <= KEY_LENGTH_MAX and key.isascii() and key.isprintable()):
        raise _AnsweredBefore(response=said(400, "key_needed", {HEADER: ["1 to 64 characters of ASCII."]}))
    return key


def claimed(store: Store, caller: Caller, key: str) -> Claim:
    """
    Begin a change. Raises what answers it instead: the first answer again, 409 while it is under way, 422 when the
    key was used for something else.
    """
    id = _digest(caller.key, request.method, request.path, key)
    body = json.dumps(request.get_json(silent=True), sort_keys=True)
    digest = _digest(body, request.query_string.decode("latin-1"))
    claim, now = Claim(id, f"api:{id}:{digest[:16]}"), store.now()
    try:
        store.answered.insert(Answered(id, digest, now, now + CLAIM))
    except Duplicate:
        before = store.answered.one(id=id)
        if before is not None and before.digest != digest:
            wrong = {HEADER: ["It was sent with another body before."]}
            raise _AnsweredBefore(response=said(422, "key_used", wrong)) from None
        if before is not None and before.status:
            raise _AnsweredBefore(response=_again(before)) from None
        if before is None or now < before.claimed_until or not _taken_over(store, before):
            raise _AnsweredBefore(response=_under_way()) from None
    return claim


def _taken_over(store: Store, before: Answered) -> bool:
    """Whether a request that nobody works on any more is this one's now: of two, one has it."""
    was = {"status": 0, "claimed_until": before.claimed_until}
    return store.answered.change(before.id, when=was, claimed_until=store.now() + CLAIM) is not None


def answer_once(store: Store, claim: Claim, work: Callable[[], Response], secret: str) -> Response:
    """
    Do it and keep its answer, but for the field of it that is a `secret`, which is shown once. What was refused or
    failed is as if it had not been asked for.
    """
    try:
        response = work()
    except BaseException:
        store.answered.remove(claim.id, when={"status": 0})
        raise
    body = response.get_data(as_text=True)
    if secret:
        answer: dict[str, Any] = json.loads(body)
        answer["data"][secret] = ""
        body = json.dumps(answer)
    store.answered.change(claim.id, status=response.status_code, body=body)
    return response


def _again(before: Answered) -> Response:
    response = Response(before.body, status=before.status, content_type="application/json")
    response.headers["Idempotent-Replayed"] = "true"
    response.headers["Cache-Control"] = "no-store"
    return response


def _under_way() -> Response:
    response = said(409, "under_way")
    response.headers["Retry-After"] = str(_AGAIN_SECONDS)
    return response


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()
