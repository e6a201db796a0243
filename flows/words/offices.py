"""The offices of a group, in words that stand in a sentence."""

from collections.abc import Mapping
from typing import Final

from flows.words.texts import Text, t

OFFICES: Final[Mapping[str, Text]] = {
    "chairperson": t("chairperson"),
    "secretary": t("secretary"),
    "treasurer": t("treasurer"),
}
