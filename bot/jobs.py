"""What a worker runs, by name. Arguments are ids only; each may run any number of times."""

from bot.app import current


def settle(ids: list[str]) -> None:
    """Bring payments a step further."""
    current().settle(ids)


def deliver(ids: list[str]) -> None:
    """Send messages that wait."""
    current().deliver(ids)
