"""Secrets as an operator types about them: their age, what stands on an old pepper, a new one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.config import Settings, load
from bot.secret_ages import secrets_in_use
from domain.access.audit import audit_entries
from tests.bot.cli.conftest import Type, typing_in
from tests.conftest import PEPPER
from tests.people import Village

NEW_PEPPER = "new-pepper-0123456789abcdef-01234567"


@pytest.fixture
def type_(terminal: dict[str, str]) -> Type:
    return typing_in(terminal, "secrets")


def test_ages_are_listed_and_an_old_one_is_marked(app: App, type_: Type) -> None:
    fresh = type_("age")
    assert fresh.exit_code == 0, fresh.output
    assert "5 set, 0 older than 90 days." in fresh.output
    assert PEPPER not in fresh.output
    ago = datetime.now(UTC) - timedelta(days=91)
    app.store.database["runs"].update_one({"details.secret": "HOOK_SECRET"}, {"$set": {"began_at": ago}})
    old = type_("age")
    assert old.exit_code == 1
    first = old.output.splitlines()[1].split()
    assert first[:2] == ["HOOK_SECRET", "91"]
    assert "5 set, 1 older than 90 days." in old.output


def test_what_stands_on_an_old_pepper_is_counted(village: Village, type_: Type) -> None:
    shown = type_("peppers", PIN_PEPPER=NEW_PEPPER, PIN_PEPPER_PREVIOUS=PEPPER)
    assert shown.exit_code == 0, shown.output
    counts = {line.rsplit(maxsplit=3)[0]: line.split()[-3] for line in shown.output.splitlines()[1:]}
    assert counts == {"PIN_PEPPER": "0", "PIN_PEPPER_PREVIOUS 1": "4", "not marked": "0", "not given here": "0"}
    too_early = type_("peppers", PIN_PEPPER=NEW_PEPPER)
    assert too_early.exit_code == 1
    assert "their owners do not get in" in too_early.output


def test_a_new_secret_fits_and_that_it_was_made_is_written_down(app: App, type_: Type, tmp_path: Path) -> None:
    made = [type_("new", name).stdout.strip() for name in ("hook_secret", "PIN_PEPPER")]
    assert len({*made}) == 2
    load({"DATA_DIR": str(tmp_path), "HOOK_SECRET": made[0], "PIN_PEPPER": made[1]})
    acts = [(each.did, each.why) for each in audit_entries(app.store)]
    assert acts == [("secret.made", "PIN_PEPPER"), ("secret.made", "HOOK_SECRET")]
    assert not any(value in str(list(app.store.database["audit"].find())) for value in made)
    refused = type_("new", "AT_API_KEY")
    assert refused.exit_code == 2
    assert "is not ours to choose" in refused.output


def test_of_an_address_the_password_counts_and_not_where_it_leads() -> None:
    def seen(address: str) -> str | None:
        return secrets_in_use(Settings(mongo_uri=address)).get("MONGO_URI")

    assert seen("mongodb://bot:p%40ss@a.example.org,b.example.org/?replicaSet=rs0") == "bot:p%40ss"
    assert seen("mongodb://bot:p%40ss@c.example.org") == "bot:p%40ss"
    assert seen("mongodb://127.0.0.1:27017") is None
    assert secrets_in_use(Settings(jwt_secret_previous="k" * 32)) == {}
