"""
What nobody writes to others through us, in their own words.

A message that comes from us is believed: so nobody can have us ask for a PIN, show a link, or give a code to dial,
by which money leaves a phone. Whoever has taken a member's phone, or a leader's, cannot either.
"""

import re
import unicodedata

from domain.errors import TryAgain

# P.I.N. too; and what a PIN is called by people.
_SECRET = re.compile(
    r"\bp\W?i\W?n\W?s?\b|\bpassword|\bpasscode|\botp\b|mots? de passe|codes? secret|nambari? ya siri|neno la siri|"
    r"\bnywila\b",
    re.IGNORECASE,
)
# An address, whatever it begins with: "bit.ly/x", "www.x.org", "https://…", "x.com". "3.5" and "Mr.Okot" are none.
_LINK = re.compile(
    r"https?:|www\.|\b[\w-]+\.[a-z]{2,6}/|\b[\w-]{2,}\.(?:com|net|org|info|app|link|me|io|ly|ug|ke)\b", re.I
)
_DIALLED = re.compile(r"[*#]\s*\d")


class AsksForSecret(TryAgain):
    """A message to members speaks of a PIN or a password."""

    code = "asks_for_secret"


class HasLink(TryAgain):
    """A message to members has a link in it."""

    code = "has_link"


class HasDialled(TryAgain):
    """A message to members has a code to dial in it."""

    code = "has_dialled"


def check_asks_nothing(text: str) -> None:
    """Raises AsksForSecret, HasLink, HasDialled."""
    read = as_read(text)
    for pattern, refused in ((_SECRET, AsksForSecret), (_LINK, HasLink), (_DIALLED, HasDialled)):
        if pattern.search(read):
            raise refused


def as_read(text: str) -> str:
    """As it is read: full-width letters are letters, and what is not seen is not there."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
