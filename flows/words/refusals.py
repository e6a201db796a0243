"""
What a member hears when the rules say no: one sentence for each code of `domain/`. Those of each subject have a
file in `flows/words/refused/`.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from domain.errors import DomainError
from flows.words.refused import (
    access,
    broadcasts,
    decisions,
    groups,
    letters,
    loans,
    meetings,
    money,
    moving_in,
    people,
    rotation,
    savings,
)
from flows.words.texts import Filled, Text

_SENTENCES: Final[Mapping[str, Text | Filled]] = {
    **access.REFUSED,
    **money.REFUSED,
    **moving_in.REFUSED,
    **decisions.REFUSED,
    **groups.REFUSED,
    **letters.REFUSED,
    **meetings.REFUSED,
    **savings.REFUSED,
    **loans.REFUSED,
    **rotation.REFUSED,
    **people.REFUSED,
    **broadcasts.REFUSED,
}


def refusal(error: DomainError) -> Text:
    """The sentence for a refusal, its details filled in. Raises KeyError for a code without one."""
    return sentence_of(error.code, error.details)


def sentence_of(code: str, details: Mapping[str, str | int]) -> Text:
    """The same of a refusal that was written down."""
    sentence = _SENTENCES[code]
    return sentence if isinstance(sentence, Text) else sentence.say(**details)


def samples_of(kind: type[DomainError]) -> list[DomainError]:
    """Refusals of a kind, one for each sample of its sentence. Raises KeyError for a code without one."""
    sentence = _SENTENCES[kind.code]
    return [kind()] if isinstance(sentence, Text) else [kind(**details) for details in sentence.samples]


@cache
def every_refusal() -> tuple[DomainError, ...]:
    """Each that has a sentence here, once for each sample of it."""
    kinds = [kind for code, kind in DomainError.codes.items() if code in _SENTENCES]
    return tuple(error for kind in kinds for error in samples_of(kind))
