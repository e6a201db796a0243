"""The switch of read-only mode: said what it does, asked once more, and written down."""

from collections.abc import Mapping
from typing import Final, Literal

from flask import Response

from bot.pages.forms import EMPTY, Chosen, Form, Read, Ticked, Typed, read_form
from bot.pages.groups import moved_to
from bot.pages.operator.desk import Desk, address, desk_page
from domain.board.read_only import begin_read_only, end_read_only
from domain.records.deployment import WHY_READ_ONLY_MAX
from flows.words.texts import Text, t

_Step = Literal["on", "off"]
WHAT_IT_DOES: Final[Mapping[_Step, Text]] = {
    "on": t(
        "From now on nobody can pay, record, vote or change anything, on every channel. Members can still look at "
        "their money. What providers tell us is kept, and goes on when the mode is off."
    ),
    "off": t("From now on everything works again, and what has been waiting goes on."),
}


class _Switched(Form):
    to = Chosen(WHAT_IT_DOES)
    why = Typed(most=WHY_READ_ONLY_MAX)
    sure = Ticked()


@desk_page("/read-only")
def read_only(desk: Desk) -> Response:
    """Whether it is on, since when and why."""
    return _shown(desk)


@desk_page("/read-only", methods=("POST",))
def switch(desk: Desk) -> Response:
    """First what it does is said; the same once more, and sure, does it."""
    form = read_form(_Switched())
    if not form.ok:
        return _shown(desk, form, status=422)
    if not form.values["sure"]:
        return _shown(desk, form)
    to, why = form.values["to"], form.values["why"]
    desk.note(f"read_only.{to}", why=why)
    if to == "on":
        begin_read_only(desk.store, desk.caller.key, why)
    else:
        end_read_only(desk.store)
    return moved_to(address("/read-only"))


def _shown(desk: Desk, form: Read = EMPTY, *, status: int = 200) -> Response:
    now = desk.store.deployment.seen().read_only
    return desk.page(
        "read_only.html",
        status=status,
        now=now,
        by=_name(desk, now.by) if now else "",
        form=form,
        does=WHAT_IT_DOES["off" if now else "on"],
        most=WHY_READ_ONLY_MAX,
    )


def _name(desk: Desk, by: str) -> str:
    """Of an account its address; the program itself, and whoever was at a terminal, have names that say so."""
    kind, _, id = by.partition(":")
    account = desk.store.accounts.one(id=id) if kind == "account" else None
    return account.email if account else by
