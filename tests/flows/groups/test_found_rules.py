"""The rules that a group is founded with: shown, taken whole, or changed one by one; on every channel."""

from collections.abc import Mapping
from datetime import date
from typing import Final, get_args

import pytest

from bot.app import App
from domain.groups.found import StartGroup
from domain.groups.rules import DECIDED_LATER, SWITCHES, Rule, defaults, rules_of, value_of, with_rules
from domain.money import Money
from domain.people.profile import member
from domain.records.group import Group, GroupKind
from domain.records.person import LANGUAGES, Language
from flows.engine.journal import Answer
from flows.engine.play import play
from flows.engine.screen import Screen
from flows.engine.steps import Ask, Question, Round, Submit
from flows.groups.found import found
from flows.groups.found_rules import ASKED_BEFORE, ask_rules
from flows.words.rule_names import RULES, say_value
from flows.words.texts import Text, t, words
from tests.flows.talk import every_channel, newcomer
from tests.people import Village
from tests.phone import Transcript

pytestmark = pytest.mark.chats("telegram")

MONDAY: Final = date(2026, 10, 5)
# The unit that stands beside the value, where the name of the rule does not have it.
_LENT: Final[Mapping[Rule, Text]] = {"interest": t("for four weeks"), "periods_max": t("every four weeks")}
UNITS: Final[Mapping[GroupKind, Mapping[Rule, Text]]] = {
    "vsla": _LENT,
    "savings": _LENT,
    "sacco": {"interest": t("a year"), "periods_max": t("every month")},
    "rosca": {},
}
# Another value of each rule than the usual one of a VSLA, as it is typed, and as the rule then says it.
OTHERS: Final[Mapping[Rule, tuple[str, str]]] = {
    "shares_max": ("3", "3"),
    "absence": ("500", "UGX 500"),
    "late": ("300", "UGX 300"),
    "late_contribution": ("1", "UGX 0"),
    "disorder": ("1000", "UGX 1,000"),
    "other": ("400", "UGX 400"),
    "interest": ("2.5", "2.5"),
    "multiple": ("2", "2"),
    "quorum": ("two thirds", "2/3"),
    "alone_max": ("2000", "UGX 2,000"),
    "cash_unit": ("50", "UGX 50"),
    "late_fines": ("Yes", "1"),
    "carry_over": ("Yes", "1"),
    "keeps_interest": ("1", "1"),
    "periods_max": ("6", "6"),
    "approvals": ("1", "1"),
    "members_max": ("30", "30"),
    "cycle_weeks": ("40", "40"),
}
KINDS: Final[tuple[GroupKind, ...]] = get_args(GroupKind)


def founded(app: App) -> Group:
    (group,) = app.store.groups.find(name="Tujenge")
    return group


def answered(asked: Ask[Mapping[Rule, str]], *typed: str) -> tuple[list[Screen], Mapping[Rule, str]]:
    """The screens of questions that are answered one after the other, and what comes of them."""
    screens: list[Screen] = []
    answers, sent = iter(typed), None
    while True:
        try:
            step = asked.send(sent)
        except StopIteration as stop:
            return screens, stop.value
        if isinstance(step, Question):
            screens.append(step.screen)
            sent = step.value(step.read(next(answers)))
        else:
            assert isinstance(step, Round)
            sent = step.kept


@every_channel
def test_rules_are_changed_before_the_group_is_founded(app: App, converse: Transcript, village: Village) -> None:
    converse(
        """
        > *384*7#
        …
        > found
        …
        > 1
        …
        > Tujenge
        …
        > 5000
        …
        > 500
        …
        > 1
        …
        > 1
        …
        > yes
        < CON Usual rules:
        < Loans: 3 times savings, 10% for four weeks
        < Fine for absence: UGX 500
        < 2 officers must agree
        < 1. Take them
        < 2. Change some
        < 0 Back  00 Home
        > 2
        < CON Change which rule?
        < 1. Shares a meeting: 5
        < 2. Fine for absence: UGX 500
        …
        > 2
        < CON Now: UGX 500
        < Fine for absence: how much, in UGX?
        < 1. Nothing
        < 0 Back  00 Home
        > 250
        < CON The coins of the group do not make this amount. Take UGX 200 or UGX 300.
        < Now: UGX 500
        < Fine for absence: how much, in UGX?
        < 1. Nothing
        < 0 Back  00 Home
        > 1000
        < CON Your rules:
        < Loans: 3 times savings, 10% for four weeks
        < Fine for absence: UGX 1,000
        < 2 officers must agree
        < 1. Take them
        < 2. Change some
        < 0 Back  00 Home
        > 2
        …
        > 7
        < CON Now: 10% for four weeks
        < Interest in %: from 0 to 100?
        < 0 Back  00 Home
        > ten
        < CON Please type a number from 0 to 100.
        < Now: 10% for four weeks
        < Interest in %: from 0 to 100?
        < 0 Back  00 Home
        > 5
        < CON Your rules:
        < Loans: 3 times savings, 5% for four weeks
        …
        > 1
        < CON Start Tujenge. Your PIN?
        < 0 Back  00 Home
        > 4826
        …
        """,
        by=newcomer(app).phone,
    )
    rules = founded(app).constitution
    assert (str(rules.fines["absence"]), value_of(rules, "interest")) == ("UGX 1,000", "5")
    assert (str(rules.fines["late"]), rules.approvals) == ("UGX 200", 2)


def test_a_rotation_that_lends_nothing_has_no_interest_to_choose(
    app: App, converse: Transcript, village: Village
) -> None:
    begun = "".join(f"> {typed}\n…\n" for typed in ("*384*7#", "found", "2", "Tujenge", "5000", "1", "1", "1"))
    phone = converse(
        f"""{begun}
        > 1
        < CON Usual rules:
        < Fine for absence: UGX 500
        < 2 officers must agree
        < 1. Take them
        < 2. Change some
        < 0 Back  00 Home
        > 2
        < CON Change which rule?
        < 1. Fine for absence: UGX 500
        …
        """,
        by=newcomer(app).phone,
    )
    said = phone.screen
    while "98 More" in phone.screen:
        said += phone.type("98")
    assert "Members at most: 25" in said
    assert not any(word in said for word in ("Interest", "Loan", "Instalments", "Shares", "cycle"))


def test_all_rules_are_asked_when_founding(app: App) -> None:
    assert {*OTHERS, *ASKED_BEFORE, *DECIDED_LATER} == set(get_args(Rule)) == set(RULES)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_rule_of_a_kind_can_be_set_and_shows_what_it_says_with_its_unit(
    kind: GroupKind, language: Language
) -> None:
    rules = defaults(kind, Money(5_000, "UGX"), MONDAY, social_fund=Money(500, "UGX"))
    says = words(language)
    for rule in set(rules_of(kind, rules)) - set(ASKED_BEFORE):
        typed, now_says = OTHERS[rule]
        screens, chosen = answered(ask_rules(kind, rules), "change", rule, typed, "take")
        assert str(value_of(with_rules(kind, rules, chosen), rule)) == now_says, rule
        _, which, question, _ = (says.say(screen.text) for screen in screens)
        assert which == says.say(t("Change which rule?"))
        value, named = value_of(rules, rule), says.say(RULES[rule])
        shown = says.say(t("{value}", value=say_value(rule, value)))
        assert shown in question.split("\n")[0], rule
        unit = UNITS[kind].get(rule)
        if unit:
            assert says.say(unit) in question.split("\n")[0], rule
        elif rule not in SWITCHES and rule != "quorum":
            assert named in question.split("\n")[1], rule


def test_who_had_said_yes_before_the_rules_were_asked_founds_as_then(app: App) -> None:
    """A journal of before goes on at its PIN: no PIN is typed where a number is asked for."""
    me = member(app.store, newcomer(app).id)
    days = [f"2026-10-{day:02}" for day in range(5, 12)]
    before = (
        Answer("found.kind", "answer", "vsla", 0),
        Answer("found.name", "answer", "Tujenge", 0),
        Answer("found.price", "answer", 2_050, 0),  # no coins make it; it was not looked at then
        Answer("found.social", "answer", 0, 0),
        Answer("found.every", "answer", "week", 0),
        Answer("found.days", "read", days, 0),
        Answer("found.day", "answer", days[0], 0),
    )

    at_the_summary = play(lambda: found(me), "en", before, "1")
    assert (at_the_summary.outcome, at_the_summary.step) == ("answered", "found.take")

    said_yes = (*before, Answer("found.ok", "answer", "yes", 0))
    assert play(lambda: found(me), "en", said_yes).step == "found.pin"
    begun = play(lambda: found(me), "en", (*said_yes, Answer("found.pin", "check", 1, 0)))
    assert begun.wanted is not None and isinstance(begun.wanted.step, Submit)
    assert (begun.wanted.key, begun.wanted.step.command) == (
        "found.found",
        StartGroup(
            me.id, "Tujenge", "vsla", Money(2_050, "UGX"), Money(0, "UGX"), "week", MONDAY, "Africa/Kampala"
        ),
    )
