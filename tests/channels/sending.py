"""A channel that fails as it is told, for what is sent from the outbox."""

from channels import port
from channels.deliver import Senders, deliver
from channels.errors import SendFailed, Unreachable
from channels.sms.text import AfricasTalkingSms
from domain.mongo.store import MongoStore


class Sender:
    """A channel that fails as it is told, and remembers what went out."""

    def __init__(self, *failures: SendFailed, ids: str = "ATXid") -> None:
        self.failures, self.sent, self._ids = list(failures), list[tuple[str, str]](), ids

    def send(self, push: port.Push) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((push.to, push.text))
        return f"{self._ids}_{len(self.sent)}"


MAY_PASS = SendFailed("sms", "500 InternalServerError", retryable=True)
IS_FINAL = SendFailed("sms", "402 InvalidSenderId", retryable=False)
NO_LONGER = Unreachable("sms", "406 UserInBlacklist")


def only(sender: port.Sender) -> Senders:
    """No chats: everything is a text to a phone."""
    return Senders({}, sender)


def deliver_all(store: MongoStore, sms: AfricasTalkingSms) -> None:
    """What is due now, as text messages."""
    for id in store.notices.due(store.now(), 100):
        deliver(store, only(sms), id)
