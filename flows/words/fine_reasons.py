"""What a fine is for, in words that stand in a sentence."""

from collections.abc import Mapping
from typing import Final

from domain.records.group import FineReason
from flows.words.texts import Text, t

FINE_REASONS: Final[Mapping[FineReason, Text]] = {
    "absence": t("absence"),
    "late": t("coming late"),
    "late_contribution": t("saving late"),
    "disorder": t("disorder"),
    "other": t("breaking a rule"),
}
