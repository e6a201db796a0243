"""
A payment whose end its provider does not tell, or tells twice, in the hands of operators: one says how it ended
and by what evidence, and another one has to say so too. Then it ends as if the provider had said it.

Whoever is first, the provider or the second operator, decides: what has ended is not ended again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.access.caller import Caller
from domain.board.dashboard import WAITS_LONG
from domain.books.statements import BEGINNING, END
from domain.commands import check_not_read_only
from domain.errors import DomainError
from domain.money import Money
from domain.records.case import EVIDENCE_LENGTH_MAX, Case, CaseNote, Outcome
from domain.records.payment import FAILED, OPEN, Direction, Payment, PaymentState, Purpose, Ref
from domain.records.stuck import stuck_id
from domain.store import After, Between, Duplicate, Store
from domain.treasury.settle import payment_failed, payment_succeeded

STUCK_A_PAGE: Final = 50
# The job that asks a provider what became of a payment.
SETTLING: Final = "settle"


class SameOperator(DomainError):
    """Whoever says how a payment ended does not agree to it themselves."""

    code = "same_operator"


class CaseOver(DomainError):
    """The payment has ended, or somebody else has said how it ended: what was shown is no longer so."""

    code = "case_over"


class ProviderIdTaken(DomainError):
    """Another payment is in the books with this id of the provider's: it was this money."""

    code = "provider_id_taken"


@dataclass(frozen=True, slots=True)
class StuckPayment:
    """A payment in the list: whose phone ends with `last3`; `proposed` when one operator has said how it ended."""

    id: str
    ref: Ref
    group: str
    code: str
    amount: Money
    direction: Direction
    purpose: Purpose
    provider: str
    state: PaymentState
    answer: str
    asked: int
    last3: str
    at: datetime
    needs_person: bool
    proposed: bool


def stuck_payments(
    store: Store, groups: Sequence[str] | None = None, after: datetime | None = None
) -> list[StuckPayment]:
    """Those that a person has to look at, the oldest first; of these groups, None for all. Three queries."""
    among: dict[str, Any] = {} if groups is None else {"group": list(groups)}
    since = {"created_at": After(after)} if after else {}
    found = store.payments.find(needs_person=True, sort="created_at", limit=STUCK_A_PAGE, **among, **since)
    return _listed(store, found)


def late_payments(store: Store, groups: Sequence[str] | None = None) -> list[StuckPayment]:
    """Those that wait for their provider for more than an hour, the longest waiting first. Three queries."""
    among: dict[str, Any] = {} if groups is None else {"group": list(groups)}
    found = store.payments.find(
        next_at=Between(BEGINNING.at, END.at),
        state=list(OPEN),
        needs_person=False,
        created_at=Between(BEGINNING.at, store.now() - WAITS_LONG),
        sort="created_at",
        limit=STUCK_A_PAGE,
        **among,
    )
    return _listed(store, found)


def stuck_payment(store: Store, id: str) -> StuckPayment:
    """One of them, whatever has become of it. Raises NotFound."""
    return _listed(store, [store.payments.get(id)])[0]


def _listed(store: Store, payments: Sequence[Payment]) -> list[StuckPayment]:
    groups = {each.id: each for each in store.groups.among(sorted({each.group for each in payments}))}
    cases = {each.id: each for each in store.cases.among([each.id for each in payments])}
    return [
        StuckPayment(
            id=each.id,
            ref=each.ref,
            group=groups[each.group].name,
            code=groups[each.group].code,
            amount=each.amount,
            direction=each.direction,
            purpose=each.purpose,
            provider=each.provider,
            state=each.state,
            answer=each.provider_reason,
            asked=each.asked,
            last3=each.phone[-3:],
            at=each.created_at,
            needs_person=each.needs_person,
            proposed=each.id in cases and cases[each.id].state == "proposed",
        )
        for each in payments
    ]


def case_of(store: Store, payment: str) -> Case:
    """What operators did about a payment."""
    return store.cases.one(id=payment) or Case(payment)


def outcomes_of(payment: StuckPayment | Payment) -> tuple[Outcome, ...]:
    """How a payment can be ended by hand; not at all while nobody has to look at it."""
    if not payment.needs_person or payment.state == "succeeded":
        return ()
    if payment.state in OPEN:
        return ("moved", "not_moved")
    # What was set aside for it is free again, and may be used: only the group can put that right.
    return ("put_right",) if payment.direction == "out" else ("moved", "put_right")


def ask_again(store: Store, payment: str) -> bool:
    """
    Have the provider asked now, with its pauses from the beginning; False for one that has succeeded. It is what
    `python -m bot stuck --retry` does too.
    """
    due = store.payments.change(payment, when={"state": [*OPEN, *FAILED]}, next_at=store.now())
    if due is not None:
        store.stuck.again(stuck_id(SETTLING, payment), store.now())
    return due is not None


def note_on_case(store: Store, who: Caller, payment: str, words: str) -> None:
    """Keep what an operator found out about it. Raises NotFound."""

    def work(tx: Store) -> None:
        case = _case_in(tx, payment)
        tx.cases.change(payment, notes=[*case.notes, _said(tx, who, words)])

    store.transaction(work)


def propose_outcome(
    store: Store, who: Caller, payment: str, outcome: Outcome, evidence: str, provider_id: str = ""
) -> None:
    """
    One says how it ended; it may be said anew until another one agrees. Raises CaseOver, NotFound, NowReadOnly.
    """
    check_not_read_only(store)

    def work(tx: Store) -> None:
        case = _case_in(tx, payment)
        if outcome not in outcomes_of(tx.payments.get(payment)) or case.state in ("agreed", "closed"):
            raise CaseOver
        said = _said(tx, who, evidence)
        tx.cases.change(
            payment,
            state="proposed",
            outcome=outcome,
            evidence=said.words,
            provider_id=provider_id,
            first=said,
            notes=[*case.notes, said],
        )

    store.transaction(work)


def agree_to_outcome(store: Store, who: Caller, payment: str, outcome: Outcome, provider_id: str = "") -> None:
    """
    Another one says so too, with the provider's number that was shown: the payment ends. Whoever is killed in
    between leaves it agreed, and it is ended by asking for it again.

    Raises SameOperator, CaseOver, ProviderIdTaken, NowReadOnly.
    """
    check_not_read_only(store)

    def work(tx: Store) -> Case:
        case = _case_in(tx, payment)
        if case.state == "agreed" and case.outcome == outcome:
            return case
        said = (case.state, case.outcome, case.provider_id)
        if said != ("proposed", outcome, provider_id) or case.first is None:
            raise CaseOver
        if case.first.by == who.key:
            raise SameOperator
        if outcome not in outcomes_of(tx.payments.get(payment)):
            raise CaseOver
        agreed = tx.cases.change(payment, state="agreed", second=_said(tx, who, ""))
        assert agreed is not None, "it was read in this transaction"
        return agreed

    _end(store, store.transaction(work))


def _end(store: Store, case: Case) -> None:
    payment = store.payments.get(case.id)
    try:
        if not payment.needs_person:
            pass  # the provider was faster
        elif case.outcome == "moved":
            payment_succeeded(store, payment, case.provider_id)
        elif case.outcome == "not_moved":
            payment_failed(store, payment, "not_possible", "BY_HAND")
        else:
            store.payments.change(case.id, needs_person=False)
    except Duplicate as taken:
        store.cases.change(case.id, state="open", second=None)
        raise ProviderIdTaken from taken
    store.cases.change(case.id, state="closed")


def _case_in(tx: Store, payment: str) -> Case:
    """The case of a payment that is there, made where there was none."""
    tx.payments.get(payment)
    if (case := tx.cases.one(id=payment)) is None:
        case = Case(payment)
        tx.cases.insert(case)
    return case


def _said(store: Store, who: Caller, words: str) -> CaseNote:
    return CaseNote(who.key, who.name, store.now(), words.strip()[:EVIDENCE_LENGTH_MAX])
