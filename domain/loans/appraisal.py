"""What those who decide on a loan see of its borrower: what the rules are tried on, as people weigh it."""

from dataclasses import dataclass

from domain.arithmetic.eligibility import eligibility
from domain.decisions.rights import active_member
from domain.loans.track_record import facts
from domain.money import Money
from domain.people.find import names_of
from domain.records.loan import LoanPurpose
from domain.records.person import OFFICERS, NotAllowed
from domain.store import Store
from domain.treasury.coins import in_coins


@dataclass(frozen=True, slots=True)
class Appraisal:
    """
    As it is today, without the loan itself. `debts` are the principal of other loans, with what was asked for and
    is not paid out; the `guarantors`, by name, stand for all of it. Of the `instalments` that fell due so
    far, `on_time` were paid by their day. `purpose` is None where it was not asked.
    """

    purpose: LoanPurpose | None
    savings: Money
    limit: Money
    debts: Money
    guarantors: list[str]
    instalments: int
    on_time: int


def appraisal(store: Store, proposal_id: str, officer: str) -> Appraisal:
    """What an officer sees before they vote on a loan. Raises NotAllowed."""
    proposal = store.proposals.get(proposal_id)
    if proposal.kind != "loan" or active_member(store, proposal.group, officer).role not in OFFICERS:
        raise NotAllowed(why="officer", group=store.groups.get(proposal.group).name)
    loan, group = store.loans.get(proposal.subject), store.groups.get(proposal.group)
    known, product = facts(store, group, loan.person, but=loan.id), group.constitution.loans
    limit = eligibility(known, product.borrowing).limit if product else Money(0, group.currency)
    names = names_of(store, [each.guarantor for each in loan.accepted])
    return Appraisal(
        purpose=loan.purpose,
        savings=known.savings,
        limit=in_coins(group.constitution, limit),
        debts=known.outstanding,
        guarantors=[names[each.guarantor] for each in loan.accepted],
        instalments=known.instalments,
        on_time=known.on_time,
    )
