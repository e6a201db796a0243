"""
Leaving a group: what has to be in order before, what is settled, and how it is paid.

A member asks for it and the officers agree; the officers record a death; the members expel. What is theirs is then
payable to them, at par: they are `leaving` until it is paid, and what they were is never deleted.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from domain.books.accounts import SAVINGS, Account
from domain.books.ledger import Draft, Entry, Posting
from domain.commands import handles, one_at_a_time
from domain.decisions.concluding import concludes, rests_on
from domain.decisions.lapsing import lapse_of
from domain.decisions.rights import GroupIsClosing, other_officer, present_member, saver
from domain.decisions.voting import asked_once, propose
from domain.errors import DomainError
from domain.groups.suspend import change_standing
from domain.loans.ending import end_loans, ending
from domain.money import Money
from domain.records.group import Group
from domain.records.loan import ASKED_FOR
from domain.records.meeting import Fine
from domain.records.notice import Values
from domain.records.payment import Payment, Way
from domain.records.person import OFFICERS, NotAllowed, membership_id
from domain.records.proposal import Proposal
from domain.records.rota import rota_id
from domain.savings.free import free_savings
from domain.store import Change, Store
from domain.tell import tell_everywhere, tell_officers
from domain.treasury.coins import in_coins
from domain.treasury.money_out import NotPayable, hold, pay_out
from domain.treasury.providers import can_pay_out, serving
from domain.treasury.settle import Settled, fails, settles, takes, undoes
from domain.treasury.take_back import NotReversible

End = Literal["exited", "deceased", "expelled"]

# What was put into a pot and no round has use for is theirs as well: a bid was parted after all had put in.
_THEIRS: Final = (*SAVINGS, Account.CREDIT, Account.POT)


class LoanOpen(DomainError):
    """A loan of theirs in the `group`, `ref`, was asked for, or is owed: `left`, in minor units of `currency`."""

    code = "loan_open"

    def __init__(self, group: str = "", ref: str = "", left: int = 0, currency: str = "") -> None:
        super().__init__(group=group, ref=ref, left=left, currency=currency)


class StandsForLoan(DomainError):
    """So much of their savings guarantees the loan of another member: `amount`, in minor units of `currency`."""

    code = "stands_for_loan"

    def __init__(self, amount: int = 0, currency: str = "") -> None:
        super().__init__(amount=amount, currency=currency)


class FineOpen(DomainError):
    """They owe fines: `amount` in minor units of `currency`."""

    code = "fine_open"


class RotationOpen(DomainError):
    """They are in a rotation of the `group` that goes on or begins, or received more of one than they put in."""

    code = "rotation_open"

    def __init__(self, group: str = "") -> None:
        super().__init__(group=group)


class MoneyOnItsWay(DomainError):
    """A payment of theirs, `ref`, or of the `group`, is not decided yet."""

    code = "money_on_its_way"

    def __init__(self, group: str = "", ref: str = "") -> None:
        super().__init__(group=group, ref=ref)


@dataclass(frozen=True, slots=True)
class AskToLeave:
    """A member wants to leave, and to be paid what is theirs."""

    person: str
    group: str
    way: Way


@dataclass(frozen=True, slots=True)
class RecordDeath:
    """
    An officer records that a member has died; what was theirs is handed to the `family`, by name, or sent by
    mobile money to their `phone` (E.164), "" for none.

    Of an officer, all members decide it: few other officers are left.
    """

    officer: str
    group: str
    person: str
    family: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Expel:
    """An officer asks the members to expel somebody."""

    officer: str
    group: str
    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class PaySettlement:
    """An officer pays what is still payable to a member who is leaving."""

    officer: str
    group: str
    person: str
    way: Way


@dataclass(frozen=True, slots=True)
class Settlement:
    """
    What somebody gets who leaves, and whether mobile money can pay it. It is what they `held`, less the `loans`
    that were given up; `kept` of it is less than the smallest coin, and stays with the group. None for nothing;
    and for what they held in a talk of before.
    """

    amount: Money
    pays_out: bool
    kept: Money | None = None
    held: Money | None = None
    loans: Money | None = None


@handles(AskToLeave)
def ask_to_leave(tx: Store, command: AskToLeave) -> int:
    """
    Answers with how many officers have to agree.

    Raises NotAllowed, Frozen, what `check_free` raises, FineOpen, NotPayable, AlreadyAsked, TooFewOfficers.
    """
    group = tx.groups.get(command.group)
    saver(tx, group, command.person)
    # What they get is known in the end: who carries it is asked then, and the officers can pay in cash.
    if command.way == "mobile_money":
        phone = tx.people.get(command.person).phone
        if not serving(tx, "out", group.currency, phone):
            raise NotPayable
    _check_may_leave(tx, group, command.person)
    return _propose_end(tx, group, command.person, command.person, "exited", command.way)


@handles(RecordDeath)
def record_death(tx: Store, command: RecordDeath) -> int:
    """
    Answers with how many have to agree. Fines are taken from what was saved. Whoever reads the messages of the
    member is told at once, on every channel: they may be alive.

    Raises NotAllowed, Frozen, what `check_free` raises, AlreadyAsked, TooFewOfficers, TooFewMembers.
    """
    group = _settled_by_officer(tx, command.officer, command.group, command.person)
    tell_everywhere(tx, command.person, "death_reported", group=group.name)
    return _propose_end(
        tx, group, command.officer, command.person, "deceased", family=command.family, phone=command.phone
    )


@handles(Expel)
def expel(tx: Store, command: Expel) -> int:
    """
    Answers with how many members have to agree. Fines are taken from what was saved.

    Raises NotAllowed, Frozen, what `check_free` raises, AlreadyAsked.
    """
    group = _settled_by_officer(tx, command.officer, command.group, command.person)
    return _propose_end(tx, group, command.officer, command.person, "expelled", reason=command.reason)


@handles(PaySettlement)
def pay_settlement(tx: Store, command: PaySettlement) -> Money:
    """
    Answers with what is paid. Raises NotAllowed, Frozen, MoneyOnItsWay, and what `pay_out` raises.
    """
    other_officer(tx, command.group, command.officer, command.person)
    membership = tx.memberships.one(id=membership_id(command.group, command.person))
    if membership is None or membership.status != "leaving":
        raise NotAllowed(why="changed", group=tx.groups.get(command.group).name)
    group = tx.groups.get(command.group)
    check_nothing_on_its_way(tx, group, command.person)
    return _pay(tx, group, membership.exit, command.person, command.way, command.officer)


def settlement(store: Store, group_id: str, person: str) -> Settlement:
    """What `person` would get who left now. Raises what `check_free` raises, and FineOpen."""
    group = store.groups.get(group_id)
    _check_may_leave(store, group, person)
    amount, whole = _left_of(store, group, person), _left_to_the_unit(store, group, person)
    return Settlement(
        amount,
        can_pay_out(store, group.currency),
        whole - amount or None,
        held=_held(store, group, person),
        loans=ending(store, group, person).own or None,
    )


def check_free(tx: Store, group: Group, person: str, *, by_choice: bool = True) -> None:
    """
    Nothing ties the person to the group but fines and what was written off; when it is not `by_choice` that they
    leave, no loan of theirs does either.

    Raises LoanOpen, StandsForLoan, RotationOpen, MoneyOnItsWay, GroupIsClosing.
    """
    if group.closing:
        raise GroupIsClosing(group=group.name)
    tying = {"person": person, "group": group.id, "state": [*ASKED_FOR, "active"]}
    if by_choice and (loans := tx.loans.find(**tying, sort="asked_at", limit=1)):
        left = loans[0].owed.minor if loans[0].state == "active" else 0
        raise LoanOpen(group.name, loans[0].ref, left, group.currency)
    if pledged := free_savings(tx, group, person).pledged:
        raise StandsForLoan(pledged.minor, group.currency)
    rota = tx.rotas.one(id=rota_id(group.id, group.cycle))
    in_rotation, is_over = rota and rota.hands(person) and not rota.is_over, rota and rota.is_over
    in_pot = -tx.books.of_member_in([group.id], person)[group.id, Account.POT]
    if in_rotation or in_pot < 0 or (in_pot and not is_over):
        raise RotationOpen(group.name)
    check_nothing_on_its_way(tx, group, person)


@rests_on("exit")
@rests_on("expulsion")
def no_more_is_given_up(tx: Store, proposal: Proposal) -> bool:
    """Of their loans no more is given up than was said to those who decide."""
    lost = ending(tx, tx.groups.get(proposal.group), proposal.subject).lost
    said = proposal.values.get("lost")
    return lost.minor <= (said.minor if isinstance(said, Money) else 0)


@concludes("exit", tells="subject")
@concludes("expulsion", tells="subject")
def conclude_exit(tx: Store, proposal: Proposal) -> None:
    """
    End their loans, then declare what is left of theirs payable; by mobile money, or by the officer who agreed
    last in cash, it is paid at once.

    Of whom others decided it, it is held for a while and an officer pays it, see `PaySettlement`.

    Raises what `check_free` and `pay_out` raise, and LastOfficer: the vote is then refused.
    """
    group, person = tx.groups.get(proposal.group), proposal.subject
    one_at_a_time(tx.people, person)
    end = end_of(proposal)
    check_free(tx, group, person, by_choice=end == "exited")
    membership = present_member(tx, group.id, person)
    lapse_of(tx, group, person)
    end_loans(tx, group, person, f"exit:{proposal.id}")
    _declare(tx, group, proposal)
    owed = _owed(tx, group, person)
    # It may have become more or less since it was asked for.
    said = {key: value for key, value in proposal.values.items() if key != "way" or end == "exited"}
    tx.proposals.change(proposal.id, values={**said, "amount": owed})
    tx.memberships.change(membership.id, exit=proposal.id)
    if end != "exited":
        hold(tx, group, person)
    change_standing(tx, group, proposal, "leaving" if owed else end, told=end != "deceased")
    if not owed:
        return
    if end != "exited":
        _ask_to_pay(tx, group, person)
    else:
        way: Way = "cash" if proposal.values["way"] == "cash" else "mobile_money"
        _pay(tx, group, proposal.id, person, way, proposal.yes[-1] if way == "cash" else "")


@settles("exit")
def settle_exit(store: Store, payment: Payment, now: datetime) -> Settled:
    """They have left."""
    end = end_of(store.proposals.get(payment.subject))
    left = Change("memberships", membership_id(payment.group, payment.person), {"status": end})
    return Settled(changes=(left,), told=end != "deceased")


@takes("exit")
def taken_for_exit(store: Store, payment: Payment) -> tuple[Posting, ...]:
    """What is payable to them."""
    return (Posting(Account.PAYABLE, payment.amount.minor, payment.person),)


@fails("exit")
def exit_unpaid(tx: Store, payment: Payment) -> None:
    """It stays payable; the officers are asked to pay it another time."""
    _ask_to_pay(tx, tx.groups.get(payment.group), payment.person)


@undoes("exit")
def exit_undone(store: Store, payment: Payment, posted: Entry) -> Settled:
    """
    They are leaving again, and what is theirs is payable: the officers are asked to pay it.

    Raises NotReversible when they are a member again.
    """
    end, id = end_of(store.proposals.get(payment.subject)), membership_id(payment.group, payment.person)
    membership = store.memberships.get(id)
    if membership.status != end or membership.exit != payment.subject:
        raise NotReversible(why="back")
    leaving = Change("memberships", id, {"status": "leaving"}, when={"status": end})
    return Settled(changes=(leaving,), told=end != "deceased", then=lambda tx: exit_unpaid(tx, payment))


def _check_may_leave(tx: Store, group: Group, person: str) -> None:
    check_free(tx, group, person)
    if fines := _fines(tx, group, person):
        raise FineOpen(amount=sum(fine.amount.minor for fine in fines), currency=group.currency)


def _left_of(store: Store, group: Group, person: str) -> Money:
    """What is theirs, as far as coins go."""
    return in_coins(group.constitution, _left_to_the_unit(store, group, person))


def _left_to_the_unit(store: Store, group: Group, person: str) -> Money:
    """Shares, deposits, credit, what no pot needs, what is payable already; less their loans, then their fines."""
    left = _held(store, group, person) - ending(store, group, person).own
    owed = sum((fine.amount for fine in _fines(store, group, person)), Money(0, group.currency))
    return max(left - owed, Money(0, group.currency))


def _held(store: Store, group: Group, person: str) -> Money:
    balances = store.books.of_member_in([group.id], person)
    minor = -sum(balances[group.id, account] for account in (*_THEIRS, Account.PAYABLE))
    return Money(minor, group.currency)


def _settled_by_officer(tx: Store, officer: str, group_id: str, person: str) -> Group:
    other_officer(tx, group_id, officer, person)
    present_member(tx, group_id, person)
    group = tx.groups.get(group_id)
    check_free(tx, group, person, by_choice=False)
    return group


def _propose_end(
    tx: Store,
    group: Group,
    maker: str,
    person: str,
    end: End,
    way: Way = "cash",
    *,
    family: str = "",
    phone: str = "",
    reason: str = "",
) -> int:
    one_at_a_time(tx.people, person)
    kind: Literal["exit", "expulsion"] = "expulsion" if end == "expelled" else "exit"
    asked_once(tx, group.id, kind, person)
    of_officer = end == "deceased" and present_member(tx, group.id, person).role in OFFICERS
    said = {"name": tx.people.get(person).name, "end": end, "family": family, "reason": reason}
    said["heir"] = phone
    if end == "exited":
        said["way"] = way
    loans = ending(tx, group, person)
    debts: dict[str, str | Money] = {
        "loan": loans.owed,
        "own": loans.own,
        "called": loans.called,
        "lost": loans.lost,
    }
    values: Values = {
        **{key: value for key, value in (debts | said).items() if value},
        "amount": _left_of(tx, group, person),
    }
    return propose(
        tx,
        group,
        kind,
        subject=person,
        maker=maker,
        about=person,
        contents={"person": person, "end": end, "way": way, "family": family, "phone": phone},
        values=values,
        # What is given up of a loan is a loss of all.
        by="members" if of_officer or (end == "deceased" and loans.lost) else None,
    ).needed


def _declare(tx: Store, group: Group, proposal: Proposal) -> None:
    """
    One entry from what they saved to what is payable; fines first, as far as it goes. What no coin is small enough
    for stays with the group, in an account that says so.
    """
    person = proposal.subject
    balances = tx.books.of_member_in([group.id], person)
    saved = {account: -balances[group.id, account] for account in _THEIRS}
    left = total = sum(saved.values())
    for fine in _fines(tx, group, person):
        paid = min(left, fine.amount.minor)
        # Nobody is left to pay the rest of it.
        state = "paid" if paid == fine.amount.minor else "waived"
        tx.fines.change(fine.id, state=state, paid=paid, exit=proposal.id, paid_at=tx.now())
        left -= paid
    payable = in_coins(group.constitution, Money(left, group.currency)).minor
    legs = [Posting(account, minor, person) for account, minor in saved.items()]
    legs += [Posting(Account.FINES, left - total), Posting(Account.PAYABLE, -payable, person)]
    legs.append(Posting(Account.ROUNDING, payable - left))
    if total:
        moved = tuple(leg for leg in legs if leg.amount)
        name = settlement_reference(proposal)
        tx.post(Draft(group.id, group.currency, name, "exit settlement", tx.now(), moved))


def settlement_reference(exit: Proposal) -> str:
    """What the entry is known by that made what was theirs payable; there is none where they had nothing."""
    return f"exit:{exit.id}"


def _pay(tx: Store, group: Group, exit: str, person: str, way: Way, officer: str) -> Money:
    """To themselves; of who has died, to the family's number, which those who decided have seen."""
    owed, proposal = _owed(tx, group, person), tx.proposals.get(exit)
    to = str(proposal.values.get("heir", "")) if end_of(proposal) == "deceased" else ""
    if way == "mobile_money" and end_of(proposal) == "deceased" and not to:
        raise NotPayable
    by = officer if way == "cash" else ""
    pay_out(tx, group, person, owed, "exit", subject=exit, way=way, officer=by, to=to if way != "cash" else "")
    return owed


def _owed(tx: Store, group: Group, person: str) -> Money:
    return Money(-tx.books.of_member_in([group.id], person)[group.id, Account.PAYABLE], group.currency)


def _fines(tx: Store, group: Group, person: str) -> list[Fine]:
    return tx.fines.find(group=group.id, person=person, state="due", sort="at")


def check_nothing_on_its_way(tx: Store, group: Group, person: str) -> None:
    """Raises MoneyOnItsWay."""
    for payment in tx.payments.open_of(person):
        if payment.group == group.id:
            raise MoneyOnItsWay(group.name, payment.ref)


def end_of(proposal: Proposal) -> End:
    """As what they leave."""
    ends: dict[object, End] = {end: end for end in get_args(End)}
    return ends[proposal.values["end"]]


def _ask_to_pay(tx: Store, group: Group, person: str) -> None:
    tell_officers(tx, group, "settlement_due", name=tx.people.get(person).name)
