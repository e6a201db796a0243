"""What is said when others have to agree."""

from flows.engine.screen import Screen, say
from flows.words.texts import nt


def officers_asked(needed: int) -> Screen:
    """So many of the other officers have to agree."""
    return say(
        nt(
            "The other officers are asked. {count} has to agree.",
            "The other officers are asked. {count} have to agree.",
            needed,
        )
    )


def others_asked(needed: int) -> Screen:
    """So many have to agree: of the other officers, or of the members where there is none."""
    return say(
        nt(
            "The others are asked. {count} has to agree.",
            "The others are asked. {count} have to agree.",
            needed,
        )
    )


def members_asked(needed: int) -> Screen:
    """So many of the members have to agree."""
    return say(
        nt(
            "The members are asked. {count} has to agree.",
            "The members are asked. {count} have to agree.",
            needed,
        )
    )
