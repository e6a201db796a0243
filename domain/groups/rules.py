"""
Constitutions: what is usual for each kind of group, and how the members change a rule of theirs.

A change makes a new version, for what happens from then on: what happened before keeps the terms it had.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from math import floor
from typing import Annotated, Final, Literal, get_args

from msgspec import Meta

from domain.arithmetic.eligibility import BorrowingRules
from domain.arithmetic.periods import Every, changed_after
from domain.arithmetic.rates import DecimalText, Per, Rate, decimal_text
from domain.books.accounts import Account
from domain.commands import handles, one_at_a_time
from domain.decisions.concluding import concludes
from domain.decisions.rights import acting_officer, active_member
from domain.decisions.voting import asked_once, propose
from domain.errors import DomainError
from domain.groups.officers import acts_for_officers
from domain.money import EXPONENTS, MINOR_MAX, Money, smallest_written
from domain.records.group import (
    MEMBERS,
    Adopted,
    BadConstitution,
    Constitution,
    FineReason,
    Group,
    GroupKind,
    LoanProduct,
)
from domain.records.proposal import Proposal
from domain.records.rota import rota_id
from domain.savings.fines import ListedFine
from domain.store import Store
from domain.treasury.coins import check_coins
from domain.treasury.money_in import awaited

# What members can change in a conversation; a fine by its reason.
Rule = Literal[
    "share_price", "shares_max", "social_fund", "absence", "late", "late_contribution", "disorder", "other",
    "interest", "multiple", "quorum", "alone_max", "cash_unit", "late_fines",
    "carry_over", "keeps_interest", "periods_max", "approvals", "members_max", "cycle_weeks", "meetings",
    "referral",
]  # fmt: skip
_RULES: Final[Mapping[str, Rule]] = {rule: rule for rule in get_args(Rule)}

# Smallest coins, in minor units, where it is not the least that is written: nobody pays in pesewas.
_CASH_UNITS: Final = {"UGX": 100, "RWF": 10, "XAF": 25, "XOF": 25, "GHS": 100}
# Fines as parts of what is put in at a meeting.
_FINES: Final[Mapping[FineReason, Fraction]] = {
    "absence": Fraction(1, 10),
    "late": Fraction(1, 20),
    "late_contribution": Fraction(1, 10),
    "disorder": Fraction(1, 10),
}
_LOANS: Final[Mapping[GroupKind, LoanProduct | None]] = {
    "vsla": LoanProduct(),
    "savings": LoanProduct(),
    "sacco": LoanProduct(rate=Rate(Fraction(12), "year"), every="month", periods=12, periods_max=72),
    "rosca": None,
}
# What is on, 1, or off, 0.
SWITCHES: Final[tuple[Rule, ...]] = ("late_fines", "carry_over", "keeps_interest")
# What no group has from its beginning: its members decide on it later.
DECIDED_LATER: Final[tuple[Rule, ...]] = ("referral",)
# From where to where a number can be set; interest is in percent.
BOUNDS: Final[Mapping[Rule, tuple[int, int]]] = {
    "shares_max": (1, 5),
    "interest": (0, 100),
    "multiple": (1, 10),
    "periods_max": (1, 72),
    "approvals": (1, 3),
    "members_max": (MEMBERS[0], MEMBERS[-1]),
    "cycle_weeks": (4, 104),
    **dict.fromkeys(SWITCHES, (0, 1)),
}
# How often a group can meet, and on which days: weekdays from Monday, 0, or days that every month has.
OFTEN: Final[Mapping[Every, range]] = {"week": range(7), "2weeks": range(7), "month": range(1, 29)}
# What a member is asked to pay.
_PAYABLE: Final[tuple[Rule, ...]] = ("share_price", "social_fund", *get_args(FineReason), "referral")
# The parts of the members that can be set to have to agree.
QUORUMS: Final = ("1/3", "1/2", "2/3", "1")


class CycleIsOpen(DomainError):
    """What a share or a hand costs in the `group` stays as it is while somebody holds one, or pays for one."""

    code = "cycle_is_open"

    def __init__(self, group: str = "") -> None:
        super().__init__(group=group)


@dataclass(frozen=True, slots=True)
class ProposeRule:
    """
    An officer asks the members to change a rule.

    `value` is a number as text: minor units of an amount, 0 for no such fine or fund; percent; how many; or one of
    the QUORUMS. Of the meetings it is how often and on which weekday, from Monday, 0: "week:0"; or on which day of
    the month: "month:15".
    """

    officer: str
    group: str
    rule: Rule
    value: str


@dataclass(frozen=True, slots=True)
class Lending:
    """What a group lends on: `percent` and `multiple` are decimal numbers, the term is in periods of `every`."""

    percent: DecimalText
    per: Per
    every: Every
    periods_max: int
    multiple: DecimalText
    guarantors: int


@dataclass(frozen=True, slots=True)
class OurRules:
    """
    The constitution as a member reads it.

    `quorum` is a fraction as text. Officers can ask the members to change what is `changeable` now; where none of
    them can act, `leaderless`, a member asks for another officer.
    """

    kind: GroupKind
    share_price: Money
    shares_max: int
    social_fund: Money
    cash_unit: Money
    every: Every
    members_max: int
    quorum: Annotated[str, Meta(examples=["2/3"])]
    approvals: int
    fines: list[ListedFine]
    lending: Lending | None
    since: date
    changeable: Annotated[list[Rule], Meta(min_length=1)]
    leaderless: bool = False
    referral: Money | None = None  # for who brings a new member


@dataclass(frozen=True, slots=True)
class RuleNow:
    """What a rule says now: an amount, or a number as text; see `value_of`."""

    value: Money | str


def usual_coin(currency: str) -> int:
    """The smallest coin that people pay with, in minor units."""
    return _CASH_UNITS.get(currency, smallest_written(currency))


def defaults(
    kind: GroupKind,
    price: Money,
    first_meeting: date,
    *,
    social_fund: Money | None = None,
    every: Every = "week",
    time_zone: str = "Africa/Kampala",
) -> Constitution:
    """
    What is usual for a kind of group: `price` is that of a share or a hand, or what is usually saved.

    Fines are parts of the price, in whole units of cash, one at least, and instalments are whole units too. Raises
    BadConstitution.
    """
    unit = usual_coin(price.currency)
    step = max(unit, 10 ** EXPONENTS[price.currency])
    product = _LOANS[kind]
    return Constitution(
        share_price=price,
        first_meeting=first_meeting,
        shares_max=5 if kind == "vsla" else 0,
        social_fund=social_fund or None,
        every=every,
        time_zone=time_zone,
        members_max=0 if kind == "sacco" else 25,
        fines={
            reason: Money(max(step, floor(price.minor * part / step) * step), price.currency)
            for reason, part in _FINES.items()
        },
        loans=replace(product, step=step) if product else None,
        cash_unit=unit,
    )


def rules_of(kind: GroupKind, constitution: Constitution) -> list[Rule]:
    """The rules that a group of this kind has from its beginning, in the order in which they are offered."""
    first = [rule for rule in _RULES.values() if rule not in DECIDED_LATER]
    return [rule for rule in first if _belongs(kind, constitution, rule)]


def with_rules(kind: GroupKind, constitution: Constitution, values: Mapping[Rule, str]) -> Constitution:
    """
    The constitution with other values of some rules, whatever their order; each as in ProposeRule.

    When the group meets is not among them. Raises BadConstitution, NotInCoins.
    """
    changed = constitution
    # The coins first: what is payable is a multiple of them.
    for rule in sorted(values, key=lambda rule: rule != "cash_unit"):
        changed = _with_number(kind, changed, rule, _number(rule, values[rule]))
    if "cash_unit" in values and not _fits(changed):
        raise BadConstitution(rule="cash_unit")
    return changed


def check_kind(kind: GroupKind, constitution: Constitution) -> None:
    """Only a SACCO has no upper bound of members. Raises BadConstitution."""
    if kind != "sacco" and constitution.members_max not in MEMBERS:
        raise BadConstitution(rule="members_max")


def adopt(tx: Store, group: Group, constitution: Constitution, *, version: int, by: str = "") -> None:
    """From now on this is the group's constitution; `by` is the proposal that was decided. The older ones stay."""
    id = f"{group.id}:{version}"
    tx.constitutions.insert(Adopted(id, group.id, version, constitution, tx.now(), by))
    tx.groups.change(group.id, constitution=constitution, version=version)


def our_rules(store: Store, group_id: str, person: str) -> OurRules:
    """The rules of a group for one of its members. Raises NotAllowed."""
    active_member(store, group_id, person)
    group = store.groups.get(group_id)
    return replace(rules_of_group(store, group), leaderless=acts_for_officers(store, group_id, person))


def rules_of_group(store: Store, group: Group) -> OurRules:
    """The same for whoever may see the group."""
    rules = group.constitution
    adopted = store.constitutions.one(id=f"{group.id}:{group.version}")
    return OurRules(
        kind=group.kind,
        share_price=rules.share_price,
        shares_max=rules.shares_max,
        social_fund=rules.social,
        cash_unit=Money(rules.cash_unit, group.currency),
        every=rules.rhythms[-1].every,
        members_max=rules.members_max,
        quorum=str(rules.quorum),
        approvals=rules.approvals,
        fines=[ListedFine(reason, amount) for reason, amount in rules.fines.items()],
        lending=lending_of(rules.loans) if rules.loans else None,
        referral=rules.referral if _is_changeable(store, group, "referral") else None,
        since=rules.day(adopted.at if adopted else group.created_at),
        changeable=[rule for rule in _RULES.values() if _is_changeable(store, group, rule)],
    )


def rule_now(store: Store, group_id: str, reader: str, rule: Rule) -> RuleNow:
    """What one rule of the group says today, for one of its members. Raises NotAllowed."""
    active_member(store, group_id, reader)
    return RuleNow(value_of(store.groups.get(group_id).constitution, rule))


@handles(ProposeRule)
def propose_rule(tx: Store, command: ProposeRule) -> int:
    """
    Answers with how many members have to agree.

    Raises NotAllowed, Frozen, BadConstitution, CycleIsOpen, NotInCoins, AlreadyAsked.
    """
    acting_officer(tx, command.group, command.officer)
    one_at_a_time(tx.groups, command.group)
    group, rule = tx.groups.get(command.group), command.rule
    amended = _amended(tx, group, rule, command.value)
    asked_once(tx, group.id, "constitution", rule)
    was, to = value_of(group.constitution, rule), value_of(amended, rule)
    return propose(
        tx,
        group,
        "constitution",
        subject=rule,
        maker=command.officer,
        contents={"rule": rule, "to": to},
        values={"rule": rule, "was": was, "to": to},
    ).needed


@concludes("constitution")
def conclude_rule(tx: Store, proposal: Proposal) -> None:
    """
    A new version with this one rule changed, whatever else was changed since it was proposed.

    Raises BadConstitution and CycleIsOpen when it has become impossible: the vote is then refused.
    """
    group, rule, to = tx.groups.get(proposal.group), _RULES[proposal.subject], proposal.values["to"]
    value = str(to.minor) if isinstance(to, Money) else str(to)
    adopt(tx, group, _amended(tx, group, rule, value), version=group.version + 1, by=proposal.id)


def value_of(constitution: Constitution, rule: Rule) -> Money | str:
    """What a rule says: an amount, or a number as text."""
    loans, nothing = constitution.loans, Money(0, constitution.share_price.currency)
    match rule:
        case "share_price":
            return constitution.share_price
        case "social_fund":
            return constitution.social
        case "late_fines":
            return str(int(constitution.late_fines))
        case "carry_over":
            return str(int(constitution.carry_over))
        case "keeps_interest":
            return str(int(loans.repayment.keeps_interest)) if loans else ""
        case "alone_max":
            return constitution.alone
        case "referral":
            return constitution.reward
        case "shares_max":
            return str(constitution.shares_max)
        case "interest":
            return decimal_text(loans.rate.percent) if loans else ""
        case "multiple":
            return decimal_text(loans.borrowing.multiple) if loans else ""
        case "periods_max":
            return str(loans.periods_max) if loans else ""
        case "approvals":
            return str(constitution.approvals)
        case "members_max":
            return str(constitution.members_max)
        case "cycle_weeks":
            return str(constitution.cycle_weeks)
        case "quorum":
            return str(constitution.quorum)
        case "meetings":
            first, every = constitution.rhythms[-1].first, constitution.rhythms[-1].every
            return f"{every}:{first.day if every == 'month' else first.weekday()}"
        case "cash_unit":
            return Money(constitution.cash_unit, nothing.currency)
    return constitution.fines.get(rule, nothing)


def _amended(store: Store, group: Group, rule: Rule, value: str) -> Constitution:
    """The constitution with another value of one rule. Raises BadConstitution, CycleIsOpen, NotInCoins."""
    if rule == "meetings":
        return _meeting_on(group.constitution, value, store.now())
    if rule == "share_price" and not _is_changeable(store, group, rule):
        raise CycleIsOpen(group.name)
    return with_rules(group.kind, group.constitution, {rule: value})


def _meeting_on(rules: Constitution, value: str, now: datetime) -> Constitution:
    """
    On another day from the meeting after the next one, or today's: for that one members pay already.

    Raises BadConstitution.
    """
    often, _, on = value.partition(":")
    every = next((each for each in OFTEN if each == often), None)
    if every is None or not on.isdecimal() or int(on) not in OFTEN[every]:
        raise BadConstitution(rule="meetings")
    first, *moved = changed_after(rules.rhythms, rules.meeting(now), every, int(on))
    return replace(rules, first_meeting=first.first, every=first.every, moved=tuple(moved))


def _with_number(kind: GroupKind, rules: Constitution, rule: Rule, number: Fraction) -> Constitution:
    """One rule that is a number, whether or not the smallest coin fits. Raises BadConstitution, NotInCoins."""
    if rule == "meetings" or not _belongs(kind, rules, rule) or not _can_be(rule, number):
        raise BadConstitution(rule=rule)
    amount = Money(int(number), rules.share_price.currency)
    if rule in _PAYABLE:
        check_coins(rules, amount)
    match rule:
        case "cash_unit":
            return replace(rules, cash_unit=amount.minor)
        case "share_price":
            return replace(rules, share_price=amount)
        case "social_fund":
            return replace(rules, social_fund=amount or None)
        case "late_fines":
            return replace(rules, late_fines=number == 1)
        case "carry_over":
            return replace(rules, carry_over=number == 1)
        case "alone_max":
            return replace(rules, alone_max=amount or None)
        case "referral":
            return replace(rules, referral=amount or None)
        case "shares_max":
            return replace(rules, shares_max=int(number))
        case "quorum":
            return replace(rules, quorum=number)
        case "approvals":
            return replace(rules, approvals=int(number))
        case "members_max":
            return replace(rules, members_max=int(number))
        case "cycle_weeks":
            return replace(rules, cycle_weeks=int(number))
        case "interest" | "multiple" | "keeps_interest" | "periods_max":
            return replace(rules, loans=_amended_loans(rules.loans or LoanProduct(), rule, number))
    fines = {reason: fine for reason, fine in rules.fines.items() if reason != rule}
    return replace(rules, fines=fines | {rule: amount} if amount else fines)


def _amended_loans(
    loans: LoanProduct, rule: Literal["interest", "multiple", "keeps_interest", "periods_max"], number: Fraction
) -> LoanProduct:
    if rule == "periods_max":
        return replace(loans, periods_max=int(number), periods=min(loans.periods, int(number)))
    if rule == "interest":
        return replace(loans, rate=Rate(number, loans.rate.per))
    if rule == "keeps_interest":
        return replace(loans, repayment=replace(loans.repayment, keeps_interest=number == 1))
    borrowing: BorrowingRules = replace(loans.borrowing, multiple=number)
    return replace(loans, borrowing=borrowing)


def _fits(rules: Constitution) -> bool:
    """Whether all that the rules ask of a member can be paid in its coins."""
    asked = (rules.share_price, rules.social, *rules.fines.values(), rules.reward)
    return not any(amount.minor % rules.cash_unit for amount in asked)


def _can_be(rule: Rule, number: Fraction) -> bool:
    if rule == "quorum":
        return str(number) in QUORUMS
    # A constitution never has a coin of nothing.
    least, most = BOUNDS.get(rule, (int(rule == "cash_unit"), MINOR_MAX))
    whole = number.denominator == 1 or rule in ("interest", "multiple")
    return whole and least <= number <= most


def _belongs(kind: GroupKind, rules: Constitution, rule: Rule) -> bool:
    """Whether a group of this kind has such a rule."""
    if rule == "members_max":
        return kind != "sacco"
    if rule == "referral":
        return kind != "rosca"  # which earns nothing that could be given
    if rule in ("interest", "multiple", "periods_max"):
        return rules.loans is not None
    if rule == "keeps_interest":
        # Where what is paid early lowers the interest, none of it is kept.
        return rules.loans is not None and rules.loans.repayment.surplus != "principal"
    return rule not in ("shares_max", "carry_over", "cycle_weeks") or kind == "vsla"


def _is_changeable(store: Store, group: Group, rule: Rule) -> bool:
    """Whether it can be changed now: a price only where nobody holds a share or a hand, or is paying for one."""
    if rule == "referral" and "referral" not in store.offered.features:
        return False
    if rule != "share_price":
        return _belongs(group.kind, group.constitution, rule)
    totals, rota = store.books.totals(group.id), store.rotas.one(id=rota_id(group.id, group.cycle))
    if totals.get(Account.SHARES) or totals.get(Account.POT) or (rota and not rota.is_over):
        return False
    return not awaited(store, group)


def _number(rule: Rule, text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise BadConstitution(rule=rule) from error


def lending_of(loans: LoanProduct) -> Lending:
    """What a group lends on, as it is read."""
    return Lending(
        percent=decimal_text(loans.rate.percent),
        per=loans.rate.per,
        every=loans.every,
        periods_max=loans.periods_max,
        multiple=decimal_text(loans.borrowing.multiple),
        guarantors=loans.borrowing.guarantors_min,
    )
