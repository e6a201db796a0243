"""What is owed to a round that was paid: netted or held, taken back, paid again; and nobody leaves before."""

import pytest

from domain.groups.leave import AskToLeave, RotationOpen
from domain.meetings.cash_book import ReverseCash
from domain.mongo.store import MongoStore
from domain.records.person import NotAllowed, membership_id
from domain.rotation.rounds import Bid, PaidRound
from domain.treasury.take_back import MovedByProvider, NotReversible
from tests.conftest import Clock
from tests.domain.rotation.rotating import Njangi, told
from tests.money import ugx
from tests.people import do


def test_a_winner_in_arrears_is_paid_net_of_them(njangi: Njangi) -> None:
    """What is netted is put in: it goes to the hand that was short of it."""
    njangi.set_up()
    njangi.all_put_in("ben")
    njangi.pay("ada")
    njangi.next_meeting()
    njangi.all_put_in("ben")
    assert njangi.due("ben") == 2_000
    assert njangi.pay("ben") == PaidRound("Ben Name", ugx(2_000), ugx(0), ugx(2_000))
    assert njangi.due("ben") == 0
    assert njangi.pay("ada", number=1).paid == ugx(1_000)
    njangi.check()


def test_a_winner_in_arrears_waits_until_they_are_paid_where_the_group_holds(
    store: MongoStore, clock: Clock
) -> None:
    njangi = Njangi(store, clock, in_arrears="hold")
    njangi.set_up()
    njangi.all_put_in("ben")
    njangi.pay("ada")
    njangi.next_meeting()
    njangi.all_put_in("ben")
    assert njangi.pay("ben") == PaidRound("Ben Name", ugx(0), ugx(4_000), ugx(2_000))
    assert told(store, "ben", "turn_held") == [{"group": "Njangi", "amount": ugx(2_000)}]
    assert njangi.received() == {"ada": 3_000}
    njangi.put_in("ben", njangi.due("ben"))
    njangi.next_meeting()
    njangi.all_put_in("ben")
    assert njangi.pay("ben", number=2) == PaidRound("Ben Name", ugx(4_000), ugx(0), ugx(0))
    njangi.check()


def test_cash_that_is_taken_back_after_it_was_paid_out_is_owed_and_never_paid_twice(njangi: Njangi) -> None:
    njangi.set_up()
    record = njangi.put_in("cy", 1_000)
    njangi.all_put_in()
    njangi.pay("ada")
    njangi.next_meeting()
    njangi.all_put_in("cy")
    do(njangi.store, ReverseCash("ben", record, "it was never handed over"))
    assert njangi.due("cy") == 2_000
    assert njangi.pay("ben").paid == ugx(2_000), "what is there, not what the round alone would have"
    njangi.put_in("cy", 2_000)
    assert njangi.pay("ben", number=2) == PaidRound("Ben Name", ugx(2_000), ugx(0), ugx(0))
    njangi.check()


def test_a_pot_that_was_not_handed_over_is_paid_again(njangi: Njangi) -> None:
    """A piece at a time; a later round that was paid rests on it, and then it stays."""
    njangi.set_up()
    njangi.send("ada", 1_000)
    njangi.all_put_in()
    njangi.pay("ada", officer="ben")
    njangi.pay("ada", "mobile_money", number=1, officer="ben")
    njangi.confirm()
    wrong, sent = sorted(
        njangi.store.payments.find(group=njangi.id, purpose="rotation"), key=lambda payment: payment.way
    )
    for nobody in ("ada", "ben"):
        with pytest.raises(NotAllowed):
            do(njangi.store, ReverseCash(nobody, wrong.id, "nobody got it"))
    njangi.store.memberships.change(membership_id(njangi.id, "cy"), role="secretary")
    with pytest.raises(MovedByProvider):
        do(njangi.store, ReverseCash("cy", sent.id, "nobody got it"))
    do(njangi.store, ReverseCash("cy", wrong.id, "nobody got it"))
    assert njangi.rota.rest(njangi.rota.rounds[0]) == ugx(3_000)
    assert (njangi.received(), sum(njangi.held.values())) == ({"ada": 1_000}, 3_000)
    njangi.check()
    assert njangi.pay("ada", number=1).paid == ugx(3_000)
    njangi.next_meeting()
    njangi.all_put_in()
    njangi.pay("ben")
    (again,) = (
        payment
        for payment in njangi.store.payments.find(group=njangi.id, person="ada", purpose="rotation", way="cash")
        if not payment.reversed
    )
    with pytest.raises(NotReversible) as refused:
        do(njangi.store, ReverseCash("cy", again.id, "nobody got it"))
    assert refused.value.details == {"why": "round"}
    njangi.check()


def test_nobody_leaves_while_the_rotation_goes_on(njangi: Njangi) -> None:
    njangi.set_up()
    with pytest.raises(RotationOpen):
        do(njangi.store, AskToLeave("cy", njangi.id, "cash"))


def test_what_no_round_needs_is_theirs_when_they_leave(njangi: Njangi) -> None:
    """All had put in for every round before a bid was parted: it lies in the pots when the last one is paid."""
    njangi.set_up("auction")
    for _ in range(3):
        njangi.next_meeting()
    njangi.all_put_in()
    do(njangi.store, Bid("cy", njangi.id, ugx(400)))
    for _ in range(3):
        njangi.pay(njangi.rota.turn[0])
        with pytest.raises(RotationOpen):
            do(njangi.store, AskToLeave("cy", njangi.id, "cash"))
    njangi.pay(njangi.rota.turn[0])
    assert njangi.held == {"ada": 100, "ben": 100, "cy": 100, "dan": 100}
    do(njangi.store, AskToLeave("cy", njangi.id, "cash"))
    (exit,) = njangi.store.proposals.find(group=njangi.id, kind="exit", state="open")
    assert exit.values["amount"] == ugx(100)
    for officer in ("ada", "ben"):
        njangi.agree(exit, officer)
    assert njangi.held["cy"] == 0
    assert njangi.store.memberships.get(membership_id(njangi.id, "cy")).status == "exited"
