"""The figures of groups in MongoDB: found by when they are due, added up, and listed in an order."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from domain.arithmetic.arrears import SomeOf
from domain.arithmetic.health import VISIT_BELOW
from domain.mongo.layout import Document
from domain.mongo.tables import MongoTable
from domain.records.figures import Figures, GroupNow, GroupOrder, GroupsWanted, Total

# What a list is in the order of, by the field and its direction; a tie is broken by the id.
_ORDERS: Final[Mapping[GroupOrder, tuple[str, int]]] = {
    "name": ("sought", 1),
    "late": ("late", -1),
    "last_met": ("last_met", 1),
    "members": ("figures.members", -1),
    "health": ("worst", 1),
}
_SUMS: Final = tuple(each.name for each in fields(Figures))


class MongoFigures(MongoTable[GroupNow]):
    """See `domain.tables.FiguresNow`."""

    def lacking(self, limit: int) -> list[str]:
        groups = self._collection.database["groups"]
        # Two numbers that the store has at hand say whether it is worth to look.
        if self._collection.estimated_document_count() == groups.estimated_document_count():
            return []
        steps: list[Document] = [
            {"$match": {"_id": {"$gt": ""}}},
            {"$project": {"_id": 1}},
            {"$lookup": {"from": self._collection.name, "localField": "_id", "foreignField": "_id", "as": "has"}},
            {"$match": {"has": []}},
            {"$limit": limit},
            {"$project": {"_id": 1}},
        ]
        return [each["_id"] for each in groups.aggregate(steps)]

    def added_up(self, groups: Sequence[str] | None) -> list[Total]:
        sums: Document = {}
        for name in _SUMS:
            if isinstance(getattr(Figures(), name), int):
                sums[name] = {"$sum": f"$figures.{name}"}
            else:
                sums[f"{name}_some"] = {"$sum": f"$figures.{name}.some"}
                sums[f"{name}_whole"] = {"$sum": f"$figures.{name}.whole"}
        group = {"_id": "$currency", "groups": {"$sum": 1}, "oldest": {"$min": "$at"}, **sums}
        steps: list[Document] = [
            {"$match": _among(groups)},
            {"$group": group},
            {"$sort": {"groups": -1, "_id": 1}},
        ]
        return [_total(each) for each in self._collection.aggregate(steps)]

    def page(self, wanted: GroupsWanted) -> list[GroupNow]:
        field, direction = _ORDERS[wanted.order]
        match = _among(wanted.groups)
        if wanted.kind:
            match["kind"] = wanted.kind
        # Figures of before have no health until they are worked out anew, within the hour.
        if wanted.visit or wanted.order == "health":
            match["worst"] = {"$lt": VISIT_BELOW} if wanted.visit else {"$lte": 100}
        if wanted.begins.isdigit():
            match["code"] = wanted.begins
        elif wanted.begins:
            begins = wanted.begins.casefold()
            match["sought"] = {"$gte": begins, "$lt": f"{begins}\uffff"}
        if wanted.after and (last := self._collection.find_one({"_id": wanted.after}, {field: 1})):
            value = _at(last, field)
            beyond = {field: {"$gt" if direction > 0 else "$lt": value}}
            match["$and"] = [{"$or": [beyond, {field: value, "_id": {"$gt": wanted.after}}]}]
        found = self._collection.find(match).sort([(field, direction), ("_id", 1)]).limit(wanted.limit)
        return [self._value(each) for each in found]


def _among(groups: Sequence[str] | None) -> Document:
    worked_out: Document = {"currency": {"$gt": ""}}
    return worked_out if groups is None else worked_out | {"_id": {"$in": list(groups)}}


def _at(document: Mapping[str, Any], field: str) -> Any:
    for part in field.split("."):
        document = document[part]
    return document


def _total(found: Mapping[str, Any]) -> Total:
    values: dict[str, Any] = {
        name: int(found[name])
        if name in found
        else SomeOf(int(found[f"{name}_some"]), int(found[f"{name}_whole"]))
        for name in _SUMS
    }
    return Total(found["_id"], found["groups"], Figures(**values), found["oldest"])
