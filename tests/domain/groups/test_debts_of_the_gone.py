"""Who dies, is expelled or leaves owing: their own money first, then the guarantors, then a loss of all."""

from typing import Any

import pytest

from domain.decisions.voting import Vote
from domain.groups.leave import AskToLeave, Expel, LoanOpen, PaySettlement, RecordDeath, settlement
from domain.loans.pay_out import HandOverLoan
from domain.loans.recover import ProposeWriteOff
from domain.records.meeting import Fine
from domain.records.person import AlreadyDecided, membership_id
from domain.records.proposal import Proposal
from tests.conftest import Clock
from tests.domain.savers import Savers
from tests.money import ugx


def died(savers: Savers, person: str = "dan") -> Proposal:
    savers.do(RecordDeath("ada", savers.group, person, "His sister"))
    return proposed(savers, "exit")


def proposed(savers: Savers, kind: str) -> Proposal:
    (proposal,) = savers.store.proposals.find(group=savers.group, kind=kind, state="open")
    return proposal


def said(proposal: Proposal) -> dict[str, int]:
    """The amounts that those who decide read."""
    names = ("loan", "own", "called", "lost", "amount")
    amounts: dict[str, Any] = {name: proposal.values[name] for name in names if name in proposal.values}
    return {name: amount.minor for name, amount in amounts.items()}


def status(savers: Savers, person: str) -> str:
    return savers.store.memberships.get(membership_id(savers.group, person)).status


def payable(savers: Savers, person: str) -> int:
    return -savers.store.books.of_member_in([savers.group], person)[savers.group, "2040"]


def test_the_savings_of_a_borrower_who_died_pay_the_loan_and_the_heirs_get_the_rest(
    savers: Savers, clock: Clock
) -> None:
    loan = savers.lend("dan", 60_000)
    proposal = died(savers)
    assert (proposal.by, said(proposal)) == ("officers", {"loan": 66_000, "own": 66_000, "amount": 34_000})
    savers.decide("exit", "ben", "cy")
    assert (savers.loan(loan).state, savers.totals["4010"]) == ("closed", -6_000)
    assert payable(savers, "dan") == 34_000
    clock.forward(days=1)
    savers.do(PaySettlement("ben", savers.group, "dan", "cash"))
    assert (status(savers, "dan"), savers.held("dan")) == ("deceased", {})
    savers.check()


def test_credit_pays_after_the_savings_and_a_fine_as_far_as_the_money_goes(savers: Savers) -> None:
    loan = savers.lend("dan", 100_000)
    savers.give_credit("dan", 12_000)
    now = savers.store.now()
    savers.store.fines.insert(Fine("fine", savers.group, "dan", "late", ugx(3_000), now, "ada"))
    assert said(died(savers)) == {"loan": 110_000, "own": 110_000, "amount": 0}
    savers.decide("exit", "ben", "cy")
    assert savers.loan(loan).state == "closed"
    fine = savers.store.fines.get("fine")
    assert (fine.state, fine.paid) == ("waived", 2_000)
    assert (status(savers, "dan"), savers.held("dan")) == ("deceased", {})
    savers.check()


def test_guarantors_pay_what_the_savings_do_not_each_their_part(savers: Savers) -> None:
    loan = savers.lend("dan", 200_000, 1, "eve", "fay")
    proposal = died(savers)
    # Of 220,000 Dan's savings pay 100,000: 20,000 of interest, 80,000 of principal; 120,000 are left.
    assert said(proposal) == {"loan": 220_000, "own": 100_000, "called": 120_000, "amount": 0}
    savers.decide("exit", "ben", "cy")
    assert savers.loan(loan).state == "closed"
    assert (savers.held("eve"), savers.held("fay")) == ({"3010": -40_000}, {"3010": -40_000})
    assert [each.called for each in savers.loan(loan).guarantees] == [60_000, 60_000]
    assert savers.told("eve", "savings_taken")[0]["amount"] == ugx(60_000)
    savers.check()


def test_what_nobody_pays_is_given_up_and_that_all_members_decide(savers: Savers) -> None:
    loan = savers.lend("dan", 200_000)
    proposal = died(savers)
    assert proposal.by == "members"
    assert said(proposal) == {"loan": 220_000, "own": 100_000, "lost": 120_000, "amount": 0}
    for member in ("ada", "eve"):
        savers.do(Vote(member, proposal.id, proposal.digest, yes=True))
    assert savers.loan(loan).state == "active"
    savers.do(Vote("fay", proposal.id, proposal.digest, yes=True))
    assert savers.loan(loan).state == "written_off"
    assert (savers.totals["5010"], savers.held("dan")) == (120_000, {})
    assert status(savers, "dan") == "deceased"
    savers.check()


def test_a_vote_is_void_when_more_would_be_given_up_than_was_said(savers: Savers) -> None:
    savers.lend("dan", 60_000)
    proposal = died(savers)
    savers.take_savings("dan", 50_000)
    savers.decide("exit", "ben")
    assert savers.store.proposals.get(proposal.id).state == "expired"
    assert status(savers, "dan") == "active"
    assert died(savers).by == "members"


def test_who_is_expelled_owing_is_settled_by_the_same_vote(savers: Savers) -> None:
    loan = savers.lend("dan", 200_000)
    savers.do(Expel("ada", savers.group, "dan", "took the box"))
    assert said(proposed(savers, "expulsion"))["lost"] == 120_000
    savers.decide("expulsion", "ada", "eve", "fay")
    assert (savers.loan(loan).state, status(savers, "dan")) == ("written_off", "expelled")
    savers.check()


def test_what_was_approved_for_them_ends_with_their_place(savers: Savers) -> None:
    loan = savers.ask("dan", 50_000)
    savers.vote(loan, "ada", "ben")
    waits = savers.ask("eve", 50_000, 1, "cash", "fay")
    died(savers)
    savers.decide("exit", "ben", "cy")
    assert savers.loan(loan).state == "expired"
    assert [each["why"] for each in savers.told("ada", "approval_lapsed")] == ["left"]
    with pytest.raises(AlreadyDecided):
        savers.do(HandOverLoan("cy", loan))
    assert savers.loan(waits).state == "submitted", "the others go on"


def test_who_leaves_by_choice_pays_a_loan_back_first(savers: Savers) -> None:
    loan = savers.lend("dan", 60_000)
    with pytest.raises(LoanOpen):
        savers.do(AskToLeave("dan", savers.group, "cash"))
    savers.repay(loan, 66_000)
    savers.do(AskToLeave("dan", savers.group, "cash"))


def test_a_loan_that_was_given_up_is_settled_when_its_borrower_leaves(savers: Savers) -> None:
    """Else who owes nothing that anybody counts on could never leave, and their savings were nobody's."""
    loan = savers.lend("dan", 60_000)
    savers.do(ProposeWriteOff("ada", loan))
    savers.decide("write_off", "ada", "eve", "fay")
    before = savers.totals["5010"]
    assert before == 60_000
    left = settlement(savers.store, savers.group, "dan").amount.minor
    savers.do(AskToLeave("dan", savers.group, "cash"))
    savers.decide("exit", "ada", "ben")
    recovered = -savers.totals["4040"]
    assert (savers.loan(loan).state, recovered + left) == ("recovered", 100_000)
    assert (status(savers, "dan"), savers.held("dan")) == ("exited", {})
    savers.check()
