"""
The page on which somebody wants no more daily e-mails: the link under each of them leads here.

It is signed, so that nobody can be left out by others; it needs no sign-in, so that whoever has the e-mail can. A
mail program may open a link by itself, so opening it changes nothing: the button does, and the one that mail
programs show themselves, which posts to the same address (RFC 8058).
"""

import hmac

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from bot.leaving import signature_of
from bot.pages.render import page
from bot.served import served
from domain.people.email import no_digest_by_email
from flows.engine import sessions
from flows.words.mail import ASKED_TO_STOP, DAILY, STOP_IT, STOPPED
from flows.words.texts import Words, words

blueprint = Blueprint("mailing", __name__)


@blueprint.get("/mail/<person>/<signature>")
def ask_to_leave(person: str, signature: str) -> Response:
    """The question, and a button."""
    says = _whose(person, signature)
    return page("message.html", speaks=says, title=DAILY, lines=[ASKED_TO_STOP], action=STOP_IT)


@blueprint.post("/mail/<person>/<signature>")
def leave(person: str, signature: str) -> Response:
    """No more of it, however often it is said."""
    app, says = served(), _whose(person, signature)
    no_digest_by_email(app.store, person)
    app.link.do(sessions.forget_profile(person))
    return page("message.html", speaks=says, title=DAILY, kind="yes", lines=[STOPPED])


def _whose(person: str, signature: str) -> Words:
    """The words of the person; raises NotFound when we did not sign this, before a store is asked."""
    app = served()
    given = signature.encode("utf-8", "replace")
    expected = [signature_of(each, person).encode() for each in app.settings.session_secrets]
    if not any(hmac.compare_digest(given, each) for each in expected):
        raise NotFound("There is nothing here.")
    who = app.store.people.one(id=person)
    if who is None:
        raise NotFound("There is nothing here.")
    return words(who.language)
