"""
New secrets while it runs: what stands in files is looked at each minute, and at once on SIGHUP.

Nothing changes its secrets in the middle of something. The web server starts new processes, which read the new
ones, and lets those of before finish; a worker or a scheduler ends what it has in hand and begins again, as the
same process. Secrets that do not do are said in the log, and those of before go on.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from bot.cli.opening import check_stores
from bot.config import load, paths_of_secrets
from bot.local.errors import StoreUnavailable
from bot.logs import log
from bot.secret_files import LOOK_SECONDS, SecretWatch
from bot.setting import BadSettings


def secrets_do() -> bool:
    """Whether all settings are good as they stand now, and the stores open with them; said in the log."""
    try:
        check_stores(load(), as_they_are=True)
    except (BadSettings, StoreUnavailable) as wrong:
        log().error("new secrets do not do: those of before go on", why=str(wrong))
        return False
    log().info("new secrets are taken up")
    return True


@contextmanager
def on_new_secrets(renew: Callable[[], None], *, seconds: float = LOOK_SECONDS) -> Iterator[None]:
    """While it lasts, `renew` is called when a secret in a file is another one."""

    def changed(names: list[str]) -> None:
        log().info("secrets have changed", secrets=[name.upper() for name in names])
        renew()

    watch = SecretWatch(paths_of_secrets(), changed, seconds=seconds)
    watch.begin()
    with closing(watch):
        yield


@contextmanager
def begun_again_on_new_secrets() -> Iterator[None]:
    """
    A process that ends on SIGTERM, when it has finished what it has in hand, begins anew afterwards if it was told
    so because of new secrets. Whoever supervises it sees nothing.
    """
    again, environment = threading.Event(), dict(os.environ)  # before the addresses of embedded stores are in it

    def end() -> None:
        if secrets_do():
            again.set()
            os.kill(os.getpid(), signal.SIGTERM)

    # Beside what is in hand: the stores are looked at, which takes some time.
    signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=end, daemon=True).start())
    with on_new_secrets(end):
        yield
    if again.is_set():
        os.execve(sys.executable, sys.orig_argv, environment)  # noqa: S606 - what we were started with


def replace_web_processes() -> None:
    """What the web server is told for new secrets: it has processes of its own for requests."""
    os.kill(os.getpid(), signal.SIGHUP)
