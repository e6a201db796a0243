"""Health in a number: each part by hand, and that whatever a group does, the parts are its number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.arithmetic.arrears import SomeOf
from domain.arithmetic.health import VISIT_BELOW, WORTH, Health, health_from

NOTHING = SomeOf()
WELL = {
    "met": SomeOf(4, 4),
    "attendance": SomeOf(80, 80),
    "late": SomeOf(0, 90_000),
    "counted": SomeOf(4, 4),
    "saving": SomeOf(80, 80),
}


def of(**said: SomeOf) -> Health:
    return health_from(**{**WELL, **said})  # type: ignore[arg-type]


def test_all_is_well() -> None:
    assert of().parts == WORTH
    assert (of().score, sum(WORTH.values()), of().needs_visit) == (100, 100, False)


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ({"met": SomeOf(3, 4)}, {"met": 22}),
        ({"met": SomeOf(0, 4)}, {"met": 0}),
        ({"attendance": SomeOf(59, 80)}, {"attendance": 14}),
        ({"late": SomeOf(30_000, 90_000)}, {"on_time": 13}),
        ({"late": SomeOf(90_000, 90_000)}, {"on_time": 0}),
        ({"counted": SomeOf(3, 4)}, {"counted": 11}),
        ({"saving": SomeOf(1, 80)}, {"saving": 0}),
        # Nothing is lent: nothing is late.
        ({"late": NOTHING}, {}),
        # Nothing was planned: nobody is to blame.
        ({"met": NOTHING, "attendance": NOTHING, "counted": NOTHING, "saving": NOTHING}, {}),
        # Meetings were planned, and nothing came of them.
        ({"attendance": NOTHING, "counted": NOTHING}, {"attendance": 0, "counted": 0}),
    ],
)
def test_each_part(said: dict[str, SomeOf], parts: dict[str, int]) -> None:
    assert of(**said).parts == {**WORTH} | parts


def test_a_red_group_comes_before_all_others_and_the_worst_of_them_first() -> None:
    nothing = {name: SomeOf(0, each.whole) for name, each in WELL.items()}
    worst = health_from(**{**nothing, "late": SomeOf(1, 1)})  # type: ignore[arg-type]
    assert (worst.score, worst.needs_visit) == (0, True)
    fine_but_red, worst_and_red = (Health(each.parts, ("books",)) for each in (of(), worst))
    ordered = [worst_and_red, fine_but_red, worst, of()]
    assert sorted([ordered[2], ordered[0], ordered[3], ordered[1]], key=lambda each: each.place) == ordered
    assert fine_but_red.needs_visit and fine_but_red.score == 100
    assert Health({"met": VISIT_BELOW}).needs_visit is False and Health({"met": VISIT_BELOW - 1}).needs_visit


parts_of = st.integers(0, 10**9).flatmap(lambda whole: st.builds(SomeOf, st.integers(0, whole), st.just(whole)))


@given(st.fixed_dictionaries(dict.fromkeys(WELL, parts_of)), st.sampled_from([(), ("books",)]))
def test_it_is_between_0_and_100_and_its_parts_add_up(said: dict[str, SomeOf], red: tuple[str, ...]) -> None:
    found = health_from(**said, red=red)  # type: ignore[arg-type]
    assert all(0 <= found.parts[name] <= worth for name, worth in WORTH.items())
    assert 0 <= found.score == sum(found.parts.values()) <= 100
    assert (found.place < 0) == bool(red)


@given(st.fixed_dictionaries(dict.fromkeys(WELL, parts_of)), st.sampled_from(["attendance", "counted", "saving"]))
def test_more_of_what_is_good_is_never_worse(said: dict[str, SomeOf], name: str) -> None:
    was = said[name]
    if was.some < was.whole:
        better = {**said, name: SomeOf(was.some + 1, was.whole)}
        assert health_from(**better).score >= health_from(**said).score  # type: ignore[arg-type]
