"""A screen cut into pages: nothing lost, nothing cut in half, and the way on always in sight."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.engine.gsm7 import fold, septets
from flows.engine.paging import Limits, TooSmall, paginate, under

USSD = Limits(150, gsm7=True)
CHAT = Limits(None)


def pages(body: str, *labels: str, limits: Limits = USSD) -> tuple[str, ...]:
    return paginate(body, labels, footer="0 Back  00 Home", more="98 More", limits=limits)


def test_a_screen_that_fits_is_one_page_without_more() -> None:
    assert pages("Welcome back, Amina", "Save", "Balance") == (
        "Welcome back, Amina\n1. Save\n2. Balance\n0 Back  00 Home",
    )


def test_a_long_list_has_one_numbering_over_all_its_pages() -> None:
    names = ("Umoja wa Wanawake", "Tuungane Akiba", "Jitegemee", "Mwanzo Mpya", "Upendo", "Amani na Maendeleo")
    assert paginate(
        "Chagua kikundi chako:", names, footer="0 Rudi  00 Mwanzo", more="98 Zaidi", limits=Limits(100, gsm7=True)
    ) == (
        "Chagua kikundi chako:\n1. Umoja wa Wanawake\n2. Tuungane Akiba\n98 Zaidi  0 Rudi  00 Mwanzo",
        "3. Jitegemee\n4. Mwanzo Mpya\n5. Upendo\n6. Amani na Maendeleo\n0 Rudi  00 Mwanzo",
    )


def test_a_french_screen_is_folded_and_pages_by_what_is_sent() -> None:
    assert paginate(
        "L’épargne du mois a été reçue. Où voulez-vous déposer ?",
        ("Fête des mères", "Caisse de solidarité", "Prêt « cœur »"),
        footer="0 Retour",
        more="98 Suite",
        limits=Limits(110, gsm7=True),
    ) == (
        "L'épargne du mois a été recue. Où voulez-vous déposer ?\n1. Fete des mères\n98 Suite  0 Retour",
        '2. Caisse de solidarité\n3. Pret " coeur "\n0 Retour',
    )


def test_a_page_is_counted_in_septets_where_the_alphabet_is_gsm_and_in_characters_elsewhere() -> None:
    def pages(text: str, limits: Limits) -> tuple[str, ...]:
        return paginate(text, (), limits=limits, footer="", more="98 More")

    assert pages("€" * 10, Limits(20, gsm7=True)) == ("€" * 10,)
    assert pages("€" * 10, Limits(19, gsm7=True)) == ("€" * 5 + "\n98 More", "€" * 5)
    assert pages("ê€" * 5, Limits(10)) == ("ê€" * 5,)


def test_more_appears_with_the_first_character_too_many() -> None:
    room = 150 - len("\n1. Yes\n0 Back  00 Home")
    assert len(pages("a" * room, "Yes")) == 1
    first, last = pages("a" * room + "b", "Yes")
    assert first.endswith("\n98 More  0 Back  00 Home")
    assert last.endswith("b\n1. Yes\n0 Back  00 Home")


def test_a_channel_without_a_limit_has_one_page_in_its_own_letters() -> None:
    body = "Où êtes-vous ? 👍 " * 100
    (page,) = pages(body, "Ici", limits=CHAT)
    assert page == f"{body.strip()}\n1. Ici\n0 Back  00 Home"


def test_without_a_footer_the_last_page_ends_in_what_it_says() -> None:
    said = paginate("one two three", (), footer="", more="98 More", limits=Limits(15))
    assert said == ("one two three",)
    assert paginate("one two three four", (), footer="", more="98 More", limits=Limits(15)) == (
        "one two\n98 More",
        "three four",
    )


def test_a_final_screen_has_the_ways_out_on_every_page_but_the_last() -> None:
    def said(body: str) -> tuple[str, ...]:
        return paginate(body, (), footer="0 Back", more="98 More", limits=Limits(24), final=True)

    assert said("one two three four") == ("one two three four",)
    assert said("one two three four five six") == ("one two\n98 More  0 Back", "three four five six")


def test_a_screen_without_a_body_begins_with_its_options() -> None:
    assert pages("", "Yes", "No") == ("1. Yes\n2. No\n0 Back  00 Home",)


def test_a_line_of_a_statement_stays_whole() -> None:
    statement = "\n".join(f"{day} Mar  +UGX 5,000  Share" for day in range(10, 18))
    shown = pages(statement)
    assert len(shown) == 2
    assert [line for page in shown for line in page.split("\n")[:-1]] == statement.split("\n")


def test_a_paragraph_is_cut_between_words_and_fills_the_page_after_a_short_line() -> None:
    first, second = pages("Karibu Amina\n" + "akiba " * 30, "Endelea")
    assert first == "Karibu Amina\n" + " ".join(["akiba"] * 18) + "\n98 More  0 Back  00 Home"
    assert second == " ".join(["akiba"] * 12) + "\n1. Endelea\n0 Back  00 Home"


def test_only_a_word_too_long_for_a_page_is_cut_inside() -> None:
    shown = pages("see " + "x" * 200)
    assert [page.split("\n")[0] for page in shown] == ["see", "x" * 125, "x" * 75]


def test_a_word_cut_inside_is_joined_again_where_both_parts_fit() -> None:
    shown = pages("seen " + "x" * 130)
    assert [page.split("\n")[0] for page in shown] == ["seen", "x" * 130]


def test_the_last_page_is_filled_to_its_last_unit() -> None:
    shown = pages("a" * 125, "b" * 60, "c" * 60, "abc")
    assert [len(page) for page in shown] == [150, 150]
    assert len(pages("a" * 125, "b" * 60, "c" * 60, "abcd")) == 3


def test_a_blank_line_does_not_begin_a_page() -> None:
    first, second = pages("a" * 125 + "\n\n" + "b" * 20)
    assert first == "a" * 125 + "\n98 More  0 Back  00 Home"
    assert second == "b" * 20 + "\n0 Back  00 Home"


def test_a_label_is_one_line_and_a_long_one_says_that_it_goes_on() -> None:
    assert pages("?", "Umoja\nGroup", limits=CHAT) == ("?\n1. Umoja Group\n0 Back  00 Home",)
    assert pages("?", "Umoja\r\nGroup") == ("?\n1. Umoja Group\n0 Back  00 Home",)
    narrow = Limits(150, gsm7=True, label=10)
    assert pages("?", "0123456789", limits=narrow) == ("?\n1. 0123456789\n0 Back  00 Home",)
    assert pages("?", "0123456 89a", limits=narrow) == ("?\n1. 0123456..\n0 Back  00 Home",)


def test_a_label_is_as_wide_as_it_is_sent() -> None:
    narrow = Limits(150, gsm7=True, label=10)
    assert pages("?", "……………", limits=narrow) == ("?\n1. ..........\n0 Back  00 Home",)
    assert pages("?", "€€€€€€", limits=narrow) == ("?\n1. €€€€..\n0 Back  00 Home",)
    assert pages("?", "👍👍👍 Tuungane", limits=narrow) == ("?\n1. Tuungane\n0 Back  00 Home",)


@pytest.mark.parametrize(
    ("length", "label"),
    [(20, "A"), (26, ""), (27, "A"), (60, "a label that does not fit beside its foot")],
)
def test_limits_that_cannot_hold_the_foot_and_one_option_are_refused(length: int, label: str) -> None:
    with pytest.raises(TooSmall):
        pages("a" * 200, label, limits=Limits(length, gsm7=True))


def test_a_page_without_room_for_a_character_of_two_septets_is_refused() -> None:
    foot = len("\n98 More  0 Back  00 Home")
    assert len(pages("€€€€€€€€€€", limits=Limits(foot + 2, gsm7=True))) == 6
    with pytest.raises(TooSmall):
        pages("€€€€€€€€€€", limits=Limits(foot + 1, gsm7=True))


def test_the_smallest_page_holds_one_option_and_the_foot() -> None:
    foot = "98 More  0 Back  00 Home"
    assert pages("[[", "A", "B", "C", limits=Limits(len(f"1. A\n{foot}"), gsm7=True)) == (
        f"[[\n{foot}",
        f"1. A\n{foot}",
        "2. B\n3. C\n0 Back  00 Home",
    )


@dataclass(frozen=True)
class Menu:
    body: str
    labels: Sequence[str]
    footer: str
    more: str
    limits: Limits


WORDS = (
    *("Save", "Balance", "group", "Tuungane", "mchango", "akiba", "ya", "prêt", "épargne", "reçu", "où", "êtes"),
    *("[fund]", "€5", "L’avoir", "👍", "村", "UGX\u00a05,000", "e\u0301", "…", "\n", "\n\n"),
    *("a" * 40, "œuvre{~}" * 22),
)


def menu(seed: int) -> Menu:
    """A random menu: short and long, with and without options, in several alphabets."""
    random = Random(seed)

    def words(most: int) -> str:
        return " ".join(random.choices(WORDS, k=random.randint(0, most)))

    return Menu(
        body=words(random.choice((4, 12, 60))),
        labels=[words(random.choice((2, 5, 12))).strip() for _ in range(random.choice((0, 1, 4, 14, 30)))],
        footer=random.choice(("", "0 Back  00 Home", "0 Retour  00 Début", "0 Rudi  00 Mwanzo")),
        more=random.choice(("98 More", "98 Suite", "98 Zaidi")),
        limits=Limits(random.randint(120, 184), gsm7=random.random() < 0.7, label=random.choice((20, 60))),
    )


@given(st.integers(0, 2**64))
def test_no_menu_loses_or_cuts_an_option(seed: int) -> None:
    """A hundred menus of a seed: to draw one costs more than to read it back."""
    for number in range(100):
        _nothing_is_lost_or_cut(menu(seed + number))


def _nothing_is_lost_or_cut(asked: Menu) -> None:
    """Read back from the pages alone: every option once, whole and in order, and every word before them."""
    send, measure = (fold, septets) if asked.limits.gsm7 else (str, len)
    length, foot, more = asked.limits.length or 0, send(asked.footer), send(asked.more)
    shown = paginate(asked.body, asked.labels, footer=asked.footer, more=asked.more, limits=asked.limits)

    assert all(measure(page) <= length for page in shown)
    way_on = f"\n{more}  {foot}" if foot else f"\n{more}"
    assert all(page.endswith(way_on) for page in shown[:-1])
    assert more not in shown[-1]
    assert shown[-1].endswith(foot)

    hint, last = "Où ?", len(shown) - 1
    for place in {0, last}:
        own_foot = foot if place == last else way_on.lstrip("\n")
        told = under(hint, shown[place], foot=own_foot, way_on=way_on.lstrip("\n"), limits=asked.limits)
        assert measure(told) <= length and told.startswith(send(hint)) and told.endswith((own_foot, way_on))

    texts = [*[page.removesuffix(way_on) for page in shown[:-1]], shown[-1].removesuffix(foot)]
    lines = "\n".join(texts).removesuffix("\n" if foot else "").split("\n")
    first_option = len(lines) - len(asked.labels)
    body, options = lines[:first_option], lines[first_option:]
    for number, (label, option) in enumerate(zip(asked.labels, options, strict=True), start=1):
        sent = send(label.replace("\n", " "))
        if measure(sent) > asked.limits.label:
            start = option.removeprefix(f"{number}. ").removesuffix("..")
            assert option == f"{number}. {start}.."
            assert sent.startswith(start)
            assert measure(start) + 2 <= asked.limits.label
            next_letter = re.compile(r"\s*\S").match(sent, len(start))
            assert next_letter is not None
            assert measure(sent[: next_letter.end()]) + 2 > asked.limits.label
        else:
            assert option == f"{number}. {sent}"

    assert "".join(" ".join(body).split()) == "".join(send(asked.body).split())
    words = {word for word in send(asked.body).split() if measure(word) <= length - measure(way_on)}
    assert words <= set(" ".join(body).split())
    for page, following in pairwise(shown):
        if (line := following.split("\n")[0]) in options:
            assert measure(page) + 1 + measure(line) > length, "an option that fits is on the page"
