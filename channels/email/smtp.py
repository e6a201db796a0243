"""E-mail over SMTP: a connection a message, encrypted, and bounded in time."""

import smtplib
import ssl
from contextlib import closing, suppress
from email.message import EmailMessage
from typing import Final, Literal

from channels.email.mail import NAME
from channels.errors import SendFailed, Unreachable

Tls = Literal["starttls", "tls", "none"]

TIMEOUT_SECONDS: Final = 20.0  # each step; a server may take some before it says that it has a message


class Smtp:
    """
    One for all threads. `tls`: "starttls" encrypts after the greeting, as on port 587, "tls" from the first byte,
    as on 465; "none" is for a relay on the same machine.
    """

    def __init__(
        self,
        host: str,
        port: int,
        user: str = "",
        password: str = "",
        *,
        tls: Tls = "starttls",
        context: ssl.SSLContext | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._host, self._port, self._user, self._password = host, port, user, password
        self._tls, self._timeout_seconds = tls, timeout_seconds
        self._context = context or ssl.create_default_context()

    def carry(self, mail: EmailMessage) -> str:
        """
        The id is the message's own. Raises SendFailed, and Unreachable for an address that the server refuses.

        What is wrong with the server, or our account there, may pass; what is wrong with the message does not.
        Until the message is handed over nothing has gone. Sources: RFC 5321 4.2.1, RFC 4954.
        """
        handing_over = False
        try:
            # Not `with` the server itself: where encryption failed, it would wait for an answer to its goodbye.
            with closing(self._connected()) as server:
                if self._tls == "starttls":
                    server.starttls(context=self._context)
                if self._user:
                    server.login(self._user, self._password)
                handing_over = True
                server.send_message(mail)
                with suppress(smtplib.SMTPException, OSError):  # it has the message
                    server.quit()
        except smtplib.SMTPRecipientsRefused as refused:
            code = next((code for code, _ in refused.recipients.values()), 0)
            if code >= 500:
                raise Unreachable(NAME, str(code)) from refused
            raise SendFailed(NAME, str(code), retryable=True) from refused
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refused:
            raise SendFailed(NAME, str(refused.smtp_code), retryable=refused.smtp_code < 500) from refused
        except (smtplib.SMTPException, OSError) as failure:
            said = str(getattr(failure, "smtp_code", "")) or type(failure).__name__
            raise SendFailed(NAME, said, retryable=True, may_have_gone=handing_over) from failure
        return str(mail["Message-ID"])

    def _connected(self) -> smtplib.SMTP:
        if self._tls == "tls":
            return smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout_seconds, context=self._context)
        return smtplib.SMTP(self._host, self._port, timeout=self._timeout_seconds)
