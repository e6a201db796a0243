"""
The door of the operator's pages. Who may open one is asked anew each time, here and nowhere behind it: an operator
opens all, an agent those that are of their groups alone, and for everybody else there are none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request

from bot.app import App
from bot.pages.groups import refuses_on_pages
from bot.pages.refused import refused_page
from bot.pages.render import page
from bot.served import served
from bot.signed_in import caller as signed_in
from bot.signed_in import where
from domain.access.audit import note
from domain.access.caller import Caller
from domain.mongo.store import MongoStore
from flows.words.texts import Label, Words, t, words
from payments.names import TITLES

ZONE: Final = "UTC"  # of what is about groups of several zones
_TITLES: Final[Mapping[str, Label]] = {"operator": t("Operator"), "agent": t("Agent")}
# Each with whether an agent has it too. What comes later has its line here.
_MENU: Final[Sequence[tuple[str, Label, bool]]] = (
    ("/operator", t("Overview"), True),
    ("/operator/groups", t("Groups"), True),
    ("/operator/agents", t("Agents and programmes"), False),
    ("/operator/imports", t("Groups that move in"), True),
    ("/operator/exports", t("Figures as files"), True),
    ("/operator/stuck", t("Stuck payments"), True),
    ("/operator/reconcile", t("Providers' lists"), True),
    ("/operator/unasked", t("Money of no group"), False),
    ("/operator/people", t("Look somebody up"), False),
    ("/operator/messages", t("Messages and cost"), False),
    ("/operator/referrals", t("New members brought"), False),
    ("/operator/audit", t("Who did what"), False),
    ("/operator/read-only", t("Read-only mode"), False),
)

blueprint = Blueprint("operator", __name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose desk it is, and what they see from it."""

    app: App
    caller: Caller

    @property
    def store(self) -> MongoStore:
        return self.app.store

    @property
    def says(self) -> Words:
        return words(self.caller.language)

    @property
    def operates(self) -> bool:
        """Whether they see everything, and act; an agent reads of their groups."""
        return self.caller.role == "operator"

    @property
    def groups(self) -> tuple[str, ...] | None:
        """The ids of the groups they see, None for all."""
        return None if self.caller.everywhere else tuple(sorted(self.caller.groups))

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        menu = [(path, label) for path, label, agents in _MENU if self.operates or agents]
        own: dict[str, Any] = {"where": _TITLES[self.caller.role], "menu": menu, "desk": self, "zone": ZONE}
        own["titles"] = TITLES
        return page(f"operator/{template}", status=status, **own, **values)

    def note(self, did: str, *, about: str = "", group: str = "", why: str = "") -> None:
        """Write down what was looked at or done, before it is shown."""
        note(self.store, self.caller, did, about=about, group=group, why=why, where=where())


View = Callable[..., Response]


def desk_page(path: str, *, agents: bool = False, methods: Sequence[str] = ("GET",)) -> Callable[[View], View]:
    """Name the function that answers at this path, for operators, and for `agents` where it is theirs too."""

    def register(view: View) -> View:
        @blueprint.route(f"/operator{path}", methods=list(methods), endpoint=view.__name__)
        @wraps(view)
        def shown(**given: Any) -> Response:
            caller = g.caller = signed_in()
            if caller.kind != "account":
                return refused_page(404)  # for them there are no such pages
            if caller.role != "operator" and not agents:
                return refused_page(403)
            return view(Desk(served(), caller), **given)

        return view

    return register


def address(path: str, **asked: object) -> str:
    """The address of one of these pages, with what is asked of it."""
    kept = {name: value for name, value in asked.items() if value not in (None, "")}
    return f"/operator{path}{'?' if kept else ''}{urlencode(kept)}"


def moment(name: str) -> datetime | None:
    """Where another page of a list ended, from the address; None for what is no moment."""
    try:
        return datetime.fromisoformat(request.args.get(name, "")).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


refuses_on_pages(blueprint)
