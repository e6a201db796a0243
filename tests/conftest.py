"""Real stores for every test that needs one, started once a run; each test finds them empty."""

import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis
import pymongo
import pytest
import redis

from bot.app import App, build
from bot.collector import leave_out_what_is_there, search_less_often
from bot.config import Settings, load
from bot.local.stores import Stores, embedded
from bot.logs import set_up
from domain.mongo.books import MongoBooks
from domain.mongo.indexes import prepare
from domain.mongo.store import MongoStore, open_store
from domain.records.pin import PinHasher
from tests.asked import Asked
from tests.emptied import empty
from tests.leaks import anything_leaked
from tests.people import Village, carries, found_village
from tests.phone import Phone, Transcript
from tests.web import wsgi

# Examples are drawn anew each time, on a build server too, so that many runs see what few examples of one miss; a
# failure prints what repeats it. How quick the machine is decides nothing.
hypothesis.settings.register_profile(
    "tests",
    derandomize=False,
    max_examples=50,
    deadline=None,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
# For whoever asks only whether a test fails: the shortest example that does takes much longer to find.
hypothesis.settings.register_profile(
    "any-failure",
    parent=hypothesis.settings.get_profile("tests"),
    max_examples=100,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    database=None,
)
hypothesis.settings.load_profile("tests")
# For a test that empties the store itself before each example.
on_one_store = hypothesis.settings(
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture]
)

# Python keeps what it has compiled, whatever the shell says: each process that a test starts would compile all of
# it again, which takes twice as long as the rest of its start.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# What is imported while tests are collected stays as well.
search_less_often()

ROOT = Path(__file__).parent
# The files that take longest, from more than a minute down to 10 s.
LONG = (
    "bot/demo/test_run.py",
    "flows/check/test_every_conversation.py",
    "faults/test_faults.py",
    "faults/test_whole.py",
    "cycles/test_vsla_cycle.py",
    "channels/test_contract.py",
    "bot/test_rights.py",
    "upgrade/test_talks_of_before.py",
    "bot/test_hooks.py",
    "bot/test_status.py",
    "flows/check/test_map.py",
    "channels/test_routes.py",
    "upgrade/test_votes_of_before.py",
    "bot/local/test_stores.py",
    "upgrade/test_store_of_before.py",
    "cycles/test_machine.py",
    "bot/cli/test_main.py",
    "payments/contract/test_contract.py",
    "upgrade/test_money_of_before.py",
    "bot/demo/test_village.py",
    "simulator/page/test_page.py",
    "domain/rotation/test_whole_cycle.py",
    "bot/jobs/test_going_on.py",
    "bot/jobs/test_stuck.py",
    "bot/pages/test_browser.py",
    "bot/pages/test_operator_browser.py",
    "deploy/test_bluegreen.py",
    "test_canary.py",
    "simulator/page/test_page_for_all.py",
    "bot/test_many_redis.py",
    "deploy/test_alerts.py",
    "bot/test_renewal.py",
    "cycles/test_rosca_cycle.py",
    "bot/watch/test_processes.py",
    "bot/cli/test_books.py",
    "cycles/test_sacco_years.py",
)
DATABASE = "tests"
MEMORY = Path("/dev/shm")
MEMORY_FREE_MIN = 4 * 2**30  # a store grows to some 300 MB
ASKED = Asked()
PEPPER = "pepper-of-the-tests-0123456789abcdef"
# A thousandth of what a hash costs in production, which tests/domain/records/test_pin.py looks at.
PINS = PinHasher(PEPPER, passes=1, memory_kib=8)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that passed fails after all when its log leaked."""
    report = yield
    if report.when == "call" and report.passed and anything_leaked(log := report.capstderr + report.caplog):
        told = "\n".join(f"{found} in {line}" for line in log.splitlines() if (found := anything_leaked(line)))
        report.outcome, report.longrepr = "failed", f"the log holds what it must not: {told}"
    return report


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-channel", action="store_true", help="hear every transcript on every channel")
    parser.addoption(
        "--stores",
        nargs=2,
        default=(None, None),
        metavar=("MONGO_URI", "REDIS_URL"),
        help="stores that run already, for one run of many; what is in them is deleted",
    )


def pytest_configure(config: pytest.Config) -> None:
    """
    Each of the processes that share the tests begins to collect them at a place of its own: what one has compiled
    the others find. In a new clone they would all compile everything, and side by side.
    """
    pymongo.monitoring.register(ASKED)  # every client from now on is heard
    shared = getattr(config, "workerinput", None)
    if shared is None or [Path(each) for each in config.args] not in ([ROOT], [Path(ROOT.name)]):
        return
    files = [str(path) for path in sorted(ROOT.rglob("test_*.py"))]
    begin = len(files) * int(shared["workerid"].removeprefix("gw")) // shared["workercount"]
    config.args = [*files[begin:], *files[:begin]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first: a file is one process's, and at the end none is to wait for another's."""
    place = {ROOT / name: number for number, name in enumerate(LONG)}
    items.sort(key=lambda item: (place.get(item.path, len(LONG)), item.path))


def pytest_collection_finish() -> None:
    """Leave the tests themselves, and all that they import, out of Python's search for cycles: they stay."""
    leave_out_what_is_there()


class Clock:
    """A clock that stands still until it is moved; it starts on a Monday morning in Kampala."""

    def __init__(self) -> None:
        self._now = datetime(2026, 10, 5, 6, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self._now

    def timestamp(self) -> float:
        return self._now.timestamp()

    def forward(self, **delta: float) -> None:
        self._now += timedelta(**delta)


@pytest.fixture(scope="session")
def stores(pytestconfig: pytest.Config) -> Iterator[Stores]:
    mongo_uri, redis_url = pytestconfig.getoption("--stores")
    with (
        folder_in_memory() as scratch,
        embedded(scratch, mongo_uri=mongo_uri, redis_url=redis_url, testing=True) as started,
    ):
        yield started


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """
    For the files of stores: in memory, where there is room for those of every process that runs tests.

    Each transaction waits until its journal is on the disk: on a real one, half of the time of most tests.
    """
    has_room = MEMORY.is_mount() and shutil.disk_usage(MEMORY).free > MEMORY_FREE_MIN
    if has_room:
        forget_killed_runs()
    with TemporaryDirectory(prefix=f"tests-{os.getpid()}-", dir=MEMORY if has_room else None) as scratch:
        yield Path(scratch)


def forget_killed_runs() -> None:
    """Give back the memory of stores whose tests were killed: the process stands in the name of the directory."""
    for left in MEMORY.glob("tests-*-*"):
        if not Path("/proc", left.name.split("-")[1]).exists():
            shutil.rmtree(left, ignore_errors=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def mongo(stores: Stores) -> Iterator[pymongo.MongoClient[dict[str, Any]]]:
    with pymongo.MongoClient[dict[str, Any]](stores.mongo_uri) as client:
        prepare(client[DATABASE])  # while it is empty: to index documents takes mongod a hundred times as long
        yield client
        scans = ASKED.scans(client[DATABASE])
        assert not scans, "\n".join(("these queries of ours are answered by no index:", *scans))
        assert not ASKED.unbounded, f"these commands of ours have no limit of time: {ASKED.unbounded}"


@pytest.fixture
def settings(stores: Stores, mongo: pymongo.MongoClient[dict[str, Any]], tmp_path: Path) -> Settings:
    """Settings on stores that are empty."""
    empty(mongo[DATABASE])
    return settings_for(stores, tmp_path / "data")


def settings_for(stores: Stores, data_dir: Path, database: str = DATABASE) -> Settings:
    """Settings as an operator would give them, with the providers at an address where nobody is."""
    return load(
        {
            "APP_ENV": "test",
            "MONGO_URI": stores.mongo_uri,
            "MONGO_DATABASE": database,
            "REDIS_URL": stores.redis_url,
            "DATA_DIR": str(data_dir),
            "PIN_PEPPER": PEPPER,
            "SESSION_SECRET": "session-secret-of-the-tests-0123456789",
            "JWT_SECRET": "jwt-secret-of-the-tests-0123456789abcdef",
            "REFRESH_TOKEN_SECRET": "refresh-secret-of-the-tests-0123456789abcdef",
            "HOOK_SECRET": "hook",
            "AT_API_KEY": "at-key",
            "AT_API_URL": "http://127.0.0.1:9",
            "FEATURE_SMS_MENUS_ENABLED": "true",
            "TWILIO_ACCOUNT_SID": f"AC{'0' * 31}1",
            "TWILIO_AUTH_TOKEN": "0123456789abcdef0123456789abcdef",
            "TWILIO_WHATSAPP_NUMBER": "+14155238886",
            "TWILIO_API_URL": "http://127.0.0.1:9",
            "TELEGRAM_BOT_TOKEN": "123456:simulated",
            "TELEGRAM_API_URL": "http://127.0.0.1:9",
            "MOMO_API_URL": "http://127.0.0.1:9",
            "MOMO_ENVIRONMENT": "simulator",
            "MOMO_SUBSCRIPTION_KEY": "sub-coll",
            "MOMO_API_USER": "5b0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11",
            "MOMO_API_KEY": "momo-key",
            "MOMO_DISBURSEMENT_SUBSCRIPTION_KEY": "sub-disb",
            "MOMO_DISBURSEMENT_API_USER": "7c0c1c34-6f0e-4b0d-9a55-0a3d0f6f1a11",
            "MOMO_DISBURSEMENT_API_KEY": "momo-key-out",
        }
    )


@pytest.fixture(scope="session")
def connected(stores: Stores, mongo: pymongo.MongoClient[dict[str, Any]]) -> Iterator[MongoStore]:
    """Connections as the program opens them, once a run: to open them takes as long as half of a test."""
    opened = open_store(stores.mongo_uri, DATABASE, pins=PINS, timeout_seconds=10, prepared=True)
    yield opened
    opened.close()


@pytest.fixture
def store(settings: Settings, clock: Clock, connected: MongoStore) -> Iterator[MongoStore]:
    """An empty store whose clock the test moves; of the one before it has the connections alone."""
    database = connected.database
    books, providers = MongoBooks(database.client, database), carries("momo", "UGX", "KES", "XAF")
    yield MongoStore(database, books, PINS, providers, {}, "", clock)
    books.close()


@pytest.fixture
def app(settings: Settings, clock: Clock) -> Iterator[App]:
    """The whole program on empty stores, its clock in the test's hand."""
    redis.Redis.from_url(settings.redis_url).flushdb()
    set_up(settings, role="test")
    built = build(settings, clock=clock, pins=PINS, prepared=True)
    yield built
    built.close()


@pytest.fixture
def village(app: App) -> Village:
    """A group with its officers and members, made by the domain's own commands."""
    return found_village(app.store)


@pytest.fixture
def phone(app: App) -> Callable[[str], Phone]:
    """A phone with a number, on the real webhook."""
    web = wsgi(app)
    return lambda number: Phone(web, app.settings.hook_secret, number)


@pytest.fixture
def converse(phone: Callable[[str], Phone], village: Village) -> Transcript:
    """Checks a conversation written down as it is heard; Akello's unless another number is given."""
    return Transcript(phone, village.akello.phone)
