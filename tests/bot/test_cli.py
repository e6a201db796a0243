"""What an operator types, and what a mistake gets: one line that says what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.app import App
from bot.cli import main
from bot.config import Settings
from bot.village import GROUPS, NEWCOMER_PHONE, found, is_there, people
from domain.mongo.store import MongoStore, utc_now
from domain.mongo.verify import verify_book
from domain.pins import is_weak
from domain.registration import person_with

Type = Callable[..., Result]


@pytest.fixture
def type_(settings: Settings, tmp_path: Path) -> Type:
    """Types a command with the test's stores for its environment."""

    def run(*arguments: str, **environment: str) -> Result:
        given = {
            "MONGO_URI": settings.mongo_uri,
            "MONGO_DATABASE": settings.mongo_database,
            "REDIS_URL": settings.redis_url,
            "DATA_DIR": str(tmp_path),
            **environment,
        }
        return CliRunner().invoke(main, arguments, env=given)

    return run


def test_help_lists_every_command() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    for name in (
        "web",
        "worker",
        "scheduler",
        "demo",
        "dial",
        "seed",
        "settings",
        "token",
        "flows",
        "ledger",
        "momo",
    ):
        assert f"\n  {name} " in shown


@pytest.mark.parametrize("command", ["web", "worker", "scheduler", "ledger verify", "flows check"])
def test_every_command_explains_itself(command: str) -> None:
    shown = CliRunner().invoke(main, [*command.split(), "--help"])
    assert shown.exit_code == 0
    assert len(shown.output.splitlines()) > 3


def test_bad_settings_stop_a_command_with_their_names(type_: Type) -> None:
    stopped = type_("ledger", "verify", PORT="eighty")
    assert stopped.exit_code == 2
    assert "PORT: must be a whole number from 1 to 65535, not 'eighty'" in stopped.output


def test_settings_are_listed_without_their_secrets(type_: Type) -> None:
    listed = type_("settings", PIN_PEPPER="0123456789abcdef0123456789abcdef")
    assert listed.exit_code == 0
    assert "PIN_PEPPER=(set)" in listed.output
    assert "0123456789abcdef" not in listed.output
    assert "PORT=8000" in listed.output


def test_the_conversations_are_checked(type_: Type) -> None:
    checked = type_("flows", "check")
    assert checked.exit_code == 0, checked.output
    assert "0 problems" in checked.output


def test_a_tampered_book_is_named(app: App, type_: Type) -> None:
    """The command's exit status is what a nightly job looks at."""
    found(app.store, utc_now(), lambda done, total: None)
    assert type_("ledger", "verify").exit_code == 0
    app.store.database["entries"].update_one({"seq": 7}, {"$set": {"postings.0.amount": 1}})
    wrong = type_("ledger", "verify")
    assert wrong.exit_code == 1
    assert "entry 7:" in wrong.output


def test_an_unknown_group_is_refused(type_: Type) -> None:
    refused = type_("ledger", "export", "--group", "99999")
    assert refused.exit_code == 2
    assert "no group has the code 99999" in refused.output


# The village


def test_the_village_is_alive_and_its_books_are_whole(store: MongoStore) -> None:
    now = utc_now()
    seen: list[int] = []
    found(store, now, lambda done, total: seen.append(100 * done // total))
    assert is_there(store)
    assert seen == sorted(seen) and seen[-1] == 100
    groups = store.groups.find(sort="code")
    assert [group.currency for group in groups] == ["UGX", "KES", "XAF"]
    for group in groups:
        assert verify_book(store.books, group.id) == []
        assert store.books.length(group.id) > 80, "three months of meetings"
        assert len(store.memberships.find(group=group.id, status="active")) >= 10
    assert store.notices.due(now, 10) == [], "nobody is told of the past"
    assert person_with(store, NEWCOMER_PHONE) is None


def test_the_villagers_can_be_told_apart_and_have_fair_pins() -> None:
    villagers = people()
    assert (
        len(villagers) == len({each.phone for each in villagers}) == len({each.name for each in villagers}) == 30
    )
    assert not [each.pin for each in villagers if is_weak(each.pin)]
    assert len([each for each in villagers if len(each.roles) == 2]) == 1
    for group in GROUPS:
        roles = [role for each in villagers for code, role in each.roles if code == group.code]
        assert {"chairperson", "secretary", "treasurer"} <= set(roles)
