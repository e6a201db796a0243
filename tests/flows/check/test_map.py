"""The map shows every conversation as members see it, and its picture is whole."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from bot.cli.flows import flows
from channels import ussd
from domain.money import Money
from domain.records.person import NoSuchGroup
from flows import ask
from flows.check.drawing import svg
from flows.check.map import Graph, chart, mermaid, mermaid_document
from flows.dialogue import FLOWS, flow, read
from flows.engine.journal import Person
from flows.engine.paging import Limits
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.words.texts import t

LIMITS = ussd.CHANNEL.limits
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def graphs() -> dict[str, Graph]:
    return chart(LIMITS)


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
    assert arrows["check contribute.pin", "contribute.pin"] == ["wrong pin"]


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
    """The name of a group. Raises NoSuchGroup."""
    raise NotImplementedError


def _name_said(_store: object, code: str) -> str:
    """Whatever it is."""
    raise NotImplementedError


@pytest.mark.parametrize(("query", "again"), [(_group_called, ["no such group"]), (_name_said, None)])
def test_a_refusal_that_is_caught_leads_back_under_its_name(
    query: Callable[..., str], again: list[str] | None
) -> None:
    def asking(_who: Person) -> Conversation:
        """Until there is such a group."""
        while True:
            code = yield from ask.code("code", t("Code?"))
            try:
                yield from read("group", query, code)
            except NoSuchGroup:
                continue
            return say("There.")

    arrows = chart(LIMITS, conversation=flow("again")(asking), samples={query: ("Umoja",)})["again"].arrows
    assert arrows.get(("read again.group", "again.code")) == again
    assert ("read again.group", "end ..") in arrows


def test_what_has_no_sample_yet_is_drawn_as_far_as_it_goes() -> None:
    def reading(_who: Person) -> Conversation:
        """The name of a group."""
        return say((yield from read("group", _group_called, "")))

    graph = chart(LIMITS, conversation=flow("unsampled")(reading))["unsampled"]
    assert list(graph.nodes) == ["start", "read unsampled.group"]


def _until_no(_who: Person) -> Conversation:
    """Asks itself again, with what XML and Mermaid would trip over."""
    while (yield from ask.choice("more", t('1 < 2 & "more"?'), {"yes": "<Yes>", "no": "No"})) == "yes":
        pass
    return say("]]> `end` #1;")


def _boxes(picture: str, kinds: Iterable[str]) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of the rectangles of some kinds."""
    found: list[tuple[float, float, float, float]] = []
    for rect in ElementTree.fromstring(picture).iter(f"{SVG}rect"):
        if rect.get("class") in set(kinds):
            x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
            found.append((x, y, x + width, y + height))
    return found


def test_a_picture_says_every_line_of_every_screen(graphs: dict[str, Graph]) -> None:
    for graph in graphs.values():
        said = " ".join(ElementTree.fromstring(svg([graph])).itertext())
        for node in graph.nodes.values():
            for line in "\n".join(node.pages).split():
                assert line in said


def test_no_box_stands_on_another(graphs: dict[str, Graph]) -> None:
    for graph in graphs.values():
        boxes = _boxes(svg([graph]), ("question", "read", "submit", "check", "flow", "end", "refused"))
        assert len(boxes) == len(graph.nodes) - 1
        for n, (left, top, right, bottom) in enumerate(boxes):
            for other in boxes[:n]:
                beside = right <= other[0] or other[2] <= left
                over = bottom <= other[1] or other[3] <= top
                assert beside or over, graph.flow


def test_nothing_stands_outside_the_picture(graphs: dict[str, Graph]) -> None:
    for graph in graphs.values():
        picture = svg([graph])
        width = float(ElementTree.fromstring(picture).attrib["width"])
        for left, _, right, _ in _boxes(picture, ("question", "flow", "end", "refused")):
            assert 0 <= left < right <= width


def test_every_link_in_the_picture_leads_to_a_conversation_on_it(graphs: dict[str, Graph]) -> None:
    picture = ElementTree.fromstring(svg(list(graphs.values())))
    ids = {f"#{each.get('id')}" for each in picture.iter()}
    links = {each.attrib["href"] for each in picture.iter(f"{SVG}a")}
    assert links
    assert links <= ids


def test_a_question_that_is_asked_again_gets_a_loop_and_odd_characters_stay_what_they_are() -> None:
    graph = chart(Limits(length=None), conversation=flow("until")(_until_no))["until"]
    picture = ElementTree.fromstring(svg([graph]))
    assert [path.get("class") for path in picture.iter(f"{SVG}path")].count("arrow again") == 1
    said = " ".join(picture.itertext())
    for odd in ('1 < 2 & "more"?', "<Yes>", "]]> `end` #1;"):
        assert odd in said
    assert "<" not in mermaid(graph).replace("<br>", "")


def test_the_same_conversations_are_drawn_the_same(graphs: dict[str, Graph]) -> None:
    again = list(chart(LIMITS).values())
    assert svg(again) == svg(list(graphs.values()))
    assert mermaid_document(again) == mermaid_document(list(graphs.values()))


def test_mermaid_says_it_too(graphs: dict[str, Graph]) -> None:
    lines = mermaid(graphs["contribute"]).splitlines()
    assert lines[0] == "flowchart TD"
    assert any('"Pay UGX 5,000"' in line and "-->" in line for line in lines)
    menu = mermaid(graphs["menu"])
    assert 'href "#contribute"' in menu
    assert mermaid_document([graphs["menu"]]) == f"## menu\n\nThe main menu.\n\n```mermaid\n{menu}```\n"


# At the terminal


def typed(*arguments: str) -> Result:
    return CliRunner().invoke(flows, ["map", *arguments])


def test_the_picture_goes_where_it_is_sent(tmp_path: Path, graphs: dict[str, Graph]) -> None:
    one = tmp_path / "all.svg"
    assert typed("-o", str(one)).exit_code == 0
    assert one.read_text("utf-8") == svg(list(graphs.values()))


@pytest.mark.parametrize(("kind", "ending"), [("svg", "svg"), ("mermaid", "mmd")])
def test_a_directory_gets_a_file_for_each_conversation(
    kind: str, ending: str, tmp_path: Path, graphs: dict[str, Graph]
) -> None:
    assert typed("--format", kind, "-o", str(tmp_path)).exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.{ending}" for name in graphs}
    assert f'"contribute.{ending}"' in (tmp_path / f"menu.{ending}").read_text("utf-8")


def test_one_conversation_can_be_drawn_in_another_language() -> None:
    drawn = typed("--flow", "contribute", "--language", "sw", "--format", "mermaid").output
    assert "1. Ndiyo<br>2. Hapana" in drawn.replace("#46;", ".")
    assert "flowchart" in drawn and "##" not in drawn


def test_a_conversation_or_place_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    refused = typed("--flow", "jion")
    assert refused.exit_code == 2
    assert "no conversation is called jion: register, menu" in refused.output
    nowhere = typed("-o", str(tmp_path / "no" / "all.svg"))
    assert nowhere.exit_code == 1
    assert "No such file or directory" in nowhere.output
