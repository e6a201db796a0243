"""Why a loan is not lent, guaranteed, paid or changed."""

from collections.abc import Callable, Mapping
from typing import Final

from domain.money import Money
from flows.words.refused.samples import CURRENCY, MOST, NAME
from flows.words.texts import Filled, Text, nt, t


def in_default(ref: str, days: int) -> Text:
    """Why nothing is free of who owes such a loan."""
    return nt(
        "Loan {ref} is {count} day late. Until it is cleared, all that you have here is kept for it.",
        "Loan {ref} is {count} days late. Until it is cleared, all that you have here is kept for it.",
        days,
        ref=ref,
    )


# Why a loan that was approved cannot be paid out.
_NO_LONGER: Final[Mapping[str, Callable[[Money, int], Text]]] = {
    "active": lambda most, count: t("Not paid out: the borrower is not an active member now."),
    "overdue": lambda most, count: nt(
        "Not paid out: {count} instalment of the borrower is late.",
        "Not paid out: {count} instalments of the borrower are late.",
        count,
    ),
    "savings": lambda most, count: t("Not paid out. With these savings the limit is now {limit}.", limit=most),
    "fund": lambda most, count: t("Not paid out. With the group's money the limit is now {limit}.", limit=most),
    "maximum": lambda most, count: t("Not paid out. With these rules the limit is now {limit}.", limit=most),
}

REFUSED: Final[Mapping[str, Text | Filled]] = {
    "bad_guarantor": t("A guarantor must be another active member of the group."),
    "bad_loan_request": t("The group does not lend this amount for so long. Try another."),
    "in_default": Filled(in_default, {"ref": "LWWWWWW", "days": 9_999}, {"ref": "LWWWWWW", "days": 1}),
    "loan_no_longer_holds": Filled(
        lambda rule, most, currency, count: _NO_LONGER[rule](Money(most, currency), count),
        *(
            {"rule": rule, "most": MOST, "currency": CURRENCY, "count": count}
            for rule in ("active", "overdue", "savings", "fund", "maximum")
            for count in (99, 1)
        ),
    ),
    "loan_open": Filled(
        lambda group="", ref="", left=0, currency="": (
            t("There is a loan asked for or not paid back. Clear it first.")
            if not ref
            else t(
                "{amount} of loan {ref} in {group} is not paid back. Clear it first.",
                amount=Money(left, currency),
                ref=ref,
                group=group,
            )
            if left
            else t("Loan {ref} in {group} is asked for. Cancel it first.", ref=ref, group=group)
        ),
        {},
        *({"group": NAME, "ref": "LWWWWWW", "left": left, "currency": CURRENCY} for left in (0, MOST)),
    ),
    "no_loans": Filled(
        lambda group="": (
            t("{group} does not lend. Its members change that under Our rules.", group=group)
            if group
            else t("This group does not lend.")
        ),
        {"group": NAME},
        {},
    ),
    "not_eligible": Filled(
        lambda most, currency: t(
            "The rules do not allow this loan. The limit is {amount}. Look at it again.",
            amount=Money(most, currency),
        ),
        {"most": MOST, "currency": CURRENCY},
    ),
    "not_in_default": Filled(
        lambda days, needed: nt(
            "It is {count} day late. Savings are taken for a loan after {needed} days.",
            "It is {count} days late. Savings are taken for a loan after {needed} days.",
            days,
            needed=needed,
        ),
        {"days": 89, "needed": 90},
        {"days": 1, "needed": 90},
    ),
    "nothing_prepared": t("This loan request is not there any more. Ask for the loan again."),
    "parts_left": Filled(
        lambda count: nt(
            "{count} member is still to get a part.", "{count} members are still to get a part.", count
        ),
        {"count": 450},
        {"count": 1},
    ),
    "stands_for_loan": Filled(
        lambda amount=0, currency="": (
            t(
                "{amount} of these savings guarantee another member's loan, until it is paid back.",
                amount=Money(amount, currency),
            )
            if amount
            else t("These savings guarantee another member's loan, until it is paid back.")
        ),
        {"amount": MOST, "currency": CURRENCY},
        {"amount": 0, "currency": ""},
    ),
}
