"""The two operators of the demo: what one of them says of a stuck payment, the other one has to agree to."""

from typing import Final

from domain.access.accounts import account_with, make_account, otp_of
from domain.mongo.store import MongoStore
from domain.records.pin import Secret

OPERATORS: Final = (("amina@example.org", "Amina"), ("baraka@example.org", "Baraka"))
PASSWORD: Final = "seven boats on the lake"  # noqa: S105 - it is printed for everybody, as the village's PINs are


def make_operators(store: MongoStore) -> None:
    """Their accounts, where they are not there yet."""
    for email, name in OPERATORS:
        if account_with(store, email) is None:
            make_account(store, email, name, "operator", Secret(PASSWORD))


def codes(store: MongoStore) -> list[tuple[str, str]]:
    """What the app of each shows at this moment, by e-mail address; each code signs in once."""
    found = [(email, account_with(store, email)) for email, _ in OPERATORS]
    return [(email, otp_of(store, account).at(store.now())) for email, account in found if account]
