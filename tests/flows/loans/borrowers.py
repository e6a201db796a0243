"""Umoja as it lends: three officers, savings in its cash box, and loans that were asked for or paid out."""

from dataclasses import replace
from typing import Any

from bot.app import App
from domain.arithmetic.eligibility import BorrowingRules
from domain.loans.borrow import RequestLoan
from domain.loans.guarantors import AnswerGuarantee
from domain.loans.pay_out import HandOverLoan
from domain.records.group import LoanProduct
from domain.records.loan import Loan
from domain.records.payment import Way
from tests.domain.officers import cash, set_rules, vote
from tests.money import ugx
from tests.people import Village, Villager, do

# What keeps a test from its point is off: nobody is too new, and no score is asked for.
EASY = BorrowingRules(months_min=0, score_min=None)


def lends(app: App, village: Village, borrowing: BorrowingRules = EASY, **product: Any) -> None:
    """At 10 % every four weeks on what is left; Nakato, Akello and Okot have UGX 25,000 of shares each."""
    set_rules(app.store, village)
    rules = app.store.groups.get(village.umoja).constitution
    product = {"method": "declining-principal", **product}
    loans = LoanProduct(borrowing=borrowing, **product)
    app.store.groups.change(village.umoja, constitution=replace(rules, loans=loans))
    for who in (village.nakato, village.akello, village.okot):
        cash(app.store, village, who, 25_500, village.wanjiru)


def asked(
    app: App, village: Village, minor: int, periods: int = 1, way: Way = "cash", *guarantors: Villager
) -> str:
    """Akello's request, guaranteed where it has guarantors; answers with the loan's id."""
    people = tuple(guarantor.id for guarantor in guarantors)
    request = RequestLoan(village.umoja, village.akello.id, ugx(minor), periods, way, people)
    answer: Any = do(app.store, request)
    for guarantor in guarantors:
        do(app.store, AnswerGuarantee(guarantor.id, answer["loan"], yes=True))
    return str(answer["loan"])


def approve(app: App, village: Village, loan: str) -> None:
    """The two officers who have no part in it agree."""
    proposal = app.store.proposals.get(app.store.loans.get(loan).proposal)
    vote(app.store, proposal, village.nakato, village.wanjiru)


def lent(app: App, village: Village, minor: int, periods: int = 1, *guarantors: Villager) -> str:
    """A loan of Akello's, handed over in cash; answers with its id."""
    loan = asked(app, village, minor, periods, "cash", *guarantors)
    approve(app, village, loan)
    do(app.store, HandOverLoan(village.wanjiru.id, loan))
    return loan


def the_loan(app: App, village: Village) -> Loan:
    (loan,) = app.store.loans.find(group=village.umoja)
    return loan
