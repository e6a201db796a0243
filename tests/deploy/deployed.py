"""The deployment as its files say it: what compose, Kubernetes, Fly and the image each start."""

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from bot.config import Settings

ROOT: Final = Path(__file__).parents[2]
DEPLOY: Final = ROOT / "deploy"
COLOURS: Final = ("blue", "green")
PROCESSES: Final = ("web", "pages", "worker", "scheduler")
SETTINGS: Final = {each.name.upper() for each in fields(Settings)}
SECRETS: Final = {each.name.upper() for each in fields(Settings) if each.metadata["secret"]}
# A version in full: "3.11" or "latest" is another image tomorrow.
PINNED: Final = re.compile(r".+:v?\d+\.\d+\.\d+[\w.-]*")

Manifest = Mapping[str, Any]


def tool(name: str) -> str:
    """A program that comes with a package of the tests."""
    return str(Path(sys.executable).parent / name)


def said(*command: str | Path, given: str | None = None) -> tuple[int, str]:
    """How a program ended, and all that it wrote."""
    done = subprocess.run(
        [str(each) for each in command],
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
    )
    return done.returncode, done.stdout


def unknown(names: Iterable[str]) -> list[str]:
    """Those that are no setting, nor say in which file a secret stands."""
    return sorted({*names} - SETTINGS - {f"{each}_FILE" for each in SECRETS})


def of_env_file(path: Path, *, commented: bool = False) -> dict[str, str]:
    """What a file like `.env` sets; with what stands in it as a comment, to be used by who needs it."""
    begin = "#?" if commented else ""
    return dict(re.findall(rf"^{begin}([A-Z][A-Z0-9_]*)=(.*)$", path.read_text(), flags=re.MULTILINE))


def with_secrets(given: Mapping[str, str]) -> dict[str, str]:
    """The same with something in each file, and who has an account at the provider."""
    held = {
        "MONGO_URI": "mongodb://mongo-1/?replicaSet=rs0",
        "REDIS_URL": "redis://redis:6379/0",
    }
    files = {name.removesuffix("_FILE"): path for name, path in given.items() if name.endswith("_FILE")}
    plain = {name: value for name, value in given.items() if not name.endswith("_FILE")}
    secrets = {
        name: held.get(name, (path.replace("/", "") * 9)[:48].replace("_", "")) for name, path in files.items()
    }
    return {**plain, **secrets, "AT_USERNAME": plain.get("AT_USERNAME") or "somebody"}


@cache
def compose() -> Manifest:
    """The services and all else of compose.yaml, its anchors followed."""
    return dict(yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text()))


@cache
def manifests(directory: str) -> tuple[Manifest, ...]:
    """What a cluster is given of `deploy/kubernetes/DIRECTORY`. Raises AssertionError with what kustomize says."""
    status, text = said(tool("kubectl"), "kustomize", DEPLOY / "kubernetes" / directory)
    assert status == 0, text
    return tuple(yaml.safe_load_all(text))


def of_kind(directory: str, kind: str) -> dict[str, Manifest]:
    """Those of a kind, by their names."""
    return {each["metadata"]["name"]: each for each in manifests(directory) if each["kind"] == kind}


@cache
def fly(file: str = "fly.toml") -> Manifest:
    return tomllib.loads((ROOT / file).read_text())


@cache
def dockerfile() -> tuple[tuple[str, str], ...]:
    """Its instructions, as word and rest."""
    lines = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE))
    words = [line.split(maxsplit=1) for line in lines.splitlines() if line.strip()]
    return tuple((word, " ".join(rest.split())) for word, rest in words)


def image_environment() -> dict[str, str]:
    """What the image sets for every process."""
    last = [rest for word, rest in dockerfile() if word == "ENV"][-1]
    return dict(each.split("=", 1) for each in shlex.split(last))
