"""Whoever was forgotten is forgotten again when a backup that knows them is brought back."""

import pytest

from bot.backup.apart import FORGOTTEN, ids_apart, keep_apart
from bot.backup.make import make_set
from bot.backup.restore import restore_set
from bot.backup.vault import Quiet, Vault
from bot.forgetting import forget_person
from domain.mongo.verify import verify_book
from tests.domain.savers import Savers

QUIET = Quiet()


@pytest.mark.parametrize("apart", [True, False], ids=["beside the sets", "in the database that is replaced"])
def test_a_backup_that_is_brought_back_knows_nobody_who_was_forgotten_since(
    town: Savers, vault: Vault, apart: bool
) -> None:
    made = make_set(town.store, vault, QUIET)
    named, other = (town.store.people.get(each).name for each in ("fay", "eve"))
    keep_apart(vault, "fay")
    forget_person(town.store, "fay", replayed=True)
    if apart:
        town.store.database.drop_collection("forgotten")  # all was lost
    else:
        vault.place.remove(f"{FORGOTTEN}fay.aes")

    assert restore_set(town.store, vault, made, QUIET).forgotten == 1

    store = town.store
    fay, eve = store.people.get("fay"), store.people.get("eve")
    assert (fay.name, fay.phone) == ("Member 6", "") and named != fay.name
    assert (eve.name, eve.phone != "") == (other, True)
    assert verify_book(store.books, town.group) == []
    assert town.held("fay"), "what was theirs when the backup was made stands in the books"


def test_who_has_only_the_place_can_name_nobody_to_be_forgotten(town: Savers, vault: Vault) -> None:
    keep_apart(vault, "fay")
    (kept,) = vault.place.names(FORGOTTEN)
    vault.place.put(f"{FORGOTTEN}eve.aes", vault.place.get(kept))
    vault.place.put(f"{FORGOTTEN}dan.aes", [b"dan"])
    assert ids_apart(vault) == ["fay"]
