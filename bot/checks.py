"""
The page on which anybody who holds a paper checks its receipt: its square code leads here.

Who opens it types the amount that stands on the paper, for a paper whose amount was changed has a genuine code.
The page names nobody and shows no amount: it says what the paper says, or that there is no such paper.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from flask import Blueprint, Response, request

from bot.clients import client_of
from bot.pages.render import page
from bot.served import served
from domain.errors import DomainError
from domain.people.limits import TooManyTries
from domain.records.receipt import read_code, written_code
from domain.savings.receipts import CheckedReceipt, check_receipt_openly
from flows.words.refusals import refusal
from flows.words.seals import say_when_given
from flows.words.texts import Text, t

AMOUNT_LENGTH_MAX: Final = 40

blueprint = Blueprint("checks", __name__)


@blueprint.get("/check/<group>/<code>")
def ask(group: str, code: str) -> Response:
    """The question for the amount. Nothing is looked up: an address that is wrong gets the same page."""
    return _page(code)


@blueprint.post("/check/<group>/<code>")
def answer(group: str, code: str) -> Response:
    """Whether it is genuine; 404 when there is no such receipt, 429 after too many wrong ones."""
    app = served()
    client = client_of(request.remote_addr or "", request.headers.get("X-Forwarded-For", ""), app.settings.proxies)
    typed = request.form.get("amount", "")[:AMOUNT_LENGTH_MAX]
    try:
        found = check_receipt_openly(app.store, group, read_code(code) or "", typed, client)
    except DomainError as error:
        return _page(code, "no", [refusal(error)], 429 if isinstance(error, TooManyTries) else 404)
    return _page(code, "yes", [*_said(found)])


def _said(found: CheckedReceipt) -> Iterator[Text]:
    yield t("This receipt is genuine.")
    yield t("Statement of the whole group") if found.of_group else t("Statement of a member")
    yield from say_when_given(found)


def _page(code: str, kind: str = "note", lines: Sequence[Text] = (), status: int = 200) -> Response:
    known = read_code(code)
    field = {
        "name": "amount",
        "label": t('Type the amount that stands on the paper at "Yours after" or "Money after".'),
        "inputmode": "decimal",
        "most": AMOUNT_LENGTH_MAX,
    }
    return page(
        "message.html",
        status=status,
        title=t("Check a receipt"),
        strong=written_code(known) if known else "",
        kind=kind,
        lines=lines,
        field=field,
        action=t("Check it"),
    )
