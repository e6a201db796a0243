"""Somebody looked up by their phone, for a reason that is written down before they are shown."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response

from bot.pages.forms import EMPTY, Form, Read, Typed, read_form
from bot.pages.members import STATUSES
from bot.pages.operator.desk import Desk, desk_page
from bot.pages.operator.stuck import DIRECTIONS, STATES
from domain.board.look_up import Lock, ids_with_phone, person_seen
from domain.people.phones import NoSuchMember
from domain.records.notice import NoticeState
from flows.words.offices import OFFICES
from flows.words.texts import Text, t

REASON_LENGTH_MAX: Final = 200
LOCKS: Final[Mapping[Lock, Text]] = {
    "pin": t("The PIN is locked after wrong tries."),
    "no_pin": t("They have not chosen a PIN yet."),
    "frozen": t("They have stopped all money of theirs."),
    "money_held": t("Their number or PIN is new: no money leaves."),
    "votes_held": t("Their PIN is new: they agree to no money."),
    "messages_stopped": t("They want no messages."),
    "no_phone": t("They have no number of their own."),
}
NOTICES: Final[Mapping[NoticeState, Text]] = {
    "queued": t("waiting"),
    "sending": t("being sent"),
    "sent": t("sent"),
    "delivered": t("arrived"),
    "read": t("read"),
    "failed": t("failed"),
    "skipped": t("not sent"),
    "unknown": t("nobody knows whether it went"),
}
_WORDS: Final[Mapping[str, Any]] = {
    "states": STATES,
    "directions": DIRECTIONS,
    "locks": LOCKS,
    "notices": NOTICES,
    "statuses": STATUSES,
    "offices": OFFICES,
}


class _LookUp(Form):
    phone = Typed(most=30)
    why = Typed(most=REASON_LENGTH_MAX)


class _Reveal(Form):
    why = Typed(most=REASON_LENGTH_MAX)


@desk_page("/people")
def people(desk: Desk) -> Response:
    return _asked(desk, EMPTY)


@desk_page("/people", methods=("POST",))
def look_up(desk: Desk) -> Response:
    """All who hold this number. It is in no address, so in no log and no history."""
    form = read_form(_LookUp())
    if not form.ok:
        return _asked(desk, form, 422)
    try:
        found = ids_with_phone(desk.store, form.values["phone"], _country(desk))
    except NoSuchMember as error:
        desk.note("person.not_found", why=form.values["why"])
        return _asked(desk, form.but(error, "phone"), 404)
    for id in found:
        desk.note("person.looked_up", about=id, why=form.values["why"])
    return desk.page(
        "person.html", found=[person_seen(desk.store, id) for id in found], phones={}, form=EMPTY, **_WORDS
    )


@desk_page("/people/<id>/reveal", methods=("POST",))
def reveal(desk: Desk, id: str) -> Response:
    """The whole number, for a reason of its own."""
    form, found = read_form(_Reveal()), [person_seen(desk.store, id)]
    if not form.ok:
        desk.note("person.looked_up", about=id)
        return desk.page("person.html", status=422, found=found, phones={}, form=form, **_WORDS)
    desk.note("person.phone_revealed", about=id, why=form.values["why"])
    phones = {id: desk.store.people.get(id).phone}
    return desk.page("person.html", found=found, phones=phones, form=EMPTY, **_WORDS)


def _asked(desk: Desk, form: Read, status: int = 200) -> Response:
    return desk.page("people.html", status=status, form=form, most=REASON_LENGTH_MAX)


def _country(desk: Desk) -> str:
    """Of a number without a country code: the one that is served, where that is one."""
    countries = sorted(desk.store.countries)
    return countries[0] if len(countries) == 1 else ""
