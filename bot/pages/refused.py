"""What a person sees in place of a page that cannot be shown; a program has the one shape of an error instead."""

from collections.abc import Mapping, Sequence
from typing import Final

from flask import Response, request

from bot.pages.render import page
from domain.commands import NowReadOnly
from domain.errors import DomainError
from domain.records.person import NoSuchGroup, NotAllowed
from flows.words.texts import Text, t

_PAGE, _ERROR = "text/html", "application/json"
_SAID: Final[Mapping[int, tuple[Text, Text]]] = {
    400: (t("That did not work"), t("This page is too old. Please open it again.")),
    403: (t("Not for you"), t("You may not see this.")),
    404: (t("Not here"), t("There is nothing here for you. The address may be wrong.")),
    405: (t("That did not work"), t("This page is too old. Please open it again.")),
    410: (t("Not here any more"), t("This link is over. Ask for the file again.")),
    413: (t("That did not work"), t("This is too long.")),
    429: (t("Too often"), t("Please wait a little and try again.")),
    500: (t("That did not work"), t("Something went wrong here. Nothing was lost. Please try again in a minute.")),
    503: (t("That did not work"), t("Something went wrong here. Nothing was lost. Please try again in a minute.")),
}


def status_of(error: DomainError) -> int:
    """The status of what a rule refuses, on a page."""
    if isinstance(error, NoSuchGroup):
        return 404
    if isinstance(error, NotAllowed):
        return 403
    if isinstance(error, NowReadOnly):
        return 503
    return 429 if error.code.startswith("too_many_") else 409


def wants_page() -> bool:
    """Whether a person asks, in a browser: it says that it likes HTML best."""
    return request.accept_mimetypes.best_match([_ERROR, _PAGE]) == _PAGE


def refused_page(status: int, lines: Sequence[Text] = ()) -> Response:
    """In the words of this status, or others: what a rule says."""
    title, line = _SAID.get(status, _SAID[500 if status >= 500 else 400])
    back = {"href": "/", "label": t("To the first page")}
    return page("message.html", status=status, title=title, kind="no", lines=lines or [line], back=back)
