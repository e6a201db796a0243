"""A statement of a provider's portal: columns by their names, amounts and times as portals write them."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.money import Money
from payments.port import Movement
from payments.statement import BadStatement, StatementFile

ALWAYS = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
AT = datetime(2026, 10, 1, 9, 45, 12, tzinfo=UTC)
PAYBILL = """Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Balance
TJ17RX4K2M,2026-10-01 09:45:12,UMOJA7014,Completed,"1,500.00",,"41,880.00"
TJ17RX4K2N,2026-10-01 09:45:12,payout,Completed,0.00,-250.00,"41,630.00"
TJ17RX4K2P,2026-10-01 09:45:12,UMOJA7014,Failed,500.00,,"41,630.00"
"""
MOMO = """\ufeffId;Date;Type;Amount;Currency;External ID;Fee
600000001;01/10/2026 09:45;collection;5 500;UGX;CABCDEF;75
600000002;2026-10-01T12:45:12+03:00;Disbursement;8000.00;UGX;PABCDEF;
"""


def read(tmp_path: Path, text: str, currency: str = "") -> list[Movement]:
    file = tmp_path / "statement.csv"
    file.write_text(text, encoding="utf-8")
    return list(StatementFile("rail", file, currency).movements(*ALWAYS))


def test_a_statement_with_two_columns_of_money(tmp_path: Path) -> None:
    assert read(tmp_path, PAYBILL, "KES") == [
        Movement("in", "TJ17RX4K2M", Money(150_000, "KES"), AT, account="UMOJA7014"),
        Movement("out", "TJ17RX4K2N", Money(25_000, "KES"), AT, account="payout"),
    ]


def test_a_statement_with_a_direction_fees_and_zones(tmp_path: Path) -> None:
    assert read(tmp_path, MOMO) == [
        Movement(
            "in", "600000001", Money(5_500, "UGX"), AT.replace(second=0), account="CABCDEF", fee=Money(75, "UGX")
        ),
        Movement("out", "600000002", Money(8_000, "UGX"), AT, account="PABCDEF"),
    ]


def test_a_charge_with_a_line_of_its_own_is_the_fee_of_what_it_was_taken_for(tmp_path: Path) -> None:
    file = tmp_path / "statement.csv"
    file.write_text(
        "Receipt No.,Completion Time,Details,Paid In,Withdrawn,Reason Type,A/C No.\n"
        "TJ17RX4K2M,01-10-2026 12:45:12,Pay Bill from 2547 Acc. 20202-0049,550.00,,Pay Utility,20202-0049\n"
        "TJ17RX4K2M,01-10-2026 12:45:12,Pay Bill Charge,,-5.00,,\n"
        "TJ17RX4K2N,01-10-2026 12:45:12,Organization Settlement Charge,,-9.00,Charge,\n"
    )
    shillings = [Money(minor, "KES") for minor in (55_000, 500, 900)]
    statement = StatementFile("rail", file, "KES", ZoneInfo("Africa/Nairobi"))
    assert list(statement.movements(*ALWAYS)) == [
        Movement("in", "TJ17RX4K2M", shillings[0], AT, account="20202-0049", fee=shillings[1]),
        Movement("out", "TJ17RX4K2N", shillings[2], AT),
    ]


def test_a_portal_says_more_above_and_below_the_table_and_a_line_may_come_twice(tmp_path: Path) -> None:
    charge = "TJ17RX4K2N,01/10/2026 09:45:12 AM,payout Charge,Completed,,"
    text = f"""Short Code:,174379
Account:,"Utility
Account"
Time Period:,From 01/10/2026

Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn
TJ17RX4K2M,01.10.2026 09:45,UMOJA7014,Completed,"KES 1\u00a0500.00",
TJ17RX4K2N,01-10-2026 09:45,payout,Completed,,(250.00)
TJ17RX4K2N,01-10-2026 09:45,payout,Completed,,(250.00)
{charge}\u22125.00
{charge}2.00-
Total,,,,"1,500.00",257.00
"""
    minute = AT.replace(second=0)
    assert read(tmp_path, text, "KES") == [
        Movement("in", "TJ17RX4K2M", Money(1_500_00, "KES"), minute, account="UMOJA7014"),
        Movement("out", "TJ17RX4K2N", Money(250_00, "KES"), minute, account="payout", fee=Money(7_00, "KES")),
    ]


@pytest.mark.parametrize(
    ("said", "payer"),
    [
        ("254711000104 - KAMAU 2", "254711000104"),
        ("+254 711 000104", "254711000104"),
        ("2547 ***** 104 - KAMAU", "2547*****104"),
        ("KAMAU", ""),
    ],
)
def test_who_paid_is_a_number_or_what_a_mask_has_left_of_it(tmp_path: Path, said: str, payer: str) -> None:
    (paid,) = read(
        tmp_path, f"Receipt No.,Date,Paid In,Withdrawn,Other Party Info\nR1,2026-10-01,5,,{said}\n", "KES"
    )
    assert paid.payer == payer


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("Id,Date,Type,Amount\n".encode("utf-16"), "is not UTF-8"),
        (b'Id,Date,Type,Amount\nR1,2026-10-01,in,"' + b"5" * 200_000, "is no table"),
        (b"Id,Date,Type,Amount\nR1,0001-01-01T00:00+14:00,in,5\n", "line 2: no calendar has the time"),
    ],
)
def test_what_is_no_statement_is_said_to_be_none(tmp_path: Path, file: bytes, said: str) -> None:
    path = tmp_path / "statement.csv"
    path.write_bytes(file)
    with pytest.raises(BadStatement, match=said):
        list(StatementFile("rail", path, "KES").movements(*ALWAYS))


def test_only_the_time_that_was_asked_for_is_listed(tmp_path: Path) -> None:
    file = tmp_path / "statement.csv"
    file.write_text(PAYBILL)
    later = (datetime(2026, 10, 2, tzinfo=UTC), ALWAYS[1])
    assert list(StatementFile("rail", file, "KES").movements(*later)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no line names a column for receipt"),
        ("Date,Amount\n", "no line names a column for receipt"),
        ("Id,Date,Amount\n1,2026-10-01,5\n", "no line names a column for direction"),
        ("Id,Date,Amount,Type\n1,2026-10-01,5,gift\n", "line 2: the direction is 'gift', and must be one of"),
        (
            "Id,Date,Amount,Type\n1,yesterday,5,in\n",
            "line 2: the time is 'yesterday', and must be like",
        ),
        ("Id,Date,Amount,Type\n1,2026-10-01,1.64E+05,in\n", "line 2: amount is '1.64E+05' KES"),
        ("Id,Date,Amount,Type\n,2026-10-01,5,in\n", "line 2: receipt is empty"),
        ("Id,Date,Amount,Type,Currency\n1,2026-10-01,5,in,XXX\n", "line 2: amount is '5' XXX"),
        ("Id,Date,Amount,Type\n1,2026-10-01,5.000,in\n", "line 2: amount is '5.000' KES"),
        (
            "Id,Date,Amount,Type\n1,2026-10-01,-5,in\n",
            "line 2: amount is '-5': money that came in is",
        ),
        ("Id,Date,Amount,Type\n6.00198E+11,2026-10-01,5,in\n", "line 2: a spreadsheet has rounded '6.00198E+11'"),
        ("Id,Date,Paid In,Withdrawn\n1,2026-10-01,5,5\n", "line 2: both paidin and withdrawn have an amount"),
        (
            "Id,Date,Amount,Type,Status\n1,2026-10-01,5,in,held\n",
            "line 2: the status is 'held', and must be",
        ),
        ("Bank\n\nId,Date,Amount,Type\n\n1,2026-10-01,5,gift\n", "line 5: the direction is 'gift'"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadStatement, match=r"statement\.csv") as wrong:
        read(tmp_path, text, "KES")
    assert said in str(wrong.value)
