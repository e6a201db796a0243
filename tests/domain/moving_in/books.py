"""Groups that move in, for tests: one by hand, and any by hypothesis."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from domain.arithmetic.periods import Every, period_end
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.moving_in.arrive import AgreeToOpening, BringGroup
from domain.moving_in.book import SheetRow
from domain.moving_in.check import CheckedGroup, check_group
from domain.moving_in.open import move_on
from domain.moving_in.sheets import SheetName
from domain.records.consent import FREE_PURPOSES
from domain.records.opening import OpeningBook, OpeningFine, OpeningLoan, OpeningMember
from domain.rotation.set_up import ORDERS
from tests.people import do

TODAY = date(2026, 11, 28)
AS_OF = date(2026, 11, 20)
ZONE = "Africa/Kampala"

GROUP = {
    "group_code": "G-0417", "name": "Example Group", "kind": "vsla", "currency": "UGX", "country": "UG",
    "as_of": "2026-11-20", "cycle_no": "3", "cycle_started_on": "2026-03-06", "meets_every": "week",
    "next_meeting": "2026-11-27", "share_price": "5000", "box_cash": "163500", "social_cash": "16000",
    "surplus_by_their_book": "18500",
}  # fmt: skip
MEMBERS = [
    {"member_no": "1", "name": "Member One", "phone": "0772000301", "role": "chair", "shares": "12"},
    {"member_no": "2", "name": "Member Two", "phone": "+256772000302", "role": "treasurer", "shares": "9"},
    {"member_no": "3", "name": "Member Three", "phone": "", "role": "member", "shares": "15"},
    {"member_no": "4", "name": "Member Four", "phone": "256772000304", "role": "secretary", "shares": "6"},
]
# The same as a rotation in the order of its members.
ROSCA = GROUP | {"kind": "rosca", "box_cash": "0", "surplus_by_their_book": ""}
IN_TURN = [
    {key: cell for key, cell in each.items() if key != "shares"} | {"rota_place": str(place)}
    for place, each in enumerate(MEMBERS, start=1)
]
LOANS = [
    {
        "member_no": "2", "loan_no": "L7", "lent_on": "2026-09-11", "lent": "60000", "principal_owed": "40000",
        "interest_owed": "1200", "instalments_left": "2", "every": "month", "next_due": "2026-12-11",
    },
    {
        "member_no": "4", "loan_no": "L9", "lent_on": "2026-08-07", "lent": "25000", "principal_owed": "25000",
        "interest_owed": "2500", "instalments_left": "1", "every": "month", "next_due": "2026-09-07",
        "late_since": "2026-09-07",
    },
]  # fmt: skip
FINES = [{"member_no": "3", "reason": "late", "amount": "500"}]

Cells = Mapping[str, str]


def sheet_rows(sheets: Mapping[SheetName, Sequence[Cells]]) -> list[SheetRow]:
    """As a file has them: the header is row 1."""
    rows = []
    for sheet, cells in sheets.items():
        for number, each in enumerate(cells, start=2):
            rows.append(SheetRow(sheet, f"{sheet}.csv", number, tuple(each), tuple(each.values())))
    return rows


def checked(
    group: Cells | None = None,
    members: Sequence[Cells] | None = None,
    loans: Sequence[Cells] | None = None,
    fines: Sequence[Cells] | None = None,
    *,
    today: date = TODAY,
) -> CheckedGroup:
    """The group by hand, with some of its sheets as given."""
    also = {"group_code": "G-0417", "consent_on": "2026-11-20", "consent_how": "meeting"}
    rows = sheet_rows({
        "group": [GROUP if group is None else group],
        "members": [{**also, **each} for each in (MEMBERS if members is None else members)],
        "loans": [{"group_code": "G-0417", **each} for each in (LOANS if loans is None else loans)],
        "fines": [{"group_code": "G-0417", **each} for each in (FINES if fines is None else fines)],
    })  # fmt: skip
    return check_group("G-0417", rows, today, lambda _: ZONE)


def example() -> OpeningBook:
    """The group by hand."""
    book = checked().book
    assert book is not None
    return book


def opens(store: MongoStore, book: OpeningBook) -> str:
    """Brought, agreed to and open; its id."""
    do(store, BringGroup("account:1", book))
    arrival = store.arrivals.get(book.code)
    for officer in sorted(arrival.officers)[:2]:
        do(store, AgreeToOpening(officer, book.code, arrival.digest, yes=True))
    store.arrivals.change(book.code, next_at=store.now())
    move_on(store, book.code)
    return store.arrivals.get(book.code).group


def _money(most: int = 10_000) -> st.SearchStrategy[Money]:
    return st.integers(0, most).map(lambda hundreds: Money(hundreds * 100, "UGX"))


@st.composite
def opening_books(draw: st.DrawFn) -> OpeningBook:
    """Any group with shares: two officers at least, loans, fines, members with and without a phone."""
    price = Money(1_000 * draw(st.integers(1, 10)), "UGX")
    size = draw(st.integers(2, 12))
    nothing = Money(0, "UGX")
    members = []
    for number in range(1, size + 1):
        role = {1: "chairperson", 2: "treasurer"}.get(number, "member")
        phone = f"+25677200{number:04}" if number <= 2 or draw(st.booleans()) else ""
        members.append(
            OpeningMember(
                number=number,
                name=f"Member {number}",
                phone=phone,
                language=draw(st.sampled_from(["en", "fr", "sw"])),
                role=role,  # type: ignore[arg-type]
                saved=Money(price.minor * draw(st.integers(0, 60)), "UGX"),
                deposits=nothing,
                credit=draw(_money(9)),
                consent_on=AS_OF,
                consent_how=draw(st.sampled_from(["meeting", "paper", "phone"])),
                joined_on=draw(st.none() | st.dates(date(2024, 1, 1), AS_OF)),
                sex=draw(st.none() | st.sampled_from(["f", "m", "other"])),
                birth_year=draw(st.none() | st.integers(1930, 2008)),
                consent_to=draw(st.sampled_from([(), ("figures",), FREE_PURPOSES])),
                social_owed=draw(_money(9)) or None,
            )
        )
    social = draw(_money())
    book = OpeningBook(
        code=draw(st.from_regex(r"[A-Z]{1,2}-[0-9]{1,4}", fullmatch=True)),
        name=draw(st.sampled_from(["Example Group", "Umoja", "L'Avenir"])),
        kind="vsla",
        country="UG",
        time_zone=ZONE,
        as_of=AS_OF,
        cycle=draw(st.integers(1, 9)),
        cycle_from=date(2026, 3, 6),
        cycle_ends=date(2027, 3, 5),
        every=draw(st.sampled_from(["week", "2weeks", "4weeks", "month"])),
        next_meeting=AS_OF + timedelta(days=draw(st.integers(1, 14))),
        share_price=price,
        social_part=draw(_money(10)),
        box=draw(_money()),
        bank=draw(_money()),
        social=social,
        social_owned=social,
        debt=draw(_money()),
        surplus=draw(st.none() | _money()),
        shares_max=draw(st.none() | st.integers(1, 5)),
        percent=draw(st.none() | st.integers(0, 100_000_000).map(lambda millionths: Fraction(millionths, 10**6))),
        members=tuple(members),
        fines=tuple(
            OpeningFine(draw(st.integers(1, size)), "late", Money(500, "UGX"), AS_OF)
            for _ in range(draw(st.integers(0, 3)))
        ),
    )
    loans = tuple(draw(_loan(number, size)) for number in range(draw(st.integers(0, 4))))
    # The same fine twice is one row that was copied.
    return replace(book, loans=loans, fines=tuple(dict.fromkeys(book.fines)))


@st.composite
def rotating_books(draw: st.DrawFn) -> OpeningBook:
    """Any rotation: hands as one likes, rounds that were paid whole, in part or late, pots that are half full."""
    book = draw(opening_books())
    order = draw(st.permutations([each.number for each in book.members for _ in range(draw(st.integers(0, 3)))]))
    kind, pot = draw(st.sampled_from(ORDERS)), len(order) * book.share_price.minor
    days = draw(st.lists(st.dates(book.cycle_from, AS_OF), max_size=len(order)).map(sorted))
    waits = len(order) - len(days)
    due = st.lists(st.dates(book.cycle_from, book.next_meeting), max_size=waits).map(sorted)
    members = []
    for each in book.members:
        places = tuple(place for place, number in enumerate(order, start=1) if number == each.number)
        had = tuple(days[place - 1] for place in places if place <= len(days))
        earlier = timedelta(days=draw(st.integers(1, 9)))
        members.append(
            replace(
                each,
                saved=Money(0, "UGX"),
                places=places,
                received_on=had,
                turns_due=draw(st.sampled_from([(), tuple(day - earlier for day in had)])),
                received=draw(_parts_of(pot, len(had))),
                kept_back=draw(_parts_of(pot, len(had))),
                bids_given=draw(_parts_of(pot, len(had))) if kind == "auction" else (),
                bid=draw(st.none() | _money(9)) if kind == "auction" and len(had) < len(places) else None,
                put_in=draw(st.none() | _money()),
                hands=draw(st.none() | st.integers(0, 9)),
            )
        )
    return replace(
        book,
        kind="rosca",
        members=tuple(members),
        loans=(),
        order=kind,
        seed=draw(st.sampled_from(["", "3 5 1", "=1+1"])),
        rounds_due=tuple(draw(due)),
    )


def _parts_of(pot: int, turns: int) -> st.SearchStrategy[tuple[Money, ...]]:
    """At most a third of each of so many pots, or nothing said of any."""
    third = st.integers(0, pot // 3).map(lambda minor: Money(minor, "UGX"))
    return st.just(()) | st.lists(third, min_size=turns, max_size=turns).map(tuple)


@st.composite
def _loan(draw: st.DrawFn, number: int, size: int) -> OpeningLoan:
    borrower = draw(st.integers(1, size))
    lent = Money(10_000 * draw(st.integers(1, 50)), "UGX")
    lent_on = date(2026, 3, 6) + timedelta(days=draw(st.integers(0, 200)))
    every: Every = draw(st.sampled_from(["week", "month"]))
    late = draw(st.none() | st.dates(lent_on + timedelta(days=1), AS_OF))
    return OpeningLoan(
        member=borrower,
        number=f"L{number}",
        lent_on=lent_on,
        lent=lent,
        principal=Money(draw(st.integers(1, lent.minor // 100)) * 100, "UGX"),
        interest=Money(100 * draw(st.integers(1 if late else 0, 50)), "UGX"),  # something of it is late then
        penalty=draw(_money(9)) if late else Money(0, "UGX"),
        instalments=draw(st.integers(1, 12)),
        every=every,
        next_due=draw(st.dates(AS_OF + timedelta(days=1), period_end(AS_OF, every, 1))),
        late_since=late,
        guarantors=tuple(each for each in draw(st.sets(st.integers(1, size), max_size=2)) if each != borrower),
    )
