"""Why a turn, a round or an order stays as it is."""

from collections.abc import Mapping
from typing import Final

from domain.money import Money
from flows.words.refused.samples import CURRENCY, MOST, NAME
from flows.words.texts import Filled, Text, t


def _say_round_paid(number: int = 0, early: int = 0) -> Text:
    if not number:  # one of before
        return t("This round is paid, or its meeting has not come yet.")
    if early:
        return t("The meeting of round {number} has not come yet.", number=number)
    return t("Round {number} is paid already.", number=number)


REFUSED: Final[Mapping[str, Text | Filled]] = {
    "bad_bid": Filled(
        lambda pot, unit, currency: t(
            "Bid less than the pot of {pot}, in steps of {unit}.",
            pot=Money(pot, currency),
            unit=Money(unit, currency),
        ),
        {"pot": MOST, "unit": 100, "currency": CURRENCY},
    ),
    "bad_order": t("Name each member once for each hand, 9 hands at most."),
    "no_rotation": Filled(
        lambda group="": (
            t("{group} has no order of its rotation yet. An officer sets it, under Rotation.", group=group)
            if group
            else t("The order of the rotation is not set yet. An officer sets it.")
        ),
        {"group": NAME},
        {},
    ),
    "nothing_in_pot": Filled(
        lambda number=0: (
            t("Nothing is in the pot of round {number} that can be paid now.", number=number)
            if number
            else t("Nothing is in the pot of this round that can be paid now.")
        ),
        {"number": 250},
        {"number": 0},
    ),
    "order_changed": t("Members or hands have changed since. Ask for the order again."),
    "order_fixed": Filled(
        lambda group="": (
            t("The rotation of {group} has begun: its order stays until every round is paid.", group=group)
            if group
            else t("The rotation has begun: its order stays until every round is paid.")
        ),
        {"group": NAME},
        {"group": ""},
    ),
    "rotation_open": Filled(
        lambda group="": (
            t("{group} has a rotation that is not over. Wait until all is paid out.", group=group)
            if group
            else t("The rotation is not over: not all that was put in was paid out.")
        ),
        {"group": NAME},
        {},
    ),
    "round_paid": Filled(
        _say_round_paid,
        {"number": 250, "early": 1},
        {"number": 250, "early": 0},
        {"number": 0},
    ),
    "turn_changed": t("It is another member's turn now. Please look at it again."),
}
