"""The operator's figures: of all groups, and for an agent of theirs. They are those of the operator's pages."""

from fractions import Fraction
from typing import Any, Final

from marshmallow import fields

from bot.api.declare import Call, Part
from bot.api.shapes import Amount, Writes
from bot.measured import seen
from bot.metrics import metrics, works
from domain.board.dashboard import InCurrency, dashboard
from domain.board.targets import Measured

part = Part("admin", "The operator's figures, each with its target.")

DECIMALS: Final = 4


class MetricShown(Writes):
    metric = fields.String()
    unit = fields.String()
    value = fields.Float(allow_none=True)
    target = fields.Float(allow_none=True)
    warning = fields.Float(allow_none=True)
    critical = fields.Float(allow_none=True)
    state = fields.String()


class CurrencyShown(Writes):
    currency = fields.String()
    groups = fields.Integer()
    members = fields.Integer()
    savings = Amount()
    lent = Amount()
    loans = fields.Integer()
    money_in = Amount()
    money_out = Amount()
    par1 = fields.Float(allow_none=True, metadata={"description": "Rates are parts of one."})
    par30 = fields.Float(allow_none=True)
    par90 = fields.Float(allow_none=True)
    default = fields.Float(allow_none=True)
    collection = fields.Float(allow_none=True)


class WorkShown(Writes):
    workers = fields.Integer()
    oldest_seconds = fields.Integer()
    stuck = fields.Integer()


class DashboardShown(Writes):
    as_of = fields.DateTime(allow_none=True)
    groups = fields.Integer()
    members = fields.Integer()
    approval = fields.Float(allow_none=True)
    attendance = fields.Float(allow_none=True)
    missed = fields.Integer(metadata={"description": "Meetings that were planned and not held."})
    planned = fields.Integer()
    stuck = fields.Integer(metadata={"description": "Payments that wait for a person."})
    waiting = fields.Integer(metadata={"description": "Payments without an answer for more than an hour."})
    currencies = fields.Nested(CurrencyShown, many=True)
    metrics = fields.Nested(MetricShown, many=True)
    works = fields.Nested(WorkShown, allow_none=True, metadata={"description": "For an operator."})


@part.endpoint("GET", "/admin/dashboard", who="agent", scope="money:read", answers=DashboardShown)
def board(call: Call) -> dict[str, Any]:
    """Everything in figures, each with its target; how the service itself is, for an operator."""
    everywhere = call.caller.everywhere
    groups = None if everywhere else sorted(call.caller.groups)
    found = dashboard(call.store, groups, call.app.views.totals(groups))
    names = ("as_of", "groups", "members", "missed", "planned", "stuck", "waiting")
    shown: dict[str, Any] = {name: getattr(found, name) for name in names}
    shown |= {"approval": _number(found.approval), "attendance": _number(found.attendance)}
    shown["currencies"] = [_currency(each) for each in found.currencies]
    if not everywhere:
        return shown | {"metrics": [_metric(each) for each in found.measured], "works": None}
    now = seen(call.app.measures.redis)
    return shown | {"metrics": [_metric(each) for each in metrics(now, found)], "works": works(call.app, now)}


def _currency(found: InCurrency) -> dict[str, Any]:
    rates = ("par1", "par30", "par90", "default", "collection")
    names = ("currency", "groups", "members", "savings", "lent", "loans", "money_in", "money_out")
    return {name: getattr(found, name) for name in names} | {name: _number(getattr(found, name)) for name in rates}


def _metric(measured: Measured) -> dict[str, Any]:
    target = measured.target
    limits = {name: _number(getattr(target, name)) for name in ("target", "warning", "critical")}
    said = {"metric": measured.metric, "unit": target.unit, "state": measured.state}
    return said | {"value": _number(measured.value)} | limits


def _number(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), DECIMALS)
