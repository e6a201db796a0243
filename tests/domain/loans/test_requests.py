"""What a member has asked for and can still cancel."""

from domain.groups.leave import AskToLeave
from domain.loans.guarantors import AnswerGuarantee
from domain.loans.requests import own_requests
from domain.mongo.store import MongoStore
from domain.savings.withdraw import AskWithdrawal
from tests.domain.savers import Savers, found
from tests.money import ugx


def kinds(savers: Savers, person: str) -> list[tuple[str, int, int]]:
    return [(each.kind, each.amount.minor, each.missing) for each in own_requests(savers.store, person)]


def test_a_withdrawal_a_loan_and_leaving_are_in_one_list_until_they_are_decided(store: MongoStore) -> None:
    savers = found(store, kind="savings")
    savers.do(AskWithdrawal("dan", savers.group, ugx(20_000), "cash"))
    loan = savers.ask("dan", 30_000, 1, "cash", "eve")
    assert kinds(savers, "dan") == [("withdrawal", 20_000, 2), ("loan", 30_000, 0)]
    savers.do(AnswerGuarantee("eve", loan, yes=True))
    savers.vote(loan, "ada")
    assert kinds(savers, "dan") == [("withdrawal", 20_000, 2), ("loan", 30_000, 1)]
    savers.decide("withdrawal", "ada", "ben")
    savers.vote(loan, "ben")
    assert kinds(savers, "dan") == [("loan", 30_000, 0)], "approved, and not paid out yet"
    savers.do(AskToLeave("fay", savers.group, "cash"))
    assert kinds(savers, "fay") == [("exit", 100_000, 2)]
    assert kinds(savers, "eve") == kinds(savers, "ada") == [], "nobody reads what others asked for"
