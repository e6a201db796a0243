"""
Stores that let nobody in without a password: the program with the least rights does all it should there, and what
it should not is refused.
"""

import hashlib
import json
import re
import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pymongo
import pytest
import redis
import rq
from click.testing import CliRunner, Result
from pymongo.errors import OperationFailure
from redis.exceptions import NoPermissionError
from rq.serializers import JSONSerializer
from werkzeug.test import Client

from bot.app import App
from bot.cli.main import main
from bot.config import Settings
from bot.fit import check_redis
from bot.jobs import TASKS, Scheduler
from bot.local.mongo import EmbeddedMongo
from bot.local.valkey import EmbeddedRedis
from bot.measured import seen
from domain.access.audit import note, seal_waiting, verify_audit
from domain.mongo import replica, roles
from domain.mongo.indexes import COLLECTIONS
from domain.mongo.store import open_store
from domain.mongo.verify import verify_book
from flows.engine.document import File
from tests.bot.backup.vaults import KEY
from tests.conftest import PEPPER, PINS, Clock
from tests.waiting import until
from tests.web import wsgi
from tests.wired import PHONES, Wired, joined, wired

ROOT = Path(__file__).parents[2]
ADMIN, ADMIN_PASSWORD = "administrator", "password-of-the-administrator"
AKELLO = PHONES["Akello Grace"]
DATABASE = "rights"


class GuardedMongo(EmbeddedMongo):
    """It asks everybody who they are; its members show each other a key."""

    def command(self, binary: Path, port: int) -> list[str]:
        return [*super().command(binary, port), "--keyFile", str(self.directory / "key")]

    def prepare(self) -> None:
        with pymongo.MongoClient[dict[str, Any]]("127.0.0.1", self.port, directConnection=True) as client:
            until(lambda: bool(client.admin.command("hello")["isWritablePrimary"]))

    def as_user(self, name: str, password: str) -> str:
        return f"mongodb://{name}:{password}@127.0.0.1:{self.port}/?replicaSet={replica.NAME}&authSource=admin"


class GuardedRedis(EmbeddedRedis):
    """It knows the users of deploy/redis/users.acl."""

    def command(self, binary: Path, port: int) -> list[str]:
        return [*super().command(binary, port), "--aclfile", str(self.directory / "users.acl")]


@dataclass
class Guarded:
    mongo: GuardedMongo
    admin_file: Path
    data_dir: Path

    def type(self, *arguments: str) -> Result:
        given = {"MONGO_DATABASE": DATABASE, "DATA_DIR": str(self.data_dir)}
        done = CliRunner().invoke(main, ["database", *arguments, "--admin", str(self.admin_file)], env=given)
        assert ADMIN_PASSWORD not in done.output
        return done

    def user(self, name: str, *has: str) -> str:
        """The address for a user with some roles."""
        made = self.type("user", name, *(word for role in has for word in ("--role", role)))
        assert made.exit_code == 0, made.output
        return self.mongo.as_user(name, made.output.strip())


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    with EmbeddedMongo(folder) as open_to_all, pymongo.MongoClient[dict[str, Any]](open_to_all.uri) as client:
        client.admin.command("createUser", ADMIN, pwd=ADMIN_PASSWORD, roles=["root"])
        key = open_to_all.directory / "key"
    key.touch(mode=0o600)
    key.write_text("aKeyThatMembersShare\n")
    with GuardedMongo(folder) as mongo:
        admin_file = folder / "admin"
        admin_file.write_text(f"{mongo.as_user(ADMIN, ADMIN_PASSWORD)}\n")
        made = Guarded(mongo, admin_file, folder)
        done = made.type("roles")
        assert done.output.split() == [f"{DATABASE}_{role}" for role in roles.ABOUT], done.output
        yield made


@pytest.fixture(scope="module")
def program_uri(guarded: Guarded) -> str:
    """The address for the program, which has made its collections and indexes with no more than its own rights."""
    address = guarded.user("program-a", "program")
    open_store(address, DATABASE, pins=PINS).close()
    return address


def client_of(address: str) -> pymongo.MongoClient[dict[str, Any]]:
    return pymongo.MongoClient(address, timeoutMS=10_000)


def test_the_program_does_its_work_to_the_end(program_uri: str, settings: Settings, clock: Clock) -> None:
    """A contribution from the first digit to the receipt, by transactions; every task that is due; the log."""
    own = replace(settings, mongo_uri=program_uri, mongo_database=DATABASE)
    with wired(own, clock) as town:
        contribute(town)
        store = town.app.store
        assert verify_book(store.books, town.village.umoja) == []
        Scheduler(store, town.app.queue).round(TASKS.keys())
        note(store, None, "member.seen", about=town.village.akello.id)
        seal_waiting(store)
        assert verify_audit(store).seq == 1
        store.pins_by_mark()


def contribute(town: Wired) -> None:
    phone = town.phone(AKELLO)
    phone.dial()
    for typed in ("1", "1", "2581"):
        phone.type(typed)
    assert "Now approve UGX 5,500" in phone.screen
    town.work(seconds=5)
    (prompt,) = town.simulator.momo.prompts(AKELLO)
    town.simulator.momo.approve(prompt["reference"], "12345")
    town.work(seconds=10)
    assert town.app.store.books.totals(town.village.umoja)["2020"] == -500
    assert "You paid UGX 5,500 to Umoja" in town.texts(AKELLO)[-1]


@pytest.mark.parametrize(
    ("database", "command"),
    [
        (DATABASE, {"dropDatabase": 1}),
        (DATABASE, {"drop": "people"}),
        (DATABASE, {"update": "entries", "updates": [{"q": {}, "u": {"$set": {"at": 0}}}]}),
        (DATABASE, {"delete": "entries", "deletes": [{"q": {}, "limit": 0}]}),
        (DATABASE, {"delete": "audit", "deletes": [{"q": {}, "limit": 0}]}),
        (DATABASE, {"insert": "of_its_own", "documents": [{}]}),
        ("admin", {"find": "system.users"}),
        ("admin", {"usersInfo": 1}),
        ("admin", {"createUser": "another", "pwd": "p", "roles": []}),
        ("admin", {"grantRolesToUser": "program-a", "roles": ["root"]}),
        ("admin", {"updateUser": "program-a", "roles": ["root"]}),
        ("admin", {"shutdown": 1}),
        ("admin", {"setParameter": 1, "logLevel": 5}),
        ("admin", {"listDatabases": 1, "authorizedDatabases": False}),
        ("local", {"find": "oplog.rs"}),
        ("elsewhere", {"insert": "people", "documents": [{}]}),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else given,
)
def test_the_program_may_do_nothing_else(program_uri: str, database: str, command: dict[str, Any]) -> None:
    with client_of(program_uri) as client, pytest.raises(OperationFailure) as refused:
        client[database].command(command)
    assert refused.value.code == 13, "Unauthorized"


def test_the_other_roles_do_theirs_and_no_more(guarded: Guarded, program_uri: str) -> None:
    with client_of(guarded.user("saver", "backup")) as saver:
        assert saver[DATABASE]["people"].count_documents({}) >= 0
        assert saver.local["oplog.rs"].find_one()
        saver[f"{DATABASE}{roles.SCRATCH}"]["people"].insert_one({})
        saver.drop_database(f"{DATABASE}{roles.SCRATCH}")
        refused(saver, DATABASE, {"insert": "people", "documents": [{}]})
        refused(saver, DATABASE, {"dropDatabase": 1})
    with client_of(guarded.user("reader", "export")) as reader:
        assert reader[DATABASE]["entries"].count_documents({}) >= 0
        for secret in ("people", "staff", "api_tokens", "web_sessions", "codes", "audit"):
            refused(reader, DATABASE, {"find": secret})
        refused(reader, DATABASE, {"insert": "entries", "documents": [{}]})
    with client_of(guarded.user("watcher", "metrics")) as watcher:
        assert watcher.admin.command("replSetGetStatus")["myState"] == 1
        assert watcher[DATABASE].command("dbStats")["collections"] == len(COLLECTIONS)
        refused(watcher, DATABASE, {"find": "people"})


def test_a_backup_is_brought_back_by_who_has_the_role_for_it_and_by_nobody_else(
    guarded: Guarded, program_uri: str, settings: Settings, tmp_path: Path
) -> None:
    keeper, restorer = guarded.user("keeper", "program", "backup"), guarded.user("restorer", "restore")

    def typed(address: str, *words: str) -> Result:
        given = {
            "MONGO_URI": address,
            "MONGO_DATABASE": DATABASE,
            "REDIS_URL": settings.redis_url,
            "DATA_DIR": str(tmp_path),
            "PIN_PEPPER": PEPPER,
            "BACKUP_TO": str(tmp_path / "sets"),
            "BACKUP_KEY": KEY,
        }
        return CliRunner().invoke(main, words, env=given)

    made = typed(keeper, "backup")
    assert made.exit_code == 0, made.output
    for address in (keeper, program_uri):
        kept_out = typed(address, "restore", "--replace", "--yes")
        assert kept_out.exit_code == 1 and "MongoDB does not let this user do that" in kept_out.stderr
    back = typed(restorer, "restore", "--replace", "--yes")
    assert back.exit_code == 0 and f"{DATABASE} is as it was in set " in back.stdout, back.output


def refused(client: pymongo.MongoClient[dict[str, Any]], database: str, command: dict[str, Any]) -> None:
    with pytest.raises(OperationFailure) as error:
        client[database].command(command)
    assert error.value.code == 13, "Unauthorized"


def test_a_password_changes_while_the_program_runs(guarded: Guarded, program_uri: str, clock: Clock) -> None:
    """Two users of one role: who is connected as the first works until it is taken away."""
    store, second = (
        open_store(guarded.user(name, "program"), DATABASE, pins=PINS, clock=clock, prepared=True)
        for name in ("first", "second")
    )
    for each in (store, second):
        assert each.people.one(id="nobody") is None
    assert guarded.type("remove-user", "first").exit_code == 0
    with pytest.raises(OperationFailure):
        store.people.one(id="nobody")
    assert second.people.one(id="nobody") is None
    for each in (store, second):
        each.close()
    gone = guarded.type("remove-user", "first")
    assert (gone.exit_code, gone.output) == (2, "Error: there is no user first\n")


def test_who_is_no_administrator_makes_no_roles(guarded: Guarded, program_uri: str, tmp_path: Path) -> None:
    file = tmp_path / "program"
    for address, said in (
        (program_uri, "OperationFailure"),
        (program_uri.replace("program-a:", "program-a:x"), "OperationFailure"),
        ("no address at all", "the database did not do it"),
    ):
        file.write_text(address)
        done = replace(guarded, admin_file=file).type("roles")
        assert done.exit_code == 2
        assert said in done.output
        assert program_uri.split(":")[2].partition("@")[0] not in done.output


def test_the_script_for_mongosh_is_that_of_this_version(tmp_path: Path) -> None:
    kept = (ROOT / "deploy/mongo/roles.js").read_text()
    assert kept == roles.script("savings"), "python -m bot database roles > deploy/mongo/roles.js"
    found = json.loads(re.search(r"(?s)const roles = (\{.*?\n\});", kept)[1])  # type: ignore[index]
    expected = {roles.role_name("savings", role): each for role, each in roles.roles_of("savings").items()}
    assert found == json.loads(json.dumps(expected))


# Redis


@pytest.fixture(scope="module")
def guarded_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedRedis]:
    server = GuardedRedis(tmp_path_factory.mktemp("guarded-redis"))
    server.directory.mkdir(mode=0o700, parents=True)
    digest = hashlib.sha256(b"password-of-redis").hexdigest()
    users = (ROOT / "deploy/redis/users.acl").read_text()
    users = users.replace("REPLACE_WITH_THE_SHA256_OF_THE_PASSWORD", digest)
    (server.directory / "users.acl").write_text(f"{users}user looker on >looks ~* &* +@all\n")
    with server:
        yield server


def redis_of(server: GuardedRedis, user: str, password: str) -> redis.Redis:
    return redis.Redis.from_url(f"redis://{user}:{password}@127.0.0.1:{server.port}/0")


def test_the_program_does_its_work_with_its_rights_in_redis(
    settings: Settings, clock: Clock, guarded_redis: GuardedRedis
) -> None:
    """Conversations, jobs, a worker, measures, limits, files: afterwards Redis has refused nothing."""
    url = f"redis://savings:password-of-redis@127.0.0.1:{guarded_redis.port}/0"
    with joined(replace(settings, redis_url=url), clock, PHONES) as (app, simulator), closing(app):
        contribute(Wired(app, simulator, clock.forward))
        assert Scheduler(app.store, app.queue).round(TASKS.keys()) >= 0
        work_one_job(app)
        app.measures.done("turn:ussd", 0.01)
        app.measures.flush()
        assert seen(app.measures.redis)
        published = app.files.publish(File("statement.pdf", "application/pdf", b"%PDF"))
        assert app.files.at(published.split("/")[-2])
        check_redis(app.settings)
        assert Client(wsgi(app)).get("/").status_code == 303
    with redis_of(guarded_redis, "looker", "looks") as looker:
        assert [each["object"] for each in looker.acl_log()] == []


def work_one_job(app: App) -> None:
    """As a worker does that is told to stop when nothing waits."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    queue = rq.Queue("rights", connection=app.measures.redis, serializer=JSONSerializer)
    job = queue.enqueue("os.getpid", result_ttl=0, failure_ttl=3600)
    assert rq.SimpleWorker([queue], connection=queue.connection, serializer=JSONSerializer).work(
        burst=True, logging_level="WARNING"
    )
    assert job.id not in queue.failed_job_registry
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    "command",
    [
        "FLUSHALL",
        "FLUSHDB",
        "KEYS *",
        "CONFIG GET *",
        "ACL LIST",
        "SHUTDOWN",
        "REPLICAOF NO ONE",
        "SCRIPT FLUSH",
        "MONITOR",
        "CLIENT KILL TYPE normal",
    ],
)
def test_the_program_may_do_nothing_else_in_redis(guarded_redis: GuardedRedis, command: str) -> None:
    with redis_of(guarded_redis, "savings", "password-of-redis") as program:
        with pytest.raises(NoPermissionError):
            program.execute_command(*command.split())
        with pytest.raises(NoPermissionError):
            redis_of(guarded_redis, "metrics", "password-of-redis").get("key")
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=guarded_redis.port).ping()
    assert redis_of(guarded_redis, "metrics", "password-of-redis").info("memory")
