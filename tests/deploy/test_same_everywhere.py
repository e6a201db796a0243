"""A process is started in the same way by whatever starts it, and is known by the same name and the same ports."""

import json
import re
import shlex
import shutil

import pytest
import yaml

from bot.cli.main import COMMANDS
from tests.deploy.deployed import (
    COLOURS,
    DEPLOY,
    PROCESSES,
    ROOT,
    compose,
    dockerfile,
    fly,
    image_environment,
    manifests,
    of_kind,
    said,
)

SCRIPTS = sorted(path for path in DEPLOY.rglob("*.sh"))


def starts(process: str) -> set[tuple[str, ...]]:
    """The arguments with which it is started, wherever it is."""
    services = compose()["services"]
    pods = [
        of_kind(directory, "Deployment")[name]["spec"]["template"]["spec"]["containers"][0]
        for directory, name in (*((colour, f"{process}-{colour}") for colour in COLOURS), ("staging", process))
    ]
    return {
        *(tuple(services[f"{process}-{colour}"]["command"]) for colour in COLOURS),
        *(tuple(each["args"]) for each in pods),
        tuple(shlex.split(fly()["processes"][process])),
    }


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_is_started_in_one_way(process: str) -> None:
    ((command, *rest),) = starts(process)
    assert command in COMMANDS
    assert rest == {"web": ["--serve", "messages"], "pages": ["--serve", "pages"]}.get(process, [])


def test_no_process_is_anywhere_that_is_not_everywhere() -> None:
    assert {*fly()["processes"]} == {*PROCESSES}
    for directory in (*COLOURS, "staging"):
        names = {name.removesuffix(f"-{directory}") for name in of_kind(directory, "Deployment")}
        assert names == {*PROCESSES}


def test_the_ports_are_those_of_the_image() -> None:
    own = image_environment()
    assert (own["PORT"], own["METRICS_PORT"]) == ("8080", "9100")
    exposed = next(rest for word, rest in dockerfile() if word == "EXPOSE")
    assert exposed.split() == [own["PORT"], own["METRICS_PORT"]]
    assert (fly()["env"]["PORT"], fly()["env"]["METRICS_PORT"]) == (own["PORT"], own["METRICS_PORT"])
    caddy = (DEPLOY / "proxy" / "Caddyfile").read_text()
    assert set(re.findall(r"(?:web|pages)-(?:blue|green):(\d+)", caddy)) == {own["PORT"]}


def test_prometheus_asks_every_process_by_its_name() -> None:
    jobs = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    asked = {
        (name, found["port"]) for job in jobs for found in job.get("dns_sd_configs", ()) for name in found["names"]
    }
    assert {(process, 9100) for process in PROCESSES} <= asked


def test_no_secret_stands_in_a_file() -> None:
    """Where one is needed, the file says where it is."""
    for directory in ("production", "staging", *COLOURS):
        assert not [each for each in manifests(directory) if each["kind"] == "Secret"]
    for path in (DEPLOY / "compose").glob("*.example"):
        assert not re.findall(r"^\w*(?:KEY|SECRET|TOKEN|PASSWORD|PEPPER)=.+", path.read_text(), flags=re.MULTILINE)
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {".env", "deploy/compose/settings.env", "deploy/compose/secrets/"} <= {*ignored}


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="not installed: Debian package shellcheck")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_a_script_is_as_shellcheck_wants_it(script: object) -> None:
    assert said("shellcheck", "--external-sources", str(script)) == (0, "")


def test_the_healthcheck_is_what_asks_a_process() -> None:
    health = next(rest for word, rest in dockerfile() if word == "HEALTHCHECK").partition(" CMD ")[2]
    assert json.loads(health) == ["python", "-m", "bot", "health"]
