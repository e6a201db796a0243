"""
Bring one payment a step further: call the provider, or ask it what became of the call.

Any number of workers may do so at once and be killed anywhere: the store says what was done, the provider's
idempotency key keeps a repeated call from being a second one, and only its status decides.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, assert_never

from domain.records.payment import (
    FAILED,
    OPEN,
    PERSON_AFTER,
    SEND_WITHIN,
    Payment,
    PaymentState,
    ask_again_at,
    not_taken_at,
)
from domain.store import Duplicate, Store
from domain.treasury.settle import payment_failed, payment_succeeded
from domain.treasury.unclear import hand_to_person
from payments.port import (
    Collection,
    Collector,
    OutcomeUnknown,
    Payer,
    ProviderError,
    ProviderStatus,
    Refused,
    SwitchedOff,
    Transfer,
)

# A request that the provider does not know is sent again this long, under the same reference; later, the payer
# would not know what the prompt is for.
SEND_AGAIN_WITHIN: Final = timedelta(minutes=10)


Provider = Collector | Payer


def settle(store: Store, provider: Provider | None, id: str) -> None:
    """
    One step for the payment, if it is due and nobody else is at it. `provider` is one for its direction, None when
    that of the payment is not switched on.

    Raises SwitchedOff, and what the store raises; the payment is then looked at again when its claim has run out.
    """
    payment = store.payments.claim(id, store.now())
    if payment is None or payment.state not in (*OPEN, *FAILED):
        return
    if payment.state == "created" and _is_not_to_be_sent(store, payment):
        payment_failed(store, payment, "not_sent", when=_claimed(payment))
    elif payment.state in FAILED:
        _look_again(store, provider, payment)
    elif provider is None:
        _leave_open(store, payment)
        raise SwitchedOff(f"{payment.provider} is not switched on")
    elif payment.state != "created":
        _ask(store, provider, payment)
    else:
        _send(store, provider, payment)


def _is_not_to_be_sent(store: Store, payment: Payment) -> bool:
    """Its number is somebody else's now, or it is a prompt for something of long ago."""
    return payment.recalled or (payment.direction == "in" and store.now() - payment.created_at > SEND_WITHIN)


def hurry(store: Store, id: str) -> bool:
    """
    A callback came: it is a hint to ask now, and nothing more, also of what has failed: the provider may say
    another thing now. False for a payment that has succeeded, or is none.
    """
    return store.payments.change(id, when={"state": [*OPEN, *FAILED]}, next_at=store.now()) is not None


def _claimed(payment: Payment) -> dict[str, Any]:
    """
    As it is while nobody else has claimed it.

    A slow provider can outlast a claim, and then two workers are at one payment. What the provider says is true
    whoever hears it; what we conclude from its silence, and a request, are for the one who has the claim.
    """
    return {"next_at": payment.next_at}


def _leave_open(store: Store, payment: Payment) -> None:
    """Nobody can be asked: what was not sent can be later, and of the rest we do not know what became of it."""
    state: PaymentState = "created" if payment.state == "created" else "unknown"
    _change(store, payment, when={"state": payment.state, **_claimed(payment)}, state=state, why="SWITCHED_OFF")


def _send(store: Store, provider: Provider, payment: Payment) -> None:
    # Written down before the call: from here on the provider may have it.
    when = {"state": list(OPEN), **_claimed(payment)}
    sent = store.payments.change(payment.id, when=when, state="requested", sent_at=store.now())
    if sent is None:
        return
    payment = sent
    try:
        _request(provider, payment)
    except Refused as refused:
        _confirm_refusal(store, provider, payment, refused)
    except OutcomeUnknown as unknown:
        _wait(store, payment, "unknown", str(unknown))
    else:
        _wait(store, payment, "pending", accepted=True)


def _request(provider: Provider, payment: Payment) -> None:
    id, ref, amount, phone = payment.id, payment.ref, payment.amount, payment.phone
    note = f"Savings {ref}"
    if isinstance(provider, Collector):
        provider.collect(Collection(id, ref, amount, phone, message=note, note=note))
    else:
        provider.pay(Transfer(id, ref, amount, phone, message=note, note=note))


def _confirm_refusal(store: Store, provider: Provider, payment: Payment, refused: Refused) -> None:
    """The provider says that it did not take the request: true only if it does not know it."""
    try:
        status = provider.status(payment.id)
    except ProviderError as error:
        _wait(store, payment, "unknown", str(error))
        return
    if status.state == "not_found":
        payment_failed(store, payment, refused.reason, refused.provider_reason, when=_claimed(payment))
    else:
        _follow(store, provider, payment, status)


def _ask(store: Store, provider: Provider, payment: Payment) -> None:
    try:
        status = provider.status(payment.id)
    except ProviderError as error:
        _wait(store, payment, "unknown", str(error))
    else:
        _follow(store, provider, payment, status)


def _follow(store: Store, provider: Provider, payment: Payment, status: ProviderStatus) -> None:
    match status.state:
        case "succeeded" if _is_ours(status, payment):
            _succeed(store, payment, status.provider_id)
        case "succeeded":
            # Money moved, but not this money: a person has to look before anything is posted.
            _wait(store, payment, "unknown", "MISMATCH", needs_person=True)
        case "failed":
            payment_failed(store, payment, status.reason, status.provider_reason)
        case "pending":
            _wait(store, payment, "pending", status.provider_reason, accepted=True)
        case "not_found" if not payment.recalled and store.now() - payment.created_at < SEND_AGAIN_WITHIN:
            _send(store, provider, payment)
        case "not_found" if _was_never_taken(store, payment):
            payment_failed(store, payment, "not_sent", "NOT_FOUND", when=_claimed(payment))
        case "not_found":
            _wait(store, payment, "unknown", "NOT_FOUND")
        case _:
            assert_never(status.state)


def _succeed(store: Store, payment: Payment, provider_id: str) -> None:
    try:
        payment_succeeded(store, payment, provider_id)
    except Duplicate:
        # What the provider did once is in the books already, as another payment: a person has to look.
        _wait(store, payment, "unknown", "PROVIDER_ID_TAKEN", needs_person=True)


def _was_never_taken(store: Store, payment: Payment) -> bool:
    """The provider never said that it has the request, and would know it by now if it had."""
    at = not_taken_at(payment)
    return at is not None and store.now() >= at


def _look_again(store: Store, provider: Provider | None, payment: Payment) -> None:
    """
    The provider hints at something after the end: money that moved all the same is not lost sight of. While it
    does not say, it is asked again.
    """
    next_at = None
    if provider is not None:
        try:
            status = provider.status(payment.id)
        except ProviderError:
            next_at = ask_again_at(payment, store.now())
        else:
            if status.state == "succeeded" and _is_ours(status, payment):
                _succeed(store, payment, status.provider_id)
            elif status.state == "pending":
                next_at = ask_again_at(payment, store.now())
    store.payments.change(payment.id, when={"state": payment.state, **_claimed(payment)}, next_at=next_at)


def _is_ours(status: ProviderStatus, payment: Payment) -> bool:
    """Whether what it says it moved is what was asked for."""
    return status.amount == payment.amount and status.external_id == payment.ref


def _wait(
    store: Store,
    payment: Payment,
    state: PaymentState,
    why: str = "",
    *,
    accepted: bool = False,
    needs_person: bool = False,
) -> None:
    """Nothing is decided: ask again later, for as long as it takes. `why` is for operators."""
    payment = replace(payment, accepted=payment.accepted or accepted)
    _change(
        store,
        payment,
        when={"state": list(OPEN)},
        state=state,
        why=why,
        needs_person=needs_person,
        accepted=payment.accepted,
        asked=payment.asked + 1,
        next_at=ask_again_at(payment, store.now()),
    )


def _change(
    store: Store,
    payment: Payment,
    *,
    when: Mapping[str, Any],
    state: PaymentState,
    why: str,
    needs_person: bool = False,
    **fields: Any,
) -> None:
    """What is known of a payment that has not ended. After a day a person has to look too."""
    fields |= {"state": state, "provider_reason": why[:200]}
    is_old = payment.state in OPEN and store.now() - payment.created_at > PERSON_AFTER
    if needs_person or is_old:
        hand_to_person(store, payment, payment.direction, when=when, **fields)
    else:
        store.payments.change(payment.id, when=when, **fields)
