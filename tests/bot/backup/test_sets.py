"""Sets that are not what they should be are refused in one line each; the oldest goes when the newest is right."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.backup.check import verify_set
from bot.backup.errors import BackupRefused, BrokenSet, ForeignSet, OutdatedSet, PartialSet, WrongKey
from bot.backup.make import keep_sets, make_set
from bot.backup.manifest import (
    Manifest,
    check_age,
    check_origin,
    deployment_of,
    part_name,
    read_manifest,
    set_ids,
    unfinished_ids,
    write_manifest,
)
from bot.backup.vault import Quiet, Vault
from domain.mongo.lease import LeaseLost
from tests.bot.backup.vaults import lease_of, vault_in
from tests.conftest import Clock
from tests.domain.savers import Savers

QUIET = Quiet()


@pytest.fixture
def made(town: Savers, vault: Vault) -> Manifest:
    return make_set(town.store, vault, QUIET)


def test_a_whole_set_is_verified_and_says_what_is_in_it(town: Savers, vault: Vault, made: Manifest) -> None:
    assert verify_set(vault, made.id, QUIET) == made == read_manifest(vault.place, vault.keys, made.id)
    counts = {each.name: each.documents for each in made.parts}
    database = town.store.database
    assert counts == {name: database[name].count_documents({}) for name in database.list_collection_names()}
    assert made.size_bytes > made.stored_bytes > 0
    assert set_ids(vault.place) == [made.id]


def test_nothing_of_it_can_be_read_without_the_key(tmp_path: Path, vault: Vault, made: Manifest) -> None:
    stored = b"".join(path.read_bytes() for path in (tmp_path / "sets").rglob("*") if path.is_file())
    assert b"Ada Name" not in stored and b"memberships" not in stored  # three letters are there by chance


Spoil = Callable[[Path], object]


def entries_of(folder: Path) -> Path:
    return folder / "entries.bson.zst.aes"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def flip(path: Path) -> None:
    stored = bytearray(path.read_bytes())
    stored[len(stored) // 2] ^= 1
    path.write_bytes(stored)


@pytest.mark.parametrize(
    ("spoil", "refusal", "said"),
    [
        (lambda set: cut(entries_of(set)), BrokenSet, "entries.bson.zst.aes is cut off"),
        (lambda set: flip(entries_of(set)), BrokenSet, "entries.bson.zst.aes is broken at frame 0"),
        (lambda set: entries_of(set).write_bytes(b""), BrokenSet, "is cut off"),
        (lambda set: entries_of(set).unlink(), PartialSet, "entries.bson.zst.aes is not there"),
        (lambda set: shutil.copy(set / "people.bson.zst.aes", entries_of(set)), BrokenSet, "is broken at frame 0"),
        (lambda set: cut(set / "manifest.json.aes"), BrokenSet, "manifest.json.aes is cut off"),
        (lambda set: (set / "manifest.json.aes").unlink(), PartialSet, "was never finished: it has no manifest"),
    ],
)
def test_a_broken_set_is_refused(
    tmp_path: Path, vault: Vault, made: Manifest, spoil: Spoil, refusal: type[BackupRefused], said: str
) -> None:
    spoil(tmp_path / "sets" / "sets" / made.id)
    with pytest.raises(refusal, match=said):
        verify_set(vault, made.id, QUIET)


def test_a_file_of_another_set_is_refused(town: Savers, tmp_path: Path, vault: Vault, made: Manifest) -> None:
    """Of the same collection, with the same key, and whole: it is the one of yesterday."""
    later = make_set(town.store, vault, QUIET)
    assert later.id != made.id, "two that are made within a second are two"
    files = [tmp_path / "sets" / part_name(id, "entries") for id in (made.id, later.id)]
    shutil.copy(files[0], files[1])
    with pytest.raises(BrokenSet, match="frame 0"):
        verify_set(vault, later.id, QUIET)
    verify_set(vault, made.id, QUIET)


def test_an_older_file_of_the_same_name_is_refused(
    town: Savers, tmp_path: Path, vault: Vault, made: Manifest
) -> None:
    """It is what a manifest of its time said, and not what that of now says."""
    file = tmp_path / "sets" / part_name(made.id, "people")
    before = file.read_bytes()
    shutil.rmtree(tmp_path / "sets")
    again = make_set(town.store, vault, QUIET)
    assert again.id == made.id
    file.write_bytes(before)
    with pytest.raises(BrokenSet, match="another file than the one that the set was finished with"):
        verify_set(vault, made.id, QUIET)


def test_another_key_and_another_deployment_are_refused(
    town: Savers, tmp_path: Path, vault: Vault, made: Manifest
) -> None:
    other = vault_in(tmp_path / "sets", key="another-key-of-32-characters-or-more")
    with pytest.raises(WrongKey, match=r"it was made with the key [0-9a-f]{16}, and BACKUP_KEY is [0-9a-f]{16}"):
        verify_set(other, made.id, QUIET)
    check_origin(made, vault.deployment)
    pepper = "pepper-of-another-deployment-0123456789"
    with pytest.raises(ForeignSet, match="another deployment"):
        check_origin(made, deployment_of(pepper))
    with pytest.raises(ForeignSet):  # two deployments in one place would remove each other's sets
        make_set(town.store, vault_in(tmp_path / "sets", pepper=pepper), QUIET)


def test_an_old_set_and_one_of_a_newer_program_are_refused(vault: Vault, made: Manifest) -> None:
    old, schema = timedelta(days=35), made.schema
    check_age(made, made.made_at + old, old, schema)
    with pytest.raises(OutdatedSet, match=r"is 35 days old, and BACKUP_TOO_OLD is 35: add --old"):
        check_age(made, made.made_at + old + timedelta(seconds=1), old, schema)
    newer = replace(made, schema=schema + 2, needs=schema + 1)
    with pytest.raises(OutdatedSet, match=f"reads, and this one has {schema}"):
        check_age(newer, made.made_at, old, schema)
    check_age(newer, made.made_at, old, schema + 1)
    write_manifest(vault.place, vault.keys, replace(made, format=2))
    with pytest.raises(OutdatedSet, match="take a newer program"):
        verify_set(vault, made.id, QUIET)


def test_the_oldest_goes_only_when_the_newest_was_read_back(town: Savers, tmp_path: Path, clock: Clock) -> None:
    vault = vault_in(tmp_path / "sets", keep=3)
    ids = []
    for _ in range(3):
        with lease_of(town.store) as lease:
            ids.append(make_set(town.store, vault, QUIET).id)
            assert keep_sets(vault, read_manifest(vault.place, vault.keys, ids[-1]), lease, QUIET) == []
        clock.forward(days=1)
    fourth = make_set(town.store, vault, QUIET)
    file = tmp_path / "sets" / part_name(fourth.id, "people")
    whole = file.read_bytes()
    flip(file)
    with lease_of(town.store) as lease:
        with pytest.raises(BrokenSet):
            keep_sets(vault, fourth, lease, QUIET)
        assert set_ids(vault.place) == [*ids, fourth.id], "the newest is not right: none has gone"
        file.write_bytes(whole)
        assert keep_sets(vault, fourth, lease, QUIET) == ids[:1]
    assert set_ids(vault.place) == [*ids[1:], fourth.id]


def test_what_was_begun_and_never_finished_goes_with_the_next_set(
    town: Savers, tmp_path: Path, vault: Vault, clock: Clock
) -> None:
    begun = make_set(town.store, vault, QUIET)
    (tmp_path / "sets" / "sets" / begun.id / "manifest.json.aes").unlink()
    assert unfinished_ids(vault.place) == [begun.id]
    clock.forward(hours=1)
    with lease_of(town.store) as lease:
        assert keep_sets(vault, make_set(town.store, vault, QUIET), lease, QUIET) == [begun.id]
    assert unfinished_ids(vault.place) == []


def test_who_has_lost_the_lease_takes_nothing_away(town: Savers, tmp_path: Path, clock: Clock) -> None:
    vault = vault_in(tmp_path / "sets", keep=1)
    make_set(town.store, vault, QUIET)
    with lease_of(town.store) as lease:
        fresh = make_set(town.store, vault, QUIET)
        clock.forward(minutes=2)
        with pytest.raises(LeaseLost):
            keep_sets(vault, fresh, lease, QUIET)
    assert len(set_ids(vault.place)) == 2
