"""What is true of a group after every event (domain.md, "The books"), looked at as the book grows."""

from collections import Counter
from collections.abc import Mapping

from domain.books.accounts import Account
from domain.mongo.store import MongoStore
from domain.records.group import Paid, paid_of
from domain.records.payment import Payment
from domain.share_out.pay import how_far
from tests.domain.savers import Savers

CASH = ("1010", "1020", "1025", "1030", "1040")
# What nobody can have less than nothing of. In a rotation, who has received before they put in has.
OWNED = ("2010", "2030", "2040", "2045", "3010")
_SOCIAL = {"2020", "1025", "1040"}


class Audit:
    """
    Looks at one group's book after each event: the entries that came since the last look, and every balance.

    Raises AssertionError with what does not hold.
    """

    def __init__(self, store: MongoStore, group: str) -> None:
        self._store, self._group, self._seq = store, group, 0
        self._sums: Counter[tuple[str, str]] = Counter()
        self._references: set[str] = set()

    def look(self) -> None:
        store, group = self._store, self._group
        self._read_entries()
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
        lent = sum(loan.outstanding for loan in store.loans.find(group=group))
        assert lent == totals.get("1100", 0), "what borrowers owe is what the book says"
        self._check_social_fund(totals)
        self._check_gone(balances)
        payments = store.payments.find(group=group)
        self._check_payments(payments)
        self._check_parts(payments)
        self._check_meetings(payments)
        Savers(store, group).check()

    def _read_entries(self) -> None:
        for entry in self._store.books.entries(self._group, after=self._seq):
            self._seq = entry.seq
            assert sum(leg.amount for leg in entry.postings) == 0, "an entry sums to zero"
            assert entry.reference not in self._references, f"{entry.reference} is posted once"
            self._references.add(entry.reference)
            if entry.text.startswith("share_out ") or entry.reference.startswith("share_out:"):
                assert not _SOCIAL & {leg.account for leg in entry.postings}, "the social fund pays no share-out"
            for leg in entry.postings:
                self._sums[leg.account, ""] += leg.amount
                if leg.member:
                    self._sums[leg.account, leg.member] += leg.amount

    def _check_social_fund(self, totals: Mapping[str, int]) -> None:
        """It lies in its own purses, and nothing else does."""
        there = totals.get("1040", 0) + totals.get("1025", 0)
        assert there == -totals.get("2020", 0), "the social purses hold the social fund"

    def _check_gone(self, balances: Mapping[tuple[str, str], int]) -> None:
        """Who has left has nothing in the group, and owes it nothing."""
        left = self._store.memberships.find(group=self._group, status=["exited", "deceased", "expelled"])
        gone = {each.person for each in left}
        rest = {key: minor for key, minor in balances.items() if key[1] in gone and key[0] in (*OWNED, "1100")}
        assert not rest, f"who has left is settled: {rest}"

    def _check_payments(self, payments: list[Payment]) -> None:
        """What was paid is in the book, and what is set aside is on its way."""
        for payment in payments:
            posted = payment.reference in self._references
            assert posted == (payment.state == "succeeded"), f"{payment.purpose} {payment.state}: posted {posted}"
        waiting = [
            p for p in payments if p.direction == "out" and p.state not in ("succeeded", "failed", "expired")
        ]
        on_its_way = sum(payment.amount.minor for payment in waiting)
        assert on_its_way == self._sums["1060", ""], "what is set aside is on its way"
        promised = sum(payment.amount.minor for payment in waiting if payment.purpose != "loan")
        assert promised == -self._sums["2045", ""], "what is promised has left its owner"
        known = [payment.provider_id for payment in payments if payment.provider_id]
        assert len(known) == len(set(known)), "a provider's reference is there once"

    def _check_parts(self, payments: list[Payment]) -> None:
        """What leaves is in coins that there are, and who was paid their part is not shown as owed."""
        unit = self._store.groups.get(self._group).constitution.cash_unit
        odd = [each for each in payments if each.direction == "out" and each.amount.minor % unit]
        assert not odd, f"no coins make {odd}"
        for made in self._store.share_outs.find(group=self._group, state=["approved", "paid"]):
            for person, far in how_far(self._store, made).items():
                line = made.line(person)
                assert line and far.left.minor >= 0, f"{person} is paid more than their part"
                assert far.paid + far.sent + far.left == line.pay, f"the part of {person} is paid, sent or left"

    def _check_meetings(self, payments: list[Payment]) -> None:
        """What counts as put in for a meeting is what was paid for it and not taken back."""
        paid: dict[tuple[str, str], Paid] = {}
        for payment in payments:
            if (payment.purpose, payment.state, payment.reversed) == ("contribution", "succeeded", False):
                key = payment.person, payment.counts_for
                paid[key] = paid.get(key, Paid()) + paid_of(payment.parts)
        kept = {
            (each["person"], each["meeting"]): Paid(each["shares"], each["social"])
            for each in self._store.database["paid"].find({"group": self._group})
        }
        nothing = Paid()
        assert {k: v for k, v in kept.items() if v != nothing} == {k: v for k, v in paid.items() if v != nothing}
