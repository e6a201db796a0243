"""What a refusal says: why, where and how much, as far as its exception knows."""

import ast
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from inspect import Parameter, signature
from pathlib import Path
from typing import get_args

import pytest

from domain.access.caller import MissingScope
from domain.errors import DomainError
from domain.money import Money
from domain.records.person import LANGUAGES, Language, NotAllowed, WhyNotAllowed
from flows.words.refusals import _SENTENCES, every_refusal, refusal
from flows.words.texts import Text, words

DOMAIN = Path(__file__).parents[3] / "domain"
_AMOUNTS = ("amount", "most", "left", "there", "free", "pot", "gross", "fines", "cash", "social", "above")


def every_kind() -> list[type[DomainError]]:
    """Those whose sentence is filled with facts."""
    return [DomainError.codes[code] for code, said in _SENTENCES.items() if not isinstance(said, Text)]


@cache
def _bare() -> Mapping[str, list[str]]:
    """Where each refusal is raised without an argument."""
    bare = defaultdict[str, list[str]](list)
    for file in sorted(DOMAIN.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name):
                bare[node.exc.id].append(f"{file.name}:{node.lineno}")
    return bare


# What is said without the group's name or a number, and needs neither: it is of what was just typed or chosen, and
# the question stands above it; or of what changed between two screens.
_PLAIN = {
    "typed or chosen": """
        already_registered bad_day bad_guarantor bad_loan_request bad_order bad_periods bad_rates code_expired
        invalid_amount invitation_expired invitation_not_yours invitation_used just_forgotten no_such_fine
        no_such_group no_such_member no_such_period no_such_receipt not_served pins_differ weak_pin year_not_over
        asks_for_secret has_dialled has_link nobody_to_tell reminders_only said_before two_operators
    """,
    "of one record, which is on the screen": """
        already_contested already_fined already_officer cash_was_used credit_was_used cycle_is_over
        fine_not_due line_not_due moved_by_provider no_phone not_at_meeting not_collected not_payable
        settlement_paid broadcast_over case_over difference_over group_needed nothing_to_book provider_id_taken
        same_operator
    """,
    "of the whole service": "read_only",
    "of one's own settings": "nowhere_to_send no_email",
    "signing in, where which part is wrong is not said": "bad_account not_signed_in wrong_sign_in",
    "agents, of one account or one code": "bad_programme no_agent",
    "changed since": """
        already_decided already_voted not_arriving not_checked nothing_differs nothing_prepared order_changed
        plan_changed proposal_changed turn_changed
    """,
}


def test_a_sentence_without_facts_needs_none() -> None:
    """Whoever writes a new one decides whether it says where and how much."""
    plain = sorted(code for code, said in _SENTENCES.items() if isinstance(said, Text))
    assert plain == sorted(code for codes in _PLAIN.values() for code in codes.split())


@pytest.mark.parametrize("kind", every_kind(), ids=lambda kind: kind.code)
def test_what_was_refused_before_it_had_facts_is_still_said(kind: type[DomainError]) -> None:
    """A journal holds refused answers with their details: those of a version before have fewer."""
    known = [name for name, each in signature(kind).parameters.items() if each.kind is each.POSITIONAL_OR_KEYWORD]
    if known and all(signature(kind).parameters[name].default is not Parameter.empty for name in known):
        assert words("en").say(refusal(kind()))


@pytest.mark.parametrize("name", [kind.__name__ for kind in every_kind()])
def test_whoever_refuses_says_why_and_where(name: str) -> None:
    """A refusal that is raised without its facts is a vague sentence: "You cannot do this"."""
    assert _bare().get(name, []) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_allowed_names_the_group(language: Language) -> None:
    """Who is in several groups has to know where."""
    kinds = [each for each in every_refusal() if isinstance(each, NotAllowed) and each.details["group"]]
    said = [words(language).say(refusal(each)) for each in kinds]
    assert len(set(said)) == len(said) > 5, "each reason has its own sentence"
    assert all(str(each.details["group"]) in text for each, text in zip(kinds, said, strict=True))


def _amounts(error: DomainError) -> list[Money]:
    currency = error.details.get("currency")
    if not currency or error.details.get("rule") in ("active", "overdue"):
        return []  # of a loan whose borrower is the reason, not an amount
    pairs = [(name, error.details.get(name)) for name in _AMOUNTS]
    return [Money(abs(minor), str(currency)) for _, minor in pairs if isinstance(minor, int) and minor]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_over_an_amount_says_how_much(language: Language) -> None:
    """Of the amounts that an exception knows at least one is said: what there is, or what can be."""
    says = words(language)
    for error in every_refusal():
        said, amounts = says.say(refusal(error)), [says.value(each) for each in _amounts(error)]
        assert not amounts or any(amount in said for amount in amounts), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_refusal_does_not_know_leaves_no_hole_in_its_sentence(language: Language) -> None:
    """Of no group, as for an account of the operator's that asks for what a person has."""
    errors = [MissingScope(scope=""), *(NotAllowed(why=why) for why in get_args(WhyNotAllowed))]
    for error in errors:
        said = words(language).say(refusal(error))
        assert said == said.strip() and not re.search(r"  | \.", said), said
