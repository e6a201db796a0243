"""What a member hears of money that has moved."""

from datetime import datetime

from domain.records.notice import Notice, NoticeKind, Values
from domain.records.payment import Payment
from domain.store import Store


def receipt(store: Store, payment: Payment, now: datetime) -> Notice:
    """That money has arrived, or was paid out; of cash without a reference, it went from hand to hand."""
    ref = "" if payment.provider == "cash" else payment.ref
    values: Values = {"amount": payment.amount, "group": store.groups.get(payment.group).name, "ref": ref}
    kind: NoticeKind = "receipt" if payment.direction == "in" else "paid_out"
    return Notice(f"receipt:{payment.id}", payment.person, kind, values, now, next_at=now)
