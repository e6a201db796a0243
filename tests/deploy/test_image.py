"""The Dockerfile. That it builds and runs is shown by `make image`."""

import json
import re
from pathlib import Path

import pytest

from bot.cli.main import COMMANDS
from tests.deploy.deployed import PINNED, ROOT, dockerfile, image_environment, said, tool, unknown

OF_OTHERS = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "MPLCONFIGDIR"}
COPIED = {"requirements/locked/production.txt", "bot", "channels", "flows", "domain", "payments"}


def rest_of(word: str) -> list[str]:
    return [rest for each, rest in dockerfile() if each == word]


def test_it_is_as_hadolint_wants_it(tmp_path: Path) -> None:
    assert said(tool("hadolint"), ROOT / "Dockerfile") == (0, "")
    loose = tmp_path / "Dockerfile"
    loose.write_text("FROM debian\nRUN cd /tmp\n")
    status, text = said(tool("hadolint"), loose)
    assert status == 1 and "DL3006" in text and "DL3003" in text


def test_what_is_set_in_it_is_a_setting() -> None:
    names = {*image_environment()} - OF_OTHERS
    assert {"HOST", "PORT", "METRICS_PORT", "APP_ENV"} <= names
    assert unknown(names) == []
    assert unknown(["MONGO_URL", "PIN_PEPPER_FILE", "PORT_FILE"]) == ["MONGO_URL", "PORT_FILE"]


def test_it_runs_commands_that_there_are() -> None:
    entrypoint, (command,) = json.loads(rest_of("ENTRYPOINT")[0]), json.loads(rest_of("CMD")[0])
    assert entrypoint == ["python", "-m", "bot"] and command in COMMANDS
    health = json.loads(rest_of("HEALTHCHECK")[0].partition(" CMD ")[2])
    assert health[:3] == entrypoint and health[3] in COMMANDS


def test_its_user_is_nobody_of_note_and_is_known_by_number() -> None:
    """An orchestrator that refuses root has to see it without the image's list of names."""
    assert re.fullmatch(r"[1-9]\d{4}:[1-9]\d{4}", rest_of("USER")[0])
    words = [word for word, _ in dockerfile()]
    assert words.index("USER") > max(at for at, word in enumerate(words) if word in ("COPY", "RUN"))


def test_its_base_is_of_one_version_and_can_be_another() -> None:
    base = next(rest for rest in rest_of("ARG") if rest.startswith("BASE=")).removeprefix("BASE=")
    assert PINNED.fullmatch(base)
    assert rest_of("FROM") == ["${BASE} AS build", "${BASE}"]
    assert not PINNED.fullmatch("python:3.11-slim") and not PINNED.fullmatch("python:latest")


def test_packages_are_compared_with_their_hashes_and_nothing_is_compiled() -> None:
    install = next(rest for rest in rest_of("RUN") if "pip install" in rest)
    assert "--require-hashes" in install and "--only-binary :all:" in install
    assert "uninstall --yes pip setuptools" in install
    # A mirror's address and its certificate are in no layer.
    assert set(re.findall(r"type=secret,id=([\w.]+)", install)) == {"pip.conf", "pip.crt"}
    installed = " ".join(rest_of("RUN"))
    assert "apt-get" not in installed and "gcc" not in installed


def test_only_what_is_copied_goes_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text().split("\n")
    assert "*" in lines
    assert {line[1:] for line in lines if line.startswith("!")} == COPIED
    sources = [rest.split()[0] for rest in rest_of("COPY") if not rest.startswith("--from")]
    assert {*sources} == COPIED


@pytest.mark.parametrize("name", ["simulator", "tests", "benchmarks", "deploy", ".env"])
def test_what_is_for_us_alone_is_not_in_it(name: str) -> None:
    assert (ROOT / name).exists() or name == ".env"
    assert name not in COPIED
