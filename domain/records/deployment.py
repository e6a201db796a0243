"""How the whole service is run at this moment: one document, which every process reads."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

DEPLOYMENT: Final = "deployment"  # the id of the one there is
WHY_READ_ONLY_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class ReadOnly:
    """No money moves and nobody is bound, since then; `by` is who wanted it: a `Caller.key`, or a name of ours."""

    since: datetime
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class DeploymentState:
    """What there is to know of it; of a service that nobody has changed, nothing."""

    id: str = DEPLOYMENT
    read_only: ReadOnly | None = None
