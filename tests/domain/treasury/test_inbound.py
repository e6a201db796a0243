"""Money that nobody asked for: it is where its account says, once, and in sight where that says nothing."""

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.books.ledger import Draft, InsufficientFunds, Posting
from domain.decisions.voting import Vote
from domain.errors import BadValue
from domain.groups.own_money import Enter
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.paybills import paybill_of
from domain.records.account_number import PurposeLetter, account_number
from domain.records.group import Constitution, Paid
from domain.records.inbound import Came, Inbound
from domain.records.payer import payer_hint
from domain.records.payment import Payment
from domain.records.person import AlreadyDecided, NoSuchGroup, NotAllowed, membership_id
from domain.savings.contribute import Contribute
from domain.savings.fines import FineInWords
from domain.treasury.inbound import (
    account_for,
    check_account,
    receive,
    receive_other,
)
from domain.treasury.settle import payment_failed, payment_succeeded
from domain.treasury.unidentified import place, unidentified
from tests.conftest import Clock, on_one_store
from tests.domain.savers import PRODUCT, Savers, found, ugx
from tests.people import carries

EVE = "+256772000105"


@pytest.fixture
def savers(store: MongoStore) -> Savers:
    """Shares of 1,000, at most ten a meeting; the social fund gets 500 first."""
    return found(store, saved=0, shares_max=10, social_fund=ugx(500))


def account(savers: Savers, person: str, letter: PurposeLetter = "") -> str:
    membership = savers.store.memberships.get(membership_id(savers.group, person))
    return account_number("10101", membership.number, letter)


def came(savers: Savers, minor: int, account: str, receipt: str = "R1", **more: Any) -> Came:
    given: dict[str, Any] = {"at": savers.store.now(), "payer": EVE, "payer_name": "EVE NAME"}
    return Came("momo", receipt, ugx(minor), account, **(given | more))


def comes(savers: Savers, minor: int, account: str, receipt: str = "R1", **more: Any) -> Inbound:
    return receive(savers.store, came(savers, minor, account, receipt, **more))


def the_payment(savers: Savers, inbound: Inbound) -> Payment:
    return savers.store.payments.get(inbound.payment)


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


@pytest.mark.parametrize("typed", ["10101-0999", "10101 0053", "10101", "10101-GRACE"])
def test_a_wrong_account_of_a_group_is_in_its_book_and_its_treasurer_hears_of_it(
    savers: Savers, typed: str
) -> None:
    inbound = comes(savers, 2_000, typed, payer_name="EVE O")
    assert (inbound.state, inbound.group, inbound.person, inbound.why) == (
        "unidentified",
        savers.group,
        "",
        "account",
    )
    assert savers.totals == {"1020": 2_000, "2070": -2_000}
    (said,) = savers.told("cy", "unasked_unknown")
    assert said | {"amount": 0} == {
        "amount": 0,
        "group": "Umoja",
        "typed": typed,
        "name": "Eve",
        "at": "2026-10-05T09:00",
    }
    assert savers.told("ada", "unasked_unknown") == []
    assert unidentified(savers.store, savers.group) == [inbound]


def test_without_a_treasurer_all_officers_hear_of_it(savers: Savers) -> None:
    savers.store.memberships.change(membership_id(savers.group, "cy"), status="exited")
    comes(savers, 2_000, "10101-9999")
    assert [len(savers.told(each, "unasked_unknown")) for each in ("ada", "ben", "cy", "eve")] == [1, 1, 0, 0]


def test_what_was_typed_is_kept_so_that_it_can_be_shown(savers: Savers) -> None:
    assert comes(savers, 2_000, "rent\x1b[2J\u202e\0 é").account == "rent?[2J?? é"


@pytest.mark.parametrize("typed", ["", "rent", "20202-0014", "0772000105"])
def test_where_not_even_the_group_can_be_read_it_waits_for_an_operator(savers: Savers, typed: str) -> None:
    inbound = comes(savers, 2_000, typed)
    assert (inbound.state, inbound.group, inbound.why) == ("unidentified", "", "account")
    assert savers.totals == {} and unidentified(savers.store, "") == [inbound]
    placed = place(savers.store, inbound.id, "10101")
    assert placed.group == savers.group and unidentified(savers.store, "") == []
    assert savers.totals == {"1020": 2_000, "2070": -2_000}
    assert len(savers.told("cy", "unasked_unknown")) == 1
    with pytest.raises(AlreadyDecided):
        place(savers.store, inbound.id, "10101")
    with pytest.raises(NoSuchGroup):
        place(savers.store, inbound.id, "99999")


def test_an_operator_moves_it_from_the_wrong_group_to_the_right_one(savers: Savers) -> None:
    store = savers.store
    group = store.groups.get(savers.group)
    store.groups.insert(replace(group, id="other", code="20202"))
    kenyan = Constitution(share_price=Money(100, "KES"), first_meeting=date(2026, 9, 7))
    store.groups.insert(replace(group, id="kenyan", code="30303", currency="KES", constitution=kenyan))
    inbound = comes(savers, 2_000, "10101-9999")
    with pytest.raises(NotAllowed):
        place(store, inbound.id, "30303")
    place(store, inbound.id, "20202")
    assert savers.totals == {}
    assert store.books.totals("other") == {"1020": 2_000, "2070": -2_000}
    place(store, inbound.id, "10101")
    assert savers.totals == {"1020": 2_000, "2070": -2_000}
    assert {code: minor for code, minor in store.books.totals("other").items() if minor} == {}


def test_money_in_another_currency_is_in_no_book_of_the_group(savers: Savers) -> None:
    inbound = receive(savers.store, replace(came(savers, 1, account(savers, "eve")), amount=Money(500, "KES")))
    assert (inbound.state, inbound.group, inbound.why) == ("unidentified", "", "currency")
    assert savers.totals == {}


def test_officers_say_whose_it_is_and_it_is_their_credit(savers: Savers) -> None:
    inbound = comes(savers, 2_000, "10101-9999")
    known = Enter(
        "cy", savers.group, "known", ugx(2_000), "she showed the message", person="dan", inbound=inbound.id
    )
    with pytest.raises(NotAllowed):
        savers.do(replace(known, amount=ugx(1_000)))
    assert savers.do(known) == 1
    assert unidentified(savers.store, savers.group) == [inbound], "one has said so; another one has to"
    savers.decide("own_money", "ada")
    assert savers.held("dan") == {"2030": -2_000} and savers.totals == {"1020": 2_000, "2030": -2_000}
    assert unidentified(savers.store, savers.group) == []
    after = savers.store.inbound.get(inbound.id)
    assert (after.state, after.person, after.payer_hint) == ("attributed", "dan", "")
    assert len(savers.told("dan", "money_is_yours")) == 1
    with pytest.raises(AlreadyDecided):
        savers.do(replace(known, person="eve"))


def test_two_requests_for_the_same_money_give_it_once(savers: Savers) -> None:
    inbound = comes(savers, 2_000, "10101-9999")
    comes(savers, 2_000, "10101-9999", "R2")
    for person in ("dan", "eve"):
        savers.do(Enter("cy", savers.group, "known", ugx(2_000), "theirs", person=person, inbound=inbound.id))
    first, second = savers.store.proposals.find(group=savers.group, state="open", sort="created_at")
    savers.do(Vote("ada", first.id, first.digest, yes=True))
    with pytest.raises(AlreadyDecided):
        savers.do(Vote("ada", second.id, second.digest, yes=True))
    assert savers.totals == {"1020": 4_000, "2030": -2_000, "2070": -2_000}


def test_officers_give_back_what_nobody_knows_the_owner_of(savers: Savers) -> None:
    inbound = comes(savers, 2_000, "10101-9999")
    back = Enter(
        "cy", savers.group, "given_back", ugx(2_000), "he paid us by mistake", "wallet", inbound=inbound.id
    )
    with pytest.raises(NotAllowed):
        savers.do(replace(back, event="cost"))
    with pytest.raises(InsufficientFunds):
        savers.do(replace(back, purse="box"))
    assert savers.do(back) == 1
    savers.decide("own_money", "ada")
    assert savers.totals == {}
    assert savers.store.inbound.get(inbound.id).state == "returned"
    assert unidentified(savers.store, savers.group) == []
    with pytest.raises(AlreadyDecided):
        savers.do(back)


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


# Money of a payment that we asked for may be told as money that nobody asked for.


def asked(savers: Savers, minor: int = 1_500, person: str = "eve") -> Payment:
    made = savers.do(Contribute(savers.group, person, ugx(minor)))
    return savers.store.payments.get(made["payment"])


def test_an_open_payment_succeeds_by_it_and_a_second_receipt_is_money_of_its_own(
    savers: Savers, clock: Clock
) -> None:
    payment = asked(savers)
    assert account_for(savers.store, payment) == account(savers, "eve")
    clock.forward(minutes=1)
    inbound = comes(savers, 1_500, account(savers, "eve"))
    assert (inbound.state, inbound.payment) == ("matched", payment.id)
    after = the_payment(savers, inbound)
    assert (after.state, after.provider_id, after.next_at) == ("succeeded", "R1", None)
    assert payment_succeeded(savers.store, after, "R1") is not None
    assert savers.held("eve") == {"2020": -500, "3010": -1_000} and len(savers.told("eve", "receipt")) == 1
    second = comes(savers, 1_500, account(savers, "eve"), "R2")
    assert second.state == "attributed" and second.payment != payment.id
    assert savers.totals["1020"] + savers.totals["1025"] == 3_000


@pytest.mark.parametrize(
    "other",
    [
        {"minor": 1_400},
        {"person": "dan"},
        {"payer": "256772000999"},
        {"letter": "L"},
        {"later": timedelta(hours=25)},
    ],
    ids=str,
)
def test_what_is_not_that_payments_money_leaves_it_open(
    savers: Savers, clock: Clock, other: dict[str, Any]
) -> None:
    payment = asked(savers)
    clock.forward(seconds=other.get("later", timedelta()).total_seconds())
    inbound = comes(
        savers,
        other.get("minor", 1_500),
        account(savers, other.get("person", "eve"), other.get("letter", "")),
        payer=other.get("payer", ""),
    )
    assert inbound.state == "attributed"
    assert savers.store.payments.get(payment.id).state == "created"


def test_a_payment_is_found_by_its_reference_too(savers: Savers) -> None:
    payment = asked(savers)
    assert comes(savers, 1_500, f" {payment.ref.lower()}").payment == payment.id
    assert comes(savers, 900, asked(savers, 1_000, "dan").ref, "R2").state == "unidentified"


def test_one_that_was_said_to_have_failed_succeeds_by_it(savers: Savers) -> None:
    payment = asked(savers)
    payment_failed(savers.store, payment, "not_approved_in_time")
    assert comes(savers, 1_500, account(savers, "eve")).payment == payment.id
    assert savers.totals["1020"] + savers.totals["1025"] == 1_500


def test_one_that_has_succeeded_without_a_receipt_takes_it(savers: Savers, clock: Clock) -> None:
    payment = asked(savers)
    savers.store.payments.change(payment.id, provider_key="ws_CO_1", sent_at=clock())
    payment_succeeded(savers.store, payment, "ws_CO_1")
    still_open = asked(savers)
    clock.forward(minutes=1)
    assert comes(savers, 1_500, account(savers, "eve")).payment == payment.id
    assert savers.store.payments.get(payment.id).provider_id == "R1"
    assert savers.store.payments.get(still_open.id).state == "created", "its prompt is still there to be approved"
    payment_failed(savers.store, still_open, "declined")


@pytest.mark.parametrize(("moved_minutes", "is_its_own"), [(-30, False), (0, False), (9, False), (11, True)])
def test_what_had_moved_when_we_heard_that_it_had_is_no_money_of_its_own(
    savers: Savers, clock: Clock, moved_minutes: int, is_its_own: bool
) -> None:
    """However long a prompt was there to be approved; clocks may be some minutes apart."""
    payment = asked(savers)
    savers.store.payments.change(payment.id, provider_key="ws_CO_1", sent_at=clock())
    clock.forward(hours=1)
    payment_succeeded(savers.store, payment, "ws_CO_1")
    at = clock() + timedelta(minutes=moved_minutes)
    clock.forward(hours=1)
    came = receive(savers.store, Came("momo", "R1", Money(1_500, "UGX"), account(savers, "eve"), at))
    assert (came.payment != payment.id) is is_its_own
    assert savers.totals["1020"] + savers.totals["1025"] == (3_000 if is_its_own else 1_500)


def test_hours_later_the_same_sum_is_money_of_its_own(savers: Savers, clock: Clock) -> None:
    """Not every rail tells what was asked for as unasked too: new money must not pass for its receipt."""
    payment = asked(savers)
    savers.store.payments.change(payment.id, provider_key="ws_CO_1")
    payment_succeeded(savers.store, payment, "ws_CO_1")
    clock.forward(hours=2)
    assert comes(savers, 1_500, account(savers, "eve")).state == "attributed"
    assert savers.totals["1020"] + savers.totals["1025"] == 3_000


def test_who_paid_the_prompt_and_from_the_menu_has_paid_twice(savers: Savers, clock: Clock) -> None:
    payment = asked(savers)
    comes(savers, 1_500, account(savers, "eve"), "MENU")
    other = receive_other(savers.store, payment, "PROMPT", clock())
    assert (other.state, other.person) == ("attributed", "eve")
    assert receive_other(savers.store, payment, "PROMPT", clock()) == other
    assert savers.totals["1020"] + savers.totals["1025"] == 3_000


@pytest.fixture
def no_bounds(store: MongoStore) -> Savers:
    return found(store, saved=0)


@settings(on_one_store, max_examples=20)
@given(
    st.permutations(["callback", "callback", "query", "c2b", "c2b", "pull", "pull"]),
    st.booleans(),
    st.integers(1, 3),
)
def test_in_any_order_however_often_and_at_one_moment_it_is_credited_once(
    no_bounds: Savers, clock: Clock, order: list[str], failed_before: bool, at_once: int
) -> None:
    """What a provider says of one payment by callback, by query, unasked and in its list is one credit."""
    savers = no_bounds
    store, before = savers.store, savers.totals.get("1020", 0)
    clock.forward(hours=1)
    payment = asked(savers, 1_000, "dan")
    savers.store.payments.change(payment.id, provider_key=f"ws_{payment.id}", sent_at=clock())
    if failed_before:
        payment_failed(store, payment, "not_approved_in_time")
    receipt = f"R{payment.id}"
    says: Mapping[str, Callable[[], Any]] = {
        "callback": lambda: payment_succeeded(store, payment, receipt),
        "query": lambda: payment_succeeded(store, payment, f"ws_{payment.id}"),
        "c2b": lambda: comes(savers, 1_000, account(savers, "dan"), receipt, payer=""),
        "pull": lambda: comes(savers, 1_000, account(savers, "dan"), receipt, payer="256772000104", payer_name=""),
    }
    problems: list[BaseException] = []

    def say(which: str) -> None:
        try:
            says[which]()
        except BaseException as error:  # noqa: BLE001 - it is told below
            problems.append(error)

    for start in range(0, len(order), at_once):
        threads = [threading.Thread(target=say, args=(each,)) for each in order[start : start + at_once]]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert problems == []
    assert savers.totals["1020"] - before == 1_000
    assert store.payments.get(payment.id).provider_id == receipt
    assert store.inbound.get(f"momo:{receipt}").payment == payment.id
