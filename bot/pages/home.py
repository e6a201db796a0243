"""What a group is now: for its leaders all of it, for a member what members may know."""

from typing import Final

from flask import Response, g, request

from bot.pages.groups import Here, blueprint, group_page, moved_to
from bot.pages.render import page
from bot.served import served
from bot.signed_in import caller as signed_in
from domain.access.caller import groups_seen
from domain.broadcasts.progress import broadcasts_of
from domain.errors import DomainError
from domain.groups.money import money_of
from domain.groups.roll import roll_of
from domain.loans.owed import loans_of
from domain.loans.portfolio import Late, arrears
from domain.meetings.who_paid import not_paid
from domain.money import Money
from domain.records.group import day_of
from domain.records.person import NotAllowed
from domain.savings.fines import fines_of
from domain.savings.statement import last_transactions
from domain.share_out.shown import expected_share_out
from domain.tables import Some
from flows.share_out.shares import said_part
from flows.words.broadcasts import MESSAGES, STATES
from flows.words.fine_reasons import fined_for
from flows.words.lines import say_details
from flows.words.texts import Text

GROUPS_A_PAGE: Final = 50
DUE_SHOWN: Final = 10


@blueprint.get("/")
def first() -> Response:
    """To the one group they are in, or to the list; an operator to their own pages."""
    caller = g.caller = signed_in()
    if caller.kind == "account" and caller.role == "operator":
        return moved_to("/operator")
    groups = groups_seen(served().store, caller, "", 2)
    return moved_to(f"/groups/{groups[0].code}") if len(groups) == 1 else moved_to("/groups")


@blueprint.get("/groups")
def my_groups() -> Response:
    """The groups they may see, a page at a time."""
    caller = g.caller = signed_in()
    after = request.args.get("after", "")
    found = groups_seen(served().store, caller, after, GROUPS_A_PAGE)
    return page("leader/groups.html", where="", menu=[], groups=found, after=after, size=GROUPS_A_PAGE)


@group_page("", least="member")
def home(here: Here) -> Response:
    if here.standing == "member":
        return here.page("member_home.html", money=money_of(here.store, here.group.id, here.caller.id))
    return here.page("home.html", **figures(here))


@group_page("/aloud")
def aloud(here: Here) -> Response:
    """The figures that are read out at the meeting, large."""
    return here.page("aloud.html", **figures(here))


@group_page("/mine", least="member")
def mine(here: Here) -> Response:
    """What the member who is signed in has and owes: nobody else's."""
    if here.caller.kind != "person":
        raise NotAllowed(why="stranger", group=here.group.name)
    of = (here.group.id, here.caller.id)
    return here.page(
        "mine.html",
        row=roll_of(here.store, here.group, [here.caller.id])[0],
        loans=loans_of(here.store, *of),
        fines=fines_of(here.store, *of),
        lines=last_transactions(here.store, *of),
        part=_part(here),
        fined_for=fined_for,
        say_details=say_details,
    )


def _part(here: Here) -> list[Text]:
    """What a share-out brings them, as their phone says it; nothing where there is nothing to share."""
    if here.group.kind != "vsla":
        return []
    try:
        return [*said_part(expected_share_out(here.store, here.group.id, here.caller.id))]
    except DomainError:
        return []


def figures(here: Here) -> dict[str, object]:
    """What the home page of a group shows, and what is read aloud."""
    store, group = here.store, here.group
    seen = served().views.overview(group.id)
    late = arrears(store, group.id) if group.constitution.loans else Some[Late]([], more=False)
    casts = broadcasts_of(store, group.id)
    return {
        "glance": seen.glance,
        "late": late,
        "late_due": sum((each.due for each in late), Money(0, group.currency)),
        "paid": seen.paid,
        "missing": not_paid(store, group.id, 1)[:DUE_SHOWN],
        "open_since": day_of(group.meeting.rpartition(":")[2]) if group.meeting else None,
        "waits": seen.waits,
        "cast": casts[0] if casts else None,
        "messages": MESSAGES,
        "states": STATES,
    }
