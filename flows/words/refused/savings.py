"""Why savings, fines, the social fund, shares and dividends stay as they are."""

from collections.abc import Iterator, Mapping
from typing import Final

from domain.money import Money
from flows.words.refused.samples import CURRENCY, MOST, NAME
from flows.words.texts import Filled, Text, joined, t


def held_for_loans(pledged: Money, own: Money) -> Iterator[Text]:
    """What of a member's savings is not free."""
    if pledged:
        yield t("For loans of others: {amount}.", amount=pledged)
    if own:
        yield t("For your own loan: {amount}.", amount=own)


REFUSED: Final[Mapping[str, Text | Filled]] = {
    "above_the_fund": Filled(
        lambda most, currency: t("The social fund has {amount}. Ask for less.", amount=Money(most, currency)),
        {"most": MOST, "currency": CURRENCY},
    ),
    "already_fined": t("This member was already fined for this today."),
    "dividend_too_high": Filled(
        lambda gross, most, currency: t(
            "The dividend comes to {gross}, and the surplus is {most}. Declare a lower one.",
            gross=Money(gross, currency),
            most=Money(most, currency),
        ),
        {"gross": MOST, "most": MOST, "currency": CURRENCY},
    ),
    "fine_too_high": Filled(
        lambda most, currency: (
            t("At most {amount} can be fined so today.", amount=Money(most, currency))
            if most
            else t("No more can be fined so today, only what the rules list.")
        ),
        {"most": MOST, "currency": CURRENCY},
        {"most": 0, "currency": CURRENCY},
    ),
    "fines_changed": Filled(
        lambda fines, currency: t(
            "The fines have changed since: {fines} in all now. Close the meeting again.",
            fines=Money(fines, currency),
        ),
        {"fines": MOST, "currency": CURRENCY},
    ),
    "fine_not_due": t("This fine is paid, waived, or a payment of it is on its way."),
    "fine_open": Filled(
        lambda amount, currency: t("Fines of {amount} have to be paid first.", amount=Money(amount, currency)),
        {"amount": MOST, "currency": CURRENCY},
    ),
    "keeps_too_much": Filled(
        lambda most, currency: t("At most {amount} can be kept.", amount=Money(most, currency)),
        {"most": MOST, "currency": CURRENCY},
    ),
    "not_so_much": Filled(
        lambda most, currency, pledged=0, own=0: joined(
            " ",
            [
                t("At most {amount} can be taken out.", amount=Money(most, currency)),
                *held_for_loans(Money(pledged, currency), Money(own, currency)),
            ],
        ),
        {"most": MOST, "currency": CURRENCY, "pledged": MOST, "own": MOST},
        {"most": MOST, "currency": CURRENCY},
    ),
    "not_so_much_credit": Filled(
        lambda most, currency: t("Your credit is {amount}.", amount=Money(most, currency)),
        {"most": MOST, "currency": CURRENCY},
    ),
    "no_shares": Filled(
        lambda group="": (
            t("{group} saves without shares: there is no share-out.", group=group)
            if group
            else t("This group has no shares to be shared out.")
        ),
        {"group": NAME},
        {},
    ),
    "no_such_fine": t("The rules of the group have no fine for this."),
    "not_shared_out": Filled(
        lambda group="": (
            t("{group} begins a new cycle when its share-out is decided and paid.", group=group)
            if group
            else t("The cycle goes on until its share-out is decided and paid.")
        ),
        {"group": NAME},
        {},
    ),
    "nothing_to_share": Filled(
        lambda group="": (
            t("{group} has nothing to share out: no money, or no shares.", group=group)
            if group
            else t("There is nothing to share out.")
        ),
        {"group": NAME},
        {},
    ),
    "savings_too_low": Filled(
        lambda free, currency, pledged=0, own=0: joined(
            " ",
            [
                t("Too much. Only {amount} can be used.", amount=Money(free, currency)),
                *held_for_loans(Money(pledged, currency), Money(own, currency)),
            ],
        ),
        {"free": MOST, "currency": CURRENCY, "pledged": MOST, "own": MOST},
        {"free": MOST, "currency": CURRENCY},
    ),
    "savings_stand_for_loan": Filled(
        lambda name, ref: t(
            "These savings guarantee loan {ref} of {name}. They stay until it is paid back.", name=name, ref=ref
        ),
        {"name": NAME, "ref": "LWWWWWW"},
    ),
    "year_declared": Filled(
        lambda year=0: (
            t("The dividend of {year} was decided on already.", year=str(year))
            if year
            else t("The dividend of this year was decided on already.")
        ),
        {"year": 2026},
        {"year": 0},
    ),
    "year_not_over": t("This year is not over, or the group had not started yet."),
}
