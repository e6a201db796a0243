"""Every conversation is explored, and the explorer finds what it is there to find."""

import re
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Literal

import pytest
from click.testing import CliRunner

from bot.cli.flows import flows
from channels import ussd
from domain.groups.leave import settlement
from domain.loans.owed import my_loans
from domain.meetings.who_paid import meeting_paid
from domain.people.chats import name_of_holder
from domain.people.find import find_members
from domain.records.person import Language, NoSuchGroup
from domain.savings.contribute import TooMuch, savings
from domain.savings.fines import fines_of
from flows import ask
from flows.check.explore import Report, explore
from flows.dialogue import flow, is_personal, read, read_openly
from flows.engine.channel import Channel
from flows.engine.journal import Person
from flows.engine.paging import Limits
from flows.engine.screen import Screen, options, say
from flows.engine.steps import Ask, Conversation, Invalid, Question
from flows.words.refusals import samples_of
from flows.words.texts import t

USSD = (ussd.CHANNEL,)


def test_there_are_three_languages_to_check() -> None:
    refused = CliRunner().invoke(flows, ["check", "--language", "de"])
    assert refused.exit_code == 2
    assert "'de' is not one of 'en', 'fr', 'sw'" in refused.output


# What is found


def test_what_is_somebody_s_own_money_is_not_shown_before_their_pin() -> None:
    """The engine reads nothing of it; behind the PIN it is read, and so is what is everybody's."""

    def shows(how: Callable[..., Ask[object]], *, opens: bool) -> Callable[[], Conversation]:
        def conversation() -> Conversation:
            if opens:
                yield from ask.unlock("pin", "person", t("Your PIN?"))
            yield from how("fines", fines_of, "group", "person")
            return say(t("Yes"))

        return conversation

    assert [what for what, _ in _problems(shows(read, opens=False))] == ["before the PIN"]
    assert _problems(shows(read, opens=True)) == []
    assert _problems(shows(read_openly, opens=False)) == []


def test_what_is_read_without_a_pin_though_a_person_is_named_is_listed_here() -> None:
    """A confirmation behind each of these asks for the PIN; what they say before it is not the caller's own."""
    openly = re.compile(r"read_openly\(\s*\"[a-z]+\", ([a-z_]+)")
    found = {name for file in Path("flows").rglob("*.py") for name in openly.findall(file.read_text())}
    assert found == {
        "contributions_to_ask",  # what the next meeting costs: the phone's owner approves it on that phone
        "own_fine_most",  # as the next
        "fines_of", "loans_of", "part_now", "records_of", "to_pay",  # an officer about a member, the PIN behind it
        "our_rules",  # the group's
        "waiting_for",  # what others ask the group for, the PIN at the vote
    }  # fmt: skip


def test_a_query_is_personal_by_what_it_answers_and_about_whom() -> None:
    assert [is_personal(query) for query in (savings, my_loans, settlement)] == [True] * 3
    assert [is_personal(query) for query in (find_members, meeting_paid, name_of_holder)] == [False] * 3


def _explored(
    conversation: Callable[[], Conversation],
    limits: Limits = ussd.CHANNEL.limits,
    languages: Sequence[Language] = ("en",),
) -> Report:
    def start(_who: Person) -> Conversation:
        return flow("explored")(conversation)()

    return explore((Channel("phone", limits),), languages, conversation=start)


def _problems(
    conversation: Callable[[], Conversation],
    limits: Limits = ussd.CHANNEL.limits,
    languages: Sequence[Language] = ("en",),
) -> list[tuple[str, str]]:
    return [(each.what, each.step) for each in _explored(conversation, limits, languages).problems]


def _fine() -> Conversation:
    name = yield from ask.text("name", "Name?", most=20)
    while (yield from ask.choice("more", t("Yes"), {"yes": t("Yes"), "no": t("No")})) == "yes":
        pass
    return say(name)


def test_a_conversation_without_a_fault_has_no_problem() -> None:
    assert _problems(_fine) == []


def test_a_screen_that_fits_no_page_is_found() -> None:
    assert ("does not fit", "explored.more") in _problems(_fine, Limits(length=8))


@pytest.mark.parametrize(("words", "found"), [(50, []), (75, [("prompt too long", "explored.name")])])
def test_a_question_of_more_than_two_pages_is_found(words: int, found: list[tuple[str, str]]) -> None:
    def long() -> Conversation:
        yield from ask.text("name", "word " * words, most=20)
        return say("Good.")

    assert _problems(long) == found


@pytest.mark.parametrize(("letters", "found"), [(60, []), (61, [("label shortened", "explored.one")])])
def test_a_label_that_is_cut_is_found(letters: int, found: list[tuple[str, str]]) -> None:
    def wide() -> Conversation:
        return say((yield from ask.choice("one", "Which?", {"w": "w" * letters})))

    assert _problems(wide) == found


def test_a_translation_that_is_missing_or_loses_a_value_is_found(tmp_path: Path) -> None:
    catalogue = tmp_path / "fr" / "LC_MESSAGES" / "bot.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(
        """
        msgid "Pay {amount} to {group}?"
        msgstr "Payer à {group} ?"

        msgid "Yes"
        msgstr "Oui"

        #, fuzzy
        msgid "No"
        msgstr "Non"
        """,
        encoding="utf-8",
    )

    def paying(_who: Person) -> Conversation:
        yield from ask.confirm("ok", t("Pay {amount} to {group}?", amount=5, group=t("your group")))
        return say(t("Yes"))

    report = explore(USSD, ("en", "fr"), conversation=flow("explored")(paying), locale=tmp_path)
    at_the_question = [each for each in report.problems if each.step == "explored.ok" and "999" not in each.typed]
    assert [(each.what, each.language, each.detail) for each in at_the_question] == [
        ("lost value", "fr", "['amount'] of 'Pay {amount} to {group}?' in 'Payer à {group} ?'"),
        ("missing text", "fr", "'No'"),
        ("missing text", "fr", "'your group'"),
    ]


def test_a_question_that_takes_no_answer_is_found() -> None:
    def closed() -> Conversation:
        yield from ask.number("number", "Number?", least=5, most=4)
        return say("Good.")

    assert _problems(closed) == [("dead end", "explored.number")]


def test_an_end_without_a_word_is_found() -> None:
    def silent() -> Conversation:
        yield from ()
        return say(" ")

    assert _problems(silent) == [("empty screen", "")]


def test_a_conversation_that_replays_differently_is_found() -> None:
    turns = count()

    def restless() -> Conversation:
        yield from ask.text("name", f"Name {next(turns)}?", most=20)
        return say("Good.")

    assert set(_problems(restless)) == {("not deterministic", "explored.name")}


def test_an_answer_that_the_journal_cannot_keep_is_found() -> None:
    """A tuple comes back from the store as a list."""

    def unkept() -> Conversation:
        pair = yield Question("pair", Screen("Pair?"), lambda typed: (typed, typed), lambda pair: pair)
        return say(str(pair))

    assert set(_problems(unkept)) == {("not deterministic", "")}


def test_one_step_for_two_questions_is_found_and_a_loop_is_none() -> None:
    def twice() -> Conversation:
        yield from ask.text("name", "Name?", most=20)
        yield from ask.text("name", "Name of your group?", most=20)
        return say("Good.")

    assert {what for what, _ in _problems(twice)} == {"step used twice"}


def test_a_confirmation_that_could_be_dialled_ahead_is_found() -> None:
    def read_any(typed: str) -> str:
        if typed != "1":
            raise Invalid(t("Yes"))
        return typed

    def hasty() -> Conversation:
        yield Question("ok", Screen("Sure?", options({"yes": "Yes"}), "confirm"), read_any, str)
        return say("Good.")

    assert _problems(hasty) == [("not guarded", "explored.ok")]


def test_a_value_that_is_missing_is_found() -> None:
    def due() -> Conversation:
        yield from ask.choice("when", t("Due by {day}", day=None), {"yes": t("Yes")})
        return say("Good.")

    assert [(each.what, each.detail) for each in _explored(due).problems if each.step] == [
        ("lost value", "['day'] of 'Due by {day}'")
    ]


def _anything(store: object) -> object:
    return "Umoja"


def test_a_query_of_whose_type_no_sample_can_be_made_is_found() -> None:
    def reading() -> Conversation:
        return say(str((yield from read("group", _anything))))

    report = _explored(reading)
    assert [(each.what, each.flow) for each in report.problems] == [("no sample", "explored")]
    assert "_anything: <class 'object'>" in report.lines()[0]


def test_what_is_behind_one_of_many_answers_is_found_after_the_questions_they_share() -> None:
    def sharing() -> Conversation:
        which = yield from ask.choice("which", t("Which?"), {name: t(name) for name in "abcdefgh"})
        yield from ask.confirm("ok", t("Sure?"))
        if which == "h":
            yield from read("group", _anything)
        return say("Good.")

    assert ("no sample", "") in _problems(sharing)


def _state(store: object) -> Literal["open", "closed", "lost"]:
    return "open"


def test_every_answer_that_a_query_may_give_is_walked() -> None:
    met = set()

    def reading() -> Conversation:
        met.add(state := (yield from read("state", _state)))
        return say(state)

    assert not _explored(reading).problems
    assert met == {"open", "closed", "lost"}


@pytest.mark.parametrize(("words", "found"), [(50, []), (75, [("prompt too long", "explored.again")])])
def test_where_a_refusal_that_is_caught_leads_is_walked(words: int, found: list[tuple[str, str]]) -> None:
    met = set()

    def reading() -> Conversation:
        try:
            return say((yield from read("state", _state)))
        except (NoSuchGroup, TooMuch) as refused:
            met.add(str(refused))
        yield from ask.text("again", "word " * words, most=20)
        return say("Good.")

    assert _problems(reading) == found
    assert met == {str(error) for kind in (NoSuchGroup, TooMuch) for error in samples_of(kind)}


def test_a_catch_that_breaks_is_found() -> None:
    def reading() -> Conversation:
        try:
            return say((yield from read("state", _state)))
        except NoSuchGroup as refused:
            return say(str(refused.details["group"]))

    (problem,) = _explored(reading).problems
    assert (problem.what, problem.detail) == ("exception", "KeyError: 'group'")


@pytest.mark.parametrize(("length", "found"), [(150, set()), (60, {("does not fit", "explored.pin")})])
def test_why_a_secret_is_refused_has_to_fit_above_its_question(length: int, found: set[tuple[str, str]]) -> None:
    def secret(_who: Person) -> Conversation:
        yield from ask.pin("pin", "p", t("Your PIN?"))
        return say("Good.")

    channel = Channel("chat", Limits(length), pin_warning=t("It stays here."))
    report = explore((channel,), ("en",), conversation=flow("explored")(secret))
    assert {(each.what, each.step) for each in report.problems} == found


def test_a_conversation_that_breaks_is_found() -> None:
    def broken() -> Conversation:
        number = yield from ask.number("number", "Number?", least=1, most=10101)
        return say(str(10 // (number - 1)))

    report = _explored(broken)
    assert [(each.what, each.detail) for each in report.problems] == [
        ("exception", "ZeroDivisionError: integer division or modulo by zero")
    ]


def test_a_problem_says_where_and_how_one_gets_there() -> None:
    def wide() -> Conversation:
        yield from ask.text("name", "Name?", most=20)
        yield from ask.choice("one", "Which?", {"w": "w" * 61})
        return say("Good.")

    line, counted = _explored(wide).lines()
    assert line == (f"label shortened: explored.one en phone (stranger, typed Al): 61 of 60: '{'w' * 61}'")
    assert counted.endswith("1 problems")
