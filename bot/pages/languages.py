"""In which language a page speaks: the one that was chosen, that of who is signed in, or their browser's."""

from typing import Final

from flask import Response, g, request

from domain.records.person import LANGUAGES, Language
from flows.words.texts import Words, words

CHOSEN: Final = "speak"  # in the address of any page
_OF_PAPER: Final = "in"  # the language of a paper, in the address that stands on it
_COOKIE: Final = "language"
_KEPT_SECONDS: Final = 365 * 24 * 3600


def says() -> Words:
    """The words of this request's page."""
    return words(_language())


def keep_chosen(response: Response, secure: bool) -> None:
    """What was chosen in this request's address holds for the pages after it."""
    if chosen := _known(request.args.get(CHOSEN, "")):
        response.set_cookie(
            _COOKIE, chosen, max_age=_KEPT_SECONDS, httponly=True, secure=secure, samesite="Lax", path="/"
        )


def _language() -> Language:
    own = g.get("caller")
    wanted = [
        request.args.get(CHOSEN, ""),
        request.args.get(_OF_PAPER, ""),
        request.cookies.get(_COOKIE, ""),
        own.language if own is not None else "",
        *(name[:2] for name in request.accept_languages.values()),
    ]
    return next((known for name in wanted if (known := _known(name))), LANGUAGES[0])


def _known(name: str) -> Language | None:
    return next((each for each in LANGUAGES if each == name), None)
