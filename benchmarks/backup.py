"""
A backup and the way back, measured: seconds, MB a second, and the memory of the process that does it.

`python -m benchmarks.backup --documents 1000000` fills a database with books whose entries are chained as real
ones are, and with messages; each part runs in a process of its own, so that its memory is its own. The sizes show
whether the memory grows with what is backed up.
"""

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pymongo import MongoClient
from pymongo.database import Database

from bot.backup.check import verify_set
from bot.backup.frames import Keyring
from bot.backup.make import make_set
from bot.backup.manifest import deployment_of, read_manifest, set_ids
from bot.backup.places import Folder
from bot.backup.restore import restore_set
from bot.backup.vault import Quiet, Vault
from bot.local.stores import embedded
from domain.books.accounts import Account
from domain.books.ledger import Draft, Head, Posting
from domain.money import Money
from domain.mongo.indexes import prepare
from domain.mongo.layout import account_id, entry_document
from domain.mongo.store import MongoStore, open_store
from domain.mongo.tables import to_document
from domain.records.group import Constitution, Group
from domain.records.notice import Notice, Values
from domain.records.pin import PinHasher

Document = dict[str, Any]

DATABASE: Final = "measured"
ENTRIES_A_GROUP: Final = 1_000
MEMBERS: Final = 25
PEPPER: Final = "pepper-of-the-measurement-0123456789"
NOW: Final = datetime(2026, 10, 5, 6, tzinfo=UTC)


def fill(database: Database[Document], documents: int) -> None:
    """Half of them are entries of books, the others messages."""
    prepare(database)
    for number in range(documents // 2 // ENTRIES_A_GROUP):
        _fill_group(database, f"group{number:06d}")
    made = 0
    while made < documents // 2:
        database["notices"].insert_many([_notice(made + each) for each in range(5_000)], ordered=False)
        made += 5_000


def _fill_group(database: Database[Document], id: str) -> None:
    head, balances = Head(), dict[str, int]()
    entries = []
    for number in range(ENTRIES_A_GROUP):
        member = f"{id}-member{number % MEMBERS:03d}"
        legs = (Posting(Account.WALLET, 5_000), Posting(Account.SHARES, -5_000, member))
        draft = Draft(id, "UGX", f"pay:{id}:{number}", f"contribution C{number:06d}", NOW, legs)
        entry, head = head.follow(draft)
        balances[member] = balances.get(member, 0) - 5_000
        entries.append(entry_document(entry))
    database["entries"].insert_many(entries, ordered=False)
    rules = Constitution(Money(5_000, "UGX"), first_meeting=NOW.date(), social_fund=Money(500, "UGX"))
    group = Group(id, id[-6:], f"Group {id[-6:]}", "vsla", "UGX", rules, NOW)
    database["groups"].insert_one(to_document(group))
    heads = {"_id": id, "seq": head.seq, "hash": head.hash, "currency": "UGX", "totals": head.totals}
    members = [
        {"_id": account_id(id, Account.SHARES, member), "balance": balance} for member, balance in balances.items()
    ]
    database["accounts"].insert_many([heads, *members])


def _notice(number: int) -> Document:
    values: Values = {
        "amount": Money(5_000, "UGX"),
        "group": "Umoja",
        "ref": f"C{number:07d}",
        "balance": Money(number, "UGX"),
    }
    at = NOW + timedelta(seconds=number)
    return to_document(
        Notice(f"notice{number:012d}", f"person{number % 9999:08d}", "receipt", values, at, next_at=None)
    )


def measured(work: Callable[[str, str], str], uri: str, folder: str) -> str:
    """What it says, how long it took, and the most memory its process had."""
    out: multiprocessing.Queue[str] = multiprocessing.get_context("spawn").Queue()
    process = multiprocessing.get_context("spawn").Process(target=_in_process, args=(work, uri, folder, out))
    process.start()
    said = out.get()
    process.join()
    return said


def _in_process(work: Callable[[str, str], str], uri: str, folder: str, out: "multiprocessing.Queue[str]") -> None:
    began = time.perf_counter()
    said = work(uri, folder)
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    name = work.__name__.strip("_")
    out.put(f"{name:8} {seconds:7.1f} s, {cpu:5.1f} s of it our CPU  {peak:4.0f} MB of memory  {said}")


@contextmanager
def _opened(uri: str, folder: str, database: str = DATABASE) -> Iterator[tuple[MongoStore, Vault]]:
    store = open_store(uri, database, pins=PinHasher(PEPPER), timeout_seconds=300, prepared=True)
    keys = Keyring(["key-of-the-measurement-0123456789abcdef"])
    vault = Vault(Folder(Path(folder)), keys, deployment_of(PEPPER), "0", 30, timedelta(days=35))
    with closing(store):
        yield store, vault


def _nothing(uri: str, folder: str) -> str:
    """What a process has that only opens the store."""
    with _opened(uri, folder):
        return ""


def _make(uri: str, folder: str) -> str:
    with _opened(uri, folder) as (store, vault):
        made = make_set(store, vault, Quiet())
        rate = made.size_bytes / 1e6 / made.took_seconds
        return (
            f"{made.documents:,} documents, {made.size_bytes / 1e6:,.0f} MB, "
            f"{made.stored_bytes / 1e6:,.0f} MB stored, {rate:.0f} MB/s"
        )


def _verify(uri: str, folder: str) -> str:
    with _opened(uri, folder) as (_, vault):
        read = verify_set(vault, set_ids(vault.place)[-1], Quiet())
        return f"{read.documents:,} documents"


def _restore(uri: str, folder: str) -> str:
    with _opened(uri, folder, f"{DATABASE}_again") as (store, vault):
        manifest = read_manifest(vault.place, vault.keys, set_ids(vault.place)[-1])
        restored = restore_set(store, vault, manifest, Shown())
        return f"{restored.documents:,} documents, {restored.books:,} books with {restored.entries:,} entries"


class Shown:
    """Prints how long each part took."""

    @contextmanager
    def phase(self, label: str, length: int) -> Iterator[Callable[[int], object]]:
        began = time.perf_counter()
        yield lambda steps: None
        print(f"           {label}: {time.perf_counter() - began:.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, nargs="+", default=[50_000, 500_000])
    for documents in parser.parse_args().documents:
        with (
            tempfile.TemporaryDirectory() as scratch,
            embedded(Path(scratch), redis_url="redis://none") as stores,
            MongoClient[Document](stores.mongo_uri, w="majority") as client,
        ):
            fill(client[DATABASE], documents)
            print(f"{documents:,} documents", flush=True)
            for work in (_nothing, _make, _verify, _restore):
                print(f"  {measured(work, stores.mongo_uri, f'{scratch}/sets')}", flush=True)


if __name__ == "__main__":
    main()
