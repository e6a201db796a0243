"""What a leader may write to all in their own words."""

from typing import Final

from domain.errors import TryAgain
from domain.own_words import check_asks_nothing

WORDS_MAX: Final = 110  # letters: with who wrote it, one part of a text message


class TooManyWords(TryAgain):
    """A message to members is longer than `most` letters."""

    code = "too_many_words"


def check_words(words: str) -> None:
    """Raises TooManyWords, AsksForSecret, HasLink, HasDialled."""
    if len(words) > WORDS_MAX:
        raise TooManyWords(most=WORDS_MAX)
    check_asks_nothing(words)
