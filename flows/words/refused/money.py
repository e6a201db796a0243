"""Why money does not move: amounts, purses, and payments on their way."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from domain.books.accounts import Account
from domain.money import MINOR_MAX, Money
from flows.words.refused.samples import CURRENCY, MOST, NAME, PROVIDER
from flows.words.texts import Filled, Text, joined, nt, t

# What a purse has, when it is not enough.
_PURSES: Final[Mapping[str, Callable[[Money, Money], Text]]] = {
    Account.CASH_BOX: lambda there, needed: t(
        "The cash box has {there}, and {needed} is needed.", there=there, needed=needed
    ),
    Account.WALLET: lambda there, needed: t(
        "The group's mobile money is {there}, and {needed} is needed.", there=there, needed=needed
    ),
    Account.BANK: lambda there, needed: t(
        "The bank has {there}, and {needed} is needed.", there=there, needed=needed
    ),
    Account.SOCIAL_CASH: lambda there, needed: t(
        "The social fund's cash is {there}, and {needed} is needed.", there=there, needed=needed
    ),
    Account.SOCIAL_WALLET: lambda there, needed: t(
        "The social fund's mobile money is {there}, and {needed} is needed.", there=there, needed=needed
    ),
    Account.SOCIAL_FUND: lambda there, needed: t(
        "The social fund has {there}, and {needed} is needed.", there=there, needed=needed
    ),
    "": lambda there, needed: t(
        "The cash box and mobile money have {there}, and {needed} is needed.", there=there, needed=needed
    ),
}

REFUSED: Final[Mapping[str, Text | Filled]] = {
    "read_only": t("Just now you can only look. Nothing can be paid or changed. Please try again later."),
    "case_over": t("This payment has ended, or somebody said how it ended. Look at it again."),
    "provider_id_taken": t("Another payment has this transaction number: it was that money."),
    "difference_over": t("This is decided, or it is gone. Look at the list again."),
    "group_needed": t("Say in which group's book it belongs: type the group's number."),
    "nothing_to_book": t("Both sides have the same amount. Choose that there is nothing to book."),
    "same_operator": t("You said how it ended. Another operator must agree."),
    "asked_before": Filled(
        lambda minutes, ref, amount=0, currency="", at="", by="", waits=0: (
            _came_before(datetime.fromisoformat(at), Money(amount, currency), ref, by, waits=bool(waits))
            if at
            else nt(
                "You asked for the same {count} minute ago, ref {ref}.",
                "You asked for the same {count} minutes ago, ref {ref}.",
                minutes,
                ref=ref,
            )
        ),
        {"minutes": 10, "ref": "CWWWWWW"},
        {"minutes": 1, "ref": "CWWWWWW"},
        *(
            {"minutes": 9, "ref": "CWWWWWW", "at": "2026-09-28T23:59"}
            | {"amount": MOST, "currency": CURRENCY, "by": by, "waits": waits}
            for by, waits in ((NAME, 0), ("", 1), ("", 0))
        ),
    ),
    "insufficient_funds": Filled(
        lambda account, short, there=0, currency="": (
            _not_enough(account, Money(there, currency), Money(there + short, currency))
            if currency
            else t("There is not enough money for that in the group's cash or mobile money.")
        ),
        *(
            {"account": account, "short": MINOR_MAX - 1, "there": there, "currency": CURRENCY}
            for account in _PURSES
            for there in (1, 0)
        ),
        {"account": Account.CASH_BOX, "short": 1},
    ),
    "more_than_there": Filled(
        lambda most, currency: t("At most {most}.", most=Money(most, currency)),
        {"most": MOST, "currency": CURRENCY},
    ),
    "amount_too_large": Filled(
        lambda most, currency: t("At most {most}.", most=Money(most, currency)),
        {"most": MINOR_MAX, "currency": CURRENCY},
    ),
    "invalid_amount": t("Please type the amount in digits only."),
    "ambiguous_amount": Filled(
        lambda one, other, currency: t(
            "{one} or {other}? Please type it in digits only.",
            one=Money(one, currency),
            other=Money(other, currency),
        ),
        {"one": MOST, "other": MOST, "currency": CURRENCY},
    ),
    "too_little": Filled(
        lambda least, currency: t("The smallest amount is {amount}.", amount=Money(least, currency)),
        {"least": MOST, "currency": CURRENCY},
    ),
    "other_currency": Filled(
        lambda currency, other: t(
            "The group counts in {currency}, not in {other}. Please type the amount in digits only.",
            currency=currency,
            other=other,
        ),
        {"currency": CURRENCY, "other": "SHILLING"},
    ),
    "not_in_coins": Filled(
        lambda below, above, currency: (
            t(
                "The coins of the group do not make this amount. Take {below} or {above}.",
                below=Money(below, currency),
                above=Money(above, currency),
            )
            if below
            else t("The smallest amount is {amount}.", amount=Money(above, currency))
        ),
        {"below": MOST, "above": MOST, "currency": CURRENCY},
        {"below": 0, "above": 25, "currency": CURRENCY},
    ),
    "money_on_its_way": Filled(
        lambda group="", ref="": (
            t("Payment {ref} in {group} is on its way. Try again when it has arrived.", ref=ref, group=group)
            if ref
            else t("Mobile money of {group} is on its way. Try again when it has arrived.", group=group)
            if group
            else t("Mobile money is still on its way. Try again when it has arrived.")
        ),
        {"group": NAME, "ref": "PWWWWWW"},
        {"group": NAME},
        {},
    ),
    "too_many_payments": Filled(
        lambda most: t("That is {most} payments in an hour. Please wait a little.", most=most), {"most": 6}
    ),
    "too_much": Filled(
        lambda most, currency: (
            t("You can put in at most {amount} for this meeting.", amount=Money(most, currency))
            if most
            else t("You have put in all you can for this meeting. Well done!")
        ),
        {"most": MOST, "currency": CURRENCY},
        {"most": 0, "currency": CURRENCY},
    ),
    "payout_cap": Filled(
        lambda left, currency: t(
            "The group can send {amount} more today. Try a smaller amount, or tomorrow.",
            amount=Money(left, currency),
        ),
        {"left": MOST, "currency": CURRENCY},
    ),
    "not_collected": t("Mobile money cannot take money from your number. Please pay at the meeting."),
    "not_payable": t("Mobile money cannot pay this number. It has to be cash."),
    "not_carried": Filled(
        lambda provider, why, below, above, currency: _not_carried(
            provider, why, Money(below, currency), Money(above, currency)
        ),
        *(
            {"provider": PROVIDER, "why": why, "below": below, "above": above, "currency": CURRENCY}
            for why, below, above in (
                ("whole", MOST, MOST),
                ("whole", MOST, 0),
                ("least", 0, MOST),
                ("most", MOST, 0),
            )
        ),
    ),
    "nothing_owed": Filled(
        lambda ref="": t("Nothing is owed on loan {ref}.", ref=ref) if ref else t("Nothing is owed on this loan."),
        {"ref": "L7K2MQX"},
        {"ref": ""},
    ),
    "more_than_due": Filled(
        lambda most, currency: (
            t("At most {amount} of it is due on this loan.", amount=Money(most, currency))
            if most
            else t("Nothing of it is due on this loan.")
        ),
        {"most": MOST, "currency": CURRENCY},
        {"most": 0, "currency": CURRENCY},
    ),
    "more_than_owed": Filled(
        lambda most, currency: (
            t("At most {amount} can be paid on this loan now.", amount=Money(most, currency))
            if most
            else t("All of it is already being paid.")
        ),
        {"most": MOST, "currency": CURRENCY},
        {"most": 0, "currency": CURRENCY},
    ),
    "moved_by_provider": t(
        "Mobile money that was paid is not cancelled. Under Cash records it can become the member's credit."
    ),
    "line_not_due": t("This part is paid already, or on its way."),
    "no_such_receipt": t("This group has given out no receipt with this code and this amount."),
    "no_such_period": t("The last day is before the first. Choose Full statement again."),
}


def _came_before(at: datetime, amount: Money, ref: str, by: str, *, waits: bool) -> Text:
    """How and when the same money came, or was asked for."""
    when = {"amount": amount, "day": at.date(), "time": f"{at:%H:%M}"}
    if by:
        return t("{amount} was written down on {day} at {time} by {officer}.", officer=by, **when)
    if waits:
        return t(
            "{amount} by mobile money, asked on {day} at {time}, is waiting for approval. Ref {ref}.",
            ref=ref,
            **when,
        )
    return t("{amount} came by mobile money on {day} at {time}. Ref {ref}.", ref=ref, **when)


def _not_carried(provider: str, why: str, below: Money, above: Money) -> Text:
    """What can be paid with a provider instead."""
    if why == "least":
        return t("With {provider} at least {amount} can be paid.", provider=provider, amount=above)
    if why == "most":
        return t("With {provider} at most {amount} can be paid at a time.", provider=provider, amount=below)
    if not above:
        return t("With {provider} whole amounts can be paid, like {below}.", provider=provider, below=below)
    return t(
        "With {provider} only whole amounts can be paid: {below} or {above}.",
        provider=provider,
        below=below,
        above=above,
    )


def _not_enough(account: str, there: Money, needed: Money) -> Text:
    """What there is and what is needed; and the other ways there are, where it is the group's own."""
    said = _PURSES[account](there, needed)
    if account in (Account.CASH_BOX, Account.WALLET, Account.BANK):
        return joined(" ", [said, t("Pay another way, or move money in Our book.")])
    return said
