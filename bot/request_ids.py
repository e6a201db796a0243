"""What a request is called: in its answer, in the shape of an error, and in each line of our log about it."""

import re
from typing import Final
from uuid import uuid4

HEADER: Final = "X-Request-Id"
_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


def request_id_of(given: str) -> str:
    """What a proxy or a client calls it, where that is letters and digits; else a name of ours."""
    return given if _WELL_FORMED.fullmatch(given) else uuid4().hex
