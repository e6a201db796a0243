"""
Signing in and out: people of groups by a code on their own channel, the operator's people by e-mail, password and
the code of an app. Nothing here asks for a PIN.

The cookie holds a token of the session and nothing else; where somebody is signed in stands under their name.
"""

from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import Unauthorized

from bot.pages.forms import EMPTY, Form, Read, Typed, read_form
from bot.pages.groups import moved_to, to_sign_in
from bot.pages.refused import status_of
from bot.pages.render import page
from bot.served import served
from bot.signed_in import caller as signed_in
from bot.signed_in import caller_if_any, device, forget_signed_in, keep_signed_in, where
from domain.access.sign_in import (
    SignedIn,
    close_session,
    send_sign_in_code,
    sessions_of,
    sign_in_by_code,
    sign_in_by_password,
    sign_in_name,
    sign_out,
)
from domain.errors import DomainError
from domain.people.phones import NotServed
from flows.words.texts import t

blueprint = Blueprint("signing_in", __name__)

NO_PHONE: Final = t("Type your number with the code of your country, like +256 772 000 111.")


class _Phone(Form):
    phone = Typed(most=64)
    to = Typed(required=False, most=300)


class _Code(_Phone):
    code = Typed(most=20)


class _Account(Form):
    email = Typed(most=200)
    password = Typed(most=200)
    totp = Typed(most=10)
    to = Typed(required=False, most=300)


@blueprint.get("/sign-in")
@blueprint.get("/sign-in/code", endpoint="asked_again")
@blueprint.get("/sign-in/account", endpoint="account_again")
def sign_in() -> Response:
    """Both ways in; who is signed in goes on."""
    if caller_if_any() is not None:
        return moved_to(_wanted(request.args.get("to", "")))
    return _asked(EMPTY, EMPTY, request.args.get("to", ""))


@blueprint.post("/sign-in")
def ask_code() -> Response:
    """Send a code to this number, if it is somebody's; the page is the same for all."""
    form = read_form(_Phone())
    phone = _number(form)
    if form.ok and phone is None:
        form = Read({}, form.typed, {"phone": NO_PHONE})
    if not form.ok or phone is None:
        return _asked(form, EMPTY, form.typed.get("to", ""), 422)
    try:
        send_sign_in_code(served().store, phone, where())
    except DomainError as error:
        return _asked(form.but(error, "phone"), EMPTY, form.typed.get("to", ""), status_of(error))
    return page("code.html", form=Read({}, {"phone": phone, "to": form.values["to"]}, {}))


@blueprint.post("/sign-in/code")
def by_code() -> Response:
    """The code that came; then to the page that was wanted."""
    form = read_form(_Code())
    phone = _number(form)
    if not form.ok or phone is None:
        return page("code.html", status=422, form=form)
    try:
        code = "".join(each for each in form.values["code"] if each.isdigit())
        entered = sign_in_by_code(served().store, phone, code, where(), kind="page", device=device())
    except DomainError as error:
        return page("code.html", status=status_of(error), form=form.but(error, "code"))
    return _in(entered, form)


@blueprint.post("/sign-in/account")
def by_account() -> Response:
    """The operator's people."""
    form = read_form(_Account())
    if form.ok:
        given = (form.values["email"], form.values["password"], form.values["totp"].replace(" ", ""))
        try:
            return _in(sign_in_by_password(served().store, *given, where(), kind="page", device=device()), form)
        except DomainError as error:
            return _asked(EMPTY, form.but(error), form.typed.get("to", ""), status_of(error))
    return _asked(EMPTY, form, form.typed.get("to", ""), 422)


@blueprint.post("/sign-out")
def leave() -> Response:
    """This session ends, wherever its cookie is."""
    if caller := caller_if_any():
        sign_out(served().store, caller.session)
    forget_signed_in()
    return moved_to("/sign-in")


@blueprint.get("/me")
def me() -> Response:
    """Who is signed in, and where else they are."""
    caller = g.caller = signed_in()
    if caller.kind == "token":
        raise Unauthorized
    sessions = sessions_of(served().store, caller.kind, caller.id)
    return page("me.html", where="", menu=[("/groups", t("My groups"))], sessions=sessions, zone="UTC")


@blueprint.post("/me/sessions/<session>")
def end_session(session: str) -> Response:
    """Close one of their own, also this one."""
    caller = g.caller = signed_in()
    if caller.kind != "token":
        close_session(served().store, caller.kind, caller.id, session)
    return moved_to("/me")


@blueprint.errorhandler(Unauthorized)
def _not_signed_in(_: Unauthorized) -> Response:
    return to_sign_in()


def _asked(by_phone: Read, by_account: Read, to: str, status: int = 200) -> Response:
    return page("sign_in.html", status=status, by_phone=by_phone, by_account=by_account, to=_wanted(to))


def _in(entered: SignedIn, form: Read) -> Response:
    keep_signed_in(entered)
    return moved_to(_wanted(form.values.get("to", "")))


def _number(form: Read) -> str | None:
    """The number that was typed, E.164, or the e-mail address in its place; None for what is neither."""
    try:
        return sign_in_name(served().store, form.typed.get("phone", ""))
    except NotServed:
        return None


def _wanted(to: str) -> str:
    """A page of ours to go on to; the first page for what is none: no link leads elsewhere through us."""
    parts = urlsplit(to)
    ours = (
        to.startswith("/")
        and to.isprintable()
        and not to.startswith(("//", "/\\"))
        and not parts.netloc
        and not parts.scheme
    )
    return to if ours and "\\" not in to and not to.startswith("/sign-") else "/"
