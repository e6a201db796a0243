"""Agents with what they look after, and groups that are handed from one to another."""

from typing import Final

from flask import Response, request

from bot.pages.forms import EMPTY, NOT_OFFERED, Form, Read, Typed, read_form
from bot.pages.groups import moved_to
from bot.pages.operator.desk import Desk, desk_page
from bot.signed_in import where
from domain.access.agents import NoAgent, groups_of_agent, hand_groups_over
from domain.board.visits import agents_seen
from flows.words.texts import t

CODES_LENGTH_MAX: Final = 2_000
NOT_THEIRS: Final = t("One of these is no group of this agent's.")


class _HandOver(Form):
    giver = Typed(most=60)
    taker = Typed(most=60)
    codes = Typed(required=False, most=CODES_LENGTH_MAX)


@desk_page("/agents")
def agents(desk: Desk) -> Response:
    return _shown(desk, EMPTY)


@desk_page("/agents", methods=("POST",))
def hand_over(desk: Desk) -> Response:
    """Hand over the groups whose numbers were typed, or all; each is a line in the log."""
    form = read_form(_HandOver())
    if not form.ok:
        return _shown(desk, form, 422)
    people = {name: desk.store.accounts.one(id=form.values[name]) for name in ("giver", "taker")}
    giver, taker = people["giver"], people["taker"]
    if giver is None or taker is None or giver.id == taker.id:
        return _shown(desk, Read({}, form.typed, {"giver" if giver is None else "taker": NOT_OFFERED}), 422)
    codes = form.values["codes"].replace(",", " ").split()
    theirs = desk.store.groups.among(sorted(groups_of_agent(desk.store, giver)))
    if {*codes} - {each.code for each in theirs}:
        return _shown(desk, Read({}, form.typed, {"codes": NOT_THEIRS}), 422)
    try:
        moved = hand_groups_over(desk.store, giver, taker, codes, by=desk.caller, where=where())
    except NoAgent as error:
        return _shown(desk, form.but(error, "taker"), 422)
    return moved_to(f"/operator/agents?moved={moved}")


def _shown(desk: Desk, form: Read, status: int = 200) -> Response:
    found = agents_seen(desk.store)
    moved = request.args.get("moved", "")
    return desk.page(
        "agents.html",
        status=status,
        found=found,
        programmes=[
            (each.name, each.code, desk.store.groups.count(programme=each.id))
            for each in desk.store.programmes.find(sort="code")
        ],
        choices=[("", "–"), *((each.id, f"{each.name}, {each.email}") for each in found)],
        form=form,
        moved=int(moved) if moved.isdecimal() and len(moved) < 6 else None,
        most=CODES_LENGTH_MAX,
    )
