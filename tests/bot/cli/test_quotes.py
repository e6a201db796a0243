"""Quotes and share-outs at a terminal: the same figures as a table and as JSON, and one line for nonsense."""

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli.main import main
from domain.money import EXPONENTS, MINOR_MAX, Money, from_major

QUOTE = {
    "principal": "12000",
    "currency": "KES",
    "rate": "2",
    "per": "month",
    "periods": "4",
    "every": "month",
    "method": "declining-instalment",
    "start": "2026-01-20",
}
SHARE_OUT = {"currency": "UGX", "pot": "10000", "shares": "ama=45,kofi=30,esi=25"}


def type_(command: str, *flags: str, **options: str) -> Result:
    given = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]
    return CliRunner().invoke(main, [command, *given, *flags])


def as_json(command: str, *flags: str, **options: str) -> dict[str, Any]:
    shown = type_(command, *flags, "--json", **options)
    assert shown.exit_code == 0, shown.output
    answer: dict[str, Any] = json.loads(shown.output)
    return answer


def test_a_quote_in_hundreds_has_nothing_that_is_not() -> None:
    quoted = as_json(
        "quote",
        principal="10000000",
        currency="UGX",
        rate="2",
        per="month",
        periods="24",
        every="month",
        method="declining-principal",
        start="2026-01-05",
        unit="100",
    )
    assert quoted["installments"][1]["interest"] == "191700"
    amounts = [line[part] for line in quoted["installments"] for part in ("principal", "interest", "balance")]
    assert not any(int(amount) % 100 for amount in amounts)


def test_a_quote_is_every_instalment_the_cost_and_the_yearly_rate() -> None:
    assert as_json("quote", **QUOTE, step="1") == {
        "currency": "KES",
        "method": "declining-instalment",
        "installments": [
            {
                "number": 1,
                "due": "2026-02-20",
                "principal": "2911.00",
                "interest": "240.00",
                "payment": "3151.00",
                "balance": "9089.00",
            },
            {
                "number": 2,
                "due": "2026-03-20",
                "principal": "2969.22",
                "interest": "181.78",
                "payment": "3151.00",
                "balance": "6119.78",
            },
            {
                "number": 3,
                "due": "2026-04-20",
                "principal": "3028.60",
                "interest": "122.40",
                "payment": "3151.00",
                "balance": "3091.18",
            },
            {
                "number": 4,
                "due": "2026-05-20",
                "principal": "3091.18",
                "interest": "61.82",
                "payment": "3153.00",
                "balance": "0.00",
            },
        ],
        "total_interest": "606.00",
        "total_payment": "12606.00",
        "effective_annual_rate": "27.24",
    }


def test_a_quote_reads_as_a_table() -> None:
    shown = type_("quote", **{**QUOTE, "rate": "2.50", "periods": "2", "method": "flat"})
    assert shown.exit_code == 0
    assert shown.output.splitlines() == [
        "KES 12,000 on 2026-01-20 at 2.5 % a month, flat",
        "",
        "          due   payment  principal  interest   balance",
        "1  2026-02-20  6,300.00   6,000.00    300.00  6,000.00",
        "2  2026-03-20  6,300.00   6,000.00    300.00      0.00",
        "",
        "To pay in all          KES 12,600",
        "of which interest      KES 600",
        "Effective yearly rate  48.69 %",
    ]


@pytest.mark.parametrize(
    ("flags", "options", "interests"),
    [
        ([], {"method": "declining-principal"}, ["240.00", "180.00", "120.00", "60.00"]),
        ([], {"method": "flat"}, ["240.00"] * 4),
        ([], {"method": "roll-over"}, ["240.00"] * 4),
        ([], {"method": "declining-principal", "grace_principal": "3"}, ["240.00"] * 4),
        (["--daily"], {"method": "roll-over"}, ["244.60", "220.93", "244.60", "236.71"]),
        ([], {"method": "roll-over", "per": "year"}, ["20.00"] * 4),
        ([], {"method": "roll-over", "every": "week"}, ["55.38"] * 4),
        ([], {"method": "roll-over", "every": "4weeks", "per": "period"}, ["240.00"] * 4),
    ],
)
def test_a_quote_follows_its_options(flags: list[str], options: dict[str, str], interests: list[str]) -> None:
    quoted = as_json("quote", *flags, **{**QUOTE, **options})
    assert [line["interest"] for line in quoted["installments"]] == interests


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"principal": "0"}, "--principal: '0' is no amount in KES from 0.01 to 10000000000.00"),
        ({"principal": "-5"}, "--principal: '-5' is no amount"),
        ({"principal": "1,20"}, "--principal: '1,20' is no amount"),
        ({"principal": "10000000000.01"}, "--principal: "),
        ({"principal": "1.5", "currency": "UGX"}, "--principal: '1.5' is no amount in UGX from 1 to "),
        ({"currency": "XXX"}, "Invalid value for '--currency': 'XXX'"),
        ({"rate": "-2"}, "'-2' is no percentage: write it like 2 or 2.5"),
        ({"rate": "two"}, "'two' is no percentage"),
        ({"rate": "nan"}, "'nan' is no percentage"),
        ({"rate": "1001"}, "a rate is from 0 to 1000 percent"),
        ({"per": "week"}, "Invalid value for '--per'"),
        ({"periods": "0"}, "Invalid value for '--periods': 0 is not in the range 1<=x<=360"),
        ({"periods": "361"}, "Invalid value for '--periods'"),
        ({"periods": "1.5"}, "Invalid value for '--periods'"),
        ({"every": "day"}, "Invalid value for '--every'"),
        ({"method": "compound"}, "Invalid value for '--method'"),
        ({"start": "2026-02-30"}, "Invalid value for '--start'"),
        ({"start": "20/01/2026"}, "Invalid value for '--start'"),
        ({"start": "0206-01-20"}, "a loan starts from 1900 to 2200, not in 206"),
        ({"step": "0"}, "--step: '0' is no amount"),
        ({"step": "0.001"}, "--step: '0.001' is no amount"),
        ({"unit": "0"}, "--unit: '0' is no amount"),
        ({"grace_principal": "4"}, "the grace on principal is from 0 to 3 periods, not 4"),
        ({"grace_principal": "-1"}, "Invalid value for '--grace-principal'"),
        ({"colour": "red"}, "No such option '--colour'"),
    ],
)
def test_a_quote_that_makes_no_sense_is_one_line(wrong: dict[str, str], says: str) -> None:
    refused = type_("quote", **{**QUOTE, **wrong})
    assert refused.exit_code == 2
    assert refused.output.startswith(f"Error: {says}")
    assert len(refused.output.splitlines()) == 1


@pytest.mark.parametrize("name", QUOTE)
def test_a_quote_names_what_is_missing(name: str) -> None:
    """Even where click would list every choice on a line of its own."""
    refused = type_("quote", **{each: value for each, value in QUOTE.items() if each != name})
    assert refused.exit_code == 2
    assert refused.output.startswith(f"Error: Missing option '--{name}'.")
    assert len(refused.output.splitlines()) == 1


def test_flat_interest_by_the_day_is_one_line() -> None:
    refused = type_("quote", "--daily", **{**QUOTE, "method": "flat"})
    assert refused.exit_code == 2
    assert refused.output == (
        "Error: flat interest is on the whole loan for whole periods: it is not counted by the day\n"
    )


@settings(max_examples=30)
@given(
    minor=st.integers(1, MINOR_MAX),
    currency=st.sampled_from(sorted(EXPONENTS)),
    periods=st.integers(1, 360),
    method=st.sampled_from(["flat", "declining-instalment", "declining-principal", "roll-over"]),
)
def test_a_quote_adds_up_in_what_it_shows(minor: int, currency: str, periods: int, method: str) -> None:
    principal = Money(minor, currency)
    given = {"principal": principal.major, "currency": currency, "periods": str(periods), "method": method}
    quoted = as_json("quote", **{**QUOTE, **given})

    def total(column: str) -> Money:
        return sum((from_major(line[column], currency) for line in quoted["installments"]), Money(0, currency))

    assert total("principal") == principal
    assert total("interest").major == quoted["total_interest"]
    assert total("payment").major == quoted["total_payment"]
    assert total("payment") == total("principal") + total("interest")
    assert [line["number"] for line in quoted["installments"]] == list(range(1, periods + 1))


def test_a_share_out_is_a_line_for_each_member_and_their_sum() -> None:
    assert as_json("share-out", **SHARE_OUT, unit="100") == {
        "lines": [
            {"member": "ama", "shares": 45, "amount": "4500"},
            {"member": "kofi", "shares": 30, "amount": "3000"},
            {"member": "esi", "shares": 25, "amount": "2500"},
        ],
        "total": "10000",
    }


def test_a_share_out_reads_as_a_table_and_says_what_is_left_over() -> None:
    shown = type_("share-out", currency="KES", pot="1000.50", shares="Ama Mensah=2, Kofi=1", unit="1")
    assert shown.exit_code == 0
    assert shown.output.splitlines() == [
        "member      shares  amount",
        "Ama Mensah       2  667.00",
        "Kofi             1  333.00",
        "",
        "Shared out  KES 1,000",
        "Left over   KES 0.50, below one unit of KES 1",
    ]


def test_ties_go_by_name_however_the_shares_are_typed() -> None:
    for typed in ("kofi=1,ama=1,esi=1", "ama=1,esi=1,kofi=1"):
        shared = as_json("share-out", **{**SHARE_OUT, "shares": typed})
        assert {line["member"]: line["amount"] for line in shared["lines"]} == {
            "ama": "3334",
            "esi": "3333",
            "kofi": "3333",
        }


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"pot": "0"}, "--pot: '0' is no amount in UGX from 1 to 1000000000000"),
        ({"pot": "-1"}, "--pot: "),
        ({"pot": "10.5"}, "--pot: "),
        ({"unit": "0"}, "--unit: '0' is no amount"),
        ({"shares": ""}, "--shares: '' is no holding: write a name and a whole number, ama=45"),
        ({"shares": "ama"}, "--shares: 'ama' is no holding"),
        ({"shares": "ama=-1"}, "--shares: 'ama=-1' is no holding"),
        ({"shares": "ama=1.5"}, "--shares: 'ama=1.5' is no holding"),
        ({"shares": "ama=1,"}, "--shares: '' is no holding"),
        ({"shares": "=5"}, "--shares: '=5' is no holding"),
        ({"shares": "ama=1,ama=2"}, "--shares: ama is there twice"),
        ({"shares": "ama=0,kofi=0"}, "nobody holds a share"),
        ({"currency": "shilling"}, "Invalid value for '--currency'"),
    ],
)
def test_a_share_out_that_makes_no_sense_is_one_line(wrong: dict[str, str], says: str) -> None:
    refused = type_("share-out", **{**SHARE_OUT, **wrong})
    assert refused.exit_code == 2
    assert refused.output.startswith(f"Error: {says}")
    assert len(refused.output.splitlines()) == 1


@pytest.mark.parametrize("command", ["quote", "share-out"])
def test_help_says_by_which_rules(command: str) -> None:
    shown = type_(command, "--help")
    assert shown.exit_code == 0
    assert "round" in shown.output
