"""What a loan is for, in words."""

from collections.abc import Mapping
from typing import Final

from domain.records.loan import LoanPurpose
from flows.words.texts import Text, t

LOAN_PURPOSES: Final[Mapping[LoanPurpose, Text]] = {
    "business": t("Business"),
    "school": t("School"),
    "health": t("Health"),
    "food": t("Food"),
    "home": t("Home"),
    "other": t("Something else"),
}
