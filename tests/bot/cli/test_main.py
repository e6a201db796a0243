"""What an operator types, and what a mistake gets: one line that says what to do."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pymongo
import pytest
from click.testing import CliRunner, Result

from bot.app import App
from bot.cli.main import COMMANDS, load, main
from bot.config import Settings, environment_of
from bot.demo.past import found
from bot.local.mongo import MONGOD
from bot.terminal import count
from tests.people import made_once, register
from tests.processes import free_port

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


@pytest.fixture
def demo_village(app: App) -> None:
    """The demo's village."""
    made_once(app.store, "demo", lambda: found(app.store, app.store.now(), lambda done, total: None))


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
        "flows",
        "ledger",
        "momo",
    ):
        assert f"\n  {name} " in shown


@pytest.mark.parametrize(
    "typed",
    [
        "nonsense",
        "stuck --retries",
        "ledger verify --members",
        "backup verify --each",
        "flows funnel --since yesterday",
        "smoke --url bot.example.org",
        "security --url ftp://bot.example.org",
        "watch",
        "dial 0772",
        "quote --principal 5",
    ],
)
def test_what_makes_no_sense_is_one_line(typed: str) -> None:
    refused = CliRunner().invoke(main, typed.split())
    assert refused.exit_code == 2
    assert refused.output.startswith("Error: ") and len(refused.output.splitlines()) == 1


def test_a_place_that_cannot_be_written_to_is_one_line(tmp_path: Path) -> None:
    """Whatever the command, and whoever types it: a file is no folder."""
    (tmp_path / "file").touch()
    refused = CliRunner().invoke(main, ["import", "template", "-o", str(tmp_path / "file" / "sheets")])
    assert (refused.exit_code, refused.output) == (1, f"Error: {tmp_path}/file/sheets: Not a directory\n")


def test_so_many_are_said_as_people_say_it() -> None:
    said = [count(number, "group") for number in (0, 1, 2, 1_500)]
    assert said == ["0 groups", "1 group", "2 groups", "1,500 groups"]
    assert [count(number, "person", "people") for number in (1, 2)] == ["1 person", "2 people"]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_where_the_table_says_and_for_what_it_says(name: str) -> None:
    assert load(name).get_short_help_str(200) == COMMANDS[name][1]


def test_help_is_there_before_the_program_is() -> None:
    """The whole program takes seconds to import, and so do the libraries of the providers."""
    asks = """
import sys
from bot.cli.main import COMMANDS, main
main(["--help"], standalone_mode=False)
print("loaded:", "bot.cli.serve" in sys.modules)
for name in COMMANDS:
    main([name, "--help"], standalone_mode=False)
heavy = {"bot.app", "flows.menu", "pymongo", "telegram", "twilio", "africastalking"}
print("loaded:", *heavy & set(sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    assert [line for line in ran.stdout.splitlines() if line.startswith("loaded:")] == ["loaded: False", "loaded:"]


def test_no_codes_are_shown_of_a_demo_that_does_not_run(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["demo", "--codes", "--data-dir", str(tmp_path)])
    assert done.exit_code == 1
    assert done.output == (f"Error: no demo runs on {tmp_path}: start it, or name its directory with --data-dir\n")
    assert [*tmp_path.iterdir()] == []


def test_production_runs_without_what_the_demo_needs(settings: Settings) -> None:
    """Where no package has a server in it and none is installed, it says in one line what is missing."""
    without_the_demo = "import importlib.metadata; importlib.metadata.files = lambda _: []; "
    verify = "from bot.cli.main import main; main(['ledger', 'verify'])"

    def run(code: str, **changed: str) -> subprocess.CompletedProcess[str]:
        given = environment_of(**vars(settings) | {"path": ""} | changed)
        command = [sys.executable, "-c", without_the_demo + code]
        return subprocess.run(command, env=given, capture_output=True, text=True, check=False)

    with_both = run(f"import bot.rsgi, bot.jobs; {verify}")
    assert (with_both.returncode, with_both.stdout) == (0, "0 books with 0 entries, all whole.\n"), (
        with_both.stderr
    )
    refused = run(verify, mongo_uri="")
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: no MongoDB for ") and "set MONGO_URI" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


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
    assert "    MongoDB, a replica set; empty: an embedded one. Needed in production.\n" in listed.output
    assert [line.partition("=")[0] for line in listed.output.splitlines() if not line.startswith(" ")] == [
        each.name.upper() for each in fields(Settings)
    ]


def test_settings_are_listed_even_when_some_are_wrong(type_: Type) -> None:
    """Whoever is told that a setting is missing looks here for what it means."""
    listed = type_("settings", PORT="eighty")
    assert listed.exit_code == 2
    assert "Some settings are wrong: these are the defaults." in listed.output
    assert "The port the web server listens on. Default: 8000." in listed.output
    assert "PORT: must be a whole number from 1 to 65535, not 'eighty'" in listed.output


@pytest.mark.parametrize(
    ("command", "name", "wrong"),
    [
        ("worker", "MONGO_URI", "mongodb://bob:hush@127.0.0.1:port/"),
        ("web", "MONGO_URI", "mongo://127.0.0.1"),
        ("worker", "REDIS_URL", "redis://:hush@127.0.0.1:1"),
    ],
)
def test_a_store_that_is_not_there_is_one_line_without_its_password(
    type_: Type, command: str, name: str, wrong: str
) -> None:
    stopped = type_(command, **{name: wrong})
    assert stopped.exit_code == 1
    assert stopped.output.startswith(f"Error: {name}: ") and len(stopped.output.splitlines()) == 1
    assert "hush" not in stopped.output


def test_an_address_of_redis_that_is_none_is_named_with_the_settings(type_: Type) -> None:
    stopped = type_("worker", REDIS_URL="http://bob:hush@127.0.0.1")
    assert stopped.exit_code == 2
    assert "  REDIS_URL: " in stopped.output
    assert "hush" not in stopped.output


def test_a_mongodb_that_cannot_keep_books_is_refused_at_the_start(type_: Type, tmp_path: Path) -> None:
    """A server without transactions would be found out by the first member who registers."""
    port = free_port()
    files = tmp_path / "alone"
    files.mkdir()
    command = [
        str(MONGOD.find()),
        "--dbpath",
        str(files),
        "--bind_ip",
        "127.0.0.1",
        "--port",
        str(port),
        "--quiet",
    ]
    with subprocess.Popen([*command, "--nounixsocket"], stdout=subprocess.DEVNULL) as alone:
        try:
            refused = type_("ledger", "verify", MONGO_URI=f"mongodb://127.0.0.1:{port}/")
        finally:
            alone.kill()
    assert refused.exit_code == 1
    assert refused.output.startswith(
        "Error: MONGO_URI: this MongoDB is no replica set, so it has no transactions: "
    )


def test_an_index_that_cannot_be_made_is_named(type_: Type, settings: Settings) -> None:
    with pymongo.MongoClient[dict[str, Any]](settings.mongo_uri) as client:
        client["tests_twice"]["groups"].insert_many([{"code": "10101"}, {"code": "10101"}])
        refused = type_("ledger", "verify", MONGO_DATABASE="tests_twice")
        client.drop_database("tests_twice")
    assert refused.exit_code == 1
    said = "Error: MONGO_URI: an index of the collection groups cannot be made: DuplicateKey\n"
    assert refused.output == said


def test_books_can_be_checked_while_redis_is_away(type_: Type) -> None:
    assert type_("ledger", "verify", REDIS_URL="redis://127.0.0.1:1").exit_code == 0


def test_a_port_that_is_taken_is_one_line(type_: Type) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        stopped = type_("web", PORT=str(port))
    assert stopped.exit_code == 1
    assert stopped.output == f"Error: HOST, PORT: cannot listen on 127.0.0.1:{port}: Address already in use\n"


def test_a_port_of_every_address_that_is_taken_is_one_line(type_: Type) -> None:
    """Private networks of some clouds have addresses of IPv6 only."""
    with socket.create_server(("::", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        stopped = type_("web", HOST="::", PORT=str(port))
    assert stopped.exit_code == 1
    assert stopped.output == f"Error: HOST, PORT: cannot listen on :::{port}: Address already in use\n"


def test_a_village_is_seeded_once(app: App, type_: Type) -> None:
    assert type_("seed").exit_code == 0
    people, groups = app.store.people.find(), app.store.groups.find()
    assert len(people) == 31 and len(groups) == 3
    assert "The village is there." in type_("seed").output
    assert (app.store.people.find(), app.store.groups.find()) == (people, groups)


def test_a_village_whose_numbers_are_taken_is_one_line(app: App, type_: Type) -> None:
    register(app.store, "Somebody Else", "+256772000105", "2580")
    refused = type_("seed")
    assert refused.exit_code == 1
    assert refused.output.endswith("Error: the village's numbers or codes belong to others: already_registered\n")


def test_production_has_no_village(app: App, type_: Type) -> None:
    """Its PINs are in the source."""
    secrets = ("SESSION_SECRET", "PIN_PEPPER", "JWT_SECRET", "REFRESH_TOKEN_SECRET", "HOOK_SECRET")
    refused = type_(
        "seed",
        APP_ENV="production",
        PUBLIC_URL="https://bot.example.org",
        FEATURE_MOBILE_MONEY_ENABLED="false",
        AT_API_KEY="key",
        AT_USERNAME="savings",
        **{name: f"0123456789abcdef0123456789abcdef{place}" for place, name in enumerate(secrets)},
    )
    assert refused.exit_code == 1
    assert "production has no village" in refused.output
    assert app.store.people.find() == []


@pytest.mark.usefixtures("demo_village")
def test_a_book_is_exported_with_its_members_names(app: App, type_: Type, tmp_path: Path) -> None:
    """All books in one file, which hledger takes by its strict rules."""
    journal = tmp_path / "books.journal"
    assert type_("ledger", "export", "-o", str(journal)).exit_code == 0
    written = journal.read_text()
    assert "account equity:shares at par:02_Akello_Grace\n" in written
    assert app.store.people.find()[0].id not in written
    if shutil.which("hledger") is None:
        pytest.skip("hledger is not installed: apt-get install hledger")
    checked = subprocess.run(
        ["hledger", "-f", journal, "check", "-s"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.usefixtures("demo_village")
def test_a_tampered_book_is_named(app: App, type_: Type) -> None:
    """The command's exit status is what a nightly job looks at."""
    assert type_("ledger", "verify").exit_code == 0
    umoja = app.store.groups.find(code="10101")[0].id
    app.store.database["entries"].update_one({"book": umoja, "seq": 7}, {"$set": {"postings.0.amount": 1}})
    wrong = type_("ledger", "verify")
    assert wrong.exit_code == 1
    assert "Umoja Women: entry 7 was changed: its content does not have its hash\n" in wrong.output


def test_an_unknown_group_is_refused(type_: Type) -> None:
    refused = type_("ledger", "export", "--group", "99999")
    assert refused.exit_code == 2
    assert "no group has the code 99999" in refused.output


def test_the_reminders_of_today_are_shown_and_their_effect_when_a_tenth_is_held_out(
    type_: Type, app: App, demo_village: None
) -> None:
    group = next(each for each in app.store.groups.find() if each.kind == "vsla")
    shown = type_("reminders", "--group", group.code)
    assert shown.exit_code == 0 and f"Reminded today in {group.name}: " in shown.output
    assert app.store.notices.count(kind="reminder") == 0, "nothing is sent by it"
    assert type_("reminders").exit_code == type_("reminders", "--group", "1").exit_code == 2
    assert "REMINDERS_HELD_OUT_SINCE" in type_("reminders", "effect").output
    found = type_("reminders", "effect", REMINDERS_HELD_OUT_SINCE="2020-01-01")
    assert "Contributions paid in time" in found.output and "too early to tell" in found.output
    wrong = type_("reminders", "effect", REMINDERS_HELD_OUT_SINCE="soon")
    assert wrong.exit_code == 2 and "must be a day like 2026-11-30" in wrong.output
