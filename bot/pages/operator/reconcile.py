"""What providers' lists say otherwise than the books: seen by all who see the group, decided by two operators."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from flask import Response, request

from bot.balances import last_balances
from bot.pages.forms import EMPTY, Chosen, Form, Read, Typed, read_form
from bot.pages.groups import moved_to
from bot.pages.operator.desk import Desk, address, desk_page, moment
from bot.pages.operator.stuck import DIRECTIONS
from bot.pages.refused import status_of
from domain.access.caller import standing
from domain.board.differences import (
    DIFFERENCES_A_PAGE,
    agree_to_ruling,
    differences,
    propose_ruling,
    rulings_of,
)
from domain.errors import DomainError
from domain.records.case import EVIDENCE_LENGTH_MAX
from domain.records.difference import Difference, DifferenceKind, DifferenceState, Ruling
from domain.records.person import NoSuchGroup
from flows.words.texts import Text, t

KINDS: Final[Mapping[DifferenceKind, Text]] = {
    "missing_here": t("The provider moved it, and no book has it"),
    "missing_there": t("The book has it, and the provider does not"),
    "other_amount": t("The amounts differ"),
    "other_time": t("The days differ"),
    "fee": t("The provider kept a fee"),
}
STATES: Final[Mapping[DifferenceState, Text]] = {
    "open": t("to be decided"),
    "proposed": t("another operator must agree"),
    "closed": t("decided"),
    "gone": t("both say the same now"),
}
RULINGS: Final[Mapping[Ruling, Text]] = {
    "book": t("Bring the group's book to what the provider says"),
    "explain": t("There is nothing to book"),
}
_WORDS: Final[Mapping[str, Any]] = {
    "kinds": KINDS,
    "states": STATES,
    "rulings": RULINGS,
    "directions": DIRECTIONS,
}
_RUNS_SHOWN: Final = 20
_CODE_LENGTH_MAX: Final = 12


class _Decided(Form):
    ruling = Chosen(RULINGS)
    why = Typed(most=EVIDENCE_LENGTH_MAX)
    group_code = Typed(required=False, most=_CODE_LENGTH_MAX)


class _Agreed(Form):
    ruling = Chosen(RULINGS)
    group = Typed(required=False)


@desk_page("/reconcile", agents=True)
def reconcile(desk: Desk) -> Response:
    """What waits for somebody, a page at a time, when lists were compared, and what our accounts hold."""
    after = moment("after")
    # Several may be of one moment: the fees of a day are all at its beginning.
    past = (after, request.args.get("id", "")) if after else None
    found = differences(desk.store, past, groups=desk.groups)
    runs = desk.store.runs.some(_RUNS_SHOWN, kind="reconcile", sort="-began_at") if desk.operates else []
    return desk.page(
        "reconcile.html",
        found=found,
        groups=_named(desk, found),
        runs=runs,
        balances=last_balances(desk.store) if desk.operates else [],
        first="/operator/reconcile" if after else "",
        next=address("/reconcile", after=found[-1].at.isoformat(), id=found[-1].id)
        if len(found) == DIFFERENCES_A_PAGE
        else "",
        **_WORDS,
    )


@desk_page("/reconcile/<path:id>", agents=True)
def one_difference(desk: Desk, id: str) -> Response:
    """One of them, whatever became of it."""
    return _shown(desk, _theirs(desk, id))


@desk_page("/reconcile/<path:id>/decide", methods=("POST",))
def decide(desk: Desk, id: str) -> Response:
    """Say what is to be done; another operator has to say so too."""
    found, form = _theirs(desk, id), read_form(_Decided())
    if not form.ok:
        return _shown(desk, found, form, status=422)
    ruling, why = form.values["ruling"], form.values["why"]
    try:
        propose_ruling(desk.store, desk.caller, id, ruling, why, form.values["group_code"])
    except DomainError as error:
        return _shown(desk, found, form.but(error), status=status_of(error))
    desk.note(f"difference.{ruling}_proposed", group=found.group, why=why)
    return moved_to(address(f"/reconcile/{quote(id)}"))


@desk_page("/reconcile/<path:id>/agree", methods=("POST",))
def agree_to_decision(desk: Desk, id: str) -> Response:
    """Say so too: it is done."""
    found, form = _theirs(desk, id), read_form(_Agreed())
    if not form.ok:
        return _shown(desk, found, form, status=422)
    try:
        agree_to_ruling(desk.store, desk.caller, id, form.values["ruling"], form.values["group"])
    except DomainError as error:
        return _shown(desk, found, form.but(error), status=status_of(error))
    why = found.first.words if found.first else ""
    desk.note(f"difference.{form.values['ruling']}_agreed", group=found.group, why=why)
    return moved_to(address(f"/reconcile/{quote(id)}"))


def _theirs(desk: Desk, id: str) -> Difference:
    """One that they see: all for an operator, those of their groups for an agent. Raises NoSuchGroup, NotFound."""
    found = desk.store.differences.get(id)
    if desk.operates:
        return found
    if not found.group or standing(desk.store, desk.caller, found.group) is None:
        raise NoSuchGroup
    return found


def _named(desk: Desk, found: list[Difference]) -> dict[str, Any]:
    return {each.id: each for each in desk.store.groups.among(sorted({each.group for each in found} - {""}))}


def _shown(desk: Desk, found: Difference, form: Read = EMPTY, *, status: int = 200) -> Response:
    return desk.page(
        "difference.html",
        status=status,
        found=found,
        group=_named(desk, [found]).get(found.group),
        form=form,
        possible=[(each, RULINGS[each]) for each in rulings_of(found)],
        mine=found.first is not None and found.first.by == desk.caller.key,
        most=EVIDENCE_LENGTH_MAX,
        code_most=_CODE_LENGTH_MAX,
        **_WORDS,
    )
