"""What a group brings, as the rows of the four sheets again: an export that can be brought back."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Final

from domain.arithmetic.rates import decimal_text
from domain.arithmetic.schedule import PlannedLine
from domain.money import Money
from domain.moving_in.sheets import RULES, SHEETS, SheetName, column_of
from domain.raw_cells import guarded
from domain.records.opening import OpeningBook, OpeningFine, OpeningLoan, OpeningMember
from domain.records.person import Role

_WORDS_OF: Final[Mapping[Role, str]] = {
    "member": "member",
    "chairperson": "chair",
    "secretary": "secretary",
    "treasurer": "treasurer",
}
SheetCells = Mapping[str, str]


def rows_of(book: OpeningBook) -> Mapping[SheetName, list[SheetCells]]:
    """Of each sheet its rows, with every column, "" for what is empty."""
    found: dict[SheetName, list[dict[str, Any]]] = {
        "group": [_group(book)],
        "members": [_member(book, each) for each in book.members],
        "loans": [_loan(each) for each in book.loans],
        "fines": [_fine(each) for each in book.fines],
    }
    return {
        sheet: [_cells(sheet, {"group_code": book.code, **row}) for row in rows] for sheet, rows in found.items()
    }


def _cells(sheet: SheetName, row: Mapping[str, Any]) -> SheetCells:
    cells = {each.name: _written(row.get(each.name)) for each in SHEETS[sheet]}
    typed = (each.name for each in SHEETS[sheet] if each.kind == "text")
    return cells | {name: guarded(cells[name]) for name in typed}


def _written(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Money():
            return value.major
        case date():
            return value.isoformat()
        case Fraction():
            return decimal_text(value)
        case tuple():
            return ";".join(map(_written, value))
        case PlannedLine():
            return f"{value.due.isoformat()} {value.principal.major} {value.interest.major}"
    return str(value)


def _group(book: OpeningBook) -> dict[str, Any]:
    return {
        "group_code": book.code,
        "name": book.name,
        "kind": book.kind,
        "currency": book.currency,
        "country": book.country,
        "time_zone": book.time_zone,
        "as_of": book.as_of,
        "cycle_no": book.cycle,
        "cycle_started_on": book.cycle_from,
        "cycle_ends_on": book.cycle_ends,
        "meets_every": book.every,
        "next_meeting": book.next_meeting,
        "share_price": book.share_price,
        "shares_max": book.shares_max,
        "interest_rate": book.percent,
        "interest_per": book.per,
        "interest_method": book.method,
        "social_per_meeting": book.social_part,
        "box_cash": book.box,
        "bank_cash": book.bank,
        "social_cash": book.social,
        "social_fund_owned": book.social_owned,
        "external_debt": book.debt,
        "surplus_by_their_book": book.surplus,
        "agent_code": book.agent,
        "district": book.district,
        "parish": book.parish,
        **{
            column: _rule(column, book.rules[rule], book.currency)
            for column, rule in RULES.items()
            if rule in book.rules
        },
        "rota_order": book.order if book.kind == "rosca" else None,
        "rota_seed": book.seed,
        "rounds_due": book.rounds_due,
    }


def _rule(column: str, value: str, currency: str) -> Any:
    """A rule as its column has it: what is in minor units here is in whole ones there."""
    match (found := column_of("group", column)) and found.kind:
        case "money":
            return Money(int(value), currency)
        case "switch":
            return value == "1"
    return value


def _member(book: OpeningBook, member: OpeningMember) -> dict[str, Any]:
    in_rotation = book.kind == "rosca"
    return {
        "member_no": member.number,
        "name": member.name,
        "phone": member.phone,
        "language": member.language,
        "role": _WORDS_OF[member.role],
        "joined_on": member.joined_on,
        "sex": member.sex,
        "birth_year": member.birth_year,
        "shares": None,
        "savings": None if in_rotation else member.saved,
        "deposits": None if in_rotation else member.deposits,
        "credit": member.credit,
        "social_owed": member.social_owed,
        "rota_place": (member.places or "none") if in_rotation else None,
        "received_on": member.received_on,
        "turn_due": member.turns_due,
        "received": member.received,
        "kept_back": member.kept_back,
        "bid_given": member.bids_given,
        "bid": member.bid,
        "put_in": member.put_in,
        "hands": member.hands,
        "consent_on": member.consent_on,
        "consent_how": member.consent_how,
        "consent_to": member.consent_to,
    }


def _loan(loan: OpeningLoan) -> dict[str, Any]:
    return {
        "member_no": loan.member,
        "loan_no": loan.number,
        "lent_on": loan.lent_on,
        "lent": loan.lent,
        "principal_owed": loan.principal,
        "interest_owed": loan.interest,
        "penalty_owed": loan.penalty,
        "instalments_left": loan.instalments,
        "every": loan.every,
        "next_due": loan.next_due,
        "late_since": loan.late_since,
        "rate": loan.percent,
        "per": loan.per,
        "method": loan.method,
        "guarantors": loan.guarantors,
        "pledged": loan.pledged,
        "plan": loan.plan,
        "keeps_interest": loan.keeps_interest,
    }


def _fine(fine: OpeningFine) -> dict[str, Any]:
    return {
        "member_no": fine.member,
        "reason": fine.reason,
        "amount": fine.amount,
        "since": fine.since,
        "words": fine.words,
        "fine_no": fine.number if fine.number > 1 else None,
    }
