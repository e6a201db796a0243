"""Money that came in without being asked for, and of which not even the group is known: an operator says it."""

from flask import Response, request

from bot.pages.forms import EMPTY, Form, Read, Typed, read_form
from bot.pages.groups import moved_to
from bot.pages.operator.desk import Desk, address, desk_page
from bot.pages.refused import status_of
from domain.errors import DomainError
from domain.treasury.unidentified import not_confirmed, place, unidentified


class _Placed(Form):
    code = Typed(most=10)
    why = Typed(most=400)


@desk_page("/unasked")
def unasked(desk: Desk) -> Response:
    """What waits, with what was typed and a first name; that it was looked at is written down."""
    desk.note("inbound.seen")
    return _shown(desk, request.args.get("of", ""))


@desk_page("/unasked/<path:id>", methods=("POST",))
def put_in_group(desk: Desk, id: str) -> Response:
    """It is that group's: its officers say whose it is in there."""
    desk.store.inbound.get(id)
    form = read_form(_Placed())
    if not form.ok:
        return _shown(desk, id, form, 422)
    try:
        placed = place(desk.store, id, form.values["code"])
    except DomainError as error:
        return _shown(desk, id, form.but(error), status_of(error))
    desk.note("inbound.placed", group=placed.group, why=form.values["why"])
    return moved_to(address("/unasked", placed=form.values["code"]))


def _shown(desk: Desk, of: str, form: Read = EMPTY, status: int = 200) -> Response:
    return desk.page(
        "unasked.html",
        status=status,
        found=unidentified(desk.store, ""),
        waits=not_confirmed(desk.store),
        of=of,
        form=form,
        placed="placed" in request.args,
    )
