"""Groups, and their members."""

from typing import Any

from marshmallow import fields

from bot.api.cursors import Page, after_id, after_number, paged
from bot.api.declare import Call, Part
from bot.api.shapes import Amount, Listed, Writes, phone_shown
from domain.access.caller import groups_seen, standing
from domain.groups.overview import figures_of
from domain.people.consents import consents_now
from domain.people.find import names_of
from domain.records.group import Group
from domain.records.person import Membership, MembershipStatus
from domain.store import After, NotFound

part = Part("groups", "Groups, and who is in them.")

_THERE: list[MembershipStatus] = ["active", "suspended", "leaving"]


class GroupShown(Writes):
    code = fields.String()
    name = fields.String()
    kind = fields.String()
    currency = fields.String()
    time_zone = fields.String()
    members = fields.Integer(metadata={"description": "How many numbers have been given out."})


class GroupWhole(GroupShown):
    standing = fields.String(metadata={"description": "What you are in it."})
    cycle = fields.Integer()
    cycle_from = fields.Date()
    next_meeting = fields.Date()
    closing = fields.Boolean()
    share_price = Amount()
    social_fund = Amount()
    version = fields.Integer(metadata={"description": "How many constitutions it has had."})


class MemberShown(Writes):
    number = fields.Integer()
    name = fields.String()
    role = fields.String()
    status = fields.String()
    phone = fields.String(metadata={"description": "Its last three digits, without the scope members:phones."})


class MemberWhole(MemberShown):
    savings = Amount()
    loans = Amount(metadata={"description": "The principal of their loans, with what they have asked for."})
    fines = Amount()
    attended = fields.Integer()
    meetings = fields.Integer()
    consents = fields.List(
        fields.String(), metadata={"description": "To what they agree now: figures, programme, lender."}
    )


@part.endpoint("GET", "/groups", who="signed_in", scope="groups:read", answers=GroupShown, query=Listed)
def groups(call: Call) -> Page[Any]:
    """The groups that you may see."""
    limit = call.query["limit"]
    found = groups_seen(call.store, call.caller, after_id(call.query["after"]), limit + 1)
    page = paged(found, limit, lambda group: (group.id,))
    return Page([_group(each) for each in page.items], page.next)


@part.endpoint("GET", "/groups/<code>", who="member", scope="groups:read", answers=GroupWhole)
def group(call: Call) -> dict[str, Any]:
    """One group, and what it is about now."""
    of, rules = call.group, call.group.constitution
    return _group(of) | {
        "standing": standing(call.store, call.caller, of.id),
        "cycle": of.cycle,
        "cycle_from": of.cycle_from,
        "next_meeting": rules.meeting(call.store.now()),
        "closing": of.closing,
        "share_price": rules.share_price,
        "social_fund": rules.social,
        "version": of.version,
    }


@part.endpoint(
    "GET", "/groups/<code>/members", who="officer", scope="members:read", answers=MemberShown, query=Listed
)
def members(call: Call) -> Page[Any]:
    """Who is in the group, by their numbers."""
    limit, after = call.query["limit"], after_number(call.query["after"])
    found = call.store.memberships.find(
        group=call.group.id, number=After(after), status=_THERE, sort="number", limit=limit + 1
    )
    page = paged(found, limit, lambda each: (each.number,))
    people = {each.id: each for each in call.store.people.among([each.person for each in page.items])}
    call.note("members.seen")
    shown = [
        _member(each, people[each.person].name, people[each.person].phone, call.sees_phones) for each in page.items
    ]
    return Page(shown, page.next)


@part.endpoint(
    "GET",
    "/groups/<code>/members/<int(max=999999):number>",
    who="officer",
    scope="members:read",
    answers=MemberWhole,
)
def member(call: Call, number: int) -> dict[str, Any]:
    """One member in figures, today."""
    membership = member_numbered(call, number)
    call.note("member.seen", about=membership.person)
    seen = figures_of(call.store, call.group, membership.person)
    name = names_of(call.store, [membership.person])[membership.person]
    return _member(membership, name, seen.phone, call.sees_phones) | {
        "savings": seen.savings,
        "loans": seen.loans,
        "fines": seen.fines,
        "attended": seen.attended,
        "meetings": seen.meetings,
        "consents": [each.purpose for each in consents_now(call.store, membership.person) if each.given],
    }


def member_numbered(call: Call, number: int) -> Membership:
    """Who has this number in the group, and is in it. Raises NotFound."""
    membership = call.store.memberships.one(group=call.group.id, number=number, status=_THERE)
    if membership is None:
        raise NotFound("a member")
    return membership


def _group(group: Group) -> dict[str, Any]:
    return {
        "code": group.code,
        "name": group.name,
        "kind": group.kind,
        "currency": group.currency,
        "time_zone": group.constitution.time_zone,
        "members": group.members,
    }


def _member(membership: Membership, name: str, phone: str, whole: bool) -> dict[str, Any]:
    return {
        "number": membership.number,
        "name": name,
        "role": membership.role,
        "status": membership.status,
        "phone": phone_shown(phone, whole=whole),
    }
