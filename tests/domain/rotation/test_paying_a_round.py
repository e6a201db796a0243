"""A round is paid from what is in its pot, once, to whose turn it is."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from domain.books.ledger import InsufficientFunds
from domain.decisions.rights import Frozen
from domain.errors import DomainError
from domain.mongo.store import MongoStore
from domain.records.person import NotAllowed
from domain.rotation.rounds import Bid, NothingInPot, PaidRound, RoundPaid, TurnChanged
from domain.rotation.turns import RoundToPay, rotation_now
from domain.treasury.settle import payment_failed
from tests.conftest import Clock
from tests.domain.rotation.rotating import PEOPLE, Njangi
from tests.money import ugx
from tests.people import do


def test_a_round_is_paid_once_from_what_is_in_its_pot(njangi: Njangi) -> None:
    njangi.set_up()
    with pytest.raises(NothingInPot):
        njangi.pay("ada")
    njangi.all_put_in()
    assert rotation_now(njangi.store, njangi.id).to_pay == [RoundToPay(1, "ada", "Ada Name", ugx(4_000), ugx(0))]
    for wrong in (("ben", 1), ("ada", 2), ("ada", 5)):
        with pytest.raises((TurnChanged, RoundPaid)):
            njangi.pay(wrong[0], number=wrong[1])
    assert njangi.pay("ada") == PaidRound("Ada Name", ugx(4_000), ugx(0), ugx(0))
    assert njangi.held == {"ada": -3_000, "ben": 1_000, "cy": 1_000, "dan": 1_000}
    assert njangi.store.books.totals(njangi.id)["1010"] == 0
    with pytest.raises(RoundPaid):
        njangi.pay("ada", number=1)
    with pytest.raises(RoundPaid):
        njangi.pay("ben")  # its meeting has not come
    assert rotation_now(njangi.store, njangi.id).to_pay == []
    njangi.next_meeting()
    njangi.all_put_in()
    njangi.pay("ben")
    njangi.check()


def test_a_round_is_paid_to_whose_turn_the_officer_saw(njangi: Njangi) -> None:
    """Neither the next round nor what came in late for one before goes to another member."""
    njangi.set_up()
    njangi.all_put_in("cy")
    with pytest.raises(TurnChanged):
        njangi.pay("ben")
    njangi.pay("ada")
    njangi.put_in("cy", 1_000)
    before = njangi.rota, njangi.received()
    with pytest.raises(TurnChanged):
        njangi.pay("ben", number=1)
    assert (njangi.rota, njangi.received()) == before
    assert njangi.pay("ada", number=1).paid == ugx(1_000)


def test_nothing_is_paid_of_a_pot_that_a_bid_uses_up(njangi: Njangi) -> None:
    njangi.set_up("auction")
    njangi.put_in("dan", 500)
    do(njangi.store, Bid("cy", njangi.id, ugx(500)))
    with pytest.raises(NothingInPot):
        njangi.pay("cy")
    assert njangi.rota.rounds == ()
    njangi.put_in("dan", 100)
    assert njangi.pay("cy").paid == ugx(600), "the bid is the others' part of this round"


def test_nothing_is_paid_below_the_smallest_coin(store: MongoStore, clock: Clock) -> None:
    """50 came in late, and the smallest coin is 100."""
    njangi = Njangi(store, clock)
    njangi.set_up()
    njangi.put_in("ada", 1_000)
    njangi.pay("ada")
    njangi.put_in("cy", 50)
    rules = store.groups.get(njangi.id).constitution
    store.groups.change(njangi.id, constitution=replace(rules, cash_unit=100))
    before = njangi.rota
    with pytest.raises(NothingInPot):
        njangi.pay("ada", number=1)
    assert njangi.rota == before
    njangi.put_in("dan", 100)
    assert njangi.pay("ada", number=1).paid == ugx(100)


def test_the_version_of_a_rota_rises_with_every_change(njangi: Njangi) -> None:
    """Whatever was worked out from the rota as it was before is refused by it."""
    versions = []

    def seen() -> None:
        versions.append(njangi.rota.version)

    njangi.set_up("auction")
    seen()
    njangi.set_up("auction")
    seen()
    do(njangi.store, Bid("cy", njangi.id, ugx(100)))
    seen()
    for person in PEOPLE:
        njangi.send(person, 1_000)
    njangi.pay("cy", "mobile_money")
    seen()
    (payment,) = njangi.store.payments.find(group=njangi.id, direction="out")
    payment_failed(njangi.store, payment, "no_account")
    seen()
    njangi.pay("cy", "mobile_money", number=1)
    seen()
    njangi.confirm()
    seen()
    assert versions == sorted(set(versions)), "a change without a new version would go unseen"


def test_two_officers_at_once_pay_a_round_once(njangi: Njangi) -> None:
    njangi.set_up("negotiated", numbers=(3, 4, 1, 2))
    njangi.all_put_in()

    def attempt(officer: str) -> str:
        try:
            njangi.pay("cy", number=1, officer=officer)
        except DomainError as refused:
            return refused.code
        return "paid"

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(attempt, ("ada", "ben"))) == ["paid", "round_paid"]
    assert njangi.received() == {"cy": 4_000}
    njangi.check()


def test_nobody_pays_themselves_and_no_member_pays(njangi: Njangi) -> None:
    njangi.set_up()
    njangi.all_put_in()
    before = njangi.rota
    for officer in ("ada", "cy"):
        with pytest.raises(NotAllowed):
            njangi.pay("ada", officer=officer)
    njangi.store.people.change("ada", frozen=True)
    with pytest.raises(Frozen):
        njangi.pay("ada")
    assert (njangi.rota, njangi.received()) == (before, {})


def test_what_is_late_is_paid_to_the_hand_whose_round_it_was_missing_in(njangi: Njangi) -> None:
    njangi.set_up()
    njangi.all_put_in("cy")
    assert njangi.pay("ada") == PaidRound("Ada Name", ugx(3_000), ugx(1_000), ugx(0))
    with pytest.raises(NothingInPot):
        njangi.pay("ada", number=1)
    njangi.next_meeting()
    njangi.all_put_in("cy")
    njangi.put_in("cy", 1_200)
    assert [(each.number, each.in_pot) for each in rotation_now(njangi.store, njangi.id).to_pay] == [
        (1, ugx(1_000)),
        (2, ugx(3_200)),
    ]
    assert njangi.pay("ben").paid == ugx(3_200)
    assert njangi.pay("ada", number=1) == PaidRound("Ada Name", ugx(1_000), ugx(0), ugx(0))
    njangi.check()


def test_mobile_money_is_on_its_way_until_the_provider_says_so(njangi: Njangi) -> None:
    njangi.set_up()
    for person in PEOPLE:
        njangi.send(person, 1_000)
    assert njangi.pay("ada", "mobile_money").paid == ugx(4_000)
    assert (njangi.rota.rounds[0].sent, njangi.held["ada"]) == (ugx(4_000), -3_000)
    with pytest.raises(RoundPaid):
        njangi.pay("ada", number=1)
    (payment,) = njangi.store.payments.find(group=njangi.id, direction="out")
    payment_failed(njangi.store, payment, "no_account")
    assert njangi.pay("ada", "mobile_money", number=1).paid == ugx(4_000)
    njangi.confirm()
    assert (njangi.rota.rounds[0].paid, njangi.held["ada"]) == (ugx(4_000), -3_000)
    njangi.check()


def test_a_payment_is_confirmed_after_the_rotation_went_on(njangi: Njangi) -> None:
    njangi.set_up("auction")
    for person in PEOPLE:
        njangi.send(person, 1_000)
    njangi.pay("ada", "mobile_money")
    do(njangi.store, Bid("cy", njangi.id, ugx(500)))
    njangi.confirm()
    assert (njangi.rota.bids, njangi.rota.rounds[0].paid) == ({"cy": ugx(500)}, ugx(4_000))


def test_by_one_way_no_more_is_paid_than_there_is(njangi: Njangi) -> None:
    """Some put in cash, others by mobile money: the pot is in two places."""
    njangi.set_up()
    njangi.send("ada", 1_000)
    with pytest.raises(InsufficientFunds):
        njangi.pay("ada")
    njangi.all_put_in()
    assert njangi.pay("ada") == PaidRound("Ada Name", ugx(3_000), ugx(1_000), ugx(0))
    assert njangi.pay("ada", "mobile_money", number=1) == PaidRound("Ada Name", ugx(1_000), ugx(0), ugx(0))
    njangi.confirm()
    assert njangi.received() == {"ada": 4_000}
