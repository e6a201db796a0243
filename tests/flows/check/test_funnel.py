"""The funnel counts each question as a member would tell it, and loses nobody on the way."""

import json
from contextlib import nullcontext

import pytest
from click.testing import CliRunner, Result

from bot.app import App
from bot.cli.flows import flows
from flows.check.funnel import DROPPED_SECONDS, Row, funnel, table
from flows.engine.messages import Trace
from tests.conftest import Clock
from tests.flows.talk import Dial
from tests.people import Village

NOW = 1_790_000_000
LONG_AGO = NOW - 2 * DROPPED_SECONDS


def trace(
    step: str,
    outcome: str,
    next: str,
    *,
    at: int = LONG_AGO,
    who: str = "a",
    channel: str = "ussd",
    language: str = "en",
    waited: float = 0,
) -> Trace:
    return Trace(at, channel, language, step, outcome, next, 3.0, who, waited)


def counts(*traces: Trace, now: int = NOW) -> dict[str, tuple[int, int, int, int, int]]:
    """Entered, answered, invalid, back, dropped, by step."""
    return {
        f"{row.flow}.{row.step}": (row.entered, row.answered, row.invalid, row.back, row.dropped)
        for row in funnel(traces, now)
    }


START = trace("menu.menu", "entered", "menu.menu")


def test_a_question_is_entered_once_however_often_it_is_put_again() -> None:
    assert counts(
        START,
        trace("menu.menu", "invalid", "menu.menu"),
        trace("menu.menu", "more", "menu.menu"),
        trace("menu.menu", "answered", "join.code"),
        trace("join.code", "answered", ""),
    ) == {"menu.menu": (1, 1, 1, 0, 0), "join.code": (1, 1, 0, 0, 0)}


@pytest.mark.parametrize("way", ["back", "home"])
def test_who_goes_back_enters_the_question_before_again(way: str) -> None:
    assert counts(
        START,
        trace("menu.menu", "answered", "join.code"),
        trace("join.code", way, "menu.menu"),
        trace("menu.menu", "answered", ""),
    ) == {"menu.menu": (2, 2, 0, 0, 0), "join.code": (1, 0, 0, 1, 0)}


def test_a_question_that_is_asked_a_second_time_counts_under_its_own_name() -> None:
    assert counts(
        trace("register.code", "entered", "register.code"),
        trace("register.code", "answered", "register.code#2"),
        trace("register.code#2", "answered", ""),
    ) == {"register.code": (2, 2, 0, 0, 0)}


@pytest.mark.parametrize(("ago", "dropped"), [(DROPPED_SECONDS, 0), (DROPPED_SECONDS + 1, 1)])
def test_a_question_is_dropped_when_nothing_follows_for_half_an_hour(ago: int, dropped: int) -> None:
    last = trace("menu.menu", "answered", "join.code", at=NOW - ago)
    assert counts(last)["join.code"][-1] == dropped


def test_a_conversation_that_goes_on_too_late_was_dropped_before() -> None:
    later = LONG_AGO + DROPPED_SECONDS + 1
    late = counts(START, trace("menu.menu", "answered", "", at=later))
    assert late == {"menu.menu": (1, 1, 0, 0, 1)}


def test_a_conversation_that_ended_is_not_dropped() -> None:
    assert counts(START, trace("menu.menu", "answered", ""))["menu.menu"][-1] == 0


def test_who_is_offered_to_go_on_and_does_not_has_dropped_the_question_before() -> None:
    assert counts(
        START,
        trace("menu.menu", "answered", "join.code"),
        trace("", "offered", "", at=LONG_AGO + 60),
        trace("", "invalid", "", at=LONG_AGO + 70),
    ) == {"menu.menu": (1, 1, 0, 0, 0), "join.code": (1, 0, 0, 0, 1)}


def test_the_turns_of_two_members_are_told_apart() -> None:
    both = counts(START, trace("menu.menu", "entered", "menu.menu", who="b"), trace("menu.menu", "answered", ""))
    assert both == {"menu.menu": (2, 1, 0, 0, 1)}


def test_a_trace_of_no_conversation_counts_but_is_never_dropped() -> None:
    assert counts(trace("menu.menu", "entered", "menu.menu", who="")) == {"menu.menu": (1, 0, 0, 0, 0)}
    assert counts(trace("", "dropped", "", who="")) == {}


def test_seconds_are_the_median_time_before_something_was_typed() -> None:
    looked = [trace("menu.menu", "answered", "", who=str(n), waited=n) for n in (2, 3, 100)]
    assert [row.seconds for row in funnel(looked, NOW)] == [3]
    assert [row.seconds for row in funnel([START], NOW)] == [None]


def test_rows_come_by_flow_and_step_in_the_order_they_were_first_seen() -> None:
    rows = funnel(
        [
            trace("balance.pin", "answered", "", at=LONG_AGO + 5, who="b"),  # another bucket's come first
            START,
            trace("menu.menu", "answered", "join.code", at=LONG_AGO + 1),
            trace("menu.again", "answered", "", at=LONG_AGO + 9, who="c"),
        ],
        NOW,
    )
    assert [(row.flow, row.step) for row in rows] == [
        ("menu", "menu"),
        ("menu", "again"),
        ("join", "code"),
        ("balance", "pin"),
    ]


def test_channels_and_languages_are_told_apart_when_asked_for() -> None:
    two = [START, trace("menu.menu", "answered", "", who="b", channel="telegram", language="sw")]
    assert [(row.split, row.answered) for row in funnel(two, NOW, "channel")] == [("telegram", 1), ("ussd", 0)]
    assert [(row.split, row.answered) for row in funnel(two, NOW, "language")] == [("en", 0), ("sw", 1)]


def test_the_table_stands_straight() -> None:
    rows = [Row("menu", "menu", "", 1_200, 1_100, 3, 0, 97, 4.25), Row("join", "code", "", 1, 0, 0, 1, 0, None)]
    assert table(rows).splitlines() == [
        "step     entered  answered   invalid      back   dropped   seconds",
        "",
        "menu",
        "  menu     1,200     1,100         3         0        97       4.2",
        "",
        "join",
        "  code         1         0         0         1         0         -",
    ]


# From the traces of real calls


def typed(app: App, *arguments: str) -> Result:
    """What the command prints, over this program's stores."""
    return CliRunner().invoke(flows, ["funnel", *arguments], obj=lambda _role: nullcontext(app))


def test_without_turns_it_says_so(app: App) -> None:
    assert typed(app).output == "No turns yet. Dial, then look again.\n"
    assert typed(app, "--json").output == "[]\n"


def test_calls_are_counted_from_their_traces(app: App, phone: Dial, village: Village, clock: Clock) -> None:
    akello = phone(village.akello.phone)
    akello.dial()
    for answer in ("1", "x", "0", "2", "7392"):
        clock.forward(seconds=7)
        akello.type(answer)
    clock.forward(seconds=DROPPED_SECONDS + 1)
    rows = {f"{row['flow']}.{row['step']}": row for row in json.loads(typed(app, "--json").output)}
    keys = ("entered", "answered", "invalid", "back", "dropped", "seconds")
    assert {step: tuple(row[key] for key in keys) for step, row in rows.items()} == {
        "menu.menu": (2, 2, 0, 0, 0, 7),
        "contribute.amount": (1, 0, 1, 1, 0, 7),
        "balance.pin": (1, 0, 1, 0, 1, 7),
    }
    assert "balance\n  pin" in typed(app).output
    assert "ussd" in typed(app, "--by", "channel").output
    assert typed(app, "--since", "10m").output.startswith("No turns yet")
    assert "balance" in typed(app, "--since", "1h").output


@pytest.mark.parametrize("since", ["", "soon", "-1h", "3", "3w", "9999999d"])
def test_a_time_that_is_none_is_refused_with_an_example(app: App, since: str) -> None:
    refused = typed(app, "--since", since)
    assert refused.exit_code == 2
    assert "90m, 24h or 7d" in refused.output
