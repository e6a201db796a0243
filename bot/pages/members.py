"""The members of a group: all of them with their figures, one of them with all there is to know."""

from collections.abc import Mapping
from typing import Final

from flask import Response, request

from bot.pages.forms import EMPTY, Form, Typed, read_form
from bot.pages.groups import Here, first_number, group_page
from domain.groups.overview import LIST_PAGE
from domain.groups.roll import roll_of, roll_page
from domain.loans.owed import loans_of
from domain.loans.track_record import facts
from domain.people.consents import consents_now
from domain.people.find import find_members
from domain.people.phones import NoSuchMember, country_of
from domain.records.person import MembershipStatus
from domain.savings.fines import fines_of
from domain.savings.statement import last_transactions
from domain.store import NotFound
from flows.words.consents import CONSENTS_IN_SHORT
from flows.words.fine_reasons import fined_for
from flows.words.lines import say_details
from flows.words.offices import OFFICES
from flows.words.texts import Text, joined, t

STATUSES: Final[Mapping[MembershipStatus, Text]] = {
    "pending": t("asks to join"),
    "refused": t("refused"),
    "active": t("member"),
    "suspended": t("suspended"),
    "leaving": t("is leaving"),
    "exited": t("has left"),
    "deceased": t("has died"),
    "expelled": t("expelled"),
}


class _Search(Form):
    q = Typed(required=False, most=40)
    first = Typed(required=False, most=9)
    speak = Typed(required=False, most=2)


@group_page("/members")
def members(here: Here) -> Response:
    """A page of the list, or who was searched for: by number, phone, or the beginning of a name."""
    here.note("members.seen")
    asked, first = read_form(_Search(), request.args), first_number()
    wanted = asked.values.get("q", "")
    if wanted:
        try:
            found = find_members(here.store, here.group.id, wanted, _country(here), gone=True)
        except NoSuchMember as error:
            return here.page("members.html", rows=[], search=asked.but(error, "q"), first=1, next=0, **_WORDS)
        rows = roll_of(here.store, here.group, [each.id for each in found])
        return here.page("members.html", rows=rows, search=asked, first=1, next=0, **_WORDS)
    rows = roll_page(here.store, here.group, first)
    more = first + LIST_PAGE if first + LIST_PAGE <= here.group.members else 0
    return here.page("members.html", rows=rows, search=EMPTY, first=first, next=more, **_WORDS)


@group_page("/members/<int:number>")
def member(here: Here, number: int) -> Response:
    """One of them, under the number they keep. That they were looked at is written down."""
    membership = here.store.memberships.one(group=here.group.id, number=number)
    if membership is None:
        raise NotFound(f"no member {number} in this group")
    here.note("member.seen", about=membership.person)
    of = (here.group.id, membership.person)
    agreed = [
        CONSENTS_IN_SHORT[each.purpose] for each in consents_now(here.store, membership.person) if each.given
    ]
    return here.page(
        "member.html",
        row=roll_of(here.store, here.group, [membership.person])[0],
        known=facts(here.store, here.group, membership.person),
        loans=loans_of(here.store, *of),
        fines=fines_of(here.store, *of),
        lines=last_transactions(here.store, *of),
        agreed=joined("; ", agreed) if agreed else t("Nothing"),
        fined_for=fined_for,
        say_details=say_details,
        **_WORDS,
    )


def _country(here: Here) -> str:
    """A number that is typed without a country code is of the country of who types it."""
    phone = here.store.people.get(here.caller.id).phone if here.caller.kind == "person" else ""
    return country_of(phone) if phone else "UG"


_WORDS: Final = {"statuses": STATUSES, "offices": OFFICES}
