"""The rotation in a group's sheets: an order with a place for each hand, and what was paid of each round."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from domain.money import Money
from domain.moving_in.book import ReadRow, SheetRow
from domain.moving_in.findings import Findings
from domain.rotation.set_up import HANDS_MAX

_OF_GROUP: Final = ("rota_order", "rota_seed", "rounds_due")
# One for each day in `received_on`.
_GONE: Final = ("received", "kept_back", "bid_given")
_OF_TURNS: Final = ("turn_due", *_GONE)
_BIDS: Final = ("bid_given", "bid")
_OF_MEMBERS: Final = ("rota_place", "received_on", *_OF_TURNS, "bid", "put_in", "hands")


def check_rota(group: ReadRow, members: Sequence[ReadRow], findings: Findings) -> None:
    """Of a rosca all of it is right; a group of another kind has nothing of it."""
    if group.get("kind") != "rosca":
        for read, columns in ((group, _OF_GROUP), *((each, _OF_MEMBERS) for each in members)):
            for column in columns:
                if group.get("kind") and read.get(column):
                    findings.add(read.row, column, "not_of_kind")
        return
    _check_places(members, findings)
    places = sum(len(each.get("rota_place", ())) for each in members)
    had = sum(len(each.get("received_on", ())) for each in members)
    if len(group.get("rounds_due", ())) > max(0, places - had):
        findings.add(group.row, "rounds_due", "more_than", "rota_place")
    for member in members:
        _check_days(group, member, findings)
        _check_amounts(group, member, places, findings)
        if max(member.get("hands", 0), len(member.get("rota_place", ()))) > HANDS_MAX:
            findings.add(member.row, "hands", "too_large", str(HANDS_MAX))


def _check_places(members: Sequence[ReadRow], findings: Findings) -> None:
    first: dict[int, SheetRow] = {}
    for member in members:
        if member.get("rota_place") is None and "rota_place" not in member.bad:
            findings.add(member.row, "rota_place", "needs", "rota_place")
        for place in member.get("rota_place", ()):
            if place in first:
                findings.add(member.row, "rota_place", "place_taken", first[place].place)
            first.setdefault(place, member.row)


def _check_days(group: ReadRow, member: ReadRow, findings: Findings) -> None:
    days = member.get("received_on", ())
    if len(days) > len(member.get("rota_place", days)):
        findings.add(member.row, "received_on", "more_than", "rota_place")
    for column, latest in (("received_on", "as_of"), ("turn_due", "next_meeting")):
        if (said := member.get(column)) and group.all(latest) and said[-1] > group.get(latest):
            findings.add(member.row, column, "not_before", latest)
    for column in _OF_TURNS:
        if (said := member.get(column)) and len(said) != len(days) and "received_on" not in member.bad:
            findings.add(member.row, column, "not_as_many", "received_on")


def _check_amounts(group: ReadRow, member: ReadRow, places: int, findings: Findings) -> None:
    for column in _BIDS:
        if member.get(column) and group.get("rota_order") != "auction":
            findings.add(member.row, column, "needs", "rota_order: auction")
    if not group.all("share_price"):
        return
    price: Money = group.get("share_price")
    pot = Money(price.minor * places, price.currency)
    bid, nothing = member.get("bid"), Money(0, price.currency)
    gone = zip_longest(*(member.get(column, ()) for column in _GONE), fillvalue=nothing)
    if any(sum(part.minor for part in parts) > pot.minor for parts in gone):
        findings.add(member.row, "received", "more_than", str(pot))
    if bid and len(member.get("received_on", ())) >= len(member.get("rota_place", ())):
        findings.add(member.row, "bid", "needs", "rota_place")
    elif bid and bid.minor >= pot.minor:
        findings.add(member.row, "bid", "more_than", str(pot))
