"""Where the steps of a release are."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
RELEASE: Final = ROOT / "deploy" / "release"
STEPS: Final = ["backup", "build", "scan", "push", "deploy", "migrate", "verify", "switch", "watch"]
