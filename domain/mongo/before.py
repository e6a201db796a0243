"""
Documents as the versions before wrote them, made what they are now when they are read.

They stay as they are in the store: so no start has to walk through them, and a process of the version before may
still write beside one of this. No query asks for a field that they do not have.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from domain.mongo.layout import Document
from domain.records.arrival import Arrival
from domain.records.group import Group
from domain.records.loan import Loan
from domain.records.notice import Notice
from domain.records.payment import FailureReason, Payment
from domain.records.person import Person
from domain.records.phone import todays_form
from domain.records.proposal import Proposal


def lift(of: type, document: Document) -> None:
    """Make a document one of this version, in place; it may be one already."""
    if lifted := _LIFTS.get(of):
        lifted(document)


def _person(document: Document) -> None:
    """A number is as it is dialled today; `domain.people.phones.holders_of` finds it under both forms."""
    document["phone"] = todays_form(document["phone"])


def _payment(document: Document) -> None:
    """How the money moved and who carried it was one field: the provider's name, or "cash"."""
    document["phone"] = todays_form(document["phone"])
    if "way" not in document:
        document["way"] = _way(document["provider"])
        if document["way"] == "cash":
            document["provider"] = ""
    # Why it failed was the provider's own word; while it was open, what the provider said last.
    if (word := document["reason"]) and word not in _OURS:
        document.setdefault("provider_reason", word)
        document["reason"] = _reason(word) if document["state"] in ("failed", "expired") else ""


def _notice(document: Document) -> None:
    kind, values = document["kind"], document["values"]
    if kind in ("payment_failed", "payout_failed"):
        values["reason"] = _reason(values["reason"])
    elif kind == "request_lapsed":
        document["kind"], document["values"] = "decided", values | {"proposal": "", "became": "lapsed", "why": ""}
    elif kind == "request_refused":
        # It was told to whoever had asked alone, and did not say what for.
        why = values.pop("reason")
        became = "rejected" if why else "expired"
        document["kind"], document["values"] = "decided", values | {"proposal": "", "became": became, "why": why}
    elif kind == "decision_wanted":
        values.setdefault("proposal", "")
        values.setdefault("until", "")


def _loan(document: Document) -> None:
    document["way"] = _way(document["way"])


def _proposal(document: Document) -> None:
    if "way" in document["values"]:
        document["values"]["way"] = _way(document["values"]["way"])


def _group(document: Document) -> None:
    """A cycle began on a day; what belonged to it was known by its time alone."""
    if (began := document.get("cycle_began")) and not document.get("cycle_began_at"):
        zone = ZoneInfo(document["constitution"]["time_zone"])
        document["cycle_began_at"] = datetime.combine(date.fromisoformat(began), time(), zone)
        document["numbered"] = False


def _arrival(document: Document) -> None:
    """In a rotation each member had one place, and was paid once."""
    for member in document["book"]["members"]:
        if "rota_place" in member:
            place, day = member.pop("rota_place"), member["received_on"]
            member["places"] = [] if place is None else [place]
            member["received_on"] = [] if day is None else [day]


def _way(word: str) -> str:
    """What was not cash was the only provider there was."""
    return "cash" if word == "cash" else "mobile_money"


def _reason(word: str) -> str:
    """What had no sentence of its own was "mobile money could not do it"."""
    return word if word in _OURS else _REASONS.get(word, "not_possible")


_OURS: Final = get_args(FailureReason)
_REASONS: Final[Mapping[str, FailureReason]] = {
    "APPROVAL_REJECTED": "declined",
    "COULD_NOT_PERFORM_TRANSACTION": "not_approved_in_time",
    "EXPIRED": "not_approved_in_time",
    "NOT_ENOUGH_FUNDS": "not_enough_money",
    "NOT_SENT": "not_sent",
    "PAYER_LIMIT_REACHED": "limit_reached",
    "PAYER_NOT_FOUND": "no_account",
    "PAYMENT_NOT_APPROVED": "not_approved_in_time",
    "SENDER_ACCOUNT_NOT_ACTIVE": "account_not_active",
    "TRANSACTION_CANCELED": "declined",
}
_LIFTS: Final[Mapping[type[Any], Callable[[Document], None]]] = {
    Arrival: _arrival,
    Group: _group,
    Loan: _loan,
    Notice: _notice,
    Payment: _payment,
    Person: _person,
    Proposal: _proposal,
}
