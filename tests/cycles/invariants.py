"""What is true of a group after every event (domain.md, "The books"), looked at as the book grows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction

from domain.books.accounts import SAVINGS, Account
from domain.loans.pay_out import loans_to_pay_out
from domain.loans.postings import came_with
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.group import Group, Paid, paid_of
from domain.records.loan import ASKED_FOR, OWED, UNDER_WAY, Loan
from domain.records.payment import FAILED, Payment
from domain.records.share_out import ShareOut
from domain.rotation.set_up import rota_of
from domain.savings.social_fund import grants_to_pay
from domain.share_out.pay import how_far
from domain.store import After
from tests.cycles.read_once import reading_once
from tests.cycles.statements import check_parts, check_statement
from tests.cycles.sums import check_moved, check_sums
from tests.domain.savers import Savers
from tests.second_opinion import INSTALLED, check_balances

CASH = ("1010", "1020", "1025", "1030", "1040")
# What nobody can have less than nothing of. In a rotation, who has received before they put in has.
OWNED = ("2010", "2030", "2040", "2045", "3010")
_SOCIAL = {"2020", "1025", "1040"}
# Mobile money that comes back is put where it was, whatever has ended meanwhile.
_COMES_BACK = ("release:", "forward:release:")


def check_book(store: MongoStore, group: str) -> None:
    """The whole chain of it, and hledger's own sums of every account and member."""
    assert verify_book(store.books, group) == []
    if INSTALLED:
        check_balances(store, group)


class Audit:
    """
    Looks at one group's book after each event: the entries that came since the last look, and every balance.

    Of those who are in an entry past `looked_at`, a place in the book, the statements are looked at: at first
    everybody's. Raises AssertionError with what does not hold.
    """

    def __init__(self, store: MongoStore, group: str, looked_at: int = 0) -> None:
        self._store, self.group, self._seq, self._looked_at = store, group, 0, looked_at
        self._sums: Counter[tuple[str, str]] = Counter()
        self._references: set[str] = set()
        self._looked_at_before: set[str] = set()  # references of entries up to `looked_at`
        self._cycles: dict[int, int] = {}  # of each entry, by its number
        self._from_credit: dict[tuple[str, str], Paid] = {}  # to the social fund, by member and meeting
        # What was taken back before anybody looked was of a cycle that was open then.
        self._reversed = {payment.id for payment in store.payments.find(group=group, reversed=True)}
        self._succeeded: set[str] = set()
        self._shared_out: set[str] = set()
        self._posted: set[str] = set()
        self._concerned: set[str] = set()  # whose statement has changed since the last look
        self._locked: dict[str, dict[str, int]] = {}  # behind each loan as it was at the last look, by guarantor

    def look(self, also: Iterable[str] = ()) -> None:
        """The statements `also` of these are looked at."""
        store = self._store
        try:
            with reading_once(store) as self._store:
                self._look(also)
        finally:
            self._store = store

    def _look(self, also: Iterable[str]) -> None:
        store, group = self._store, self.group
        self._concerned.update(also)
        self.read()
        balances = {key: minor for key, minor in store.books.balances(group).items() if minor}
        sums = {key: minor for key, minor in self._sums.items() if minor}
        assert balances == sums, "a stored balance is the sum of its postings"
        totals = store.books.totals(group)
        assert sum(totals.values()) == 0, "the trial balance is zero"
        for account in Account:
            parts = [minor for (each, member), minor in balances.items() if each == account and member]
            if account.by_member:
                assert sum(parts) == totals.get(account, 0), f"the members' parts of {account} are all of it"
            held = account not in OWNED or all(part < 0 for part in parts)
            assert held, f"nobody has less than nothing of {account}"
        for code in CASH:
            assert totals.get(code, 0) >= 0, f"{code} is not below zero"
        assert totals.get("2020", 0) <= 0, "the social fund is not below zero"
        loans: list[Loan] = store.loans.find(group=group)
        lent = sum(loan.outstanding for loan in loans)
        assert lent == totals.get("1100", 0), "what borrowers owe is what the book says"
        self._check_social_fund(totals)
        self._check_gone(balances)
        payments = store.payments.find(group=group)
        self._check_payments(payments)
        self._check_parts(payments)
        self._check_meetings(payments)
        self._check_what_waits(payments, loans)
        self._check_coins(loans)
        open_now = store.groups.get(group)
        self._check_ended_cycles(payments, open_now)
        self._check_moments(payments, {loan.id: loan for loan in loans}, open_now)
        self._check_guarantors_gave({loan.id: loan for loan in loans})
        self._check_without_phone(loans)
        Savers(store, group).check()
        for person in sorted(self._concerned):
            check_statement(store, group, person)
            check_sums(store, group, person)
        check_moved(store, group)
        if self._concerned:
            check_parts(store, group, balances)
        self._concerned.clear()

    def read(self) -> None:
        """The entries since the last time, which are of the cycle that is open: so before another one begins."""
        group = self._store.groups.get(self.group)
        cycle = group.cycle
        for entry in self._store.books.entries(self.group, after=self._seq):
            self._seq, self._cycles[entry.seq] = entry.seq, cycle
            if entry.reverses and not entry.reference.startswith(_COMES_BACK):
                assert self._cycles[entry.reverses] == cycle, "what was in a cycle that is over stays as it is"
            assert sum(leg.amount for leg in entry.postings) == 0, "an entry sums to zero"
            assert entry.reference not in self._references, f"{entry.reference} is posted once"
            self._references.add(entry.reference)
            if entry.seq <= self._looked_at:
                self._looked_at_before.add(entry.reference)
            if entry.text.startswith("share_out ") or entry.reference.startswith("share_out:"):
                assert not _SOCIAL & {leg.account for leg in entry.postings}, "the social fund pays no share-out"
            for leg in entry.postings:
                if leg.account == Account.SOCIAL_FUND and entry.reference.startswith("credit:"):
                    key = leg.member, group.meeting_key(group.constitution.meeting(entry.at))
                    self._from_credit[key] = self._from_credit.get(key, Paid()) + Paid(0, -leg.amount, leg.amount)
                self._sums[leg.account, ""] += leg.amount
                if leg.member:
                    if entry.seq > self._looked_at:
                        self._concerned.add(leg.member)
                    self._sums[leg.account, leg.member] += leg.amount

    def _check_social_fund(self, totals: Mapping[str, int]) -> None:
        """It lies in its own purses, and nothing else does."""
        there = totals.get("1040", 0) + totals.get("1025", 0)
        assert there == -totals.get("2020", 0), "the social purses hold the social fund"

    def _check_gone(self, balances: Mapping[tuple[str, str], int]) -> None:
        """Who has left has nothing in the group, and owes it nothing."""
        left = self._store.memberships.find(group=self.group, status=["exited", "deceased", "expelled"])
        gone = {each.person for each in left}
        rest = {key: minor for key, minor in balances.items() if key[1] in gone and key[0] in (*OWNED, "1100")}
        assert not rest, f"who has left is settled: {rest}"

    def _check_payments(self, payments: list[Payment]) -> None:
        """What was paid is in the book, and what is set aside is on its way."""
        for payment in payments:
            posted = payment.reference in self._references
            if posted != (payment.id in self._posted):
                self._posted.add(payment.id)
                if payment.reference not in self._looked_at_before:
                    self._concerned.add(payment.person)
            assert posted == (payment.state == "succeeded"), f"{payment.purpose} {payment.state}: posted {posted}"
        waiting = [
            p for p in payments if p.direction == "out" and p.state not in ("succeeded", "failed", "expired")
        ]
        on_its_way = sum(payment.amount.minor for payment in waiting)
        assert on_its_way == self._sums["1060", ""], "what is set aside is on its way"
        promised = sum(payment.amount.minor for payment in waiting if payment.purpose != "loan")
        assert promised == -self._sums["2045", ""], "what is promised has left its owner"
        mine: Counter[str] = Counter()
        for payment in waiting:
            mine[payment.person] += payment.amount.minor if payment.purpose != "loan" else 0
        for person, minor in mine.items():
            assert minor == -self._sums["2045", person], f"what is promised to {person} is theirs"
        known = [payment.provider_id for payment in payments if payment.provider_id]
        assert len(known) == len(set(known)), "a provider's reference is there once"

    def _check_parts(self, payments: list[Payment]) -> None:
        """What leaves is in coins that there are, and who was paid their part is not shown as owed."""
        unit = self._store.groups.get(self.group).constitution.cash_unit
        odd = [each for each in payments if each.direction == "out" and each.amount.minor % unit]
        assert not odd, f"no coins make {odd}"
        for made in self._store.share_outs.find(group=self.group, state=["approved", "paid"]):
            for person, far in how_far(self._store, made).items():
                line = made.line(person)
                assert line and far.left.minor >= 0, f"{person} is paid more than their part"
                assert far.paid + far.sent + far.left == line.pay, f"the part of {person} is paid, sent or left"

    def _check_meetings(self, payments: list[Payment]) -> None:
        """What counts as put in for a meeting is what was paid for it and not taken back, from credit too."""
        paid = dict(self._from_credit)
        for payment in payments:
            if (payment.purpose, payment.state, payment.reversed) == ("contribution", "succeeded", False):
                key = payment.person, payment.counts_for
                paid[key] = paid.get(key, Paid()) + paid_of(payment.parts)
        kept = {
            (each["person"], each["meeting"]): Paid(each["shares"], each["social"], each.get("credit", 0))
            for each in self._store.database["paid"].find({"group": self.group})
        }
        nothing = Paid()
        assert {k: v for k, v in kept.items() if v != nothing} == {k: v for k, v in paid.items() if v != nothing}

    def _check_what_waits(self, payments: list[Payment], loans: list[Loan]) -> None:
        """Who was paid, or is being paid, is not shown as somebody who waits for it."""
        store, group = self._store, self._store.groups.get(self.group)
        gone: Counter[tuple[str, str]] = Counter()
        for each in payments:
            if each.direction == "out" and each.state not in FAILED and not each.reversed:
                gone[each.purpose, each.subject] += each.amount.minor
        shown = [("loan", each.id) for each in loans_to_pay_out(store, group.id)]
        shown += [("grant", each.id) for each in grants_to_pay(store, group.id)]
        twice = [each for each in shown if gone[each]]
        assert not twice, f"paid, and shown as owed: {twice}"
        for loan in loans:
            assert gone["loan", loan.id] in (0, loan.pay.minor), "a loan is paid out once"
        if (rota := rota_of(store, group)) is not None:
            for of in rota.rounds:
                paid = gone["rotation", f"{rota.id}:{of.number}"]
                rest = (rota.pot - of.bid - of.netted).minor - paid
                assert rota.rest(of).minor == rest >= 0, f"of round {of.number} is owed what was not paid"

    def _check_without_phone(self, loans: list[Loan]) -> None:
        """
        Who has no phone is told nothing, leads nothing, votes on nothing, stands for nothing by phone; of whose
        number changed hands that is so from then on.
        """
        store, group = self._store, self.group
        for each in store.memberships.find(group=group, no_phone=True):
            person = store.people.get(each.person)
            if store.forgotten.one(id=each.person):
                continue  # what they did when they were somebody stays
            assert not person.phone, "whoever has a phone counts as having one"
            if person.phone_before:
                assert person.phone_closed_at is not None, "it is known when it did"
                told = store.notices.count(person=person.id, created_at=After(person.phone_closed_at))
                assert not told, "no message waits for whose number changed hands"
                continue
            assert not store.notices.count(person=each.person), "no message waits for who has no phone"
            assert each.role == "member", "who has no phone holds no office"
            assert not any(each.person in (*p.yes, *p.no) for p in store.proposals.find(group=group))
            asked = [part for loan in loans for part in loan.guarantees if part.person == each.person]
            assert not asked, "who has no phone stands for nobody"

    def _check_coins(self, loans: list[Loan]) -> None:
        """What is to be paid of a loan is in coins that there are, if the loan is."""
        constitution = self._store.groups.get(self.group).constitution
        today = constitution.day(self._store.now())
        for loan in loans:
            terms, unit = (loan.terms, *loan.rescheduled)[-1], loan.terms.unit
            if loan.state != "active" or loan.rescheduled or terms.principal.minor % unit:
                continue
            for line in loan.standing(today).lines:
                parts = (line.owed.penalty, line.owed.fee, line.owed.interest, line.owed.principal)
                assert not any(part.minor % unit for part in parts), f"no coins make {line} of {loan.ref}"

    def _check_ended_cycles(self, payments: list[Payment], group: Group) -> None:
        """What was paid in a cycle that is over is not taken back."""
        for each in payments:
            if each.reversed and each.id not in self._reversed:
                self._reversed.add(each.id)
                assert each.cycle == group.cycle, f"{each.purpose} of cycle {each.cycle} was taken back"

    def _check_moments(self, payments: list[Payment], loans: Mapping[str, Loan], group: Group) -> None:
        """A repayment counts from the day it was asked for, or handed over, whenever it was confirmed."""
        for each in payments:
            if (each.purpose, each.state) != ("repayment", "succeeded") or each.id in self._succeeded:
                continue
            self._succeeded.add(each.id)
            loan, cash = loans[each.subject], each.way == "cash"
            paid = came_with(loan, each.id)
            assert paid, "a repayment that succeeded is among those of its loan"
            asked = date.fromisoformat(each.meeting) if cash else group.constitution.day(each.created_at)
            if each.cycle == group.cycle and asked != loan.written_off_on:
                assert paid.day == asked, f"asked for on {asked}, and counted on {paid.day}"

    def _check_guarantors_gave(self, loans: Mapping[str, Loan]) -> None:
        """Of a loan that a share-out left owed, who stood for it gave what they pledged, or all of their part."""
        made: ShareOut
        for made in self._store.share_outs.find(group=self.group, state=["approved", "paid"]):
            if made.id in self._shared_out:
                continue
            self._shared_out.add(made.id)
            taken = {each.loan: each for each in made.covered}
            for id, locked in self._locked.items():
                if loans[id].state not in OWED:
                    continue
                for person, minor in locked.items():
                    called = taken[id].called.get(person) if id in taken else None
                    line, given = made.line(person), called.minor if called else 0
                    gave_all = line is None or line.pay.minor < made.unit
                    # What no coin is small enough for is not taken.
                    as_pledged = given > minor - made.unit
                    assert as_pledged or gave_all, f"{person} stood with {minor} for a loan and gave {given}"
        self._locked = {
            loan.id: {each.person: loan.locked(each.person).minor for each in loan.guarantees}
            for loan in loans.values()
            if loan.state == "active"
        }

    def unbound(self) -> dict[str, Fraction]:
        """
        Each member's savings less what of them stands for loans, worked out from the loans: below zero where one
        saving serves twice.
        """
        group = self._store.groups.get(self.group)
        balances = self._store.books.balances(group.id)
        left = defaultdict[str, Fraction](Fraction)
        for (account, person), minor in balances.items():
            if person and account in SAVINGS:
                left[person] -= minor
        for loan in self._store.loans.find(group=group.id):
            owed = loan.amount if loan.state in ASKED_FOR else loan.owed
            if loan.state in (*ASKED_FOR, *OWED):
                left[loan.person] -= owed.minor / (loan.multiple or Fraction(1))
            if loan.state in UNDER_WAY:
                for each in loan.accepted:
                    left[each.guarantor] -= each.locked(loan.amount, owed).minor
        return dict(left)
