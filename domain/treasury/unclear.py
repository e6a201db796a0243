"""
A payment whose end a provider does not tell, or tells twice: a person has to look, and whom it concerns is told.

It stays as it is until then: nothing is posted and nothing is given up because time has passed.
"""

from collections.abc import Mapping
from typing import Any

from domain.records.notice import Unclear
from domain.records.payment import Payment
from domain.store import Store
from domain.tell import tell, tell_officers


def hand_to_person(
    store: Store, payment: Payment, what: Unclear, *, when: Mapping[str, Any], **fields: Any
) -> None:
    """
    Change a payment, if it still is as `when` says, into one that a person has to look at. Its member and the
    officers are told the first time; one of the officers can ask the provider, or look at its statement.
    """
    if payment.needs_person:
        store.payments.change(payment.id, when=when, **fields)
        return

    def work(tx: Store) -> None:
        first = {**when, "needs_person": False}
        if tx.payments.change(payment.id, when=first, needs_person=True, **fields) is None:
            return
        group = tx.groups.get(payment.group)
        said: dict[str, Any] = {"amount": payment.amount, "ref": payment.ref, "what": what}
        id = f"unclear:{what}:{payment.id}"
        tell(tx, payment.person, "payment_unclear", id=id, group=group.name, **said)
        # The member among them has heard it already.
        name = tx.people.get(payment.person).name
        tell_officers(tx, group, "payment_to_look_at", id=id, but=payment.person, name=name, **said)

    store.transaction(work)
