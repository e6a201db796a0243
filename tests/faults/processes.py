"""Web, worker and scheduler beside a run, each a process of its own that is started again, and a disk of 1 MB."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import requests
from werkzeug import Request, Response

from bot.config import environment_of
from bot.local.children import Child
from bot.local.stores import Stores
from tests.chaos.run import Town, supervise
from tests.faults.country import Land
from tests.faults.hasty import ROLES
from tests.many_stores import wait_for
from tests.processes import free_port

# Where the machines of the operator are: there the clocks change, and the figures are written in that hour.
ZONE: Final = "America/New_York"
WRITTEN_AT: Final = "02:30"
ANSWER_SECONDS: Final = 10
_SIZE: Final = 2**20


@dataclass(frozen=True)
class Disk:
    """What our processes write goes there. `is_small`: it is one of its own, so that it can be full."""

    folder: Path
    is_small: bool

    def fill(self) -> None:
        if self.is_small:
            with suppress(OSError), self._filling.open("ab", buffering=0) as file:
                for _ in range(_SIZE // 512 + 1):
                    file.write(bytes(512))

    def empty(self) -> None:
        self._filling.unlink(missing_ok=True)

    @property
    def _filling(self) -> Path:
        return self.folder / "of somebody else"


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """One of its own where we may mount one, which takes root."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder)]
    try:
        may = os.geteuid() == 0 and subprocess.run(mount, capture_output=True).returncode == 0
        if not may:
            sys.stderr.write("\rNo disk is full in this run: only root may mount a small one.\n")
        yield Disk(folder, is_small=may)
    finally:  # also where we were stopped while it was mounted
        subprocess.run(["umount", "--lazy", str(folder)], capture_output=True)


class Web:
    """The way of providers to our web server: where nobody listens, they hear 503."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}"

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        request = Request(environ)
        headers = {name: value for name, value in request.headers if name.lower() != "content-length"}
        try:
            said = requests.post(
                self._url + request.path, request.get_data(), headers=headers, timeout=ANSWER_SECONDS
            )
        except requests.RequestException:
            return Response(status=503)(environ, start)
        kind = said.headers.get("Content-Type", "text/plain")
        return Response(said.content, said.status_code, content_type=kind)(environ, start)


@contextmanager
def running(land: Land, clock: Path, disk: Disk, logs: Path) -> Iterator[Town]:
    """The three, by this clock, and whoever starts again what has ended. Callbacks go to them."""
    settings = replace(
        land.settings,
        port=free_port(),
        web_processes=1,
        data_dir=disk.folder,
        export_to=str(disk.folder / "figures"),
        export_at=WRITTEN_AT,
        backup_zone=ZONE,
    )
    environment = environment_of(**vars(settings)) | {"TZ": ZONE, "TMPDIR": str(disk.folder)}
    with ExitStack() as stack:
        children = {
            role: Child(role, ["tests.faults.clocked", str(clock), role], environment, logs) for role in ROLES
        }
        for child in children.values():
            stack.callback(child.wait)
        for child in children.values():
            stack.callback(child.tell)
        town = Town(settings, Stores("", ""), children, logs)
        wait_for(town.answers, "an answer of the web server")
        land.box.app = Web(settings.port)
        is_over = threading.Event()
        supervisor = threading.Thread(target=supervise, args=[town, is_over], daemon=True)
        supervisor.start()
        stack.callback(supervisor.join)
        stack.callback(is_over.set)
        yield town
