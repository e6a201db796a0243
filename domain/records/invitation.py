"""An invitation: a token that lets one person into a group, once."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.errors import DomainError
from domain.records.phone import todays_form

VALID_FOR: Final = timedelta(days=14)
# Typed like the code of a group, which is shorter; so long that nobody guesses one of a million.
TOKEN_DIGITS: Final = 10


class InvitationUsed(DomainError):
    """Somebody was let in by it."""

    code = "invitation_used"


class InvitationExpired(DomainError):
    """It is too old, or who made it is no officer any more."""

    code = "invitation_expired"


class InvitationNotYours(DomainError):
    """It is for another phone number."""

    code = "invitation_not_yours"


@dataclass(frozen=True, slots=True)
class Invitation:
    """`id` is the token; `phone` is whom it is for, "" for whoever has it; `used_by` is a person."""

    id: str
    group: str
    by: str
    at: datetime
    phone: str = ""
    used_by: str = ""

    def check(self, phone: str, now: datetime) -> None:
        """Whether it lets in who has this number. Raises InvitationUsed, InvitationExpired, InvitationNotYours."""
        if self.phone and todays_form(self.phone) != phone:
            raise InvitationNotYours
        if self.used_by:
            raise InvitationUsed
        if now >= self.at + VALID_FOR:
            raise InvitationExpired


def new_token() -> str:
    """TOKEN_DIGITS digits, the first of them not 0."""
    least = 10 ** (TOKEN_DIGITS - 1)
    return str(least + secrets.randbelow(9 * least))
