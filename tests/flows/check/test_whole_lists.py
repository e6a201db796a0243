"""No list on a phone loses an option in silence: what is cut says so, and the rest stands behind its last line."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final, get_origin, get_type_hints

import pytest

from channels import ussd
from domain.groups.join import Applicant, applicants
from domain.tables import Some, some_of
from flows import ask
from flows.ask.choices import CHOICES_MAX, REST
from flows.check.explore import explore
from flows.dialogue import flow, read
from flows.engine.journal import Person
from flows.engine.screen import say
from flows.engine.steps import Ask, Conversation
from tests.flows.engine.talking import Talk

# Lists that are cut on purpose: what is shown of them is said to be the newest, or what was chosen of them.
_CUT: Final = {
    "last_transactions": "the newest five, under Last transactions; My statement has them all",
    "looks_at": "who looked lately: the newest acts, and the export of what is kept has them all",
    "web_places": "five times as many as can be signed in at once",
}
_READS: Final = re.compile(r"\bread(?:_openly)?\(\s*\"[a-z_]+\", ([a-z_]+)")


def _queries() -> Iterator[Callable[..., Any]]:
    """All that conversations read."""
    for file in Path("flows").rglob("*.py"):
        names = {*_READS.findall(file.read_text())}
        module = import_module(".".join(file.with_suffix("").parts)) if names else None
        yield from (found for name in names if callable(found := getattr(module, name, None)))


def _cuts(function: Callable[..., Any], seen: set[object]) -> bool:
    """Whether it answers with a list of so many, or with what a function of the domain found so."""
    module = inspect.getmodule(function)
    assert isinstance(module, ModuleType)
    seen.add(function)
    for node in ast.walk(ast.parse(inspect.getsource(function))):
        match node:
            case ast.Call(keywords=given) if any(
                each.arg == "limit" and ast.unparse(each.value) not in ("1", "2") for each in given
            ):
                return True
            case ast.Return(value=ast.Subscript(slice=ast.Slice())):
                return True
            case ast.Name(id=name) if inspect.isfunction(used := getattr(module, name, None)):
                if used.__module__.startswith("domain.") and used not in seen and _cuts(used, seen):
                    return True
    return False


def test_what_a_conversation_reads_is_whole_or_says_that_there_is_more() -> None:
    queries = {*_queries()}
    assert len(queries) > 80
    lists = [each for each in queries if get_origin(get_type_hints(each).get("return")) is list]
    assert {each.__name__ for each in lists if _cuts(each, set())} == {*_CUT}
    read_in_parts = {each.__name__ for each in queries if get_origin(get_type_hints(each).get("return")) is Some}
    assert read_in_parts == {
        "applicants", "arrears", "contested", "find_letters", "grants_to_pay", "loans_to_pay_out", "muted_members",
        "recent_broadcasts", "unowned", "waiting_for", "without_phone",
    }  # fmt: skip


@pytest.mark.parametrize("in_silence", [True, False])
def test_a_list_that_goes_on_and_reads_as_one_that_ends_is_found(in_silence: bool) -> None:
    def approving() -> Conversation:
        def found(past: str) -> Ask[Some[Applicant]]:
            return read("waiting", applicants, "group", past)

        if in_silence:
            waiting = yield from found("")
            yield from ask.choice("who", "Who?", {each.id: each.name for each in waiting} or {"no": "Nobody"})
        else:
            yield from ask.one_of("who", "Who?", found, lambda one: one.name)
        return say("Good.")

    def start(_who: Person) -> Conversation:
        return flow("explored")(approving)()

    found = explore((ussd.CHANNEL,), ("en",), conversation=start).problems
    assert {each.what for each in found} == ({"cut in silence"} if in_silence else set())


PEOPLE: Final = [Applicant(f"p{number}", f"Person {number}", "+256772000199") for number in range(1, 8)]


@flow("approving")
def _approving() -> Conversation:
    one = yield from ask.one_of(
        "who", "Who?", lambda past: read("waiting", applicants, "group", past), lambda one: one.name
    )
    return say(one.name if one else "Nobody.")


def test_the_rest_of_a_list_stands_behind_its_last_line() -> None:
    """Three at a time of seven; and back again."""
    talk = Talk(
        _approving,
        {
            "approving.waiting": some_of(PEOPLE, "", 3),
            "approving.waiting#2": some_of(PEOPLE, "p3", 3),
            "approving.waiting#3": some_of(PEOPLE, "p6", 3),
        },
    )
    assert _labels(talk) == ["Person 1", "Person 2", "Person 3", "Rest of the list"]
    talk.type("4")
    assert _labels(talk) == ["Person 4", "Person 5", "Person 6", "Rest of the list"]
    talk.type("rest of the list")
    assert _labels(talk) == ["Person 7"]
    assert talk.type("0", "0").step == "approving.who"
    talk.type("4", "2")
    assert talk.turn.screen == say("Person 5")


def test_where_the_rest_is_gone_meanwhile_the_list_begins_anew() -> None:
    nobody = Some[Applicant]([], more=False)
    answers = {
        "approving.waiting": some_of(PEOPLE, "", 3),
        "approving.waiting#2": nobody,
        "approving.waiting#3": Some(PEOPLE[:1], more=False),
    }
    talk = Talk(_approving, answers)
    talk.type("4")
    assert _labels(talk) == ["Person 1"]
    assert Talk(_approving, {"approving.waiting": nobody}).turn.screen == say("Nobody.")


def test_a_list_of_more_than_a_hundred_has_a_screen_for_those_behind() -> None:
    """Where there were an option 98, "98" would not lead to the next page."""

    @flow("long")
    def long() -> Conversation:
        fines = {f"f{number}": f"Fine {number}" for number in range(1, 201)}
        return say((yield from ask.choice("which", "Which?", fines)))

    talk = Talk(long)
    assert _labels(talk)[-2:] == [f"Fine {CHOICES_MAX}", "Rest of the list"]
    assert talk.type("98").outcome == "more"
    for number in (1, 90, 91, 180, 181, 200):
        screens, place = divmod(number - 1, CHOICES_MAX)
        talk = Talk(long)
        assert talk.type(*[str(CHOICES_MAX + 1)] * screens, str(place + 1)).screen == say(f"f{number}")
    assert Talk(long).type("Fine 200").screen == say("f200"), "by its name from the first screen on"
    assert REST == "rest", "it stands in journals"


def _labels(talk: Talk) -> list[str]:
    assert talk.turn.screen is not None
    labels = [each.label for each in talk.turn.screen.options]
    return [each if isinstance(each, str) else each.message for each in labels]
