"""Samples are taken from types, and those that are written by hand fit theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec
import pytest
from msgspec import Meta

from domain.decisions.voting import Waiting
from domain.money import Money
from domain.records.person import NAME_LENGTH_MAX
from domain.records.proposal import ProposalKind
from flows.check.samples import BY_QUERY, BY_TYPE, NoSample, values

MOST, WIDE, DAY = values(Money)[0], "W" * NAME_LENGTH_MAX, date(2026, 9, 28)


@pytest.mark.parametrize(
    ("kind", "samples"),
    [
        (bool, [True, False]),
        (str, [WIDE]),
        (Money, [MOST, Money(0, MOST.currency)]),
        (date, [DAY]),
        (type(None), [None]),
        (Literal["momo", "cash"], ["momo", "cash"]),
        (str | None, [WIDE, None]),
        (Annotated[str, Meta(examples=["CWWWWWW"])], ["CWWWWWW"]),
    ],
    ids=str,
)
def test_a_plain_type_has_the_widest_first_and_then_each_other_that_differs(kind: Any, samples: list[Any]) -> None:
    assert list(values(kind)) == samples


def test_a_number_is_wide_one_or_nothing() -> None:
    assert list(values(int))[1:] == [1, 0] and values(int)[0] >= 10_000


@dataclass(frozen=True, slots=True)
class Part:
    id: str
    state: Literal["due", "paid"]


@dataclass(frozen=True, slots=True)
class Whole:
    amount: Money
    parts: list[Part]
    payable: bool


def test_a_dataclass_is_at_its_widest_then_differs_field_by_field_then_is_at_its_narrowest() -> None:
    assert values(Part) == [Part("Part", "due"), Part("Part", "paid")]
    nothing, each = Money(0, MOST.currency), values(list[Part])
    assert values(Whole) == [
        Whole(MOST, each[0], True),
        Whole(nothing, each[0], True),
        *(Whole(MOST, parts, True) for parts in each[1:]),
        Whole(MOST, each[0], False),
        Whole(nothing, [], False),
    ]


def test_a_list_is_of_many_that_can_be_told_apart_of_each_one_and_of_none() -> None:
    many, *ones, none = values(list[Part])
    assert len({part.id for part in many}) == len(many) > 10
    assert {part.state for part in many} == {"due", "paid"}
    assert ones == [[Part("Part", "due")], [Part("Part", "paid")]]
    assert none == []
    days, *_ = values(tuple[date, ...])
    assert isinstance(days, tuple) and len(set(days)) == len(days) and days[0] == DAY


def test_a_list_that_is_never_empty_has_no_empty_sample() -> None:
    assert [] in values(list[str])
    assert [] not in values(Annotated[list[str], Meta(min_length=1)])


@pytest.mark.parametrize("kind", [object, Any, float, Mapping[str, int], tuple[str, int], list[object]], ids=str)
def test_a_type_that_nothing_can_be_made_of_is_named(kind: Any) -> None:
    with pytest.raises(NoSample, match=r"object|Any|float|Mapping|tuple"):
        values(kind)


def test_every_kind_of_decision_waits_in_a_sample() -> None:
    assert {each.kind for each in values(Waiting)} == set(get_args(ProposalKind))


@pytest.mark.parametrize("kind", BY_TYPE, ids=lambda kind: kind.__name__)
def test_what_is_written_for_a_type_is_of_it(kind: Any) -> None:
    for sample in values(kind):
        assert msgspec.convert(msgspec.to_builtins(sample), kind) == sample


@pytest.mark.parametrize("query", BY_QUERY, ids=lambda query: query.__name__)
def test_what_is_written_for_a_query_is_what_it_returns(query: Any) -> None:
    returned = get_type_hints(query)["return"]
    for sample in BY_QUERY[query]:
        assert msgspec.convert(msgspec.to_builtins(sample), returned) == sample
