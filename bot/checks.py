"""
The page on which anybody who holds a paper checks its receipt: its square code leads here.

Who opens it types the amount that stands on the paper, for a paper whose amount was changed has a genuine code.
The page names nobody and shows no amount: it says what the paper says, or that there is no such paper.
"""

from collections.abc import Iterator
from html import escape
from typing import Final

from flask import Blueprint, Response, request

from bot.clients import client_of
from bot.page import page
from bot.served import served
from domain.errors import DomainError
from domain.people.limits import TooManyTries
from domain.records.person import LANGUAGES
from domain.records.receipt import read_code, written_code
from domain.savings.receipts import CheckedReceipt, check_receipt_openly
from flows.words.refusals import refusal
from flows.words.seals import say_when_given
from flows.words.texts import Text, Words, t, words

AMOUNT_LENGTH_MAX: Final = 40

blueprint = Blueprint("checks", __name__)


@blueprint.get("/check/<group>/<code>")
def ask(group: str, code: str) -> Response:
    """The question for the amount. Nothing is looked up: an address that is wrong gets the same page."""
    says = _language()
    return _page(says, code, "")


@blueprint.post("/check/<group>/<code>")
def answer(group: str, code: str) -> Response:
    """Whether it is genuine; 404 when there is no such receipt, 429 after too many wrong ones."""
    app, says = served(), _language()
    client = client_of(request.remote_addr or "", request.headers.get("X-Forwarded-For", ""), app.settings.proxies)
    typed = request.form.get("amount", "")[:AMOUNT_LENGTH_MAX]
    try:
        found = check_receipt_openly(app.store, group, read_code(code) or "", typed, client)
    except DomainError as error:
        return _page(
            says, code, _told("no", [refusal(error)], says), 429 if isinstance(error, TooManyTries) else 404
        )
    return _page(says, code, _told("yes", _said(found), says))


def _said(found: CheckedReceipt) -> Iterator[Text]:
    yield t("This receipt is genuine.")
    yield t("Statement of the whole group") if found.of_group else t("Statement of a member")
    yield from say_when_given(found)


def _told(kind: str, lines: "Iterator[Text] | list[Text]", says: Words) -> str:
    return f'<div class="{kind}">{"".join(f"<p>{escape(says.say(line))}</p>" for line in lines)}</div>'


def _language() -> Words:
    """That of the paper, else the first that their browser asks for and we speak."""
    wanted = [request.args.get("in", ""), *(name[:2] for name in request.accept_languages.values())]
    return words(next((each for name in wanted for each in LANGUAGES if each == name), LANGUAGES[0]))


def _page(says: Words, code: str, told: str, status: int = 200) -> Response:
    title, known = says.say(t("Check a receipt")), read_code(code)
    shown = f"<p><b>{written_code(known)}</b></p>" if known else ""
    button = says.say(t("Check it"))
    prompt = says.say(t('Type the amount that stands on the paper at "Yours after" or "Money after".'))
    form = (
        f'<form method="post"><label>{escape(prompt)}'
        f'<input name="amount" inputmode="decimal" autocomplete="off" required maxlength="{AMOUNT_LENGTH_MAX}">'
        "</label>"
        f"<button>{escape(button)}</button></form>"
    )
    return page(says.language, title, f"{shown}{told}{form}", status)
