"""
A tenth of the members who get no reminders, so that what these do can be seen: only where the operator wants that.

Who is in it is a matter of their id alone, so it is the same tenth on every day and in every process, and no
group, no officer and no member chose it.
"""

import hashlib
from typing import Final

ONE_IN: Final = 10


def is_held_out(person: str) -> bool:
    """Whether a person is one of the tenth."""
    return int.from_bytes(hashlib.sha256(f"reminders:{person}".encode()).digest()[:8]) % ONE_IN == 0
