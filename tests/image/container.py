"""
A container where there is no Docker: what buildah built is the root, read-only, and a process of it runs as the
image says, as its user, without a right, as the first process of a place of its own. The network is the machine's.
"""

import json
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

STOP_SECONDS: Final = 60
TMP_MEGABYTES: Final = 64

_APART: Final = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
# What a runtime does before it starts a process. `$0` is the root; what follows is run in it.
_CONFINE: Final = """
mount --bind "$0" "$0"
mount --bind "$1" "$0/run/secrets"
mount -t tmpfs -o "mode=1777,nosuid,nodev,size=$2" tmpfs "$0/tmp"
mount -t proc proc "$0/proc"
mount --rbind /dev "$0/dev"
mount -o remount,bind,ro "$0"
user=$3 group=$4
shift 4
exec chroot "$0" setpriv --reuid "$user" --regid "$group" --clear-groups --no-new-privs --bounding-set=-all \\
  --inh-caps=-all env --ignore-environment "$@"
"""


@dataclass(frozen=True, slots=True)
class Image:
    """What an image says of itself, and where its files are."""

    root: Path
    user: str
    environment: Mapping[str, str]
    directory: str
    entrypoint: Sequence[str]
    health: Sequence[str]
    ports: Sequence[str]
    bytes: int


@dataclass(frozen=True, slots=True)
class Container:
    """A process of an image. `log` has what it wrote."""

    name: str
    log: Path
    _outside: subprocess.Popen[bytes]

    @property
    def process(self) -> psutil.Process:
        """Its first process."""
        return psutil.Process(self._outside.pid).children()[0]

    def has_ended(self) -> bool:
        return self._outside.poll() is not None

    def stop(self) -> int:
        """Tell it to stop, as a runtime does; what it ended with."""
        if not self.has_ended():
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """What it ended with, once it has."""
        return self._outside.wait(STOP_SECONDS)

    def kill(self) -> None:
        """However it is."""
        if not self.has_ended():
            self.process.kill()
            self._outside.wait(STOP_SECONDS)


@contextmanager
def mounted(name: str, storage: Path) -> Iterator[Image]:
    """An image that `deploy/image/build_here.sh` built, with its files where they can be run."""

    def buildah(*arguments: str) -> str:
        where = ("--storage-driver", "vfs", "--root", storage / "layers", "--runroot", storage / "run")
        return subprocess.run(
            ["buildah", *where, *arguments], check=True, stdout=subprocess.PIPE, text=True
        ).stdout.strip()

    said = json.loads(buildah("inspect", "--type", "image", name))["Docker"]["config"]
    size = json.loads(buildah("images", "--json", name))[0]["size"]
    container = buildah("from", "--pull-never", name)
    try:
        root = Path(buildah("mount", container))
        (root / "run" / "secrets").mkdir(parents=True, exist_ok=True)
        yield Image(
            root=root,
            user=said["User"],
            environment=dict(each.split("=", 1) for each in said["Env"]),
            directory=said["WorkingDir"],
            entrypoint=said["Entrypoint"],
            health=said["Healthcheck"]["Test"][1:],
            ports=sorted(said["ExposedPorts"]),
            bytes=_bytes(size),
        )
    finally:
        buildah("rm", container)


def _bytes(size: str | int) -> int:
    """buildah says "620 MB"."""
    if isinstance(size, int):
        return size
    number, unit = size.split()
    return int(float(number) * {"KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}[unit])


def start(
    image: Image, name: str, arguments: Sequence[str], given: Mapping[str, str], secrets: Path, log: Path
) -> Container:
    """Run `arguments` in a container of the image, with these settings beside the image's own."""
    user, _, group = image.user.partition(":")
    settings = [f"{key}={value}" for key, value in {**image.environment, **given}.items()]
    inside = [str(image.root), str(secrets), f"{TMP_MEGABYTES}m", user, group, f"--chdir={image.directory}"]
    with log.open("wb") as written:
        outside = subprocess.Popen(
            [*_APART, "sh", "-euc", _CONFINE, *inside, *settings, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    return Container(name, log, outside)
