"""How much room a text takes on the radio."""

from typing import Final

# GSM 03.38: the default alphabet, and what its extension table adds at two places each.
BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED: Final = frozenset("\f^{}\\[~]|€")


def septets(text: str) -> int | None:
    """The places a text takes in the GSM 7-bit alphabet; None when a character of it has no place there."""
    if not BASIC.union(EXTENDED).issuperset(text):
        return None
    return len(text) + sum(char in EXTENDED for char in text)


def units(text: str) -> int:
    """The places a text takes in UCS-2: two for a character outside the basic plane."""
    return len(text.encode("utf-16-be")) // 2


def screen_places(text: str) -> int:
    """The places a text takes of a USSD screen, where UCS-2 halves the room."""
    places = septets(text)
    return units(text) * 2 if places is None else places


def sms_parts(text: str) -> int:
    """The parts a text is billed as: 160 GSM or 70 UCS-2 places in one, 153 or 67 in each of several."""
    places = septets(text)
    used, alone, each = (units(text), 70, 67) if places is None else (places, 160, 153)
    return 1 if used <= alone else -(-used // each)
