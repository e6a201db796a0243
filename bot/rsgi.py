"""What the web server imports in each of its processes: a name for each choice of `python -m bot web --serve`."""

from typing import Final

from bot.app import App, build
from bot.config import load, parent_port
from bot.hooks import Hooks
from bot.logs import set_up, take_over
from bot.measures import Told
from bot.secret_ages import note_secrets_of
from bot.watch.parent import Parent
from bot.watch.totals import no_turns_yet
from bot.web import health_app, pages_app


def _build() -> App:
    settings = load()
    set_up(settings, role="web")
    take_over()
    # A member waits for what is asked here, and a turn has to end within seconds.
    app = build(settings, timeout_seconds=4)
    note_secrets_of(app)
    app.measures.begin("web", _parent_of(app))
    return app


def _parent_of(app: App) -> Told | None:
    """Who shows what this process does to those who watch, if anybody does."""
    if not (port := parent_port()):
        return None
    return Parent(
        port, lambda: app.life.silent_seconds, no_turns_yet(each.channel.name for each in app.channels)
    ).tell


everything: Final = Hooks(_build, pages_app)
messages: Final = Hooks(_build, health_app)
pages: Final = Hooks(_build, pages_app, messages=False)
