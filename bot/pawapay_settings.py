"""The settings of pawaPay: one account, whose networks and limits pawaPay says itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta

from bot.rail_settings import RailSettings
from bot.setting import Flag, Url, setting
from payments.pawapay import Now, Signer, Spelling, utc_now

HeaderToken = Annotated[
    str, Meta(pattern=r"^[!-~]+\Z", description="must be letters, digits and signs without spaces")
]
SignatureForm = Annotated[Spelling, Meta(description="must be one of der, raw")]


@dataclass(frozen=True, kw_only=True)
class PawapaySettings(RailSettings):
    """A part of `Settings`."""

    pawapay_api_url: Url = setting("pawaPay: the API's address", "https://api.sandbox.pawapay.io")
    pawapay_token: HeaderToken = setting("pawaPay: the API token of that address; empty: no pawaPay", secret=True)
    pawapay_callbacks_signed: Flag = setting(
        "pawaPay: whether it signs callbacks, as its dashboard says; one without a signature is then nobody's",
        False,
    )
    pawapay_signing_key: str = setting(
        "pawaPay: the private key that our requests are signed with, in one line of base64; empty: they are not",
        secret=True,
    )
    pawapay_signing_key_id: str = setting("pawaPay: the name that the public half has in its dashboard", "")
    pawapay_signature_form: SignatureForm = setting(
        "pawaPay: how a signature of ours is written, der as its samples do or raw as RFC 9421 says", "der"
    )

    @property
    def pawapay_ready(self) -> bool:
        """Whether pawaPay is switched on and has what it needs."""
        return "pawapay" in self.rails and bool(self.pawapay_token)

    def pawapay_signer(self, now: Now = utc_now) -> Signer | None:
        """What signs our requests, if anything does. Raises ValueError for a key that is none."""
        if not self.pawapay_signing_key:
            return None
        return Signer(self.pawapay_signing_key, self.pawapay_signing_key_id, self.pawapay_signature_form, now)


# All of them are set, or none.
PAWAPAY_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    "signing for pawaPay": ("pawapay_signing_key", "pawapay_signing_key_id"),
}


def wrong_pawapay(settings: PawapaySettings) -> dict[str, str]:
    """What is said of a signing key that is none."""
    try:
        settings.pawapay_signer()  # reads the key
    except ValueError:  # what it says may hold the key
        return {"pawapay_signing_key": "must be a private key on P-256 or P-384, or RSA, as base64 in one line"}
    return {}


def weak_pawapay_in_production(settings: PawapaySettings) -> dict[str, str]:
    """What is said of settings with which no real money moves."""
    if settings.pawapay_ready and "sandbox" in settings.pawapay_api_url:
        return {"pawapay_api_url": "must be https://api.pawapay.io in production: the sandbox moves no money"}
    return {}
