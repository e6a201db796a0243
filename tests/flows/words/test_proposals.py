"""What is asked of those who decide: the same words wherever it is said, and no kind without them."""

from collections.abc import Mapping
from typing import Any, Final, get_args

import pytest

from domain.money import Money
from domain.mongo.clock import utc_now
from domain.records.notice import Became, Notice
from domain.records.person import LANGUAGES, Language
from domain.records.proposal import ProposalKind
from flows.words.notices import words_of
from flows.words.proposals import details_of, label_of, samples_of_proposals, say_proposal
from flows.words.texts import words

SAMPLES: Final = samples_of_proposals()
# Where a group decides about nobody, or all of it.
ABOUT_NOBODY: Final = {"own_money", "rotation", "constitution", "share_out", "dividend"}
WITHOUT_AMOUNT: Final = {
    "alive",
    "suspension",
    "expulsion",
    "officer",
    "rotation",
    "phone",
    "constitution",
    "broadcast",
}


def notices_of(kind: ProposalKind, values: Mapping[str, Any], language: Language) -> list[str]:
    """The message that calls to the vote, and each that says what became of it."""
    about = {**values, "group": "Umoja", "proposal": kind}
    called = Notice("n", "p", "decision_wanted", {**about, "until": "2026-10-05"}, utc_now(), None)
    told = [
        Notice("n", "p", "decided", {**about, "became": became, "why": ""}, utc_now(), None)
        for became in get_args(Became)
    ]
    return [words_of(notice, language) for notice in (called, *told)]


def test_every_kind_has_its_words() -> None:
    assert {kind for kind, _ in SAMPLES} == set(get_args(ProposalKind))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "values"), SAMPLES)
def test_what_is_asked_is_said_alike_in_the_messages_and_where_it_is_voted_on(
    kind: ProposalKind, values: dict[str, Any], language: Language
) -> None:
    says = words(language)
    asked = says.say(say_proposal(kind, values))
    assert says.say(details_of(kind, values)[0]) == asked
    assert all(asked in said for said in notices_of(kind, values, language))
    if kind not in ABOUT_NOBODY:
        assert values["name"] in asked and values["name"] in says.say(label_of(kind, values))
    if kind not in WITHOUT_AMOUNT:
        amount = Money(abs(values["amount"].minor), values["amount"].currency)
        assert says.value(amount) in asked


def test_two_of_a_kind_differ_in_the_list() -> None:
    def line(kind: ProposalKind, **values: object) -> str:
        return words("en").say(label_of(kind, values))

    assert line("constitution", rule="interest", was="2", to="3") == "Our rules: Interest in %"
    assert line("constitution", rule="quorum", was="1/2", to="1") == "Our rules: Members who must agree"
    assert line("dividend", year=2026) == "Dividend: 2026"
    assert line("share_out", amount=Money(500, "UGX")) == "Share-out: UGX 500"


def test_what_an_earlier_version_wrote_down_is_said_too() -> None:
    called = Notice("n", "p", "decision_wanted", {"group": "Umoja", "proposal": "", "until": ""}, utc_now(), None)
    assert words_of(called, "en") == (
        "Vote in Umoja until the day it closes on this: what you asked for. Choose Decide in the menu."
    )
