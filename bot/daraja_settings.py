"""The settings of M-Pesa: our app at Safaricom's Daraja, its shortcode, and in whose name money goes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.rail_settings import RailSettings
from bot.setting import ApiVersion, Flag, IpAddresses, Shortcode, Shortcodes, Url, setting
from bot.web_settings import WebSettings
from payments.daraja import Initiator

# Twelve that eight integrators list; one of them was seen calling (2026-09). Safaricom's pages do not list them.
DARAJA_CALLERS: Final = (
    *("196.201.214.200", "196.201.214.206", "196.201.214.207", "196.201.214.208", "196.201.213.44"),
    *("196.201.213.114", "196.201.212.69", "196.201.212.74", "196.201.212.127", "196.201.212.129"),
    *("196.201.212.136", "196.201.212.138"),
)
# No address that Daraja is given may have one of these in it.
DARAJA_FORBIDS: Final = ("mpesa", "m-pesa", "safaricom", "exe", "cmd", "sql", "query")


@dataclass(frozen=True, kw_only=True)
class DarajaSettings(RailSettings):
    """A part of `Settings`."""

    daraja_api_url: Url = setting("Safaricom Daraja: the API's address", "https://sandbox.safaricom.co.ke")
    daraja_consumer_key: str = setting("Safaricom Daraja: the app's consumer key; empty: no M-Pesa", secret=True)
    daraja_consumer_secret: str = setting("Safaricom Daraja: the app's consumer secret", secret=True)
    daraja_shortcode: Shortcode = setting(
        "Safaricom Daraja: the Paybill that members pay to; with a till, its store's number", ""
    )
    daraja_passkey: str = setting(
        "Safaricom Daraja: the passkey of M-Pesa Express for DARAJA_SHORTCODE", secret=True
    )
    daraja_till: Shortcode = setting("Safaricom Daraja: the till, where members buy goods; empty: a Paybill", "")
    daraja_other_shortcodes: Shortcodes = setting(
        "Safaricom Daraja: further numbers whose money is ours, like a head office's, with commas between them; "
        "empty: none",
        "",
    )
    daraja_paybill_version: ApiVersion = setting(
        "Safaricom Daraja: the version of C2B that the app has; 401.003.01 means the other one", "v2"
    )
    daraja_callers: IpAddresses = setting(
        "Safaricom Daraja: where it calls us from, with commas between; a call from elsewhere is warned of",
        ",".join(DARAJA_CALLERS),
    )
    daraja_asks_first: Flag = setting(
        "Safaricom Daraja: whether M-Pesa is asked about money that a call told of before a book has it, where "
        "there is an API user for DARAJA_SHORTCODE",
        True,
    )
    daraja_initiator: str = setting(
        "Safaricom Daraja: the API user in whose name money goes out; empty: groups pay out in cash only", ""
    )
    daraja_initiator_password: str = setting("Safaricom Daraja: the API user's password", secret=True)
    daraja_certificate: str = setting(
        "Safaricom Daraja: a file with Safaricom's certificate as PEM, which encrypts the password", ""
    )
    daraja_payout_shortcode: Shortcode = setting(
        "Safaricom Daraja: the shortcode that payouts come from; empty: DARAJA_SHORTCODE", ""
    )
    daraja_paybill_initiator: str = setting(
        "Safaricom Daraja: the API user of DARAJA_SHORTCODE, which asks what came and what its accounts hold; "
        "empty: DARAJA_INITIATOR, where payouts come from the same shortcode",
        "",
    )
    daraja_paybill_initiator_password: str = setting(
        "Safaricom Daraja: the password of DARAJA_PAYBILL_INITIATOR", secret=True
    )
    daraja_payout_consumer_key: str = setting(
        "Safaricom Daraja: the consumer key of another app for payouts; empty: the same app", secret=True
    )
    daraja_payout_consumer_secret: str = setting(
        "Safaricom Daraja: the consumer secret of another app for payouts", secret=True
    )

    @property
    def daraja_ready(self) -> bool:
        """Whether M-Pesa is switched on and has all it needs."""
        return "daraja" in self.rails and bool(self.daraja_consumer_key)

    @property
    def daraja_pays_out(self) -> bool:
        """Whether M-Pesa is switched on and groups can pay out by it."""
        return self.daraja_ready and bool(self.daraja_initiator)

    @property
    def daraja_callers_known(self) -> tuple[str, ...]:
        """Those in DARAJA_CALLERS."""
        return tuple(each.strip() for each in self.daraja_callers.split(","))

    @property
    def daraja_shortcodes(self) -> frozenset[str]:
        """The numbers whose money is ours."""
        others = (each.strip() for each in self.daraja_other_shortcodes.split(","))
        return frozenset((self.daraja_shortcode, self.daraja_till, *others)) - {""}

    @property
    def daraja_pays_out_of(self) -> str:
        """The shortcode that payouts come from."""
        return self.daraja_payout_shortcode or self.daraja_shortcode

    @property
    def daraja_user(self) -> Initiator | None:
        """In whose name money goes out. Raises OSError, ValueError for a file that holds no certificate."""
        if not self.daraja_pays_out:
            return None
        return self._user(self.daraja_initiator, self.daraja_initiator_password)

    @property
    def daraja_paybill_user(self) -> Initiator | None:
        """In whose name the Paybill is asked. Raises as `daraja_user`."""
        if self.daraja_ready and self.daraja_paybill_initiator:
            return self._user(self.daraja_paybill_initiator, self.daraja_paybill_initiator_password)
        return self.daraja_user if self.daraja_pays_out_of == self.daraja_shortcode else None

    def _user(self, name: str, password: str) -> Initiator:
        return Initiator(name, password, Path(self.daraja_certificate).read_bytes())


# All of them are set, or none.
DARAJA_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    "M-Pesa": ("daraja_consumer_key", "daraja_consumer_secret", "daraja_shortcode", "daraja_passkey"),
    "paying out by M-Pesa": ("daraja_initiator", "daraja_initiator_password"),
    "asking M-Pesa about the Paybill": ("daraja_paybill_initiator", "daraja_paybill_initiator_password"),
    "another app for payouts": ("daraja_payout_consumer_key", "daraja_payout_consumer_secret"),
}


def wrong_daraja(settings: DarajaSettings, web: WebSettings) -> dict[str, str]:
    """What is said of settings of M-Pesa that do not fit together, or not what Safaricom takes."""
    problems: dict[str, str] = {}
    has_user = bool(settings.daraja_initiator or settings.daraja_paybill_initiator)
    for name in ("daraja_consumer_key", "daraja_certificate"):
        if has_user and not getattr(settings, name):
            problems[name] = "an API user of M-Pesa needs it"
    if not settings.daraja_ready:
        return problems
    for name in ("public_url", "hook_secret"):
        found = [each for each in DARAJA_FORBIDS if each in getattr(web, name).lower()]
        if found:
            problems[name] = f"must not have {found[0]!r} in it: Safaricom takes no such address"
    if settings.daraja_certificate:
        try:
            settings._user("", "")  # reads the file
        except (OSError, ValueError) as wrong:
            problems["daraja_certificate"] = f"must be a file with Safaricom's certificate as PEM: {wrong}"
    return problems


def weak_daraja_in_production(settings: DarajaSettings) -> dict[str, str]:
    """What is said of settings with which no real money moves."""
    if settings.daraja_ready and "sandbox" in settings.daraja_api_url:
        return {"daraja_api_url": "must be the provider's address for production, and not that of the sandbox"}
    return {}
