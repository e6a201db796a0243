"""Somebody comes by a member's code: it is written down, with what speaks against a reward already."""

from datetime import timedelta
from typing import Final

from domain.people.phones import holders_of
from domain.records.person import Person, membership_id
from domain.records.phone import forms_of
from domain.records.referral import Referral, ReferralCode, WhyNoReward
from domain.referrals.code import amounts_of
from domain.store import Store

FIRST_LOOKED_AT: Final = timedelta(minutes=10)


def code_of_referral(store: Store, typed: str) -> ReferralCode | None:
    """
    The code as it can be used now: it is not older than a year, and whoever gave it is in the group. None for any
    other, which is then a code of no group.
    """
    if "referral" not in store.offered.features:
        return None
    code = store.referral_codes.one(id=typed)
    if code is None or store.now() >= code.ends_at:
        return None
    by = store.memberships.one(id=membership_id(code.group, code.by))
    return code if by and by.status == "active" else None


def note_referral(tx: Store, code: ReferralCode, newcomer: Person, address: str, *, known: bool) -> None:
    """
    Somebody joins by this code, from a chat at `address`, "" from a phone; `known` when they were in a group, or
    asked to be, before. The first code a person comes by is the one that counts, for ever.
    """
    if tx.referrals.one(id=newcomer.id) is not None or newcomer.id == code.by:
        return
    group, now = tx.groups.get(code.group), tx.now()
    reward, welcome = amounts_of(group) or (None, None)
    why: WhyNoReward | None = "known" if known else None if reward else "pays_none"
    why = why or why_one_person(tx, code.by, newcomer, address)
    tx.referrals.insert(
        Referral(
            newcomer.id,
            group.id,
            code.by,
            code.id,
            now,
            "refused" if why else "waiting",
            None if why else now + FIRST_LOOKED_AT,
            reward,
            welcome,
            why or "",
            now if why else None,
        )
    )


def why_one_person(store: Store, referrer: str, newcomer: Person, address: str = "") -> WhyNoReward | None:
    """What says that both are one person, as far as we can know: a phone or a chat that both have, or had."""
    by = store.people.get(referrer)
    theirs = {form for phone in (by.phone, by.phone_before) if phone for form in forms_of(phone)}
    if {newcomer.phone, newcomer.phone_before} & theirs or any(
        each.id == referrer for each in holders_of(store, newcomer.phone)
    ):
        return "same_phone"
    chat = store.addresses.one(id=address) if address else None
    return "same_chat" if chat and chat.person == referrer else None
