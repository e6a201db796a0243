"""The settings of e-mail: our address, and the one way that it goes."""

from dataclasses import dataclass

from bot.setting import Count, EmailAddress, Number, Tls, Url, setting


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    """A part of `Settings`."""

    email_from: EmailAddress = setting(
        "E-mail: our own address; empty: no e-mail. It needs SENDGRID_API_KEY or SMTP_HOST", ""
    )
    sendgrid_api_key: str = setting("E-mail: SendGrid's API key, with the right to send", secret=True)
    sendgrid_api_url: Url = setting("E-mail: another host for SendGrid's API; empty: the real one", "")
    smtp_host: str = setting("E-mail: the server that takes our mail, where it does not go through SendGrid", "")
    smtp_port: Number = setting("E-mail: the server's port; 465 goes with SMTP_TLS=tls", 587)
    smtp_user: str = setting("E-mail: our name at the server; empty: it asks for none", "")
    smtp_password: str = setting("E-mail: the password that goes with it", secret=True)
    smtp_tls: Tls = setting(
        "E-mail: how the connection is encrypted; none is for a server on this machine", "starttls"
    )
    email_rate: Count = setting("e-mails a second that all workers together send", 10)


def wrong_mail(settings: MailSettings) -> dict[str, str]:
    """One way for e-mail or none; a password only where nobody on the way reads it."""
    sendgrid, smtp = bool(settings.sendgrid_api_key), bool(settings.smtp_host)
    problems: dict[str, str] = {}
    if sendgrid and smtp:
        problems["smtp_host"] = "must be empty where SENDGRID_API_KEY is set: e-mail goes one way"
    if settings.email_from and not (sendgrid or smtp):
        problems["email_from"] = "needs SENDGRID_API_KEY or SMTP_HOST"
    if (sendgrid or smtp) and not settings.email_from:
        problems["email_from"] = "must be set: e-mail needs an address that it comes from"
    if bool(settings.smtp_user) != bool(settings.smtp_password):
        lacking = "smtp_password" if settings.smtp_user else "smtp_user"
        problems[lacking] = "must be set beside the other: a name and its password"
    if settings.smtp_tls == "none" and settings.smtp_password:
        problems["smtp_tls"] = "must be starttls or tls where there is a password"
    return problems
