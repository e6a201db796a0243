"""Members who bring others: their code, and what became of whom they brought."""

from typing import Any

from marshmallow import fields

from bot.api.cursors import Page, after_time, paged
from bot.api.declare import NO_TOKEN, Call, Part
from bot.api.shapes import Amount, Listed, Writes
from domain.people.find import names_of
from domain.referrals.code import GetReferralCode

part = Part("referrals", "Members who bring others.")


class Code(Writes):
    code = fields.String()
    until = fields.Date()
    reward = Amount(metadata={"description": "What you get when they first pay in."})
    welcome = Amount(metadata={"description": "What they get."})
    dial = fields.String()
    writes = fields.String()
    starts = fields.String()


class Brought(Writes):
    name = fields.String()
    group = fields.String(metadata={"description": "The code of the group."})
    at = fields.DateTime()
    state = fields.String()
    reward = Amount(allow_none=True)
    why = fields.String(metadata={"description": "Why there is no reward, empty where that is open."})


@part.endpoint("POST", "/groups/<code>/referral-code", who="person", scope=NO_TOKEN, answers=Code)
def referral_code(call: Call) -> Any:
    """Your code for a group: the one you have, or else a new one."""
    return call.execute(GetReferralCode(call.caller.id, call.group.id))


@part.endpoint("GET", "/referrals", who="person", scope=NO_TOKEN, answers=Brought, query=Listed)
def referrals(call: Call) -> Page[Any]:
    """Whom you brought, the newest first."""
    limit, past = call.query["limit"], after_time(call.query["after"])
    found = call.store.referrals.keyset("-at", limit + 1, past, by=call.caller.id)
    page = paged(found, limit, lambda each: (each.at, each.id))
    names = names_of(call.store, [each.id for each in page.items])
    groups = {each.id: each.code for each in call.store.groups.among([*{each.group for each in page.items}])}
    return Page(
        [
            {name: getattr(each, name) for name in ("at", "state", "reward", "why")}
            | {"name": names[each.id], "group": groups[each.group]}
            for each in page.items
        ],
        page.next,
    )
