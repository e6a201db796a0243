"""
Documents that versions before wrote, written as they are read (`domain/mongo/before.py`).

Both versions read both forms, so it may be done beside them; when it is done everywhere, a later release can read
the new form alone. Numbers of phones stay as they are: they are what people are found by, in either form.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.database import Database

from domain.mongo.before import lift
from domain.mongo.layout import Document
from domain.mongo.migrations.step import Portion, Step
from domain.records.group import Group
from domain.records.loan import Loan
from domain.records.notice import Notice
from domain.records.payment import Payment
from domain.records.proposal import Proposal

_AT_ONCE: Final = 500
_STAYS: Final = "phone"
_KINDS: Final[Mapping[str, type[Any]]] = {
    "groups": Group,
    "loans": Loan,
    "notices": Notice,
    "payments": Payment,
    "proposals": Proposal,
}


def _size(database: Database[Document]) -> int:
    return sum(database[name].estimated_document_count() for name in _KINDS)


def _work(database: Database[Document], position: str, dry: bool) -> Iterator[Portion]:
    """A position is a collection and the last id that was looked at there."""
    reached, _, last = position.partition(":")
    for name, of in _KINDS.items():
        if name < reached:
            continue
        after = last if name == reached else ""
        while found := list(database[name].find({"_id": {"$gt": after}}).sort("_id", 1).limit(_AT_ONCE)):
            changes = [change for each in found if (change := _change(of, each))]
            if changes and not dry:
                database[name].bulk_write(changes, ordered=False)
            after = found[-1]["_id"]
            yield Portion(len(found), len(changes), f"{name}:{after}")


def _change(of: type[Any], document: Document) -> UpdateOne | None:
    """What differs when it is read, put in where nobody has changed it meanwhile; None where nothing does."""
    lifted = deepcopy(document)
    lift(of, lifted)
    differ = {name: value for name, value in lifted.items() if name != _STAYS and document.get(name) != value}
    if not differ:
        return None
    was = {name: document.get(name, {"$exists": False}) for name in differ}
    return UpdateOne({"_id": document["_id"], **was}, {"$set": differ})


AS_READ: Final = Step(
    number=1,
    about="documents of versions before are written as they are read",
    needs=0,
    required=False,
    size=_size,
    work=_work,
)
