"""Money as most tests have it."""

from domain.money import Money


def ugx(minor: int) -> Money:
    return Money(minor, "UGX")
