"""
How often people may do what costs money or could be guessed: all these limits in one table.

They are counted in the store (`domain.store.Limits`), so for all processes together and over their restarts; a use
counts though what it was for is refused. What is written down itself is counted there, and its limit stands beside
its rule: tries of a code and of a PIN, invitations, payments.
"""

from datetime import timedelta
from math import ceil
from typing import Final

from domain.errors import DomainError
from domain.records.limit import Limit, Use
from domain.store import Store

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


class TooManyCodes(DomainError):
    """No more codes to this number, from this chat or by this officer, for some `minutes`."""

    code = "too_many_codes"


class TooManyTexts(DomainError):
    """So many codes and invitations were sent, in all or to a country, that none goes out for some `minutes`."""

    code = "too_many_texts"


class TooManyTries(DomainError):
    """Somebody typed too many wrong codes of groups; the next one after some `minutes`."""

    code = "too_many_tries"


class TooManyNewcomers(DomainError):
    """Nobody more can register in chats for some `minutes`; `dial` always works."""

    code = "too_many_newcomers"


class TooManyClosed(DomainError):
    """No more accounts can leave their number for some `minutes`."""

    code = "too_many_closed"


class TooManyPapers(DomainError):
    """No more statements and pictures to this person for some `minutes`."""

    code = "too_many_papers"


class TooManyFiles(DomainError):
    """No more sheets from this account or token, and no more exports for it, for some `minutes`."""

    code = "too_many_files"


class TooManyLetters(DomainError):
    """A member wrote as many letters in a day as they may; the next one after some `minutes`."""

    code = "too_many_letters"


# Codes that prove a number: to that number, and asked for in one chat.
CODES_TO_NUMBER: Final = Limit("codes_to_number_hour", 3, HOUR, TooManyCodes)
CODES_TO_NUMBER_DAY: Final = Limit("codes_to_number_day", 6, DAY, TooManyCodes)
CODES_FROM_CHAT: Final = Limit("codes_from_chat_hour", 3, HOUR, TooManyCodes)
CODES_FROM_CHAT_DAY: Final = Limit("codes_from_chat_day", 6, DAY, TooManyCodes)
# Codes for a new PIN: to one member, and started by one officer.
PIN_CODES_TO_MEMBER: Final = Limit("pin_codes_to_member_day", 3, DAY, TooManyCodes)
PIN_CODES_BY_OFFICER: Final = Limit("pin_codes_by_officer_day", 10, DAY, TooManyCodes)
# Codes that prove an e-mail address: to that address, and asked for by one member.
CODES_TO_EMAIL_DAY: Final = Limit("codes_to_email_day", 6, DAY, TooManyCodes)
CODES_BY_EMAIL_OF_MEMBER: Final = Limit("codes_by_email_of_member_hour", 3, HOUR, TooManyCodes)
CODES_BY_EMAIL_OF_MEMBER_DAY: Final = Limit("codes_by_email_of_member_day", 6, DAY, TooManyCodes)
# Text messages that somebody can have us send to any number: codes, and invitations.
TEXTS_TO_COUNTRY: Final = Limit("texts_to_country_hour", 300, HOUR, TooManyTexts)
TEXTS_TO_COUNTRY_DAY: Final = Limit("texts_to_country_day", 2_000, DAY, TooManyTexts)
TEXTS: Final = Limit("texts_hour", 600, HOUR, TooManyTexts)
TEXTS_DAY: Final = Limit("texts_day", 4_000, DAY, TooManyTexts)
# Invitations that officers of whatever groups send to one number.
INVITATIONS_TO_NUMBER: Final = Limit("invitations_to_number_day", 5, DAY, TooManyTexts)
# Codes of groups and invitations that one number types and that are wrong.
WRONG_GROUP_CODES: Final = Limit("wrong_group_codes_hour", 10, HOUR, TooManyTries)
# Codes of receipts, or amounts for them, that one member types and that are wrong.
WRONG_RECEIPT_CODES: Final = Limit("wrong_receipt_codes_hour", 10, HOUR, TooManyTries)
# People who register in chats: in one, and in all without an invitation.
NEWCOMERS_IN_CHAT: Final = Limit("newcomers_in_chat_day", 3, DAY, TooManyNewcomers)
NEWCOMERS: Final = Limit("newcomers_hour", 1_000, HOUR, TooManyNewcomers)
# Accounts that leave a number because it changed hands: one number's, and all.
NUMBERS_CLOSED_BY_PHONE: Final = Limit("numbers_closed_by_phone_day", 2, DAY, TooManyClosed)
NUMBERS_CLOSED: Final = Limit("numbers_closed_hour", 60, HOUR, TooManyClosed)
# Answers to STOP and START by text message: a machine at the other end may say it for ever.
ANSWERS_TO_STOP: Final = Limit("answers_to_stop_hour", 4, HOUR)
# Statements and pictures that one person has made and sent.
PAPERS: Final = Limit("papers_hour", 12, HOUR, TooManyPapers)
# Sheets by which groups move in that an account or a token sends, and files of figures that it asks for.
UPLOADS: Final = Limit("uploads_hour", 20, HOUR, TooManyFiles)
EXPORTS: Final = Limit("exports_hour", 30, HOUR, TooManyFiles)
# Receipts that are checked by somebody we do not know, and are wrong: from one client.
WRONG_RECEIPTS_SHOWN: Final = Limit("wrong_receipts_shown_hour", 20, HOUR, TooManyTries)
# What one member writes to groups, each letter to all who are in it.
LETTERS_DAY: Final = Limit("letters_day", 20, DAY, TooManyLetters)
# Codes to sign in with, on the web: to one number, from one address, to a country and in all. Whoever gets in with
# one is given back what it took of the number's hour and the address.
SIGN_IN_CODES_TO_NUMBER: Final = Limit("sign_in_codes_to_number_hour", 4, HOUR, TooManyCodes)
SIGN_IN_CODES_TO_NUMBER_DAY: Final = Limit("sign_in_codes_to_number_day", 20, DAY, TooManyCodes)
SIGN_IN_CODES_FROM_PLACE: Final = Limit("sign_in_codes_from_place_hour", 60, HOUR, TooManyCodes)
SIGN_IN_CODES_TO_COUNTRY: Final = Limit("sign_in_codes_to_country_hour", 600, HOUR, TooManyTexts)
SIGN_IN_CODES: Final = Limit("sign_in_codes_hour", 1_000, HOUR, TooManyTexts)
SIGN_IN_CODES_DAY: Final = Limit("sign_in_codes_day", 5_000, DAY, TooManyTexts)
# What is typed to sign in and is wrong, from one address: codes, and passwords.
SIGN_INS_FROM_PLACE: Final = Limit("sign_ins_from_place_hour", 120, HOUR, TooManyTries)
PASSWORDS_FROM_PLACE: Final = Limit("passwords_from_place_hour", 30, HOUR, TooManyTries)
# Tokens of the API that are not good, from one client.
BAD_TOKENS: Final = Limit("bad_tokens_hour", 20, HOUR)

LIMITS: Final = (
    CODES_TO_NUMBER,
    CODES_TO_NUMBER_DAY,
    CODES_FROM_CHAT,
    CODES_FROM_CHAT_DAY,
    PIN_CODES_TO_MEMBER,
    PIN_CODES_BY_OFFICER,
    CODES_TO_EMAIL_DAY,
    CODES_BY_EMAIL_OF_MEMBER,
    CODES_BY_EMAIL_OF_MEMBER_DAY,
    TEXTS_TO_COUNTRY,
    TEXTS_TO_COUNTRY_DAY,
    TEXTS,
    TEXTS_DAY,
    INVITATIONS_TO_NUMBER,
    WRONG_GROUP_CODES,
    WRONG_RECEIPT_CODES,
    NEWCOMERS_IN_CHAT,
    NEWCOMERS,
    NUMBERS_CLOSED_BY_PHONE,
    NUMBERS_CLOSED,
    ANSWERS_TO_STOP,
    PAPERS,
    UPLOADS,
    EXPORTS,
    WRONG_RECEIPTS_SHOWN,
    LETTERS_DAY,
    SIGN_IN_CODES_TO_NUMBER,
    SIGN_IN_CODES_TO_NUMBER_DAY,
    SIGN_IN_CODES_FROM_PLACE,
    SIGN_IN_CODES_TO_COUNTRY,
    SIGN_IN_CODES,
    SIGN_IN_CODES_DAY,
    SIGN_INS_FROM_PLACE,
    PASSWORDS_FROM_PLACE,
    BAD_TOKENS,
)


def texts_to(country: str) -> tuple[Use, ...]:
    """The uses of one more text message to a number of a country, "UG"."""
    return TEXTS_TO_COUNTRY.of(country), TEXTS_TO_COUNTRY_DAY.of(country), TEXTS.of(), TEXTS_DAY.of()


def take(store: Store, *uses: Use, **details: str) -> None:
    """
    Count some uses, the narrowest limit first: whoever has used up their own takes nothing from others.

    Raises the refusal of the first limit that is used up, with `details` beside its minutes; then none is counted.
    """
    reached = store.limits.take(*uses)
    if reached is None:
        return
    refusal = reached.limit.refusal
    assert refusal is not None, "what no member does is asked of the store itself"
    minutes = max(1, ceil((reached.until - store.now()) / timedelta(minutes=1)))
    raise refusal(minutes=minutes, **details)
