"""
A loan that is asked for on a page, or by a program: it waits until the member confirms it on their phone.

Nobody signs in there with a PIN, so nothing there binds a member: what is prepared is what their phone then shows.
"""

from dataclasses import dataclass

from domain.commands import handles, one_at_a_time
from domain.errors import DomainError
from domain.loans.borrow import Requested, RequestLoan, loan_asked_for, request_loan
from domain.money import Money
from domain.records.loan import LoanPurpose
from domain.records.payment import Way
from domain.records.prepared import CONFIRM_WITHIN, PreparedLoan
from domain.store import After, Store


class NothingPrepared(DomainError):
    """No loan request waits for the member: it was confirmed or dropped, or it is too old."""

    code = "nothing_prepared"


@dataclass(frozen=True, slots=True)
class PrepareLoan:
    """A member wants to ask for a loan; as `RequestLoan`. One that waits already is replaced."""

    group: str
    person: str
    amount: Money
    periods: int
    way: Way
    guarantors: tuple[str, ...] = ()
    purpose: LoanPurpose | None = None


@dataclass(frozen=True, slots=True)
class ConfirmPrepared:
    """The member asks for the loan that waits, with this `id`: on their phone, and after the PIN."""

    person: str
    id: str


@dataclass(frozen=True, slots=True)
class DropPrepared:
    """The member does not want it any more."""

    person: str
    id: str


@dataclass(frozen=True, slots=True)
class LoanToConfirm:
    """The request that waits, and the names of its group and guarantors."""

    id: str
    group_id: str
    group: str
    amount: Money
    periods: int
    way: Way
    purpose: LoanPurpose | None
    guarantors: list[str]


@handles(PrepareLoan)
def prepare_loan(tx: Store, command: PrepareLoan) -> str:
    """
    Its id. What would refuse the request now refuses it here, so that nobody goes to their phone for nothing.

    Raises as `request_loan`.
    """
    one_at_a_time(tx.people, command.person)
    loan_asked_for(tx, _request(command))
    now = tx.now()
    for before in _waiting(tx, command.person):
        tx.prepared_loans.change(before.id, state="replaced")
    prepared = PreparedLoan(
        id=tx.new_id(),
        person=command.person,
        group=command.group,
        amount=command.amount,
        periods=command.periods,
        way=command.way,
        guarantors=command.guarantors,
        purpose=command.purpose,
        at=now,
        until=now + CONFIRM_WITHIN,
    )
    tx.prepared_loans.insert(prepared)
    return prepared.id


@handles(ConfirmPrepared)
def confirm_prepared(tx: Store, command: ConfirmPrepared) -> Requested:
    """Raises NothingPrepared, and as `request_loan`."""
    prepared = _take(tx, command.person, command.id, "confirmed")
    return request_loan(tx, _request(prepared))


@handles(DropPrepared)
def drop_prepared(tx: Store, command: DropPrepared) -> None:
    """Raises NothingPrepared."""
    _take(tx, command.person, command.id, "dropped")


def loan_to_confirm(store: Store, person: str) -> LoanToConfirm | None:
    """What waits for a member, None for nothing."""
    for prepared in _waiting(store, person):
        names = {each.id: each.name for each in store.people.among(prepared.guarantors)}
        return LoanToConfirm(
            id=prepared.id,
            group_id=prepared.group,
            group=store.groups.get(prepared.group).name,
            amount=prepared.amount,
            periods=prepared.periods,
            way=prepared.way,
            purpose=prepared.purpose,
            guarantors=[names[each] for each in prepared.guarantors],
        )
    return None


def _waiting(store: Store, person: str) -> list[PreparedLoan]:
    now = store.now()
    return store.prepared_loans.find(person=person, state="waiting", until=After(now), sort="until", limit=1)


def _take(tx: Store, person: str, id: str, state: str) -> PreparedLoan:
    for prepared in _waiting(tx, person):
        if prepared.id == id:
            tx.prepared_loans.change(id, state=state)
            return prepared
    raise NothingPrepared


def _request(of: PrepareLoan | PreparedLoan) -> RequestLoan:
    return RequestLoan(of.group, of.person, of.amount, of.periods, of.way, of.guarantors, of.purpose)
