"""What is installed is locked: every package of the lists and what it needs in turn, each file by its hash."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LISTS = {
    "production": "requirements.txt",
    "tracing": "requirements/tracing.txt",
    "demo": "requirements/demo.txt",
    "test": "requirements/test.txt",
}
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def listed(path: Path) -> Iterator[Requirement]:
    """A list's own lines, and those of the list it adds to."""
    for line in path.read_text().splitlines():
        if line.startswith("-r "):
            yield from listed(path.parent / line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            yield Requirement(line)


def locked(name: str) -> list[tuple[Requirement, list[str]]]:
    """What a lock installs, each with its hashes."""
    text = (ROOT / f"requirements/locked/{name}.txt").read_text().replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    parts = [line.partition(" --hash=") for line in lines]
    return [(Requirement(first), HASH.findall(between + rest)) for first, between, rest in parts]


def pins(requirements: list[Requirement]) -> set[tuple[str, str]]:
    return {(canonicalize_name(each.name), str(each.specifier)) for each in requirements}


@pytest.mark.parametrize("name", LISTS)
def test_a_lock_has_what_its_list_says_and_a_hash_for_every_file(name: str) -> None:
    wanted, there = list(listed(ROOT / LISTS[name])), locked(name)
    missing = pins(wanted) - pins([requirement for requirement, _ in there])
    assert missing == set(), "make lock"
    for requirement, hashes in there:
        assert [each.operator for each in requirement.specifier] == ["=="], requirement
        assert hashes, f"{requirement} has no hash: whatever an index gives out would be taken"


@pytest.mark.parametrize("name", LISTS)
def test_a_lock_has_all_that_its_packages_need(name: str) -> None:
    """Of those that are installed here. Where one is left out, pip installs nothing."""
    there = [
        requirement for requirement, _ in locked(name) if not requirement.marker or requirement.marker.evaluate()
    ]
    versions = {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in there}
    looked_at = 0
    for each in there:
        try:
            needs = [Requirement(need) for need in requires(each.name) or ()]
        except PackageNotFoundError:  # it is for another environment than that of these tests
            continue
        looked_at += 1
        for need in needs:
            extras = ["", *each.extras]
            if need.marker and not any(need.marker.evaluate({"extra": extra}) for extra in extras):
                continue
            version = versions.get(canonicalize_name(need.name))
            assert version is not None, f"{each} needs {need}: make lock"
            assert need.specifier.contains(version, prereleases=True), f"{each} needs {need}, locked is {version}"
    assert looked_at > 40


def test_every_lock_installs_the_same_of_a_package() -> None:
    """What was tested is what runs."""
    of = {name: pins([requirement for requirement, _ in locked(name)]) for name in LISTS}
    assert of["production"] <= of["demo"] <= of["test"]
    assert of["production"] <= of["tracing"] <= of["test"]


@pytest.mark.parametrize("name", LISTS)
def test_no_lock_names_where_its_files_come_from(name: str) -> None:
    """Any index that serves the same files will do; the only address of a lock is none."""
    text = (ROOT / f"requirements/locked/{name}.txt").read_text()
    assert re.findall(r"https?:|file:|--index|--extra|--find-links|--trusted", text) == []


def test_what_is_built_and_typed_installs_from_the_locks_alone() -> None:
    for file in ("Makefile", "Dockerfile"):
        text = (ROOT / file).read_text().replace("\\\n", "")
        installs = [
            line for line in text.splitlines() if re.search(r"\bpip (?:-\S+ )*install |\$\(PIP\) install", line)
        ]
        assert installs, file
        # The tools lie in an environment of their own, and nothing of ours runs in it.
        loose = [line for line in installs if "--require-hashes" not in line]
        assert all("TOOLS" in line or "mutants" in line for line in loose), loose
