"""A release against stand-ins: programs that write down what they are told, and fail when they are told to."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pytest

from tests.deploy.releasing import RELEASE, ROOT, STEPS
from tests.waiting import WAIT_SECONDS, until

GIVEN: Final = (
    "--image",
    "registry.example.org:5000/csb",
    "--version",
    "7",
    "--public-url",
    "https://bot.example",
)
WATCHED: Final = ("--prometheus", "http://prometheus:9090")
On = Literal["kubernetes", "compose"]

# Each program is this one, under its name. What is live is a file; who waits says so, and goes on when told to.
STAND_IN: Final = """#!/bin/bash
line="$(basename "$0") $*"
echo "$line" >> "$AT/told"
[[ $line == *"apply --kustomize"* ]] && cat "${!#}/kustomization.yaml" >> "$AT/overlay"
if [[ -n $FAILING && $line =~ $FAILING ]]; then echo "told to fail" >&2; exit 9; fi
if [[ -n $WAITING && $line =~ $WAITING ]]; then touch "$AT/waits"; while [[ ! -e $AT/go ]]; do sleep 0.02; done; fi
case $line in
  *"get service web"*) cat "$AT/live" ;;
  *"get job"*) echo "${MIGRATED:-1}" ;;
  *"patch service web"*) [[ $line =~ blue ]] && echo blue > "$AT/live" || echo green > "$AT/live" ;;
  *"create configmap"*) mkdir "$AT/lock" || exit 1 ;;
  *"delete configmap"*) rmdir "$AT/lock" ;;
  "git describe"* | "git -C "*" describe"*) echo "${DESCRIBED:-v7}" ;;
  "git -C "*" rev-parse"*) echo 0123abcd ;;
esac
exit 0
"""


@dataclass
class Release:
    """A tree of its own with the script in it, and stand-ins on the path."""

    at: Path
    on: On

    def begin(
        self, *arguments: str, failing: str = "", waiting: str = "", described: str = "", migrated: str = "1"
    ) -> subprocess.Popen[str]:
        environment = {
            "PATH": f"{self.at / 'bin'}:{os.environ['PATH']}", "AT": str(self.at), "PYTHON": "python-of-ours",
            "TMPDIR": str(self.at), "FAILING": failing, "WAITING": waiting, "DESCRIBED": described,
            "MIGRATED": migrated,
        }  # fmt: skip
        command = [self.at / "deploy" / "release" / "release.sh", "--on", self.on, *arguments]
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, *arguments: str, failing: str = "", described: str = "") -> tuple[int, str]:
        """How it ended, and what it said."""
        process = self.begin(*arguments, failing=failing, described=described)
        said, _ = process.communicate(timeout=WAIT_SECONDS)
        return process.returncode, said

    def told(self) -> list[str]:
        """What the programs were told since this was asked last, in order; but for what changes nothing."""
        path = self.at / "told"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [
            re.sub(r".*--profile green |.*--namespace community-savings |^git .*$", "", line) for line in lines
        ]

    @property
    def live(self) -> str:
        if self.on == "kubernetes":
            return (self.at / "live").read_text().strip()
        return "green" if (self.at / "deploy" / "compose" / "live" / "green").exists() else "blue"


def prepared(at: Path, on: On) -> Release:
    shutil.copytree(RELEASE, at / "deploy" / "release")
    (at / "deploy" / "compose").mkdir()
    for colour in ("blue", "green"):
        (at / "deploy" / "kubernetes" / colour).mkdir(parents=True)
    settings = (
        "SITE=bot.example\nCOMPOSE_PROFILES=blue\nBLUE_IMAGE=csb:6\n"  # of green nobody has written anything yet
    )
    (at / "deploy" / "compose" / ".env").write_text(settings)
    (at / "live").write_text("blue")
    (at / "bin").mkdir()
    for name in ("kubectl", "docker", "trivy", "git", "python-of-ours"):
        (at / "bin" / name).write_text(STAND_IN)
        (at / "bin" / name).chmod(0o755)
    return Release(at, on)


@pytest.fixture(params=["kubernetes", "compose"])
def release(request: pytest.FixtureRequest, tmp_path: Path) -> Release:
    return prepared(tmp_path, request.param)


@pytest.fixture
def in_cluster(tmp_path: Path) -> Release:
    return prepared(tmp_path, "kubernetes")


def steps_in(said: str) -> list[str]:
    return re.findall(r"^▶ (\w+)$", said, flags=re.MULTILINE)


BUILT: Final = [
    "docker build --tag registry.example.org:5000/csb:7 --build-arg VERSION=7 --build-arg REVISION=0123abcd {at}",
    "trivy image --exit-code 1 --severity HIGH,CRITICAL --ignore-unfixed registry.example.org:5000/csb:7",
    "docker push registry.example.org:5000/csb:7",
]
LOOKED: Final = [
    "python-of-ours -m bot smoke --url https://bot.example --without-login",
    "python-of-ours -m bot watch --prometheus http://prometheus:9090 --minutes 30 --errors-max 1 --p95-max 1000",
]
INSIDE: Final = [
    ("web", "python -m bot smoke --url http://127.0.0.1:8080 --serves messages"),
    ("pages", "python -m bot smoke --url http://127.0.0.1:8080 --serves pages --without-login"),
]


def test_each_step_is_done_in_its_order_on_kubernetes(in_cluster: Release) -> None:
    code, said = in_cluster.run(*GIVEN, *WATCHED)
    assert (code, steps_in(said), in_cluster.live) == (0, STEPS, "green"), said
    (made,) = {line for line in said.splitlines() if "apply --kustomize" in line}
    overlay = made.split()[-1]
    (job,) = re.findall(r"a job, (migrate-green-\d{14}): python -m bot migrate", said)
    told = [line for line in in_cluster.told() if line and "configmap" not in line]
    # The three of a pipe begin at once, in any order.
    pipe = told.index(f"apply --kustomize {overlay}") + 1
    told[pipe : pipe + 3] = sorted(told[pipe : pipe + 3], key=lambda line: "gpc".index(line[0]))
    assert told == [
        "get service web --output jsonpath={.spec.selector.colour}",
        "exec deployment/scheduler-blue -- python -m bot backup",
        *[line.format(at=in_cluster.at) for line in BUILT],
        f"apply --kustomize {overlay}",
        "get deployment scheduler-green --output json",
        f"python-of-ours {in_cluster.at}/deploy/release/job.py {job} migrate",
        "create --filename -",
        f'get job {job} --output jsonpath={{.status.succeeded}}{{.status.conditions[?(@.type=="Failed")].type}}',
        f"logs job/{job}",
        "rollout status deployment --selector colour=green --timeout 10m",
        *[f"exec deployment/{process}-green -- {command}" for process, command in INSIDE],
        'patch service web --patch {"spec": {"selector": {"colour": "green"}}}',
        'patch service pages --patch {"spec": {"selector": {"colour": "green"}}}',
        *LOOKED,
    ]
    written = (in_cluster.at / "overlay").read_text()
    assert f'resources: ["{os.path.relpath(in_cluster.at / "deploy/kubernetes/green", overlay)}"]' in written
    assert '{name: community-savings-bot, newName: "registry.example.org:5000/csb", newTag: "7"}' in written
    assert not Path(overlay).exists() and not (in_cluster.at / "lock").exists()


def test_each_step_is_done_in_its_order_with_compose(tmp_path: Path) -> None:
    release = prepared(tmp_path, "compose")
    code, said = release.run(*GIVEN, *WATCHED)
    assert (code, steps_in(said), release.live) == (0, STEPS, "green"), said
    assert [line for line in release.told() if line] == [
        "exec -T scheduler-blue python -m bot backup",
        *[line.format(at=tmp_path) for line in BUILT],
        "up --detach web-green pages-green worker-green scheduler-green",
        "run --rm --no-deps -T scheduler-green migrate",
        "up --detach --wait web-green pages-green worker-green scheduler-green",
        *[f"exec -T {process}-green {command}" for process, command in INSIDE],
        *LOOKED,
    ]
    settings = (tmp_path / "deploy" / "compose" / ".env").read_text().splitlines()
    assert sorted(settings) == [
        "BLUE_IMAGE=csb:6",
        "COMPOSE_PROFILES=blue,green",
        "GREEN_IMAGE=registry.example.org:5000/csb:7",
        "SITE=bot.example",
    ]
    code, said = release.run("--retire")
    assert (code, release.live) == (0, "green")
    assert release.told() == ["stop web-blue pages-blue worker-blue scheduler-blue"]
    assert "COMPOSE_PROFILES=green" in (tmp_path / "deploy" / "compose" / ".env").read_text()


def test_the_next_release_goes_back_to_blue(release: Release) -> None:
    assert release.run(*GIVEN, *WATCHED)[0] == 0
    code, said = release.run(*GIVEN, *WATCHED)
    assert (code, release.live) == (0, "blue")
    assert "blue is new, green is what members use" in said


def test_a_migration_that_failed_in_its_job_stops_it(in_cluster: Release) -> None:
    process = in_cluster.begin(*GIVEN, *WATCHED, migrated="Failed")
    said, _ = process.communicate(timeout=WAIT_SECONDS)
    assert (process.returncode, in_cluster.live) == (1, "blue"), said
    assert "✗ migrate failed. blue is live, as before." in said
    assert any(line.startswith("logs job/migrate-green") for line in in_cluster.told())


def test_a_job_has_all_that_a_process_has_but_its_probes() -> None:
    probes: dict[str, object] = {
        "livenessProbe": {},
        "readinessProbe": {},
        "startupProbe": {},
        "ports": [],
        "lifecycle": {},
    }
    kept = {
        "name": "bot",
        "image": "csb:7",
        "envFrom": [{"configMapRef": {"name": "settings"}}],
        "securityContext": {"readOnlyRootFilesystem": True},
    }
    container = {**kept, **probes, "args": ["scheduler"]}
    labels = {"app.kubernetes.io/name": "scheduler", "app.kubernetes.io/part-of": "csb", "colour": "green"}
    spec = {
        "containers": [container], "volumes": [{"name": "secrets"}], "securityContext": {"runAsUser": 10001},
        "topologySpreadConstraints": [{}], "restartPolicy": "Always",
    }  # fmt: skip
    deployment = {
        "metadata": {"name": "scheduler-green", "namespace": "csb"},
        "spec": {"replicas": 2, "template": {"metadata": {"labels": labels}, "spec": spec}},
    }
    command = [sys.executable, str(RELEASE / "job.py"), "migrate-1", "migrate"]
    made = subprocess.run(command, input=json.dumps(deployment), capture_output=True, text=True, check=True)
    job = json.loads(made.stdout)
    pod = job["spec"]["template"]
    assert (job["kind"], job["metadata"]["name"], job["spec"]["backoffLimit"]) == ("Job", "migrate-1", 0)
    assert pod["metadata"]["labels"] == labels | {"app.kubernetes.io/name": "migrate"}, "no scheduler"
    assert pod["spec"] == {
        "containers": [{**kept, "args": ["migrate"]}],
        "volumes": [{"name": "secrets"}],
        "securityContext": {"runAsUser": 10001},
        "restartPolicy": "Never",
    }


# A step, and which command of it fails.
BREAKS: Final = [
    ("backup", "bot backup"),
    ("build", "docker build"),
    ("scan", "trivy"),
    ("push", "docker push"),
    ("deploy", "(apply|up) "),
    ("migrate", "(create --filename|scheduler-green migrate)"),
    ("verify", "(rollout|--wait) "),
    ("verify", "--serves messages"),
    ("verify", "--serves pages"),
]


@pytest.mark.parametrize(("step", "failing"), BREAKS)
def test_a_step_that_fails_stops_it_and_members_stay_where_they_are(
    release: Release, step: str, failing: str
) -> None:
    code, said = release.run(*GIVEN, *WATCHED, failing=failing)
    assert (code, release.live) == (1, "blue"), said
    assert steps_in(said) == STEPS[: STEPS.index(step) + 1]
    told = release.told()
    assert not [line for line in told if "patch service" in line or "bot watch" in line]
    # What began to work is stopped: nobody trusts it with members' payments.
    stops = [line for line in told if line.startswith(("scale ", "stop "))]
    begun = step in ("deploy", "migrate", "verify")
    assert len(stops) == begun and all("green" in line for line in stops)
    again = "deploy" if begun else step
    assert f"✗ {step} failed. blue is live, as before. Once it is mended: release.sh --from {again}" in said
    # Mended, it goes on there, and nothing before is done again.
    code, said = release.run(*GIVEN, *WATCHED, "--from", again)
    assert (code, release.live, steps_in(said)) == (0, "green", STEPS[STEPS.index(again) :])


@pytest.mark.parametrize("failing", ["bot watch", "smoke --url https"])
def test_a_threshold_that_is_crossed_brings_members_back(release: Release, failing: str) -> None:
    """The first time that it is asked; then members are on the colour of before, which answers."""
    code, said = release.run(*GIVEN, *WATCHED, failing=failing)
    if failing == "bot watch":
        assert (code, release.live) == (3, "blue"), said
        told = [line for line in release.told() if line and "configmap" not in line]
        assert told[-1] in (
            "scale deployment --selector colour=green --replicas 0",
            "stop web-green pages-green worker-green scheduler-green",
        )
        assert "✓ Members are on blue again, and green is stopped" in said
    else:
        # Nor does the colour of before answer: nothing is stopped, and somebody is called.
        assert (code, release.live) == (4, "blue")
        assert "MEMBERS NEED YOU" in said
        assert not [line for line in release.told() if line.startswith(("scale ", "stop "))]


def test_half_a_switch_is_taken_back(in_cluster: Release) -> None:
    """Messages on green, pages on blue: the second half failed."""
    code, said = in_cluster.run(*GIVEN, *WATCHED, failing="patch service pages .*green")
    assert (code, in_cluster.live) == (3, "blue")
    assert "bot watch" not in "\n".join(in_cluster.told()), said


def test_a_switch_that_cannot_be_taken_back_calls_somebody(in_cluster: Release) -> None:
    code, said = in_cluster.run(*GIVEN, *WATCHED, failing="patch service pages")
    assert (code, "MEMBERS NEED YOU" in said) == (4, True)


def test_members_are_brought_back_by_hand(release: Release) -> None:
    assert release.run(*GIVEN, *WATCHED)[0] == 0
    release.told()
    code, said = release.run("--rollback", "--public-url", "https://bot.example")
    assert (code, release.live) == (0, "blue"), said
    assert "python-of-ours -m bot smoke --url https://bot.example --without-login" in release.told()


def test_members_are_never_sent_to_a_colour_that_is_stopped(release: Release) -> None:
    """By hand, or by going on with the switch after the new colour was stopped."""
    assert release.run(*GIVEN, *WATCHED)[0] == 0
    code, said = release.run("--rollback", failing="web-blue.* smoke")
    assert (code, release.live) == (1, "green")
    assert "✗ blue does not answer, so members stay on green." in said
    release.told()
    code, said = release.run(*GIVEN, *WATCHED, "--from", "switch", failing="web-blue.* smoke")
    told = release.told()
    assert (code, release.live) == (3, "green"), said
    assert not [line for line in told if "patch" in line and "blue" in line]


@pytest.mark.parametrize("arguments", [[*GIVEN, *WATCHED], ["--rollback"], ["--retire"], ["--unlock"]])
def test_a_dry_run_touches_nothing(release: Release, arguments: list[str]) -> None:
    before = {path: path.read_bytes() for path in release.at.rglob("*") if path.is_file()}
    code, said = release.run("--dry-run", *arguments)
    assert code == 0 and "  + " in said
    told = release.told()
    assert not [line for line in told if line and not line.startswith("get service")], told
    assert {path: path.read_bytes() for path in release.at.rglob("*") if path.is_file()} == before
    if arguments[0] == "--image":
        assert steps_in(said) == STEPS and said.endswith("Nothing of this was done.\n")


def test_a_dry_run_needs_no_cluster(in_cluster: Release) -> None:
    code, said = in_cluster.run("--dry-run", *GIVEN, *WATCHED, failing="get service")
    assert (code, steps_in(said)) == (0, STEPS)
    assert in_cluster.run(*GIVEN, *WATCHED, failing="get service")[0] == 1
    assert [line for line in in_cluster.told() if "backup" in line] == []


def test_two_releases_at_once_are_refused(release: Release) -> None:
    first = release.begin(*GIVEN, *WATCHED, waiting="trivy")
    until(lambda: (release.at / "waits").exists())
    code, said = release.run(*GIVEN, *WATCHED)
    assert (code, steps_in(said)) == (1, []) and "another one is under way" in said
    (release.at / "go").touch()
    said, _ = first.communicate(timeout=WAIT_SECONDS)
    assert (first.returncode, steps_in(said)) == (0, STEPS)
    assert release.run("--retire")[0] == 0, "it is free again"


def test_the_lock_of_one_that_died_is_taken_away(in_cluster: Release) -> None:
    (in_cluster.at / "lock").mkdir()
    assert in_cluster.run(*GIVEN, *WATCHED)[0] == 1
    assert in_cluster.run("--unlock")[0] == 0
    assert in_cluster.run(*GIVEN, *WATCHED)[0] == 0


def test_a_lock_that_stays_changes_nothing_else(in_cluster: Release) -> None:
    """How a release ended is said by its number, whatever becomes of the lock."""
    code, said = in_cluster.run(*GIVEN, *WATCHED, failing="delete configmap")
    assert (code, in_cluster.live) == (0, "green")
    assert "✗ The lock is left there: --unlock takes it away." in said


@pytest.mark.parametrize(
    ("waiting", "said", "stopped"),
    [
        ("trivy", "✗ scan failed. blue is live, as before.", False),
        ("create --filename|green migrate", "✗ migrate failed. blue is live, as before.", True),
        ("bot watch", "✗ Interrupted in watch: green may be live, and nobody watches.", False),
    ],
)
def test_who_interrupts_it_is_told_where_members_are(
    release: Release, waiting: str, said: str, stopped: bool
) -> None:
    process = release.begin(*GIVEN, *WATCHED, waiting=waiting)
    until(lambda: (release.at / "waits").exists())
    process.send_signal(signal.SIGTERM)
    (release.at / "go").touch()
    output, _ = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 1 and said in output, output
    assert bool([line for line in release.told() if line.startswith(("scale ", "stop "))]) is stopped
    assert release.run("--retire", "--dry-run")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--on", "moon"], "--on is kubernetes or compose, not moon"),
        (["--from", "lunch"], "--from is one of: backup build scan"),
        (["--minutes", "soon"], "--minutes is a number, not soon"),
        (["--image"], "--image needs a value"),
        (["--speed", "9"], "there is no --speed"),
        ([*GIVEN[2:], *WATCHED], "--image is not given"),
        ([*GIVEN[:4], *WATCHED], "--public-url is not given"),
        ([*GIVEN], "--prometheus or --metrics is not given: nobody could watch"),
    ],
)
def test_what_is_wrongly_asked_is_said_and_nothing_begins(
    release: Release, arguments: list[str], said: str
) -> None:
    code, output = release.run(*arguments)
    assert (code, steps_in(output)) == (2, []) and said in output
    assert release.told() == []


def test_what_is_not_committed_is_not_released(release: Release) -> None:
    given = [*GIVEN[:2], *GIVEN[4:], *WATCHED]
    code, said = release.run(*given, described="v7-1-g0123abc-dirty")
    assert code == 2 and "there are changes that are not committed" in said
    code, said = release.run(*given, described="v7-1-g0123abc")
    assert code == 0 and "csb:v7-1-g0123abc" in said


def test_the_processes_are_asked_themselves_where_there_is_no_prometheus(release: Release) -> None:
    code, _ = release.run(*GIVEN, "--metrics", "http://a:9100/metrics,http://b:9100/metrics", "--minutes", "5")
    (told,) = [line for line in release.told() if "bot watch" in line]
    assert code == 0
    assert "--metrics http://a:9100/metrics --metrics http://b:9100/metrics --minutes 5 " in told


def test_help_names_every_option_and_every_step(release: Release) -> None:
    code, said = release.run("--help")
    script = (RELEASE / "release.sh").read_text()
    options = set(re.findall(r"(?<=[ |])--[a-z-]+(?=[ )])", script.split("case $1 in")[1].split("esac")[0]))
    assert code == 0 and len(options) == 14
    assert all(f"  {option}" in said for option in options), options
    assert all(step in said for step in STEPS)


def test_a_step_is_a_function_of_its_name() -> None:
    found = re.findall(r"^step_(\w+)\(\)", (RELEASE / "steps.sh").read_text(), flags=re.MULTILINE)
    assert found == STEPS


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_the_scripts_are_as_shellcheck_wants_them() -> None:
    found = subprocess.run(
        ["shellcheck", "-x", *sorted(RELEASE.glob("*.sh"))], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (found.returncode, found.stdout) == (0, "")
