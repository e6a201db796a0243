"""What a channel is made of: a webhook that is translated both ways, a way to push, and what else it is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol, runtime_checkable

import msgspec

from domain.records.person import Language
from flows.engine.channel import Channel
from flows.engine.document import File
from flows.engine.messages import Message, Reply
from flows.words.texts import Text

Delivery = Literal["sent", "delivered", "read", "failed"]
AGENT: Final = "community-savings-bot"  # who we say that we are, to every provider


class Request(msgspec.Struct, frozen=True):
    """
    A provider's request. `url` is the address it used, as we gave it out: behind a proxy ours is another.

    `rest` is what follows the path of a callback that ends with a slash.
    """

    url: str
    headers: Mapping[str, str]  # by name in lower case
    body: bytes
    rest: str = ""


class Response(msgspec.Struct, frozen=True):
    """Our answer. `then` is work that need not be waited for, and may call the provider."""

    body: str
    content_type: str = "text/plain; charset=utf-8"
    then: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    """Somebody blocked us at an address, or let us in again."""

    address: str
    blocked: bool


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call on a channel is over; `dropped` when the conversation was not."""

    channel: str
    sender: str
    dropped: bool
    duration_ms: int


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of a message. `provider_id` is what `send` answered, `reason` is the provider's word."""

    provider_id: str
    state: Delivery
    reason: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """
    Whoever has this phone wants no more messages from us, or wants them again.

    `message` is the provider's id of what they wrote, which we answer; "" where the provider has answered, or lets
    nothing through to them.
    """

    phone: str  # E.164
    stopped: bool
    message: str = ""


Event = Blocked | CallEnded | DeliveryReport | Stopped


@dataclass(frozen=True, slots=True)
class Callback:
    """
    An address of ours that a provider calls for anything but messages, and how to read what it says.

    `path` has the secret in it where the provider signs nothing. `read` answers None for what does not concern us,
    and raises Forged, MalformedRequest. `status` is what the provider wants to hear when all is well.
    """

    path: str
    read: Callable[[Request], Event | None]
    methods: Sequence[str] = ("POST",)
    status: int = 200


class Conversations(Protocol):
    """
    A channel people converse on.

    `path` is where its provider sends their messages, with the secret in it where the provider signs nothing.
    """

    @property
    def channel(self) -> Channel: ...
    @property
    def path(self) -> str: ...

    def look_at_head(self, headers: Mapping[str, str]) -> None:
        """
        What can be told before a request is read: that it is forged, by its headers in lower case alone.

        Raises Forged. For channels whose secret is in the path there is nothing to look at.
        """

    def to_message(self, request: Request) -> Message | Blocked | Stopped | None:
        """None for what needs no answer. Raises Forged, MalformedRequest."""

    def from_reply(self, message: Message, reply: Reply) -> Response:
        """The answer to the provider's request, or to what goes out instead."""

    def nothing(self) -> Response:
        """What the provider wants to hear when there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Push:
    """
    One message to send. `text` is its words; `message` the same before they were filled in, for templates.

    By e-mail it has a `subject`; what comes by itself says how to be left alone by it: `leaves` is the id of whom.
    """

    to: str  # an address of the channel, or a phone number
    text: str
    message: Text | None = None
    language: Language = "en"
    heard_at: datetime | None = None  # when they wrote to us there last
    now: datetime | None = None
    subject: str = ""
    leaves: str = ""


@runtime_checkable
class Sender(Protocol):
    """A channel that can push."""

    def send(self, push: Push) -> str:
        """Send; answers with the provider's id. Raises SendFailed."""


@runtime_checkable
class FileSender(Protocol):
    """A channel that can push a file: a picture is shown as one."""

    def send_file(self, push: Push, file: File) -> str:
        """Send it with the `text` of a push beside it, if there is any; the provider's id. Raises SendFailed."""


@runtime_checkable
class Called(Protocol):
    """A channel whose provider tells us more than messages."""

    @property
    def callbacks(self) -> Sequence[Callback]: ...
