"""Values that must not get out, and who in the village has them."""

from collections.abc import Mapping
from typing import Any, Final

from werkzeug.test import Client

from bot.app import App
from tests.leaks import leaked
from tests.web import wsgi

PIN, NEW_PIN, WRONG_PIN, MOMO_PIN, OFFICER_PIN = "73519", "84620", "95731", "61937", "38402"
APIO, NEWCOMER, NOBODY, OFFICER = "+256772913457", "+256772913468", "+256772913479", "+256772913480"

TOKENS: Final[Mapping[str, str]] = {
    "session_secret": "canary-session-0123456789abcdef0123456789",
    "pin_pepper": "canary-pepper-0123456789abcdef0123456789",
    "jwt_secret": "canary-jwt-0123456789abcdef0123456789abcd",
    "hook_secret": "canaryHook7ZqW",
    "at_api_key": "canary-at-key",
    "twilio_auth_token": "c0ffee00c0ffee00c0ffee00c0ffee00",
    "twilio_signing_key": "canary-signing-key",
    "telegram_bot_token": "987654321:canary-telegram",
    "momo_subscription_key": "canary-momo-subscription",
    "momo_api_key": "canary-momo-key",
    "momo_disbursement_subscription_key": "canary-disbursement-subscription",
    "momo_disbursement_api_key": "canary-disbursement-key",
}
SECRETS: Final[Mapping[str, str]] = {
    "PIN": PIN,
    "new PIN": NEW_PIN,
    "wrong PIN": WRONG_PIN,
    "mobile-money PIN": MOMO_PIN,
    "officer's PIN": OFFICER_PIN,
}
PHONES: Final = (APIO, NEWCOMER, NOBODY, OFFICER)
_NAMES: Final = {
    **{value: name for name, value in {**SECRETS, **TOKENS}.items()},
    **{phone.removeprefix("+"): f"phone …{phone[-3:]}" for phone in PHONES},
}
# The only fields of the store that may hold a whole number: whose it is, and where something is sent.
HAVE_NUMBERS: Final = {
    "addresses": {"_id"},
    "broadcasts": {"name", "second"},  # of the operator's own
    "codes": {"phone", "address"},
    "invitations": {"phone"},
    "limits": {"_id"},
    "notices": {"to", "first", "sent_to", "tried"},
    "papers": {"to", "sent_to", "tried"},
    "payments": {"phone"},
    "people": {"phone"},
}


def leaks(text: str) -> list[str]:
    """
    The names of the marked values that a text holds.

    A number counts also without its "+".
    """
    return [_NAMES[value] for value in leaked(text, *_NAMES)]


def apio_in(app: App) -> str:
    person = app.store.people.one(phone=APIO)
    assert person is not None
    return person.id


def post(app: App, path: str, **request: Any) -> str:
    return Client(wsgi(app)).post(path, **request).text
