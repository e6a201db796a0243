"""The alerts, the expressions and the programs of Prometheus, as the tests of `deploy/` read them."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from bot.watch.names import EXPOSED

ROOT: Final = Path(__file__).parent.parent.parent
PROMETHEUS: Final = ROOT / "deploy" / "prometheus"
ALERTMANAGER: Final = ROOT / "deploy" / "alertmanager"
RULES: Final = sorted((PROMETHEUS / "rules").glob("*.yml"))
CASES: Final = sorted((Path(__file__).parent / "alerts").glob("*.yml"))

PROGRAMS: Final = {
    "promtool": "prometheus",
    "prometheus": "prometheus",
    "amtool": "prometheus-alertmanager",
    "prometheus-alertmanager": "prometheus-alertmanager",
}


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skips where one of these is not installed, and says which package has it."""
    packages = sorted({PROGRAMS[each] for each in programs if shutil.which(each) is None})
    return pytest.mark.skipif(bool(packages), reason=f"not installed: Debian package {' and '.join(packages)}")


def said(*command: str | Path) -> str:
    """What a program says. Raises AssertionError with all of it when it fails."""
    done = subprocess.run(list(map(str, command)), capture_output=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of the rules, with the name of the file it is in."""

    name: str
    expr: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    file: str


def _rules() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in RULES:
        for group in yaml.safe_load(path.read_text())["groups"]:
            yield from ((path.stem, rule) for rule in group["rules"])


ALERTS: Final = [
    Alert(rule["alert"], rule["expr"], rule["labels"], rule["annotations"], file)
    for file, rule in _rules()
    if "alert" in rule
]
RECORDED: Final = {rule["record"]: rule["expr"] for _, rule in _rules() if "record" in rule}

# What processes tell, by its name, with its labels.
TOLD: Final[Mapping[str, Sequence[str]]] = {each.name: each.labels for each in EXPOSED}

# A metric, and the labels that are asked of it in braces.
_SELECTOR: Final = re.compile(r"\b(csb[_:][a-z0-9_:]+|up)\b(?:\{([^}]*)\})?")
_HISTOGRAM: Final = re.compile(r"_(bucket|sum|count)$")


@dataclass(frozen=True, slots=True)
class Selected:
    """A metric that an expression asks for, without the endings of a histogram, and the labels it is asked by."""

    metric: str
    labels: frozenset[str]


def selected(expr: str) -> set[Selected]:
    """All metrics in an expression."""
    return {
        Selected(_HISTOGRAM.sub("", name), frozenset(re.findall(r"(\w+)\s*[!=]", labels)))
        for name, labels in _SELECTOR.findall(expr)
    }
