"""What an operator can switch on: without it, neither its conversations nor its rules are there."""

from typing import Final, Literal, get_args

Feature = Literal["letters", "referral", "email"]

FEATURES: Final[tuple[Feature, ...]] = get_args(Feature)
