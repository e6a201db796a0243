"""What shows who somebody is: a PIN, or a code that was sent to them."""

from typing import Any

from domain.people.chats import CODE_DIGITS, check_code
from domain.people.email import check_email_code
from domain.people.forgotten_pin import check_pin_code
from domain.people.pins import check_pin, hash_pin, same_pin
from domain.records.pin import Secret
from flows.engine.screen import Screen
from flows.engine.steps import Ask, Check, Invalid
from flows.words.texts import Label, t


def email_code(step: str, person: str, address: str, prompt: Label) -> Ask[bool]:
    """The code that was sent to an e-mail address."""

    def check(store: Any, secret: Secret) -> bool:
        """Raises as `check_email_code`."""
        check_email_code(store, person, address, secret)
        return True

    return (yield Check(step, Screen(prompt, kind="code"), _read_code, check))


def sent_code(step: str, address: str, number: str, prompt: Label) -> Ask[bool]:
    """The code that was sent to a number; it is a secret while it is good."""

    def check(store: Any, secret: Secret) -> bool:
        """Raises as `check_code`."""
        check_code(store, address, number, secret)
        return True

    return (yield Check(step, Screen(prompt, kind="code"), _read_code, check))


def pin_code(step: str, person: str, prompt: Label) -> Ask[bool]:
    """The code for a new PIN that was sent to a person's own phone."""

    def check(store: Any, secret: Secret) -> bool:
        """Raises as `check_pin_code`."""
        check_pin_code(store, person, secret)
        return True

    return (yield Check(step, Screen(prompt, kind="code"), _read_code, check))


def pin(step: str, person: str, prompt: Label, *, fresh: bool = False, opens: bool = False) -> Ask[int]:
    """
    The member's own PIN; the answer is when it was right, in seconds since the epoch.

    `fresh` where money leaves, or the PIN itself changes: one that was right a moment ago does not do. It stands
    behind what it confirms; before what it `opens`, use `unlock`.
    """

    def check(store: Any, secret: Secret) -> int:
        """Raises as `check_pin`."""
        check_pin(store, person, secret)
        return int(store.now().timestamp())

    return (
        yield Check(step, Screen(prompt, kind="pin"), _read_pin, check, lasting=not fresh, pin=True, opens=opens)
    )


def unlock(step: str, person: str, prompt: Label, *, fresh: bool = False) -> Ask[int]:
    """
    The same before what it opens: no money of a person is read without it (see `dialogue.read`).

    One that was right before in this conversation, or in this call, does; what is decided after it is confirmed by
    other means. `fresh` where money leaves.
    """
    return (yield from pin(step, person, prompt, fresh=fresh, opens=True))


def new_pin(step: str, prompt: Label, again: Label) -> Ask[str]:
    """A PIN chosen now and typed twice; the answer is its hash."""
    hashed, _ = yield from agreed_pin(step, prompt, again, 0)
    return hashed


def agreed_pin(step: str, prompt: Label, again: Label, words: int) -> Ask[tuple[str, int]]:
    """
    The same of somebody who agrees, by typing it `again`, to the words of a version that stand there. The answer
    is the hash and that version; 0 where they were asked in a version before, which had no such words.
    """
    hashed: str = yield Check(step, Screen(prompt, kind="pin"), _read_pin, hash_pin)

    def check(store: Any, secret: Secret) -> int:
        """Raises as `same_pin`."""
        same_pin(store, hashed, secret)
        return words

    screen = Screen(again, kind="pin", agrees=words > 0)
    agreed: int = yield Check(f"{step}_again", screen, _read_pin, check)
    return hashed, 0 if agreed is True else agreed


def _read_code(typed: str) -> Secret:
    digits = typed.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) == CODE_DIGITS):
        raise Invalid(t("The code has {count} digits.", count=CODE_DIGITS))
    return Secret(digits)


def _read_pin(typed: str) -> Secret:
    digits = typed.strip()
    if not (digits.isascii() and digits.isdigit() and 4 <= len(digits) <= 5):
        raise Invalid(t("A PIN is 4 or 5 digits."))
    return Secret(digits)
