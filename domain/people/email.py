"""
An officer's e-mail address: whose it is, is proved by a code that is sent there.

It is the person's own, whoever else has their phone. What they ask for where no file can go is sent to it, and the
daily digest too when they want that; receipts go where they always did.
"""

import re
from dataclasses import dataclass
from typing import Final

from domain.commands import handles
from domain.errors import DomainError
from domain.people.chats import CodeExpired, check_code, new_code, newest_code
from domain.people.limits import (
    CODES_BY_EMAIL_OF_MEMBER,
    CODES_BY_EMAIL_OF_MEMBER_DAY,
    CODES_TO_EMAIL_DAY,
    take,
)
from domain.records.notice import CODES
from domain.records.person import OFFICERS, NotAllowed
from domain.records.pin import Secret
from domain.store import Store
from domain.tell import tell, tell_by_email

EMAIL_LENGTH_MAX: Final = 64
EMAIL_CODE_VALID: Final = CODES["email_code"]
# Less than the standard allows, and what providers give: signs that every phone can type and show.
_EMAIL: Final = re.compile(
    r"[a-z0-9_%+'-]+(\.[a-z0-9_%+'-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.ASCII
)


class NoEmail(DomainError):
    """E-mail is not switched on, or is not for them: it is for officers."""

    code = "no_email"


@dataclass(frozen=True, slots=True)
class SendEmailCode:
    """Send a code to an address that an officer says is theirs."""

    person: str
    email: str


@dataclass(frozen=True, slots=True)
class SetEmail:
    """They typed the code: from now on it is theirs. `digest` when the daily digest is to go there too."""

    person: str
    email: str
    digest: bool


@dataclass(frozen=True, slots=True)
class RemoveEmail:
    person: str


@dataclass(frozen=True, slots=True)
class ChooseDigest:
    """Whether the daily digest goes to their e-mail too."""

    person: str
    by_email: bool


def normal_email(typed: str) -> str | None:
    """An address as we keep it, in small letters; None for what is none."""
    line = typed.strip().lower()
    return line if len(line) <= EMAIL_LENGTH_MAX and _EMAIL.fullmatch(line) else None


@handles(SendEmailCode)
def send_email_code(tx: Store, command: SendEmailCode) -> None:
    """Raises NoEmail, TooManyCodes."""
    may_have_email(tx, command.person)
    take(
        tx,
        CODES_BY_EMAIL_OF_MEMBER.of(command.person),
        CODES_BY_EMAIL_OF_MEMBER_DAY.of(command.person),
        CODES_TO_EMAIL_DAY.of(command.email),
    )
    sent = new_code(tx, _of(command.person), command.email)
    tell_by_email(tx, command.person, command.email, "email_code", id=f"code:{sent.id}", code=sent.code)


def may_have_email(store: Store, person: str) -> None:
    """Whether this is an officer, and e-mail is sent here at all. Raises NoEmail."""
    if "email" not in store.offered.features:
        raise NoEmail
    if not store.memberships.count(person=person, status="active", role=list(OFFICERS)):
        raise NoEmail


def check_email_code(store: Store, person_id: str, email: str, typed: Secret) -> None:
    """Raises WrongCode, CodeExpired."""
    sent = check_code(store, _of(person_id), email, typed, EMAIL_CODE_VALID)
    store.codes.change(sent.id, proved=True)


@handles(SetEmail)
def set_email(tx: Store, command: SetEmail) -> None:
    """They hear of it. Raises NoEmail, and CodeExpired unless the newest code was typed rightly."""
    may_have_email(tx, command.person)
    sent = newest_code(tx, _of(command.person), command.email, EMAIL_CODE_VALID)
    if sent is None or not sent.proved:
        raise CodeExpired
    tx.codes.change(sent.id, used=True)
    now = tx.now()
    tx.people.change(command.person, email=command.email, email_at=now, digest_by_email=command.digest)
    tell(tx, command.person, "email_set")


@handles(RemoveEmail, always=True)
def remove_email(tx: Store, command: RemoveEmail) -> None:
    tx.people.change(command.person, email="", email_at=None, digest_by_email=False)


@handles(ChooseDigest, always=True)
def choose_digest(tx: Store, command: ChooseDigest) -> None:
    """Raises NotAllowed when they have no address any more."""
    if command.by_email and not tx.people.get(command.person).email:
        raise NotAllowed(why="changed", group="")
    tx.people.change(command.person, digest_by_email=command.by_email)


def no_digest_by_email(store: Store, person: str) -> bool:
    """Who follows the link of a digest gets none by e-mail any more; whether there is such a person."""
    return store.people.change(person, digest_by_email=False) is not None


def _of(person: str) -> str:
    """What such a code proves is no chat: it is whose address it is."""
    return f"email:{person}"
