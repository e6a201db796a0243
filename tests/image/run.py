"""
The image as it is deployed, on this machine: `make image`.

It was built by `deploy/image/build_here.sh`. Each process is started by the image's own entry point, as its user,
with a read-only root and no right of any kind, against stores that run beside it; the deployment's own proxy
stands before them and speaks TLS. Then it is looked at from outside, and stopped as a runtime stops it.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import click
import requests

from bot.app import build
from bot.config import load
from bot.demo.operators import PASSWORD, codes, make_operators
from bot.demo.past import found
from bot.local.stores import embedded
from domain.mongo.store import utc_now
from tests.image.container import Container, Image, mounted, start
from tests.processes import free_port
from tests.waiting import until

ROOT: Final = Path(__file__).parents[2]
# Each process as compose and Kubernetes start it.
PROCESSES: Final[Mapping[str, list[str]]] = {
    "web": ["web", "--serve", "messages"],
    "pages": ["web", "--serve", "pages"],
    "worker": ["worker"],
    "scheduler": ["scheduler"],
}
SECRETS: Final = (
    "session_secret",
    "jwt_secret",
    "refresh_token_secret",
    "pin_pepper",
    "hook_secret",
    "at_api_key",
)
NO_RIGHTS: Final = "0" * 16


def fail(why: str) -> None:
    raise click.ClickException(why)


def made_secrets(folder: Path, stores: Mapping[str, str]) -> dict[str, str]:
    """A file for each secret, as an orchestrator makes them; the settings that name them."""
    folder.mkdir()
    values = {name: os.urandom(24).hex() for name in SECRETS} | dict(stores)
    for name, value in values.items():
        (folder / name).write_text(value)
    return values


@contextmanager
def proxy(scratch: Path, port: int, ports: Mapping[str, int]) -> Iterator[Path]:
    """The proxy of the deployment, for https://localhost; gives the certificate of who signs its own."""
    environment = {
        **os.environ,
        "XDG_DATA_HOME": str(scratch),
        "XDG_CONFIG_HOME": str(scratch),
        "SITE": "localhost",
        "ADMIN": f"localhost:{free_port()}",
        "HTTP_PORT": str(free_port()),
        "HTTPS_PORT": str(port),
        "LIVE_DIR": str(scratch),
        "WEB_BLUE": f"127.0.0.1:{ports['web']}",
        "PAGES_BLUE": f"127.0.0.1:{ports['pages']}",
    }
    caddy = Path(sys.executable).parent / "caddy"
    with (scratch / "proxy.log").open("wb") as log:
        running = subprocess.Popen(
            [str(caddy), "run", "--config", str(ROOT / "deploy/proxy/Caddyfile"), "--adapter", "caddyfile"],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    certificate = scratch / "caddy/pki/authorities/local/root.crt"
    try:
        until(lambda: certificate.exists() and listens(port))
        yield certificate
    finally:
        running.terminate()
        running.wait(60)


def listens(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def ready(container: Container, port: int) -> bool:
    if container.has_ended():
        fail(f"{container.name} ended by itself:\n{container.log.read_text()[-2_000:]}")
    try:
        return requests.get(f"http://127.0.0.1:{port}/ready", timeout=5).ok
    except requests.RequestException:
        return False


def check_confined(container: Container, image: Image) -> None:
    """It runs as the image's user, and can become nobody else."""
    process = container.process
    user = int(image.user.partition(":")[0])
    status = dict(
        line.split(":\t", 1)
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines()
        if ":\t" in line
    )
    if {*process.uids(), *process.gids()} != {user}:
        fail(f"{container.name} runs as {process.uids()}")
    if status["NoNewPrivs"] != "1" or {status["CapEff"], status["CapBnd"], status["CapPrm"]} != {NO_RIGHTS}:
        fail(f"{container.name} may do more than a user may")


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def run(name: str, storage: Path) -> None:
    """Raises ClickException when anything is not as it is to be."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        image = stack.enter_context(mounted(name, storage))
        say(f"image      {name}, {image.bytes / 1e6:.0f} MB, user {image.user}, {' '.join(image.ports)}")
        stores = stack.enter_context(embedded(scratch / "stores"))
        secrets = scratch / "secrets"
        values = made_secrets(secrets, {"mongo_uri": stores.mongo_uri, "redis_url": stores.redis_url})
        public, ports = free_port(), {process: (free_port(), free_port()) for process in PROCESSES}
        settings = {
            "HOST": "127.0.0.1",
            "METRICS_HOST": "127.0.0.1",
            "PUBLIC_URL": f"https://localhost:{public}",
            "PROXIES": "1",
            "AT_USERNAME": "nobody",
            "AT_API_URL": f"https://127.0.0.1:{free_port()}",  # nobody is there: no text leaves this machine
            "FEATURE_MOBILE_MONEY_ENABLED": "false",
            **{f"{each.upper()}_FILE": f"/run/secrets/{each}" for each in values},
        }
        app = build(load({**{each.upper(): value for each, value in values.items()}, "DATA_DIR": str(scratch)}))
        stack.callback(app.close)
        found(app.store, utc_now(), lambda *_: None)
        make_operators(app.store)

        def container(process: str, arguments: list[str], log: str) -> Container:
            own = {"PORT": str(ports[process][0]), "METRICS_PORT": str(ports[process][1])}
            started = start(image, process, arguments, settings | own, secrets, scratch / log)
            stack.callback(started.kill)
            return started

        running = {}
        for process, arguments in PROCESSES.items():
            began = time.monotonic()
            running[process] = container(process, [*image.entrypoint, *arguments], f"{process}.log")
            until(partial(ready, running[process], ports[process][1]))
            seconds = time.monotonic() - began
            check_confined(running[process], image)
            family = [running[process].process, *running[process].process.children(recursive=True)]
            memory = sum(each.memory_info().rss for each in family) / 1e6
            say(f"{process:10} ready after {seconds:4.1f} s, {memory:4.0f} MB, a user without rights")

        for process in PROCESSES:
            asked = container(process, list(image.health), f"{process}-health.log")
            if asked.wait():
                fail(f"{process}: its healthcheck says {asked.log.read_text()}")
        say("health     each process answers for itself")
        for place in ("/app/bot/new", "/opt/bot/new", "/run/secrets/new", "/etc/new"):
            tried = container("web", ["touch", place], "touch.log")
            if tried.wait() == 0:
                fail(f"{place} can be written")
        say("root       nobody writes to it")

        upstream = {process: serving for process, (serving, _) in ports.items()}
        certificate = stack.enter_context(proxy(scratch, public, upstream))
        email, code = codes(app.store)[0]
        smoke = subprocess.run(
            [sys.executable, "-m", "bot", "smoke", "--url", settings["PUBLIC_URL"]],
            env={
                **os.environ,
                "REQUESTS_CA_BUNDLE": str(certificate),
                "HOOK_SECRET": values["hook_secret"],
                "SMOKE_EMAIL": email,
                "SMOKE_PASSWORD": PASSWORD,
                "SMOKE_TOTP": code,
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        say(smoke.stdout.rstrip())
        if smoke.returncode:
            logs = "\n".join(each.log.read_text()[-1_500:] for each in running.values())
            fail(f"the smoke test says that something is amiss. The logs:\n{logs}")
        proxied = (scratch / "proxy.log").read_text()
        if values["hook_secret"] in proxied or "/hooks/" not in proxied:
            fail("the proxy's log holds the secret of an address, or no address at all")

        for process, each in reversed(running.items()):
            began = time.monotonic()
            status = each.stop()
            say(f"{process:10} stopped with {status} after {time.monotonic() - began:.1f} s")
            if status:
                fail(f"{process} did not stop well:\n{each.log.read_text()[-2_000:]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", default="localhost/community-savings-bot:here")
    parser.add_argument("--storage", type=Path, default=ROOT / ".data" / "image")
    given = parser.parse_args()
    try:
        run(given.name, given.storage)
    except click.ClickException as failed:
        sys.exit(f"✗ {failed.message}")
