"""What is said of settings that do not fit together: those of e-mail, and of traces."""

import importlib.util
from typing import Protocol


class OfMail(Protocol):
    """The settings of e-mail."""

    @property
    def sendgrid_api_key(self) -> str: ...
    @property
    def smtp_host(self) -> str: ...
    @property
    def smtp_user(self) -> str: ...
    @property
    def smtp_password(self) -> str: ...
    @property
    def smtp_tls(self) -> str: ...
    @property
    def email_from(self) -> str: ...


class OfTraces(Protocol):
    """The settings of traces."""

    @property
    def traces_url(self) -> str: ...
    @property
    def new_relic_license_key(self) -> str: ...


def wrong_mail(settings: OfMail) -> dict[str, str]:
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


def wrong_tracing(settings: OfTraces) -> dict[str, str]:
    """Traces are an extra: what makes them may not be installed, and that is said before anything starts."""
    given = {"traces_url": settings.traces_url, "new_relic_license_key": settings.new_relic_license_key}
    switched_on = [name for name, value in given.items() if value]
    if not switched_on or _is_installed("opentelemetry.exporter.otlp.proto.http"):
        return {}
    return {switched_on[0]: "needs requirements/tracing.txt: pip install -r requirements/locked/tracing.txt"}


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # not even what it is a part of
        return False
