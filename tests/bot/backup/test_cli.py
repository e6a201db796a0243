"""What an operator types: each line that is refused says why, and nothing was changed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pymongo
import pytest
from click.testing import CliRunner, Result

from bot.backup.manifest import read_manifest, set_ids, write_manifest
from bot.backup.vault import Vault
from bot.cli.main import main
from bot.config import Settings
from tests.bot.backup.vaults import KEY, TOWN
from tests.conftest import PEPPER
from tests.domain.savers import Savers

Typed = Callable[..., Result]
INTO = f"{TOWN}_into"


@pytest.fixture
def typed(town: Savers, settings: Settings, tmp_path: Path) -> Typed:
    def run(*words: str, answers: str = "", **changed: str) -> Result:
        given = {
            "MONGO_URI": settings.mongo_uri,
            "MONGO_DATABASE": TOWN,
            "REDIS_URL": settings.redis_url,
            "DATA_DIR": str(settings.data_dir),
            "PIN_PEPPER": PEPPER,
            "BACKUP_TO": str(tmp_path / "sets"),
            "BACKUP_KEY": KEY,
            **changed,
        }
        return CliRunner().invoke(main, words, input=answers, env=given)

    return run


@pytest.fixture
def other(mongo: pymongo.MongoClient[dict[str, Any]]) -> Iterator[pymongo.database.Database[dict[str, Any]]]:
    """Another database of the same server."""
    yield mongo[INTO]
    mongo.drop_database(INTO)


def last(result: Result) -> str:
    """The line that says why."""
    assert result.exit_code in (1, 2), result.output
    return result.stderr.strip().splitlines()[-1]


def test_a_backup_is_made_listed_and_read_back(town: Savers, typed: Typed, vault: Vault) -> None:
    assert last(typed("backup", "verify")) == "Error: there is no whole set in this place"
    made = typed("backup")
    assert made.exit_code == 0, made.output
    (id,) = set_ids(vault.place)
    assert made.stdout.startswith(f"Set {id}: ") and made.stdout.endswith("It was read back, and is whole.\n")
    lines = typed("backup", "list").stdout.splitlines()
    assert lines[0].split() == ["set", "made", "version", "schema", "documents", "MB", "MB", "stored"]
    assert lines[1].startswith(id) and lines[2] == "1 set, 0 begun and not finished."
    assert f'"id": "{id}"' in typed("backup", "list", "--json").stdout
    verified = typed("backup", "verify")
    assert verified.stdout.startswith(f"{id}: ") and verified.stdout.endswith("all as written.\n")
    (run,) = town.store.runs.find(kind="backup")
    assert (run.ok, run.details["set"]) == (True, id)


def test_what_is_there_is_replaced_only_by_who_types_its_name(town: Savers, typed: Typed) -> None:
    typed("backup")
    town.take_savings("dan", 5_000)
    length = town.store.books.length(town.group)
    assert f"the database {TOWN} holds " in last(typed("restore"))
    assert "add --replace" in last(typed("restore"))
    assert last(typed("restore", "--replace", answers="n\n")) == "Aborted!"
    assert "nothing was changed" in last(typed("restore", "--replace", answers="y\nsavings\n"))
    assert town.store.books.length(town.group) == length
    done = typed("restore", "--replace", answers=f"y\n{TOWN}\n")
    assert done.exit_code == 0, done.output
    assert "Now empty Redis" in done.stdout
    assert town.store.books.length(town.group) == length - 1
    assert typed("restore", "--replace", "--yes").exit_code == 0


def test_a_set_comes_back_into_another_database(
    typed: Typed, other: pymongo.database.Database[dict[str, Any]], town: Savers
) -> None:
    typed("backup")
    done = typed("restore", "--into", INTO)
    assert done.stdout.startswith(f"{INTO} is as it was in set ")
    assert "FLUSHDB" not in done.stdout, "what members use goes on, and so does its Redis"
    assert other["entries"].count_documents({}) == town.store.books.length(town.group)
    assert typed("ledger", "verify", MONGO_DATABASE=INTO).stdout.endswith("entries, all whole.\n")
    trial = typed("restore", "--test")
    assert "entries would come back whole." in trial.stdout
    assert f"{TOWN}_restore_test" not in other.client.list_database_names()


def test_a_moment_is_typed_in_the_operators_zone(typed: Typed, town: Savers) -> None:
    typed("backup")
    assert "is no time: write it like 2026-11-29T14:05:30" in last(typed("restore", "--to-time", "yesterday"))
    assert "no set is as old as 2026-01-31 20:59:00 UTC" in last(
        typed("restore", "--replace", "--yes", "--to-time", "2026-01-31T23:59:00")
    )
    assert "no set is as old as 2026-01-31 23:59:00 UTC" in last(
        typed("restore", "--replace", "--yes", "--to-time", "2026-01-31T23:59:00Z")
    )
    assert typed("backup", "oplog").stdout.startswith("The archive reaches to ")
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert "the archive of the oplog reaches to " in last(
        typed("restore", "--replace", "--yes", "--to-time", later)
    )


def test_a_set_that_is_not_ours_or_not_whole_is_refused_in_a_line(
    typed: Typed, tmp_path: Path, vault: Vault, town: Savers
) -> None:
    typed("backup")
    (id,) = set_ids(vault.place)
    length = town.store.books.length(town.group)
    again = ("restore", "--replace", "--yes")
    assert "BACKUP_KEY is" in last(typed(*again, BACKUP_KEY="another-key-of-32-characters-or-more"))
    assert "another deployment" in last(typed(*again, PIN_PEPPER="another-pepper-of-32-characters-or-more"))
    assert "set nothing is not there" in last(typed("restore", "nothing"))
    file = tmp_path / "sets" / "sets" / id / "entries.bson.zst.aes"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    assert "entries.bson.zst.aes is cut off" in last(typed(*again))
    broken = typed("backup", "verify")
    assert "is cut off" in broken.stdout and last(broken) == (
        "Error: sets that are not as they were written: 1 of 1"
    )
    file.write_bytes(whole)
    assert typed("backup", "verify", "--all").exit_code == 0
    assert town.store.books.length(town.group) == length


def test_an_old_set_is_restored_only_by_who_says_so(
    typed: Typed, vault: Vault, other: pymongo.database.Database[dict[str, Any]]
) -> None:
    typed("backup")
    (id,) = set_ids(vault.place)
    manifest = read_manifest(vault.place, vault.keys, id)
    write_manifest(vault.place, vault.keys, replace(manifest, made_at=manifest.made_at - timedelta(days=36)))
    assert "is 36 days old, and BACKUP_TOO_OLD is 35: add --old" in last(typed("restore", "--into", INTO))
    assert typed("restore", "--into", INTO, "--old").exit_code == 0
    write_manifest(vault.place, vault.keys, replace(manifest, needs=99, schema=99, version="9.0.0"))
    assert "restore it with version 9.0.0 or later" in last(typed("restore", "--into", INTO, "--old"))


def test_settings_that_are_missing_are_named(typed: Typed) -> None:
    nowhere = typed("backup", BACKUP_TO="", BACKUP_KEY="")
    assert "BACKUP_TO: must be a folder, or s3://BUCKET/PREFIX" in nowhere.output
    assert "BACKUP_KEY: backups needs it beside the others" in typed("backup", BACKUP_KEY="").output
    assert "BACKUP_BUCKET_KEY: must be set" in typed("backup", BACKUP_TO="s3://sets/savings").output
    assert "BACKUP_AT: must be a time of the day like 02:00" in typed("backup", BACKUP_AT="2 o'clock").output
    assert "BACKUP_ZONE: must be a time zone" in typed("backup", BACKUP_ZONE="Kampala time").output
