"""What a payment was for, in words that stand in a list."""

from collections.abc import Mapping
from typing import Final

from domain.records.payment import Purpose
from flows.words.texts import Text, t

PURPOSES: Final[Mapping[Purpose, Text]] = {
    "contribution": t("savings"),
    "share_capital": t("share capital"),
    "repayment": t("repayment"),
    "fine": t("fine"),
    "credit": t("credit"),
    "loan": t("loan"),
    "grant": t("social fund"),
    "share_out": t("share-out"),
    "rotation": t("rotation"),
    "withdrawal": t("withdrawal"),
    "exit": t("settlement"),
}
