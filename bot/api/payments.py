"""
Money into a group: what is due, and a prompt to the member's own phone, which only they can approve. Nothing here
moves money out, and nothing moves by itself.
"""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from bot.api.cursors import Page, after_time, paged
from bot.api.declare import NO_TOKEN, Call, Part
from bot.api.shapes import Amount, Given, Listed, Reads, Writes
from domain.loans.repay import Repay
from domain.meetings.who_paid import PAGE, meeting_paid, not_paid
from domain.records.payment import Payment
from domain.savings.contribute import Contribute, contributions_to_ask, savings
from domain.store import NotFound

part = Part("payments", "Contributions and payments: what is due, and prompts to the member's own phone.")


class PaymentShown(Writes):
    id = fields.String()
    ref = fields.String()
    group = fields.String(metadata={"description": "The code of the group."})
    direction = fields.String()
    purpose = fields.String()
    way = fields.String()
    amount = Amount()
    state = fields.String()
    reason = fields.String()
    reversed = fields.Boolean()
    created_at = fields.DateTime()


class Savings(Writes):
    group = fields.String()
    total = Amount()
    credit = Amount()
    waiting = Amount()
    due = Amount()
    meeting = fields.Date()


class Due(Writes):
    amount = Amount()
    most = Amount()
    meeting = fields.Date()
    payable = fields.Boolean()
    missed = Amount(allow_none=True)
    waiting = Amount(allow_none=True)


class Missing(Writes):
    number = fields.Integer()
    name = fields.String()
    total = Amount()


class Meeting(Writes):
    meeting = fields.Date()
    paid = fields.Integer()
    members = fields.Integer()
    total = Amount()
    missing = fields.Nested(Missing, many=True)


class Pay(Reads):
    amount = Given(required=True)
    again = fields.Boolean(
        load_default=False, metadata={"description": "Though the same was asked for a moment ago."}
    )


class Prompted(Writes):
    payment = fields.String()
    ref = fields.String()


@part.endpoint("GET", "/savings", who="person", scope=NO_TOKEN, answers=Savings, many=True)
def my_savings(call: Call) -> Any:
    """What you have in each of your groups, and what is due."""
    return savings(call.store, call.caller.id)


@part.endpoint("GET", "/groups/<code>/contributions", who="person", scope=NO_TOKEN, answers=Due)
def due(call: Call) -> Any:
    """What you should put into this group now."""
    return contributions_to_ask(call.store, call.group.id, call.caller.id)


@part.endpoint(
    "POST",
    "/groups/<code>/contributions",
    who="person",
    scope=NO_TOKEN,
    answers=Prompted,
    status=202,
    body=Pay,
)
def contribute(call: Call) -> Any:
    """Have your own phone asked for a contribution: it is paid when you approve it there."""
    said = call.body
    return call.execute(Contribute(call.group.id, call.caller.id, said["amount"], again=said["again"]))


@part.endpoint("GET", "/groups/<code>/meeting", who="officer", scope="money:read", answers=Meeting)
def meeting(call: Call) -> dict[str, Any]:
    """Who has put in what is due for the meeting that comes; of large groups the first fifty numbers."""
    paid = meeting_paid(call.store, call.group.id)
    missing = not_paid(call.store, call.group.id, 1)[:PAGE]
    return {
        "meeting": paid.meeting,
        "paid": paid.paid,
        "members": paid.members,
        "total": paid.total,
        "missing": missing,
    }


@part.endpoint("GET", "/payments", who="person", scope=NO_TOKEN, answers=PaymentShown, query=Listed)
def payments(call: Call) -> Page[Any]:
    """Your payments in all groups, the newest first."""
    limit = call.query["limit"]
    past = after_time(call.query["after"])
    found = call.store.payments.keyset("-created_at", limit + 1, past, person=call.caller.id)
    page = paged(found, limit, lambda each: (each.created_at, each.id))
    return Page(_shown(call, page.items), page.next)


@part.endpoint("GET", "/payments/<id>", who="person", scope=NO_TOKEN, answers=PaymentShown)
def payment(call: Call, id: str) -> dict[str, Any]:
    """One of your payments, and how far it is."""
    found = call.store.payments.one(id=id)
    if found is None or found.person != call.caller.id:
        raise NotFound("a payment")
    return _shown(call, [found])[0]


@part.endpoint(
    "POST", "/loans/<id>/repayments", who="person", scope=NO_TOKEN, answers=Prompted, status=202, body=Pay
)
def repay(call: Call, id: str) -> Any:
    """Have your own phone asked for a repayment of your loan: it is paid when you approve it there."""
    loan = call.store.loans.one(id=id)
    if loan is None or loan.person != call.caller.id:
        raise NotFound("a loan")
    return call.execute(Repay(call.caller.id, id, call.body["amount"], again=call.body["again"]))


def _shown(call: Call, found: Sequence[Payment]) -> list[dict[str, Any]]:
    groups = {each.id: each.code for each in call.store.groups.among([*{each.group for each in found}])}
    names = ("id", "ref", "direction", "way", "amount", "state", "reason", "reversed", "created_at")
    return [
        {name: getattr(each, name) for name in names} | {"group": groups[each.group], "purpose": each.paid_for}
        for each in found
    ]
