import pytest

pytest.importorskip("mutmut", reason="installed by `make mutants`")

from tests.mutants.mutations import Mutation, mutations, sample


def changes(source: str) -> list[str]:
    return [each.applied(source) for each in mutations("domain/rule.py", source)]


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        pytest.param(
            "if left < due:\n    raise TooLittle\n", "if left <= due:\n    raise TooLittle\n", id="exactly"
        ),
        pytest.param("if left < due:\n    raise TooLittle\n", "if left < due:\n    pass\n", id="refusal"),
        pytest.param("left = max(0, due)\n", "left = due\n", id="bound"),
        pytest.param("left = due - paid\n", "left = due + paid\n", id="sign"),
        pytest.param("tx.post(entry)\n", "pass\n", id="statement"),
        pytest.param("loan = replace(loan, version=1)\n", "loan = replace(loan, )\n", id="field"),
        pytest.param("if group.closed:\n    end()\n", "if not (group.closed):\n    end()\n", id="condition"),
        pytest.param(
            "parts = [\n    part\n    for part in parts\n    if part.paid\n]\n",
            "parts = [\n    part\n    for part in parts\n    if not (part.paid)\n]\n",
            id="condition further down",
        ),
    ],
)
def test_each_way_to_lose_money_is_a_change(source: str, changed: str) -> None:
    assert changed in changes(source)


@pytest.mark.parametrize(
    "source",
    [
        '"""What 1 + 1 is."""\n',
        "kept: Left | None\n",
        "assert left >= 0, 'never below zero'\n",
        "raise ValueError(1)\n",
        "raise\n",
        "@dataclass(frozen=True)\nclass Loan: ...\n",
        "from domain.money import Money\n",
    ],
)
def test_what_makes_no_difference_is_not_changed(source: str) -> None:
    assert changes(source) == []


def test_of_a_refusal_the_details_are_changed_and_the_message_is_not() -> None:
    source = "raise TooMuch(f'{most - 1}', most=most - 2)\n"
    assert {each.before.strip() for each in mutations("domain/rule.py", source)} == {
        source.strip(),
        "most - 2",
        "2",
    }


def test_a_change_knows_the_lines_of_its_statement() -> None:
    source = "def rule():\n    return (\n        1\n    )\n"
    (change,) = mutations("domain/rule.py", source)
    assert change.line == 3 and change.lines == range(2, 5)


def test_lines_above_change_no_name_and_more_changes_move_none() -> None:
    def names(source: str) -> list[str]:
        return [each.name for each in sample(mutations("domain/rule.py", source), seed=7)]

    rule, more = "left = due - paid\nfee = due - 5\n", "rest = left * 2\n"
    assert names(f"\n\n{rule}") == names(rule)
    assert [name for name in names(more + rule) if "rest" not in name] == names(rule)


def test_two_changes_of_the_same_words_are_told_apart() -> None:
    found: list[Mutation] = mutations("domain/rule.py", "a = due - paid\na = due - paid\n")
    assert len({each.name for each in found}) == len(found) == 2
