"""Credit pays what its owner owes, when they say so."""

import pytest

from domain.books.ledger import Draft, InsufficientFunds, Posting
from domain.loans.owed import payoff
from domain.loans.repay import MoreThanOwed, NothingOwed
from domain.loans.use_credit import NotSoMuchCredit, UseCredit, credit_use
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.person import NotAllowed
from domain.savings.contribute import TooMuch, social_owed
from domain.savings.fines import FineMember, FineNotDue
from tests.conftest import Clock
from tests.domain.savers import Savers, found
from tests.money import ugx


@pytest.fixture
def savers(store: MongoStore) -> Savers:
    """Dan has UGX 111,000 of credit."""
    savers = found(store, social_fund=ugx(500), fines={"late": ugx(700)})
    legs = (Posting("1010", 110_500), Posting("2030", -110_500, "dan"))  # beside what made no whole share
    store.post(Draft(savers.group, "UGX", "credit", "as it was", store.now(), legs))
    return savers


def use(savers: Savers, owed: str, minor: int, subject: str = "", person: str = "dan") -> int:
    left = savers.do(UseCredit(person, savers.group, owed, ugx(minor), subject))  # type: ignore[arg-type]
    return int(left["minor"])


def test_a_late_instalment_and_its_penalty_are_paid_from_credit(savers: Savers, clock: Clock) -> None:
    loan = savers.lend("dan", 69_000)
    clock.forward(days=40)
    (mine,) = credit_use(savers.store, savers.group, "dan").loans
    standing = savers.loan(loan).standing(savers.store.now().date())
    assert mine.due == standing.due and any(line.unpaid.penalty for line in standing.lines)
    left = use(savers, "loan", mine.due.minor, loan)
    assert left == 111_000 - mine.due.minor == -savers.held("dan")["2030"]
    assert not savers.loan(loan).standing(savers.store.now().date()).due
    savers.check()


def test_no_more_than_is_owed_or_there_is_paid(savers: Savers) -> None:
    loan = savers.lend("dan", 50_000)
    ends = payoff(savers.loan(loan), savers.store.now().date()).minor
    with pytest.raises(MoreThanOwed):
        use(savers, "loan", ends + 1, loan)
    use(savers, "loan", ends, loan)
    with pytest.raises(NothingOwed):
        use(savers, "loan", 1_000, loan)
    with pytest.raises(NotSoMuchCredit) as refused:
        use(savers, "loan", 111_000, loan)
    assert refused.value.details == {"most": 111_000 - ends, "currency": "UGX"}


def test_a_fine_is_paid_whole_and_once(savers: Savers) -> None:
    savers.do(FineMember("ada", savers.group, "dan", "late"))
    (fine,) = credit_use(savers.store, savers.group, "dan").fines
    for person, minor in (("dan", fine.amount.minor - 1), ("eve", fine.amount.minor)):
        with pytest.raises((NotAllowed, NotSoMuchCredit)):
            use(savers, "fine", minor, fine.id, person)
    use(savers, "fine", fine.amount.minor, fine.id)
    assert savers.totals["4020"] == -fine.amount.minor
    with pytest.raises(FineNotDue):
        use(savers, "fine", fine.amount.minor, fine.id)


def test_what_the_social_fund_misses_goes_into_its_own_purses(savers: Savers, clock: Clock) -> None:
    clock.forward(weeks=3)
    group = savers.store.groups.get(savers.group)
    assert credit_use(savers.store, savers.group, "dan").social == ugx(2_000 - 500)
    before = savers.totals
    with pytest.raises(TooMuch):
        use(savers, "social", 1_501)
    use(savers, "social", 1_500)
    moved = {code: savers.totals[code] - before[code] for code in ("1010", "1040", "2020", "2030")}
    assert moved == {"1010": -1_500, "1040": 1_500, "2020": -1_500, "2030": 1_500}
    assert not social_owed(savers.store, group, "dan").total
    assert savers.told("ada", "box_to_social") == [{"amount": ugx(1_500), "group": "Umoja"}]


def test_the_social_fund_is_not_paid_with_money_that_is_lent_out(savers: Savers, clock: Clock) -> None:
    clock.forward(weeks=1)
    there = savers.totals["1010"]
    legs = (Posting("1010", -there), Posting("1100", there, "eve", "a loan"))
    savers.store.post(Draft(savers.group, "UGX", "lent", "lent", savers.store.now(), legs))
    with pytest.raises(InsufficientFunds):
        use(savers, "social", 500)


def test_credit_pays_what_its_owner_owes_and_in_the_money_of_the_group(savers: Savers) -> None:
    savers.do(FineMember("ada", savers.group, "eve", "late"))
    (fine,) = savers.store.fines.find(person="eve")
    loan = savers.lend("fay", 50_000)
    for command in (
        UseCredit("dan", savers.group, "fine", fine.amount, fine.id),
        UseCredit("dan", savers.group, "loan", ugx(1_000), loan),
        UseCredit("dan", savers.group, "social", ugx(0)),
        UseCredit("dan", savers.group, "social", Money(500, "KES")),
    ):
        with pytest.raises(NotAllowed):
            savers.do(command)
    assert savers.held("dan")["2030"] == -111_000
