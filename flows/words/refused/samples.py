"""The longest that details can be: sentences are measured with them."""

from typing import Final

from domain.money import MINOR_MAX
from domain.records.person import NAME_LENGTH_MAX

MOST: Final = MINOR_MAX
CURRENCY: Final = "XAF"  # an amount of so many digits is longest in French, with "FCFA" behind it
NAME: Final = "W" * NAME_LENGTH_MAX
PROVIDER: Final = "W" * 14  # as people call one
