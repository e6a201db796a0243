"""What operations did, and when: backups, restores on trial, checks of the books, migrations, what was asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

RunKind = Literal[
    "backup", "restore_test", "ledger_verify", "migrate", "secret_change", "export", "reconcile", "balance"
]


@dataclass(frozen=True, slots=True)
class Run:
    """
    One run of something. Its `id` says what it was for, like "backup:2026-11-29": whoever adds it first does it,
    so two schedulers do nothing twice.

    `ended_at` and `ok` are None while it goes on, and stay so when its process was killed. `details` are for
    people: what it did, or why it failed; no secret and nobody's name is among them.
    """

    id: str
    kind: RunKind
    began_at: datetime
    ended_at: datetime | None = None
    ok: bool | None = None
    details: Mapping[str, str] = field(default_factory=dict)
