"""A payout by M-Pesa is made once whatever is lost, and what nobody told of is for a person."""

from datetime import datetime
from pathlib import Path

import pytest

from bot.cli.reconcile import reconcile
from domain.money import Money
from domain.records.payment import OPEN
from payments.daraja.wire import EAT
from tests.bot.mpesa.nairobi import AMINA, ASKED, Nairobi, addresses, owed, type_

FAULTS_OF_PAYOUTS = [
    "",
    "callback_twice",
    "drop_after_accept",
    "duplicate_after_accept",
    "no_answer_to_status",
    "no_callback",
    "second_result",
    "status_500_after_accept",
    "status_503_before_accept",
    "timeout_callback",
]


def test_a_payout_is_made_once_whatever_is_lost(kenya: Nairobi) -> None:
    for number, fault in enumerate(FAULTS_OF_PAYOUTS, start=1):
        kenya.daraja.payout_faults.set({fault: 1} if fault else {})
        id = owed(kenya)
        kenya.work(5, 10, 20, 40, 60, 60)
        payment, rows = kenya.payment(id), kenya.daraja.till.rows()
        assert (payment.state, payment.provider_id, len(rows)) == ("succeeded", rows[-1].receipt, number), fault
    assert kenya.app.store.books.totals(kenya.group)["1020"] == 0


def test_a_payout_that_fails_ends_and_the_money_is_the_members_again(kenya: Nairobi) -> None:
    """Transaction Status does not know it: what its Result said decides then. Nothing is paid later."""
    told = [each for each in FAULTS_OF_PAYOUTS if each not in ("no_callback", "timeout_callback")]
    for number, fault in enumerate(told, start=1):
        kenya.daraja.payout_faults.set({"outcomes": {AMINA[1:]: "2040"}} | ({fault: 1} if fault else {}))
        id = owed(kenya)
        kenya.work(5, 10, 20, 40, 60, 60)
        assert (kenya.payment(id).state, kenya.payment(id).reason) == ("failed", "no_account"), fault
        assert kenya.app.store.books.totals(kenya.group)["2030"] == -number * ASKED.minor
    assert kenya.daraja.till.rows() == []


@pytest.mark.parametrize("fault", ["no_callback", "timeout_callback"])
def test_a_failure_that_nobody_told_is_for_a_person_and_not_paid_again(kenya: Nairobi, fault: str) -> None:
    kenya.daraja.payout_faults.set({"outcomes": {AMINA[1:]: "2040"}, fault: 1})
    id = owed(kenya)
    kenya.work(5, 10, 20, 60, 86_400, 3_600)
    payment = kenya.payment(id)
    assert (payment.state in OPEN, payment.needs_person, kenya.daraja.till.rows()) == (True, True, [])
    kenya.call(addresses(kenya).of("result", id), {"Result": {"ResultCode": 2040}})
    kenya.work(5)
    assert kenya.payment(id).reason == "no_account", "told at last, it ends"


@pytest.mark.parametrize("lists_it", [False, True])
def test_a_payout_that_nobody_told_of_ends_by_the_statement_of_the_portal(
    kenya: Nairobi, tmp_path: Path, lists_it: bool
) -> None:
    """Not in it, it was never made. What is in it and nobody's may be it: that is for two operators."""
    owed(kenya)
    kenya.work(5, 10, 3_600)
    kenya.daraja.payout_faults.set({"outcomes": {AMINA[1:]: "2040"}, "no_callback": 1})
    lost = owed(kenya, Money(400_00, "KES"))
    kenya.work(5, 10, 7_200)
    kenya.daraja.payout_faults.reset()
    owed(kenya)
    kenya.work(5, 10, 86_400)
    day = f"{kenya.payment(lost).created_at:%Y-%m-%d}"
    lines = [
        f"{row.receipt},{nairobi_time(row.at)},Completed,,-{row.amount.major}" for row in kenya.daraja.till.rows()
    ]
    if lists_it:
        lines.append(f"TJ17RX4K2M,{nairobi_time(kenya.payment(lost).created_at)},Completed,,-400.00")
    file = tmp_path / "utility.csv"
    file.write_text("\n".join(["Receipt No.,Completion Time,Transaction Status,Paid In,Withdrawn", *lines]))
    told = ("--rail", "daraja", "--day", day, "--time-zone", "Africa/Nairobi", "--statement", str(file))
    result = type_(kenya, *told, command=reconcile)
    assert (result.exit_code, "ended 1" in result.output) == (int(lists_it), not lists_it), result.output
    assert kenya.payment(lost).state == ("unknown" if lists_it else "expired")
    assert len(kenya.daraja.till.rows()) == 2


def nairobi_time(at: datetime) -> str:
    return f"{at.astimezone(EAT):%Y-%m-%d %H:%M:%S}"
