"""Who is told what became of a proposal: each once, by what was done or by the outcome, never by both."""

from typing import Final

import pytest

from domain import tell
from domain.decisions.concluding import _CONCLUDERS, _TELLS
from domain.records.proposal import ProposalKind
from tests.rules_read import rules_in

_TELLERS: Final = {tell.tell, tell.tell_everywhere}
# Told by the receipt of the payment, which is written when the money has arrived.
_BY_RECEIPT: Final = {"withdrawal"}
# Told another thing, beside the outcome: what was taken of their savings, and that unknown money is theirs.
_ANOTHER_THING: Final = {"netting", "own_money"}


@pytest.mark.parametrize("kind", sorted(_CONCLUDERS))
def test_who_is_said_to_be_told_is_told_by_what_is_done(kind: ProposalKind) -> None:
    """Where it says so, the outcome is not told to them: what is done has to, or they hear nothing."""
    tells = bool(_TELLERS & rules_in(_CONCLUDERS[kind])) or kind in _BY_RECEIPT
    assert tells == (_TELLS[kind] != "nobody" or kind in _ANOTHER_THING)


def test_each_kind_says_whom_it_tells() -> None:
    assert _TELLS.keys() == _CONCLUDERS.keys()
