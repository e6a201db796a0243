"""
Cash that is counted: it has to be what the books say, and a difference is posted only when two officers agree.
"""

from dataclasses import dataclass

from domain.books.accounts import Account
from domain.books.ledger import Draft, Posting
from domain.commands import handles, one_at_a_time
from domain.decisions.rights import acting_officer
from domain.decisions.voting import asked_once, concludes, propose
from domain.errors import DomainError
from domain.money import Money
from domain.records.group import Group
from domain.records.person import NotAllowed
from domain.records.proposal import Proposal
from domain.store import Store


class CountDiffers(DomainError):
    """
    What was counted is not what the books say: `cash` and `social` are how much more, in minor units of
    `currency`.
    """

    code = "count_differs"


class NothingDiffers(DomainError):
    """What was counted is what the books say: there is nothing to post."""

    code = "nothing_differs"


class CashHasMoved(DomainError):
    """Cash came in or went out since it was counted: it has to be counted again."""

    code = "cash_has_moved"


@dataclass(frozen=True, slots=True)
class Counted:
    """What is in the cash box, and of the social fund's cash."""

    cash: Money
    social: Money


@dataclass(frozen=True, slots=True)
class ReportDifference:
    """An officer asks another one to agree that cash is short or over, and says why."""

    officer: str
    group: str
    counted: Counted
    reason: str


def cash_of_books(store: Store, group: Group) -> Counted:
    """What the cash box and the social fund's cash should hold."""
    totals = store.books.totals(group.id)
    return Counted(
        Money(totals.get(Account.CASH_BOX, 0), group.currency),
        Money(totals.get(Account.SOCIAL_CASH, 0), group.currency),
    )


def check_count(tx: Store, group: Group, counted: Counted) -> None:
    """Raises CountDiffers, and NotAllowed for another currency."""
    over = _over(tx, group, counted)
    if any(over.values()):
        raise CountDiffers(cash=over[Account.CASH_BOX], social=over[Account.SOCIAL_CASH], currency=group.currency)


def _over(tx: Store, group: Group, counted: Counted) -> dict[str, int]:
    """How much more than the books say is in each box, in minor units."""
    if {counted.cash.currency, counted.social.currency} != {group.currency} or min(
        counted.cash.minor, counted.social.minor
    ) < 0:
        raise NotAllowed
    books = cash_of_books(tx, group)
    return {
        Account.CASH_BOX: counted.cash.minor - books.cash.minor,
        Account.SOCIAL_CASH: counted.social.minor - books.social.minor,
    }


@handles(ReportDifference)
def report_difference(tx: Store, command: ReportDifference) -> None:
    """
    One request for each box that differs. Nothing is posted until another officer has agreed.

    Raises NotAllowed, NothingDiffers, AlreadyAsked, TooFewOfficers.
    """
    acting_officer(tx, command.group, command.officer)
    group, counted = tx.groups.get(command.group), command.counted
    over = {account: minor for account, minor in _over(tx, group, counted).items() if minor}
    if not over:
        raise NothingDiffers
    # Two reports at once would both be the only one.
    one_at_a_time(tx.groups, group.id)
    for account, minor in over.items():
        found = counted.cash if account == Account.CASH_BOX else counted.social
        asked_once(tx, group.id, "cash_count", account)
        propose(
            tx,
            group,
            "cash_count",
            subject=account,
            maker=command.officer,
            contents={"account": account, "counted": found, "over": minor},
            values={
                "name": tx.people.get(command.officer).name,
                "amount": Money(minor, group.currency),
                "counted": found,
                "reason": command.reason,
            },
        )


@concludes("cash_count")
def conclude_count(tx: Store, proposal: Proposal) -> None:
    """
    Post the difference as short or over. Of the social fund's box it is the fund that has less, or more.

    Raises CashHasMoved when the books are not as they were when it was counted: the vote is then refused.
    """
    group, over, counted = tx.groups.get(proposal.group), proposal.values["amount"], proposal.values["counted"]
    assert isinstance(over, Money) and isinstance(counted, Money), "a report holds amounts"
    if tx.books.totals(group.id).get(proposal.subject, 0) != counted.minor - over.minor:
        raise CashHasMoved
    against = Account.SOCIAL_FUND if proposal.subject == Account.SOCIAL_CASH else Account.SHORT_OR_OVER
    legs = (Posting(proposal.subject, over.minor), Posting(against, -over.minor))
    text = "cash over" if over.minor > 0 else "cash short"
    tx.post(Draft(group.id, group.currency, f"count:{proposal.id}", text, tx.now(), legs))
