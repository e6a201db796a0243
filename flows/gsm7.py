"""
The GSM 7-bit alphabet (3GPP TS 23.038): how long a text is in it, and how to stay within it.

One character outside it makes a network send the whole screen as UCS-2, which halves what fits.
"""

import re
import unicodedata
from typing import Final

_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = "^{}\\[~]|€"

_OUTSIDE = re.compile(f"[^{re.escape(_BASIC + _EXTENSION)}]")
_TWO_SEPTETS = re.compile(f"[{re.escape(_EXTENSION)}]")
_SPACES = re.compile(r"  +")

# What looks alike in the alphabet, for characters that no decomposition brings there.
_PLAIN: Final = {
    "‘": "'", "’": "'", "‚": "'", "ʼ": "'", "′": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "…": "...", "•": "-", "·": "-",
    "œ": "oe", "Œ": "OE", "ı": "i", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ŋ": "ng", "Ŋ": "Ng", "ɛ": "e",
    "ɔ": "o", "ɓ": "b", "ɗ": "d", "Ɛ": "E", "Ɔ": "O", "Ɓ": "B", "Ɗ": "D", "`": "'", "\t": " ", "×": "x",
}  # fmt: skip


def septets(text: str) -> int:
    """The length of a folded text as a network counts it: the extension's characters take two."""
    return len(text) if text.isalnum() else len(text) + len(_TWO_SEPTETS.findall(text))


def fold(text: str) -> str:
    """
    The text in the GSM 7-bit alphabet. What is in it stays; ê becomes e, “ becomes ", œ becomes oe.

    A letter or number with nothing alike becomes "?", a symbol disappears, an emoji with one space beside it.
    """
    if _OUTSIDE.search(text) is None:
        return text
    folded = _OUTSIDE.sub(lambda match: _fold_one(match[0]), text)
    return _SPACES.sub(" ", folded) if "  " in folded and "  " not in text else folded


def _fold_one(char: str) -> str:
    if (plain := _PLAIN.get(char)) is not None:
        return plain
    if char.isspace():
        return " "
    for form in ("NFKD", "NFKC"):
        bare = "".join(c for c in unicodedata.normalize(form, char) if not unicodedata.combining(c))
        if bare and bare != char and _OUTSIDE.search(bare) is None:
            return bare
    return "?" if unicodedata.category(char)[0] in "LN" else ""
