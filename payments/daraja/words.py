"""
Daraja's codes, and what each means to us.

Codes are compared as text: `0`, `"0"` and `SFC_IC0003` all come. What is not listed here decides nothing. Source:
Safaricom Daraja 3.0, "M-Pesa Express", "B2C", "Transaction Status"; what was only seen says so.
"""

from collections.abc import Mapping
from typing import Final

from domain.records.payment import FailureReason
from payments.answers import read_text

# About our token, with which nothing was looked at: which of them comes depends on the product.
BAD_TOKEN: Final = frozenset({"400.003.01", "401.002.01", "404.001.03"})

# Turned back at the gate, for the pace or the quota: the same request may be sent again later.
TOO_FAST: Final = frozenset({"500.003.02", "500.003.03"})

# Wrong requests, and an app that may not make them: nothing was created.
NOT_CREATED: Final = frozenset({"400.002.02", "401.003.01", "404.001.01", "404.002.01", "404.003.01", "405.001"})

# Two codes mean several things, and only the words beside them say which. These are compared from their beginning.
OVERLOADED: Final[Mapping[str, FailureReason]] = {
    "Unable to lock subscriber": "try_later",
    "Merchant does not exist": "not_possible",
    "Wrong credentials": "not_possible",
    "[MerchantValidate] - Wrong credentials": "not_possible",
}
EXPRESS_ERROR: Final = "500.001.1001"
INITIATOR_ERROR: Final = "500.002.1001"
DUPLICATE: Final = "Duplicate OriginatorConversationID"

# Of a request that was taken, and of a question that was heard.
TAKEN: Final = "0"

# How a prompt ended. 4999 is not documented (seen in the sandbox, 2026-09).
PAID: Final = "0"
IN_FLIGHT: Final = "4999"
PROMPT_FAILURES: Final[Mapping[str, FailureReason]] = {
    "1": "not_enough_money",
    "2": "limit_reached",
    "3": "limit_reached",
    "4": "limit_reached",
    "8": "limit_reached",
    "17": "try_later",
    "1019": "not_approved_in_time",
    "1025": "not_possible",
    "1032": "declined",
    "1037": "not_approved_in_time",
    "2001": "wrong_pin",
    "2028": "not_possible",
    "8006": "account_not_active",
    "SFC_IC0003": "not_possible",
}
# Only in the lists of others: believed when it is said twice.
PROMPT_FAILURES_REPEATED: Final[Mapping[str, FailureReason]] = {"1001": "try_later", "26": "try_later"}

# How a payout ended. 1, 11, 21, 2001 and 8006 are of our account and our user there, which the payee cannot help.
PAYOUT_FAILURES: Final[Mapping[str, FailureReason]] = {
    "1": "not_possible",
    "2": "limit_reached",
    "3": "limit_reached",
    "4": "limit_reached",
    "8": "limit_reached",
    "11": "not_possible",
    "21": "not_possible",
    "2001": "not_possible",
    "2006": "not_possible",
    "2028": "not_possible",
    "2040": "no_account",
    "8006": "not_possible",
    "SFC_IC0003": "not_possible",
}

# What Transaction Status says of a transaction, and that it knows none (seen for a receipt, 2026).
COMPLETED: Final = "Completed"
UNDER_WAY: Final = frozenset({"Authorized", "Initiated"})
ENDED_UNPAID: Final = frozenset({"Cancelled", "Declined", "Expired"})
NO_SUCH_TRANSACTION: Final = "2032"

# Addresses that were registered before: another one needs the old one deleted in the portal.
REGISTERED_BEFORE: Final = "500.003.1001"

# Of a reversal: it was made before. As good as made now.
ALREADY_REVERSED: Final = "R000001"


def code_of(value: object) -> str:
    """A code as text, also where it is a number; "" for what is none."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return read_text(text, r"[0-9A-Za-z_.]{1,32}")


def name_of(value: object) -> str:
    """Daraja's own name for a request, like "ws_CO_…" or "AG_…", which nobody else reads; "" when it is none."""
    return read_text(value, r"[0-9A-Za-z_.-]{1,64}")
