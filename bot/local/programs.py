"""The executables of the servers: where one is found on this machine."""

import importlib.metadata
import os
import platform
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.local.errors import StoreUnavailable


@dataclass(frozen=True, slots=True)
class Program:
    """A server's executable and where to look for it: first the PATH, then packages of PyPI."""

    title: str
    setting: str  # what to set in order to do without it
    names: Sequence[str]
    packages: Sequence[str]
    search_path: str | None = None  # None: the PATH of the environment

    def find(self) -> Path:
        """Raises StoreUnavailable when there is none for this machine."""
        for name in self.names:
            if found := shutil.which(name, path=self.search_path):
                return Path(found)
        for package in self.packages:
            with suppress(importlib.metadata.PackageNotFoundError):
                for file in importlib.metadata.files(package) or []:
                    if file.name in self.names:
                        return executable(Path(str(file.locate())))
        raise StoreUnavailable(f"no {self.title} for {machine()}: {self.remedy}")

    @property
    def remedy(self) -> str:
        return f"install {' or '.join(self.names)}, or set {self.setting} to a server elsewhere"


def executable(path: Path) -> Path:
    """The same path, executable: an installer may have lost the mark. Raises StoreUnavailable."""
    if not os.access(path, os.X_OK):
        try:
            path.chmod(path.stat().st_mode | 0o111)
        except OSError as refusal:
            raise StoreUnavailable(f"{path} is not executable: chmod +x {path}") from refusal
    return path


def machine() -> str:
    return f"{platform.system()} {platform.machine()}"
