"""A provider failed us, or sent what cannot be read."""

from typing import Final

import requests
from urllib3.exceptions import NewConnectionError

# What a provider's own library raises of an answer in a shape that it does not know, as a proxy on the way may
# give one: it says of a message neither that it was taken nor that it was not.
UNREADABLE: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)


class ChannelError(Exception):
    """Root of what can go wrong between us and a provider of messages."""


class MalformedRequest(ChannelError):
    """A request that is not what the provider documents; it is answered with a 400."""


class SendFailed(ChannelError):
    """
    The provider did not take a message; `retryable` when it may the next time, `after_seconds` if it said so.

    `may_have_gone` when that is not known: its answer was lost, or it failed while it was at it.
    """

    def __init__(
        self,
        channel: str,
        detail: str,
        *,
        retryable: bool,
        after_seconds: float = 0,
        may_have_gone: bool = False,
    ) -> None:
        super().__init__(f"{channel}: {detail}")
        self.channel, self.retryable, self.after_seconds = channel, retryable, after_seconds
        self.may_have_gone = may_have_gone


class Unreachable(SendFailed):
    """
    The person does not take messages from us: they said STOP, blocked us, or the number is not in use there.

    This happens every day and is no error of anybody: another way is tried.
    """

    def __init__(self, channel: str, detail: str) -> None:
        super().__init__(channel, detail, retryable=False)


class Forged(ChannelError):
    """A request that its provider did not sign; it is answered with a 403."""


def never_left(failure: Exception) -> bool:
    """Whether nothing of a request was sent, since there was no connection to send it on."""
    if isinstance(failure, requests.ConnectTimeout):
        return True
    cause = failure.args[0] if isinstance(failure, requests.ConnectionError) and failure.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)
