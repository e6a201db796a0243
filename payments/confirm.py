"""
Money that a call told of, and that no book has yet: its provider is asked whether it has come, until it says so.

A call that is not signed can be made by anybody who has seen its address. The answer comes to an address that
nobody else has, and a list is fetched by us.
"""

import logging
from datetime import timedelta
from typing import Final

from domain.store import Store
from payments.port import Confirms, ProviderError

# The provider is asked again when as much time has gone by as there was before, within these two.
ASKED_AGAIN_SOONEST: Final = timedelta(seconds=15)
ASKED_AGAIN_LATEST: Final = timedelta(hours=1)
# What is not confirmed by then, only a statement can confirm.
ASKED_FOR: Final = timedelta(days=3)

log = logging.getLogger(__name__)


def ask_about_awaited(store: Store, provider: Confirms | None, id: str) -> None:
    """
    Ask once about this money, if it is due and nobody else is at it. `provider` is None where nobody can be asked:
    its list is waited for then.
    """
    awaited = store.inbound.get(id)
    if awaited.next_at is None or awaited.next_at > store.now():
        return
    age = store.now() - awaited.came_at
    is_over = awaited.said_by != "awaited" or awaited.state != "unidentified" or age > ASKED_FOR
    next_at = None if is_over else store.now() + min(max(age, ASKED_AGAIN_SOONEST), ASKED_AGAIN_LATEST)
    if store.inbound.change(id, when={"next_at": awaited.next_at}, next_at=next_at) is None or is_over:
        return
    if provider is not None:
        try:
            provider.ask_whether_came(awaited.receipt)
        except ProviderError as error:
            log.warning("%s does not say now whether %s has come: %s", awaited.rail, awaited.receipt, error)
