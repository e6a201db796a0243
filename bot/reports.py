"""Reports of errors to Sentry, where they go there: with nothing in them that must not leak."""

from typing import Any

import sentry_sdk

from bot.config import Settings
from bot.scrubbing import scrub, scrub_error


def begin_reports(settings: Settings) -> None:
    """From now on errors of this process are reported, if they go anywhere."""
    if not settings.sentry_dsn:
        return
    sentry_sdk.init(
        dsn=settings.sentry_dsn,
        environment=settings.app_env,
        release=settings.app_version,
        data_collection={  # nothing; what is left out here would be collected
            "user_info": False,
            "cookies": {"mode": "off"},
            "http_headers": {"request": {"mode": "off"}},
            "http_bodies": [],
            "url_query_params": {"mode": "off"},
            "graphql": {"document": False, "variables": False},
            "gen_ai": {"inputs": False, "outputs": False},
            "database_query_data": False,
            "queues": False,
            "stack_frame_variables": False,
        },
        trace_propagation_targets=[],  # providers are told nothing of our traces
        max_breadcrumbs=0,  # they hold the addresses of calls, and Telegram's have its token in them
        before_send=without_secrets,
    )


def send_report(error: BaseException, about: dict[str, str]) -> None:
    """Report an error; `about` says which request it was of, and of whom, as our log does."""
    with sentry_sdk.new_scope() as scope:
        for name, value in about.items():
            scope.set_tag(name, value)
        sentry_sdk.capture_exception(error)


def without_secrets(event: Any, _hint: Any) -> Any:
    """
    What Sentry gets of an error.

    The request is left out whole: a USSD form's text holds every answer of the call, a PIN among them. What an
    error says may hold what was typed, so no digits stand in it.
    """
    event.pop("request", None)
    event = scrub(event)
    for error in event.get("exception", {}).get("values", []):
        if isinstance(error.get("value"), str):
            error["value"] = scrub_error(error["value"])
    for name in ("message", "formatted"):
        if isinstance(said := event.get("logentry", {}).get(name), str):
            event["logentry"][name] = scrub_error(said)
    return event
