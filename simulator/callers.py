"""
Who may call the simulator: programs on this machine, its own page, and what the config names.

It holds people's PINs, moves their money and asks nobody who they are. A page of another site that is open in a
browser here can write to every address of this machine: its Origin is another. With a name of its own that it lets
point here (DNS rebinding) it can also read the answers: its Host is another. What it asks for as an image has no
Origin, and the Bot API takes GET for everything: there the browser says in Sec-Fetch-Site whose page asks.
"""

from collections.abc import Collection
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from flask import abort, request

# "none": typed by a person, or opened from a bookmark.
_OUR_SITE: Final = ("none", "same-origin")


class Callers:
    """`host` is where we listen; `hosts` are further names that we are reached by, such as that of a tunnel."""

    def __init__(self, host: str, hosts: Collection[str] = ()) -> None:
        self._named = frozenset(each.lower() for each in hosts)
        self._ours = self._named | {"localhost", host.lower()}

    def check(self) -> None:
        """Before each request: it ends with 403 if it came by a foreign name, or from the page of another site."""
        host = request.headers.get("Host", "").lower()
        name = _name(f"http://{host}")
        if name not in self._ours and not _is_loopback(name):
            abort(403, description=f'{name[:80]!r} is no name of the simulator: add it to "hosts" in its config')
        # None from programs, and "null" from a page that hides where it is from. Of a name that was not given a
        # port counts too: at another port of this machine is another program's page.
        origin = request.headers.get("Origin", "").lower()
        if origin and origin.partition("://")[2] != host and _name(origin) not in self._named:
            abort(403, description="The page of another site may not call the simulator")
        # A link to our page may stand anywhere; behind one, the page asks for itself.
        is_page = request.path == "/" or request.path.startswith("/static/")
        if not origin and not is_page and request.headers.get("Sec-Fetch-Site", "none") not in _OUR_SITE:
            abort(403, description="The page of another site may not call the simulator")


def _name(url: str) -> str:
    """The host of an address without its port; empty if there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
