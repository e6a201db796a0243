"""MTN MoMo's stand-in: prompts, wallets and callbacks, and each fault that can be switched on."""

import re
import uuid

import pytest
import requests

from domain.money import Money
from simulator.phones import NoSuchPrompt, WrongPin
from tests.momo_server import GRACE, OKOT, REFERENCE, STRANGER, UGANDA, Mtn
from tests.simulator.conftest import Bot
from tests.simulator.momo.answers import bodies, error
from tests.waiting import nothing_later, until

# Phones and wallets


def test_a_prompt_shows_until_it_is_approved_with_the_pin(mtn: Mtn) -> None:
    mtn.ask_grace()
    url = f"{mtn.host}/sim/momo/prompts"
    (shown,) = requests.get(url, params={"phone": GRACE}).json()["prompts"]
    assert (shown["reference"], shown["amount"], shown["message"]) == (REFERENCE, "UGX 5,000", "Weekly saving")
    assert shown["payee"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", shown["at"])
    assert mtn.momo.prompts(OKOT) == []
    assert mtn.answer("approve", pin="0000").status_code == 403
    assert mtn.momo.prompts(GRACE) == [shown]
    assert mtn.answer("approve", pin="12345").json() == {"status": "SUCCESSFUL", "reason": ""}
    assert mtn.momo.prompts(GRACE) == []
    assert mtn.answer("approve", pin="12345").status_code == 404
    assert mtn.world.wallet(GRACE) == Money(195_000, "UGX")
    assert mtn.momo.settled() == {REFERENCE: Money(5_000, "UGX")}
    assert mtn.momo.debits(GRACE) == [Money(5_000, "UGX")]
    assert mtn.momo.debits(OKOT) == []
    kinds = [event.kind for event in mtn.world.events(0, GRACE)]
    assert kinds == ["prompt", "wallet", "prompt_done"]


def test_a_rejected_prompt_takes_nothing(mtn: Mtn) -> None:
    mtn.ask_grace()
    assert mtn.answer("reject").json() == {"status": "FAILED", "reason": "APPROVAL_REJECTED"}
    assert mtn.status() == UGANDA | {"status": "FAILED", "reason": "APPROVAL_REJECTED"}
    assert (mtn.momo.settled(), mtn.momo.debits(GRACE)) == ({}, [])
    with pytest.raises(NoSuchPrompt):
        mtn.momo.approve(REFERENCE)


@pytest.mark.parametrize("body", [{"action": "approve"}, {"action": "think", "pin": "12345"}])
def test_an_answer_that_is_none_leaves_the_prompt(mtn: Mtn, body: dict[str, str]) -> None:
    mtn.ask_grace()
    assert mtn.answer(**body).status_code == 400
    assert len(mtn.momo.prompts(GRACE)) == 1


@pytest.mark.parametrize(("amount", "status"), [("200000", "SUCCESSFUL"), ("200001", "FAILED")])
def test_a_wallet_pays_what_it_holds_and_no_more(mtn: Mtn, amount: str, status: str) -> None:
    mtn.ask_grace(amount=amount)
    reason = "" if status == "SUCCESSFUL" else "NOT_ENOUGH_FUNDS"
    with pytest.raises(WrongPin):
        mtn.momo.approve(REFERENCE, "54321")
    assert mtn.momo.approve(REFERENCE) == {"status": status, "reason": reason}
    assert mtn.world.wallet(GRACE) == Money(0 if status == "SUCCESSFUL" else 200_000, "UGX")


@pytest.mark.parametrize(("phone", "currency"), [(STRANGER, "UGX"), (GRACE, "XAF")])
def test_whoever_has_no_such_wallet_is_not_found(mtn: Mtn, phone: str, currency: str) -> None:
    body = UGANDA | {"currency": currency, "payer": {"partyIdType": "MSISDN", "partyId": phone[1:]}}
    assert mtn.pay(body, environment="simulator").status_code == 202
    assert mtn.status()["reason"] == "PAYER_NOT_FOUND"


@pytest.mark.parametrize(("environment", "expected"), [("mtnuganda", 202), ("simulator", 202), ("mtnghana", 500)])
def test_a_market_takes_its_own_currency(mtn: Mtn, environment: str, expected: int) -> None:
    assert mtn.pay(UGANDA, environment=environment).status_code == expected


def test_a_prompt_that_nobody_answers_expires(mtn: Mtn, bot: Bot) -> None:
    mtn.momo.faults.set({"approval_ms": 1})
    mtn.ask_grace(callback=f"{bot.url}/cb")
    assert bodies(bot.called("/cb"))[0]["reason"] == "COULD_NOT_PERFORM_TRANSACTION"
    assert mtn.momo.prompts(GRACE) == []


def test_a_prompt_that_was_answered_does_not_expire(mtn: Mtn, bot: Bot) -> None:
    mtn.momo.faults.set({"approval_ms": 1})
    with nothing_later(mtn.world):
        mtn.momo.approve(mtn.ask_grace())
    mtn.ask_grace(str(uuid.uuid4()), f"{bot.url}/later")
    assert bodies(bot.called("/later"))[0]["status"] == "FAILED"
    assert mtn.status()["status"] == "SUCCESSFUL"


def test_prompts_may_approve_themselves(bot: Bot) -> None:
    mtn = Mtn(approve_after_seconds=0.01)
    mtn.ask_grace(callback=f"{bot.url}/cb")
    assert bodies(bot.called("/cb"))[0]["status"] == "SUCCESSFUL"
    mtn.stop()


def test_an_outcome_that_is_set_needs_no_prompt(mtn: Mtn) -> None:
    mtn.momo.faults.set({"outcomes": {GRACE[1:]: "SENDER_ACCOUNT_NOT_ACTIVE"}})
    mtn.ask_grace()
    assert mtn.status()["reason"] == "SENDER_ACCOUNT_NOT_ACTIVE"
    mtn.momo.faults.set({"outcomes": {GRACE[1:]: "SUCCESSFUL"}})
    mtn.ask_grace(str(uuid.uuid4()))
    assert mtn.momo.debits(GRACE) == [Money(5_000, "UGX")]


def test_the_account_holds_what_was_collected(mtn: Mtn) -> None:
    mtn.momo.approve(mtn.ask_grace())
    balance = mtn.call("GET", "account/balance", environment="mtnuganda").json()
    assert balance == {"availableBalance": "5000", "currency": "UGX"}
    assert mtn.call("GET", "account/balance").json() == {"availableBalance": "0.00", "currency": "EUR"}


@pytest.mark.parametrize(
    ("body", "paid", "expected"),
    [
        ({"notificationMessage": "Thank you"}, True, 200),
        ({"notificationMessage": "Thank you"}, False, 400),
        ({"notificationMessage": "Thank you!"}, True, 400),
        ({}, True, 400),
    ],
)
def test_a_payer_is_notified_of_a_payment_that_was_made(
    mtn: Mtn, body: dict[str, str], paid: bool, expected: int
) -> None:
    mtn.ask_grace()
    if paid:
        mtn.momo.approve(REFERENCE)
    assert mtn.call("POST", f"requesttopay/{REFERENCE}/deliverynotification", body).status_code == expected


# Faults


def test_a_dropped_connection_has_no_answer_but_the_request_is_taken(mtn: Mtn) -> None:
    mtn.momo.faults.set({"drop_after_accept": 1})
    with pytest.raises(requests.ConnectionError):
        mtn.pay(UGANDA, environment="mtnuganda")
    assert mtn.status()["status"] == "PENDING"


@pytest.mark.parametrize(
    ("switch", "expected", "known"),
    [
        ("status_503_before_accept", (503, "SERVICE_UNAVAILABLE"), 404),
        ("status_500_after_accept", (500, "INTERNAL_PROCESSING_ERROR"), 200),
    ],
)
def test_a_5xx_may_hide_either(mtn: Mtn, switch: str, expected: tuple[int, str], known: int) -> None:
    mtn.momo.faults.set({switch: 1})
    assert error(mtn.pay(UGANDA, environment="mtnuganda")) == expected
    assert mtn.call("GET", f"requesttopay/{REFERENCE}").status_code == known


def test_a_payment_that_never_settles_is_pending_for_ever(mtn: Mtn) -> None:
    mtn.momo.faults.set({"never_settles": 1, "approval_ms": 1})
    mtn.ask_grace()
    assert mtn.status()["status"] == "PENDING"
    assert mtn.momo.prompts(GRACE) == []


def test_a_reason_may_be_an_object(mtn: Mtn) -> None:
    mtn.momo.faults.set({"reason_as": "object"})
    mtn.momo.reject(mtn.ask_grace())
    assert mtn.status()["reason"] == {"code": "APPROVAL_REJECTED", "message": "Approval rejected."}


def test_a_callback_may_come_twice(mtn: Mtn, bot: Bot) -> None:
    mtn.momo.faults.set({"callback_twice": 1})
    mtn.momo.approve(mtn.ask_grace(callback=f"{bot.url}/cb"))
    first, second = bodies(bot.called("/cb", 2))
    assert first == second == mtn.status()


def test_a_callback_may_not_come(mtn: Mtn, bot: Bot) -> None:
    mtn.momo.faults.set({"no_callback": 1})
    mtn.momo.approve(mtn.ask_grace(callback=f"{bot.url}/never"))
    mtn.momo.approve(mtn.ask_grace(str(uuid.uuid4()), f"{bot.url}/cb"))
    bot.called("/cb")
    assert bot.so_far("/never") == []


def test_callbacks_may_overtake_each_other(mtn: Mtn, bot: Bot) -> None:
    mtn.momo.faults.set({"callbacks_reordered": 1, "overtaken_ms": 3_600_000})
    for number in ("1", "2"):
        mtn.momo.approve(mtn.ask_grace(str(uuid.uuid4()), f"{bot.url}/cb", externalId=number))
    assert [body["externalId"] for body in bodies(bot.called("/cb", 2))] == ["2", "1"]


def test_a_callback_held_back_comes_alone_in_the_end(mtn: Mtn, bot: Bot) -> None:
    mtn.momo.faults.set({"callbacks_reordered": -1, "overtaken_ms": 1})
    mtn.momo.approve(mtn.ask_grace(callback=f"{bot.url}/cb"))
    assert bodies(bot.called("/cb"))[0]["status"] == "SUCCESSFUL"


def test_the_status_waits_for_a_callback_that_is_to_come_before_it(mtn: Mtn, bot: Bot) -> None:
    mtn.momo.faults.set({"callback_before_settled": 1, "callback_ms": 60_000})
    mtn.momo.approve(mtn.ask_grace(callback=f"{bot.url}/cb"))
    assert [mtn.status()["status"] for _ in range(3)] == ["PENDING"] * 3


def test_a_callback_may_come_before_the_status_shows_the_end(mtn: Mtn, bot: Bot) -> None:
    mtn.momo.faults.set({"callback_before_settled": 1})
    mtn.momo.approve(mtn.ask_grace(callback=f"{bot.url}/cb"))
    assert bodies(bot.called("/cb"))[0]["status"] == "SUCCESSFUL"
    assert mtn.status()["status"] == "PENDING"
    until(lambda: mtn.status()["status"] == "SUCCESSFUL")
