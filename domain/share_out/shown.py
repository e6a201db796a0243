"""A share-out as members and officers read it: as it would be now, as it is proposed, and how far it is paid."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.decisions.rights import acting_officer, active_member
from domain.decisions.voting import check_enough_voters
from domain.money import Money
from domain.people.find import names_of
from domain.records.share_out import LineState, ShareOut, ShareOutLine
from domain.share_out.pay import HowFar, how_far
from domain.share_out.plan import check_shares, plan, plan_digest, plan_now, share_out_under_way
from domain.store import Store
from domain.treasury.providers import can_pay_out


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
    all_credit: Money | None = None  # everybody's, taken for loans; None in a talk of before
    rest: Money | None = None  # of the part, what no coin is small enough for; None in a talk of before


def expected_share_out(store: Store, group_id: str, person: str) -> Expected:
    """Raises NotAllowed, NoShares, NothingToShare."""
    active_member(store, group_id, person)
    group = store.groups.get(group_id)
    under_way = share_out_under_way(store, group)
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
        all_credit=made.credit or None,
        rest=line.rest or None,
    )


def may_plan(store: Store, group_id: str, officer: str) -> None:
    """
    Whether an officer may propose a share-out now, or make the one anew that waits to be decided.

    Raises as `acting_officer`, and as `planned`; and TooFewMembers.
    """
    acting_officer(store, group_id, officer)
    group = store.groups.get(group_id)
    plan_now(store, group, Money(0, group.currency))
    if share_out_under_way(store, group) is None:
        check_enough_voters(store, group, "share_out", maker=officer)


def planned(store: Store, group_id: str, kept: Money) -> Plan:
    """
    What would be proposed now.

    Raises GroupIsClosing once one is decided, NoShares, MeetingIsOpen, MoneyOnItsWay, NothingToShare,
    KeepsTooMuch.
    """
    made = plan_now(store, store.groups.get(group_id), kept)
    return Plan(plan_digest(made), made.pot, _views(store, made))


def sharing_now(store: Store, group_id: str) -> SharingNow:
    """How it stands with the group's share-out. Raises NoShares."""
    group = store.groups.get(group_id)
    check_shares(group)
    made, nothing = share_out_under_way(store, group), Money(0, group.currency)
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
