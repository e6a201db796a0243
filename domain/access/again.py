"""Who asked for something that is done later: as they are when it is done."""

from domain.access.caller import Caller
from domain.access.sign_in import caller_of_account
from domain.access.tokens import caller_of_token
from domain.store import Store


def caller_again(store: Store, key: str) -> Caller | None:
    """The account or token of this `Caller.key` now; None for one that is good no more, and for a person."""
    kind, _, id = key.partition(":")
    if kind == "account":
        account = store.accounts.one(id=id)
        return caller_of_account(store, account) if account and not account.disabled else None
    token = store.api_tokens.one(shown=id) if kind == "token" else None
    if token is None or token.revoked_at is not None or store.now() >= token.until:
        return None
    return caller_of_token(token)
