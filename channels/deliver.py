"""Send what waits in the outbox: one message, once, unless its answer was lost on the way."""

from typing import Protocol

from channels.errors import SendFailed
from domain.outbox import Notice, retry_at
from domain.store import Store
from flows.gsm7 import fold
from flows.notices import words_of


class Sender(Protocol):
    """A channel that can push."""

    def send(self, phone: str, text: str) -> str:
        """Send; answers with the provider's id. Raises SendFailed."""


def deliver(store: Store, sender: Sender, id: str) -> None:
    """Send one notice, if it is due and nobody else is at it."""
    notice = store.notices.claim(id, store.now())
    if notice is None:
        return
    person = store.people.get(notice.person)
    if person.texts_stopped:
        _give_up(store, notice, "STOPPED")
        return
    try:
        provider_id = sender.send(person.phone, fold(words_of(notice, person.language)))
    except SendFailed as failure:
        again = retry_at(notice, store.now()) if failure.retryable else None
        if again is None:
            _give_up(store, notice, str(failure))
        else:
            store.notices.change(notice.id, when={"state": "queued"}, next_at=again, reason=str(failure))
        return
    sent = {"state": "sent", "provider_id": provider_id, "next_at": None, "reason": ""}
    store.notices.change(notice.id, when={"state": "queued"}, **sent)


def report(store: Store, provider_id: str, state: str, reason: str) -> None:
    """What the provider says became of a message: final words stand, and a late "sent" changes nothing."""
    notice = store.notices.one(provider_id=provider_id)
    if notice is not None and state in ("delivered", "failed"):
        store.notices.change(notice.id, when={"state": "sent"}, state=state, reason=reason)


def _give_up(store: Store, notice: Notice, reason: str) -> None:
    store.notices.change(notice.id, when={"state": "queued"}, state="failed", next_at=None, reason=reason)
