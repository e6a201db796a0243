"""What people agreed to about their data: to which words, when, on which way, and until when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from domain.records.person import Language

ConsentPurpose = Literal[
    "service",  # that their data is kept here at all; it ends when they are forgotten
    "figures",  # that the programme has their sex and year of birth
    "programme",  # that the programme has their name and phone
    "lender",  # that a lender has them
]
# What a member may agree to, and agree to no more, and stay a member.
FREE_PURPOSES: Final[tuple[ConsentPurpose, ...]] = ("figures", "programme", "lender")

# Of the words of all purposes, which stand in `flows/words/consents.py`: who changes them makes a new version.
CONSENT_VERSION: Final = 2


@dataclass(frozen=True, slots=True)
class Consent:
    """
    One time that a person agreed to something: a new one each time, so that what was before is known.

    `version` is that of the words they agreed to, in `language`. `channel` is where they did: a channel by its
    name, "phone" for a call or a text message, "operator" where they told whoever runs this, or "meeting" or
    "paper" where their group wrote it down; then `group` is that group.
    """

    id: str  # person:purpose:number
    person: str
    purpose: ConsentPurpose
    version: int
    language: Language
    channel: str
    given_at: datetime
    group: str = ""
    withdrawn_at: datetime | None = None
    withdrawn_on: str = ""  # the channel, as above

    @property
    def holds(self) -> bool:
        """Whether they still agree."""
        return self.withdrawn_at is None


def consent_id(person: str, purpose: ConsentPurpose, number: int) -> str:
    """The id of what they agree to for the nth time, from 1."""
    return f"{person}:{purpose}:{number}"
