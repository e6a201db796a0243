"""
Money that no book has yet. What only a call told of: its provider is asked whether it has come, until it says so.
What can be of several prompts: it is looked at again, until they have ended.

A call that is not signed can be made by anybody who has seen its address. The answer comes to an address that
nobody else has, and a list is fetched by us.
"""

import logging
from datetime import timedelta
from typing import Final

from domain.store import Store
from domain.treasury.inbound import put_where_it_belongs
from payments.port import Confirms, ProviderError

# The provider is asked again when as much time has gone by as there was before, within these two.
ASKED_AGAIN_SOONEST: Final = timedelta(seconds=15)
ASKED_AGAIN_LATEST: Final = timedelta(hours=1)
# What is not confirmed by then, only a statement can confirm.
ASKED_FOR: Final = timedelta(days=3)

log = logging.getLogger(__name__)


def ask_about_awaited(store: Store, provider: Confirms | None, id: str) -> None:
    """
    Ask once about this money, if it is due and nobody else is at it; or look whose it is, now that prompts have
    ended. `provider` is None where nobody can be asked: its list is waited for then.
    """
    awaited = store.inbound.get(id)
    if awaited.next_at is None or awaited.next_at > store.now():
        return
    age = store.now() - awaited.came_at
    asks = awaited.said_by == "awaited" and awaited.state == "unidentified" and age <= ASKED_FOR
    waits = asks or not put_where_it_belongs(store, id)
    next_at = store.now() + min(max(age, ASKED_AGAIN_SOONEST), ASKED_AGAIN_LATEST) if waits else None
    if store.inbound.change(id, when={"next_at": awaited.next_at}, next_at=next_at) is None:
        return
    if provider is not None and asks:
        try:
            provider.ask_whether_came(awaited.receipt)
        except ProviderError as error:
            log.warning("%s does not say now whether %s has come: %s", awaited.rail, awaited.receipt, error)
