"""Why somebody is not let in on the web, or may not ask for what they ask."""

from collections.abc import Mapping
from typing import Final

from domain.access.passwords import PASSWORD_LENGTH_MIN
from domain.records.api_token import API_SCOPES
from flows.words.texts import Filled, Text, t

REFUSED: Final[Mapping[str, Text | Filled]] = {
    "bad_account": t("This e-mail address is no address, or has an account already."),
    "bad_programme": t("This code is no code, or is a programme's already, or there is no name."),
    "missing_scope": Filled(
        lambda scope: (
            t("This token is not good for {scope}.", scope=scope)
            if scope
            else t("No token is good for this. Sign in as a person.")
        ),
        {"scope": max(API_SCOPES, key=len)},
        {"scope": ""},
    ),
    "no_agent": t("This account is no agent's, or is disabled: it can look after no group."),
    "not_signed_in": t("Please sign in again."),
    "weak_password": Filled(
        lambda least: t(
            "Too easy to guess. Choose a password of {least} signs or more that only you would think of.",
            least=least,
        ),
        {"least": PASSWORD_LENGTH_MIN},
    ),
    "wrong_sign_in": t("This is wrong, or was wrong too often: then wait for 15 minutes, or longer each time."),
}
