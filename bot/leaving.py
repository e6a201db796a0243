"""The link under each daily e-mail, by which its reader gets no more of them: see `bot/mailing.py`."""

import hmac
from collections.abc import Callable


def leave_link(secret: str, public_url: str) -> Callable[[str], str]:
    """What gives the address of the page for a person's id."""
    return lambda person: f"{public_url}/mail/{person}/{signature_of(secret, person)}"


def signature_of(secret: str, person: str) -> str:
    """Only we can make it. It is good for ever: an e-mail is read when it is read."""
    return hmac.digest(secret.encode(), f"no mail to {person}".encode("utf-8", "replace"), "sha256").hex()
