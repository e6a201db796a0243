"""Programmes, who looks after which groups, and which of them need a visit; agents see what is theirs."""

from typing import Any, Final

import marshmallow as ma
from marshmallow import fields, validate

from bot.api.cursors import Page, after_id, paged
from bot.api.declare import NO_TOKEN, Call, Part
from bot.api.shapes import Listed, Reads, Writes, line
from bot.signed_in import where
from domain.access.accounts import account_with
from domain.access.agents import (
    add_programme,
    groups_of_agent,
    hand_groups_over,
    look_after,
    programme_with,
    put_in_programme,
)
from domain.board.health import health_of
from domain.records.account import StaffAccount
from domain.records.figures import GroupNow, GroupsWanted
from domain.records.group import Group

part = Part("programmes", "Programmes, agents, and whom to visit first.")

GROUPS_AT_ONCE: Final = 500


class VisitShown(Writes):
    code = fields.String()
    name = fields.String()
    health = fields.Integer(metadata={"description": "From 0 to 100: the sum of its parts."})
    parts = fields.Dict(keys=fields.String(), values=fields.Integer())
    red = fields.List(fields.String(), metadata={"description": "What is wrong whatever its health is."})
    last_met = fields.String(metadata={"description": 'A day, "" for none.'})


class ProgrammeShown(Writes):
    code = fields.String()
    name = fields.String()
    groups = fields.Integer()


class ProgrammeWanted(Reads):
    code = line(30, required=True)
    name = line(60, required=True)


class Assigned(Reads):
    groups = fields.List(line(20), required=True, validate=validate.Length(1, GROUPS_AT_ONCE))
    programme = line(30, load_default="")
    agent = line(200, load_default="", metadata={"description": "The e-mail address of their account."})


class HandedOver(Reads):
    giver = line(200, required=True, metadata={"description": "The e-mail address of who has them."})
    taker = line(200, required=True)
    groups = fields.List(
        line(20),
        load_default=list,
        validate=validate.Length(max=GROUPS_AT_ONCE),
        metadata={"description": "Codes; all of the giver's without."},
    )


class Moved(Writes):
    groups = fields.Integer(metadata={"description": "How many were somewhere else before."})


@part.endpoint("GET", "/admin/visits", who="agent", scope="money:read", answers=VisitShown, query=Listed)
def visits(call: Call) -> Page[Any]:
    """The groups that need a visit, the worst first: red ones before all others."""
    limit, caller = call.query["limit"], call.caller
    groups = None if caller.everywhere else tuple(sorted(caller.groups))
    after = after_id(call.query["after"])
    wanted = GroupsWanted(order="health", visit=True, groups=groups, after=after, limit=limit + 1)
    page = paged(call.app.store.figures.page(wanted), limit, lambda each: (each.id,))
    return Page([_visit(each) for each in page.items], page.next)


def _visit(known: GroupNow) -> dict[str, Any]:
    names = ("code", "name", "health", "last_met")
    return {name: getattr(known, name) for name in names} | {
        "parts": dict(health_of(known.figures).parts),
        "red": list(known.red),
    }


@part.endpoint("GET", "/admin/programmes", who="operator", scope=NO_TOKEN, answers=ProgrammeShown, many=True)
def programmes(call: Call) -> list[dict[str, Any]]:
    """All programmes, by their codes."""
    return [
        {"code": each.code, "name": each.name, "groups": call.store.groups.count(programme=each.id)}
        for each in call.store.programmes.find(sort="code")
    ]


@part.endpoint(
    "POST",
    "/admin/programmes",
    who="operator",
    scope=NO_TOKEN,
    answers=ProgrammeShown,
    status=201,
    body=ProgrammeWanted,
)
def make_programme(call: Call) -> dict[str, Any]:
    """Add a programme: its code is small letters, digits, - and _."""
    made = add_programme(call.store, call.body["code"], call.body["name"])
    call.note("programme.made", why=made.code)
    return {"code": made.code, "name": made.name, "groups": 0}


@part.endpoint("POST", "/admin/assign", who="operator", scope=NO_TOKEN, answers=Moved, body=Assigned)
def assign(call: Call) -> dict[str, Any]:
    """Give groups their programme, their agent, or both: each that changes is a line in the log."""
    said = call.body
    if not said["programme"] and not said["agent"]:
        raise _wrong("_schema", "A programme or an agent.")
    programme = programme_with(call.store, said["programme"]) if said["programme"] else None
    if said["programme"] and programme is None:
        raise _wrong("programme", "There is no such programme.")
    groups, moved = _groups(call, said["groups"]), 0
    if said["agent"]:
        moved = look_after(call.store, groups, _account(call, "agent"), by=call.caller, where=where())
    if programme:
        moved = max(moved, put_in_programme(call.store, groups, programme, by=call.caller, where=where()))
    return {"groups": moved}


@part.endpoint("POST", "/admin/hand-over", who="operator", scope=NO_TOKEN, answers=Moved, body=HandedOver)
def hand_over(call: Call) -> dict[str, Any]:
    """Hand groups of one agent to another: those that are named, or all."""
    giver, taker = _account(call, "giver"), _account(call, "taker")
    codes = call.body["groups"]
    theirs = groups_of_agent(call.store, giver)
    if any(each.id not in theirs for each in _groups(call, codes)):
        raise _wrong("groups", "One of these is another agent's, or nobody's.")
    return {"groups": hand_groups_over(call.store, giver, taker, codes, by=call.caller, where=where())}


def _groups(call: Call, codes: list[str]) -> list[Group]:
    wanted = sorted(set(codes))
    found = call.store.groups.find(code=wanted) if wanted else []
    if len(found) < len(wanted):
        raise _wrong("groups", "One of these is no group.")
    return found


def _account(call: Call, field: str) -> StaffAccount:
    if (found := account_with(call.store, call.body[field])) is None:
        raise _wrong(field, "Nobody has this address.")
    return found


def _wrong(field: str, why: str) -> Exception:
    return ma.ValidationError({field: [why]})
