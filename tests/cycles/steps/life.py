"""A group that lives in steps: how it begins, what is in it, and what every command of a step is held to."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from hypothesis import currently_in_test_context, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from domain.commands import execute
from domain.decisions.concluding import _who_hears
from domain.decisions.voting import Vote
from domain.errors import DomainError
from domain.loans.borrow import RequestLoan
from domain.loans.guarantors import AnswerGuarantee
from domain.loans.pay_out import HandOverLoan, SendLoan
from domain.loans.repay import RecordRepayment
from domain.meetings.count import Counted, cash_of_books
from domain.money import Money
from domain.mongo.store import COLLECTIONS, MongoStore
from domain.records.group import Group, GroupKind
from domain.records.loan import Loan
from domain.records.payment import OPEN, Payment
from domain.records.person import OFFICERS, Membership, Person, Pin, membership_id
from domain.records.proposal import Proposal
from domain.savings.fines import FineMember
from domain.savings.withdraw import AskWithdrawal
from domain.share_out.agree import ProposeShareOut
from domain.share_out.shown import planned
from tests.conftest import Clock
from tests.cycles.invariants import Audit, check_book
from tests.cycles.steps.drawn import PEOPLE
from tests.cycles.wind_up import WindUp
from tests.domain.savers import EASY, changed, found
from tests.money import ugx
from tests.people import arrives

STEPS: Final = "steps"  # what the steps are counted as
# What binds a member's savings or takes some out: whoever does has so much free.
TAKES: Final = (RequestLoan, AnswerGuarantee, HandOverLoan, SendLoan, AskWithdrawal)
TAKES_BY_VOTE: Final = ("loan", "withdrawal")


class Life(RuleBasedStateMachine):
    """One group of a kind that is chosen first. `steps` counts what was done, and why it was refused."""

    def __init__(self, store: MongoStore, clock: Clock, steps: Counter[str]) -> None:
        super().__init__()
        self.store, self.clock, self.steps = store, clock, steps
        for name in COLLECTIONS:
            store.database[name].delete_many({})
        self._keys = 0
        self._forgotten = set[str]()
        self._looked_at: Mapping[str, str] = {}
        self._at_rest = True  # nothing failed: what is done last was looked at
        self._last: tuple[str, object, Any] | None = None

    @initialize(
        kind=st.sampled_from(["vsla", "vsla", "savings", "rosca", "sacco"]),
        coins=st.booleans(),
        lent=st.sampled_from([60_000, 60_000, 150_000]),
        paper=st.booleans(),
    )
    def begin(self, kind: GroupKind, coins: bool, lent: int, paper: bool) -> None:
        """`paper`: Fay has no phone."""
        fines = {reason: Money(500, "UGX") for reason in ("absence", "late", "disorder")}
        product = changed(periods_max=3, borrowing=replace(EASY, open_loans_max=3))
        self.savers = found(
            self.store,
            product,
            kind=kind,
            saved=0 if kind == "rosca" else 100_000,
            social_fund=Money(500, "UGX"),
            fines=fines,
            cash_unit=100 if coins else 1,
        )
        for person in PEOPLE[6:]:
            phone = f"+25677200020{PEOPLE.index(person)}"
            self.store.people.insert(
                Person(person, f"{person.title()} Name", phone, "en", Pin("-"), self.store.now())
            )
        group = self._group
        if paper:
            self.store.people.change("fay", phone="")
            self.store.memberships.change(membership_id(group.id, "fay"), no_phone=True)
            for told in self.store.notices.find(person="fay"):
                self.store.database["notices"].delete_one({"_id": told.id})
        self._audit = Audit(self.store, group.id)
        self._state = self._digests()
        if group.constitution.loans and kind != "rosca":
            self._live_for_a_month(lent)

    def _live_for_a_month(self, lent: int) -> None:
        """What most events need to be about: loans, with a guarantor and without, fines, money in the wallet."""
        savers = self.savers
        savers.fill_wallet(80_000)
        savers.lend("dan", lent, 3, "eve")
        savers.lend("eve", 50_000, 2)
        savers.do(FineMember("ada", self._id, "fay", "late"))
        self.clock.forward(days=30)
        savers.do(RecordRepayment(self._loans()[0].id, ugx(26_000), "ada"))
        self._audit.look()

    @invariant()
    def all_that_must_be_true_is_true(self) -> None:
        """Looked at when anything is other than it was: most commands are refused."""
        self.steps[STEPS] += 1
        if hasattr(self, "savers") and (there := self._digests()) != self._looked_at:
            self._at_rest = False
            self._audit.look()
            self._looked_at = there
        self._at_rest = True

    def teardown(self) -> None:
        if hasattr(self, "savers") and self._at_rest:
            self._wind_up()
            for group in self.store.groups.each():
                check_book(self.store, group.id)

    def _wind_up(self) -> None:
        """From wherever the walk has led there is a way out."""

        def forward(time: timedelta) -> None:
            self.clock.forward(seconds=time.total_seconds())

        ending = WindUp(self.store, self._id, forward, self._audit.read)
        ending.end()
        self.steps["ways out"] += 1
        self.steps["wind-up commands"] += ending.tried
        self._audit.look()

    def _go_to_next_meeting(self) -> None:
        group = self._group
        day = group.constitution.meeting(self.store.now() + timedelta(days=1))
        self.clock.forward(days=(day - group.constitution.day(self.store.now())).days)

    # What there is

    def _is(self, kind: GroupKind) -> bool:
        return self._group.kind == kind

    @property
    def _id(self) -> str:
        return self.savers.group

    @property
    def _group(self) -> Group:
        return self.store.groups.get(self._id)

    def _is_member(self, who: str) -> bool:
        return self.store.memberships.one(id=membership_id(self._id, who)) is not None

    def _lead(self, lead: int) -> str:
        officers = self.store.memberships.find(group=self._id, status="active", role=list(OFFICERS))
        return officers[lead % len(officers)].person if lead < 3 else "fay"

    @property
    def _reached(self) -> list[Membership]:
        """The members who have a number."""
        there = self.store.memberships.find(group=self._id, status=["active", "suspended"])
        return [each for each in there if not each.no_phone]

    def _lost(self) -> list[Person]:
        """Whose number changed hands, and who have none since."""
        return [each for each in self.store.people.find(phone="", sort="id") if each.phone_before]

    def _open_payments(self) -> list[Payment]:
        return [each for each in self.store.payments.find(sort="created_at") if each.state in OPEN]

    def _payments(self, purpose: str = "") -> list[Payment]:
        found = self.store.payments.find(sort="created_at")
        return [each for each in found if not purpose or each.purpose == purpose]

    def _proposals(self) -> list[Proposal]:
        return self.store.proposals.find(group=self._id, state="open", sort="created_at")

    def _loans(self, *states: str) -> list[Loan]:
        loans = self.store.loans.find(group=self._id, sort="asked_at")
        return [loan for loan in loans if not states or loan.state in states]

    def _fines(self) -> list[Any]:
        return self.store.fines.find(group=self._id, sort="at")

    def _share_out(self) -> Any:
        group = self._group
        return self.store.share_outs.one(id=f"{group.id}:{group.cycle}")

    def _counted(self, wrong: int) -> Counted:
        right = cash_of_books(self.store, self._group)
        return Counted(right.cash + ugx(wrong), right.social)

    def _propose_share_out(self, lead: int, kept: int) -> Any:
        try:
            digest = planned(self.store, self._id, ugx(kept)).digest
        except DomainError:
            digest = "none"
        return self._give(ProposeShareOut(self._lead(lead), self._id, ugx(kept), digest))

    def _all_agree(self, proposal: Proposal) -> None:
        """Whoever may vote says yes, until it is decided or cannot be."""
        for person in PEOPLE[:6]:
            if self.store.proposals.get(proposal.id).state == "open":
                self._give(Vote(person, proposal.id, proposal.digest, yes=True))

    # Giving a command

    def _ask(self, command: object, agreed: bool = True) -> None:
        """It has to be decided, and is if all are `agreed`."""
        before = {each.id for each in self._proposals()}
        if self._give(command) is not None and agreed:
            for proposal in self._proposals():
                if proposal.id not in before:
                    self._all_agree(proposal)

    def _by_phone(self, command: object, at_once: bool) -> None:
        """Asked for, and confirmed `at_once`; else the provider answers another time."""
        if (asked := self._give(command)) and at_once:
            arrives(self.store, self.store.payments.get(asked["payment"]))

    def _give(self, command: object) -> Any:
        """Its answer; None when it was refused, and then nothing at all is other than it was."""
        name = type(command).__name__
        if self._forgotten & named_in(command):
            return None  # they have no phone and no PIN to ask for anything with
        self._at_rest = False
        self._keys += 1
        key = f"step:{self._keys}"
        self._state = self._digests()
        takes, free = self._takes(command), self._audit.unbound() if self._takes(command) else {}
        told = self._decided() if isinstance(command, Vote) else Counter()
        try:
            answer = execute(self.store, key, command)
        except DomainError as refused:
            self.steps[f"{name} refused: {refused.code}"] += 1
            if currently_in_test_context():
                note(f"refused: {refused!r}")
            self._check_unchanged(command, f"was refused as {refused.code}")
            return None
        self.steps[f"{name} done"] += 1
        self._audit.read()
        if isinstance(command, Vote):
            self._check_told_once(command, self._decided() - told)
        if takes:
            twice = {who: left for who, left in self._audit.unbound().items() if left < min(0, free.get(who, 0))}
            assert not twice, f"{command} makes savings serve twice: {twice}"
        self._last = key, command, answer
        return answer if answer is not None else True

    def _decided(self) -> Counter[tuple[str, str, str]]:
        """What people were told of decisions, by person, kind of proposal and what became of it."""
        told = self.store.notices.find(kind="decided", person=list(PEOPLE))
        return Counter((n.person, str(n.values["proposal"]), str(n.values["became"])) for n in told)

    def _check_told_once(self, vote: Vote, told: Counter[tuple[str, str, str]]) -> None:
        """
        Of a vote that decides: whoever asked, whom it is about and everybody who voted hears it once, if not by
        what is done; and whoever gave that vote reads it on the screen.
        """
        proposal = self.store.proposals.get(vote.proposal)
        if proposal.state not in ("approved", "rejected"):
            return
        hear = _who_hears(proposal) - {vote.person}
        reached = {person.id for person in self.store.people.among(sorted(hear)) if person.phone}
        once = Counter({(person, proposal.kind, proposal.state): 1 for person in reached})
        of_this = Counter(
            {key: times for key, times in told.items() if key[1:] == (proposal.kind, proposal.state)}
        )
        assert of_this == once, f"{proposal.kind} {proposal.state}: told {of_this}, and not {once}"
        self.steps[f"told of {proposal.kind} {proposal.state}"] += 1

    def _takes(self, command: object) -> bool:
        """Whether it may bind somebody's savings, or take some out."""
        if isinstance(command, Vote):
            proposal = self.store.proposals.one(id=command.proposal)
            return proposal is not None and proposal.kind in TAKES_BY_VOTE
        return isinstance(command, TAKES)

    def _digests(self) -> Mapping[str, str]:
        """What is in each collection, to the byte, as mongod compares its replicas; but for tries, which count."""
        digests: Mapping[str, str] = self.store.database.command("dbHash")["collections"]
        return {name: digest for name, digest in digests.items() if name != "limits"}

    def _check_unchanged(self, command: object, what: str) -> None:
        after = self._digests()
        other = [name for name in after if after[name] != self._state.get(name)]
        assert not other, f"{command} {what}, and changed {other}"


def one_of(things: Sequence[Any], which: int) -> Any:
    return things[which % len(things)]


def named_in(command: object) -> set[str]:
    """The people that a command may be by or about."""
    assert dataclasses.is_dataclass(command)
    found = set[str]()
    for each in dataclasses.fields(command):
        value = getattr(command, each.name)
        found.update(part for part in (value if isinstance(value, tuple) else (value,)) if isinstance(part, str))
    return found
