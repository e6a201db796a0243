"""The orders of a rotation, as they are chosen."""

from collections.abc import Mapping
from typing import Final

from domain.records.group import Order
from flows.words.texts import Text, t

ORDERS: Final[Mapping[Order, Text]] = {
    "fixed": t("By number"),
    "drawn": t("By lot"),
    "negotiated": t("As agreed"),
    "auction": t("By auction"),
}
