"""What a worker runs, by name. Arguments are ids only; each may run any number of times."""

from bot.app import current


def settle(ids: list[str]) -> None:
    """Bring payments a step further."""
    current().settle(ids)


def digest(ids: list[str]) -> None:
    """Tell officers what was paid out today."""
    current().digest(ids)


def expire(ids: list[str]) -> None:
    """Close requests that nobody decided in time."""
    current().expire(ids)


def expire_request(ids: list[str]) -> None:
    """Close requests for loans whose guarantors did not answer in time."""
    current().expire_request(ids)


def dividend(ids: list[str]) -> None:
    """Work out dividends, and credit members, part by part."""
    current().dividend(ids)


def deliver(ids: list[str]) -> None:
    """Send messages that wait."""
    current().deliver(ids)
