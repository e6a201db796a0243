"""Money of a payment that we asked for, told as money that nobody asked for: it is credited once."""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.inbound import Came
from domain.records.payment import Payment, Told
from domain.records.person import NotAllowed
from domain.savings.contribute import Contribute
from domain.treasury.inbound import account_for, put_where_it_belongs, receive, receive_other
from domain.treasury.settle import payment_failed, payment_succeeded
from domain.treasury.unidentified import place
from tests.conftest import Clock, on_one_store
from tests.domain.savers import Savers, found
from tests.domain.treasury.inbound.arriving import account, comes, the_payment
from tests.money import ugx


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


@pytest.mark.parametrize(
    ("other", "is_its_own"),
    [
        ({}, False),
        ({"payer": "256772000999"}, True),
        ({"payer": ""}, True),
        ({"minor": 1_400}, True),
        ({"account": "rent"}, True),
    ],
    ids=str,
)
def test_money_without_an_account_is_that_of_a_prompt_on_its_payers_phone(
    savers: Savers, other: dict[str, Any], is_its_own: bool
) -> None:
    """A till has no accounts: where answer and callback were lost, its list says no more than who paid."""
    payment = asked(savers)
    told: dict[str, Any] = {"minor": 1_500, "account": " ", **other}
    inbound = comes(savers, **told)
    assert (inbound.payment != payment.id) is is_its_own
    assert inbound.state == ("unidentified" if is_its_own else "matched")


def test_of_two_it_is_that_of_the_one_that_was_asked_for(savers: Savers, clock: Clock) -> None:
    """The other one has no prompt yet that could be paid."""
    first = asked(savers)
    savers.store.payments.change(first.id, state="pending", provider_key="ws_CO_1", sent_at=clock())
    clock.forward(minutes=1)
    asked(savers)
    assert comes(savers, 1_500, account(savers, "eve")).payment == first.id


def test_of_two_prompts_it_is_that_of_the_one_whose_callback_told_its_receipt(
    savers: Savers, clock: Clock
) -> None:
    first = asked(savers)
    clock.forward(minutes=1)
    asked(savers)
    savers.store.payments.change(first.id, provider_key="ws_CO_1", told=Told(key="ws_CO_1", receipt="R1"))
    assert comes(savers, 1_500, account(savers, "eve")).payment == first.id


def open_prompt(savers: Savers, clock: Clock, minor: int = 1_500, person: str = "eve") -> Payment:
    """Its provider has it, under a name of its own."""
    made = asked(savers, minor, person)
    named = savers.store.payments.change(made.id, state="pending", provider_key=f"ws_{made.id}", sent_at=clock())
    assert named is not None
    return named


@pytest.mark.parametrize("paid", ["first", "second", "neither"])
def test_of_two_open_prompts_how_they_end_says_of_which_it_is(savers: Savers, clock: Clock, paid: str) -> None:
    """Put to one of them at once, it would be in the books again when the other is said to be paid."""
    store = savers.store
    prompts = {}
    for name in ("first", "second"):
        prompts[name] = open_prompt(savers, clock, 1_000, "dan")
        clock.forward(minutes=1)
    waits = comes(savers, 1_000, account(savers, "dan"), payer="")
    assert (waits.state, waits.why, waits.payment) == ("unidentified", "prompts", "")
    assert not put_where_it_belongs(store, waits.id)
    with pytest.raises(NotAllowed):
        place(store, waits.id, "10101")
    for name, payment in prompts.items():
        if name == paid:
            payment_succeeded(store, payment, payment.provider_key)
        else:
            payment_failed(store, payment, "not_approved_in_time")
    assert put_where_it_belongs(store, waits.id)
    after = store.inbound.get(waits.id)
    assert (after.state, after.why, after.next_at) == ("matched", "", None)
    # Where both are said to have failed, it was said of one of them wrongly: nobody else paid this account.
    assert after.payment == prompts["second" if paid == "neither" else paid].id
    assert store.payments.get(after.payment).provider_id == "R1"
    assert put_where_it_belongs(store, waits.id), "once more"
    assert savers.totals["1020"] + savers.totals.get("1025", 0) == 1_000


@pytest.mark.parametrize("lost", [{"needs_person": True}, {"provider_key": ""}], ids=str)
def test_of_two_prompts_it_is_that_of_the_one_that_its_provider_can_be_asked_about(
    savers: Savers, clock: Clock, lost: dict[str, Any]
) -> None:
    """The other one cannot be said to be paid without this receipt: its name was lost, or a person looks at it."""
    first = open_prompt(savers, clock)
    clock.forward(minutes=1)
    second = open_prompt(savers, clock)
    savers.store.payments.change(second.id, state="unknown", **lost)
    assert comes(savers, 1_500, account(savers, "eve")).payment == first.id
    assert savers.store.payments.get(second.id).state == "unknown"


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


@settings(on_one_store, max_examples=12)
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


@settings(on_one_store, max_examples=15)
@given(st.data())
def test_of_prompts_of_one_sum_each_that_was_paid_is_credited_once(
    no_bounds: Savers, clock: Clock, data: st.DataObject
) -> None:
    """Without a receipt, as a query says it; the receipts are in a list that does not know of prompts."""
    savers, store = no_bounds, no_bounds.store
    before = sum(savers.totals.get(each, 0) for each in ("1020", "1025"))
    clock.forward(days=2)
    prompts = [open_prompt(savers, clock, 1_000, "dan") for _ in range(data.draw(st.integers(1, 3)))]
    paid = [each for each in prompts if data.draw(st.booleans())]

    def query(payment: Payment) -> None:
        if payment in paid and data.draw(st.integers(0, 4)) != 4:
            payment_succeeded(store, payment, payment.provider_key)
        else:  # once in a while it is wrong
            payment_failed(store, payment, "not_approved_in_time")

    def listed(payment: Payment) -> None:
        comes(savers, 1_000, account(savers, "dan"), f"R{payment.id}", payer="")

    says = [(query, each) for each in prompts] + [(listed, each) for each in paid]
    for say, payment in data.draw(st.permutations(says)):
        clock.forward(seconds=30)
        say(payment)
        for waits in store.inbound.find(why="prompts"):
            put_where_it_belongs(store, waits.id)
    assert sum(savers.totals.get(each, 0) for each in ("1020", "1025")) - before == 1_000 * len(paid)
    came = [store.inbound.get(f"momo:R{each.id}") for each in paid]
    assert {each.state for each in came} <= {"matched"} and len({each.payment for each in came}) == len(paid)
