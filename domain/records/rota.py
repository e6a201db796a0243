"""
A rotation as it is kept: whose turn it is, what each round's hand is due of its pot, and what was paid of it.

What each member put in is in the books: a pot that was paid out, or netted, is taken from their part of the
account of the pot, so what is left there and what they received come to what they put in. It fills the rounds
from the first on: what is late goes to whoever's round it was missing in.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import takewhile

from domain.arithmetic.rotation import Hand, Rotation, winner
from domain.money import Money
from domain.records.group import Constitution, Group, Order
from domain.records.person import Membership


@dataclass(frozen=True, slots=True)
class Place:
    """One hand's place in the order: whose it is, and their number in the group's list."""

    person: str
    number: int


@dataclass(frozen=True, slots=True)
class Round:
    """
    A round whose pot is somebody's, since the `day` (ISO date): `hand` says which of theirs it is, `bid` what they
    gave for it. `meeting` is the one it was due at (ISO date), "" for a round of before that was known.

    Of the rest of the pot `netted` stayed for their own arrears, `paid` was paid, and `sent` is on its way.
    """

    number: int
    person: str
    hand: int
    day: str
    bid: Money
    netted: Money
    paid: Money
    sent: Money
    meeting: str = ""

    @property
    def gone(self) -> Money:
        """What is no longer in the round's pot, or will not be."""
        return self.bid + self.netted + self.paid + self.sent


@dataclass(frozen=True, slots=True)
class Rota:
    """
    `id` is group:cycle. Each hand puts `contribution` into every round, and has one place in the order.

    `kind` is how the order came about; `seed` what it was drawn with. `rounds` are those whose pot is somebody's;
    `bids` are by person, for the next of them. `first` is the meeting of the first round (ISO date), "" for a rota
    of before that was kept. `came_due` are the meetings of the first rounds (ISO dates) of a group that moved in
    behind with them: it has no meetings of before.
    """

    id: str
    group: str
    cycle: int
    contribution: Money
    kind: Order
    places: tuple[Place, ...]
    seed: str = ""
    rounds: tuple[Round, ...] = ()
    bids: Mapping[str, Money] = field(default_factory=dict)
    version: int = 0
    first: str = ""
    came_due: tuple[str, ...] = ()

    @property
    def rotation(self) -> Rotation:
        """The same for the rules, which know members by their numbers."""
        seen: Counter[int] = Counter()
        hands = []
        for place in self.places:
            seen[place.number] += 1
            hands.append(Hand(place.number, seen[place.number]))
        return Rotation(self.contribution, tuple(hands))

    @property
    def pot(self) -> Money:
        """What a round comes to when every hand has put in."""
        return self.rotation.pot

    @property
    def next(self) -> int:
        """The number of the first round whose pot is nobody's yet; one above the last when there is none."""
        return len(self.rounds) + 1

    def next_due(self, rules: Constitution, meeting: date) -> date:
        """
        The meeting at which the next round is due: the one after that of the round before, whenever its pot was
        paid. `meeting` is the one that comes, or today's.
        """
        if self.next <= len(self.came_due):
            return date.fromisoformat(self.came_due[self.next - 1])
        if self.rounds:
            last = self.rounds[-1]
            return rules.meeting_after(date.fromisoformat(last.meeting or last.day))
        # The group may meet on other days since the order was set.
        return rules.meeting_from(date.fromisoformat(self.first)) if self.first else meeting

    def dues(self, rules: Constitution, meeting: date) -> Iterator[date]:
        """The meetings of the rounds that nobody had the pot of, from the next one on: see `next_due`."""
        day = self.next_due(rules, meeting)
        for number in range(self.next, len(self.places) + 1):
            yield day
            known = number < len(self.came_due)
            day = date.fromisoformat(self.came_due[number]) if known else rules.meeting_after(day)

    def ends_before(self, rules: Constitution) -> date:
        """The meeting after the last round, and after the day its pot became somebody's."""
        last = self.rounds[-1]
        return rules.meeting_after(date.fromisoformat(max(last.meeting, last.day)))

    def due_by(self, rules: Constitution, meeting: date) -> int:
        """
        How many rounds are due by the `meeting` that comes, or today's: one each meeting, whether the pots before
        it were paid or not.
        """
        due = takewhile(lambda day: day <= meeting, self.dues(rules, meeting))
        return len(self.rounds) + sum(1 for _ in due)

    @property
    def is_over(self) -> bool:
        """Every round is paid in full."""
        return len(self.rounds) == len(self.places) and not any(
            self.rest(each) + each.sent for each in self.rounds
        )

    def round(self, number: int) -> Round | None:
        """The round with this number, once its pot is somebody's."""
        return self.rounds[number - 1] if 0 < number < self.next else None

    @property
    def people(self) -> dict[int, str]:
        """Those who have a hand, by their numbers in the group's list."""
        return {place.number: place.person for place in self.places}

    def hand(self, of: Round) -> Hand:
        """The hand that a round was for."""
        return Hand(next(place.number for place in self.places if place.person == of.person), of.hand)

    def hands(self, person: str) -> int:
        """How many places in the order are theirs."""
        return sum(place.person == person for place in self.places)

    @property
    def is_contested(self) -> bool:
        """Whether hands of more than one member have not received yet: the last one has nobody to bid against."""
        return len(set(self.waiting())) > 1

    @property
    def turn(self) -> tuple[str, Money]:
        """
        Whose the next round is, by the order or the bids so far, and what they give for it; nobody's, "", when all
        have received.
        """
        waiting, nothing = self.waiting(), Money(0, self.contribution.currency)
        if self.kind != "auction" or not self.is_contested:
            return (waiting or [""])[0], nothing
        numbers = {place.person: place.number for place in self.places}
        bids = {numbers[person]: bid for person, bid in self.bids.items()}
        hand, bid = winner(self.rotation, [self.hand(each) for each in self.rounds], bids)
        return self.people[hand.member], bid

    def has_come(self, rules: Constitution, meeting: date) -> bool:
        """Whether the next round can be somebody's: it is due by the `meeting` that comes, or today's."""
        return self.next <= self.due_by(rules, meeting)

    def waiting(self) -> list[str]:
        """Whose hands have not received yet, in their order; each as often as they have one."""
        received = Counter(each.person for each in self.rounds)
        left = []
        for place in self.places:
            if received[place.person]:
                received[place.person] -= 1
            else:
                left.append(place.person)
        return left

    def put_in(self, person: str, held: int) -> int:
        """What a member has put into the cycle, in minor units, who has `held` in the pot by the books."""
        mine = (each for each in self.rounds if each.person == person)
        return held + sum((each.bid + each.netted + each.paid + each.sent).minor for each in mine)

    def owed(self, person: str, held: int, rounds: int) -> int:
        """What a member has still to put in, in minor units, for this many rounds."""
        return max(0, self.contribution.minor * self.hands(person) * rounds - self.put_in(person, held))

    def missing(self, person: str, number: int, held: int) -> int:
        """What a member has still to put into one round, in minor units: those before it are filled first."""
        return self.owed(person, held, number) - self.owed(person, held, number - 1)

    def left_in(self, number: int, held: Mapping[str, int]) -> int:
        """What is in a round's pot, in minor units, and not on its way out of it; `held` is by person."""
        gone = each.gone.minor if (each := self.round(number)) else 0
        missing = (self.missing(person, number, held.get(person, 0)) for person in self.people.values())
        return self.pot.minor - sum(missing) - gone

    def payable(self, number: int, held: Mapping[str, int], bid: Money) -> int:
        """
        What of a round's pot can leave it, in minor units; `bid` is for one whose pot is nobody's yet.

        It is never more than is in all pots together: cash that was taken back after it was paid out is missing
        in both.
        """
        left = self.left_in(number, held) - (0 if self.round(number) else bid.minor)
        return min(left, sum(held.values()))

    def rest(self, of: Round) -> Money:
        """What is due to the hand of a round, and neither paid nor on its way."""
        return self.pot - of.gone

    def with_round(self, changed: Round) -> "Rota":
        """The same with one round as it is now."""
        rounds = (*self.rounds[: changed.number - 1], changed, *self.rounds[changed.number :])
        return replace(self, rounds=rounds, version=self.version + 1)


def rota_id(group: str, cycle: int) -> str:
    """The one id a rotation of this cycle can have."""
    return f"{group}:{cycle}"


def owed_to_pot(rota: Rota | None, group: Group, membership: Membership, held: int, meeting: date) -> Money:
    """
    What a member has still to put in by the `meeting` that comes, or today's, who has `held` in the pot by the
    books, in minor units.

    Before the cycle has its rota it is the first round, for as many hands as they will have.
    """
    if rota is None:
        owed = max(0, group.constitution.share_price.minor * membership.hands - held)
    else:
        owed = rota.owed(membership.person, held, rota.due_by(group.constitution, meeting))
    return Money(owed, group.currency)
