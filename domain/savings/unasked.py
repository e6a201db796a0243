"""What money is for that a member sends without being asked: savings, a fine, or what they choose later."""

from datetime import datetime

from domain.books.accounts import Account
from domain.books.ledger import Entry, Posting
from domain.money import Money
from domain.records.group import Group, PaymentPart, allocate
from domain.records.inbound import WhyUnplaced
from domain.records.payment import Payment
from domain.records.person import Membership
from domain.savings.contribute import credit_of, room_at
from domain.store import Store
from domain.treasury.inbound import Meant, means
from domain.treasury.settle import Settled, settles, undoes


@means("")
def means_savings(
    store: Store, group: Group, membership: Membership, amount: Money, at: datetime
) -> Meant | WhyUnplaced:
    """What a contribution of that moment would be; what is more than one may put in then is credit."""
    meeting, paid, most = room_at(store, group, membership, at)
    within = min(amount, most)
    if not within:
        return "full"
    credit = credit_of(store, group.id, membership.person)
    if group.kind == "vsla":
        parts = allocate(amount, group.constitution, paid, group.kind, credit)
    else:
        parts = allocate(within, group.constitution, paid, group.kind)
        if rest := amount - within:
            parts = (*parts, PaymentPart(Account.CREDIT, rest))
    return Meant("contribution", meeting=meeting.isoformat(), parts=parts)


@means("F")
def means_fine(
    store: Store, group: Group, membership: Membership, amount: Money, at: datetime
) -> Meant | WhyUnplaced:
    """The oldest fine that it pays whole, and that no other money is on its way for; what is over is credit."""
    due = store.fines.find(group=group.id, person=membership.person, state="due", sort="at")
    asked_for = {payment.subject for payment in store.payments.open_of(membership.person)}
    payable = [each for each in due if each.amount <= amount and each.id not in asked_for]
    same = [each for each in payable if each.amount == amount]
    chosen = next(iter(same or payable), None)
    return Meant("fine", subject=chosen.id) if chosen else "no_fine"


@settles("credit")
def settle_credit(store: Store, payment: Payment, now: datetime) -> Settled:
    """It is the member's, for what they choose."""
    return Settled((Posting(Account.CREDIT, -payment.amount.minor, payment.person),))


@undoes("credit")
def credit_undone(store: Store, payment: Payment, posted: Entry) -> Settled:
    """Nothing but the books knows of it."""
    return Settled()
