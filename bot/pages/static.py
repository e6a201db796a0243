"""
What pages load beside themselves: the one stylesheet, under a name that changes with what is in it.

So a browser, or a network that stands before us, keeps it for a year and never asks again. The names are worked
out when a process starts: there is no build step.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from bot.shield.headers import FOR_EVER

PREFIX: Final = "/static/"
_DIGITS: Final = 12
_TYPES: Final = {".css": "text/css; charset=utf-8"}

blueprint = Blueprint("static_files", __name__)


def _read() -> tuple[Mapping[str, str], Mapping[str, bytes]]:
    """The address of each file by its own name, and what is in it by the name with its digest."""
    addresses, contents = {}, {}
    for path in sorted((Path(__file__).parent / "static").iterdir()):
        content = path.read_bytes()
        name = f"{path.stem}.{hashlib.sha256(content).hexdigest()[:_DIGITS]}{path.suffix}"
        addresses[path.name], contents[name] = PREFIX + name, content
    return addresses, contents


_ADDRESSES, _CONTENTS = _read()


def address_of(name: str) -> str:
    """Where a file is fetched today. Raises KeyError for one that there is not."""
    return _ADDRESSES[name]


@blueprint.get(f"{PREFIX}<name>")
def fetch(name: str) -> Response:
    """The file, for ever: another content has another name."""
    content = _CONTENTS.get(name)
    if content is None:
        raise NotFound("There is nothing here.")
    return Response(content, content_type=_TYPES[Path(name).suffix], headers=FOR_EVER)
