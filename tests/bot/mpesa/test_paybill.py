"""Money to the paybill that nobody asked for: in the books once, whatever is said of it."""

import pytest
import requests

from bot.callbacks import take
from domain.money import Money
from payments.port import WouldCome
from tests.bot.mpesa.nairobi import ACCOUNT, AMINA, ASKED, Nairobi, addresses, register_addresses


def test_a_member_pays_from_the_menu_and_is_in_the_books(kenya: Nairobi) -> None:
    register_addresses(kenya)
    row = kenya.daraja.paybill.pay(AMINA, "10101 0035", ASKED)
    kenya.work(1)
    inbound = kenya.app.store.inbound.get(f"daraja:{row.receipt}")
    assert (inbound.state, inbound.person, inbound.amount) == ("attributed", kenya.amina.id, ASKED)
    kenya.daraja.paybill.confirm(row)
    kenya.work(1)
    assert len(kenya.posted()) == 1


@pytest.mark.parametrize(
    ("name", "said", "kept"),
    [
        ("TransAmount", "-3", 0),
        ("TransAmount", "0", 0),
        ("TransAmount", "9" * 400, 0),
        ("TransAmount", "9" * 15, 0),
        ("TransTime", "20991231235959", 0),
        ("TransTime", "00010101000000", 0),
        ("BillRefNumber", "\ud800", 1),
        ("FirstName", "\udfff", 1),
        ("MSISDN", {"a": [[]]}, 1),
    ],
)
def test_whatever_is_said_of_money_daraja_hears_that_we_heard(
    kenya: Nairobi, name: str, said: object, kept: int
) -> None:
    body = {"TransID": "TJ17RX4K2M", "TransAmount": "10.00", "TransTime": "20261001120000", "BillRefNumber": "x"}
    assert kenya.call(addresses(kenya).fixed("confirmation"), body | {name: said}) == 200
    assert len(kenya.app.store.inbound.find()) == kept


def test_where_we_are_asked_before_a_wrong_account_sends_no_money(kenya: Nairobi) -> None:
    register_addresses(kenya)
    pay = f"{kenya.sim.url}/sim/daraja/paybill"
    kenya.daraja.faults.set({"validates": True})
    typed = {"phone": AMINA, "amount": "550", "pin": "12345"}
    assert requests.post(pay, json=typed | {"account": "99999-0142"}, timeout=60).json()["reason"] == "C2B00012"
    assert kenya.taken() == Money(0, "KES")
    assert take(kenya.app, WouldCome("daraja", ASKED, ACCOUNT, to_us=False)) == "receiver"
    assert requests.post(pay, json=typed | {"account": ACCOUNT}, timeout=60).json()["status"] == "SUCCESSFUL"
    assert kenya.taken() == ASKED
