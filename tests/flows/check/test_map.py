"""The map shows every conversation as members see it, and Mermaid draws it."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from bot.cli.flows import flows
from channels import ussd
from domain.money import Money
from domain.records.person import NoSuchGroup
from flows import ask
from flows.check.map import Graph, chart
from flows.check.mermaid import draw, flowchart, page, write
from flows.dialogue import FLOWS, flow, read
from flows.engine.journal import Person
from flows.engine.paging import Limits
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.words.texts import t

LIMITS = ussd.CHANNEL.limits


@pytest.fixture(scope="module")
def graphs() -> dict[str, Graph]:
    return chart(LIMITS, "en")  # as it is typed: it is made once


def test_every_conversation_is_drawn_and_leads_somewhere(graphs: dict[str, Graph]) -> None:
    assert set(graphs) == {name for name, run in FLOWS.items() if run.__module__.startswith("flows.")}
    for graph in graphs.values():
        assert graph.about
        leads = {source for source, _ in graph.arrows}
        kept = {id for id, node in graph.nodes.items() if node.kind in ("end", "refused", "flow")}
        assert set(graph.nodes) == leads | kept, graph.flow


def test_a_question_has_the_screen_that_a_member_sees(graphs: dict[str, Graph]) -> None:
    assert graphs["contribute"].nodes["contribute.amount"].pages == (
        "Umoja Women, meeting of 28 Sep. How much?\n1. Pay UGX 5,000\n0 Back",
    )


def test_of_several_menus_the_one_with_most_on_it_is_shown(graphs: dict[str, Graph]) -> None:
    assert "7. Lead the group" in graphs["menu"].nodes["menu.menu"].pages[0]


def test_arrows_have_on_them_what_leads_along_them(graphs: dict[str, Graph]) -> None:
    arrows = graphs["contribute"].arrows
    assert arrows["contribute.amount", "contribute.pin"] == ["Pay UGX 5,000"]
    assert arrows["contribute.amount", "contribute.ok"] == ["500"]
    assert arrows["contribute.pin", "check contribute.pin"] == ["PIN"]
    assert arrows["check contribute.pin", "contribute.pin"] == ["not right"]


def test_what_is_offered_only_after_a_round_is_drawn_too(graphs: dict[str, Graph]) -> None:
    assert graphs["cash_round"].arrows["cash_round.next", "submit cash_round.cancel"] == ["Cancel the last"]


def test_no_name_and_no_amount_is_one_of_the_widest(graphs: dict[str, Graph]) -> None:
    pages = [page for graph in graphs.values() for node in graph.nodes.values() for page in node.pages]
    assert not [page for page in pages if re.search("WWW|999", page)]


# Conversations of our own


@flow("inner")
def _inner() -> Conversation:
    """Another one."""
    yield from ask.text("name", "Name?", most=20)
    return say("Inner.")


@flow("outer")
def _outer(_who: Person) -> Conversation:
    """One that goes on after another."""
    yield from _inner()
    if (yield from ask.confirm("sure", t("Sure?"))):
        return say("Outer.")
    return (yield from _inner())


def test_a_flow_within_another_is_one_node_there_and_leads_back_in_its_own_graph() -> None:
    both = chart(LIMITS, conversation=_outer)
    assert both["outer"].arrows == {
        ("start", "flow inner"): [],
        ("flow inner", "outer.sure"): ["Akello Grace"],
        ("outer.sure", "end .."): ["Yes"],
        ("outer.sure", "flow inner"): ["No"],
    }
    assert both["inner"].arrows == {
        ("start", "inner.name"): [],
        ("inner.name", "back outer"): ["Akello Grace"],
        ("inner.name", "end .."): ["Akello Grace"],
    }


def _sure(_who: Person) -> Conversation:
    """One question."""
    yield from ask.confirm("sure", t("Pay {amount} to {group}?", amount=Money(5_000, "UGX"), group="Umoja"))
    return say("Good.")


def test_the_screens_are_in_the_language_that_is_asked_for() -> None:
    (page,) = chart(LIMITS, "fr", conversation=flow("sure")(_sure))["sure"].nodes["sure.sure"].pages
    assert "1. Oui" in page


@pytest.mark.parametrize(("length", "pages"), [(150, 1), (30, 2)])
def test_a_screen_that_does_not_fit_is_shown_page_by_page(length: int, pages: int) -> None:
    graph = chart(Limits(length=length, gsm7=True), conversation=flow("sure")(_sure))["sure"]
    assert len(graph.nodes["sure.sure"].pages) == pages


def _group_called(_store: object, code: str) -> str:
    raise NotImplementedError


def test_a_refusal_that_is_caught_leads_back_under_its_name_and_all_others_to_one_end() -> None:
    def asking(_who: Person) -> Conversation:
        """Until there is such a group."""
        while True:
            code = yield from ask.code("code", t("Code?"))
            try:
                yield from read("group", _group_called, code)
            except NoSuchGroup:
                continue
            return say("There.")

    graph = chart(LIMITS, conversation=flow("again")(asking))["again"]
    assert graph.arrows["read again.group", "again.code"] == ["no such group"]
    assert {target for source, target in graph.arrows if source == "read again.group"} == {
        "again.code",
        "end ..",
        "refused",
    }


def _anything(_store: object) -> object:
    raise NotImplementedError


def test_what_has_no_sample_is_drawn_as_far_as_it_goes() -> None:
    def reading(_who: Person) -> Conversation:
        """The name of a group."""
        return say(str((yield from read("group", _anything))))

    graph = chart(LIMITS, conversation=flow("unsampled")(reading))["unsampled"]
    assert list(graph.nodes) == ["start", "read unsampled.group"]


# Mermaid


def _until_no(_who: Person) -> Conversation:
    """Asks itself again, with what XML and Mermaid would trip over."""
    while (yield from ask.choice("more", t('1 < 2 & "more"?'), {"yes": "<Yes>", "no": "No"})) == "yes":
        pass
    return say("]]> `end` #1;")


@pytest.fixture(scope="module")
def until() -> Graph:
    return chart(Limits(length=None), conversation=flow("until")(_until_no))["until"]


def test_a_flowchart_has_every_node_and_arrow(graphs: dict[str, Graph]) -> None:
    lines = flowchart(graphs["contribute"]).splitlines()
    assert lines[0] == "flowchart TD"
    assert any('"Pay UGX 5,000"' in line and "-->" in line for line in lines)
    for graph in graphs.values():
        first, *others = flowchart(graph).splitlines()
        arrows = [line for line in others if "-->" in line]
        links = [line for line in others if " href " in line]
        assert (first, len(arrows)) == ("flowchart TD", len(graph.arrows))
        assert len(others) - len(arrows) - len(links) == len(graph.nodes)


def test_every_link_leads_to_a_conversation_of_the_page(graphs: dict[str, Graph]) -> None:
    drawn = page(list(graphs.values()))
    links = set(re.findall(r'href "#(\w+)"', drawn))
    assert links
    assert links <= set(re.findall(r"^## (\w+)$", drawn, re.MULTILINE))


def test_a_page_says_what_each_conversation_is_about(graphs: dict[str, Graph]) -> None:
    menu = graphs["menu"]
    assert page([menu]) == f"## menu\n\nThe main menu.\n\n```mermaid\n{flowchart(menu)}```\n"


def test_odd_characters_end_nothing_and_are_no_markup(until: Graph) -> None:
    drawn = flowchart(until)
    assert "<" not in drawn.replace("<br>", "")
    assert all(line.count('"') in (0, 2) for line in drawn.splitlines())


def test_a_picture_says_every_line_of_every_screen(until: Graph, tmp_path: Path) -> None:
    draw(until, tmp_path / "until.svg")
    said = " ".join(ElementTree.parse(tmp_path / "until.svg").getroot().itertext())
    for odd in ('1 < 2 & "more"?', "<Yes>", "]]> `end` #1;"):
        assert odd in said


# At the terminal


def typed(*arguments: str) -> Result:
    return CliRunner().invoke(flows, ["map", *arguments])


def test_a_page_a_file_or_a_directory_gets_what_its_name_asks_for(
    tmp_path: Path, graphs: dict[str, Graph]
) -> None:
    alone = [graphs["contribute"]]
    write(alone, tmp_path / "alone.mmd")
    assert (tmp_path / "alone.mmd").read_text("utf-8") == flowchart(graphs["contribute"])
    write(alone, tmp_path / "alone.svg")
    assert ElementTree.parse(tmp_path / "alone.svg").getroot().tag.endswith("svg")
    write(list(graphs.values()), tmp_path / "all.md")
    assert (tmp_path / "all.md").read_text("utf-8") == page(list(graphs.values()))
    everything = tmp_path / "all"
    everything.mkdir()
    write(list(graphs.values()), everything)
    assert {path.name for path in everything.iterdir()} == {f"{name}.mmd" for name in graphs}
    assert 'href "contribute.mmd"' in (everything / "menu.mmd").read_text("utf-8")


def test_a_conversation_is_shown_alone_and_the_same_each_time(graphs: dict[str, Graph]) -> None:
    shown = typed("--flow", "contribute").output
    assert shown == page([graphs["contribute"]])
    assert shown.startswith("## contribute\n") and shown.count("```mermaid") == 1


def test_a_picture_is_of_one_conversation(tmp_path: Path) -> None:
    refused = typed("-o", str(tmp_path / "all.svg"))
    assert refused.exit_code == 2
    assert "all.svg can show one conversation: say which with --flow" in refused.output


def test_without_the_painter_it_is_said_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mermaidx", None)  # as where it is not installed
    refused = typed("--flow", "help", "-o", str(tmp_path / "help.svg"))
    assert refused.exit_code == 1
    assert "pip install mermaidx" in refused.output


def test_a_conversation_or_place_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    refused = typed("--flow", "jion")
    assert refused.exit_code == 2
    assert "no conversation is called jion: " in refused.output
    assert all(name in refused.output for name in FLOWS)
    nowhere = typed("-o", str(tmp_path / "no" / "all.md"))
    assert nowhere.exit_code == 1
    assert "No such file or directory" in nowhere.output
