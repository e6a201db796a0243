"""
Cash that is counted: it has to be what the books say, and a difference is posted only when two officers agree.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from domain.books.accounts import Account
from domain.books.ledger import Draft, Posting
from domain.commands import handles, one_at_a_time
from domain.decisions.concluding import concludes, lapse, rests_on
from domain.decisions.rights import acting_officer
from domain.decisions.voting import asked_once, open_for, propose
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
    """
    A count that is what the books say, so that no difference that was reported before is booked any more.

    Raises CountDiffers, and NotAllowed for another currency.
    """
    over = _over(tx, group, counted)
    if any(over.values()):
        raise CountDiffers(cash=over[Account.CASH_BOX], social=over[Account.SOCIAL_CASH], currency=group.currency)
    for account in over:
        _void_reports(tx, group, account)


def _void_reports(tx: Store, group: Group, account: str) -> int:
    """Close what was reported of a box and is not decided; answers with how many that were."""
    reports = open_for(tx, group.id, "cash_count", account)
    for report in reports:
        lapse(tx, report)
    return len(reports)


def _over(tx: Store, group: Group, counted: Counted) -> dict[str, int]:
    """How much more than the books say is in each box, in minor units."""
    if {counted.cash.currency, counted.social.currency} != {group.currency} or min(
        counted.cash.minor, counted.social.minor
    ) < 0:
        raise NotAllowed(why="amount", group=group.name)
    books = cash_of_books(tx, group)
    return {
        Account.CASH_BOX: counted.cash.minor - books.cash.minor,
        Account.SOCIAL_CASH: counted.social.minor - books.social.minor,
    }


@handles(ReportDifference)
def report_difference(tx: Store, command: ReportDifference) -> int:
    """
    Answers with how many requests were made: one for each box that differs. Nothing is posted until another
    officer has agreed. What was reported before of a box that is now what the books say is void.

    Raises NotAllowed, NothingDiffers, AlreadyAsked, TooFewOfficers.
    """
    acting_officer(tx, command.group, command.officer)
    # Two reports at once would both be the only one.
    one_at_a_time(tx.groups, command.group)
    group, counted = tx.groups.get(command.group), command.counted
    over = _over(tx, group, counted)
    voided = sum(_void_reports(tx, group, account) for account, minor in over.items() if not minor)
    differs = {account: minor for account, minor in over.items() if minor}
    if not differs and not voided:
        raise NothingDiffers
    for account, minor in differs.items():
        found = counted.cash if account == Account.CASH_BOX else counted.social
        _report(tx, group, command, account, found, minor)
    return len(differs)


def _report(tx: Store, group: Group, command: ReportDifference, account: str, found: Money, over: int) -> None:
    asked_once(tx, group.id, "cash_count", account)
    # Whoever votes sees when, on the clock of the group.
    counted_at = tx.now().astimezone(ZoneInfo(group.constitution.time_zone))
    propose(
        tx,
        group,
        "cash_count",
        subject=account,
        maker=command.officer,
        contents={"account": account, "counted": found, "over": over},
        values={
            "name": tx.people.get(command.officer).name,
            "amount": Money(over, group.currency),
            "counted": found,
            "at": f"{counted_at:%Y-%m-%dT%H:%M}",
            "reason": command.reason,
        },
        place=tx.books.length(group.id),
    )


@rests_on("cash_count")
def nothing_moved_since(tx: Store, proposal: Proposal) -> bool:
    """
    Whether the box is as it was when it was counted. It is not once anything went in or out, even if the sum is
    the same again: who counted saw other money.
    """
    over, counted = proposal.values["amount"], proposal.values["counted"]
    assert isinstance(over, Money) and isinstance(counted, Money), "a report holds amounts"
    if tx.books.totals(proposal.group).get(proposal.subject, 0) != counted.minor - over.minor:
        return False
    # A report of the version before does not know its place.
    return not proposal.place or not tx.books.posted_to(proposal.group, proposal.subject, proposal.place)


@concludes("cash_count")
def conclude_count(tx: Store, proposal: Proposal) -> None:
    """
    Post the difference: of the cash box as short or over, of the social fund's cash to the fund itself, which has
    what lies in its purses and nothing else.
    """
    group, over = tx.groups.get(proposal.group), proposal.values["amount"]
    assert isinstance(over, Money), "a report holds its amount"
    other = Account.SOCIAL_FUND if proposal.subject == Account.SOCIAL_CASH else Account.SHORT_OR_OVER
    legs = (Posting(proposal.subject, over.minor), Posting(other, -over.minor))
    text = "cash over" if over.minor > 0 else "cash short"
    tx.post(Draft(group.id, group.currency, f"count:{proposal.id}", text, tx.now(), legs))
