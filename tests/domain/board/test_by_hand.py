"""A payment that is stuck is ended by two operators, and by no one; and looking somebody up shows no secret."""

from dataclasses import replace

import pytest

from domain.access.caller import Caller
from domain.board.by_hand import (
    CaseOver,
    ProviderIdTaken,
    SameOperator,
    agree_to_outcome,
    ask_again,
    case_of,
    late_payments,
    note_on_case,
    outcomes_of,
    propose_outcome,
    stuck_payment,
    stuck_payments,
)
from domain.board.casts import casts_seen
from domain.board.look_up import ids_with_phone, person_seen
from domain.broadcasts.send import SendBroadcast
from domain.people.freeze import Freeze
from domain.people.phones import NoSuchMember
from domain.savings.contribute import Contribute
from domain.store import NotFound
from domain.treasury.settle import payment_failed
from domain.treasury.unclear import hand_to_person
from tests.conftest import Clock
from tests.domain.savers import Savers
from tests.money import ugx
from tests.people import arrives

AMINA = Caller("account", "amina", "operator", "Amina", everywhere=True)
BARAKA = replace(AMINA, id="baraka", name="Baraka")


def stuck(savers: Savers, person: str = "fay", minor: int = 9_000) -> str:
    """A payment of which the provider has not told the end."""
    id: str = savers.do(Contribute(savers.group, person, ugx(minor)))["payment"]
    payment = savers.store.payments.get(id)
    hand_to_person(
        savers.store, payment, "in", when={"state": "created"}, state="unknown", provider_reason="NO_ANSWER"
    )
    return id


def test_the_list_has_what_a_person_has_to_look_at_and_the_groups_that_are_theirs(
    savers: Savers, clock: Clock
) -> None:
    store = savers.store
    assert stuck_payments(store) == []
    first = stuck(savers)
    clock.forward(minutes=1)
    second = stuck(savers, "eve")
    listed = stuck_payments(store)
    assert [each.id for each in listed] == [first, second], "the oldest first"
    (seen, _) = listed
    phone = store.people.get("fay").phone
    assert (seen.group, seen.code, seen.last3, seen.answer) == ("Umoja", "10101", phone[-3:], "NO_ANSWER")
    assert phone not in str(listed)
    assert [each.id for each in stuck_payments(store, after=seen.at)] == [second]
    assert len(stuck_payments(store, [savers.group])) == 2 and stuck_payments(store, ["other"]) == []
    assert late_payments(store) == []


def test_two_operators_end_it_and_one_does_not(savers: Savers) -> None:
    store, id = savers.store, stuck(savers)
    before = savers.totals
    note_on_case(store, AMINA, id, "rang MTN")
    with pytest.raises(CaseOver):
        agree_to_outcome(store, BARAKA, id, "moved")  # nobody has said so
    propose_outcome(store, AMINA, id, "moved", "on the statement of 5 October", "MP-1")
    with pytest.raises(SameOperator):
        agree_to_outcome(store, AMINA, id, "moved", "MP-1")
    for shown in (("not_moved", "MP-1"), ("moved", "MP-2")):  # another thing than is said now
        with pytest.raises(CaseOver):
            agree_to_outcome(store, BARAKA, id, *shown)
    assert savers.totals == before and store.payments.get(id).needs_person
    assert stuck_payment(store, id).proposed
    agree_to_outcome(store, BARAKA, id, "moved", "MP-1")
    payment, case = store.payments.get(id), case_of(store, id)
    assert (payment.state, payment.provider_id, payment.needs_person) == ("succeeded", "MP-1", False)
    assert savers.totals["1020"] == 9_000
    assert (case.state, case.first and case.first.by, case.second and case.second.by) == (
        "closed", "account:amina", "account:baraka",
    )  # fmt: skip
    assert [each.words for each in case.notes] == ["rang MTN", "on the statement of 5 October"]
    assert savers.told("fay", "receipt") and stuck_payments(store) == []
    with pytest.raises(CaseOver):
        propose_outcome(store, AMINA, id, "not_moved", "changed my mind")
    assert outcomes_of(payment) == () and not ask_again(store, id)


def test_what_did_not_move_is_undone_and_the_member_told(savers: Savers) -> None:
    store, id = savers.store, stuck(savers)
    propose_outcome(store, AMINA, id, "not_moved", "MTN says no such request")
    agree_to_outcome(store, BARAKA, id, "not_moved")
    assert store.payments.get(id).state == "failed" and "1020" not in savers.totals
    assert [each["reason"] for each in savers.told("fay", "payment_failed")] == ["not_possible"]


def test_the_provider_may_be_faster_and_its_number_serves_once(savers: Savers) -> None:
    store, id, other = savers.store, stuck(savers), stuck(savers, "eve")
    propose_outcome(store, AMINA, id, "not_moved", "no answer")
    arrives(store, store.payments.get(id))
    with pytest.raises(CaseOver):
        agree_to_outcome(store, BARAKA, id, "not_moved")
    assert savers.totals["1020"] == 9_000
    propose_outcome(store, AMINA, other, "moved", "on the statement", f"T{id}")
    with pytest.raises(ProviderIdTaken):
        agree_to_outcome(store, BARAKA, other, "moved", f"T{id}")
    assert savers.totals["1020"] == 9_000 and case_of(store, other).state == "open"
    propose_outcome(store, AMINA, other, "not_moved", "it was the other")
    agree_to_outcome(store, BARAKA, other, "not_moved")
    assert store.payments.get(other).state == "failed"


def test_whoever_was_killed_after_agreeing_ends_it_by_asking_again(savers: Savers) -> None:
    store, id = savers.store, stuck(savers)
    propose_outcome(store, AMINA, id, "moved", "on the statement", "MP-1")
    store.cases.change(id, state="agreed", second=case_of(store, id).first)
    agree_to_outcome(store, BARAKA, id, "moved")
    assert (savers.totals["1020"], case_of(store, id).state) == (9_000, "closed")


def test_asking_again_is_due_now_and_tried_from_the_beginning(savers: Savers, clock: Clock) -> None:
    store, id = savers.store, stuck(savers)
    failed = store.stuck.failed("settle", id, "SwitchedOff", clock(), ends=False)
    assert failed.next_at and failed.next_at > clock()
    assert ask_again(store, id)
    assert store.payments.get(id).next_at == clock()
    assert store.stuck.claim("settle", id, clock())
    payment_failed(store, store.payments.get(id), "declined")
    assert ask_again(store, id), "the provider may say another thing now"
    with pytest.raises(NotFound):
        note_on_case(store, AMINA, "no such payment", "hello")


def test_who_is_looked_up_is_shown_without_a_whole_number_or_a_secret(savers: Savers, clock: Clock) -> None:
    store, id = savers.store, stuck(savers)
    person = store.people.get("fay")
    with pytest.raises(NoSuchMember):
        ids_with_phone(store, "+256772999999")
    assert ids_with_phone(store, f"0{person.phone[4:]}") == ["fay"]
    seen = person_seen(store, "fay")
    assert [(each.code, each.number, each.status) for each in seen.groups] == [("10101", 6, "active")]
    assert {each.id: each.needs_person for each in seen.payments}[id]
    assert "payment_unclear" in [each.kind for each in seen.notices]
    assert person.phone not in str(seen) and person.pin.hash not in str([seen.name, seen.last3])
    assert seen.locks == ()
    savers.do(Freeze("fay"))
    store.people.change("fay", phone_changed_at=clock())
    assert {(each.lock, each.minutes) for each in person_seen(store, "fay").locks} == {
        ("frozen", 0),
        ("money_held", 24 * 60),
    }


def test_the_broadcasts_of_all_groups_are_counted_and_priced(savers: Savers, clock: Clock) -> None:
    store = savers.store
    assert casts_seen(store) == []
    savers.do(SendBroadcast("ada", savers.group, "words", "all", "Come early."))
    (seen,) = casts_seen(store)
    assert (seen.group, seen.kind, seen.cost, seen.gone) == ("Umoja", "words", None, 0)
    assert casts_seen(store, ["other"]) == [] and casts_seen(store, before=seen.at) == []
