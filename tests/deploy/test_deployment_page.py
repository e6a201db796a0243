"""What the page on deployment has an operator type is there, and what it says of the files is so."""

import re
from pathlib import Path

import pytest

from bot.cli.main import COMMANDS
from tests.deploy.deployed import DEPLOY, PROCESSES, ROOT, SETTINGS, compose, image_environment, of_kind

PAGE = (ROOT / "docs" / "deployment.md").read_text()
TYPED = "\n".join(re.findall(r"^```\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL))


def test_every_command_of_it_is_one() -> None:
    commands = set(re.findall(r"python -m bot ([a-z-]+)", PAGE))
    assert {"operators", "backup", "smoke", "health"} <= commands
    assert commands - {*COMMANDS} == set()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    made = set(re.findall(r"\bmake ([a-z]+)(?= |`|$)", TYPED)) | set(re.findall(r"`make ([a-z]+)", PAGE))
    assert made and made - targets == set()


def test_every_file_of_it_is_there() -> None:
    named = set(re.findall(r"\b(deploy/[\w./-]+[\w])", PAGE))
    gone = [path for path in named if not re.search(r"secrets/|\.env$", path) and not (ROOT / path).exists()]
    assert len(named) > 5 and gone == []
    copied = re.findall(r"^cp (\S+) (\S+)$", TYPED, flags=re.MULTILINE)
    assert [source for source, _ in copied if not (DEPLOY / "compose" / source).exists()] == []
    assert {to for _, to in copied} == {".env", "settings.env"}


def test_every_setting_of_it_is_one() -> None:
    named = {name for name in re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", PAGE) if not name.endswith("_FILE")}
    assert "AT_USERNAME" in named and named - SETTINGS == set()


@pytest.mark.parametrize("process", PROCESSES)
def test_its_table_says_how_each_process_is_started(process: str) -> None:
    command = " ".join(compose()["services"][f"{process}-blue"]["command"])
    public = image_environment()["PORT"] if command.startswith("web") else ""
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{process}` |"))
    cells = [cell.strip(" `") for cell in row.strip("|").split("|")]
    assert (cells[1], cells[3], cells[4]) == (command, public, image_environment()["METRICS_PORT"])


def test_its_table_has_every_folder_of_the_cluster() -> None:
    table = PAGE.partition("| folder of `deploy/kubernetes` |")[2].partition("\n\n")[0]
    named = {name for line in table.splitlines()[2:] for name in re.findall(r"`([a-z]+)`", line.split("|")[1])}
    assert named == {path.name for path in (DEPLOY / "kubernetes").iterdir()}
    assert {*of_kind("production", "Namespace")} == set(re.findall(r"--namespace ([a-z-]+)", TYPED))


def test_every_link_of_it_leads_somewhere() -> None:
    for file, anchor in re.findall(r"\]\(([\w.-]*)#?([\w-]*)\)", PAGE):
        target = ROOT / "docs" / (file or "deployment.md")
        assert target.exists(), file
        assert not anchor or anchor in anchors(target), f"{file}#{anchor}"


def anchors(page: Path) -> set[str]:
    """Where the headings of a page can be linked to."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
