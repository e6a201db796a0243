"""
The GSM 7-bit alphabet (3GPP TS 23.038): how long a text is in it, and how to stay within it.

One character outside it makes a network send the whole screen as UCS-2, which halves what fits.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = "^{}\\[~]|€"

# Most texts match from end to end, and "*+" tells in half the time of a search for what does not.
_INSIDE = re.compile(f"[{re.escape(_BASIC + _EXTENSION)}]*+")
_OUTSIDE = re.compile(f"[^{re.escape(_BASIC + _EXTENSION)}]")
_ONE_SEPTET = re.compile(f"[{re.escape(_BASIC)}]*+")
_TWO_SEPTETS = re.compile(f"[{re.escape(_EXTENSION)}]")

# Stands where a character disappeared, until the spaces around it are one.
_GONE: Final = "\0"
_GAP = re.compile(f"(?<! ) *{_GONE}[ {_GONE}]*")

# What looks or sounds alike in the alphabet, for characters that no decomposition brings there.
_ALIKE: Final = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "ʼ": "'", "ʻ": "'", "′": "'", "´": "'", "`": "'", "‹": "'",
    "›": "'", "“": '"', "”": '"', "„": '"', "″": '"', "«": '"', "»": '"', "…": "...", "•": "-", "·": "-",
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
    "×": "x", "÷": "/", "⁄": "/", "≤": "<=", "≥": ">=", "≠": "<>", "₦": "N", "₵": "C", "،": ",", "؟": "?",
    "œ": "oe", "Œ": "OE", "ı": "i", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d",
    "ŋ": "ng", "ɲ": "ny", "ɛ": "e", "ɔ": "o", "ɓ": "b", "ɖ": "d", "ɗ": "d", "ƒ": "f", "ɣ": "g", "ƙ": "k", "ʋ": "v",
    "Ŋ": "Ng", "Ɲ": "Ny", "Ɛ": "E", "Ɔ": "O", "Ɓ": "B", "Ɖ": "D", "Ɗ": "D", "Ƒ": "F", "Ɣ": "G", "Ƙ": "K", "Ʋ": "V",
    "ƴ": "y", "Ƴ": "Y", "þ": "th", "Þ": "Th", "ẞ": "SS",
}  # fmt: skip


def septets(text: str) -> int:
    """The length of a folded text as a network counts it: the extension's characters take two."""
    if _ONE_SEPTET.fullmatch(text):
        return len(text)
    return len(text) + len(_TWO_SEPTETS.findall(text))


def fold(text: str) -> str:
    """
    The text in the GSM 7-bit alphabet. What is in it stays; ê becomes e, “ becomes ", œ becomes oe.

    A letter or number with nothing alike becomes "?". A symbol disappears, an emoji with the space it leaves
    over. Lines stay lines, each folded as it would be alone.
    """
    if _INSIDE.fullmatch(text):
        return text
    # A phone may send é as two characters, and é has a place in the alphabet that e and an accent have not.
    composed = unicodedata.normalize("NFC", text)
    folded = _OUTSIDE.sub(lambda match: _alike(match[0]), composed)
    return _GAP.sub(_closed, folded) if _GONE in folded else folded


def can_be_shown(text: str) -> bool:
    """Whether every letter has something alike in the alphabet; what has not is shown as "?"."""
    return fold(text).count("?") == text.count("?")


# A language has few characters outside, and a screen meets the same ones again and again.
@lru_cache(maxsize=1024)
def _alike(char: str) -> str:
    if (alike := _ALIKE.get(char)) is not None:
        return alike
    if char.isspace():
        return " "
    bare = [c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c)[0] != "M"]
    alike = "".join([_ALIKE.get(c, c) for c in bare])
    if alike and _INSIDE.fullmatch(alike):
        return alike
    return "?" if unicodedata.category(char)[0] in "LN" else _GONE


def _closed(gap: re.Match[str]) -> str:
    """One space between words, none inside a word or at either end of a line."""
    before, after = gap.string[max(gap.start() - 1, 0) : gap.start()], gap.string[gap.end() : gap.end() + 1]
    return " " if " " in gap[0] and before.strip() and after.strip() else ""
