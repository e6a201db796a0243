"""From a request to the money in hand: who decides, what is posted, and that it happens once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import pytest

from domain.books.ledger import InsufficientFunds
from domain.decisions.lapsing import expire
from domain.decisions.rights import Frozen, GroupIsClosing
from domain.decisions.voting import TooFewOfficers, Vote
from domain.errors import DomainError
from domain.loans.borrow import RequestLoan, WithdrawLoan
from domain.loans.pay_out import HandOverLoan, LoanNoLongerHolds, SendLoan, loans_to_pay_out
from domain.mongo.store import MongoStore
from domain.records.person import AlreadyDecided, NotAllowed, membership_id
from domain.records.proposal import OPEN_FOR
from domain.treasury.money_out import PayoutCap
from domain.treasury.settle import payment_failed
from tests.conftest import Clock
from tests.domain.savers import Savers, changed, found
from tests.kept import everything
from tests.money import ugx


def attempt(savers: Savers, command: object) -> str:
    """The code of the refusal, "" when it was carried out."""
    try:
        savers.do(command)
    except DomainError as refused:
        return refused.code
    return ""


def at_once(savers: Savers, *commands: object) -> list[str]:
    with ThreadPoolExecutor(len(commands)) as pool:
        return sorted(pool.map(lambda command: attempt(savers, command), commands))


# Paid out


def test_a_loan_in_cash_is_owed_from_the_day_it_is_handed_over(store: MongoStore, clock: Clock) -> None:
    savers = found(store, changed(fee=Fraction(2, 100)))
    loan = savers.ask("dan", 50_000, 2)
    savers.vote(loan, "ada", "ben")
    assert savers.loan(loan).state == "approved"
    assert savers.totals == {"1010": 600_000, "3010": -600_000}
    clock.forward(days=3)
    savers.do(HandOverLoan("cy", loan))
    lent = savers.loan(loan)
    assert (lent.state, lent.outstanding, str(lent.disbursed_on)) == ("active", 50_000, "2026-10-08")
    assert [str(line.due) for line in lent.standing(lent.terms.start).lines] == ["2026-11-05", "2026-12-03"]
    assert str(lent.oldest_unpaid) == "2026-11-05"
    assert savers.totals == {"1010": 551_000, "1100": 50_000, "3010": -600_000, "4030": -1_000}
    assert savers.held("dan") == {"1100": 50_000, "3010": -100_000}
    assert [told["amount"] for told in savers.told("dan", "paid_out")] == [ugx(49_000)]
    savers.check()


def test_a_loan_by_mobile_money_is_sent_with_the_deciding_vote_and_owed_when_it_arrives(savers: Savers) -> None:
    savers.fill_wallet(80_000)
    loan = savers.ask("dan", 50_000, 1, "mobile_money")
    savers.vote(loan, "ada")
    assert savers.loan(loan).state == "guaranteed"
    savers.vote(loan, "ben")
    assert savers.loan(loan).state == "disbursing"
    assert (savers.totals["1020"], savers.totals["1060"], "1100" in savers.totals) == (30_000, 50_000, False)
    (payment,) = savers.store.payments.find(subject=loan)
    savers.confirm(payment.id)
    savers.confirm(payment.id)
    assert savers.loan(loan).state == "active"
    assert (savers.totals["1020"], savers.totals["1100"], "1060" in savers.totals) == (30_000, 50_000, False)
    savers.check()


def test_a_loan_that_was_not_sent_waits_again_and_the_officers_are_told(savers: Savers) -> None:
    savers.fill_wallet(80_000)
    loan = savers.ask("dan", 50_000, 1, "mobile_money")
    savers.vote(loan, "ada", "ben")
    (payment,) = savers.store.payments.find(subject=loan)
    payment_failed(savers.store, payment, "no_account")
    assert savers.loan(loan).state == "approved"
    assert (savers.totals["1020"], "1060" in savers.totals) == (80_000, False)
    assert len(savers.told("cy", "loan_waits")) == 1
    asked = savers.do(SendLoan("cy", loan))
    savers.confirm(asked["payment"])
    assert savers.loan(loan).state == "active"
    savers.check()


@pytest.mark.parametrize(
    ("wallet", "cap"),
    [(0, None), (80_000, ugx(40_000))],
    ids=["no money in the wallet", "above what leaves in a day"],
)
def test_an_approved_loan_that_cannot_be_sent_now_waits_for_an_officer(
    store: MongoStore, wallet: int, cap: Any
) -> None:
    savers = found(store, payout_daily_max=cap)
    if wallet:
        savers.fill_wallet(wallet)
    loan = savers.ask("dan", 50_000, 1, "mobile_money")
    savers.vote(loan, "ada", "ben")
    assert savers.loan(loan).state == "approved"
    assert savers.store.payments.find(subject=loan) == []
    assert len(savers.told("dan", "loan_approved")) == len(savers.told("ada", "loan_waits")) == 1
    (waiting,) = loans_to_pay_out(store, savers.group)
    assert (waiting.id, waiting.name, waiting.amount) == (loan, "Dan Name", ugx(50_000))
    assert waiting.way == "mobile_money"
    with pytest.raises(PayoutCap if wallet else InsufficientFunds):
        savers.do(SendLoan("ada", loan))
    # In cash it can still be had.
    savers.do(HandOverLoan("ada", loan))
    assert (savers.loan(loan).state, [*loans_to_pay_out(store, savers.group)]) == ("active", [])
    savers.check()


def _no_provider(savers: Savers) -> None:
    savers.store.providers = ()


def _new_number(savers: Savers) -> None:
    savers.store.people.change("dan", phone_changed_at=savers.store.now())


def _frozen(savers: Savers) -> None:
    savers.store.people.change("dan", frozen=True)


def _held(savers: Savers) -> None:
    savers.store.memberships.change(membership_id(savers.group, "dan"), held_from=savers.store.now())


@pytest.mark.parametrize("happens", [_no_provider, _new_number, _frozen, _held])
def test_whatever_keeps_an_approved_loan_from_being_sent_it_waits(
    savers: Savers, happens: Callable[[Savers], None]
) -> None:
    savers.fill_wallet(80_000)
    loan = savers.ask("dan", 50_000, 1, "mobile_money")
    savers.vote(loan, "ada")
    happens(savers)
    savers.vote(loan, "ben")
    assert (savers.loan(loan).state, savers.store.payments.find(subject=loan)) == ("approved", [])
    assert len(savers.told("ada", "loan_waits")) == 1


def test_a_loan_is_handed_over_once_by_two_officers_at_once(savers: Savers) -> None:
    loan = savers.ask("dan", 50_000)
    savers.vote(loan, "ada", "ben")
    assert at_once(savers, HandOverLoan("ada", loan), HandOverLoan("cy", loan)) == ["", "already_decided"]
    assert savers.totals["1100"] == 50_000
    savers.check()


def test_a_loan_on_its_way_is_not_handed_over_too(savers: Savers) -> None:
    savers.fill_wallet(80_000)
    loan = savers.ask("dan", 50_000, 1, "mobile_money")
    savers.vote(loan, "ada", "ben")
    for command in (HandOverLoan("ada", loan), SendLoan("ada", loan)):
        with pytest.raises(AlreadyDecided):
            savers.do(command)
    assert len(savers.store.payments.find(subject=loan)) == 1


@pytest.mark.parametrize("command", [HandOverLoan, SendLoan], ids=["in cash", "by mobile money"])
def test_who_pays_out_is_an_officer_and_not_the_borrower(savers: Savers, command: Any) -> None:
    loan = savers.ask("ada", 50_000)
    savers.vote(loan, "ben", "cy")
    for nobody in ("ada", "dan"):
        with pytest.raises(NotAllowed):
            savers.do(command(nobody, loan))
    savers.do(HandOverLoan("ben", loan))


def test_who_is_suspended_frozen_or_in_a_closing_group_is_paid_nothing(savers: Savers) -> None:
    loan, store = savers.ask("dan", 50_000), savers.store
    savers.vote(loan, "ada", "ben")
    dan = membership_id(savers.group, "dan")
    store.people.change("dan", frozen=True)
    assert attempt(savers, HandOverLoan("ada", loan)) == Frozen.code
    store.people.change("dan", frozen=False)
    store.memberships.change(dan, status="suspended")
    assert attempt(savers, HandOverLoan("ada", loan)) == LoanNoLongerHolds.code
    store.memberships.change(dan, status="active")
    store.groups.change(savers.group, closing=True)
    assert attempt(savers, HandOverLoan("ada", loan)) == GroupIsClosing.code
    store.groups.change(savers.group, closing=False)
    assert attempt(savers, HandOverLoan("ada", loan)) == ""


# The decision


def test_two_officers_who_approve_at_once_are_both_heard_and_the_loan_is_sent_once(savers: Savers) -> None:
    savers.fill_wallet(80_000)
    loan = savers.ask("dan", 50_000, 1, "mobile_money")
    proposal = savers.store.proposals.get(savers.loan(loan).proposal)
    votes = [Vote(officer, proposal.id, proposal.digest, yes=True) for officer in ("ada", "ben")]
    assert at_once(savers, *votes) == ["", ""]
    assert savers.loan(loan).state == "disbursing"
    assert len(savers.store.payments.find(subject=loan)) == 1


def test_an_officer_does_not_approve_their_own_loan(savers: Savers) -> None:
    loan = savers.ask("ada", 50_000)
    before = everything(savers.store.database)
    with pytest.raises(NotAllowed):
        savers.vote(loan, "ada")
    assert everything(savers.store.database) == before
    savers.vote(loan, "ben", "cy")
    assert savers.loan(loan).state == "approved"


def test_a_rejected_loan_ends_and_its_borrower_hears_why(savers: Savers) -> None:
    loan = savers.ask("dan", 50_000)
    savers.vote(loan, "ada", "ben", yes=False, reason="too much at once")
    assert savers.loan(loan).state == "rejected"
    (told,) = savers.told("dan", "decided")
    assert (told["became"], told["why"]) == ("rejected", "too much at once")
    assert (told["proposal"], told["name"], told["amount"]) == ("loan", "Dan Name", ugx(50_000))
    # They may ask again.
    savers.ask("dan", 20_000)


def test_a_loan_nobody_decides_on_expires(savers: Savers, clock: Clock) -> None:
    loan = savers.ask("dan", 50_000)
    clock.forward(seconds=OPEN_FOR.total_seconds())
    expire(savers.store, savers.loan(loan).proposal)
    assert savers.loan(loan).state == "expired"
    assert len(savers.told("dan", "decided")) == 1


def test_a_request_is_taken_back_by_its_borrower_until_it_is_paid_out(savers: Savers) -> None:
    waiting = savers.ask("dan", 50_000)
    with pytest.raises(NotAllowed):
        savers.do(WithdrawLoan("eve", waiting))
    savers.do(WithdrawLoan("dan", waiting))
    approved = savers.ask("dan", 50_000)
    savers.vote(approved, "ada", "ben")
    savers.do(WithdrawLoan("dan", approved))
    assert {savers.loan(loan).state for loan in (waiting, approved)} == {"withdrawn"}
    with pytest.raises(AlreadyDecided):
        savers.do(HandOverLoan("ada", approved))
    paid_out = savers.lend("dan", 50_000)
    with pytest.raises(AlreadyDecided):
        savers.do(WithdrawLoan("dan", paid_out))


def test_a_group_without_enough_officers_lends_nothing(savers: Savers) -> None:
    for officer in ("ben", "cy"):
        savers.store.memberships.change(membership_id(savers.group, officer), role="member")
    before = everything(savers.store.database)
    with pytest.raises(TooFewOfficers):
        savers.do(RequestLoan(savers.group, "dan", ugx(50_000), 1, "cash"))
    assert everything(savers.store.database) == before
