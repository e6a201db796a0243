"""
The dividend of a SACCO: an officer declares rates for a year that is over, the others agree, members are credited.

What the year earned is moved to the surplus first, and no more is given than the surplus has. A member's part goes
to their credit, from where they can take it out; the tax on it is owed to the state. A year's deposits are read
from the books, so that every member can be shown what theirs was worked out from.

All members are never looked at together: each part of them is a transaction of its own, and is done once. Who has
left when they are credited gets nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from msgspec import Meta

from domain.arithmetic.dividend import MONTHS, BadYear, Declared, Dividend, dividend
from domain.arithmetic.rates import DecimalText
from domain.books.accounts import Account
from domain.books.ledger import Draft, Posting
from domain.books.statements import CLOSING
from domain.commands import handles, one_at_a_time
from domain.decisions.concluding import concludes, refuses
from domain.decisions.rights import acting_officer, active_member
from domain.decisions.voting import AlreadyAsked, propose
from domain.errors import DomainError
from domain.money import Money
from domain.records.dividend import DECLARATION_UNDER_WAY, Declaration, declaration_id
from domain.records.group import Group
from domain.records.notice import Values
from domain.records.person import NotAllowed
from domain.records.proposal import Proposal
from domain.store import Between, Store
from domain.tell import tell, tell_outcome

CHUNK: Final = 100  # members
CHUNKS: Final = 50  # in one go of `carry_on`
_YEARS_BACK: Final = 3

Year = Annotated[int, Meta(examples=[2026, 2025])]


class BadRates(DomainError):
    """A rate or a tax is not from 0 to 100 percent."""

    code = "bad_rates"


class YearNotOver(DomainError):
    """The year goes on, or the group was not there yet."""

    code = "year_not_over"


class YearDeclared(DomainError):
    """The dividend of this `year` was decided on."""

    code = "year_declared"

    def __init__(self, year: int = 0) -> None:
        super().__init__(year=year)


class DividendTooHigh(DomainError):
    """All members' parts come to `gross`, and the surplus is `most`; in minor units of `currency`."""

    code = "dividend_too_high"


@dataclass(frozen=True, slots=True)
class DeclareDividend:
    """
    An officer declares what a `year` gives on deposits and on share capital, and the tax that is kept back of it.

    Rates are decimal numbers of percent.
    """

    officer: str
    group: str
    year: int
    deposits: str
    share_capital: str
    withholding: str


@dataclass(frozen=True, slots=True)
class DividendAsked:
    """How many officers have to agree, and to how much in all; 0 while it is still being worked out."""

    needed: int
    gross: Money


@dataclass(frozen=True, slots=True)
class OpenYear:
    """A year that a dividend can be declared for, and the surplus at its end."""

    year: Year
    surplus: Money


@dataclass(frozen=True, slots=True)
class DividendNow:
    """The years that are open; or how far the one is that is under way, `state` "" for none."""

    open: list[OpenYear]
    year: Year
    state: str
    gross: Money


@dataclass(frozen=True, slots=True)
class MyDividend:
    """
    A member's dividend of a `year` with all that it is worked out from.

    `months` are what came in each month, below zero when more was taken out. Rates are decimal numbers of percent.
    `credited` is whether the member has it.
    """

    year: Year
    opening: Money
    months: list[Money]
    share_capital: Money
    deposits_rate: DecimalText
    share_capital_rate: DecimalText
    tax_rate: DecimalText
    on_deposits: Money
    on_share_capital: Money
    tax: Money
    net: Money
    credited: bool


@dataclass(frozen=True, slots=True)
class _MemberYear:
    """What a member had on deposit as a year began, what came in each month, and their shares as it ended."""

    opening: Money
    months: dict[int, Money]
    share_capital: Money

    def dividend(self, rates: Declared) -> Dividend:
        return dividend(self.opening, self.months, self.share_capital, rates)


def dividend_now(store: Store, group_id: str) -> DividendNow:
    """What there is to declare in a group."""
    group = store.groups.get(group_id)
    nothing = Money(0, group.currency)
    found = store.declarations.find(group=group.id, sort="-year")
    if under_way := next((each for each in found if each.state in DECLARATION_UNDER_WAY), None):
        return DividendNow([], under_way.year, under_way.state, under_way.gross)
    taken = {each.year for each in found if each.state == "paid"}
    this, first = _today(store, group).year, group.constitution.day(group.created_at).year
    years = [year for year in range(max(first, this - _YEARS_BACK), this) if year not in taken]
    return DividendNow([OpenYear(year, _surplus(store, group, year)) for year in years], 0, "", nothing)


def my_dividend(store: Store, group_id: str, person: str) -> MyDividend | None:
    """The last one that was decided on, for one of the members. Raises NotAllowed."""
    active_member(store, group_id, person)
    group = store.groups.get(group_id)
    found = store.declarations.find(group=group.id, sort="-year")
    made = next((each for each in found if each.state in ("paying", "paid")), None)
    if made is None:
        return None
    mine = _years(store, group, made.year, [person])[person]
    part = mine.dividend(made.rates)
    nothing = Money(0, group.currency)
    return MyDividend(
        year=made.year,
        opening=mine.opening,
        months=[mine.months.get(month, nothing) for month in range(1, MONTHS + 1)],
        share_capital=mine.share_capital,
        deposits_rate=_percent(made.rates.deposits),
        share_capital_rate=_percent(made.rates.share_capital),
        tax_rate=_percent(made.rates.withholding),
        on_deposits=part.on_deposits,
        on_share_capital=part.on_share_capital,
        tax=part.tax,
        net=part.net,
        credited=store.books.with_reference(group.id, _reference(made, person)) is not None,
    )


@handles(DeclareDividend)
def declare_dividend(tx: Store, command: DeclareDividend) -> DividendAsked:
    """
    Close the year, work out what it comes to, and ask the officers. Where members are more than CHUNK, the rest is
    worked out later, see `carry_on`, and the officer hears if it is refused then.

    Raises NotAllowed, Frozen, BadRates, YearNotOver, YearDeclared, AlreadyAsked, DividendTooHigh, TooFewOfficers.
    """
    acting_officer(tx, command.group, command.officer)
    one_at_a_time(tx.groups, command.group)
    group = tx.groups.get(command.group)
    if group.kind != "sacco":
        raise NotAllowed(why="kind", group=group.name)
    rates = _rates(command)
    first, today = group.constitution.day(group.created_at), _today(tx, group)
    if not first.year <= command.year < today.year:
        raise YearNotOver
    if tx.declarations.count(group=group.id, state=list(DECLARATION_UNDER_WAY)):
        raise AlreadyAsked()
    id, nothing = declaration_id(group.id, command.year), Money(0, group.currency)
    before = tx.declarations.one(id=id)
    if before and before.state == "paid":
        raise YearDeclared(command.year)
    _close(tx, group, command.year)
    made = Declaration(
        id=id,
        group=group.id,
        year=command.year,
        rates=rates,
        made_by=command.officer,
        gross=nothing,
        tax=nothing,
        last=group.members,
        next_at=tx.now(),
    )
    if before is None:
        tx.declarations.insert(made)
    made = _work_out(tx, group, made)
    _keep(tx, made)
    return DividendAsked(tx.proposals.get(made.proposal).needed if made.proposal else 0, made.gross)


@concludes("dividend")
def conclude_dividend(tx: Store, proposal: Proposal) -> None:
    """Members are credited from now on. Raises DividendTooHigh when the surplus has become less."""
    made, group = tx.declarations.get(proposal.subject), tx.groups.get(proposal.group)
    _check_surplus(tx, group, made.gross)
    _keep(tx, replace(made, state="paying", next=1, next_at=tx.now()))


@refuses("dividend")
def dividend_refused(tx: Store, proposal: Proposal) -> None:
    """Another can be declared for the year."""
    tx.declarations.change(proposal.subject, state="rejected")


def carry_on(store: Store, id: str, chunks: int = CHUNKS) -> None:
    """
    Work out, or credit, the members that are left, so many chunks of them; nothing when there is nothing to do. It
    can be stopped at any moment, run by several at once, and run again.
    """

    def one(tx: Store) -> bool:
        made = tx.declarations.get(id)
        group = tx.groups.get(made.group)
        if made.state == "paying":
            after = _pay(tx, group, made)
        elif made.state == "working":
            after = _work_out_later(tx, group, made)
        else:
            return False
        _keep(tx, after)
        return after.next_at is not None

    for _ in range(chunks):
        if not store.transaction(one):
            return


def _today(store: Store, group: Group) -> datetime:
    return store.now().astimezone(ZoneInfo(group.constitution.time_zone))


def _begins(group: Group, year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=ZoneInfo(group.constitution.time_zone))


def _rates(command: DeclareDividend) -> Declared:
    try:
        parts = [Fraction(text) / 100 for text in (command.deposits, command.share_capital, command.withholding)]
        return Declared(*parts)
    except (BadYear, ValueError, ZeroDivisionError) as error:
        raise BadRates from error


def _percent(part: Fraction) -> str:
    """A part as a decimal number of percent, as it was typed: "8.5"."""
    return f"{(100 * Decimal(part.numerator) / part.denominator).normalize():f}"


def _close(tx: Store, group: Group, year: int) -> None:
    """Move what was earned by the end of a year, less what it cost, to the surplus; what came after stays."""
    earned = tx.books.earned_by(group.id, _begins(group, year + 1))
    legs = [Posting(code, -minor) for code, minor in sorted(earned.items())]
    if surplus := sum(earned.values()):
        legs.append(Posting(Account.SURPLUS, surplus))
    if legs:
        reference = f"{CLOSING}{group.id}:{year}"
        tx.post(Draft(group.id, group.currency, reference, f"close of {year}", tx.now(), tuple(legs)))


def _surplus(store: Store, group: Group, year: int) -> Money:
    """What the surplus will be when the year is closed."""
    earned = store.books.earned_by(group.id, _begins(group, year + 1))
    return Money(-store.books.totals(group.id).get(Account.SURPLUS, 0) - sum(earned.values()), group.currency)


def _check_surplus(tx: Store, group: Group, gross: Money) -> None:
    surplus = -tx.books.totals(group.id).get(Account.SURPLUS, 0)
    if gross.minor > surplus:
        raise DividendTooHigh(gross=gross.minor, most=max(0, surplus), currency=group.currency)


def _years(store: Store, group: Group, year: int, people: Sequence[str]) -> dict[str, _MemberYear]:
    """The year of some members, by the books: what they hold now, less what has changed since."""
    held = store.books.of_members(group.id, (Account.DEPOSITS, Account.SHARES), people)
    zone = group.constitution.time_zone
    moved = store.books.by_month(group.id, (Account.DEPOSITS, Account.SHARES), people, _begins(group, year), zone)
    opening = {person: -held.get((Account.DEPOSITS, person), 0) for person in people}
    capital = {person: -held.get((Account.SHARES, person), 0) for person in people}
    months: dict[str, dict[int, Money]] = {person: {} for person in people}
    last = f"{year}-{MONTHS}"
    for (account, person, month), net in moved.items():
        if account == Account.DEPOSITS:
            opening[person] += net
            if month <= last:
                months[person][int(month[-2:])] = Money(-net, group.currency)
        elif month > last:
            capital[person] += net
    return {
        person: _MemberYear(
            Money(opening[person], group.currency), months[person], Money(capital[person], group.currency)
        )
        for person in people
    }


def _parts(tx: Store, group: Group, made: Declaration) -> dict[str, Dividend]:
    """What the next CHUNK of members get, by person."""
    numbers = Between(made.next, min(made.last, made.next + CHUNK - 1))
    members = tx.memberships.find(group=group.id, number=numbers, status=["active", "suspended"], sort="number")
    people = [each.person for each in members]
    return {person: mine.dividend(made.rates) for person, mine in _years(tx, group, made.year, people).items()}


def _work_out(tx: Store, group: Group, made: Declaration) -> Declaration:
    """Add what the next members get; with the last of them the officers are asked."""
    parts, nothing = _parts(tx, group, made).values(), Money(0, group.currency)
    made = replace(
        made,
        gross=made.gross + sum((part.gross for part in parts), nothing),
        tax=made.tax + sum((part.tax for part in parts), nothing),
        next=made.next + CHUNK,
    )
    if made.next <= made.last:
        return made
    _check_surplus(tx, group, made.gross)
    proposal = propose(
        tx,
        group,
        "dividend",
        subject=made.id,
        maker=made.made_by,
        contents={"dividend": made.id, "rates": str(made.rates), "gross": made.gross, "tax": made.tax},
        values=_values_of(made),
    )
    return replace(made, state="proposed", proposal=proposal.id, next_at=None)


def _values_of(made: Declaration) -> Values:
    """What a sentence about it is filled with."""
    rates = made.rates
    return {
        "amount": made.gross,
        "year": made.year,
        "deposits": _percent(rates.deposits),
        "share_capital": _percent(rates.share_capital),
        "tax": _percent(rates.withholding),
    }


def _work_out_later(tx: Store, group: Group, made: Declaration) -> Declaration:
    """The same when nobody waits for it: whoever declared it is told of a refusal."""
    try:
        return _work_out(tx, group, made)
    except DividendTooHigh as refused:
        gross, most = (Money(int(refused.details[name]), group.currency) for name in ("gross", "most"))
        tell(tx, made.made_by, "dividend_too_high", group=group.name, year=made.year, gross=gross, most=most)
    except DomainError:
        tell_outcome(tx, made.made_by, group, "dividend", _values_of(made), "lapsed")
    return replace(made, state="refused", next_at=None)


def _pay(tx: Store, group: Group, made: Declaration) -> Declaration:
    """Credit the next members: an entry each, known by its reference."""
    for person, part in _parts(tx, group, made).items():
        legs = (
            Posting(Account.SURPLUS, part.gross.minor),
            Posting(Account.CREDIT, -part.net.minor, person),
            Posting(Account.TAX, -part.tax.minor),
        )
        if not part.gross:
            continue
        moved = tuple(leg for leg in legs if leg.amount)
        text = f"dividend of {made.year}"
        tx.post(Draft(group.id, group.currency, _reference(made, person), text, tx.now(), moved))
        tell(tx, person, "dividend_credited", group=group.name, year=made.year, amount=part.net, tax=part.tax)
    made = replace(made, next=made.next + CHUNK)
    return made if made.next <= made.last else replace(made, state="paid", next_at=None)


def _reference(made: Declaration, person: str) -> str:
    return f"dividend:{made.id}:{person}"


def _keep(tx: Store, made: Declaration) -> None:
    written = {field.name: getattr(made, field.name) for field in fields(made)}
    tx.declarations.change(written.pop("id"), **written)
