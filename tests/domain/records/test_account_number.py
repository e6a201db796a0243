"""What members type as the account: nobody's slip of one key is anybody else's account."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.records.account_number import (
    ACCOUNT_LENGTH_MAX,
    AccountRead,
    PurposeLetter,
    account_number,
    accounts_read,
    group_codes_read,
)

CODES = st.integers(10_000, 9_999_999).map(str)
NUMBERS = st.integers(1, 9_999)
LETTERS = st.sampled_from(["", "L", "F"])


@pytest.mark.parametrize(
    "typed",
    [
        "10101-0145",
        "101010145",
        " 10101 014 5 ",
        "10101.014.5#",
        "10101/0145",
        "IOIOI-OI4S",
        "lOlOl 0l4s",
        "１０１０１－０１４５",
    ],
)
def test_an_account_is_read_however_it_is_typed(typed: str) -> None:
    assert account_number("10101", 14) == "10101-0145"
    assert accounts_read(typed) == [AccountRead("10101", 14, "")]


def test_a_letter_at_its_end_says_what_the_money_is_for() -> None:
    assert account_number("10101", 14, "L") == "10101-0145L"
    assert accounts_read("10101 0145 l") == [AccountRead("10101", 14, "L")]
    assert accounts_read("10101-0145F") == [AccountRead("10101", 14, "F")]
    assert accounts_read("10101-0145X") == []


@pytest.mark.parametrize(
    "typed", ["", "-", "umoja7 014", "10101", "10101-014", "10101-0005", "0" * 200, "10101-0145 LOAN"]
)
def test_what_is_no_account_is_not_read(typed: str) -> None:
    assert accounts_read(typed) == []


def test_a_code_that_is_not_of_digits_has_no_accounts() -> None:
    assert account_number("UMOJA7", 14) == account_number("123", 14) == ""
    assert account_number("1234567890", 14) == "", "it would be too long for a prompt"


@given(CODES, NUMBERS, LETTERS)
def test_an_account_is_short_enough_and_read_as_what_it_is(code: str, number: int, letter: PurposeLetter) -> None:
    account = account_number(code, number, letter)
    if account:
        assert len(account) <= ACCOUNT_LENGTH_MAX
        ways = accounts_read(account)
        assert AccountRead(code, number, letter) in ways
        assert len(ways) == 1 or "-" not in account
        assert {way.letter for way in ways} == {letter}


@given(CODES, NUMBERS, st.data())
def test_every_wrong_digit_and_every_swap_of_two_neighbours_is_found(
    code: str, number: int, data: st.DataObject
) -> None:
    digits = account_number(code, number).replace("-", "")
    place = data.draw(st.integers(0, len(digits) - 1)) if digits else 0
    for other in set("0123456789") - {*digits[place : place + 1]} if digits else ():
        assert accounts_read(digits[:place] + other + digits[place + 1 :]) == []
    for at in range(len(digits) - 1):
        swapped = digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
        assert swapped == digits or accounts_read(swapped) == []


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_not_and_never_an_error(typed: str) -> None:
    assert all(way.number > 0 for way in accounts_read(typed))
    assert all(code.isdigit() for code in group_codes_read(typed))


@pytest.mark.parametrize("typed", ["10101-0149", "10101 999", "IOIOI-14", "101010149", "10101-GRACE"])
def test_the_group_can_be_read_where_the_member_cannot(typed: str) -> None:
    assert "10101" in group_codes_read(typed)


@pytest.mark.parametrize("typed", ["", "grace", "umoja7 014", "#", "0772000101", "254708374149"])
def test_no_group_is_read_where_there_is_none(typed: str) -> None:
    assert "10101" not in group_codes_read(typed)
