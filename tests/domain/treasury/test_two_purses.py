"""The social fund has purses of its own, and what is promised to a member has left their account."""

import pytest

from domain.books.ledger import InsufficientFunds
from domain.loans.pay_out import LoanNoLongerHolds
from domain.loans.postings import CreditWasUsed
from domain.meetings.cash_book import ReverseCash
from domain.mongo.store import MongoStore
from domain.records.payment import Payment, Way
from domain.savings.contribute import Contribute, RecordCash
from domain.savings.social_fund import AskGrant, PayGrant, fund
from domain.savings.withdraw import AskWithdrawal
from domain.share_out.agree import ProposeShareOut
from domain.share_out.next_cycle import StartCycle, first_meetings
from domain.share_out.pay import PayAll
from domain.share_out.shown import planned
from domain.treasury.settle import payment_failed
from domain.treasury.take_back import CashWasUsed
from tests.domain.savers import Savers, found
from tests.money import ugx
from tests.people import arrives

EVERYBODY = ("ada", "ben", "cy", "dan", "eve", "fay")


@pytest.fixture
def mixed(store: MongoStore) -> Savers:
    """All put in 50,000 and 10,000 for the social fund: Eve by mobile money, the others in cash."""
    savers = found(store, saved=0, social_fund=ugx(10_000))
    for person in EVERYBODY:
        if person == "eve":
            savers.confirm(savers.do(Contribute(savers.group, person, ugx(60_000)))["payment"])
        else:
            savers.do(RecordCash(savers.group, person, ugx(60_000), "ben" if person == "ada" else "ada"))
    return savers


def granted(savers: Savers, minor: int) -> str:
    """Dan is granted so much; answers with the grant's id."""
    savers.do(AskGrant("dan", savers.group, ugx(minor), "a roof"))
    (proposal,) = savers.store.proposals.find(group=savers.group, state="open", about="dan")
    savers.decide("grant", "ada", "ben")
    return proposal.id


def under_way(savers: Savers) -> list[Payment]:
    return savers.store.payments.find(group=savers.group, direction="out", state="created")


def arrive(savers: Savers) -> None:
    for payment in under_way(savers):
        arrives(savers.store, payment)


def propose(savers: Savers) -> int:
    """A share-out of all there is; answers with its pot."""
    plan = planned(savers.store, savers.group, ugx(0))
    savers.do(ProposeShareOut("ada", savers.group, ugx(0), plan.digest))
    return plan.pot.minor


def share_out(savers: Savers) -> None:
    """The members agree, all are paid one way or the other, and a new cycle begins."""
    savers.decide("share_out", "ben", "dan", "eve")
    for officer in ("ada", "ben"):
        for way in ("mobile_money", "cash"):
            savers.do(PayAll(officer, f"{savers.group}:1", way))
            arrive(savers)
    savers.do(StartCycle("ada", savers.group, first_meetings(savers.store, savers.group)[0]))


def withdraw(savers: Savers, person: str, minor: int, way: Way = "mobile_money") -> Payment:
    savers.do(AskWithdrawal(person, savers.group, ugx(minor), way))
    savers.decide("withdrawal", *[officer for officer in ("ada", "ben", "cy") if officer != person][:2])
    (payment,) = under_way(savers)
    return payment


def written_down(savers: Savers, person: str, purpose: str) -> str:
    """The cash of a member that was written down for a purpose."""
    (payment,) = savers.store.payments.find(person=person, purpose=purpose, way="cash")
    return payment.id


# Two purses


def test_a_social_contribution_by_mobile_money_goes_to_the_fund_s_own_wallet(mixed: Savers) -> None:
    assert mixed.totals == {
        "1010": 250_000,
        "1020": 50_000,
        "1025": 10_000,
        "1040": 50_000,
        "2020": -60_000,
        "3010": -300_000,
    }


@pytest.mark.parametrize("at", ["before the share-out", "after it was agreed"])
def test_a_grant_takes_nothing_of_what_is_shared_out(mixed: Savers, at: str) -> None:
    """40,000 by mobile money: the fund's wallet has 10,000, so it is refused, and paid from the fund's box."""
    grant = granted(mixed, 40_000)
    if at == "after it was agreed":
        assert propose(mixed) == 300_000
    with pytest.raises(InsufficientFunds) as refused:
        mixed.do(PayGrant("ada", grant, "mobile_money"))
    assert refused.value.details == {"account": "1025", "short": 30_000, "there": 10_000, "currency": "UGX"}
    mixed.do(PayGrant("ada", grant, "cash"))
    if at == "before the share-out":
        assert propose(mixed) == 300_000
    share_out(mixed)
    paid = mixed.store.payments.find(group=mixed.group, purpose="share_out", state="succeeded")
    assert sum(payment.amount.minor for payment in paid) == 300_000
    assert mixed.totals == {"1025": 10_000, "1040": 10_000, "2020": -20_000}
    assert mixed.store.groups.get(mixed.group).cycle == 2


def test_loans_are_not_paid_from_the_social_fund_s_wallet(store: MongoStore) -> None:
    savers = found(store, saved=0, social_fund=ugx(50_000))
    for person in ("dan", "eve", "fay"):
        savers.confirm(savers.do(Contribute(savers.group, person, ugx(150_000)))["payment"])
    first, second = (savers.ask(person, 225_000, 1, "mobile_money") for person in ("dan", "eve"))
    savers.vote(first, "ada", "ben")
    assert (savers.loan(first).state, savers.totals["1020"]) == ("disbursing", 75_000)
    savers.vote(second, "ada")
    with pytest.raises(LoanNoLongerHolds) as refused:
        savers.vote(second, "ben")
    assert refused.value.details == {"rule": "fund", "most": 75_000, "currency": "UGX", "count": 0}
    arrive(savers)
    assert (savers.totals["1025"], savers.totals["2020"]) == (150_000, -150_000)


def test_what_could_not_be_sent_is_in_the_purse_it_came_from(mixed: Savers) -> None:
    grant = granted(mixed, 10_000)
    before = mixed.totals
    mixed.do(PayGrant("ada", grant, "mobile_money"))
    assert (mixed.totals["1060"], mixed.held("dan")["2045"], fund(mixed.store, mixed.group)) == (
        10_000,
        -10_000,
        ugx(50_000),
    )
    (payment,) = under_way(mixed)
    payment_failed(mixed.store, payment, "no_account")
    assert mixed.totals == before


# What is promised has left


def test_a_repayment_is_not_taken_back_once_what_was_beyond_it_is_on_its_way_out(savers: Savers) -> None:
    savers.fill_wallet(60_000)
    loan = savers.lend("dan", 100_000)
    savers.repay(loan, 160_000)
    beyond = -savers.held("dan")["2030"]
    payment = withdraw(savers, "dan", beyond)
    assert "2030" not in savers.held("dan")
    with pytest.raises(CreditWasUsed):
        savers.do(ReverseCash("ben", written_down(savers, "dan", "repayment"), "counted again"))
    arrives(savers.store, payment)
    assert "2030" not in savers.held("dan")
    savers.check()


def test_a_deposit_is_not_taken_back_while_it_is_on_its_way_out(store: MongoStore) -> None:
    savers = found(store, kind="sacco")
    savers.fill_wallet(100_000)
    payment = withdraw(savers, "dan", 100_000)
    with pytest.raises(CashWasUsed):
        savers.do(ReverseCash("cy", written_down(savers, "dan", "contribution"), "a slip"))
    arrives(savers.store, payment)
    assert savers.held("dan") == {}


@pytest.mark.parametrize("first", ["failed", "succeeded"])
def test_a_provider_that_contradicts_itself_leads_to_a_person_and_never_below_zero(
    store: MongoStore, first: str
) -> None:
    savers = found(store, kind="sacco")
    savers.fill_wallet(100_000)
    before, payment = savers.totals, withdraw(savers, "dan", 60_000)
    if first == "failed":
        payment_failed(savers.store, payment, "no_account")
        assert arrives(savers.store, payment) is None
        now = savers.store.payments.get(payment.id)
        assert (now.state, now.needs_person, now.provider_id) == ("failed", True, f"T{payment.id}")
        assert savers.totals == before
    else:
        arrives(savers.store, payment)
        payment_failed(savers.store, payment, "no_account")
        assert savers.held("dan") == {"2010": -40_000}
        assert savers.store.payments.get(payment.id).state == "succeeded"


def test_money_that_came_in_after_all_is_posted(savers: Savers) -> None:
    asked = savers.do(Contribute(savers.group, "dan", ugx(2_000)))
    payment_failed(savers.store, savers.store.payments.get(asked["payment"]), "not_approved_in_time")
    savers.confirm(asked["payment"])
    assert savers.totals["1020"] == 2_000
