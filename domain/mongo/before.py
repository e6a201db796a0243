"""
Documents as the versions before wrote them, made what they are now when they are read.

They stay as they are in the store: so no start has to walk through them, and a process of the version before may
still write beside one of this. No query asks for a field that they do not have.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from domain.mongo.layout import Document
from domain.records.loan import Loan
from domain.records.payment import Payment
from domain.records.proposal import Proposal


def lift(of: type, document: Document) -> None:
    """Make a document one of this version, in place; it may be one already."""
    if lifted := _LIFTS.get(of):
        lifted(document)


def _payment(document: Document) -> None:
    """How the money moved and who carried it was one field: the provider's name, or "cash"."""
    if "way" not in document:
        document["way"] = _way(document["provider"])
        if document["way"] == "cash":
            document["provider"] = ""


def _loan(document: Document) -> None:
    document["way"] = _way(document["way"])


def _proposal(document: Document) -> None:
    if "way" in document["values"]:
        document["values"]["way"] = _way(document["values"]["way"])


def _way(word: str) -> str:
    """What was not cash was the only provider there was."""
    return "cash" if word == "cash" else "mobile_money"


_LIFTS: Final[Mapping[type[Any], Callable[[Document], None]]] = {
    Loan: _loan,
    Payment: _payment,
    Proposal: _proposal,
}
