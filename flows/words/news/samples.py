"""What the words are filled with where they are measured, and in the examples that a channel asks for."""

from typing import Final

from domain.money import Money

AMOUNT, NOTHING = Money(1_250_000, "XAF"), Money(0, "XAF")
REF: Final = "C7K2MQX"
IN_GROUP: Final = {"group": "Njangi Solidarité"}
BY_NAME: Final = {"name": "Nakayiza Margaret"}
PAID: Final = {"amount": AMOUNT, **IN_GROUP}
REASON: Final = {"reason": "the box has too little cash now"}
DAY: Final = "2026-09-28"
