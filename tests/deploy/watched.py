"""A deployment of nothing but figures, watched by a real Prometheus and a real Alertmanager with our files."""

import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import requests
import yaml

from tests.deploy.alert_rules import ALERTMANAGER, PROMETHEUS, RULES
from tests.processes import free_port
from tests.waiting import WAIT_SECONDS, until

TICK: Final = "300ms"
# What every alert asks for, as bad as may be without one.
HEALTHY: Final[Mapping[str, float]] = {
    "csb_mongo_pool_in_use": 31,
    "csb_mongo_pool_size": 32,
    "csb_machine_disk_free_ratio": 0.1,
    "csb_machine_memory_used_ratio": 0.8,
    "csb_books_broken": 0,
    'csb_payment_oldest_seconds{state="pending"}': 3600,
    "csb_stuck": 0,
    "csb_differences": 0,
    "csb_outbox_oldest_seconds": 300,
    "csb_read_only": 0,
    "csb_loan_default_ratio": 0.05,
    "csb_collection_ratio": 0.8,
    "csb_mongo_primary": 1,
    "csb_workers": 1,
}
# These are moments; here is how many seconds ago each was.
AGES: Final[Mapping[str, float]] = {
    "csb_books_verified_timestamp_seconds": 25 * 3600,
    "csb_backup_success_timestamp_seconds": 25 * 3600,
    "csb_restore_test_success_timestamp_seconds": 7 * 24 * 3600,
    "csb_export_success_timestamp_seconds": 25 * 3600,
    "csb_scheduler_round_timestamp_seconds": 30,
}


@dataclass(slots=True)
class Deployment:
    """What its processes tell. `errors` is how many of the 1,000 turns between two looks go wrong."""

    values: dict[str, float] = field(default_factory=lambda: dict(HEALTHY))
    ages: dict[str, float] = field(default_factory=lambda: dict(AGES))
    errors: int = 9
    _ok: int = 0
    _failed: int = 0

    def metrics(self, job: str) -> str:
        """Turns happen in one process, so that nobody else's look counts them."""
        told = dict(self.values) | {name: time.time() - age for name, age in self.ages.items()}
        if job == "web":
            self._ok, self._failed = self._ok + 1000 - self.errors, self._failed + self.errors
            told |= {f"csb_turns_total{{outcome={json.dumps(outcome)}}}": count
                     for outcome, count in (("ok", self._ok), ("apology", self._failed))}  # fmt: skip
        return "".join(f"{name} {value}\n" for name, value in told.items())


@dataclass(frozen=True, slots=True)
class Told:
    """A message that Alertmanager sent: to whom, of which alert, whether it is over, and its first alert."""

    receiver: str
    alert: str
    status: str
    first: Mapping[str, Any]


class Watch:
    """`told` has what was sent and not yet looked at."""

    def __init__(
        self, deployment: Deployment, prometheus: str, alertmanager: str, told: queue.Queue[Told]
    ) -> None:
        self.deployment, self.told = deployment, told
        self._prometheus, self._alertmanager = prometheus, alertmanager

    def ask(self, expr: str) -> list[Any]:
        """What an expression is now."""
        answer = requests.get(f"{self._prometheus}/api/v1/query", params={"query": expr}, timeout=WAIT_SECONDS)
        result: list[Any] = answer.json()["data"]["result"]
        return result

    def look(self) -> None:
        """Return when every rule has been worked out twice from now on."""
        for _ in range(2):
            until(partial(self._is_all_worked_out_since, self._worked_out()))

    def _is_all_worked_out_since(self, begun: Mapping[str, str]) -> bool:
        return all(at != begun[group] for group, at in self._worked_out().items())

    def _worked_out(self) -> dict[str, str]:
        groups = requests.get(f"{self._prometheus}/api/v1/rules", timeout=WAIT_SECONDS).json()["data"]["groups"]
        return {group["name"]: group["lastEvaluation"] for group in groups}

    @property
    def firing(self) -> set[str]:
        """The alerts that Prometheus has."""
        return {each["metric"]["alertname"] for each in self.ask('ALERTS{alertstate="firing"}')}

    def raise_(self, *alerts: Mapping[str, str]) -> None:
        """Tell Alertmanager of alerts by their labels, as Prometheus would."""
        said = [{"labels": alert, "annotations": {"summary": "."}} for alert in alerts]
        requests.post(f"{self._alertmanager}/api/v2/alerts", json=said, timeout=WAIT_SECONDS).raise_for_status()

    def held_back(self) -> dict[str, bool]:
        """The alerts that Alertmanager has, and whether each is silenced by its cause."""
        alerts = requests.get(f"{self._alertmanager}/api/v2/alerts", timeout=WAIT_SECONDS).json()
        return {each["labels"]["alertname"]: bool(each["status"]["inhibitedBy"]) for each in alerts}


@contextmanager
def watched(scratch: Path) -> Iterator[Watch]:
    """Prometheus works out the rules as they are, without the time for which an alert has to last."""
    deployment, told = Deployment(), queue.Queue[Told]()
    prometheus, alertmanager = free_addresses(2)
    watch = Watch(deployment, f"http://{prometheus}", f"http://{alertmanager}", told)

    def hear(_path: str, _by: str, said: Any) -> int:
        told.put(
            Told(said["receiver"], said["groupLabels"].get("alertname", ""), said["status"], said["alerts"][0])
        )
        return 200

    with listening(hear, lambda path: deployment.metrics(path.rpartition("/")[2])) as here:
        _configure(scratch, here, alertmanager)
        with running(scratch, "prometheus", prometheus, "--storage.tsdb.path=tsdb"):
            # Before the first answers come, "no data" is what some alerts fire on.
            until(lambda: watch.ask("csb:error_ratio:rate5m and on() count(up == 1) >= 4") != [])
            watch.look()
            with running(scratch, "alertmanager", alertmanager, "--storage.path=am", "--cluster.listen-address="):
                yield watch


@contextmanager
def listening(post: Callable[[str, str, Any], int], get: Callable[[str], str] = lambda _: "") -> Iterator[str]:
    """
    A web server on loopback, at the address it gives. `get` says what is at a path; `post` is told the path, who
    says to have sent it, and what, and says with which status it is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, get(self.path))

        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(post(self.path, self.headers["Authorization"] or "", said), "")

        def _answer(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def free_addresses(number: int) -> list[str]:
    """Where nobody listens now."""
    return [f"127.0.0.1:{free_port()}" for _ in range(number)]


def _configure(scratch: Path, here: str, alertmanager: str) -> None:
    """Our files, with addresses on loopback and short pauses; who listens is the receiver of the test."""
    config = yaml.safe_load((PROMETHEUS / "kubernetes.yml").read_text())
    config["global"] = {"scrape_interval": TICK, "scrape_timeout": TICK, "evaluation_interval": TICK}
    config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [alertmanager]}]}]
    (pods,) = config["scrape_configs"]
    del pods["kubernetes_sd_configs"]
    pods["static_configs"] = [
        *(_pod(here, name) for name in ("web", "pages", "worker", "scheduler")),
        _pod("127.0.0.1:9", "web", port="http"),
        _pod("127.0.0.1:9", "worker", phase="Succeeded"),
    ]
    (scratch / "prometheus.yml").write_text(yaml.safe_dump(config))
    (scratch / "rules").mkdir()
    for path in RULES:
        rules = yaml.safe_load(path.read_text())
        for rule in (rule for group in rules["groups"] for rule in group["rules"]):
            rule.pop("for", None)
        (scratch / "rules" / path.name).write_text(yaml.safe_dump(rules))
    routes = yaml.safe_load((ALERTMANAGER / "alertmanager.yml").read_text())
    del routes["global"]
    hurry(routes["route"])
    routes["templates"] = [str(ALERTMANAGER / "templates" / "*.tmpl")]
    routes["receivers"] = [
        {"name": each["name"], "webhook_configs": [{"url": f"http://{here}/", "send_resolved": True}]}
        for each in routes["receivers"]
    ]
    (scratch / "alertmanager.yml").write_text(yaml.safe_dump(routes))


def _pod(address: str, name: str, *, port: str = "operations", phase: str = "Running") -> dict[str, Any]:
    """A pod, as Kubernetes would tell Prometheus of it."""
    found = {
        "container_port_name": port,
        "phase": phase,
        "label_app_kubernetes_io_name": name,
        "name": f"{name}-blue-6d4cf56db6-x2x9k",
    }
    labels = {f"__meta_kubernetes_pod_{label}": value for label, value in found.items()}
    return {"targets": [address], "labels": {**labels, "__metrics_path__": f"/{name}"}}


def hurry(route: dict[str, Any]) -> None:
    """Nothing is waited for before a message, nor between two."""
    route |= {"group_wait": "0s", "group_interval": TICK}
    for each in route.get("routes", ()):
        hurry(each)


@contextmanager
def running(scratch: Path, name: str, at: str, *arguments: str) -> Iterator[None]:
    """Prometheus or Alertmanager, with the configuration in the folder, from when it is ready."""
    program = {"prometheus": "prometheus", "alertmanager": "prometheus-alertmanager"}[name]
    command = (program, f"--config.file={name}.yml", f"--web.listen-address={at}", *arguments)
    log = scratch / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=scratch)

    def ready() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return requests.get(f"http://{at}/-/ready", timeout=WAIT_SECONDS).ok
        except requests.ConnectionError:
            return False

    try:
        until(ready)
        yield
    finally:
        process.terminate()
        process.wait()
