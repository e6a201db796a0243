"""
How a page is made: jinja2 with everything escaped, every value said in the page's language, and nothing undefined.

A template says `{{ t("Cash box") }}`, `{{ amount }}`, `{{ day }}`: sentences, amounts and days are said as the
conversations say them, and None, which is what cannot be known, as a dash.
"""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Response, g, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.pages.charts import HEIGHT, WIDTH
from bot.pages.forms import CSRF
from bot.pages.languages import CHOSEN, keep_chosen, says
from bot.pages.static import address_of
from bot.served import served
from bot.shield.csrf import masked_token
from bot.shield.headers import PAGE
from domain.money import Money
from domain.mongo.store import is_away
from flows.people.language import LANGUAGE_NAMES
from flows.words.texts import Text, Words, nt, say_figure, t

UNKNOWN: Final = "–"
_SEEN_WITHIN_SECONDS: Final = 0.5


def page(template: str, *, status: int = 200, speaks: Words | None = None, **values: Any) -> Response:
    """
    A page from its template; `says` in it is what it speaks, and `caller` who is signed in, or None.

    It `speaks` the words given, else those of the request.
    """
    g.says = speaks or says()
    known = {"says": g.says, "caller": g.get("caller"), "path": request.path, "only_shows": _only_shows()}
    html = _TEMPLATES.get_template(template).render(known | values)
    response = Response(html, status=status, content_type="text/html; charset=utf-8", headers=PAGE)
    keep_chosen(response, secure=served().settings.public_url.startswith("https:"))
    return response


def _only_shows() -> bool:
    """Whether nothing can be done now; a store that is away does not say so, and holds up no page."""
    store = served().store
    try:
        with store.within(_SEEN_WITHIN_SECONDS):
            return store.deployment.seen().read_only is not None
    except Exception as error:
        if is_away(error):
            return False
        raise


def _said(value: Any) -> Any:
    """A value as it stands in the page. Strings and numbers are as they are, in every language."""
    if isinstance(value, str | int):
        return value
    if value is None:
        return UNKNOWN
    if isinstance(value, datetime):
        raise TypeError("a moment is said by the clock of a group: moment|clock(zone)")
    return _words().value(value) if isinstance(value, Text | Money | date | Decimal) else value


def _figure(value: Money | None) -> str:
    """An amount without its currency, for a table that says it once."""
    return UNKNOWN if value is None else say_figure(value, _words().language)


def _percent(part: Fraction | None) -> str:
    """A part of one in percent, to a tenth: "12.5%", in French "12,5 %"."""
    if part is None:
        return UNKNOWN
    tenths = Decimal(round(part * 1000)) / 10
    number = _words().value(tenths.to_integral_value() if tenths == tenths.to_integral_value() else tenths)
    return f"{number}\u00a0%" if _words().language == "fr" else f"{number}%"


def _day_and_year(day: date) -> str:
    return f"{_words().value(day)} {day.year}"


def _clock(moment: datetime, zone: str) -> str:
    """Day and time by a clock: "5 Oct 14:03"."""
    there = moment.astimezone(ZoneInfo(zone))
    return f"{_words().value(there.date())} {there:%H:%M}"


def _csrf() -> Markup:
    """The hidden field that each form with method="post" has."""
    token = masked_token()
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF, token) if token else Markup()


def _here(**changed: object) -> str:
    """The address of this page, with some of what it asks for changed; None leaves it out."""
    asked = {**request.args.to_dict(), **changed}
    kept = {name: value for name, value in asked.items() if value is not None}
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def _in_language(language: str) -> str:
    return _here(**{CHOSEN: language})


def _words() -> Words:
    found: Words = g.says
    return found


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_said,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(
        t=t,
        nt=nt,
        static=address_of,
        csrf=_csrf,
        here=_here,
        in_language=_in_language,
        language_names=LANGUAGE_NAMES,
        chart_width=WIDTH,
        chart_height=HEIGHT,
    )
    made.globals.update(kind="note", lines=[], strong="", action=None, field=None, back=None)  # of message.html
    made.filters.update(figure=_figure, percent=_percent, with_year=_day_and_year, clock=_clock)
    return made


_TEMPLATES: Final = _environment()
