"""The rules a group is founded with: what is usual for its kind, taken whole or changed one by one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from domain.groups.rules import Rule, lending_of, rules_of, value_of, with_rules
from domain.records.group import Constitution, GroupKind
from flows import ask
from flows.dialogue import go_round
from flows.engine.steps import Ask
from flows.groups.rules import ask_value, say_rule
from flows.words.rule_names import RULES
from flows.words.texts import Label, Text, joined, nt, t

# What a founder is asked before these, by questions of its own.
ASKED_BEFORE: Final[tuple[Rule, ...]] = ("share_price", "social_fund", "meetings")


@dataclass(frozen=True, slots=True)
class _Changes:
    """What is not as usual so far: values as in ProposeRule."""

    rules: Mapping[Rule, str] = field(default_factory=dict)


def ask_rules(kind: GroupKind, usual: Constitution) -> Ask[Mapping[Rule, str]]:
    """What the founder wants otherwise than `usual`; nothing where they take it as it is."""
    changes = _Changes()
    while True:
        changes = yield from go_round("rules", changes)
        now = with_rules(kind, usual, changes.rules)
        heading = t("Your rules:") if changes.rules else t("Usual rules:")
        offers = {"take": t("Take them"), "change": t("Change some")}
        prompt = joined("\n", (heading, *_in_short(now)))
        if (yield from ask.choice("take", prompt, offers)) == "take":
            return changes.rules
        changes = yield from _change(kind, usual, now, changes)


def _change(kind: GroupKind, usual: Constitution, now: Constitution, changes: _Changes) -> Ask[_Changes]:
    """One more, picked from all that the kind has, each with what it says `now`."""
    lending = lending_of(now.loans) if now.loans else None
    said = {
        rule: say_rule(rule, value_of(now, rule), lending)
        for rule in rules_of(kind, now)
        if rule not in ASKED_BEFORE
    }
    labels: Mapping[str, Label] = {
        rule: t("{rule}: {value}", rule=RULES[rule], value=value) for rule, value in said.items()
    }
    chosen = yield from ask.choice("rule", t("Change which rule?"), labels)
    rule = next(rule for rule in said if rule == chosen)

    def changed(value: str) -> _Changes:
        return _Changes({**changes.rules, rule: value})

    value = yield from ask_value(
        rule,
        now.share_price.currency,
        t("Now: {value}", value=said[rule]),
        check=lambda value: with_rules(kind, usual, changed(value).rules),
        coin="coin",
    )
    return changed(value)


def _in_short(rules: Constitution) -> Iterator[Text]:
    """What matters most, on one screen: what is lent, what it costs to stay away, and who decides."""
    if rules.loans:
        lending = lending_of(rules.loans)
        yield t(
            "Loans: {multiple} times savings, {interest}",
            multiple=say_rule("multiple", lending.multiple, lending),
            interest=say_rule("interest", lending.percent, lending),
        )
    if absence := rules.fines.get("absence"):
        yield t("{rule}: {value}", rule=RULES["absence"], value=absence)
    yield nt("{count} officer must agree", "{count} officers must agree", rules.approvals)
