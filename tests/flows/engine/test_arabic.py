"""Arabic letters for paper: joined as they are written, and in the order in which they are drawn."""

import pytest

from flows.engine.arabic import as_drawn


@pytest.mark.parametrize(
    ("said", "drawn"),
    [
        ("Akello Grace", "Akello Grace"),
        ("عبد", "\ufeaa\ufe92\ufecb"),  # initial, medial, final, from the right
        ("لا", "\ufefb"),  # two letters, always one
        ("سلام", "\ufee1\ufefc\ufeb3"),
        ("دار", "\ufead\ufe8d\ufea9"),  # none of them joins the next one
        ("بِنت", "\ufe96\ufee8\ufe91\u0650"),  # a mark joins nothing and parts nothing
        ("Fatou بن 12", "Fatou 12 \ufee6\ufe91"),
        ("", ""),
    ],
)
def test_letters_join_and_turn_round(said: str, drawn: str) -> None:
    assert as_drawn(said) == drawn
