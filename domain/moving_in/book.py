"""The rows of a group's sheets, and the book that they make where nothing of them is wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

from domain.arithmetic.rates import decimal_text
from domain.money import Money
from domain.moving_in.cells import Reading
from domain.moving_in.sheets import RULES, SheetName
from domain.raw_cells import RawCell
from domain.records.opening import OpeningBook, OpeningFine, OpeningLoan, OpeningMember
from domain.records.person import OFFICERS, Role

_ROLES: Final[Mapping[str, Role]] = {
    "member": "member",
    "keyholder": "member",
    "chair": "chairperson",
    "secretary": "secretary",
    "treasurer": "treasurer",
}
_CYCLE_WEEKS: Final = 52


@dataclass(frozen=True, slots=True)
class SheetRow:
    """
    One row as its file has it: the file, the number a person finds it by, from 1, and its cells in the order of
    the `columns`, which all rows of a file share.
    """

    sheet: SheetName
    file: str
    number: int
    columns: tuple[str, ...]
    raw: tuple[RawCell, ...]

    @property
    def cells(self) -> Mapping[str, RawCell]:
        """The cells by column."""
        return dict(zip(self.columns, self.raw, strict=False))

    @property
    def place(self) -> str:
        """Where a person finds it."""
        return f"{self.file}:{self.number}"


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row with the cells that could be read. `get` gives None for one that is empty, or was refused."""

    row: SheetRow
    values: Mapping[str, Any]
    bad: frozenset[str]

    def get(self, column: str, default: Any = None) -> Any:
        value = self.values.get(column)
        return default if value is None else value

    def all(self, *columns: str) -> bool:
        """Whether these could all be read, and are not empty."""
        return all(self.values.get(column) is not None for column in columns)


def book_of(
    code: str,
    group: ReadRow,
    reading: Reading,
    members: Sequence[ReadRow],
    loans: Sequence[ReadRow],
    fines: Sequence[ReadRow],
    zone_of: Callable[[str], str],
) -> OpeningBook:
    """What was read, where nothing of it is wrong."""
    nothing, began = Money(0, reading.currency), group.get("cycle_started_on")
    return OpeningBook(
        code=code,
        name=group.get("name"),
        kind=group.get("kind"),
        country=reading.country,
        time_zone=group.get("time_zone", zone_of(reading.country)),
        as_of=group.get("as_of"),
        cycle=group.get("cycle_no"),
        cycle_from=began,
        cycle_ends=group.get("cycle_ends_on", began + timedelta(weeks=_CYCLE_WEEKS)),
        every=group.get("meets_every"),
        next_meeting=group.get("next_meeting"),
        share_price=group.get("share_price"),
        social_part=group.get("social_per_meeting", nothing),
        box=group.get("box_cash"),
        bank=group.get("bank_cash", nothing),
        social=group.get("social_cash"),
        social_owned=group.get("social_fund_owned", group.get("social_cash")),
        debt=group.get("external_debt", nothing),
        surplus=group.get("surplus_by_their_book"),
        shares_max=group.get("shares_max"),
        percent=group.get("interest_rate"),
        per=group.get("interest_per"),
        method=group.get("interest_method"),
        agent=_agent(group.get("agent_code", "")),
        district=group.get("district", ""),
        parish=group.get("parish", ""),
        rules={
            rule: _as_rule(value) for column, rule in RULES.items() if (value := group.get(column)) is not None
        },
        members=tuple(
            sorted((_member_of(group, each, nothing) for each in members), key=lambda each: each.number)
        ),
        loans=tuple(_loan_of(each, nothing, group.get("as_of")) for each in loans),
        fines=tuple(_fine_of(each, group.get("as_of")) for each in fines),
        order=group.get("rota_order", "fixed"),
        seed=group.get("rota_seed", ""),
        rounds_due=group.get("rounds_due", ()),
    )


def _agent(said: str) -> str:
    """What an account is found by: an address is in small letters."""
    return said.lower() if "@" in said else said


def _as_rule(value: Any) -> str:
    """A cell as the rules have it: amounts in minor units, a switch as 1 or 0."""
    match value:
        case Money():
            return str(value.minor)
        case bool():
            return str(int(value))
        case Fraction():
            return decimal_text(value)
    return str(value)


def _member_of(group: ReadRow, member: ReadRow, nothing: Money) -> OpeningMember:
    price: Money = group.get("share_price")
    shares: int | None = member.get("shares")
    saved: Money = member.get("savings", nothing)
    if shares is not None:
        saved = Money(shares * price.minor, price.currency)
    return OpeningMember(
        number=member.get("member_no"),
        name=member.get("name"),
        phone=member.get("phone", ""),
        language=member.get("language", "en"),
        role=_ROLES[member.get("role")],
        saved=saved,
        deposits=member.get("deposits", nothing),
        credit=member.get("credit", nothing),
        consent_on=member.get("consent_on"),
        consent_how=member.get("consent_how"),
        joined_on=member.get("joined_on"),
        sex=member.get("sex"),
        birth_year=member.get("birth_year"),
        consent_to=member.get("consent_to", ()),
        places=member.get("rota_place", ()),
        received_on=member.get("received_on", ()),
        turns_due=member.get("turn_due", ()),
        received=member.get("received", ()),
        kept_back=member.get("kept_back", ()),
        bids_given=member.get("bid_given", ()),
        put_in=member.get("put_in"),
        bid=member.get("bid"),
        hands=member.get("hands"),
        social_owed=member.get("social_owed"),
    )


def _loan_of(loan: ReadRow, nothing: Money, as_of: date) -> OpeningLoan:
    next_due: date = loan.get("next_due")
    late: date | None = loan.get("late_since")
    percent: Fraction | None = loan.get("rate")
    return OpeningLoan(
        member=loan.get("member_no"),
        number=loan.get("loan_no"),
        lent_on=loan.get("lent_on"),
        lent=loan.get("lent"),
        principal=loan.get("principal_owed"),
        interest=loan.get("interest_owed"),
        penalty=loan.get("penalty_owed", nothing),
        instalments=loan.get("instalments_left"),
        every=loan.get("every"),
        next_due=next_due,
        late_since=late or (next_due if next_due <= as_of else None),
        percent=percent,
        per=loan.get("per"),
        method=loan.get("method"),
        guarantors=loan.get("guarantors", ()),
        pledged=loan.get("pledged", ()),
        plan=loan.get("plan", ()),
        keeps_interest=loan.get("keeps_interest"),
    )


def _fine_of(fine: ReadRow, as_of: date) -> OpeningFine:
    return OpeningFine(
        member=fine.get("member_no"),
        reason=fine.get("reason"),
        amount=fine.get("amount"),
        since=fine.get("since", as_of),
        words=fine.get("words", ""),
        number=fine.get("fine_no", 1),
    )


assert set(_ROLES.values()) == {"member", *OFFICERS}, "every office has its word in the sheets"
