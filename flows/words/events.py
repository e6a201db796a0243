"""What happens to a group's own money, in words."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from domain.groups.own_money import SWAPS, Event, Purse
from domain.money import Money
from flows.words.texts import Text, t

PURSES: Final[Mapping[Purse, Text]] = {
    "box": t("Cash box"),
    "wallet": t("Mobile money"),
    "bank": t("Bank"),
    "social_box": t("Social fund: cash"),
    "social_wallet": t("Social fund: mobile money"),
}
EVENTS: Final[Mapping[Event, Text]] = {
    "move": t("Move money"),
    "cost": t("A cost"),
    "income": t("Other income"),
    "fee": t("Mobile-money fee"),
    "borrowed": t("Loan to the group"),
    "paid_back": t("Pay that loan back"),
    "unknown": t("Unknown payer"),
    "known": t("Say whose it is"),
    "given_back": t("Give it back"),
    "less": t("Wallet has less"),
    "more": t("Wallet has more"),
}
# A wallet where several providers carry the group's mobile money.
_WALLETS: Final[Mapping[Purse, Callable[[str], Text]]] = {
    "wallet": lambda carrier: t("Mobile money, {provider}", provider=carrier),
    "social_wallet": lambda carrier: t("Social fund, {provider}", provider=carrier),
}
_SENTENCES: Final[Mapping[Event, Callable[..., Text]]] = {
    "move": lambda amount, purse, to: t("{amount}: {purse} > {to}", amount=amount, purse=purse, to=to),
    "cost": lambda amount, purse, to: t("A cost of {amount} from: {purse}", amount=amount, purse=purse),
    "income": lambda amount, purse, to: t("Other income of {amount} in: {purse}", amount=amount, purse=purse),
    "fee": lambda amount, purse, to: t("Mobile-money fee of {amount}", amount=amount),
    "borrowed": lambda amount, purse, to: t(
        "Lent to the group: {amount}, in: {purse}", amount=amount, purse=purse
    ),
    "paid_back": lambda amount, purse, to: t(
        "Paid back on the group's loan: {amount}, from: {purse}", amount=amount, purse=purse
    ),
    "unknown": lambda amount, purse, to: t(
        "{amount} came in, nobody knows whose. In: {purse}", amount=amount, purse=purse
    ),
    "given_back": lambda amount, purse, to: t(
        "Given back to the payer: {amount}, from: {purse}", amount=amount, purse=purse
    ),
    "less": lambda amount, purse, to: t("{amount} less than in our book. {purse}", amount=amount, purse=purse),
    "more": lambda amount, purse, to: t("{amount} more than in our book. {purse}", amount=amount, purse=purse),
}


def say_event(
    event: Event,
    amount: Money,
    purse: Purse = "box",
    to: Purse = "box",
    whose: str = "",
    carrier: str = "",
    **_: Any,
) -> Text:
    """What was entered, in a line; `carrier` is whose wallet it is, where there are several."""

    def at(place: Purse) -> Text:
        return _WALLETS[place](carrier) if carrier and place in _WALLETS else PURSES[place]

    if event == "move" and SWAPS.get(purse) == to:
        return t(
            "Swap {amount}: {purse} > {to}, as much back",
            amount=amount,
            purse=at(purse),
            to=at(to),
        )
    if event == "known":
        return t("The unknown {amount} is from {name}", amount=amount, name=whose)
    if event == "fee" and carrier:
        return t("Mobile-money fee of {amount}, {provider}", amount=amount, provider=carrier)
    return _SENTENCES[event](amount, at(purse), at(to) if to else "")
