"""Guarantors: members who stand for a part of somebody's loan with their own savings."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil
from typing import Any, Final

from domain.arithmetic.split import share_out
from domain.commands import handles, one_at_a_time
from domain.decisions.rights import check_has_phone, saver
from domain.errors import DomainError
from domain.loans.pay_out import submit_to_officers
from domain.money import Money
from domain.people.find import find_members, names_of
from domain.people.phones import NoSuchMember, country_of
from domain.records.group import Group, LoanProduct
from domain.records.loan import Guarantee, GuaranteeState, Loan, LoanState
from domain.records.notice import Became, Values
from domain.records.person import AlreadyDecided, NotAllowed, membership_id
from domain.records.proposal import OPEN_FOR
from domain.savings.free import check_not_in_default, free_savings
from domain.store import Between, Store
from domain.tell import tell, tell_outcome

_EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)


class BadGuarantor(DomainError):
    """A guarantor is another active member of the group, and each of them one."""

    code = "bad_guarantor"


class SavingsTooLow(DomainError):
    """
    The guarantor's savings do not carry it: `free`, in minor units of `currency`, stands for no loan yet,
    `pledged` for those of others, and `own` is behind the guarantor's.
    """

    code = "savings_too_low"


@dataclass(frozen=True, slots=True)
class PossibleGuarantor:
    """A member who may be asked; `id` is the person's."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class AskedToGuarantee:
    """A request for a member's guarantee: `id` is the loan's, `name` the borrower's, `amount` to be locked."""

    id: str
    name: str
    group: str
    amount: Money
    loan_amount: Money


@dataclass(frozen=True, slots=True)
class AnswerGuarantee:
    """A member says whether they stand for their part of somebody's loan."""

    person: str
    loan: str
    yes: bool


def possible_guarantors(store: Store, group_id: str, person: str, number: str) -> list[PossibleGuarantor]:
    """
    The member with this number in the group's list, or with this phone, who may guarantee for `person`.

    Empty when it is nobody. In a small group a member is found by the beginning of their name too.
    """
    country = country_of(store.people.get(person).phone)
    try:
        found = find_members(store, group_id, number, country)
    except NoSuchMember:
        return []
    return [
        PossibleGuarantor(each.id, each.name)
        for each in found
        if each.id != person and each.status == "active" and each.has_phone
    ]


def guarantees_asked(store: Store, person: str) -> list[AskedToGuarantee]:
    """The guarantees that wait for this member's answer, oldest first."""
    waiting: dict[str, Any] = {"guarantees.person": person, "state": "submitted"}
    loans = store.loans.find(sort="asked_at", **waiting)
    names = names_of(store, [loan.person for loan in loans])
    groups = {each.id: each.name for each in store.groups.among([loan.group for loan in loans])}
    return [
        AskedToGuarantee(loan.id, names[loan.person], groups[loan.group], guarantee.amount, loan.amount)
        for loan in loans
        for guarantee in loan.guarantees
        if guarantee.person == person and guarantee.state == "asked"
    ]


def shared(
    tx: Store, group: Group, borrower: str, product: LoanProduct, amount: Money, people: tuple[str, ...]
) -> tuple[Guarantee, ...]:
    """
    What each of these people is asked to stand for: equal parts of what the group wants covered, or of all of the
    loan where it names no part.

    Raises BadGuarantor for somebody who is no active member, is there twice, or is the borrower; NoPhone for who
    could not answer.
    """
    if borrower in people or len(set(people)) < len(people):
        raise BadGuarantor
    for person in people:
        membership = tx.memberships.one(id=membership_id(group.id, person))
        if membership is None or membership.status != "active":
            raise BadGuarantor
        check_has_phone(membership)
    covered = ceil((product.borrowing.covered_min or 1) * amount.minor)
    if people and covered < len(people):
        raise BadGuarantor
    parts = share_out(Money(covered, amount.currency), dict.fromkeys(people, 1)) if people else {}
    return tuple(Guarantee(person, parts[person]) for person in people)


def tell_guarantor(tx: Store, group: Group, loan: Loan, guarantee: Guarantee) -> None:
    """Ask for a member's guarantee, by a message."""
    name = tx.people.get(loan.person).name
    tell(tx, guarantee.person, "guarantee_wanted", name=name, group=group.name, amount=guarantee.amount)


@handles(AnswerGuarantee)
def answer_guarantee(tx: Store, command: AnswerGuarantee) -> LoanState:
    """
    With the last yes the request goes to the officers; a no ends it, and the borrower is told to ask with others.

    Answers with the loan's state. Raises NotAllowed, Frozen, GroupIsClosing, AlreadyDecided, InDefault,
    SavingsTooLow, TooFewOfficers.
    """
    # Two answers at once for two loans would both see the same savings free.
    one_at_a_time(tx.people, command.person)
    loan = tx.loans.get(command.loan)
    asked = next((each for each in loan.guarantees if each.person == command.person), None)
    if asked is None:
        raise NotAllowed(why="theirs", group=tx.groups.get(loan.group).name)
    if loan.state != "submitted" or asked.state != "asked" or tx.now() >= loan.asked_at + OPEN_FOR:
        raise AlreadyDecided
    group = tx.groups.get(loan.group)
    if command.yes:
        saver(tx, group, command.person)
        _check_savings(tx, group, asked)
    said: GuaranteeState = "accepted" if command.yes else "declined"
    guarantees = tuple(replace(each, state=said) if each == asked else each for each in loan.guarantees)
    state: LoanState = "submitted" if command.yes else "rejected"
    answered = tx.loans.change(loan.id, guarantees=guarantees, state=state, version=loan.version + 1)
    assert answered is not None, "a loan is never removed"
    if not command.yes:
        name = tx.people.get(command.person).name
        tell(tx, loan.person, "guarantee_declined", id=f"declined:{loan.id}", group=group.name, name=name)
        return "rejected"
    if any(each.state != "accepted" for each in guarantees):
        return "submitted"
    submit_to_officers(tx, group, answered)
    return "guaranteed"


def _check_savings(tx: Store, group: Group, asked: Guarantee) -> None:
    savings = free_savings(tx, group, asked.person)
    check_not_in_default(savings)
    if asked.amount > savings.free:
        raise SavingsTooLow(
            free=savings.free.minor,
            pledged=savings.pledged.minor,
            own=savings.own.minor,
            currency=group.currency,
        )


def expire_request(store: Store, id: str) -> None:
    """Close a request whose guarantors did not all answer in time; nothing when it is not so."""

    def work(tx: Store) -> None:
        loan = tx.loans.get(id)
        if loan.state == "submitted" and tx.now() >= loan.asked_at + OPEN_FOR:
            _expire(tx, loan, "expired")

    store.transaction(work)


def lapse_requests(tx: Store, group: Group, person: str = "") -> None:
    """Close the requests that wait for guarantors, of everybody or one member: nothing comes of them any more."""
    whose: dict[str, Any] = {"person": person} if person else {}
    for loan in tx.loans.find(group=group.id, state="submitted", sort="asked_at", **whose):
        _expire(tx, loan, "lapsed")


def _expire(tx: Store, loan: Loan, became: Became) -> None:
    tx.loans.change(loan.id, state="expired", version=loan.version + 1)
    said: Values = {"name": tx.people.get(loan.person).name, "amount": loan.amount}
    group = tx.groups.get(loan.group)
    tell_outcome(tx, loan.person, group, "loan", said, became, id=f"expired:{loan.id}")


def requests_to_expire(store: Store, limit: int) -> list[str]:
    """Those whose guarantors had their time, for `expire_request`."""
    now = store.now()
    return store.loans.due(now, limit, sort="asked_at", state="submitted", asked_at=Between(_EVER, now - OPEN_FOR))
