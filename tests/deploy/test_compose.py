"""The compose file: what a container may do, what it is told, and that all it names is there."""

import os
import re
import stat
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.config import load
from bot.setting import BadSettings
from tests.deploy.deployed import (
    COLOURS,
    DEPLOY,
    PINNED,
    PROCESSES,
    compose,
    image_environment,
    of_env_file,
    said,
    tool,
    unknown,
    with_secrets,
)

FOLDER = DEPLOY / "compose"
SERVICES = compose()["services"]
OURS = [f"{process}-{colour}" for colour in COLOURS for process in PROCESSES]
each_service = pytest.mark.parametrize("name", sorted(SERVICES))


def test_it_is_what_compose_reads(tmp_path: Path) -> None:
    check = (tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec")
    assert said(*check, FOLDER / "compose.yaml")[0] == 0
    wrong = tmp_path / "compose.yaml"
    wrong.write_text("services: {web: {image: bot, helthcheck: {}}}\n")
    assert said(*check, wrong)[0] == 1


def test_what_the_service_needs_is_there() -> None:
    stores = {"mongo-1", "mongo-2", "mongo-3", "mongo-init", "redis"}
    assert {*SERVICES} == {*OURS} | stores | {"proxy", "prometheus", "alertmanager", "grafana"}


@each_service
def test_a_container_may_do_no_more_than_it_has_to(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])
    assert "no-new-privileges:true" in service["security_opt"]
    assert {"cpus", "memory", "pids"} == {*service["deploy"]["resources"]["limits"]}
    assert not {"privileged", "pid", "ipc", "devices"} & {*service}
    assert not [each for each in service.get("volumes", ()) if "docker.sock" in each]


@each_service
def test_a_container_that_ends_is_started_again_and_asked_how_it_is(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == ("no" if name == "mongo-init" else "unless-stopped")
    # Ours are asked by the image's own healthcheck.
    assert name in OURS or name == "mongo-init" or service["healthcheck"]["test"]
    assert service["logging"]["options"]["max-size"]


@each_service
def test_an_image_is_of_one_version(name: str) -> None:
    image = SERVICES[name]["image"]
    if name in OURS:
        colour = name.rpartition("-")[2].upper()
        image = image.removeprefix(f"${{{colour}_IMAGE:-").removesuffix("}")
    assert PINNED.fullmatch(image)


@each_service
def test_what_is_open_to_the_world_is_the_proxy_alone(name: str) -> None:
    ports = SERVICES[name].get("ports", [])
    assert name == "proxy" or all(port.startswith("127.0.0.1:") for port in ports)
    assert ports == [] or name in ("proxy", "prometheus", "alertmanager", "grafana")
    if name.startswith(("mongo", "redis")):
        assert SERVICES[name].get("networks", ["inside"]) == ["inside"], "the stores reach nobody outside"


@each_service
def test_every_file_that_is_mounted_is_in_the_tree_or_is_made(name: str) -> None:
    mounted = [each.partition(":")[0] for each in SERVICES[name].get("volumes", ())]
    files = [each for each in mounted if each.startswith(".")]
    assert [each for each in mounted if not each.startswith(".") and each not in compose()["volumes"]] == []
    made = {"./secrets/bot", "./secrets/alertmanager", "./live"}
    assert [each for each in files if each not in made and not (FOLDER / each).exists()] == []


@pytest.mark.parametrize("name", OURS)
def test_a_process_starts_with_what_it_is_told(name: str) -> None:
    service = SERVICES[name]
    own = {**service["environment"], "PUBLIC_URL": "https://bot.example.org"}
    given = own | of_env_file(FOLDER / "settings.env.example")
    assert unknown(given) == [] and unknown({*image_environment()} & {"HOST", "PORT"}) == []
    settings = load(with_secrets(image_environment() | given))
    assert (settings.port, settings.proxies) == (8080, 1)
    with pytest.raises(BadSettings, match="AT_USERNAME"):
        load(with_secrets(image_environment() | given) | {"AT_USERNAME": ""})


def test_every_setting_that_may_be_added_is_one() -> None:
    names = of_env_file(FOLDER / "settings.env.example", commented=True)
    assert {"MOMO_API_KEY_FILE", "TELEGRAM_BOT_TOKEN_FILE"} <= {*names}
    assert unknown(names) == []


def test_what_compose_is_told_stands_in_its_example() -> None:
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (FOLDER / "compose.yaml").read_text()))
    assert asked | {"COMPOSE_PROFILES"} == {*of_env_file(FOLDER / ".env.example")}


def test_a_colour_is_started_by_its_profile_and_both_answer_to_one_name() -> None:
    for name in OURS:
        process, _, colour = name.partition("-")
        assert SERVICES[name]["profiles"] == [colour]
        assert SERVICES[name]["networks"]["inside"]["aliases"] == [process]
    assert of_env_file(FOLDER / ".env.example")["COMPOSE_PROFILES"] == "blue"


def test_the_secrets_are_made_once_and_by_nobody_read(tmp_path: Path) -> None:
    script = tmp_path / "make-secrets.sh"
    script.write_bytes((FOLDER / "make-secrets.sh").read_bytes())
    script.chmod(0o755)

    def made(*names: str, given: str = "") -> None:
        subprocess.run([script, *names], input=given, text=True, check=True, stdout=subprocess.DEVNULL)

    made()
    made("at_api_key", "alertmanager/pager_key", given="a key of theirs\nanother of theirs\n")
    folder = tmp_path / "secrets"
    files = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700, "its files can be read by containers, and by nobody here"
    assert files["bot/at_api_key"] == "a key of theirs\n"
    assert files["alertmanager/pager_key"] == "another of theirs\n"
    # All that compose.yaml names is there.
    needed = {path for path in SERVICES["web-blue"]["environment"].values() if path.startswith("/run/secrets/")}
    assert {f"bot/{Path(path).name}" for path in needed} <= {*files}
    assert {each["file"].removeprefix("./secrets/") for each in compose()["secrets"].values()} <= {*files}
    assert files["stores/mongo_bot_password"] in files["bot/mongo_uri"]
    assert files["stores/redis_password"] in files["bot/redis_url"]
    user = urlsplit(files["bot/redis_url"]).username
    assert f"user {user} on" in (DEPLOY / "redis" / "users.acl").read_text()
    assert len({*files.values()}) == len(files), "no two are alike"
    made()
    made("at_api_key", given="another\n")
    assert files == {
        str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()
    }
    wrong = subprocess.run(
        [script, "../at_api_key"], input="x\n", text=True, capture_output=True, env=dict(os.environ)
    )
    assert wrong.returncode == 2 and not (tmp_path / "at_api_key").exists()
