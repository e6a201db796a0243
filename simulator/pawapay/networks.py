"""
The networks behind pawaPay that this stand-in has, what each takes, and what becomes of the sandbox's numbers.

Source: pawaPay Docs, "Providers", "Active configuration", "Provider availability", "Test numbers".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]

OPERATIONS: Final = ("DEPOSIT", "PAYOUT", "REFUND")
STATES: Final = ("OPERATIONAL", "DELAYED", "CLOSED")


@dataclass(frozen=True, slots=True)
class Network:
    """`decimals` of a deposit and of a payout; `starts`: what its numbers begin with after the country's."""

    name: str
    country: str
    calling: str
    currency: str
    decimals: tuple[int, int]
    starts: tuple[str, ...]
    auth: str = "PROVIDER_AUTH"

    def most_decimals(self, operation: str) -> int:
        return self.decimals[0 if operation == "DEPOSIT" else 1]


NETWORKS: Final = (
    Network("MTN_MOMO_CMR", "CMR", "237", "XAF", (0, 0), ("65", "67", "68")),
    Network("ORANGE_CMR", "CMR", "237", "XAF", (0, 0), ("69",)),
    Network("ORANGE_CIV", "CIV", "225", "XOF", (0, 0), ("07",)),
    Network("WAVE_CIV", "CIV", "225", "XOF", (0, 0), (), "REDIRECT_AUTH"),
    Network("VODACOM_MPESA_COD", "COD", "243", "CDF", (0, 0), ("81", "82", "83")),
    Network("VODACOM_MPESA_COD", "COD", "243", "USD", (2, 2), ("81", "82", "83")),
    Network("MTN_MOMO_GHA", "GHA", "233", "GHS", (2, 2), ("24", "54", "55", "59")),
    Network("MPESA_KEN", "KEN", "254", "KES", (0, 2), ("7", "1")),
    Network("AIRTEL_RWA", "RWA", "250", "RWF", (0, 0), ("72", "73")),
    Network("MTN_MOMO_RWA", "RWA", "250", "RWF", (0, 0), ("78", "79")),
    Network("AIRTEL_TZA", "TZA", "255", "TZS", (2, 2), ("68", "69", "78")),
    Network("VODACOM_TZA", "TZA", "255", "TZS", (0, 0), ("74", "75", "76")),
    Network("AIRTEL_OAPI_UGA", "UGA", "256", "UGX", (0, 0), ("70", "74", "75")),
    Network("MTN_MOMO_UGA", "UGA", "256", "UGX", (2, 2), ("39", "76", "77", "78", "79")),
    Network("AIRTEL_OAPI_ZMB", "ZMB", "260", "ZMW", (2, 2), ("77", "97")),
    Network("MTN_MOMO_ZMB", "ZMB", "260", "ZMW", (2, 2), ("76", "96")),
)
LEAST, MOST = "1", "5000000"

# How the sandbox's numbers end, by their last three digits; those in none are for 789.
_DEPOSITS: Final = {
    "019": "PAYER_LIMIT_REACHED",
    "029": "PAYER_NOT_FOUND",
    "039": "PAYMENT_NOT_APPROVED",
    "049": "INSUFFICIENT_BALANCE",
    "059": "TRANSACTION_ALREADY_IN_PROCESS",
    "069": "UNSPECIFIED_FAILURE",
    "129": "",
    "789": "COMPLETED",
}
_PAYOUTS: Final = {
    "089": "RECIPIENT_NOT_FOUND",
    "099": "WALLET_LIMIT_REACHED",
    "109": "RECIPIENT_LIMIT_REACHED",
    "119": "UNSPECIFIED_FAILURE",
    "129": "",
    "789": "COMPLETED",
}
SANDBOX: Final[Mapping[str, Mapping[str, str]]] = {"DEPOSIT": _DEPOSITS, "PAYOUT": _PAYOUTS}
ENDS: Final = frozenset({*_DEPOSITS.values(), *_PAYOUTS.values(), "PAYMENT_IN_PROGRESS", "UNKNOWN_ERROR"} - {""})


def sandbox_end(operation: str, digits: str) -> str | None:
    """How a number of the sandbox ends: "" never, None for a number that is none of the sandbox's."""
    if digits[-6:-3] != "456":
        return None
    return "COMPLETED" if operation == "REFUND" else SANDBOX[operation].get(digits[-3:])


def network(name: str, currency: str) -> Network | None:
    return next((each for each in NETWORKS if (each.name, each.currency) == (name, currency)), None)


def named(name: str) -> bool:
    return any(each.name == name for each in NETWORKS)


def predicted(digits: str) -> Network | None:
    """The network of a number, as it begins."""
    for each in NETWORKS:
        if digits.startswith(tuple(f"{each.calling}{start}" for start in each.starts)):
            return each
    return None


def active_conf(
    callbacks: str, signed: bool, signed_only: bool, country: str | None, operation: str | None
) -> Json:
    """
    What is switched on for us, in one country and for one operation where they are named; `callbacks` begins the
    addresses of ours.
    """
    operations = [each for each in OPERATIONS if operation in (None, each)]
    return {
        "companyName": "Community Savings",
        "signatureConfiguration": {"signedRequestsOnly": signed_only, "signedCallbacks": signed},
        "countries": [
            {"country": code, "prefix": each[0].calling, "providers": [*_providers(each, callbacks, operations)]}
            for code, each in _by_country().items()
            if country in (None, code)
        ],
    }


def _providers(networks: Sequence[Network], callbacks: str, operations: Sequence[str]) -> Iterator[Json]:
    for name in dict.fromkeys(each.name for each in networks):
        yield {
            "provider": name,
            "displayName": name.split("_")[0].capitalize(),
            "nameDisplayedToCustomer": "COMMUNITY SAVINGS",
            "currencies": [
                {"currency": each.currency, "operationTypes": _terms(each, callbacks, operations)}
                for each in networks
                if each.name == name
            ],
        }


def _terms(each: Network, callbacks: str, operations: Sequence[str]) -> Json:
    terms: Json = {}
    for operation in operations:
        asked = {"authType": each.auth, "pinPrompt": "AUTOMATIC", "pinPromptRevivable": False}
        terms[operation] = (asked if operation == "DEPOSIT" else {}) | {
            "minAmount": LEAST,
            "maxAmount": MOST,
            "decimalsInAmount": "TWO_PLACES" if each.most_decimals(operation) else "NONE",
            "status": "OPERATIONAL",
            "callbackUrl": f"{callbacks}/{operation.lower()}s",
        }
    return terms


def availability(states: Mapping[str, str]) -> list[Json]:
    """What works; `states` has the networks of which something else is to be said."""
    return [
        {
            "country": code,
            "providers": [
                {
                    "provider": name,
                    "operationTypes": dict.fromkeys(OPERATIONS, states.get(name, "OPERATIONAL")),
                }
                for name in dict.fromkeys(each.name for each in networks)
            ],
        }
        for code, networks in _by_country().items()
    ]


def _by_country() -> Mapping[str, list[Network]]:
    countries: dict[str, list[Network]] = {}
    for each in NETWORKS:
        countries.setdefault(each.country, []).append(each)
    return countries
