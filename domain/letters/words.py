"""The words by which a letter is found: without capitals, accents and signs."""

import unicodedata
from typing import Final

WORD_LENGTH_MIN: Final = 3


def words_in(text: str) -> tuple[str, ...]:
    """Each word of three letters or more, once, in the order of the alphabet."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in plain if unicodedata.category(char)[0] != "M")
    spaced = "".join(char if char.isalnum() else " " for char in bare)
    return tuple(sorted({word for word in spaced.split() if len(word) >= WORD_LENGTH_MIN}))
