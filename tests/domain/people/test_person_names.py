"""What reads as a name."""

import pytest

from domain.people.names import name_of_group, name_of_person


@pytest.mark.parametrize(
    "name",
    [
        "Akello Grace",
        "Ng",
        "O'Brien",
        "O’Brien",
        "Jean-Paul",
        "St. Kizito",
        "Ŋabirɔ",
        "محمد",
        "Zoë",
        "श्री",
        "Jambo",
    ],
)
def test_letters_are_a_name_and_spaces_are_tidied(name: str) -> None:
    assert name_of_person(f"  {name.replace(' ', '   ')} ", 40) == name
    assert name_of_group(name, 40) == name


@pytest.mark.parametrize(
    "typed",
    [
        "N", "", " ", "98", "A1", "=SUM(A1)", "+Grace", "-Grace", "@x", "<b>x</b>", "😀😀", "Akello 😀", "a\x00b",
        "a_b", "N" * 41,
    ],
)  # fmt: skip
def test_what_is_no_name_of_a_person(typed: str) -> None:
    assert name_of_person(typed, 40) is None


@pytest.mark.parametrize("typed", ["Umoja 2", "Hope & Faith (Mbale)", "1st of May"])
def test_a_group_may_have_a_number_and_a_few_signs(typed: str) -> None:
    assert name_of_group(typed, 40) == typed
    assert name_of_person(typed, 40) is None


@pytest.mark.parametrize("typed", ["98", "=SUM(A1)", "<b>x</b>", "(x y)", "U"])
def test_what_is_no_name_of_a_group(typed: str) -> None:
    assert name_of_group(typed, 40) is None
