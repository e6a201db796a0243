"""
Text in Arabic letters for a drawer that puts one letter after the other, from the left: joined, and turned round.

Unicode has each form of a letter as a character of its own, and says which letter and which form it is of: so this
needs no table. The order is what the bidirectional algorithm makes of it, which fpdf2 brings along.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

_FORMS: Final = (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFF00))
_LAM, _ALEFS = "\u0644", frozenset("\u0622\u0623\u0625\u0627")  # always written as one
_MARKS: Final = re.compile("([\u064b-\u065f\u0670]+)(.)")  # turned round, they stand before their letter
_FROM_THE_RIGHT: Final = frozenset({"R", "AL"})


def as_drawn(text: str) -> str:
    """The same text where no letter of it is written from the right."""
    if not any(unicodedata.bidirectional(char) in _FROM_THE_RIGHT for char in text):
        return text
    from fpdf.bidi import BidiParagraph
    from fpdf.enums import TextDirection

    drawn = BidiParagraph("".join(_joined(text)), base_direction=TextDirection.LTR).get_reordered_string()
    return _MARKS.sub(r"\2\1", drawn)


@cache
def _forms() -> Mapping[str, Mapping[str, str]]:
    """Of a letter, or of two that are written as one, its characters by their form: "isolated", "initial"."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for code in _FORMS:
        form, *letters = unicodedata.decomposition(chr(code)).split()[:3] or ("",)
        if form in ("<isolated>", "<initial>", "<medial>", "<final>") and len(letters) <= 2:
            of = "".join(chr(int(letter, 16)) for letter in letters)
            found[of].setdefault(form.strip("<>"), chr(code))
    return found


def _joined(text: str) -> Iterator[str]:
    """Each letter in the form that its neighbours give it; marks over and under letters stay where they are."""
    letters = [(place, char) for place, char in enumerate(text) if unicodedata.category(char) != "Mn"]
    before, skipped = False, -1
    for n, (place, char) in enumerate(letters):
        marks = text[place + 1 : letters[n + 1][0] if n + 1 < len(letters) else None]
        if place == skipped:
            yield marks
            continue
        after = letters[n + 1] if n + 1 < len(letters) else (-1, "")
        forms = _forms().get(char, {})
        if char == _LAM and after[1] in _ALEFS:
            forms, skipped = _forms()[char + after[1]], after[0]
        goes_on = "initial" in forms and "final" in _forms().get(after[1], {})
        form = ("medial" if goes_on else "final") if before else ("initial" if goes_on else "isolated")
        yield forms.get(form, char) + marks
        before = goes_on
