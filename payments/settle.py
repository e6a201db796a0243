"""
Bring one payment a step further: call the provider, or ask it what became of the call.

Any number of workers may do so at once and be killed anywhere: the store says what was done, the provider's
idempotency key keeps a repeated call from being a second one, and only its status decides. Where there is no such
key, nothing is ever sent a second time, and what callbacks told is how the provider can be asked.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, assert_never

from domain.records.payment import (
    FAILED,
    OPEN,
    PERSON_AFTER,
    SEND_WITHIN,
    Payment,
    PaymentState,
    Told,
    ask_again_at,
    not_taken_at,
)
from domain.store import Duplicate, Store
from domain.treasury.inbound import account_for, receive_other
from domain.treasury.settle import payment_failed, payment_succeeded
from domain.treasury.unclear import hand_to_person
from payments.port import (
    Answer,
    Asked,
    Collection,
    Collector,
    Hint,
    NotSent,
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
# Kept as what the provider said: it does not know the request.
UNKNOWN_THERE: Final = "NOT_FOUND"
# What a provider may still say something of.
_STILL: Final = [*OPEN, *FAILED]


Provider = Collector | Payer


def settle(store: Store, provider: Provider | None, id: str) -> None:
    """
    One step for the payment, if it is due and nobody else is at it. `provider` is one for its direction, None when
    that of the payment is not switched on.

    Raises SwitchedOff, and what the store raises; the payment is then looked at again when its claim has run out.
    """
    payment = store.payments.claim(id, store.now())
    if payment is None:
        return
    if payment.state == "created" and _is_not_to_be_sent(store, payment):
        payment_failed(store, payment, "not_sent", when=_claimed(payment))
    elif payment.state in FAILED:
        _look_again(store, provider, payment)
    elif payment.state == "succeeded":
        _look_for_another(store, provider, payment)
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


def hurry(store: Store, heard: Hint | Answer) -> bool:
    """
    A provider called. What it told, or answered to a question of ours, is kept beside the payment, which is due
    now, also when it has failed: the provider may say another thing now. An answer may come twice, and after the
    end. False where there is nothing to do.
    """
    if isinstance(heard, Answer):
        return _keep(store, heard.reference, answer=replace(heard.status, at=store.now()))
    told = heard.told or Told()
    if told.key:
        try:
            when = {"provider_key": "", "state": _STILL}
            store.payments.change(heard.reference, when=when, provider_key=told.key)
        except Duplicate:
            return False  # it names another payment's request: whoever made it up learns nothing
    if _keep(store, heard.reference, **({"told": told} if heard.told else {})):
        return True
    return bool(told.receipt and told.key) and _told_receipt(store, heard.reference, told)


def _keep(store: Store, id: str, **fields: Any) -> bool:
    return store.payments.change(id, when={"state": _STILL}, next_at=store.now(), **fields) is not None


def _told_receipt(store: Store, id: str, told: Told) -> bool:
    """
    A payment that succeeded before its receipt was known has it from now on. Where it has another one, it may have
    been paid twice, once by its prompt and once unasked: that is asked about.
    """
    payment = store.payments.one(id=id)
    if payment is None or payment.provider_id == told.receipt or payment.provider_key not in ("", told.key):
        return False
    if payment.provider_id != told.key:
        if payment.direction == "out":
            return False
        fields: dict[str, Any] = {"told": told, "provider_key": told.key, "next_at": store.now()}
        return store.payments.change(id, when={"state": "succeeded"}, **fields) is not None
    with suppress(Duplicate):  # of what is another payment's: this one is known by the request's name as before
        store.payments.change(id, when={"provider_id": told.key}, provider_id=told.receipt)
    return False


def listed_as_moved(store: Store, payment: Payment, receipt: str) -> None:
    """The provider's own list has this payment, with the amount asked for: its end, as if it had answered."""
    _succeed(store, payment, receipt)


def ask_about(payment: Payment) -> Asked:
    """The question what became of a payment."""
    return Asked(payment.id, payment.provider_key, payment.provider_reason, payment.told)


def _what_it_says(store: Store, provider: Provider, payment: Payment) -> ProviderStatus | None:
    """
    What became of it: what the provider has answered since it was asked, which is taken once, or answers now; None
    where somebody else is at it, or another answer has come: whoever is next takes that. Raises ProviderError. Of
    a worker that is killed with an answer in hand, the question is asked again.
    """
    if payment.answer is None or not provider.capabilities.answers_later:
        return provider.status(ask_about(payment))
    taken = store.payments.change(payment.id, when=_claimed(payment), answer=None)
    return payment.answer if taken else None


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
    before = payment.sent_at is not None
    when = {"state": list(OPEN), **_claimed(payment)}
    sent = store.payments.change(payment.id, when=when, state="requested", sent_at=store.now())
    if sent is None:
        return
    payment = sent
    try:
        key = _request(store, provider, payment)
    except Refused as refused:
        _confirm_refusal(store, provider, payment, refused, sent_before=before)
    except NotSent as unsent:
        _send_later(store, provider, payment, str(unsent))
    except OutcomeUnknown as unknown:
        _wait(store, payment, "unknown", str(unknown))
    else:
        _accepted(store, payment, key)


def _send_later(store: Store, provider: Provider, payment: Payment, why: str) -> None:
    """
    Nothing went out. Where a request may be sent again, asking about it first leads there; where nothing may be
    sent twice, it is as if it had never been tried.
    """
    if provider.capabilities.resend_safe:
        _wait(store, payment, "unknown", why)
        return
    next_at = ask_again_at(payment, store.now())
    when = {"state": "requested", **_claimed(payment)}
    _change(store, payment, when=when, state="created", why=why, asked=payment.asked + 1, next_at=next_at)


def _accepted(store: Store, payment: Payment, key: str) -> None:
    try:
        _wait(store, payment, "pending", accepted=True, key=key)
    except Duplicate:
        # The name of another payment's request: one of the two was asked for twice, or nobody was.
        _wait(store, payment, "unknown", "PROVIDER_KEY_TAKEN", accepted=True, needs_person=True)


def _request(store: Store, provider: Provider, payment: Payment) -> str:
    id, ref, amount, phone = payment.id, payment.ref, payment.amount, payment.phone
    note = f"Savings {ref}"
    if isinstance(provider, Collector):
        account = account_for(store, payment)
        return provider.collect(Collection(id, ref, amount, phone, message=note, note=note, account=account))
    return provider.pay(Transfer(id, ref, amount, phone, message=note, note=note))


def _confirm_refusal(
    store: Store, provider: Provider, payment: Payment, refused: Refused, *, sent_before: bool
) -> None:
    """
    The provider says that it did not take the request: true only if it does not know it. Where it cannot be asked
    on the spot, its word has to do; of what was `sent_before` it may have taken that.
    """
    if sent_before and provider.capabilities.answers_later:
        _wait(store, payment, "unknown", refused.provider_reason)
        return
    if not provider.capabilities.keyed or provider.capabilities.answers_later:
        payment_failed(store, payment, refused.reason, refused.provider_reason, when=_claimed(payment))
        return
    try:
        status = provider.status(ask_about(payment))
    except ProviderError as error:
        _wait(store, payment, "unknown", str(error))
        return
    if status.state == "not_found":
        payment_failed(store, payment, refused.reason, refused.provider_reason, when=_claimed(payment))
    else:
        _follow(store, provider, payment, status)


def _ask(store: Store, provider: Provider, payment: Payment) -> None:
    if not (provider.capabilities.keyed or payment.provider_key):
        # Its name for the request was lost with its answer. A callback, or its list, will say it.
        _wait(store, payment, "unknown", "NO_KEY")
        return
    try:
        status = _what_it_says(store, provider, payment)
    except ProviderError as error:
        # Not over an answer that has come before this.
        _wait(store, payment, "unknown", str(error), when=_claimed(payment))
    else:
        if status is not None:
            _follow(store, provider, payment, status)


def _follow(store: Store, provider: Provider, payment: Payment, status: ProviderStatus) -> None:
    # Where answers come by themselves, another one may have come since: it is followed too.
    still = _claimed(payment) if provider.capabilities.answers_later else {}
    match status.state:
        case "succeeded" if _is_ours(provider, status, payment):
            _succeed(store, payment, _receipt(status, payment))
        case "succeeded":
            # Money moved, but not this money: a person has to look before anything is posted.
            _wait(store, payment, "unknown", "MISMATCH", needs_person=True, when=still)
        case "failed":
            payment_failed(store, payment, status.reason, status.provider_reason, when=still)
        case "pending":
            _wait(store, payment, "pending", status.provider_reason, accepted=True, when=still)
        case "asked":
            _wait(store, payment, payment.state, payment.provider_reason, when=still)
        case "not_found" if provider.capabilities.resend_safe and _may_be_sent_again(store, payment):
            _send(store, provider, payment)
        case "not_found":
            ends_at = _never_taken_at(provider, payment)
            # Said for the first time it may be a moment's fault of theirs: it has to say so again.
            again = payment.provider_reason == UNKNOWN_THERE
            if again and ends_at is not None and (status.at or store.now()) >= ends_at:
                payment_failed(store, payment, "not_sent", UNKNOWN_THERE, when=_claimed(payment))
            else:
                _wait(store, payment, "unknown", UNKNOWN_THERE, until=ends_at, when=still)
        case _:
            assert_never(status.state)


def _may_be_sent_again(store: Store, payment: Payment) -> bool:
    return not payment.recalled and store.now() - payment.created_at < SEND_AGAIN_WITHIN


def _receipt(status: ProviderStatus, payment: Payment) -> str:
    """
    What the movement is known by: the provider's receipt, or its name for the request until it says one. A receipt
    that a callback told counts beside that name alone: who has seen an address of ours does not know it.
    """
    told = payment.told
    by_name = told.receipt if told and payment.provider_key and told.key == payment.provider_key else ""
    return status.provider_id or by_name or payment.provider_key


def _succeed(store: Store, payment: Payment, provider_id: str) -> None:
    try:
        payment_succeeded(store, payment, provider_id)
    except Duplicate:
        # What the provider did once is in the books already, as another payment: a person has to look.
        _wait(store, payment, "unknown", "PROVIDER_ID_TAKEN", needs_person=True)


def _never_taken_at(provider: Provider, payment: Payment) -> datetime | None:
    """When a provider that never said that it has the request would know it if it had; None if it may have it."""
    at = not_taken_at(payment)
    if at is None or payment.sent_at is None:
        return None
    return max(at, payment.sent_at + provider.capabilities.known_within)


def _look_again(store: Store, provider: Provider | None, payment: Payment) -> None:
    """
    The provider hints at something after the end: money that moved all the same is not lost sight of. While it
    does not say, it is asked again.
    """
    next_at = None
    if provider is not None and (provider.capabilities.keyed or payment.provider_key):
        try:
            status = _what_it_says(store, provider, payment)
        except ProviderError:
            next_at = ask_again_at(payment, store.now())
        else:
            if status is None:
                return
            _see_what_came(store, payment, provider, status)
            if status.state == "pending":
                next_at = ask_again_at(payment, store.now())
    store.payments.change(payment.id, when={"state": payment.state, **_claimed(payment)}, next_at=next_at)


def _look_for_another(store: Store, provider: Provider | None, payment: Payment) -> None:
    """One that is in the books by one receipt was told of by another: if that has moved too, it came unasked."""
    told, next_at = payment.told, None
    if provider is not None and told and told.receipt not in ("", payment.provider_id):
        try:
            status = provider.status(ask_about(payment))
        except ProviderError:
            next_at = ask_again_at(payment, store.now())
        else:
            if status.state == "succeeded" and _is_ours(provider, status, payment):
                receive_other(store, payment, told.receipt, store.now())
            elif status.state == "pending":
                next_at = ask_again_at(payment, store.now())
    store.payments.change(payment.id, when={"state": payment.state, **_claimed(payment)}, next_at=next_at)


def _see_what_came(store: Store, payment: Payment, provider: Provider, status: ProviderStatus) -> None:
    """What was said to have failed may have moved all the same."""
    if status.state == "succeeded" and _is_ours(provider, status, payment):
        _succeed(store, payment, _receipt(status, payment))


def _is_ours(provider: Provider, status: ProviderStatus, payment: Payment) -> bool:
    """
    Whether what it says it moved is what was asked for. A rail that says no amount moves what was asked for; what
    a callback told of it must not say otherwise.
    """
    promised = provider.capabilities
    if promised.echoes_ref and status.external_id != payment.ref:
        return False
    told = payment.told.amount if payment.told else None
    amount = status.amount if promised.says_amount or status.amount is not None else told or payment.amount
    return amount == payment.amount


def _wait(
    store: Store,
    payment: Payment,
    state: PaymentState,
    why: str = "",
    *,
    accepted: bool = False,
    needs_person: bool = False,
    key: str = "",
    until: datetime | None = None,
    when: Mapping[str, Any] | None = None,
) -> None:
    """Nothing is decided: ask again later, at `until` at the latest if that is to come. `why` is for operators."""
    next_at = ask_again_at(payment, store.now())
    if until is not None and store.now() < until < next_at:
        next_at = until
    payment = replace(payment, accepted=payment.accepted or accepted)
    _change(
        store,
        payment,
        when={"state": list(OPEN), **(when or {})},
        state=state,
        why=why,
        needs_person=needs_person,
        accepted=payment.accepted,
        asked=payment.asked + 1,
        next_at=next_at,
        **({"provider_key": key} if key else {}),
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
