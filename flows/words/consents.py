"""
What people agree to about their data: the very words. docs/privacy.md has them in each language, by version: who
changes them makes a new version, for those who agree from then on. Nobody is asked again.
"""

from collections.abc import Mapping
from typing import Final

from domain.records.consent import ConsentPurpose
from flows.words.texts import Text, t

CONSENTS: Final[Mapping[ConsentPurpose, Text]] = {
    "service": t("We keep your name, number and savings, so that your group can save here."),
    "figures": t("The programme that helps your group may have your sex and year of birth, for its figures."),
    "programme": t("The programme that helps your group may have your name and phone number."),
    "lender": t("A lender who wants to lend to your group may have your name and phone number."),
}
# The same in a line.
CONSENTS_IN_SHORT: Final[Mapping[ConsentPurpose, Text]] = {
    "service": t("Kept here"),
    "figures": t("Sex and age to programme"),
    "programme": t("Name, phone to programme"),
    "lender": t("Name, phone to lender"),
}
# Where they said it.
CONSENT_WAYS: Final[Mapping[str, Text]] = {
    "meeting": t("at a meeting"),
    "paper": t("on paper"),
    "phone": t("by phone"),
    "operator": t("told to who runs this"),
}
