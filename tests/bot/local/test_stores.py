"""The embedded stores, with the real mongod and Valkey, and owners that die the way programs do."""

import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pymongo
import pymongo.errors
import pytest
import redis

from bot.local.errors import StoreUnavailable
from bot.local.mongo import MONGOD, EmbeddedMongo
from bot.local.processes import Process
from bot.local.programs import Program, executable
from bot.local.stores import Stores, embedded
from bot.local.valkey import VALKEY, EmbeddedRedis
from domain.mongo import replica
from tests.processes import free_port
from tests.relay import relayed
from tests.waiting import until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks processes up in /proc")

ROOT = Path(__file__).parents[3]
# Prints its answers a line each; runs what it is given when told to go on, and then leaves. Ctrl-C interrupts it
# also where the tests themselves run in the background, which a shell lets them ignore, and a child inherits that.
OWNER = """
import os, signal, sys
from pathlib import Path
from bot.local.stores import embedded
signal.signal(signal.SIGINT, signal.default_int_handler)
with embedded(Path(sys.argv[1]), mongo_uri=sys.argv[2] or None, testing=True) as stores:
    print(stores.mongo_uri, stores.redis_url, flush=True)
    exec(sys.argv[3])
"""


@contextmanager
def owner(data_dir: Path, mongo_uri: str = "", then: str = "sys.stdin.read()") -> Iterator[subprocess.Popen[str]]:
    """Another program with embedded stores, already started; killed on leaving if it is still there."""
    program = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data_dir), mongo_uri, then],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with program:
        try:
            yield program
        finally:
            program.kill()


def addresses(program: subprocess.Popen[str]) -> tuple[str, str]:
    assert program.stdout
    mongo_uri, redis_url = program.stdout.readline().split()
    return mongo_uri, redis_url


def mongo(uri: str) -> pymongo.MongoClient[dict[str, Any]]:
    return pymongo.MongoClient(uri)


def deposit(mongo_uri: str) -> None:
    with mongo(mongo_uri) as client:
        deposits = client.test.get_collection("deposits", write_concern=pymongo.WriteConcern("majority"))
        deposits.insert_one({})


def deposits(mongo_uri: str) -> int:
    with mongo(mongo_uri) as client:
        return client.test.deposits.count_documents({})


def processes_of(data_dir: Path, having: str = "") -> list[int]:
    """The pids of every server and keeper of this directory whose command line has these words."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words, place = (process / "cmdline").read_text(), (process / "cwd").readlink()
        except OSError:  # it has ended meanwhile
            continue
        if having in words and (f"{data_dir}/" in words or place.is_relative_to(data_dir)):
            found.append(int(process.name))
    return found


def keepers_of(data_dir: Path) -> list[int]:
    return processes_of(data_dir, having="keeper.py")


def test_stopped_stores_leave_no_process(tmp_path: Path) -> None:
    lines: list[str] = []
    with embedded(tmp_path, testing=True, progress=lines.append) as stores:
        deposit(stores.mongo_uri)
        redis.Redis.from_url(stores.redis_url).ping()
        assert len(processes_of(tmp_path)) == 4  # two servers, two keepers
    assert processes_of(tmp_path) == []
    assert [line.split()[0] for line in lines] == ["Redis", "MongoDB", "Redis", "MongoDB"]


def test_stores_stop_when_the_program_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), embedded(tmp_path, mongo_uri="mongodb://elsewhere"):
        raise ZeroDivisionError
    assert processes_of(tmp_path) == []


def test_a_store_that_starts_is_stopped_when_the_other_cannot(tmp_path: Path) -> None:
    (tmp_path / "redis").write_text("a file where a directory should be")
    with pytest.raises(StoreUnavailable, match="cannot use"), embedded(tmp_path):
        pass
    assert processes_of(tmp_path) == []


def test_a_store_that_has_an_address_is_not_started(tmp_path: Path) -> None:
    with embedded(tmp_path, mongo_uri="mongodb://elsewhere") as stores:
        assert stores.mongo_uri == "mongodb://elsewhere"
        assert redis.Redis.from_url(stores.redis_url).ping()
    assert [path.name for path in tmp_path.iterdir()] == ["redis"]


def test_redis_evicts_nothing_and_keeps_nothing_on_disk(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server:
        settings = redis.Redis.from_url(server.url, decode_responses=True).config_get("*")
        assert (settings["maxmemory-policy"], settings["save"], settings["appendonly"]) == ("noeviction", "", "no")
        assert (settings["bind"], settings["slowlog-log-slower-than"]) == ("127.0.0.1", "-1")
    assert list(server.files.iterdir()) == []


def test_the_log_of_mongodb_has_no_command_of_anybody_however_slow(stores: Stores) -> None:
    with mongo(stores.mongo_uri) as client:
        assert client.admin.command("profile", -1)["sampleRate"] == 0


@pytest.mark.parametrize("testing", [True, False])
def test_only_a_test_may_set_failpoints(tmp_path: Path, testing: bool) -> None:
    failpoint = {"configureFailPoint": "failCommand", "mode": "off"}
    with EmbeddedMongo(tmp_path, testing=testing) as server, mongo(server.uri) as client:
        if testing:
            assert client.admin.command(failpoint)["ok"]
        else:
            with pytest.raises(pymongo.errors.OperationFailure, match="no such command"):
                client.admin.command(failpoint)


def on_port(data_dir: Path, store: str, port: int) -> None:
    """As if a store had been here before, on this port."""
    gone = {"pid": os.getpid(), "began": "another time"}
    (data_dir / store).mkdir()
    (data_dir / store / "state.json").write_text(json.dumps({"owner": gone, "server": gone, "port": port}))


def test_data_survives_a_restart_on_the_same_port_and_on_another(tmp_path: Path) -> None:
    on_port(tmp_path, "mongo", free_port())
    with EmbeddedMongo(tmp_path) as first:
        deposit(first.uri)
    with EmbeddedMongo(tmp_path) as second:
        assert second.port == first.port
        deposit(second.uri)
    with relayed(to=second.port, on=first.port) as stranger:
        stranger.cut()  # it hangs up: a mongod gives whoever keeps silent at its old address 30 s to answer
        with EmbeddedMongo(tmp_path) as third:
            assert third.port != first.port
            deposit(third.uri)
            assert deposits(third.uri) == 3


def test_a_port_taken_at_the_last_moment_costs_another_try(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = [stranger.getsockname()[1]]

        class Unlucky(EmbeddedRedis):
            def command(self, binary: Path, port: int) -> list[str]:
                return super().command(binary, taken.pop() if taken else port)

        with Unlucky(tmp_path) as server:
            assert redis.Redis.from_url(server.url).ping()
    assert not taken


def test_a_killed_program_takes_its_stores_along_and_loses_no_data(tmp_path: Path) -> None:
    with owner(tmp_path) as program:
        deposit(addresses(program)[0])
        program.kill()
        program.wait()
        with embedded(tmp_path) as stores:
            assert deposits(stores.mongo_uri) == 1
    assert processes_of(tmp_path) == []


def test_stores_of_a_killed_program_end_by_themselves(tmp_path: Path) -> None:
    with owner(tmp_path, mongo_uri="mongodb://elsewhere") as program:
        addresses(program)
        assert len(processes_of(tmp_path)) == 2
        program.kill()
        until(lambda: processes_of(tmp_path) == [])


def test_stores_whose_keepers_were_killed_too_are_ended_by_the_next_start(tmp_path: Path) -> None:
    lines: list[str] = []
    with owner(tmp_path) as program:
        deposit(addresses(program)[0])
        # The keepers first: one that lives to see its owner dead ends its store.
        for pid in (*keepers_of(tmp_path), program.pid):
            os.kill(pid, signal.SIGKILL)
        program.wait()
        until(lambda: keepers_of(tmp_path) == [])
        assert len(processes_of(tmp_path)) == 2
        with embedded(tmp_path, progress=lines.append) as stores:
            assert deposits(stores.mongo_uri) == 1
            assert len(processes_of(tmp_path)) == 4
    assert sum("killed program" in line for line in lines) == 2


def test_a_forked_child_does_not_keep_the_stores_of_a_killed_program(tmp_path: Path) -> None:
    """The child holds a copy of the pipe to the keeper, which therefore never ends."""
    fork = "child = os.fork(); print(child, flush=True) if child else None; sys.stdin.read()"
    with owner(tmp_path, mongo_uri="mongodb://elsewhere", then=fork) as program:
        addresses(program)
        assert program.stdout
        child = int(program.stdout.readline())
        try:
            program.kill()
            program.wait()
            with EmbeddedRedis(tmp_path) as server:
                assert redis.Redis.from_url(server.url).ping()
        finally:
            os.kill(child, signal.SIGKILL)


def test_a_program_stops_its_stores_while_its_forked_child_lives(tmp_path: Path) -> None:
    fork = "child = os.fork(); print(child, flush=True) if child else sys.stdin.read()"
    with owner(tmp_path, mongo_uri="mongodb://elsewhere", then=fork) as program:
        addresses(program)
        assert program.stdout
        child = int(program.stdout.readline())
        try:
            program.wait()
            assert [pid for pid in processes_of(tmp_path) if pid != child] == []
        finally:
            os.kill(child, signal.SIGKILL)


def test_ctrl_c_reaches_the_program_before_its_stores(tmp_path: Path) -> None:
    ping = """
import redis
try:
    print("waiting", flush=True)
    sys.stdin.read()
except KeyboardInterrupt:
    print(redis.Redis.from_url(stores.redis_url).ping(), flush=True)
"""
    with owner(tmp_path, mongo_uri="mongodb://elsewhere", then=ping) as program:
        addresses(program)
        assert program.stdout
        assert program.stdout.readline() == "waiting\n"
        os.killpg(program.pid, signal.SIGINT)
        assert program.stdout.readline() == "True\n"
        assert program.wait() == 0
    assert processes_of(tmp_path) == []


def test_two_directories_run_side_by_side(tmp_path: Path) -> None:
    with embedded(tmp_path / "a") as one, embedded(tmp_path / "b") as other:
        deposit(one.mongo_uri)
        assert (deposits(one.mongo_uri), deposits(other.mongo_uri)) == (1, 0)
        redis.Redis.from_url(one.redis_url).set("key", "a")
        assert redis.Redis.from_url(other.redis_url).get("key") is None


def test_a_second_program_on_one_directory_is_told_who_has_it(tmp_path: Path) -> None:
    with owner(tmp_path, mongo_uri="mongodb://elsewhere") as program:
        _, redis_url = addresses(program)
        with pytest.raises(StoreUnavailable, match=rf"in use by process {program.pid}:"), EmbeddedRedis(tmp_path):
            pass
        assert redis.Redis.from_url(redis_url).ping()


@pytest.mark.parametrize("is_ours", [True, False])
def test_only_a_process_that_is_surely_ours_is_ended(tmp_path: Path, is_ours: bool) -> None:
    """A pid comes round again: it is the time a process began that tells it from a stranger."""
    with subprocess.Popen(["sleep", "600"]) as sleeper:
        try:
            process = Process.of(sleeper.pid)
            assert process
            server = {"pid": process.pid, "began": process.began if is_ours else "another time"}
            state = {"owner": {"pid": process.pid, "began": "another time"}, "server": server, "port": 1}
            (tmp_path / "redis").mkdir()
            (tmp_path / "redis/state.json").write_text(json.dumps(state))
            with EmbeddedRedis(tmp_path):
                assert sleeper.poll() == (-signal.SIGTERM if is_ours else None)
        finally:
            sleeper.kill()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"owner": {}}', '{"owner": 1, "server": 2, "port": 3}'])
def test_a_damaged_state_file_does_not_block_the_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis/state.json").write_text(text)
    with EmbeddedRedis(tmp_path) as server:
        assert redis.Redis.from_url(server.url).ping()


@pytest.mark.parametrize("program", [MONGOD, VALKEY], ids=lambda program: program.title)
def test_a_missing_binary_is_named_with_the_platform_and_the_remedy(program: Program) -> None:
    assert program.find().is_file()
    with pytest.raises(StoreUnavailable) as refusal:
        replace(program, search_path="", packages=["no-such-package"]).find()
    message = str(refusal.value)
    assert message.startswith(f"no {program.title} for {platform.system()} {platform.machine()}: install ")
    assert program.setting in message
    assert "\n" not in message


def test_the_path_comes_before_the_packages(tmp_path: Path) -> None:
    (tmp_path / "redis-server").symlink_to(VALKEY.find())
    assert replace(VALKEY, search_path=str(tmp_path)).find() == tmp_path / "redis-server"
    assert replace(VALKEY, search_path="").find() != tmp_path / "redis-server"


def test_a_missing_library_is_named_with_what_to_install(tmp_path: Path) -> None:
    mongod = tmp_path / "mongod"
    mongod.write_bytes(MONGOD.find().read_bytes().replace(b"libcurl.so.4\0", b"libcurl.so.0\0"))
    mongod.chmod(0o755)
    with pytest.raises(StoreUnavailable, match=r"needs libcurl\.so\.0: apt install libcurl4 libssl3$"):
        EmbeddedMongo(tmp_path, program=replace(MONGOD, search_path=str(tmp_path))).__enter__()
    mongod.unlink()


def test_a_binary_for_another_machine_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "redis-server").write_bytes(b"\x7fELF for another machine")
    (tmp_path / "redis-server").chmod(0o755)
    with pytest.raises(StoreUnavailable, match=f"does not run on {platform.system()}.* set REDIS_URL"):
        EmbeddedRedis(tmp_path, program=replace(VALKEY, search_path=str(tmp_path))).__enter__()


def test_a_server_that_refuses_to_start_is_quoted(tmp_path: Path) -> None:
    class Misled(EmbeddedRedis):
        def command(self, binary: Path, port: int) -> list[str]:
            return [*super().command(binary, port), "--no-such-option", "1"]

    with pytest.raises(StoreUnavailable, match=r"Redis ended while starting, see .*server\.log: "):
        Misled(tmp_path).__enter__()
    assert processes_of(tmp_path) == []


def test_a_binary_that_lost_its_mark_is_made_executable(tmp_path: Path) -> None:
    binary = tmp_path / "valkey-server"
    shutil.copyfile(VALKEY.find(), binary)
    assert not os.access(binary, os.X_OK)
    assert os.access(executable(binary), os.X_OK)


def test_a_mongod_that_cannot_become_primary_is_not_waited_for_without_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TimeoutError, match="not a primary"):
        replica.ensure_primary(silent.getsockname()[1], timeout_seconds=0.2)


def test_a_process_is_known_by_when_it_began() -> None:
    assert Process.of(os.getpid()) == Process.of(os.getpid()) != Process.of(os.getppid())
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
        assert Process.of(ended.pid) is None


def test_a_process_is_the_same_when_the_clock_is_corrected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel then says that the machine started at another time; here a day later, in a /proc of the test."""
    before = Process.of(os.getpid())
    for each in Path("/proc").iterdir():
        if each.name != "stat":
            (tmp_path / each.name).symlink_to(each)
    said = Path("/proc/stat").read_text()
    (tmp_path / "stat").write_text(re.sub(r"(?m)^btime (\d+)", lambda at: f"btime {int(at[1]) + 86_400}", said))
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path))
    assert Process.of(os.getpid()) == before
