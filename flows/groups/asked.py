"""What is said when others have to agree."""

from flows.engine.screen import Screen, say
from flows.words.texts import nt


def officers_asked(needed: int) -> Screen:
    """So many of the other officers have to agree."""
    return say(
        nt(
            "Now {count} other officer must agree.",
            "Now {count} other officers must agree.",
            needed,
        )
    )


def others_asked(needed: int) -> Screen:
    """So many have to agree: of the other officers, or of the members where there is none."""
    return say(
        nt(
            "Now {count} more person must agree.",
            "Now {count} more people must agree.",
            needed,
        )
    )


def members_asked(needed: int) -> Screen:
    """So many of the members have to agree."""
    return say(
        nt(
            "Now {count} member must agree.",
            "Now {count} members must agree.",
            needed,
        )
    )
