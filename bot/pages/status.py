"""The public status page: served by every web process, without a sign-in and without our stores."""

from datetime import datetime
from typing import Final

from flask import Blueprint, Response, jsonify

from bot.pages.render import page
from bot.pages.status_words import OVERALL, RECORDS_AWAY, STATE, component_named
from bot.served import served
from bot.status import COMPONENTS, Component, Line, as_json
from domain.records.incident import Incident
from flows.words.texts import Label
from payments.names import TITLES

blueprint = Blueprint("status", __name__)
STATUS: Final = frozenset({"/status", "/status.json"})

_KIND: Final = {"works": "yes", "trouble": "note", "away": "no"}
_STYLE: Final = {"works": "good", "trouble": "late", "away": "bad"}


@blueprint.get("/status")
def show() -> Response:
    """How everything is, what was said of it, and how old that is."""
    shown = served().status.shown()
    last = shown.last
    response = page(
        "status.html",
        kind=_KIND[shown.state],
        overall=RECORDS_AWAY if shown.away_since or last is None else OVERALL[shown.state],
        away_since=shown.away_since,
        last=last,
        minutes=int((shown.now - last.at).total_seconds() // 60) if last else 0,
        lines=[(_named(each), STATE[each.state], _STYLE[each.state]) for each in shown.lines],
        utc=_utc,
        about=_about,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/status.json")
def tell() -> Response:
    """The same for a program."""
    response = jsonify(as_json(served().status.shown()))
    response.headers["Cache-Control"] = "no-store"
    return response


def _named(line: Line) -> Label:
    return _component(line.component, TITLES.get(line.provider, line.provider))


def _component(component: Component, provider: str = "") -> Label:
    app = served()
    return component_named(component, app.settings.service_code, app.store.channel_titles, provider)


def _about(incident: Incident) -> list[Label]:
    """What it is about, each by its name; all of it where nothing is named."""
    return [_component(each) for each in COMPONENTS if each in incident.components]


def _utc(moment: datetime) -> str:
    """By the clock of nobody: whoever reads this is anywhere."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
