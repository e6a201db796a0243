"""The rotation in the books: whose turn it is, what is paid of a round and when, and that all comes out even."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from domain.books.accounts import Account
from domain.books.ledger import InsufficientFunds
from domain.decisions.rights import Frozen
from domain.decisions.voting import AlreadyAsked, TooFewOfficers, Vote, Withdraw
from domain.errors import DomainError
from domain.groups.leave import AskToLeave, RotationOpen
from domain.groups.rules import our_rules
from domain.meetings.cash_book import ReverseCash
from domain.meetings.who_paid import Missing, not_paid
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.chat import Address
from domain.records.group import Constitution, Group, Order
from domain.records.payment import Way
from domain.records.person import Membership, NotAllowed, Person, Pin, Role, membership_id
from domain.records.proposal import Proposal
from domain.records.rota import Rota
from domain.rotation.rounds import (
    BadBid,
    Bid,
    NoRotation,
    NothingInPot,
    PaidRound,
    PayRound,
    RoundPaid,
    TurnChanged,
)
from domain.rotation.set_up import BadOrder, OrderChanged, OrderFixed, SetHands, SetUpRotation, rota_of
from domain.rotation.turns import NotIn, RoundToPay, my_turn, not_in_pot, order_of, rotation_now
from domain.savings.contribute import Contribute, RecordCash, TooMuch, contributions_due, savings
from domain.treasury.settle import payment_failed
from domain.treasury.take_back import MovedByProvider, NotReversible
from tests.conftest import Clock, on_one_store
from tests.people import arrives, do

HAND = 1_000
PEOPLE = ("ada", "ben", "cy", "dan")


def ugx(minor: int) -> Money:
    return Money(minor, "UGX")


class Njangi:
    """Ada (1), Ben (2), Cy (3) and Dan (4) put UGX 1,000 a hand into a round; Ada and Ben are officers."""

    def __init__(self, store: MongoStore, clock: Clock, **rules: Any) -> None:
        self.store, self.clock = store, clock
        constitution = Constitution(ugx(HAND), date(2026, 10, 5), shares_max=0, loans=None, **rules)
        now = store.now()
        self.id = store.new_id()
        code = str(20_202 + store.groups.count())
        store.groups.insert(Group(self.id, code, "Njangi", "rosca", "UGX", constitution, now, members=4))
        roles: dict[str, Role] = {"ada": "chairperson", "ben": "treasurer"}
        for number, person in enumerate(PEOPLE, start=1):
            phone = f"+25677200020{number}"
            if store.people.one(id=person) is None:
                store.people.insert(Person(person, f"{person.title()} Name", phone, "en", Pin("-"), now))
            id, role = membership_id(self.id, person), roles.get(person, "member")
            store.memberships.insert(Membership(id, self.id, person, number, role, "active", now))

    def ask(self, order: Order = "fixed", seed: str = "", numbers: tuple[int, ...] = ()) -> Proposal:
        """Ada asks for an order."""
        do(self.store, SetUpRotation("ada", self.id, order, seed, numbers))
        (proposal,) = self.store.proposals.find(group=self.id, kind="rotation", state="open")
        return proposal

    def agree(self, proposal: Proposal, person: str = "ben") -> None:
        do(self.store, Vote(person, proposal.id, proposal.digest, yes=True))

    def set_up(self, order: Order = "fixed", seed: str = "", numbers: tuple[int, ...] = ()) -> int:
        """Ada asks for an order and Ben agrees; answers with how many rounds there are."""
        self.agree(self.ask(order, seed, numbers))
        return len(self.rota.places)

    def put_in(self, person: str, minor: int) -> str:
        """In cash; answers with the payment's id."""
        officer = "ben" if person == "ada" else "ada"
        asked: Any = do(self.store, RecordCash(self.id, person, ugx(minor), officer))
        return str(asked["payment"])

    def send(self, person: str, minor: int) -> None:
        """By mobile money, which arrives."""
        asked: Any = do(self.store, Contribute(self.id, person, ugx(minor)))
        arrives(self.store, self.store.payments.get(asked["payment"]))

    def all_put_in(self, *but: str) -> None:
        """Everybody but some puts in what is due, in cash."""
        for person in set(self.rota.people.values()) - set(but):
            if due := self.due(person):
                self.put_in(person, due)

    def pay(self, person: str, way: Way = "cash", number: int = 0, officer: str = "") -> PaidRound:
        """The next round, unless another one is named."""
        officer = officer or ("ben" if person == "ada" else "ada")
        command = PayRound(officer, self.id, number or self.rota.next, person, way)
        paid: Any = do(self.store, command)
        money = {field: Money(**paid[field]) for field in ("paid", "left", "owes")}
        return PaidRound(paid["name"], **money)

    def next_meeting(self) -> None:
        self.clock.forward(days=7)

    def confirm(self) -> None:
        """What is on its way arrives."""
        for payment in self.store.payments.find(group=self.id, state="created"):
            arrives(self.store, payment)

    def due(self, person: str) -> int:
        due = contributions_due(self.store, self.id, person)
        assert due.amount == due.most
        return due.amount.minor

    @property
    def rota(self) -> Rota:
        made = rota_of(self.store, self.store.groups.get(self.id))
        assert made is not None
        return made

    @property
    def held(self) -> dict[str, int]:
        """What each has in the pot by the books, in minor units."""
        balances = self.store.books.balances(self.id)
        return {
            member: -minor for (account, member), minor in balances.items() if account == Account.POT and member
        }

    def received(self) -> dict[str, int]:
        """What was paid out to each, and not taken back."""
        sums: Counter[str] = Counter()
        paid = self.store.payments.find(group=self.id, direction="out", state="succeeded", reversed=False)
        for payment in paid:
            sums[payment.person] += payment.amount.minor
        return dict(sums)

    def check(self) -> None:
        totals = self.store.books.totals(self.id)
        assert sum(totals.values()) == 0 and totals.get("1010", 0) >= 0 and totals.get("1020", 0) >= 0
        assert sum(self.held.values()) == -totals.get(Account.POT, 0)
        assert verify_book(self.store.books, self.id) == []


@pytest.fixture
def njangi(store: MongoStore, clock: Clock) -> Njangi:
    return Njangi(store, clock)


def told(store: MongoStore, person: str, kind: str) -> list[dict[str, Any]]:
    return [dict(each.values) for each in store.notices.find(person=person, kind=kind)]


# The order


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


# Putting in


def test_what_is_due_is_every_hand_of_every_round_so_far(njangi: Njangi) -> None:
    do(njangi.store, SetHands("ada", njangi.id, "cy", 2))
    assert njangi.due("cy") == 2_000, "before the order is set, the first round"
    njangi.set_up()
    njangi.put_in("cy", 1_500)
    assert njangi.due("cy") == 500
    with pytest.raises(TooMuch):
        njangi.put_in("cy", 501)
    njangi.all_put_in("cy")
    njangi.pay("ada")
    assert (njangi.due("cy"), njangi.due("ada")) == (500, 0), "the round after is due at its own meeting"
    njangi.next_meeting()
    assert (njangi.due("cy"), njangi.due("ada")) == (2_500, 1_000), "arrears and this meeting's round"
    njangi.put_in("cy", 2_500)
    assert njangi.due("cy") == 0
    assert Missing(1, "Ada Name", ugx(1_000)) in not_paid(njangi.store, njangi.id, 1)
    assert {each.name for each in not_paid(njangi.store, njangi.id, 1)} == {"Ada Name", "Ben Name", "Dan Name"}
    (line,) = savings(njangi.store, "ada")
    assert (line.total, line.due) == (ugx(1_000), ugx(1_000)), "what was received is not owed"


def test_nobody_owes_twice_on_one_day(njangi: Njangi) -> None:
    """The pot of the round is paid at its meeting: the next round is due at the next one, from the day after."""
    njangi.set_up()
    njangi.all_put_in()
    njangi.pay("ada")
    assert {person: njangi.due(person) for person in PEOPLE} == dict.fromkeys(PEOPLE, 0)
    with pytest.raises(TooMuch) as refused:
        njangi.put_in("cy", 1)
    assert refused.value.details["most"] == 0
    assert not_paid(njangi.store, njangi.id, 1) == []
    turn = my_turn(njangi.store, njangi.id, "cy")
    assert (turn.number, turn.day, turn.due) == (2, date(2026, 10, 12), ugx(0))
    njangi.clock.forward(days=1)
    assert {person: njangi.due(person) for person in PEOPLE} == dict.fromkeys(PEOPLE, HAND)


@pytest.mark.parametrize("late", [2, 7, 9])
def test_a_round_is_due_at_its_meeting_whenever_the_pot_before_it_was_paid(njangi: Njangi, late: int) -> None:
    njangi.set_up()
    njangi.all_put_in()
    njangi.clock.forward(days=late)
    njangi.pay("ada")
    meetings = 3 if late > 7 else 2
    assert njangi.due("cy") == HAND * (meetings - 1)
    assert njangi.rota.rounds[0].meeting == "2026-10-05"
    njangi.clock.forward(days=7 * (meetings - 1) - late)
    assert njangi.due("cy") == HAND * (meetings - 1)
    njangi.all_put_in()
    njangi.pay("ben")
    assert [each.meeting for each in njangi.rota.rounds] == ["2026-10-05", "2026-10-12"]
    njangi.check()


def test_rounds_that_were_not_paid_at_their_meetings_are_paid_together(njangi: Njangi) -> None:
    """Each in its turn; the round whose meeting has not come waits."""
    njangi.set_up()
    njangi.next_meeting()
    assert njangi.due("cy") == 2 * HAND
    njangi.all_put_in()
    njangi.pay("ada")
    njangi.pay("ben")
    with pytest.raises(RoundPaid):
        njangi.pay("cy")
    njangi.next_meeting()
    njangi.next_meeting()
    njangi.next_meeting()
    assert njangi.due("cy") == 2 * HAND, "there are four rounds, however late"


def test_the_first_round_of_the_next_cycle_is_due_after_the_last_of_this_one(njangi: Njangi) -> None:
    njangi.set_up()
    for person in PEOPLE:
        njangi.next_meeting()
        njangi.all_put_in()
        njangi.pay(person)
    njangi.set_up()
    assert (njangi.due("cy"), njangi.rota.first) == (0, "2026-11-09")
    njangi.clock.forward(days=1)
    assert njangi.due("cy") == HAND


def test_a_rota_of_before_goes_on_with_the_meeting_after_its_last_pot(njangi: Njangi) -> None:
    """It knows no meetings: they follow from the days its pots became somebody's."""
    njangi.set_up()
    njangi.store.rotas.change(njangi.rota.id, first="")
    assert njangi.due("cy") == HAND, "the first round is the coming meeting's"
    njangi.next_meeting()
    assert njangi.due("cy") == HAND
    njangi.all_put_in()
    njangi.pay("ada")
    (paid,) = njangi.rota.rounds
    njangi.store.rotas.change(njangi.rota.id, rounds=(replace(paid, meeting=""),))
    assert njangi.due("cy") == 0
    njangi.clock.forward(days=1)
    assert njangi.due("cy") == HAND


def test_before_a_pot_is_paid_who_has_not_put_in_is_known_by_name_and_amount(njangi: Njangi) -> None:
    with pytest.raises(NoRotation):
        not_in_pot(njangi.store, njangi.id, 1)
    njangi.set_up()
    njangi.all_put_in("cy", "dan")
    njangi.put_in("dan", 400)
    assert not_in_pot(njangi.store, njangi.id, 1) == [NotIn("Cy Name", ugx(1_000)), NotIn("Dan Name", ugx(600))]
    njangi.next_meeting()
    njangi.put_in("cy", 1_500)
    assert not_in_pot(njangi.store, njangi.id, 1) == [NotIn("Dan Name", ugx(600))]
    assert NotIn("Cy Name", ugx(500)) in not_in_pot(njangi.store, njangi.id, 2)


def test_what_is_on_its_way_is_not_asked_for_again_at_the_next_meeting(njangi: Njangi) -> None:
    njangi.set_up()
    do(njangi.store, Contribute(njangi.id, "cy", ugx(1_000)))
    assert njangi.due("cy") == 0
    njangi.next_meeting()
    assert njangi.due("cy") == 1_000, "this meeting's round"
    with pytest.raises(TooMuch):
        njangi.put_in("cy", 1_001)


# Paying a round


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


# Auctions


def test_the_highest_bid_wins_and_is_parted_among_all_hands(njangi: Njangi) -> None:
    njangi.set_up("auction")
    assert told(njangi.store, "cy", "auction_set") == [{"group": "Njangi", "count": 4}]
    njangi.all_put_in()
    do(njangi.store, Bid("cy", njangi.id, ugx(400)))
    do(njangi.store, Bid("dan", njangi.id, ugx(600)))
    do(njangi.store, Bid("cy", njangi.id, ugx(800)))
    turn = my_turn(njangi.store, njangi.id, "dan")
    assert (turn.next_name, turn.highest_bid, turn.own_bid, turn.may_bid) == ("Cy Name", ugx(800), ugx(600), True)
    with pytest.raises(TurnChanged):
        njangi.pay("dan")
    assert njangi.pay("cy") == PaidRound("Cy Name", ugx(3_200), ugx(0), ugx(0))
    assert njangi.held == {"ada": 1_200, "ben": 1_200, "cy": 1_000 - 4_000 + 200, "dan": 1_200}
    assert {person: njangi.due(person) for person in ("ada", "cy")} == {"ada": 0, "cy": 0}
    assert told(njangi.store, "ada", "bid_parted") == [{"group": "Njangi", "amount": ugx(200)}]
    assert not my_turn(njangi.store, njangi.id, "cy").may_bid and njangi.rota.bids == {}
    won = {person: my_turn(njangi.store, njangi.id, person).turns for person in PEOPLE}
    assert won == {"ada": [], "ben": [], "cy": [1], "dan": []}, "in an auction nobody's turn is known before"
    with pytest.raises(NotAllowed):
        do(njangi.store, Bid("cy", njangi.id, ugx(100)))
    njangi.next_meeting()
    assert {person: njangi.due(person) for person in ("ada", "cy")} == {"ada": 800, "cy": 800}
    njangi.check()


def test_a_bid_is_taken_from_its_round_once_however_late_the_rest_comes(njangi: Njangi) -> None:
    njangi.set_up("auction")
    njangi.all_put_in("dan")
    do(njangi.store, Bid("cy", njangi.id, ugx(400)))
    assert njangi.pay("cy").paid == ugx(4_000 - 400 - 900), "100 of the bid are Dan's, and 900 are missing"
    njangi.put_in("dan", 900)
    (late,) = rotation_now(njangi.store, njangi.id).to_pay
    assert (late.number, late.person, late.in_pot) == (1, "cy", ugx(900))
    assert njangi.pay("cy", number=1).paid == ugx(900)
    njangi.check()


def test_what_no_coin_splits_of_a_bid_goes_round_over_the_rounds(store: MongoStore, clock: Clock) -> None:
    """Three bids of 300 in coins of 100, four hands: nine coins, and nobody is ahead by more than one."""
    njangi = Njangi(store, clock, cash_unit=100)
    njangi.set_up("auction")
    for person in ("dan", "cy", "ben", "ada"):
        njangi.all_put_in()
        if person != "ada":
            do(store, Bid(person, njangi.id, ugx(300)))
        njangi.pay(person)
        njangi.check()
        njangi.next_meeting()
    parts = {person: [each["amount"].minor for each in told(store, person, "bid_parted")] for person in PEOPLE}
    assert parts == {"ada": [100] * 3, "ben": [100] * 2, "cy": [100] * 2, "dan": [100] * 2}
    assert njangi.rota.is_over and set(njangi.held.values()) == {0}


def test_without_a_bid_or_between_equal_ones_the_order_decides(njangi: Njangi) -> None:
    njangi.set_up("auction")
    njangi.all_put_in()
    for person in ("dan", "cy"):
        do(njangi.store, Bid(person, njangi.id, ugx(100)))
    assert my_turn(njangi.store, njangi.id, "ada").next_name == "Cy Name"
    for person in ("dan", "cy"):
        do(njangi.store, Bid(person, njangi.id, ugx(0)))
    assert my_turn(njangi.store, njangi.id, "ada").next_name == "Ada Name"


@pytest.mark.parametrize("minor", [-100, 4_000, 150])
def test_a_bid_is_below_the_pot_and_in_whole_units_of_cash(store: MongoStore, clock: Clock, minor: int) -> None:
    njangi = Njangi(store, clock, cash_unit=100)
    njangi.set_up("auction")
    with pytest.raises(BadBid) as refused:
        do(store, Bid("cy", njangi.id, ugx(minor)))
    assert refused.value.details == {"pot": 4_000, "unit": 100, "currency": "UGX"}
    do(store, Bid("cy", njangi.id, ugx(3_900)))


def test_the_last_has_nobody_to_bid_against(njangi: Njangi) -> None:
    njangi.set_up("auction")
    for person in ("dan", "cy", "ben"):
        njangi.all_put_in()
        do(njangi.store, Bid(person, njangi.id, ugx(300)))
        njangi.pay(person)
        njangi.next_meeting()
    with pytest.raises(NotAllowed):
        do(njangi.store, Bid("ada", njangi.id, ugx(300)))
    njangi.all_put_in()
    assert njangi.pay("ada").paid == ugx(4_000)
    assert set(njangi.held.values()) == {0} and njangi.rota.is_over


def test_who_has_not_bid_in_a_fixed_order_cannot(njangi: Njangi) -> None:
    njangi.set_up()
    with pytest.raises(NotAllowed):
        do(njangi.store, Bid("cy", njangi.id, ugx(100)))


# A whole cycle


def test_the_next_cycle_begins_when_every_round_is_paid(njangi: Njangi) -> None:
    njangi.set_up()
    for person in PEOPLE:
        assert "share_price" not in our_rules(njangi.store, njangi.id, "ada").changeable
        njangi.all_put_in()
        njangi.pay(person)
        njangi.next_meeting()
    assert "share_price" in our_rules(njangi.store, njangi.id, "ada").changeable
    assert {person: njangi.due(person) for person in ("ada", "dan")} == {"ada": 0, "dan": 0}
    assert my_turn(njangi.store, njangi.id, "cy").next_name == ""
    do(njangi.store, SetHands("ada", njangi.id, "dan", 2))
    assert njangi.set_up("negotiated", numbers=(4, 4, 3, 2, 1)) == 5
    group = njangi.store.groups.get(njangi.id)
    assert (group.cycle, group.cycle_from) == (2, date(2026, 11, 2))
    assert (njangi.due("dan"), njangi.due("ada")) == (2_000, 1_000)
    njangi.check()


Cycle = tuple[tuple[int, ...], Order, Sequence[int], Sequence[str]]


@st.composite
def cycles(draw: st.DrawFn) -> Cycle:
    """Hands of each, an order, a bid of each round and who is late in it."""
    hands = tuple(draw(st.integers(1, 2)) for _ in range(4))
    order: Order = draw(st.sampled_from(get_args(Order)))
    count = sum(hands)
    bids = draw(st.lists(st.integers(0, 20), min_size=count, max_size=count))
    late = draw(st.lists(st.sampled_from(["", "ada", "ben", "cy", "dan"]), min_size=count, max_size=count))
    return hands, order, bids, late


@runs(on_one_store, max_examples=8)
@given(cycle=cycles())
def test_over_a_cycle_everybody_receives_what_they_put_in(store: MongoStore, clock: Clock, cycle: Cycle) -> None:
    """In each order, whoever is late; of an auction less what they gave for it, with what others gave."""
    hands, order, bids, late = cycle
    njangi = Njangi(store, clock, cash_unit=100)
    for person, count in zip(PEOPLE, hands, strict=True):
        do(store, SetHands("ada", njangi.id, person, count))
    numbers = tuple(number for number, count in enumerate(hands, start=1) for _ in range(count))
    njangi.set_up(order, "dice" if order == "drawn" else "", numbers if order == "negotiated" else ())
    for bid, missing in zip(bids, late, strict=True):
        njangi.all_put_in(missing)
        waiting = njangi.rota.waiting()
        if bid and order == "auction" and njangi.rota.is_contested:
            do(store, Bid(waiting[bid % len(waiting)], njangi.id, ugx(100 * bid)))
        njangi.pay(njangi.rota.turn[0])
        njangi.check()
        njangi.next_meeting()
    njangi.all_put_in()
    for each in rotation_now(store, njangi.id).to_pay:
        njangi.pay(each.person, number=each.number)
    njangi.check()
    assert njangi.rota.is_over and set(njangi.held.values()) == {0}
    expected: Counter[str] = Counter()
    for payment in store.payments.find(group=njangi.id, direction="in"):
        expected[payment.person] += payment.amount.minor
    for entry in store.books.entries(njangi.id):
        if entry.reference.startswith("bid:"):
            assert order == "auction"
            for leg in entry.postings:
                expected[leg.member] -= leg.amount
    assert njangi.received() == dict(expected), "what is netted is neither put in nor received"
