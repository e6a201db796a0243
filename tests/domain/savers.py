"""A group that lends, made of documents and commands: three officers, and three members with savings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any
from weakref import WeakSet

from domain.arithmetic.eligibility import BorrowingRules
from domain.arithmetic.schedule import Terms
from domain.books.ledger import Draft, Posting
from domain.decisions.voting import Vote
from domain.groups.rules import adopt
from domain.loans.borrow import RequestLoan
from domain.loans.guarantors import AnswerGuarantee
from domain.loans.pay_out import HandOverLoan
from domain.loans.postings import postings
from domain.loans.repay import RecordRepayment
from domain.mongo.books import MongoBooks
from domain.mongo.store import MongoStore
from domain.records.group import Constitution, Group, GroupKind, LoanProduct
from domain.records.loan import Guarantee, Loan
from domain.records.payment import Way
from domain.records.person import Membership, Person, Pin, Role, membership_id
from domain.savings.contribute import Contribute, RecordCash
from tests.money import ugx
from tests.people import arrives, do, made_once

# What keeps a test from its point is off: nobody is too new, and no score is asked for.
EASY = BorrowingRules(months_min=0, score_min=None)
# 10 % on what is owed, every four weeks.
PRODUCT = LoanProduct(borrowing=EASY, method="declining-principal", periods_max=6)


@dataclass
class Savers:
    """Ada, Ben and Cy lead; Dan, Eve and Fay are members. Each has saved UGX 100,000 in cash."""

    store: MongoStore
    group: str
    officers: tuple[str, ...] = ("ada", "ben", "cy")
    members: tuple[str, ...] = ("dan", "eve", "fay")

    @property
    def totals(self) -> dict[str, int]:
        """What every account of the book holds that holds something."""
        return {code: minor for code, minor in sorted(self.store.books.totals(self.group).items()) if minor}

    def held(self, person: str) -> dict[str, int]:
        """The same of one member."""
        balances = self.store.books.of_member_in([self.group], person)
        return {code: minor for (_, code), minor in balances.items() if minor}

    def loan(self, id: str) -> Loan:
        return self.store.loans.get(id)

    def ask(self, person: str, minor: int, periods: int = 1, way: Way = "cash", *guarantors: str) -> str:
        """A request; answers with the loan's id."""
        command = RequestLoan(self.group, person, ugx(minor), periods, way, guarantors)
        return str(self.do(command)["loan"])

    def vote(self, loan: str, *officers: str, yes: bool = True, reason: str = "") -> None:
        for officer in officers:
            proposal = self.store.proposals.get(self.loan(loan).proposal)
            self.do(Vote(officer, proposal.id, proposal.digest, yes, reason))

    def decide(self, kind: str, *people: str) -> None:
        """These people say yes to the open proposal of a kind."""
        (proposal,) = [p for p in self.store.proposals.find(group=self.group, state="open") if p.kind == kind]
        for person in people:
            self.do(Vote(person, proposal.id, proposal.digest, yes=True))

    def lend(self, person: str, minor: int, periods: int = 1, *guarantors: str) -> str:
        """A loan all the way: asked for, guaranteed, approved and handed over by Ada; answers with its id."""
        loan = self.ask(person, minor, periods, "cash", *guarantors)
        for guarantor in guarantors:
            self.do(AnswerGuarantee(guarantor, loan, yes=True))
        self.vote(loan, *[officer for officer in self.officers if officer != person][:2])
        self.do(HandOverLoan("ada" if person != "ada" else "ben", loan))
        return loan

    def confirm(self, payment: str) -> None:
        """The provider says that it has moved the money."""
        arrives(self.store, self.store.payments.get(payment))

    def repay(self, loan: str, minor: int, officer: str = "ada") -> str:
        """Cash that an officer writes down; answers with the payment's id."""
        return str(self.do(RecordRepayment(loan, ugx(minor), officer))["payment"])

    def told(self, person: str, kind: str) -> list[dict[str, Any]]:
        """The values of each message of a kind that a person was sent."""
        notices = self.store.notices.find(person=person)
        return [dict(notice.values) for notice in notices if notice.kind == kind]

    def fill_wallet(self, minor: int) -> None:
        """Savings of Eve's by mobile money."""
        asked = self.do(Contribute(self.group, "eve", ugx(minor)))
        self.confirm(asked["payment"])

    def take_savings(self, person: str, minor: int) -> None:
        """Shares of somebody's that are paid back to them in cash, whatever the rules say."""
        legs = (Posting("3010", minor, person), Posting("1010", -minor))
        self.store.post(Draft(self.group, "UGX", self.store.new_id(), "taken", self.store.now(), legs))

    def give_credit(self, person: str, minor: int) -> None:
        """Cash of somebody's that is below a share."""
        legs = (Posting("1010", minor), Posting("2030", -minor, person))
        self.store.post(Draft(self.group, "UGX", self.store.new_id(), "credit", self.store.now(), legs))

    def do(self, command: object) -> Any:
        return do(self.store, command)

    def check(self) -> None:
        """What must always hold between the loans and the book."""
        totals = self.store.books.totals(self.group)
        assert sum(totals.values()) == 0
        loans = self.store.loans.find(group=self.group)
        assert sum(loan.outstanding for loan in loans) == totals.get("1100", 0)
        posted: dict[str, int] = {}
        for entry in self.store.books.entries(self.group):
            assert sum(leg.amount for leg in entry.postings) == 0
            for leg in entry.postings:
                if leg.account == "1100":
                    posted[leg.loan] = posted.get(leg.loan, 0) + leg.amount
        for loan in loans:
            assert posted.get(loan.id, 0) == loan.outstanding
            if loan.disbursed_on:
                self._check_entries(loan)

    def _check_entries(self, loan: Loan) -> None:
        """The entries in force are what the loan's replay says, and no other one of it counts."""
        standing = loan.standing(self.store.now().date())
        if not loan.written_off_on:
            assert standing.outstanding.minor == loan.outstanding
        said = postings(loan, standing)
        assert said.keys() == loan.entries.keys()
        for event, reference in loan.entries.items():
            entry = self.store.books.with_reference(loan.group, reference)
            assert entry and {*said[event]} <= {*entry.postings}
            assert self.store.books.with_reference(loan.group, f"reverse:{reference}") is None


_FOUND_BEFORE: WeakSet[MongoBooks] = WeakSet()


def found(
    store: MongoStore,
    product: LoanProduct = PRODUCT,
    *,
    kind: GroupKind = "vsla",
    saved: int = 100_000,
    **rules: Any,
) -> Savers:
    """The group, with what each has saved in its cash box; it is the only one in the store."""
    make = partial(_found_anew, store, product, kind, saved, rules)
    if store.books in _FOUND_BEFORE:  # they remember where each book was: no other begins anew under its name
        return Savers(store, make())
    _FOUND_BEFORE.add(store.books)
    return Savers(store, made_once(store, f"{product} {kind} {saved} {sorted(rules.items())}", make))


def _found_anew(
    store: MongoStore, product: LoanProduct, kind: GroupKind, saved: int, rules: Mapping[str, Any]
) -> str:
    now = store.now()
    constitution = Constitution(
        share_price=ugx(1_000),
        first_meeting=date(2026, 9, 7),
        loans=product,
        **{"shares_max": 0, **rules},
    )
    group = Group(store.new_id(), "10101", "Umoja", kind, "UGX", constitution, created_at=now, members=6)
    store.groups.insert(group)
    adopt(store, group, constitution, version=1)
    savers = Savers(store, group.id)
    roles: Mapping[str, Role] = {"ada": "chairperson", "ben": "secretary", "cy": "treasurer"}
    for number, person in enumerate((*savers.officers, *savers.members), start=1):
        phone = f"+25677200010{number}"
        store.people.insert(Person(person, f"{person.title()} Name", phone, "en", Pin("-"), now))
        id, role = membership_id(group.id, person), roles.get(person, "member")
        store.memberships.insert(Membership(id, group.id, person, number, role, "active", now))
    if saved:
        for person in (*savers.officers, *savers.members):
            savers.do(RecordCash(group.id, person, ugx(saved), "ben" if person == "ada" else "ada"))
    return group.id


def changed(product: LoanProduct = PRODUCT, **fields: Any) -> LoanProduct:
    """The usual product with something else."""
    return replace(product, **fields)


def stand_for(store: MongoStore, group: str, borrower: str, guarantor: str, minor: int) -> str:
    """A loan that was asked for, all of which one member has said they stand for; answers with its id."""
    amount, now = ugx(minor), store.now()
    terms = Terms(amount, PRODUCT.rate, 1, PRODUCT.every, PRODUCT.method, now.date())
    accepted = Guarantee(guarantor, amount, "accepted")
    loan = Loan(
        store.new_id(), "L222222", group, borrower, terms, PRODUCT.repayment, ugx(0), "cash", "guaranteed", now,
        guarantees=(accepted,),
    )  # fmt: skip
    store.loans.insert(loan)
    return loan.id
