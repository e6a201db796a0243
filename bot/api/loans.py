"""
Loans: what a member may borrow and why not, what it would cost, and a request that waits for their phone.
"""

from typing import Any

from marshmallow import fields, validate

from bot.api.cursors import Page, after_id, paged
from bot.api.declare import NO_TOKEN, Call, Part
from bot.api.groups import member_numbered
from bot.api.shapes import Amount, Given, Listed, Nothing, Reads, Writes, one_of
from bot.served import served
from domain.broadcasts.audience import members_numbered
from domain.loans.borrow import Borrowing, quote
from domain.loans.owed import instalments, loan_views, my_loans
from domain.loans.prepare import DropPrepared, PrepareLoan, loan_to_confirm
from domain.money import MINOR_MAX, Money
from domain.people.find import names_of
from domain.records.loan import LoanPurpose
from domain.records.payment import Way
from domain.store import After, NotFound
from flows.engine import sessions

part = Part("loans", "Who may borrow, what it costs, and requests that are confirmed on the phone.")

PERIODS_MAX = 1_000
GUARANTORS_MAX = 10


class FailedRule(Writes):
    rule = fields.String()
    found = fields.String(metadata={"description": "A number, or percent; empty where it is an amount."})
    needed = fields.String()
    amount_found = Amount(allow_none=True)


class Score(Writes):
    total = fields.Integer()
    contribution = fields.Integer(metadata={"description": "Of 40."})
    participation = fields.Integer(metadata={"description": "Of 30."})
    repayment = fields.Integer(metadata={"description": "Of 20."})
    risk = fields.Integer(metadata={"description": "Of 10."})


class Eligibility(Writes):
    group = fields.String()
    eligible = fields.Boolean()
    failures = fields.Nested(FailedRule, many=True)
    limit = Amount()
    score = fields.Nested(Score, allow_none=True)
    periods = fields.Integer()
    periods_max = fields.Integer()
    every = fields.String()
    guarantors_min = fields.Integer()
    pays_out = fields.Boolean(metadata={"description": "Whether mobile money can pay it out."})


class OfMember(Reads):
    member = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 999_999),
        metadata={"description": "Their number in the group, for those who may see members; 0 for yourself."},
    )


class QuoteWanted(Reads):
    minor = fields.Integer(required=True, validate=validate.Range(1, MINOR_MAX))
    periods = fields.Integer(load_default=1, validate=validate.Range(1, PERIODS_MAX))


class QuoteLine(Writes):
    number = fields.Integer()
    due = fields.Date()
    principal = Amount()
    interest = Amount()
    payment = Amount()
    balance = Amount()


class Quoted(Writes):
    amount = Amount()
    fee = Amount()
    method = fields.String()
    every = fields.String()
    lines = fields.Nested(QuoteLine, many=True)
    total_interest = Amount()
    total_payment = Amount()
    yearly_percent = fields.String()
    keeps_interest = fields.Boolean()


class LoanShown(Writes):
    id = fields.String()
    ref = fields.String()
    group = fields.String(metadata={"description": "The name of the group."})
    state = fields.String()
    amount = Amount()
    outstanding = Amount()
    due = Amount()
    due_on = fields.Date(allow_none=True)
    payoff = Amount()
    days_late = fields.Integer()


class LoanOfMember(LoanShown):
    member = fields.String(metadata={"description": "The borrower's name."})


class Instalment(Writes):
    number = fields.Integer()
    due = fields.Date()
    amount = Amount()
    unpaid = Amount()


class LoanWanted(Reads):
    amount = Given(required=True)
    periods = fields.Integer(strict=True, load_default=1, validate=validate.Range(1, PERIODS_MAX))
    way = one_of(Way, load_default="cash")
    purpose = one_of(LoanPurpose, load_default=None, allow_none=True)
    guarantors = fields.List(
        fields.Integer(strict=True, validate=validate.Range(1, 999_999)),
        load_default=list,
        validate=validate.Length(max=GUARANTORS_MAX),
        metadata={"description": "Their numbers in the group."},
    )


class Waiting(Writes):
    id = fields.String()
    group = fields.String()
    amount = Amount()
    periods = fields.Integer()
    way = fields.String()
    purpose = fields.String(allow_none=True)
    guarantors = fields.List(fields.String())


class Prepared(Writes):
    id = fields.String()
    confirm_on_phone = fields.Boolean()


@part.endpoint(
    "GET",
    "/loans/eligibility/<code>",
    who="member",
    scope="money:read",
    answers=Eligibility,
    query=OfMember,
)
def eligibility(call: Call) -> dict[str, Any]:
    """What you may borrow in a group now, and every rule that failed with its numbers."""
    return _eligibility(call.app.views.eligibility(call.group.id, _borrower(call)))


@part.endpoint("GET", "/loans/quote/<code>", who="member", scope="groups:read", answers=Quoted, query=QuoteWanted)
def quoted(call: Call) -> Any:
    """What a loan of this group would cost that is paid out today."""
    amount = Money(call.query["minor"], call.group.currency)
    return quote(call.store, call.group.id, amount, call.query["periods"])


@part.endpoint("GET", "/loans", who="person", scope=NO_TOKEN, answers=LoanShown, many=True)
def own_loans(call: Call) -> Any:
    """Your loans in all groups that are asked for or owed, the newest first."""
    return my_loans(call.store, call.caller.id)


@part.endpoint(
    "GET", "/groups/<code>/loans", who="officer", scope="money:read", answers=LoanOfMember, query=Listed
)
def group_loans(call: Call) -> Page[Any]:
    """All loans of a group, whatever became of them."""
    limit, after = call.query["limit"], after_id(call.query["after"])
    found = call.store.loans.find(group=call.group.id, id=After(after), limit=limit + 1)
    page = paged(found, limit, lambda each: (each.id,))
    call.note("loans.seen")
    names = names_of(call.store, [each.person for each in page.items])
    views = loan_views(call.store, page.items)
    return Page(
        [
            {name: getattr(view, name) for name in LoanShown().fields} | {"member": names[loan.person]}
            for view, loan in zip(views, page.items, strict=True)
        ],
        page.next,
    )


@part.endpoint("GET", "/loans/<id>/schedule", who="person", scope=NO_TOKEN, answers=Instalment, many=True)
def schedule(call: Call, id: str) -> Any:
    """The instalments of one of your loans as they stand; before it is paid out, as they would be."""
    loan = call.store.loans.one(id=id)
    if loan is None or loan.person != call.caller.id:
        raise NotFound("a loan")
    return instalments(call.store, id)


@part.endpoint(
    "GET", "/groups/<code>/loans/<id>/schedule", who="officer", scope="money:read", answers=Instalment, many=True
)
def schedule_of_member(call: Call, id: str) -> Any:
    """The same of a loan of a member."""
    loan = call.store.loans.one(id=id)
    if loan is None or loan.group != call.group.id:
        raise NotFound("a loan")
    call.note("loan.seen", about=loan.person)
    return instalments(call.store, id)


@part.endpoint("GET", "/loans/prepared", who="person", scope=NO_TOKEN, answers=Waiting, many=True)
def prepared(call: Call) -> Any:
    """The request that waits for your phone; one at most."""
    found = loan_to_confirm(call.store, call.caller.id)
    return [found] if found else []


@part.endpoint(
    "POST",
    "/groups/<code>/loans",
    who="person",
    scope=NO_TOKEN,
    answers=Prepared,
    status=202,
    body=LoanWanted,
)
def prepare(call: Call) -> dict[str, Any]:
    """Prepare a request for a loan. It waits three days in the menu of your phone, which asks for your PIN."""
    said, group, me = call.body, call.group.id, call.caller.id
    people = tuple(members_numbered(call.store, group, tuple(said["guarantors"]))) if said["guarantors"] else ()
    id = call.execute(
        PrepareLoan(group, me, said["amount"], said["periods"], said["way"], people, said["purpose"])
    )
    served().link.do(sessions.forget_profile(me))
    return {"id": id, "confirm_on_phone": True}


@part.endpoint("DELETE", "/loans/prepared/<id>", who="person", scope=NO_TOKEN, answers=Nothing, shown_by=prepared)
def drop(call: Call, id: str) -> dict[str, Any]:
    """You do not want it any more."""
    call.execute(DropPrepared(call.caller.id, id))
    served().link.do(sessions.forget_profile(call.caller.id))
    return {}


def _borrower(call: Call) -> str:
    """Whom it is about: whoever asks, or a member whom they may see. Raises NotFound, NotAllowed."""
    if not call.query["member"]:
        call.check_is_person()
        return call.caller.id
    call.check_leads()
    person = member_numbered(call, call.query["member"]).person
    call.note("eligibility.seen", about=person)
    return person


def _eligibility(found: Borrowing) -> dict[str, Any]:
    names = ("group", "eligible", "failures", "limit", "periods", "periods_max", "every", "guarantors_min")
    score = None
    if found.score is not None:
        contribution, participation, repayment, risk = found.score_parts
        score = {
            "total": found.score,
            "contribution": contribution,
            "participation": participation,
            "repayment": repayment,
            "risk": risk,
        }
    return {name: getattr(found, name) for name in names} | {"score": score, "pays_out": found.pays_out}
