"""What a rule can do, read out of its code: what it refuses with, and which other rules it calls."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any

from domain.books.ledger import InsufficientFunds
from domain.errors import DomainError


@cache
def _in(function: FunctionType) -> tuple[frozenset[type[DomainError]], frozenset[FunctionType]]:
    """The refusals that a function raises, and the functions of the domain that it names."""
    raised: set[type[DomainError]] = set()
    named: set[FunctionType] = set()
    known = function.__globals__
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Raise) and node.exc is not None:
            kinds = (known.get(each.id) for each in ast.walk(node.exc) if isinstance(each, ast.Name))
            raised |= {kind for kind in kinds if isinstance(kind, type) and issubclass(kind, DomainError)}
        elif isinstance(node, ast.Attribute) and node.attr == "post":
            raised.add(InsufficientFunds)
        elif isinstance(node, ast.Name):
            other = known.get(node.id)
            other = getattr(other, "__wrapped__", other)
            if isinstance(other, FunctionType) and other.__module__.startswith("domain"):
                named.add(other)
    return frozenset(raised), frozenset(named)


@cache
def rules_in(function: Callable[..., Any]) -> frozenset[FunctionType]:
    """A rule, and all that it calls, and they."""
    seen: set[FunctionType] = set()
    waiting: list[Any] = [function]
    while waiting:
        if (one := waiting.pop()) not in seen:
            seen.add(one)
            waiting += _in(one)[1]
    return frozenset(seen)


@cache
def refusals_in(function: Callable[..., Any]) -> frozenset[str]:
    """The codes of all that a rule may refuse with, itself or by what it calls."""
    return frozenset(kind.code for rule in rules_in(function) for kind in _in(rule)[0])
