"""Payments that are stuck: asked for again, noted on, and ended by two operators with evidence."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request

from bot.pages.forms import EMPTY, Chosen, Form, Read, Typed, read_form
from bot.pages.groups import moved_to
from bot.pages.operator.desk import Desk, address, desk_page, moment
from bot.pages.refused import status_of
from domain.access.caller import standing
from domain.board.by_hand import (
    STUCK_A_PAGE,
    agree_to_outcome,
    ask_again,
    case_of,
    late_payments,
    note_on_case,
    outcomes_of,
    propose_outcome,
    stuck_payment,
    stuck_payments,
)
from domain.errors import DomainError
from domain.records.case import EVIDENCE_LENGTH_MAX, Outcome
from domain.records.payment import Direction, Payment, PaymentState
from domain.records.person import NoSuchGroup
from flows.words.texts import Text, t
from payments.names import typed_receipt

STATES: Final[Mapping[PaymentState, Text]] = {
    "created": t("not sent yet"),
    "requested": t("being asked for"),
    "pending": t("the provider has it"),
    "unknown": t("the provider did not say"),
    "succeeded": t("the money has moved"),
    "failed": t("failed"),
    "expired": t("not approved in time"),
}
DIRECTIONS: Final[Mapping[Direction, Text]] = {"in": t("into the group"), "out": t("out of the group")}
OUTCOMES: Final[Mapping[Outcome, Text]] = {
    "moved": t("The money has moved"),
    "not_moved": t("The money has not moved, and will not"),
    "put_right": t("The group has put it right itself"),
}
_WORDS: Final[Mapping[str, Any]] = {"states": STATES, "directions": DIRECTIONS, "outcomes": OUTCOMES}


class _Words(Form):
    words = Typed(most=EVIDENCE_LENGTH_MAX)


class _Ended(Form):
    outcome = Chosen(OUTCOMES)
    evidence = Typed(most=EVIDENCE_LENGTH_MAX)
    provider_id = Typed(required=False, most=60)


class _Agreed(Form):
    outcome = Chosen(OUTCOMES)
    provider_id = Typed(required=False, most=60)


NEEDS_NUMBER: Final = t("Type the provider's number of this transaction: it serves once.")


@desk_page("/stuck", agents=True)
def stuck(desk: Desk) -> Response:
    """Those that a person has to look at, a page at a time, and those that wait for long."""
    after = moment("after")
    found = stuck_payments(desk.store, desk.groups, after)
    return desk.page(
        "stuck.html",
        found=found,
        late=[] if after else late_payments(desk.store, desk.groups),
        now=desk.store.now(),
        first="/operator/stuck" if after else "",
        next=address("/stuck", after=found[-1].at.isoformat()) if len(found) == STUCK_A_PAGE else "",
        **_WORDS,
    )


@desk_page("/stuck/<id>", agents=True)
def stuck_one(desk: Desk, id: str) -> Response:
    """One of them, with all that was found out; looking at it is written down."""
    payment = _theirs(desk, id)
    desk.note("payment.seen", about=payment.person, group=payment.group)
    return _shown(desk, id)


@desk_page("/stuck/<id>/ask", methods=("POST",))
def ask(desk: Desk, id: str) -> Response:
    """Have the provider asked now."""
    payment = _theirs(desk, id)
    desk.note("payment.asked", about=payment.person, group=payment.group)
    ask_again(desk.store, id)
    return moved_to(f"{address(f'/stuck/{id}')}?asked=1")


@desk_page("/stuck/<id>/note", methods=("POST",))
def write_note(desk: Desk, id: str) -> Response:
    """Keep what was found out."""
    payment, form = _theirs(desk, id), read_form(_Words())
    if not form.ok:
        return _shown(desk, id, noted=form, status=422)
    desk.note("payment.noted", about=payment.person, group=payment.group, why=form.values["words"])
    note_on_case(desk.store, desk.caller, id, form.values["words"])
    return moved_to(address(f"/stuck/{id}"))


@desk_page("/stuck/<id>/propose", methods=("POST",))
def propose(desk: Desk, id: str) -> Response:
    """Say how it ended; another operator has to say so too."""
    payment, form = _theirs(desk, id), read_form(_Ended())
    if form.ok and form.values["outcome"] == "moved" and not form.values["provider_id"]:
        form = Read({}, form.typed, {"provider_id": NEEDS_NUMBER})
    if not form.ok:
        return _shown(desk, id, ended=form, status=422)
    try:
        given = (form.values["outcome"], form.values["evidence"])
        receipt = typed_receipt(payment.provider, form.values["provider_id"])
        propose_outcome(desk.store, desk.caller, id, *given, receipt)
    except DomainError as error:
        return _shown(desk, id, ended=form.but(error), status=status_of(error))
    desk.note("payment.end_proposed", about=payment.person, group=payment.group, why=form.values["evidence"])
    return moved_to(address(f"/stuck/{id}"))


@desk_page("/stuck/<id>/agree", methods=("POST",))
def agree(desk: Desk, id: str) -> Response:
    """Say so too: it ends."""
    payment, form = _theirs(desk, id), read_form(_Agreed())
    if not form.ok:
        return _shown(desk, id, ended=form, status=422)
    evidence = case_of(desk.store, id).evidence
    try:
        agree_to_outcome(desk.store, desk.caller, id, form.values["outcome"], form.values["provider_id"])
    except DomainError as error:
        return _shown(desk, id, ended=form.but(error), status=status_of(error))
    desk.note("payment.ended", about=payment.person, group=payment.group, why=evidence)
    return moved_to(address(f"/stuck/{id}"))


def _theirs(desk: Desk, id: str) -> Payment:
    """A payment of a group that they see. Raises NoSuchGroup, NotFound."""
    payment = desk.store.payments.get(id)
    if standing(desk.store, desk.caller, payment.group) is None:
        raise NoSuchGroup
    return payment


def _shown(desk: Desk, id: str, *, noted: Read = EMPTY, ended: Read = EMPTY, status: int = 200) -> Response:
    payment, case = stuck_payment(desk.store, id), case_of(desk.store, id)
    return desk.page(
        "stuck_one.html",
        status=status,
        payment=payment,
        case=case,
        noted=noted,
        ended=ended,
        asked="asked" in request.args,
        possible=[(each, OUTCOMES[each]) for each in outcomes_of(payment)],
        mine=case.first is not None and case.first.by == desk.caller.key,
        most=EVIDENCE_LENGTH_MAX,
        now=desk.store.now(),
        **_WORDS,
    )
