"""Where a running demo is, for whoever dials it or types a command in another terminal."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec


@dataclass(frozen=True, slots=True)
class Running:
    """What a demo's `demo.json` holds. `providers` are its settings for them, by their names."""

    page: str
    bot: str
    hook_secret: str
    service_code: str
    providers: Mapping[str, str]


def where(data_dir: Path) -> Path:
    return data_dir / "demo.json"


def read_running(data_dir: Path) -> Running | None:
    """The demo that was started on this directory last; None when there was none."""
    try:
        return msgspec.json.decode(where(data_dir).read_bytes(), type=Running)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
