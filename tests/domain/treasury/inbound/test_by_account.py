"""Money that nobody asked for is where its account says: paid in, credit, or refused."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.books.ledger import Draft, Posting
from domain.errors import BadValue
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.paybills import paybill_of
from domain.records.group import Paid
from domain.records.inbound import Came
from domain.records.payer import payer_hint
from domain.records.person import membership_id
from domain.savings.contribute import Contribute
from domain.savings.fines import FineInWords
from domain.treasury.inbound import check_account, receive
from tests.domain.savers import PRODUCT, Savers, found
from tests.domain.treasury.inbound.arriving import EVE, account, came, comes, the_payment
from tests.money import ugx
from tests.people import carries


def test_the_right_account_is_a_contribution_with_a_receipt(savers: Savers) -> None:
    inbound = comes(savers, 5_500, account(savers, "eve"))
    assert (inbound.state, inbound.group, inbound.person, inbound.why) == ("attributed", savers.group, "eve", "")
    assert savers.held("eve") == {"3010": -5_000, "2020": -500}
    assert savers.totals == {"1020": 5_000, "1025": 500, "2020": -500, "3010": -5_000}
    payment = the_payment(savers, inbound)
    assert (payment.state, payment.provider, payment.provider_id, payment.asked_by) == (
        "succeeded",
        "momo",
        "R1",
        "",
    )
    group = savers.store.groups.get(savers.group)
    meeting = group.meeting_key(group.constitution.meeting(savers.store.now()))
    assert savers.store.paid("eve", {group.id: meeting})[group.id] == Paid(5_000, 500, 0)
    (said,) = savers.told("eve", "receipt")
    assert said["ref"] == payment.ref and said["left"] == ugx(5_000)
    savers.check()


def test_the_payer_is_compared_and_not_kept(savers: Savers) -> None:
    assert comes(savers, 1_000, account(savers, "eve")).payer_hint == "matches"
    hashed = hashlib.sha256(b"256772000999").hexdigest()
    assert comes(savers, 1_000, account(savers, "eve"), "R2", payer=hashed).payer_hint == "other"
    unknown = comes(savers, 1_000, "10101-9999", "R3", payer=hashed)
    assert unknown.payer_hint == "unknown" and unknown.payer_name == "Eve"
    assert hashed not in str(savers.store.inbound.find())
    assert comes(savers, 1_000, "10101-9999", "R4").payer_hint == EVE.removeprefix("+"), "for officers to find out"


@pytest.mark.parametrize(
    ("payer", "hint"),
    [
        ("256772000105", "matches"),
        ("+256772000105", "matches"),
        ("0772000105", "matches"),
        ("256772000106", "other"),
        (hashlib.sha256(b"256772000105").hexdigest().upper(), "matches"),
        ("f" * 64, "other"),
        ("2567 ***** 105", "matches"),
        ("2567*****106", "other"),
        ("***05", "unknown"),
        ("", "unknown"),
        ("somebody", "unknown"),
    ],
)
def test_who_paid_is_a_hint_and_no_more(payer: str, hint: str) -> None:
    assert payer_hint(payer, EVE) == hint
    assert payer_hint(payer, "") == "unknown"


def test_what_is_beyond_the_most_of_a_meeting_is_credit(savers: Savers) -> None:
    comes(savers, 13_700, account(savers, "eve"))
    assert savers.held("eve") == {"2020": -500, "3010": -10_000, "2030": -3_200}
    full = comes(savers, 2_000, account(savers, "eve"), "R2")
    assert (full.state, full.why) == ("attributed", "full")
    assert savers.held("eve") == {"2020": -500, "3010": -10_000, "2030": -5_200}
    assert the_payment(savers, full).paid_for == "credit"
    assert {said["what"] for said in savers.told("eve", "receipt")} == {"savings", "credit"}
    (told,) = savers.told("cy", "unasked_on_credit")
    assert told["why"] == "full"
    savers.check()


def test_a_rotation_takes_what_is_owed_to_it_and_the_rest_is_credit(store: MongoStore) -> None:
    savers = found(store, PRODUCT, kind="rosca", saved=0, shares_max=1)
    inbound = comes(savers, 1_600, account(savers, "eve"))
    assert savers.held("eve") == {"2060": -1_000, "2030": -600}
    (said,) = savers.told("eve", "receipt")
    assert (said["what"], said["rest"], said["left"]) == ("pot", "credit", ugx(600))
    assert the_payment(savers, inbound).paid_for == "pot"
    assert comes(savers, 1_000, account(savers, "eve"), "R2").why == "full"


def test_a_loan_is_paid_by_its_own_rules_and_what_is_beyond_it_is_credit(savers: Savers) -> None:
    for number, person in enumerate(savers.officers):
        comes(savers, 10_500, account(savers, person), f"S{number}")
    comes(savers, 10_500, account(savers, "eve"), "S9")
    legs = [("1010", 30_000), ("1020", -30_000)]
    post(savers, legs)
    loan = savers.lend("eve", 10_000)
    inbound = comes(savers, 4_000, account(savers, "eve", "L"), "R1")
    assert the_payment(savers, inbound).purpose == "repayment"
    before = savers.loan(loan)
    assert before.repayments[-1].amount == ugx(4_000)
    (said,) = [each for each in savers.told("eve", "receipt") if each["what"] == "repayment"]
    assert (said["about"], said["rest"]) == (before.ref, "owed")
    comes(savers, 9_000, account(savers, "eve", "L"), "R2")
    assert savers.loan(loan).state in ("closed", "overpaid")
    assert savers.held("eve")["2030"] == -2_000, "10,000 and 10 % were owed"
    again = comes(savers, 1_000, account(savers, "eve", "L"), "R3")
    assert (again.state, again.why, the_payment(savers, again).purpose) == ("attributed", "no_loan", "credit")
    savers.check()


def post(savers: Savers, legs: list[tuple[str, int]]) -> None:
    store = savers.store
    postings = tuple(Posting(code, minor) for code, minor in legs)
    store.post(Draft(savers.group, "UGX", store.new_id(), "moved", store.now(), postings))


def test_a_fine_is_paid_whole_and_what_is_over_is_credit(savers: Savers) -> None:
    for reason, minor in (("loud", 300), ("phone", 500)):
        savers.do(FineInWords("ada", savers.group, "eve", reason, ugx(minor)))
    comes(savers, 500, account(savers, "eve", "F"))
    assert {fine.reason: fine.state for fine in savers.store.fines.find()} == {"loud": "due", "phone": "paid"}
    assert comes(savers, 200, account(savers, "eve", "F"), "R2").why == "no_fine"
    comes(savers, 400, account(savers, "eve", "F"), "R3")
    assert savers.totals == {"1020": 1_100, "2030": -300, "4020": -800}
    (said,) = [each for each in savers.told("eve", "receipt") if each["rest"] == "credit"]
    assert (said["what"], said["about"], said["left"]) == ("fine", "loud", ugx(100))


def test_who_was_never_let_in_has_no_account(savers: Savers) -> None:
    savers.store.memberships.change(membership_id(savers.group, "eve"), status="pending")
    assert check_account(savers.store, "momo", account(savers, "eve"), ugx(500)) == "account"
    inbound = comes(savers, 2_000, account(savers, "eve"))
    assert (inbound.state, inbound.person, inbound.why) == ("unidentified", "", "account")


def test_who_has_died_is_told_nothing(savers: Savers) -> None:
    savers.store.memberships.change(membership_id(savers.group, "eve"), status="deceased")
    assert comes(savers, 2_000, account(savers, "eve")).why == "left"
    assert savers.told("eve", "unasked_waits") == []
    assert len(savers.told("cy", "unasked_kept")) == 1


def closing(savers: Savers) -> None:
    savers.store.groups.change(savers.group, closing=True)


def left(savers: Savers) -> None:
    savers.store.memberships.change(membership_id(savers.group, "eve"), status="exited")


@pytest.mark.parametrize(("how", "why"), [(closing, "closing"), (left, "left")])
def test_what_cannot_be_its_members_now_waits_in_the_book(
    savers: Savers, how: Callable[[Savers], None], why: str
) -> None:
    how(savers)
    inbound = comes(savers, 2_000, account(savers, "eve"))
    assert (inbound.state, inbound.group, inbound.person, inbound.why) == (
        "unidentified",
        savers.group,
        "eve",
        why,
    )
    assert savers.totals == {"1020": 2_000, "2070": -2_000}
    (said,) = savers.told("eve", "unasked_waits")
    assert (said["ref"], said["why"]) == ("R1", why)
    (told,) = savers.told("cy", "unasked_kept")
    assert (told["name"], told["why"]) == ("Eve Name", why)


def frozen(savers: Savers) -> None:
    savers.store.people.change("eve", frozen=True)


def suspended(savers: Savers) -> None:
    savers.store.memberships.change(membership_id(savers.group, "eve"), status="suspended")


@pytest.mark.parametrize(("how", "why"), [(frozen, "frozen"), (suspended, "suspended")])
def test_what_a_member_may_not_use_now_is_their_credit(
    savers: Savers, how: Callable[[Savers], None], why: str
) -> None:
    how(savers)
    inbound = comes(savers, 2_000, account(savers, "eve"))
    assert (inbound.state, inbound.why) == ("attributed", why)
    assert savers.held("eve") == {"2030": -2_000}
    assert len(savers.told("eve", "receipt")) == 1
    assert len(savers.told("cy", "unasked_on_credit")) == 1


BAD: Mapping[str, Callable[[Came], Came]] = {
    "no receipt": lambda good: replace(good, receipt=" "),
    "no rail": lambda good: replace(good, rail=""),
    "nothing": lambda good: replace(good, amount=ugx(0)),
    "less than nothing": lambda good: replace(good, amount=ugx(-5)),
    "more than there is": lambda good: replace(good, amount=ugx(10**15)),
    "a currency the rail does not take": lambda good: replace(good, amount=Money(5, "GHS")),
    "tomorrow": lambda good: replace(good, at=good.at + timedelta(days=1)),
    "no time zone": lambda good: replace(good, at=datetime(2026, 10, 5, 6)),  # noqa: DTZ001
}


@pytest.mark.parametrize("wrong", BAD)
def test_what_cannot_be_is_refused_and_nothing_is_written(savers: Savers, wrong: str) -> None:
    with pytest.raises(BadValue):
        receive(savers.store, BAD[wrong](came(savers, 1_000, account(savers, "eve"))))
    assert savers.store.inbound.find() == [] and savers.totals == {}


def test_a_rail_of_several_currencies_takes_each_of_them(savers: Savers) -> None:
    savers.store.providers = [*carries("momo", "UGX"), *carries("momo", "KES")]
    assert comes(savers, 1_000, account(savers, "eve")).state == "attributed"


def test_before_it_is_sent_the_account_is_checked(savers: Savers) -> None:
    store, eve = savers.store, account(savers, "eve")

    def check(typed: str, amount: Money | None = None) -> str | None:
        return check_account(store, "momo", typed, amount or ugx(500))

    assert check(eve) is check(f"{eve} l") is None
    assert check("10101-0999") == check("rent") == check("20202-0145") == check("") == "account"
    assert check_account(store, "momo", eve, ugx(0)) == check(eve, ugx(10**15)) == "amount"
    assert check(eve, Money(500, "KES")) == "other"
    asked = savers.do(Contribute(savers.group, "dan", ugx(500)))
    assert check(asked["ref"]) is None, "what we asked for ourselves may be checked too"
    closing(savers)
    assert check(eve) == "other", "it would wait for the next cycle"
    left(savers)
    assert check(eve) == "account"
    assert store.inbound.find() == []


def test_the_number_to_pay_to_is_that_of_the_first_rail_that_has_one(store: MongoStore) -> None:
    assert paybill_of(store, "UGX") == ""
    store.providers = [
        *carries("momo", "UGX"),
        *(replace(each, paybill="600984") for each in carries("mpesa", "KES")),
    ]
    assert (paybill_of(store, "UGX"), paybill_of(store, "KES"), paybill_of(store, "XAF")) == ("", "600984", "")
