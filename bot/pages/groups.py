"""
The pages of a group. Who may see one is asked anew each time, at its door, and nowhere behind it: a group that is
not theirs does not exist for them, and a changed office counts at once.

A page of a group is a function of `Here`, named with `group_page`, in the file of its subject.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import NotFound as NoPage
from werkzeug.exceptions import Unauthorized

from bot.app import App
from bot.pages.languages import says
from bot.pages.refused import refused_page, status_of
from bot.pages.render import page
from bot.served import served
from bot.signed_in import caller as signed_in
from bot.signed_in import where
from domain.access.audit import note
from domain.access.caller import Caller, GroupStanding, group_for, standing
from domain.errors import DomainError
from domain.mongo.store import MongoStore
from domain.records.group import Group
from domain.store import NotFound
from flows.words.refusals import refusal
from flows.words.texts import Label, Words, t

blueprint = Blueprint("groups", __name__)

_OFFICERS: Final[Sequence[tuple[str, Label]]] = (
    ("", t("Overview")),
    ("/members", t("Members")),
    ("/meeting", t("Meeting")),
    ("/loans", t("Loans")),
    ("/decisions", t("Decisions")),
    ("/messages", t("Messages")),
    ("/statements", t("Statements and charts")),
    ("/books", t("Books")),
    ("/rules", t("Rules")),
    ("/activity", t("Activity")),
)
_MEMBERS: Final[Sequence[tuple[str, Label]]] = (
    ("", t("Overview")),
    ("/mine", t("My figures")),
    ("/rules", t("Rules")),
)
_ELSEWHERE: Final = (("/groups", t("My groups")),)


@dataclass(frozen=True, slots=True)
class Here:
    """Where a page is: whose group it shows, to whom, and what they are in it."""

    app: App
    caller: Caller
    group: Group
    standing: GroupStanding

    @property
    def says(self) -> Words:
        """What the page speaks."""
        return says()

    @property
    def store(self) -> MongoStore:
        return self.app.store

    @property
    def leads(self) -> bool:
        """Whether they can do here what officers do; an agent and the operator read."""
        return self.standing == "officer"

    def path(self, rest: str = "", **asked: object) -> str:
        """The address of a page of this group."""
        kept = {name: value for name, value in asked.items() if value not in (None, "")}
        return f"/groups/{self.group.code}{rest}{'?' if kept else ''}{urlencode(kept)}"

    def page(self, template: str, **values: Any) -> Response:
        """A page of the group, with its menu."""
        return page(f"leader/{template}", where=self.group.name, menu=self._menu(), here=self, **values)

    def _menu(self) -> list[tuple[str, Label]]:
        entries = _MEMBERS if self.standing == "member" else _OFFICERS
        lends = self.group.constitution.loans is not None
        own = [(self.path(rest), label) for rest, label in entries if lends or rest != "/loans"]
        if self.leads:
            own.insert(1, (self.path("/mine"), t("My figures")))
        return [*own, *_ELSEWHERE]

    def note(self, did: str, about: str = "", why: str = "") -> None:
        """Write down what was looked at or done."""
        note(self.store, self.caller, did, about=about, group=self.group.id, why=why, where=where())


View = Callable[..., Response]


def group_page(
    path: str, *, least: GroupStanding = "officer", methods: Sequence[str] = ("GET",)
) -> Callable[[View], View]:
    """
    Name the function that answers at this path of a group, for those who are at `least` that in it.

    It is given `Here`, and what stands in the path.
    """

    def register(view: View) -> View:
        @blueprint.route(f"/groups/<code>{path}", methods=list(methods), endpoint=view.__name__)
        @wraps(view)
        def shown(code: str, **given: Any) -> Response:
            app = served()
            caller = g.caller = signed_in()
            group = group_for(app.store, caller, code, least)
            return view(Here(app, caller, group, standing(app.store, caller, group.id) or least), **given)

        return view

    return register


def to_sign_in() -> Response:
    """Where who is not signed in is sent; they come back to what they wanted."""
    asked = f"?{urlencode({'to': request.full_path.rstrip('?')})}" if request.method == "GET" else ""
    return moved_to(f"/sign-in{asked}")


def moved_to(path: str) -> Response:
    """Another page of ours, to be asked for with GET."""
    return Response(status=303, headers={"Location": path, "Cache-Control": "no-store"})


def refuses_on_pages(blueprint: Blueprint) -> None:
    """What is refused in this part is said on a page."""

    def refused(error: DomainError) -> Response:
        return refused_page(status_of(error), [refusal(error)])

    blueprint.register_error_handler(Unauthorized, lambda _: to_sign_in())
    blueprint.register_error_handler(DomainError, refused)
    for nothing in (NotFound, NoPage):
        blueprint.register_error_handler(nothing, lambda _: refused_page(404))


refuses_on_pages(blueprint)


def first_number() -> int:
    """The number a page of a list begins with, from its address; what is no number is the first."""
    asked = request.args.get("first", "1")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
