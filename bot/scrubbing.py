"""What must stand in no log and in no report, and how it is taken out of a text."""

import re
from collections.abc import Iterable
from typing import Any, Final

from domain.records.api_token import API_TOKEN_START

# Not inside a word, where digits are part of an id, nor at the end of a uuid, one in three hundred of which ends
# in twelve of them; but "%2B" is a "+" in a form.
_IN_UUID: Final = r"(?<![0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-)"
_PHONE: Final = re.compile(rf"(?:(?<!\w){_IN_UUID}|(?<=%2B))\+?\d{{6,12}}(\d{{3}})(?!\w)")
# M-Pesa's own name for a prompt ends with the payer's number.
_PROMPT: Final = re.compile(r"\bws_CO_\d+(\d{3})\b")
# Whoever has the address of a file can read it, and whoever has that of a webhook can call it.
_ADDRESS: Final = re.compile(r"(/files/|/hooks/(?:at/[^/\s]+|(?!twilio/)[a-z_]+)/)[^/\s?]+")
# The address of one payment ends with a part that only we can make.
_MAC: Final = re.compile(r"(/hooks/[^\s?]+\.)[0-9a-f]{16}(?![0-9a-f])")
# The link under an e-mail names a person, and that on a paper a receipt.
_LINK: Final = re.compile(r"(/mail/|/check/)[^\s\"']+")
# What the store says of a document whose id is a person's, or has one in it.
_OF_PERSON: Final = re.compile(
    r"\b(people|memberships|referrals|referral_codes|addresses|codes) [\w:+@.-]*\d(?:[\w:+@.-]*\w)?"
)
# Of the API's clients: a machine's token, and a JWT.
_TOKEN: Final = re.compile(rf"(?<!\w)(?:{API_TOKEN_START}[\w-]{{12,}}|eyJ[\w-]+\.[\w-]+\.[\w-]*)")
# What an error says may be what somebody typed, and so a PIN: four digits or more that stand alone.
_TYPED: Final = re.compile(r"(?<![\w.:/-])\d{4,}(?![\w/-])")
# The same in an address that somebody made up.
_PART: Final = re.compile(r"(?<![\w.-])\d{4,}(?![\w-])")

_SECRET_LENGTH: Final = 12  # a shorter one, on a laptop, may be a word
_NOTHING: Final = re.compile(r"(?!)")


class _Hidden:
    """The secrets of this process, once it was set up."""

    secrets = _NOTHING


def hide(secrets: Iterable[str]) -> None:
    """From now on these stand in no text that is scrubbed."""
    found = sorted({each for each in secrets if len(each) >= _SECRET_LENGTH}, key=len, reverse=True)
    _Hidden.secrets = re.compile("|".join(map(re.escape, found))) if found else _NOTHING


def scrub(value: Any, *, people: bool = True) -> Any:
    """
    Text without whole phone numbers, tokens, what opens a file or a webhook, and the ids of people, at any depth.

    Where an operator has to find a document, the ids of `people` stay.
    """
    if isinstance(value, str):
        value = _TOKEN.sub("…", _Hidden.secrets.sub("…", value))
        value = _LINK.sub(r"\1…", _MAC.sub(r"\1…", _ADDRESS.sub(r"\1…", value)))
        if people:
            value = _OF_PERSON.sub(r"\1 …", value)
        return _PHONE.sub(r"…\1", _PROMPT.sub(r"ws_CO_…\1", value))
    if isinstance(value, dict):
        return {key: scrub(inner, people=people) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [scrub(inner, people=people) for inner in value]
    return value


def scrub_error(said: str) -> str:
    """What an error says: digits that stand alone are left out too."""
    return _TYPED.sub("…", scrub(said))


def scrub_path(path: str) -> str:
    """An address that somebody asked for: a part of it may be what they would have typed."""
    said: str = scrub(path)
    return _PART.sub("…", said)
