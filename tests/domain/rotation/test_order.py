"""Whose turn it is: an order that two officers set, that everybody hears of, and that the first payment fixes."""

import pytest

from domain.decisions.voting import AlreadyAsked, TooFewOfficers, Vote, Withdraw
from domain.meetings.cash_book import ReverseCash
from domain.records.chat import Address
from domain.records.person import NotAllowed, membership_id
from domain.rotation.rounds import Bid, NoRotation, PayRound
from domain.rotation.set_up import BadOrder, OrderChanged, OrderFixed, SetHands, SetUpRotation, rota_of
from domain.rotation.turns import my_turn, order_of, rotation_now
from domain.savings.contribute import Contribute
from domain.treasury.settle import payment_failed
from tests.domain.rotation.rotating import Njangi, told
from tests.money import ugx
from tests.people import do


def test_an_order_is_set_up_by_two_officers_and_everybody_is_told_their_turn(njangi: Njangi) -> None:
    do(njangi.store, SetHands("ada", njangi.id, "cy", 2))
    with pytest.raises(NotAllowed):
        do(njangi.store, SetUpRotation("cy", njangi.id, "fixed"))
    assert njangi.set_up() == 5
    assert [place.person for place in njangi.rota.places] == ["ada", "ben", "cy", "dan", "cy"]
    assert njangi.rota.pot == ugx(5_000)
    assert told(njangi.store, "cy", "turn_set") == [{"group": "Njangi", "rounds": "3, 5", "turns": 2, "count": 5}]
    assert my_turn(njangi.store, njangi.id, "cy").turns == [3, 5]


def test_one_officer_alone_sets_no_order(njangi: Njangi) -> None:
    proposal = njangi.ask("negotiated", numbers=(1, 2, 3, 4))
    assert rota_of(njangi.store, njangi.store.groups.get(njangi.id)) is None
    now = rotation_now(njangi.store, njangi.id)
    assert (now.can_set_up, now.waits) == (False, True)
    for person in ("ada", "cy"):
        with pytest.raises(NotAllowed):
            njangi.agree(proposal, person)
    with pytest.raises(AlreadyAsked):
        do(njangi.store, SetUpRotation("ben", njangi.id, "fixed"))
    do(njangi.store, Vote("ben", proposal.id, proposal.digest, yes=False, reason="Ada is first again"))
    assert told(njangi.store, "ada", "decided")
    assert rota_of(njangi.store, njangi.store.groups.get(njangi.id)) is None
    assert rotation_now(njangi.store, njangi.id).can_set_up
    njangi.store.memberships.change(membership_id(njangi.id, "ben"), role="member")
    with pytest.raises(TooFewOfficers):
        njangi.ask()


def test_everybody_hears_of_an_order_on_every_channel_they_have(njangi: Njangi) -> None:
    """Whoever loses their turn too, and that by their phone though they have a chat."""
    njangi.set_up()
    assert [each.first for each in njangi.store.notices.find(person="cy", kind="turn_set")] == ["text"]
    for person in ("cy", "dan"):
        address = Address(f"chat:{person}", "chat", person, njangi.store.now(), njangi.store.now())
        njangi.store.addresses.insert(address)
    do(njangi.store, SetHands("ben", njangi.id, "dan", 0))
    njangi.set_up("negotiated", numbers=(3, 2, 1))
    told_cy = njangi.store.notices.find(person="cy", kind="turn_set")
    assert sorted((each.first, each.values["rounds"]) for each in told_cy) == [
        ("chat:cy", "1"),
        ("text", "1"),
        ("text", "3"),
    ]
    assert {each.first for each in njangi.store.notices.find(person="dan", kind="turn_lost")} == {
        "chat:dan",
        "text",
    }


def test_an_order_is_not_set_once_hands_or_members_have_changed(njangi: Njangi) -> None:
    for change in ({"hands": 2}, {"status": "suspended"}):
        for order in ("fixed", "negotiated"):
            proposal = njangi.ask(order, numbers=(1, 2, 3, 4) if order == "negotiated" else ())
            njangi.store.memberships.change(membership_id(njangi.id, "dan"), **change)
            with pytest.raises(OrderChanged):
                njangi.agree(proposal)
            do(njangi.store, Withdraw("ada", proposal.id))
            njangi.store.memberships.change(membership_id(njangi.id, "dan"), hands=1, status="active")
    assert njangi.set_up() == 4


def test_an_order_asked_for_before_the_first_payment_is_not_set_after_it(njangi: Njangi) -> None:
    njangi.set_up()
    proposal = njangi.ask("negotiated", numbers=(4, 3, 2, 1))
    njangi.put_in("cy", 1_000)
    with pytest.raises(OrderFixed):
        njangi.agree(proposal)
    assert njangi.rota.turn[0] == "ada"


def test_lots_are_drawn_with_a_seed_that_all_see_and_can_draw_again_with(njangi: Njangi) -> None:
    with pytest.raises(BadOrder):
        njangi.set_up("drawn")
    names = order_of(njangi.store, njangi.id, "drawn", "dice 6 2 5", ())
    njangi.set_up("drawn", "dice 6 2 5")
    assert my_turn(njangi.store, njangi.id, "dan").seed == "dice 6 2 5"
    assert [f"{place.person.title()} Name" for place in njangi.rota.places] == names
    orders = {tuple(order_of(njangi.store, njangi.id, "drawn", str(seed), ())) for seed in range(20)}
    assert len(orders) > 5


def test_a_negotiated_order_names_each_hand_once(njangi: Njangi) -> None:
    for wrong in ((), (1, 2, 3), (1, 2, 3, 4, 4), (1, 2, 3, 9)):
        with pytest.raises(BadOrder):
            njangi.set_up("negotiated", numbers=wrong)
    njangi.set_up("negotiated", numbers=(4, 2, 1, 3))
    assert [place.person for place in njangi.rota.places] == ["dan", "ben", "ada", "cy"]


def test_the_first_payment_of_any_kind_fixes_an_order(njangi: Njangi) -> None:
    """Of a member in cash, or by mobile money and on its way; until then another order can take its place."""
    record = njangi.put_in("cy", 1_000)
    njangi.set_up()
    with pytest.raises(OrderFixed):
        njangi.ask("negotiated", numbers=(4, 3, 2, 1))
    assert not rotation_now(njangi.store, njangi.id).can_set_up
    do(njangi.store, ReverseCash("ben", record, "it was never handed over"))
    njangi.set_up("negotiated", numbers=(4, 3, 2, 1))
    do(njangi.store, Contribute(njangi.id, "cy", ugx(1_000)))
    with pytest.raises(OrderFixed):
        njangi.ask()
    (payment,) = njangi.store.payments.find(group=njangi.id, state="created")
    payment_failed(njangi.store, payment, "declined")
    njangi.set_up()
    assert njangi.rota.turn[0] == "ada"


def test_until_then_another_order_can_take_its_place(njangi: Njangi) -> None:
    njangi.set_up()
    do(njangi.store, SetHands("ben", njangi.id, "dan", 0))
    njangi.set_up("negotiated", numbers=(2, 1, 3))
    assert len(njangi.rota.places) == 3 and njangi.due("dan") == 0
    njangi.all_put_in()
    njangi.pay("ben")
    with pytest.raises(OrderFixed):
        njangi.set_up()


@pytest.mark.parametrize("hands", [-1, 10])
def test_nobody_has_fewer_hands_than_none_or_more_than_nine(njangi: Njangi, hands: int) -> None:
    with pytest.raises(BadOrder):
        do(njangi.store, SetHands("ada", njangi.id, "cy", hands))


def test_there_is_a_rotation_in_a_rotating_group_only(njangi: Njangi) -> None:
    with pytest.raises(NoRotation):
        my_turn(njangi.store, njangi.id, "cy")
    with pytest.raises(NoRotation):
        do(njangi.store, PayRound("ada", njangi.id, 1, "cy", "cash"))
    with pytest.raises(NoRotation):
        do(njangi.store, Bid("cy", njangi.id, ugx(100)))
    njangi.store.groups.change(njangi.id, kind="savings")
    for command in (SetUpRotation("ada", njangi.id, "fixed"), SetHands("ada", njangi.id, "cy", 2)):
        with pytest.raises(NotAllowed):
            do(njangi.store, command)
