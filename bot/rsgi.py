"""What the web server imports in each of its processes: a name for each choice of `python -m bot web --serve`."""

from typing import Final

from bot.app import App, build
from bot.config import load
from bot.hooks import Hooks
from bot.logs import set_up
from bot.web import health_app, pages_app


def _build() -> App:
    settings = load()
    set_up(settings, role="web")
    # A member waits for what is asked here, and a turn has to end within seconds.
    app = build(settings, timeout_seconds=4)
    app.measures.begin("web")
    return app


everything: Final = Hooks(_build, pages_app)
messages: Final = Hooks(_build, health_app)
pages: Final = Hooks(_build, pages_app, messages=False)
