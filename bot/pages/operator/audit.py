"""Who did, saw and exported what, and why: the log of acts, and whether it is as it was written."""

from typing import Final

from flask import Response, request

from bot.pages.activity import OUTCOMES, say_act, say_who
from bot.pages.operator.desk import Desk, address, desk_page
from domain.access.audit import altered, audit_entries, audit_head, with_names
from domain.people.find import names_of

ACTS_A_PAGE: Final = 50


@desk_page("/audit")
def audit(desk: Desk) -> Response:
    """The newest first, a page at a time; each line that is shown is checked against its seal."""
    after, by, about = (request.args.get(name, "")[:80] for name in ("after", "by", "about"))
    acts = audit_entries(desk.store, after=after, limit=ACTS_A_PAGE, by=by, about=about)
    groups = desk.store.groups.among(sorted({each.group for each in acts if each.group}))
    same = {"by": by, "about": about}
    return desk.page(
        "audit.html",
        acts=with_names(desk.store, acts),
        altered=altered(desk.store, acts),
        head=audit_head(desk.store),
        names=names_of(desk.store, {each.about for each in acts if each.about}),
        groups={each.id: each.name for each in groups},
        outcomes=OUTCOMES,
        say_act=say_act,
        say_who=say_who,
        filtered=bool(by or about),
        first=address("/audit", **same) if after else "",
        next=address("/audit", **same, after=acts[-1].id) if len(acts) == ACTS_A_PAGE else "",
    )
