"""
The share-out: what is shared, the members' decision on it, and the books after it.

What the group has in its box, wallet and bank, less what is owed to others and to the social fund, is shared by
shares. What members owe of loans and fines is taken from their parts. While it is decided and paid, nothing is
saved or lent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any, Final

from domain.arithmetic.share_out import Debt, Holding, MemberPart, Taken, net_share_out
from domain.books.accounts import Account
from domain.books.ledger import Draft, Posting
from domain.commands import handles, one_at_a_time
from domain.decisions.rights import GroupIsClosing, acting_officer, active_member
from domain.decisions.voting import amend, concludes, propose, refuses
from domain.errors import DomainError
from domain.groups.leave import MoneyOnItsWay
from domain.loans.recover import give_up
from domain.loans.repay import payoff, repay_from
from domain.meetings.meeting import MeetingIsOpen
from domain.money import Money
from domain.people.find import names_of
from domain.records.group import Group
from domain.records.loan import OWED, Loan
from domain.records.meeting import Fine
from domain.records.notice import Values
from domain.records.proposal import Proposal, digest_of
from domain.records.share_out import Covered, LineState, ShareOut, ShareOutLine, share_out_id
from domain.share_out.next_cycle import close_books
from domain.share_out.pay import HowFar, how_far
from domain.store import Store
from domain.tell import tell
from domain.treasury.money_in import awaited
from domain.treasury.providers import can_pay_out

_CLEARING: Final = (Account.WALLET_IN, Account.WALLET_OUT)
# The loan fund's cash, with what is on its way: that is the group's until it has arrived.
_CASH: Final = (Account.CASH_BOX, Account.WALLET, Account.BANK, *_CLEARING)


class NoShares(DomainError):
    """A group of this kind has no shares."""

    code = "no_shares"


class NothingToShare(DomainError):
    """Nobody holds a share, or there is no money for them."""

    code = "nothing_to_share"


class KeepsTooMuch(DomainError):
    """More is to be kept than there is; `most` in minor units of `currency`."""

    code = "keeps_too_much"


class PlanChanged(DomainError):
    """The parts are no longer what the plan says."""

    code = "plan_changed"


@dataclass(frozen=True, slots=True)
class ProposeShareOut:
    """
    An officer puts a plan to the members, in which so much is `kept` for the next cycle; `digest` is of the plan
    they saw. Where another one waits to be decided, this takes its place.
    """

    officer: str
    group: str
    kept: Money
    digest: str


@dataclass(frozen=True, slots=True)
class Called:
    """
    What a guarantor's part pays of somebody's loan, and the borrower owes them from then on; `name` is of the
    other of the two.
    """

    name: str
    amount: Money


@dataclass(frozen=True, slots=True)
class LineView:
    """
    A member's part as an officer reads it; `id` is the person's. Of what there is to `pay`, `paid` was paid,
    `sent` is on its way, and `left` is still to be paid. Of what is netted, `called` is for loans of others.
    """

    id: str
    name: str
    gross: Money
    netted: Money
    pay: Money
    state: LineState
    paid: Money
    sent: Money
    left: Money
    called: list[Called] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan that was not proposed yet: `digest` is what to propose it by."""

    digest: str
    pot: Money
    lines: list[LineView]


@dataclass(frozen=True, slots=True)
class SharingNow:
    """
    How far the group's share-out is: "" for none, proposed and waiting for `missing` members, or approved.

    `pays_out` is whether mobile money can pay it.
    """

    id: str
    state: str
    missing: int
    pot: Money
    pays_out: bool
    lines: list[LineView]


@dataclass(frozen=True, slots=True)
class Expected:
    """
    A member's part with all it is worked out from: as decided or proposed, else (`state` "") as it would be now.

    `saved` is the member's shares at par, `all_saved` everybody's; of what there is to `pay`, `paid` was paid and
    `left` not yet; see `ShareOut` for the others.
    """

    state: str
    shares: int
    saved: Money
    all_saved: Money
    cash: Money
    owed: Money
    kept: Money
    netted: Money
    left_over: Money
    pot: Money
    unit: Money
    gross: Money
    loans: Money
    fines: Money
    pay: Money
    paid: Money
    left: Money
    called: Money | None = None  # of the part, for the loans of others
    helped: list[Called] = field(default_factory=list)  # by whom, with their own loans
    helps: list[Called] = field(default_factory=list)  # whom, with their loans
    credit: Money | None = None  # of theirs, taken for their own loans


def expected_share_out(store: Store, group_id: str, person: str) -> Expected:
    """Raises NotAllowed, NoShares, NothingToShare."""
    active_member(store, group_id, person)
    group = store.groups.get(group_id)
    under_way = _under_way(store, group)
    nothing = Money(0, group.currency)
    made = under_way or plan(store, group, nothing, store.now())
    line = made.line(person) or ShareOutLine(person, 0, 0, nothing, nothing, nothing, nothing, nothing)
    names = _names(store, made)
    far = how_far(store, made).get(person) or HowFar(nothing, nothing, nothing)
    return Expected(
        state=made.state if under_way else "",
        shares=line.shares,
        saved=line.saved,
        all_saved=made.saved,
        cash=made.cash,
        owed=made.owed,
        kept=made.kept,
        netted=made.netted,
        left_over=made.left_over,
        pot=made.pot,
        unit=Money(made.unit, group.currency),
        gross=line.gross,
        loans=line.loans,
        fines=line.fines,
        pay=line.pay,
        paid=far.paid,
        left=line.pay - far.paid,
        called=line.called,
        helped=_helped(made, person, names),
        helps=_helps(made, person, names),
        credit=sum((each.credit for each in made.covered if each.person == person), nothing) or None,
    )


def planned(store: Store, group_id: str, kept: Money) -> Plan:
    """
    What would be proposed now.

    Raises GroupIsClosing once one is decided, NoShares, MeetingIsOpen, MoneyOnItsWay, NothingToShare,
    KeepsTooMuch.
    """
    made = _ready(store, store.groups.get(group_id), kept)
    return Plan(_digest(made), made.pot, _views(store, made))


def sharing_now(store: Store, group_id: str) -> SharingNow:
    """How it stands with the group's share-out. Raises NoShares."""
    group = store.groups.get(group_id)
    _check_kind(group)
    made, nothing = _under_way(store, group), Money(0, group.currency)
    pays_out = can_pay_out(store, group.currency)
    if made is None:
        return SharingNow("", "", 0, nothing, pays_out, [])
    proposal = store.proposals.get(made.proposal)
    return SharingNow(
        id=made.id,
        state=made.state,
        missing=max(0, proposal.needed - len(proposal.yes)),
        pot=made.pot,
        pays_out=pays_out,
        lines=_views(store, made),
    )


def plan(store: Store, group: Group, kept: Money, at: datetime) -> ShareOut:
    """
    The share-out of what the books hold now, with the debts of that moment.

    Raises NoShares, NothingToShare when nobody holds a share, KeepsTooMuch.
    """
    _check_kind(group)
    balances = store.books.balances(group.id)
    totals = {account: minor for (account, member), minor in balances.items() if not member}
    cash, owed = sum(totals.get(account, 0) for account in _CASH), _owed(totals)
    most = max(0, cash - owed)
    if kept.currency != group.currency or not 0 <= kept.minor <= most:
        raise KeepsTooMuch(most=most, currency=group.currency)
    members = {m.number: m.person for m in store.memberships.find(group=group.id, sort="number")}
    holdings = _holdings(store, group, members, balances, at)
    unit = group.constitution.cash_unit
    parts = net_share_out(Money(most - kept.minor, group.currency), holdings, unit)
    lines = tuple(
        ShareOutLine(
            person=members[number],
            number=number,
            shares=holdings[number].shares.minor // group.constitution.share_price.minor,
            saved=holdings[number].shares,
            gross=part.gross,
            loans=part.loans,
            fines=part.fines,
            pay=part.pay,
            called=part.called or None,
        )
        for number, part in parts.items()
    )
    return ShareOut(
        id=share_out_id(group.id, group.cycle),
        group=group.id,
        cycle=group.cycle,
        day=group.constitution.day(at),
        cash=Money(cash, group.currency),
        owed=Money(owed, group.currency),
        kept=kept,
        unit=unit,
        lines=lines,
        state="proposed",
        made_by="",
        made_at=at,
        covered=_covered(store, group, members, holdings, parts),
    )


def _holdings(
    store: Store, group: Group, members: Mapping[int, str], balances: Mapping[tuple[str, str], int], at: datetime
) -> dict[int, Holding]:
    """What each member who has shares has and owes, by number. Raises NothingToShare when nobody has any."""
    saved = {number: -balances.get((Account.SHARES, person), 0) for number, person in members.items()}
    if not any(saved.values()):
        raise NothingToShare
    assert sum(saved.values()) == -balances[Account.SHARES, ""], "every share has its holder"
    loans, fines, day = _loans(store, group), _fines(store, group, at), group.constitution.day(at)
    numbers = {person: number for number, person in members.items()}
    return {
        number: Holding(
            shares=Money(minor, group.currency),
            debts=tuple(_debt(loan, day, numbers) for loan in loans.get(members[number], ())),
            fines=tuple(fine.amount for fine in fines.get(members[number], ())),
            credit=Money(max(0, -balances.get((Account.CREDIT, members[number]), 0)), group.currency),
        )
        for number, minor in saved.items()
        if minor or any(loan.state == "active" for loan in loans.get(members[number], ()))
    }


def _covered(
    store: Store,
    group: Group,
    members: Mapping[int, str],
    holdings: Mapping[int, Holding],
    parts: Mapping[int, MemberPart],
) -> tuple[Covered, ...]:
    """Of each loan for which something is taken, or that is lost, where its money comes from."""
    loans = _loans(store, group)
    covered = (
        Covered(
            loan.id,
            loan.person,
            taken.own,
            taken.credit,
            {members[guarantor]: amount for guarantor, amount in taken.called.items()},
            _lost(group, loan, debt, taken),
        )
        for number, part in parts.items()
        for loan, debt, taken in zip(
            loans.get(members[number], ()), holdings[number].debts, part.taken, strict=True
        )
    )
    return tuple(each for each in covered if each.total or each.lost)


def _lost(group: Group, loan: Loan, debt: Debt, taken: Taken) -> Money | None:
    """What is written off of a loan; one that was given up before is a loss already."""
    carried = group.constitution.carry_over or loan.state != "active"
    return None if carried else (debt.owed - taken.total) or None


def _debt(loan: Loan, day: date, numbers: Mapping[str, int]) -> Debt:
    """What ends a loan, and what is pledged for it; nobody stands for one that was written off."""
    pledges = loan.accepted if loan.state == "active" else ()
    pledged = {numbers[each.guarantor]: each.locked(loan.amount, loan.owed) for each in pledges}
    return Debt(payoff(loan, day), pledged)


@handles(ProposeShareOut)
def propose_share_out(tx: Store, command: ProposeShareOut) -> int:
    """
    Answers with how many members have to agree.

    Raises NotAllowed, Frozen, GroupIsClosing once it is decided, NoShares, MeetingIsOpen, MoneyOnItsWay,
    NothingToShare, KeepsTooMuch, PlanChanged.
    """
    acting_officer(tx, command.group, command.officer)
    one_at_a_time(tx.groups, command.group)
    group = tx.groups.get(command.group)
    made = _ready(tx, group, command.kept)
    if _digest(made) != command.digest:
        raise PlanChanged
    values: Values = {"amount": made.pot}
    if before := _under_way(tx, group):
        proposal = amend(tx, tx.proposals.get(before.proposal), _contents(made), values)
    else:
        proposal = propose(
            tx,
            group,
            "share_out",
            subject=made.id,
            maker=command.officer,
            contents=_contents(made),
            values=values,
        )
    written = {each.name: getattr(made, each.name) for each in fields(made)}
    written |= {"made_by": command.officer, "proposal": proposal.id}
    if tx.share_outs.change(written.pop("id"), **written) is None:
        tx.share_outs.insert(ShareOut(id=made.id, **written))
    tx.groups.change(group.id, closing=True)
    return proposal.needed


@concludes("share_out")
def conclude_share_out(tx: Store, proposal: Proposal) -> None:
    """
    Declare every part payable, take from it what the member owes, and close the books of the cycle.

    Raises PlanChanged and MoneyOnItsWay when money or debts are no longer those of the plan: the vote is refused,
    and an officer has to make it anew.
    """
    group, made = tx.groups.get(proposal.group), tx.share_outs.get(proposal.subject)
    if awaited(tx, group):
        raise MoneyOnItsWay
    # The plan as it is kept is not trusted: what is paid is what was voted on, worked out from the books.
    now_made = plan(tx, group, made.kept, made.made_at)
    if _digest(now_made) != proposal.digest:
        raise PlanChanged
    _declare(tx, group, now_made)
    fines = _fines(tx, group, made.made_at)
    for each in now_made.covered:
        _take(tx, group, now_made, each)
    _end_guarantees(tx, group)
    _give_up_the_rest(tx, group, now_made)
    for line in now_made.lines:
        _take_fines(tx, group, now_made, line, fines.get(line.person, ()))
        tell(tx, line.person, "shared_out", group=group.name, gross=line.gross, netted=line.netted, pay=line.pay)
    close_books(tx, group)
    tx.share_outs.change(made.id, state="approved", lines=now_made.lines, covered=now_made.covered)


@refuses("share_out")
def share_out_refused(tx: Store, proposal: Proposal) -> None:
    """The group saves and lends as before."""
    tx.share_outs.change(proposal.subject, state="rejected")
    tx.groups.change(proposal.group, closing=False)


def _under_way(store: Store, group: Group) -> ShareOut | None:
    """The share-out that is proposed or being paid."""
    return store.share_outs.one(id=share_out_id(group.id, group.cycle)) if group.closing else None


def _ready(store: Store, group: Group, kept: Money) -> ShareOut:
    """A plan, when nothing is in the way of proposing it."""
    _check_kind(group)
    before = _under_way(store, group)
    if group.closing and (before is None or before.state != "proposed"):
        raise GroupIsClosing
    if group.meeting:
        raise MeetingIsOpen
    totals = store.books.totals(group.id)
    if any(totals.get(code) for code in _CLEARING) or awaited(store, group):
        raise MoneyOnItsWay
    made = plan(store, group, kept, store.now())
    if not made.pot:
        raise NothingToShare
    return made


def _check_kind(group: Group) -> None:
    if group.kind != "vsla":
        raise NoShares


def _owed(totals: Mapping[str, int]) -> int:
    """What of the loan fund's cash is others': all liabilities but the social fund, which has its own purses."""
    owed = [each for each in Account if each.kind == "liability" and each != Account.SOCIAL_FUND]
    return -sum(totals.get(account, 0) for account in owed)


def _loans(store: Store, group: Group) -> dict[str, list[Loan]]:
    """What is owed, by borrower, the oldest first."""
    return _by_person(store.loans.find(group=group.id, state=list(OWED), sort="asked_at"))


def _fines(store: Store, group: Group, at: datetime) -> dict[str, list[Fine]]:
    """The fines that were due then and still are, by member, the oldest first."""
    due = store.fines.find(group=group.id, state="due", sort="at")
    return _by_person(fine for fine in due if fine.at <= at)


def _by_person(things: Iterable[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for thing in things:
        found.setdefault(thing.person, []).append(thing)
    return found


def _contents(made: ShareOut) -> dict[str, object]:
    """What the members' votes are bound to: every line of the plan."""
    lines = [
        (line.number, line.person, line.saved, line.gross, line.loans, line.fines, line.pay) for line in made.lines
    ]
    by_others = [each for each in made.covered if each.credit or each.called or each.lost]
    covered = {"covered": [str(each) for each in by_others]} if by_others else {}
    return {"share_out": made.id, "kept": made.kept, "unit": made.unit, "lines": lines, **covered}


def _digest(made: ShareOut) -> str:
    return digest_of(_contents(made))


def _views(store: Store, made: ShareOut) -> list[LineView]:
    far = how_far(store, made)
    names = _names(store, made)
    return [
        LineView(
            line.person,
            names[line.person],
            line.gross,
            line.netted,
            line.pay,
            far[line.person].state,
            far[line.person].paid,
            far[line.person].sent,
            far[line.person].left,
            _helps(made, line.person, names),
        )
        for line in made.lines
    ]


def _names(store: Store, made: ShareOut) -> dict[str, str]:
    people = dict.fromkeys([*(line.person for line in made.lines), *(each.person for each in made.covered)])
    return names_of(store, list(people))


def _helps(made: ShareOut, person: str, names: Mapping[str, str]) -> list[Called]:
    """What is taken of a member for loans of others, with the borrowers' names."""
    loans = [each for each in made.covered if person in each.called]
    return [Called(names[each.person], each.called[person]) for each in loans]


def _helped(made: ShareOut, person: str, names: Mapping[str, str]) -> list[Called]:
    """What others pay of a member's loans, with their names."""
    own = [each for each in made.covered if each.person == person]
    return [Called(names[who], amount) for each in own for who, amount in each.called.items()]


def _declare(tx: Store, group: Group, made: ShareOut) -> None:
    """All shares, and what the cycle earned or lost, become payable; what rounding leaves stays in the surplus."""
    legs = [Posting(Account.SHARES, line.saved.minor, line.person) for line in made.lines]
    legs += [Posting(Account.PAYABLE, -(line.netted + line.pay).minor, line.person) for line in made.lines]
    legs.append(Posting(Account.SURPLUS, -sum(leg.amount for leg in legs)))
    _post(tx, group, made, "declared", "share-out declared", legs)


def _take(tx: Store, group: Group, made: ShareOut, covered: Covered) -> None:
    """Pay a loan as far as was planned. Guarantors are told, and what they gave."""
    loan = tx.loans.get(covered.loan)
    own = Posting(Account.PAYABLE, covered.own.minor, loan.person)
    credit = Posting(Account.CREDIT, covered.credit.minor, loan.person)
    called = (Posting(Account.PAYABLE, part.minor, person) for person, part in covered.called.items())
    source = tuple(leg for leg in (own, credit, *called) if leg.amount)
    if not source:
        return
    loan = repay_from(tx, group, loan, source, f"share_out:{made.id}", day=made.day)
    guarantees = tuple(
        replace(each, called=each.called + part.minor) if (part := covered.called.get(each.person)) else each
        for each in loan.guarantees
    )
    tx.loans.change(loan.id, guarantees=guarantees, version=loan.version + 1)
    for person, part in covered.called.items():
        tell(tx, person, "savings_taken", group=group.name, amount=part, ref=loan.ref)


def _end_guarantees(tx: Store, group: Group) -> None:
    """Everybody's savings are shared out: nobody stands for a loan that goes on, with nothing behind it."""
    for loan in tx.loans.find(group=group.id, state="active"):
        if loan.accepted:
            ended = tuple(
                replace(each, state="ended") if each.state == "accepted" else each for each in loan.guarantees
            )
            tx.loans.change(loan.id, guarantees=ended, version=loan.version + 1)


def _give_up_the_rest(tx: Store, group: Group, made: ShareOut) -> None:
    """What nobody covers is a loss of all, in the books of the cycle; what comes of it later is income."""
    for each in made.covered:
        if each.lost:
            give_up(tx, group, tx.loans.get(each.loan))
            tell(tx, each.person, "loan_written_off", group=group.name)


def _take_fines(tx: Store, group: Group, made: ShareOut, line: ShareOutLine, fines: Iterable[Fine]) -> None:
    left = line.fines
    for fine in fines:
        if fine.amount <= left:
            tx.fines.change(fine.id, state="paid")
            left -= fine.amount
    assert not left, "the plan takes whole fines"
    legs = [Posting(Account.PAYABLE, line.fines.minor, line.person), Posting(Account.FINES, -line.fines.minor)]
    _post(tx, group, made, f"fines:{line.person}", "fines netted", legs)


def _post(tx: Store, group: Group, made: ShareOut, what: str, text: str, legs: Iterable[Posting]) -> None:
    moved = tuple(leg for leg in legs if leg.amount)
    if moved:
        tx.post(Draft(group.id, group.currency, f"share_out:{made.id}:{what}", text, tx.now(), moved))
