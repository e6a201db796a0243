"""
E-mail to one person: a message in words, or a file with a few.

It is composed once, as what the mail standards call a message, and a carrier takes it. Nobody converses here, and
nothing is read back.
"""

from collections.abc import Callable
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Final, Protocol

from channels.errors import SendFailed
from channels.port import Push
from flows.engine.document import File
from flows.words.mail import HOW_TO_STOP, NO_ANSWER
from flows.words.texts import words

NAME: Final = "email"
SUBJECT_MAX: Final = 120


class Carrier(Protocol):
    """What takes a message to where it goes."""

    def carry(self, mail: EmailMessage) -> str:
        """The id by which the provider knows it. Raises SendFailed, Unreachable."""


class Email:
    """
    Sends e-mail. One for all threads. `sender` is our own address; `leave_link` gives the page on which somebody,
    by their id, wants no more of what comes by itself.
    """

    def __init__(self, carrier: Carrier, sender: str, name: str, leave_link: Callable[[str], str]) -> None:
        self._carrier, self._leave_link = carrier, leave_link
        self._domain = sender.rpartition("@")[2]
        self._sender = Address(name, addr_spec=sender)

    def send(self, push: Push) -> str:
        """Raises SendFailed, and Unreachable when nobody has this address."""
        return self._carrier.carry(self._composed(push))

    def send_file(self, push: Push, file: File) -> str:
        """The file, with the words beside it. Raises as `send`."""
        mail = self._composed(push)
        kind, _, subtype = file.kind.partition(";")[0].partition("/")
        mail.add_attachment(file.content, maintype=kind, subtype=subtype, filename=file.name)
        return self._carrier.carry(mail)

    def _composed(self, push: Push) -> EmailMessage:
        """
        A message in plain text. A line break in a subject or an address, which could begin a header of somebody
        else's making, is refused by the standard library; in a subject it is a space before that.

        Raises SendFailed.
        """
        says = words(push.language)
        link = self._leave_link(push.leaves) if push.leaves else ""
        last = [says.say(HOW_TO_STOP), link] if link else []
        mail = EmailMessage(policy=SMTP)
        try:
            mail["From"] = self._sender
            mail["To"] = Address(addr_spec=push.to)
            mail["Subject"] = " ".join(push.subject.split())[:SUBJECT_MAX]
        except (ValueError, MessageError) as problem:
            raise SendFailed(NAME, "no such address", retryable=False) from problem
        if push.now:
            mail["Date"] = format_datetime(push.now)
        mail["Message-ID"] = make_msgid(domain=self._domain)
        mail["Content-Language"] = push.language
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: a machine at the other end does not answer
        if link:
            mail["List-Unsubscribe"] = f"<{link}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
        mail.set_content("\n".join([push.text, "", "-- ", says.say(NO_ANSWER), *last]))
        return mail
