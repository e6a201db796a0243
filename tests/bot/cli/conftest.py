"""An operator's terminal."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.app import App
from bot.cli.main import main
from tests.conftest import PEPPER

Type = Callable[..., Result]


@pytest.fixture
def terminal(app: App, tmp_path: Path) -> dict[str, str]:
    """The settings that a command finds there: those of the app's stores."""
    return {
        "MONGO_URI": app.settings.mongo_uri,
        "MONGO_DATABASE": app.settings.mongo_database,
        "REDIS_URL": app.settings.redis_url,
        "PIN_PEPPER": PEPPER,
        "DATA_DIR": str(tmp_path),
    }


def typing_in(terminal: Mapping[str, str], *command: str) -> Type:
    """Types what follows a command, with settings that are changed for it, and answers what it asks."""

    def run(*arguments: str, answer: str = "", **changed: str) -> Result:
        return CliRunner().invoke(main, [*command, *arguments], env={**terminal, **changed}, input=answer)

    return run
