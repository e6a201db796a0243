"""The dividend in the books: what a year earned is given to each once, never more than there is, less the tax."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from domain.arithmetic.dividend import Declared, dividend
from domain.books.ledger import Draft, Posting
from domain.books.statements import group_statement, period
from domain.decisions.voting import AlreadyAsked, TooFewOfficers, Vote
from domain.meetings.cash_book import ReverseCash
from domain.mongo.store import MongoStore
from domain.mongo.verify import verify_book
from domain.records.dividend import Declaration
from domain.records.person import Membership, NotAllowed, membership_id
from domain.records.proposal import Proposal
from domain.sacco.dividend import (
    BadRates,
    DeclareDividend,
    DividendNow,
    DividendTooHigh,
    OpenYear,
    YearDeclared,
    YearNotOver,
    carry_on,
    dividend_now,
    my_dividend,
)
from domain.sacco.share_capital import RecordShares
from domain.savings.contribute import Contribute, RecordCash
from domain.savings.withdraw import AskWithdrawal, withdrawable
from domain.store import Store
from domain.treasury.settle import payment_failed
from tests.conftest import Clock, on_one_store
from tests.domain.savers import Savers, found
from tests.emptied import empty
from tests.money import ugx
from tests.people import do


@pytest.fixture
def sacco(store: MongoStore, clock: Clock) -> Savers:
    """A SACCO since October 2026; Ada, Ben and Cy lead, Dan, Eve and Fay are members. It has nothing yet."""
    return found(store, kind="sacco", saved=0)


def at(clock: Clock, year: int, month: int, day: int = 15) -> None:
    clock.forward(seconds=(datetime(year, month, day, 9, tzinfo=UTC) - clock()).total_seconds())


def save(sacco: Savers, person: str, minor: int) -> None:
    do(sacco.store, RecordCash(sacco.group, person, ugx(minor), "ben" if person == "ada" else "ada"))


def buy(sacco: Savers, person: str, shares: int) -> None:
    do(sacco.store, RecordShares("ben" if person == "ada" else "ada", sacco.group, person, shares))


def earn(sacco: Savers, minor: int) -> None:
    """Interest comes in, in cash."""
    legs = (Posting("1010", minor), Posting("4010", -minor))
    store = sacco.store
    store.post(Draft(sacco.group, "UGX", store.new_id(), "interest", store.now(), legs))


def declare(
    sacco: Savers, year: int, deposits: str = "6", share_capital: str = "10", tax: str = "15", officer: str = "ada"
) -> dict[str, Any]:
    answer: Any = do(sacco.store, DeclareDividend(officer, sacco.group, year, deposits, share_capital, tax))
    return dict(answer)


def proposed(sacco: Savers) -> Proposal:
    (proposal,) = sacco.store.proposals.find(kind="dividend", state="open")
    return proposal


def agree(sacco: Savers, *officers: str, yes: bool = True) -> None:
    proposal = proposed(sacco)
    for officer in officers or ("ben", "cy"):
        do(sacco.store, Vote(officer, proposal.id, proposal.digest, yes, "" if yes else "too high"))


def of(sacco: Savers, year: int) -> Declaration:
    return sacco.store.declarations.get(f"{sacco.group}:{year}")


def first_year(sacco: Savers, clock: Clock) -> None:
    """Dan has 12,000 on deposit from October, Eve 24,000 from December, Fay 10 shares; 5,000 is earned."""
    save(sacco, "dan", 12_000)
    buy(sacco, "fay", 10)
    at(clock, 2026, 12)
    save(sacco, "eve", 24_000)
    earn(sacco, 5_000)
    at(clock, 2027, 1)


def test_a_dividend_is_declared_agreed_and_credited_with_the_tax_kept_back(sacco: Savers, clock: Clock) -> None:
    first_year(sacco, clock)
    # 6 % of 12,000 × 3/12 and of 24,000 × 1/12, 10 % of 10,000.
    assert declare(sacco, 2026) == {"needed": 2, "gross": {"minor": 180 + 120 + 1_000, "currency": "UGX"}}
    assert proposed(sacco).values == {
        "amount": ugx(1_300), "year": 2026, "deposits": "6", "share_capital": "10", "tax": "15",
    }  # fmt: skip
    assert of(sacco, 2026).next_at is None, "there is nothing to do until it is agreed"
    with pytest.raises(NotAllowed):
        agree(sacco, "ada")
    agree(sacco)
    assert "2030" not in sacco.totals, "what is agreed is credited part by part"
    carry_on(sacco.store, of(sacco, 2026).id)
    assert (sacco.held("dan")["2030"], sacco.held("eve")["2030"], sacco.held("fay")["2030"]) == (-153, -102, -850)
    assert sacco.totals == {
        "1010": 51_000, "2010": -36_000, "2030": -1_105, "2080": -195, "3010": -10_000, "3020": -3_700,
    }  # fmt: skip
    assert sacco.told("dan", "dividend_credited") == [
        {"group": "Umoja", "year": 2026, "amount": ugx(153), "tax": ugx(27)}
    ]
    assert sacco.told("ada", "dividend_credited") == [], "who had nothing gets nothing"
    assert withdrawable(sacco.store, sacco.group, "fay").most == ugx(850)
    assert verify_book(sacco.store.books, sacco.group) == []


def test_a_year_of_nothing_gives_nothing_and_needs_no_surplus(sacco: Savers, clock: Clock) -> None:
    at(clock, 2027, 1)
    assert declare(sacco, 2026) == {"needed": 2, "gross": {"minor": 0, "currency": "UGX"}}
    agree(sacco)
    carry_on(sacco.store, of(sacco, 2026).id)
    assert (of(sacco, 2026).state, sacco.totals) == ("paid", {})


def test_a_member_sees_what_it_was_worked_out_from_and_can_do_so_again(sacco: Savers, clock: Clock) -> None:
    assert my_dividend(sacco.store, sacco.group, "dan") is None
    first_year(sacco, clock)
    save(sacco, "dan", 99_000)
    buy(sacco, "dan", 99)
    declare(sacco, 2026)
    assert my_dividend(sacco.store, sacco.group, "dan") is None
    agree(sacco)
    mine = my_dividend(sacco.store, sacco.group, "dan")
    assert mine and not mine.credited
    carry_on(sacco.store, of(sacco, 2026).id)
    mine = my_dividend(sacco.store, sacco.group, "dan")
    assert mine and mine.credited
    assert (mine.opening, mine.share_capital) == (ugx(0), ugx(0)), "of January is of the next year"
    assert [month.minor for month in mine.months] == [0] * 9 + [12_000, 0, 0]
    rates = Declared(
        *(Fraction(rate) / 100 for rate in (mine.deposits_rate, mine.share_capital_rate, mine.tax_rate))
    )
    again = dividend(mine.opening, dict(enumerate(mine.months, start=1)), mine.share_capital, rates)
    assert (again.on_deposits, again.tax, again.net) == (mine.on_deposits, mine.tax, mine.net)
    with pytest.raises(NotAllowed):
        my_dividend(sacco.store, sacco.group, "nobody")


@pytest.mark.parametrize("found_out", [(2026, 11), (2027, 1), (2028, 2)], ids=["soon", "next year", "much later"])
def test_what_was_written_down_by_mistake_has_no_dividend(
    sacco: Savers, clock: Clock, found_out: tuple[int, int]
) -> None:
    """1,200,000 of October, taken back: 10 % on it would be 30,000 for three months, and 120,000 for a year."""
    save(sacco, "dan", 1_200_000)
    (mistake,) = sacco.store.payments.find(person="dan")
    save(sacco, "eve", 12_000)
    earn(sacco, 500_000)
    at(clock, *found_out)
    do(sacco.store, ReverseCash("ben", mistake.id, "it was 12,000"))
    at(clock, 2028, 3)
    declare(sacco, 2026, "10", "0", "0")
    agree(sacco)
    carry_on(sacco.store, f"{sacco.group}:2026")
    assert sacco.held("dan") == {}
    assert sacco.held("eve") == {"2010": -12_000, "2030": -300}, "what was right has its own"
    declare(sacco, 2027, "10", "0", "0")
    agree(sacco)
    carry_on(sacco.store, f"{sacco.group}:2027")
    assert sacco.held("dan") == {}
    assert sacco.held("eve") == {"2010": -12_000, "2030": -1_500}


def test_what_left_by_mistake_and_came_back_has_its_dividend(sacco: Savers, clock: Clock) -> None:
    """A withdrawal by mobile money that fails has never been one."""
    asked: Any = do(sacco.store, Contribute(sacco.group, "dan", ugx(12_000)))
    sacco.confirm(asked["payment"])
    earn(sacco, 5_000)
    sent: Any = do(sacco.store, AskWithdrawal("dan", sacco.group, ugx(12_000), "mobile_money"))
    at(clock, 2027, 1)
    for payment in sacco.store.payments.open_of("dan"):
        payment_failed(sacco.store, payment, "no_account")
    declare(sacco, 2026, "10", "0", "0")
    agree(sacco)
    carry_on(sacco.store, f"{sacco.group}:2026")
    assert sent and sacco.held("dan") == {"2010": -12_000, "2030": -300}


def test_two_years(sacco: Savers, clock: Clock) -> None:
    """What was there when a year began counts for all of it, and less from the month in which it is taken out."""
    first_year(sacco, clock)
    declare(sacco, 2026)
    agree(sacco)
    carry_on(sacco.store, of(sacco, 2026).id)
    at(clock, 2027, 7)
    do(sacco.store, AskWithdrawal("eve", sacco.group, ugx(12_102), "cash"))
    sacco.decide("withdrawal", "ada", "ben")
    buy(sacco, "fay", 5)
    earn(sacco, 3_000)
    at(clock, 2028, 2)
    earn(sacco, 700)
    assert dividend_now(sacco.store, sacco.group) == DividendNow([OpenYear(2027, ugx(6_700))], 0, "", ugx(0))
    # 6 % of 12,000 and of 24,000 − 12,000 × 6/12, 10 % of 15,000. Eve's credit is taken out first.
    assert declare(sacco, 2027)["gross"]["minor"] == 720 + 1_080 + 1_500
    agree(sacco)
    carry_on(sacco.store, of(sacco, 2027).id)
    assert sacco.held("dan")["2030"] == -153 - 612
    assert sacco.totals["4010"] == -700, "what came after the year is of the next one"
    assert sacco.totals["3020"] == -(5_000 - 1_300 + 3_000 - 3_300)
    year = period(date(2027, 1, 1), date(2027, 12, 31), UTC)
    assert group_statement(sacco.store.books.sums(sacco.group, year)).surplus == 3_000, (
        "closing leaves it to be seen"
    )
    assert verify_book(sacco.store.books, sacco.group) == []


def test_no_more_is_declared_than_the_surplus_has(sacco: Savers, clock: Clock) -> None:
    """What is earned after the year is not there for it."""
    save(sacco, "dan", 12_000)
    earn(sacco, 179)
    at(clock, 2027, 1)
    earn(sacco, 1_000)
    before = sacco.totals
    with pytest.raises(DividendTooHigh) as refused:
        declare(sacco, 2026)
    assert refused.value.details == {"gross": 180, "most": 179, "currency": "UGX"}
    assert sacco.totals == before and sacco.store.declarations.count() == 0
    assert declare(sacco, 2026, deposits="5.96")["gross"]["minor"] == 179


def test_the_surplus_is_looked_at_again_when_it_is_agreed(sacco: Savers, clock: Clock) -> None:
    first_year(sacco, clock)
    declare(sacco, 2026)
    loss = (Posting("3020", 4_000), Posting("1010", -4_000))
    sacco.store.post(Draft(sacco.group, "UGX", "loss", "a theft", sacco.store.now(), loss))
    agree(sacco, "ben")
    with pytest.raises(DividendTooHigh):
        agree(sacco, "cy")
    assert of(sacco, 2026).state == "proposed"


@pytest.mark.parametrize("rates", [("101", "0", "0"), ("-1", "0", "0"), ("5", "0", "100.5"), ("five", "0", "0")])
def test_rates_are_from_0_to_100_percent(sacco: Savers, clock: Clock, rates: tuple[str, str, str]) -> None:
    first_year(sacco, clock)
    with pytest.raises(BadRates):
        declare(sacco, 2026, *rates)


@pytest.mark.parametrize("year", [2025, 2027, 2028])
def test_a_year_is_over_and_the_group_was_there(sacco: Savers, clock: Clock, year: int) -> None:
    first_year(sacco, clock)
    with pytest.raises(YearNotOver):
        declare(sacco, year)
    assert [each.year for each in dividend_now(sacco.store, sacco.group).open] == [2026]


def test_a_year_is_over_where_the_group_is(sacco: Savers, clock: Clock) -> None:
    """In Kampala it is the new year three hours before it is by universal time."""
    save(sacco, "dan", 12_000)
    earn(sacco, 1_000)
    clock.forward(seconds=(datetime(2026, 12, 31, 21, 30, tzinfo=UTC) - clock()).total_seconds())
    save(sacco, "eve", 12_000)
    assert declare(sacco, 2026)["gross"]["minor"] == 180, "Eve's is of January"


def test_officers_of_a_sacco_declare_once_a_year(sacco: Savers, clock: Clock) -> None:
    first_year(sacco, clock)
    with pytest.raises(NotAllowed):
        declare(sacco, 2026, officer="dan")
    declare(sacco, 2026)
    assert dividend_now(sacco.store, sacco.group) == DividendNow([], 2026, "proposed", ugx(1_300))
    with pytest.raises(AlreadyAsked):
        declare(sacco, 2026)
    agree(sacco, "ben", yes=False)
    assert of(sacco, 2026).state == "rejected" and sacco.told("ada", "decided")
    declare(sacco, 2026, deposits="3")
    agree(sacco)
    with pytest.raises(AlreadyAsked):
        declare(sacco, 2026)
    carry_on(sacco.store, of(sacco, 2026).id)
    with pytest.raises(YearDeclared):
        declare(sacco, 2026)
    sacco.store.groups.change(sacco.group, kind="savings")
    with pytest.raises(NotAllowed):
        declare(sacco, 2026)


def test_it_takes_officers_enough_to_agree(sacco: Savers, clock: Clock) -> None:
    first_year(sacco, clock)
    sacco.store.memberships.change(membership_id(sacco.group, "cy"), role="member")
    with pytest.raises(TooFewOfficers):
        declare(sacco, 2026)
    assert sacco.store.declarations.count() == 0


# Chunk by chunk


@pytest.fixture
def many(sacco: Savers, clock: Clock) -> Savers:
    """The same after its first year, with a hundred members more; the last, Zoe, has 12,000 from October too."""
    store = sacco.store
    eve = store.memberships.get(membership_id(sacco.group, "eve"))
    for number in range(7, 107):
        person = "zoe" if number == 106 else f"member{number}"
        id = membership_id(sacco.group, person)
        store.memberships.insert(replace(eve, id=id, person=person, number=number))
    store.people.insert(replace(store.people.get("eve"), id="zoe", name="Zoe Name", phone="+256772000190"))
    store.groups.change(sacco.group, members=106)
    save(sacco, "zoe", 12_000)
    first_year(sacco, clock)
    return sacco


class Breaks:
    """A store that breaks down at the end of a transaction, before it is kept."""

    def __init__(self, store: MongoStore) -> None:
        self.store = store

    def transaction(self, work: Callable[[Any], object]) -> None:
        def broken(tx: Any) -> None:
            work(tx)
            raise RuntimeError("the power went")

        self.store.transaction(broken)


def test_many_members_are_worked_out_and_credited_chunk_by_chunk(many: Savers) -> None:
    """It stops anywhere and goes on, and several at once do not credit anybody twice."""
    assert declare(many, 2026)["needed"] == 0
    made = of(many, 2026)
    assert (made.state, made.next, made.last, many.store.proposals.count()) == ("working", 101, 106, 0)
    carry_on(many.store, made.id)
    assert (of(many, 2026).state, proposed(many).values["amount"]) == ("proposed", ugx(1_480))
    agree(many)
    carry_on(many.store, made.id, chunks=1)
    assert many.held("dan")["2030"] == -153 and "2030" not in many.held("zoe")
    with ThreadPoolExecutor(4) as several:
        list(several.map(lambda _: carry_on(many.store, made.id), range(4)))
    assert (of(many, 2026).state, of(many, 2026).next_at) == ("paid", None)
    assert (many.held("zoe")["2030"], many.totals["2030"]) == (-153, -1_258)
    carry_on(many.store, made.id)
    assert many.totals["2030"] == -1_258


def test_a_chunk_that_breaks_off_leaves_nothing_and_is_done_again(many: Savers) -> None:
    declare(many, 2026)
    carry_on(many.store, of(many, 2026).id)
    agree(many)
    carry_on(many.store, of(many, 2026).id, chunks=1)
    before, half, broken = many.totals, of(many, 2026), Breaks(many.store)
    with pytest.raises(RuntimeError):
        carry_on(cast(Store, broken), half.id)
    assert (many.totals, of(many, 2026)) == (before, half)
    carry_on(many.store, half.id)
    assert many.totals["2030"] == -1_258 and len(many.told("zoe", "dividend_credited")) == 1


def test_what_is_found_too_high_later_is_told_to_whoever_declared_it(many: Savers) -> None:
    assert declare(many, 2026, share_capital="90")["needed"] == 0
    carry_on(many.store, of(many, 2026).id)
    assert of(many, 2026).state == "refused"
    assert many.told("ada", "dividend_too_high") == [
        {"group": "Umoja", "year": 2026, "gross": ugx(9_480), "most": ugx(5_000)}
    ]
    declare(many, 2026)
    carry_on(many.store, of(many, 2026).id)
    assert of(many, 2026).state == "proposed"


def test_who_has_left_gets_nothing_and_a_newcomer_had_nothing(sacco: Savers, clock: Clock) -> None:
    first_year(sacco, clock)
    declare(sacco, 2026)
    agree(sacco)
    sacco.store.memberships.change(membership_id(sacco.group, "dan"), status="exited")
    eve = sacco.store.memberships.get(membership_id(sacco.group, "eve"))
    newcomer: Membership = replace(eve, id=membership_id(sacco.group, "gus"), person="gus", number=7)
    sacco.store.memberships.insert(newcomer)
    carry_on(sacco.store, of(sacco, 2026).id)
    assert "2030" not in sacco.held("dan") and sacco.held("eve")["2030"] == -102 and sacco.held("gus") == {}


Deposits = list[tuple[str, int, int]]


@runs(on_one_store, max_examples=6)
@given(
    deposits=st.lists(
        st.tuples(st.sampled_from(["dan", "eve", "fay"]), st.integers(0, 20), st.integers(1, 10**6))
    ),
    rate=st.integers(0, 30),
    tax=st.integers(0, 30),
)
def test_members_and_tax_together_get_what_was_agreed_and_the_book_balances(
    store: MongoStore, clock: Clock, deposits: Deposits, rate: int, tax: int
) -> None:
    """Whatever was saved, and when: the surplus pays exactly what the officers saw."""
    empty(store.database)
    clock.forward(seconds=(datetime(2026, 10, 5, 6, tzinfo=UTC) - clock()).total_seconds())
    sacco = found(store, kind="sacco", saved=0)
    for person, week, minor in sorted(deposits, key=lambda each: each[1]):
        clock.forward(
            seconds=max(0, week * 604_800 - (clock() - datetime(2026, 10, 5, tzinfo=UTC)).total_seconds())
        )
        save(sacco, person, minor)
    at(clock, 2027, 12, 31)
    earn(sacco, 10**8)
    at(clock, 2028, 1)
    gross = declare(sacco, 2027, str(rate), "0", str(tax))["gross"]["minor"]
    agree(sacco)
    carry_on(sacco.store, of(sacco, 2027).id)
    totals = sacco.store.books.totals(sacco.group)
    assert gross == -totals.get("2030", 0) - totals.get("2080", 0) == 10**8 + totals["3020"]
    assert -totals.get("2080", 0) == of(sacco, 2027).tax.minor
    assert verify_book(sacco.store.books, sacco.group) == []
