"""What a member hears when the rules say no: one sentence for each code of `domain/`."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from domain.errors import DomainError
from domain.money import Money
from flows.texts import Text, nt, t

_SENTENCES: Final[Mapping[str, Callable[..., Text]]] = {
    "already_decided": lambda: t("Another officer has already answered this request."),
    "already_in_group": lambda group: t("You are in {group} already, or waiting to be let in.", group=group),
    "already_registered": lambda: t("This number is already registered. Please start again."),
    "code_expired": lambda: t("This code is too old, or was wrong too often. Please start again."),
    "insufficient_funds": lambda **_: t("There is not enough money for that."),
    "invalid_amount": lambda **_: t("Please type the amount in digits only."),
    "no_such_group": lambda: t("No group has this code. Ask your secretary for it, then try again."),
    "no_such_member": lambda: t("This number belongs to nobody here."),
    "not_allowed": lambda: t("You cannot do this in this group."),
    "pin_locked": lambda minutes: nt(
        "Too many wrong PINs. Try again in {count} minute.",
        "Too many wrong PINs. Try again in {count} minutes.",
        minutes,
    ),
    "pins_differ": lambda: t("The two PINs differ. Type it again, or 0 to choose another."),
    "too_many_codes": lambda most: t("We sent {most} codes already. Please wait an hour.", most=most),
    "too_many_payments": lambda most: t("That is {most} payments in an hour. Please wait a little.", most=most),
    "too_much": lambda most, currency: (
        t("You can put in at most {amount} for this meeting.", amount=Money(most, currency))
        if most
        else t("You have put in all you can for this meeting. Well done!")
    ),
    "weak_pin": lambda: t("Too easy to guess. Choose another PIN."),
    "wrong_code": lambda left: nt("Wrong code. {count} try left.", "Wrong code. {count} tries left.", left),
    "wrong_pin": lambda left: nt("Wrong PIN. {count} try left.", "Wrong PIN. {count} tries left.", left),
}


def refusal(error: DomainError) -> Text:
    """The sentence for a refusal, its numbers filled in. Raises KeyError for a code without one."""
    details: Mapping[str, Any] = error.details
    return _SENTENCES[error.code](**details)


def has_sentence(code: str) -> bool:
    """Whether a member would hear something for this code; a test asks for each."""
    return code in _SENTENCES
