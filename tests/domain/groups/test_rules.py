"""Changing a rule: who decides, what it holds for, and what stays as it was."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import get_args

import pytest

from domain.arithmetic.periods import Rhythm
from domain.decisions.voting import AlreadyAsked, Vote, Withdraw
from domain.groups.rules import (
    CycleIsOpen,
    ProposeRule,
    Rule,
    defaults,
    our_rules,
    value_of,
)
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.group import BadConstitution, Constitution
from domain.records.person import NotAllowed, membership_id
from domain.records.proposal import Proposal
from domain.records.rota import Place, Rota
from domain.savings.contribute import Contribute, RecordCash, contributions_due, social_owed
from domain.savings.fines import FineMember, fines_due
from domain.treasury.coins import NotInCoins
from tests.conftest import Clock
from tests.money import ugx
from tests.people import Village, Villager, do, found_village


@pytest.fixture
def village(store: MongoStore) -> Village:
    """Its rules are those that are usual for its kind."""
    village = found_village(store)
    rules = store.groups.get(village.umoja).constitution
    usual = defaults("vsla", rules.share_price, rules.first_meeting, social_fund=rules.social_fund)
    store.groups.change(village.umoja, constitution=usual)
    return village


def rules(store: MongoStore, village: Village) -> Constitution:
    return store.groups.get(village.umoja).constitution


def ask(store: MongoStore, village: Village, rule: Rule, value: str, by: Villager | None = None) -> Proposal:
    """Ask the members for it; half of the four have to agree."""
    assert do(store, ProposeRule((by or village.nakato).id, village.umoja, rule, value)) == 2
    (proposal,) = store.proposals.find(group=village.umoja, kind="constitution", subject=rule, state="open")
    return proposal


def vote(store: MongoStore, proposal: Proposal, *people: Villager, yes: bool = True) -> None:
    for who in people:
        do(store, Vote(who.id, proposal.id, proposal.digest, yes, "" if yes else "too dear"))


def change(store: MongoStore, village: Village, rule: Rule, value: str) -> None:
    vote(store, ask(store, village, rule, value), village.akello, village.okot)


@pytest.mark.parametrize(
    ("rule", "value", "after"),
    [
        ("share_price", "6000", ugx(6_000)),
        ("social_fund", "300", ugx(300)),
        ("social_fund", "0", ugx(0)),
        ("shares_max", "3", "3"),
        ("interest", "2.5", "2.5"),
        ("multiple", "2.5", "2.5"),
        ("quorum", "2/3", "2/3"),
        ("late", "700", ugx(700)),
        ("other", "700", ugx(700)),
        ("late", "0", ugx(0)),
        ("cash_unit", "50", ugx(50)),
        ("carry_over", "1", "1"),
        ("keeps_interest", "1", "1"),
    ],
)
def test_what_the_members_agree_to_holds_and_all_else_stays(
    store: MongoStore, village: Village, rule: Rule, value: str, after: Money | str
) -> None:
    before = {each: value_of(rules(store, village), each) for each in get_args(Rule)}
    change(store, village, rule, value)
    assert {each: value_of(rules(store, village), each) for each in get_args(Rule)} == before | {rule: after}


def test_a_rule_is_changed_by_a_quorum_of_the_members_and_not_before(store: MongoStore, village: Village) -> None:
    proposal = ask(store, village, "social_fund", "300")
    assert (proposal.by, proposal.needed, proposal.voters) == ("members", 2, 4)
    assert proposal.values == {"rule": "social_fund", "was": ugx(500), "to": ugx(300)}
    vote(store, proposal, village.okot)
    assert rules(store, village).social == ugx(500)
    vote(store, proposal, village.nakato)  # it is hers, and she is a member like the others
    assert rules(store, village).social == ugx(300)


def test_a_change_that_is_refused_or_taken_back_changes_nothing(store: MongoStore, village: Village) -> None:
    refused = ask(store, village, "social_fund", "300")
    vote(store, refused, village.akello, village.okot, village.wanjiru, yes=False)
    do(store, Withdraw(village.nakato.id, ask(store, village, "quorum", "1").id))
    group = store.groups.get(village.umoja)
    assert (group.version, group.constitution.social, group.constitution.quorum) == (1, ugx(500), Fraction(1, 2))
    told = {notice.person for notice in store.notices.find(kind="decided")}
    # Who asked and who voted, but for the last of them, who has read it.
    assert told == {village.nakato.id, village.akello.id, village.okot.id}


def test_a_version_never_rewrites_the_past(store: MongoStore, village: Village, clock: Clock) -> None:
    founded, first = store.now(), rules(store, village)
    do(store, FineMember(village.nakato.id, village.umoja, village.akello.id, "late"))
    clock.forward(days=1)
    change(store, village, "late", "900")
    second = rules(store, village)
    clock.forward(days=1)
    change(store, village, "social_fund", "300")
    assert store.groups.get(village.umoja).version == 3
    kept = store.constitutions.find(group=village.umoja, sort="version")
    assert [each.version for each in kept] == [1, 2, 3]
    assert kept[0].constitution.social == first.social
    assert [each.constitution for each in kept[1:]] == [second, rules(store, village)]
    assert [each.at - founded for each in kept] == [timedelta(days=days) for days in range(3)]
    # The fine of before costs what it cost; one from now on, what it costs now.
    assert fines_due(store, village.umoja, village.akello.id) == ugx(200)
    do(store, FineMember(village.nakato.id, village.umoja, village.okot.id, "late"))
    assert fines_due(store, village.umoja, village.okot.id) == ugx(900)


def test_two_rules_changed_at_once_are_both_changed(store: MongoStore, village: Village) -> None:
    proposals = ask(store, village, "social_fund", "300"), ask(store, village, "multiple", "2")
    for proposal in proposals:
        vote(store, proposal, village.akello)
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda proposal: vote(store, proposal, village.okot), proposals))
    group = store.groups.get(village.umoja)
    assert (group.version, group.constitution.social) == (3, ugx(300))
    assert value_of(group.constitution, "multiple") == "2"


def test_two_officers_who_ask_for_the_same_rule_at_once_ask_once(store: MongoStore, village: Village) -> None:
    def one(officer: Villager) -> str:
        try:
            do(store, ProposeRule(officer.id, village.umoja, "quorum", "1"))
        except AlreadyAsked:
            return "asked"
        return "done"

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(one, (village.nakato, village.wanjiru))) == ["asked", "done"]


def test_only_an_officer_asks_for_a_change(store: MongoStore, village: Village) -> None:
    with pytest.raises(NotAllowed):
        do(store, ProposeRule(village.akello.id, village.umoja, "quorum", "1"))
    ask(store, village, "quorum", "1", by=village.wanjiru)


@pytest.mark.parametrize(
    ("rule", "wrong", "right"),
    [
        ("share_price", "0", "100"),
        ("share_price", "-5", "500"),
        ("share_price", "2.5", "300"),
        ("share_price", str(10**12 + 1), "5000"),
        ("social_fund", "-1", "0"),
        ("shares_max", "0", "1"),
        ("shares_max", "6", "5"),
        ("shares_max", "2.5", "2"),
        ("interest", "101", "100"),
        ("interest", "-1", "0"),
        ("multiple", "0.5", "1"),
        ("quorum", "0", "1/3"),
        ("quorum", "2", "1"),
        ("quorum", "1/100", "2/3"),
        ("late", "-100", "100"),
        ("late", "much", "100"),
        ("late", "1/0", "100"),
        ("cash_unit", "0", "1"),
        ("cash_unit", "-100", "50"),
        ("cash_unit", "300", "100"),  # of which a share of 5,000 is no multiple
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_name(
    store: MongoStore, village: Village, rule: Rule, wrong: str, right: str
) -> None:
    with pytest.raises(BadConstitution) as refused:
        do(store, ProposeRule(village.nakato.id, village.umoja, rule, wrong))
    assert refused.value.details == {"rule": rule}
    assert store.proposals.find() == []
    ask(store, village, rule, right)


@pytest.mark.parametrize("rule", ["share_price", "social_fund", "late"])
def test_what_a_rule_asks_of_a_member_can_be_paid_in_coins(
    store: MongoStore, village: Village, rule: Rule
) -> None:
    with pytest.raises(NotInCoins) as refused:
        do(store, ProposeRule(village.nakato.id, village.umoja, rule, "1050"))
    assert refused.value.details == {"below": 1_000, "above": 1_100, "currency": "UGX"}
    ask(store, village, rule, "1100")


def test_a_group_has_only_the_rules_of_its_kind(store: MongoStore, village: Village) -> None:
    rosca = defaults("rosca", ugx(5_000), rules(store, village).first_meeting)
    store.groups.change(village.umoja, kind="rosca", constitution=rosca)
    for rule in ("shares_max", "interest", "multiple", "carry_over", "keeps_interest"):
        with pytest.raises(BadConstitution):
            do(store, ProposeRule(village.nakato.id, village.umoja, rule, "1"))
    shown = our_rules(store, village.umoja, village.akello.id)
    assert shown.lending is None
    assert {"shares_max", "interest", "multiple", "carry_over", "keeps_interest"}.isdisjoint(shown.changeable)


def test_interest_that_falls_with_what_is_paid_early_is_not_kept_whole(
    store: MongoStore, village: Village
) -> None:
    before = rules(store, village)
    assert before.loans is not None
    falls = replace(before.loans, repayment=replace(before.loans.repayment, surplus="principal"))
    store.groups.change(village.umoja, constitution=replace(before, loans=falls))
    with pytest.raises(BadConstitution):
        do(store, ProposeRule(village.nakato.id, village.umoja, "keeps_interest", "1"))


# The price of a share


def test_a_share_costs_the_same_while_somebody_holds_one(store: MongoStore, village: Village) -> None:
    change(store, village, "share_price", "6000")
    do(store, RecordCash(village.umoja, village.akello.id, ugx(6_500), village.nakato.id))
    with pytest.raises(CycleIsOpen):
        do(store, ProposeRule(village.nakato.id, village.umoja, "share_price", "7000"))
    assert "share_price" not in our_rules(store, village.umoja, village.akello.id).changeable


def test_nor_does_it_change_while_somebody_pays_for_one(store: MongoStore, village: Village) -> None:
    do(store, Contribute(village.umoja, village.akello.id, ugx(5_500)))
    with pytest.raises(CycleIsOpen):
        do(store, ProposeRule(village.nakato.id, village.umoja, "share_price", "7000"))


def test_a_price_that_was_asked_for_before_the_first_share_is_refused_after_it(
    store: MongoStore, village: Village
) -> None:
    proposal = ask(store, village, "share_price", "6000")
    vote(store, proposal, village.akello)
    do(store, RecordCash(village.umoja, village.akello.id, ugx(5_500), village.nakato.id))
    with pytest.raises(CycleIsOpen):
        vote(store, proposal, village.okot)
    assert rules(store, village).share_price == ugx(5_000)
    assert store.proposals.get(proposal.id).yes == (village.akello.id,)


def test_a_hand_costs_the_same_in_all_rounds(store: MongoStore, village: Village) -> None:
    group = store.groups.get(village.umoja)
    store.groups.change(group.id, kind="rosca", constitution=replace(group.constitution, loans=None))
    assert "share_price" in our_rules(store, group.id, village.akello.id).changeable
    places = (Place(village.akello.id, 3),)
    store.rotas.insert(Rota(f"{group.id}:1", group.id, 1, ugx(5_000), "fixed", places))
    with pytest.raises(CycleIsOpen):
        do(store, ProposeRule(village.nakato.id, group.id, "share_price", "7000"))
    store.groups.change(group.id, cycle=2)
    ask(store, village, "share_price", "7000")


# Reading them


def test_every_member_reads_the_rules_and_nobody_else(store: MongoStore, village: Village) -> None:
    shown = our_rules(store, village.umoja, village.akello.id)
    assert (shown.share_price, shown.quorum, shown.approvals, shown.since) == (
        ugx(5_000),
        "1/2",
        2,
        date(2026, 10, 5),
    )
    assert shown.lending is not None
    assert (shown.lending.percent, shown.lending.multiple, shown.lending.periods_max) == ("10", "3", 3)
    store.memberships.change(membership_id(village.umoja, village.akello.id), status="exited")
    with pytest.raises(NotAllowed):
        our_rules(store, village.umoja, village.akello.id)


@pytest.mark.parametrize(
    ("rule", "value", "wrong"),
    [("approvals", "1", "0"), ("members_max", "50", "4"), ("cycle_weeks", "26", "3"), ("periods_max", "2", "73")],
)
def test_what_was_out_of_reach_is_changed_by_vote(
    store: MongoStore, village: Village, rule: Rule, value: str, wrong: str
) -> None:
    with pytest.raises(BadConstitution):
        ask(store, village, rule, wrong)
    vote(store, ask(store, village, rule, value), village.akello, village.okot)
    assert value_of(rules(store, village), rule) == value
    loans = rules(store, village).loans
    assert loans is None or loans.periods <= loans.periods_max


def test_the_meetings_move_from_the_one_after_the_next(store: MongoStore, village: Village, clock: Clock) -> None:
    """For the one that comes members pay already: what was paid for it stays paid, and nothing is due twice."""
    comes = rules(store, village).meeting(clock())
    do(store, RecordCash(village.umoja, village.akello.id, ugx(5_500), village.nakato.id))
    was = social_owed(store, store.groups.get(village.umoja), village.akello.id)
    assert value_of(rules(store, village), "meetings") == "week:0"
    change(store, village, "meetings", "week:2")
    now = rules(store, village)
    assert value_of(now, "meetings") == "week:2"
    assert (now.meeting(clock()), now.meeting_after(comes)) == (comes, comes + timedelta(days=9))
    assert contributions_due(store, village.umoja, village.akello.id).amount == ugx(0)
    assert social_owed(store, store.groups.get(village.umoja), village.akello.id) == was
    clock.forward(days=8)
    due = contributions_due(store, village.umoja, village.akello.id)
    assert (due.meeting.weekday(), due.amount, due.missed) == (2, ugx(5_500), was.missed or None)


def test_what_the_social_fund_misses_counts_each_meeting_once_across_a_change(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    change(store, village, "meetings", "2weeks:4")
    held, until = [], clock() + timedelta(weeks=9)
    first = day = rules(store, village).meeting(clock())
    while day < until.date():
        held.append(day)
        day = rules(store, village).meeting_after(day)
    clock.forward(weeks=9)
    missed = social_owed(store, store.groups.get(village.umoja), village.akello.id).missed
    assert missed == ugx(500 * len([each for each in held if each < rules(store, village).meeting(clock())]))
    assert held[0] == first


@pytest.mark.parametrize("value", ["week:7", "4weeks:1", "month:0", "month:29", "week", "week:-1", "week:x", "3"])
def test_on_such_days_no_group_meets(store: MongoStore, village: Village, value: str) -> None:
    with pytest.raises(BadConstitution):
        ask(store, village, "meetings", value)


def test_a_round_is_due_once_across_a_change_of_the_meetings(store: MongoStore, village: Village) -> None:
    """Its first day may be none of the group's any more."""
    usual = rules(store, village)
    moved = replace(usual, moved=(Rhythm(usual.first_meeting + timedelta(days=9), "week", usual.first_meeting),))
    places = tuple(Place(who.id, n) for n, who in enumerate((village.akello, village.okot), start=1))
    old = usual.first_meeting + timedelta(days=7)
    rota = Rota("r", village.umoja, 1, ugx(5_000), "fixed", places, first=old.isoformat())
    assert rota.due_by(moved, usual.first_meeting) == 0
    assert rota.due_by(moved, usual.first_meeting + timedelta(days=9)) == 1
    assert rota.due_by(moved, usual.first_meeting + timedelta(days=16)) == 2


def test_a_new_cycle_keeps_the_days_that_were_decided(store: MongoStore, village: Village) -> None:
    usual = rules(store, village)
    first, later = usual.first_meeting + timedelta(days=9), usual.first_meeting + timedelta(days=50)
    last = first + timedelta(days=28)
    moved = replace(usual, moved=(Rhythm(first, "2weeks", usual.first_meeting), Rhythm(later, "month", last)))
    begun = moved.meeting_first_on(first + timedelta(days=14))
    assert begun.rhythms == (Rhythm(first + timedelta(days=14), "2weeks"), Rhythm(later, "month", last))
    assert begun.meeting_from(first) == first + timedelta(days=14)
