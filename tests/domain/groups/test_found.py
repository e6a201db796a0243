"""Founding a group by what its founder chooses: the rest is usual for its kind."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from domain.arithmetic.rates import Rate
from domain.groups.found import FoundGroup, StartGroup, free_code, meeting_days
from domain.groups.rules import Rule, defaults, rules_of, value_of
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.people.profile import member
from domain.records.group import BadConstitution, Group, GroupKind
from domain.records.person import Member, membership_id
from domain.treasury.coins import NotInCoins
from tests.conftest import Clock
from tests.money import ugx
from tests.people import Villager, do, register

MONDAY = date(2026, 10, 5)


PRICE = ugx(5_000)


@pytest.fixture
def nakato(store: MongoStore) -> Villager:
    return register(store, "Nakato Ruth", "+256772000100", "2580")


def start(who: Villager, kind: GroupKind = "vsla", name: str = "Umoja", price: Money = PRICE) -> StartGroup:
    return StartGroup(who.id, name, kind, price, ugx(500), "week", MONDAY, "Africa/Kampala")


def with_code(store: MongoStore, code: object) -> Group:
    group = store.groups.one(code=code)
    assert group is not None
    return group


def test_a_founder_leads_the_group_and_is_in_it_from_that_moment(store: MongoStore, nakato: Villager) -> None:
    group = with_code(store, do(store, start(nakato)))
    membership = store.memberships.get(membership_id(group.id, nakato.id))
    assert (membership.role, membership.status, membership.number) == ("chairperson", "active", 1)
    assert membership.joined_at == store.now()
    assert (group.name, group.kind, group.currency, group.members) == ("Umoja", "vsla", "UGX", 1)
    assert len(group.code) == 5 and group.code.isdigit()


def test_its_first_constitution_is_kept_as_version_one(store: MongoStore, nakato: Villager) -> None:
    group = with_code(store, do(store, start(nakato)))
    (adopted,) = store.constitutions.find(group=group.id)
    assert (adopted.version, adopted.constitution, adopted.at) == (1, group.constitution, store.now())


def test_a_person_leads_and_joins_any_number_of_groups(store: MongoStore, nakato: Villager, clock: Clock) -> None:
    first = do(store, start(nakato))
    clock.forward(minutes=1)
    second = do(store, start(nakato, "rosca", "Njangi"))
    assert first != second
    me: Member = member(store, nakato.id)
    assert [(group.name, group.role) for group in me.groups] == [
        ("Umoja", "chairperson"),
        ("Njangi", "chairperson"),
    ]


def test_a_code_that_is_taken_is_tried_again(store: MongoStore, nakato: Villager) -> None:
    rules = defaults("vsla", ugx(5_000), MONDAY)
    do(store, FoundGroup("10101", "Umoja", "vsla", rules, ((nakato.id, "chairperson"),)))
    assert free_code(store, iter(["10101", "10101", "20202"])) == "20202"
    assert free_code(store, iter(["30303", "20202"])) == "30303"


@pytest.mark.parametrize(
    ("kind", "account"),
    [
        ("vsla", {"shares_max": 5, "members_max": 25, "lends": True}),
        ("savings", {"shares_max": 0, "members_max": 25, "lends": True}),
        ("rosca", {"shares_max": 0, "members_max": 25, "lends": False}),
        ("sacco", {"shares_max": 0, "members_max": 0, "lends": True}),
    ],
)
def test_each_kind_begins_with_what_is_usual_for_it(kind: GroupKind, account: dict[str, object]) -> None:
    rules = defaults(kind, ugx(5_000), MONDAY)
    found = {"shares_max": rules.shares_max, "members_max": rules.members_max, "lends": rules.loans is not None}
    assert found == account
    assert (rules.approvals, rules.quorum, rules.cycle_weeks) == (2, Fraction(1, 2), 52)


def test_a_sacco_lends_by_the_month_for_up_to_six_years() -> None:
    loans = defaults("sacco", ugx(5_000), MONDAY).loans
    assert loans is not None
    assert loans.rate == Rate(Fraction(12), "year")
    assert (loans.every, loans.periods_max) == ("month", 72)


def test_a_village_group_lends_at_ten_percent_for_four_to_twelve_weeks() -> None:
    loans = defaults("vsla", ugx(5_000), MONDAY).loans
    assert loans is not None
    assert loans.rate == Rate(Fraction(10), "period")
    assert (loans.every, loans.periods, loans.periods_max) == ("4weeks", 1, 3)
    assert loans.borrowing.multiple == 3


@pytest.mark.parametrize(
    ("price", "unit", "absence", "late"),
    [
        (ugx(5_000), 100, 500, 200),
        (ugx(10), 100, 100, 100),
        (Money(50_000, "KES"), 100, 5_000, 2_500),
        (Money(500, "KES"), 100, 100, 100),
        (Money(500_000, "TZS"), 100, 50_000, 25_000),
        (Money(5_000, "GHS"), 100, 500, 200),
        (Money(2_000, "XAF"), 25, 200, 100),
        (Money(500, "XOF"), 25, 50, 25),
        (Money(500, "RWF"), 10, 50, 20),
        (Money(5_000, "BIF"), 1, 500, 250),
        (Money(50_000, "NGN"), 100, 5_000, 2_500),
        (Money(50_000, "ZMW"), 1, 5_000, 2_500),
    ],
)
def test_fines_are_parts_of_the_price_that_can_be_paid_in_cash(
    price: Money, unit: int, absence: int, late: int
) -> None:
    rules = defaults("vsla", price, MONDAY)
    assert rules.cash_unit == unit
    assert (rules.fines["absence"].minor, rules.fines["late"].minor) == (absence, late)


def test_only_a_sacco_has_any_number_of_members(store: MongoStore, nakato: Villager) -> None:
    rules = replace(defaults("vsla", ugx(5_000), MONDAY), members_max=0)
    with pytest.raises(BadConstitution) as refused:
        do(store, FoundGroup("10101", "Umoja", "vsla", rules, ((nakato.id, "chairperson"),)))
    assert refused.value.details == {"rule": "members_max"}
    assert store.groups.one(code="10101") is None
    do(store, FoundGroup("10101", "Umoja", "sacco", rules, ((nakato.id, "chairperson"),)))


def test_a_group_without_a_price_is_not_founded(store: MongoStore, nakato: Villager) -> None:
    with pytest.raises(BadConstitution):
        do(store, start(nakato, price=ugx(0)))
    assert store.groups.find() == [] and store.memberships.find() == []


def test_a_group_is_founded_with_other_rules_than_the_usual_ones(store: MongoStore, nakato: Villager) -> None:
    """In whatever order they were chosen: the coin of 50 makes the fine of 250, though it was chosen after it."""
    other: dict[Rule, str] = {
        "absence": "250",
        "cash_unit": "50",
        "interest": "2.5",
        "approvals": "3",
        "other": "0",
    }
    group = with_code(store, do(store, replace(start(nakato), rules=other)))
    usual = with_code(store, do(store, start(nakato))).constitution
    says = {rule: value_of(group.constitution, rule) for rule in rules_of("vsla", usual)}
    assert says == {rule: value_of(usual, rule) for rule in says} | {
        "absence": ugx(250), "cash_unit": ugx(50), "interest": "2.5", "approvals": "3",
    }  # fmt: skip
    (adopted,) = store.constitutions.find(group=group.id)
    assert adopted.constitution == group.constitution


@pytest.mark.parametrize(
    ("kind", "rule", "value"),
    [
        ("vsla", "interest", "101"), ("vsla", "interest", "ten"), ("vsla", "approvals", "0"),
        ("vsla", "approvals", "1.5"), ("vsla", "cycle_weeks", "3"), ("vsla", "quorum", "3/4"),
        ("vsla", "cash_unit", "0"), ("vsla", "cash_unit", "300"), ("vsla", "meetings", "week:0"),
        ("rosca", "interest", "5"), ("sacco", "members_max", "30"), ("savings", "shares_max", "3"),
    ],
)  # fmt: skip
def test_no_group_is_founded_with_rules_that_cannot_be(
    store: MongoStore, nakato: Villager, kind: GroupKind, rule: Rule, value: str
) -> None:
    with pytest.raises(BadConstitution) as refused:
        do(store, replace(start(nakato, kind=kind), rules={rule: value}))
    assert refused.value.details == {"rule": rule}
    with pytest.raises(NotInCoins):
        do(store, replace(start(nakato), rules={"late": "250"}))
    assert store.groups.find() == [] and store.memberships.find() == []


def test_the_first_meeting_is_within_a_week_where_the_group_is(store: MongoStore, clock: Clock) -> None:
    assert meeting_days(store, "Africa/Kampala")[::6] == [date(2026, 10, 5), date(2026, 10, 11)]
    clock.forward(hours=15)  # 21:00 in London, midnight in Kampala
    assert meeting_days(store, "Africa/Kampala")[0] == date(2026, 10, 6)
    assert meeting_days(store, "Africa/Dakar")[0] == date(2026, 10, 5)
