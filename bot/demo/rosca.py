"""A rotation's cycle as `demo-cycle` plays it: the same seven people in four groups, one for each order."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final

from bot.demo.stage import Actor, Stage
from domain.books.ledger import InsufficientFunds
from domain.groups.found import FoundGroup
from domain.groups.rules import defaults
from domain.money import Money
from domain.records.group import Order
from domain.records.payment import Way
from domain.records.person import Role
from domain.records.rota import Rota
from domain.rotation.rounds import Bid, NothingInPot, PayRound
from domain.rotation.set_up import SetHands, SetUpRotation, rota_of
from domain.rotation.turns import my_turn
from domain.savings.contribute import Contribute, RecordCash

BEGINS: Final = date(2026, 1, 2)
FIRST_MEETING: Final = date(2026, 1, 5)
HAND: Final = Money(20_000, "UGX")
NAMES: Final = (
    "Nakato Ruth", "Wanjiru Mary", "Okello Sam", "Akello Grace", "Okot James", "Auma Betty", "Namukasa Sarah",
)  # fmt: skip
ORDERS: Final[tuple[Order, ...]] = ("fixed", "drawn", "negotiated", "auction")
TWO_HANDS: Final = "Akello Grace"
# Who puts nothing into the third round, and twice as much into the fourth.
LATE: Final = "Okot James"


class Rotations:
    """The story of four tontines; `done` is told how many rounds of how many are over."""

    def __init__(
        self,
        stage: Stage,
        orders: Sequence[Order] = ORDERS,
        done: Callable[[int, int], None] = lambda _done, _of: None,
    ) -> None:
        self._stage, self._orders, self._done = stage, orders, done
        self.groups, self.people = list[str](), list[Actor]()

    def run(self) -> None:
        """From the founding to the order of the second cycle."""
        stage = self._stage
        self.people = stage.register([stage.newcomer(number, name) for number, name in enumerate(NAMES, start=1)])
        self.groups = [self._found(number, order) for number, order in enumerate(self._orders, start=1)]
        rounds = len(NAMES) + 1  # one has two hands
        for number in range(1, rounds + 1):
            stage.clock.go_to(FIRST_MEETING + timedelta(weeks=number - 1))
            for group in self.groups:
                self._round(group, number)
            self._done(number, rounds)
        for group, order in zip(self.groups, self._orders, strict=True):
            assert self._rota(group).is_over, f"every round of {order} is paid"
            self._set_up(group, order)

    def _found(self, number: int, order: Order) -> str:
        stage, chair, treasurer = self._stage, self.people[0], self.people[1]
        rules = defaults("rosca", HAND, FIRST_MEETING)
        officers: tuple[tuple[str, Role], ...] = ((chair.id, "chairperson"), (treasurer.id, "treasurer"))
        code = f"4040{number}"
        group: str = stage.do(FoundGroup(code, f"Tontine {order}", "rosca", rules, officers))
        for each in self.people[2:]:
            stage.let_in(group, code, chair, each)
        stage.do(SetHands(treasurer.id, group, self._named(TWO_HANDS).id, 2))
        self._set_up(group, order)
        turns = ", ".join(self._named_by(place.person).name.split()[0] for place in self._rota(group).places)
        stage.say(f"{stage.clock().date()}  Tontine {order}: {'ties by ' if order == 'auction' else ''}{turns}")
        return group

    def _set_up(self, group: str, order: Order) -> None:
        """The treasurer asks for it, the chairperson agrees."""
        seed = "what the newspaper said today" if order == "drawn" else ""
        # Whoever needs it most; Akello, the fourth, has two hands.
        numbers = (7, 6, 4, 5, 3, 2, 4, 1) if order == "negotiated" else ()
        self._stage.do(SetUpRotation(self.people[1].id, group, order, seed, numbers))
        self._stage.decide(group, "rotation", self.people[:1])

    def _round(self, group: str, number: int) -> None:
        """All put in, in an auction some bid, and the pot is paid."""
        stage = self._stage
        for place, each in enumerate(self.people):
            due = my_turn(stage.store, group, each.id).due
            if not due or (each.name == LATE and number == 3):
                continue
            if number == 2 and place == 5 and group == self.groups[0]:
                stage.call(each, "contribute", stage.store.groups.get(group).name, "1")
            elif (place + number) % 3 == 0:
                stage.do(Contribute(group, each.id, due))
            else:
                officer = self.people[0] if each == self.people[1] else self.people[1]
                stage.do(RecordCash(group, each.id, due, officer.id))
        stage.settle()
        rota = self._rota(group)
        if rota.kind == "auction" and rota.is_contested:
            for place, person in enumerate(dict.fromkeys(rota.waiting()[-3:]), start=1):
                stage.do(Bid(person, group, Money(2_500 * place, "UGX")))
        paid = self._pay(group, number)
        of = self._rota(group).round(number)
        assert of is not None
        bid = f", who gave {of.bid}" if of.bid else ""
        name = self._named_by(of.person).name
        stage.say(
            f"{stage.clock().date()}  {stage.store.groups.get(group).name}, round {number}: {paid} to {name}{bid}"
        )

    def _pay(self, group: str, number: int) -> Money:
        """This round's hand, and what came in late for one before; from the box, then from the wallet."""
        stage = self._stage
        paid = Money(0, "UGX")
        for earlier in range(1, number + 1):
            rota = self._rota(group)
            of = rota.round(earlier)
            person = of.person if of else rota.turn[0]
            officer = self.people[0] if person == self.people[1].id else self.people[1]
            ways: tuple[Way, ...] = ("cash", "mobile_money")
            for way in ways:
                now = self._rota(group).round(earlier)
                if now is not None and not self._rota(group).rest(now):
                    break
                try:
                    said = stage.do(PayRound(officer.id, group, earlier, person, way))
                except (InsufficientFunds, NothingInPot):
                    continue
                paid += Money(said["paid"]["minor"], "UGX")
            stage.settle()
        return paid

    def outcome(self) -> list[tuple[str, ...]]:
        """What each member put in and received, in each group."""
        rows: list[tuple[str, ...]] = [("member", *(f"{order} in/out" for order in self._orders))]
        for each in self.people:
            cells = []
            for group in self.groups:
                rota = self._stage.store.rotas.get(f"{group}:1")
                mine = [of for of in rota.rounds if of.person == each.id]
                received = sum((of.paid for of in mine), Money(0, "UGX"))
                put_in = self.put_in(group, each)
                cells.append(f"{put_in.grouped(',')} / {received.grouped(',')}")
            rows.append((each.name, *cells))
        return rows

    def put_in(self, group: str, each: Actor) -> Money:
        """Of the member's own money: what the bids of others brought is not in it."""
        payments = self._stage.store.payments.find(person=each.id, state="succeeded")
        mine = (p.amount for p in payments if (p.group, p.direction) == (group, "in"))
        return sum(mine, Money(0, "UGX"))

    def _rota(self, group: str) -> Rota:
        rota = rota_of(self._stage.store, self._stage.store.groups.get(group))
        assert rota is not None, "the order is set with the founding"
        return rota

    def _named(self, name: str) -> Actor:
        return next(each for each in self.people if each.name == name)

    def _named_by(self, id: str) -> Actor:
        return next(each for each in self.people if each.id == id)
