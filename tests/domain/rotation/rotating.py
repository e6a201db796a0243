"""A group that rotates, made of documents and commands: four people put in, one a round takes it all."""

from collections import Counter
from datetime import date
from typing import Any

from domain.books.accounts import Account
from domain.decisions.voting import Vote
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.group import Constitution, Group, Order
from domain.records.payment import Way
from domain.records.person import Membership, Person, Pin, Role, membership_id
from domain.records.proposal import Proposal
from domain.records.rota import Rota
from domain.rotation.rounds import PaidRound, PayRound
from domain.rotation.set_up import SetUpRotation, rota_of
from domain.savings.contribute import Contribute, RecordCash, contributions_due
from tests.conftest import Clock
from tests.money import ugx
from tests.people import arrives, do

HAND = 1_000
PEOPLE = ("ada", "ben", "cy", "dan")


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


def told(store: MongoStore, person: str, kind: str) -> list[dict[str, Any]]:
    return [dict(each.values) for each in store.notices.find(person=person, kind=kind)]
