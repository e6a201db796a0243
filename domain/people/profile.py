"""A person as they are seen everywhere: their profile, and what they change about it."""

from dataclasses import dataclass
from typing import Final

from domain.commands import handles
from domain.paybills import paid_to
from domain.people.phones import holders_of
from domain.records.arrival import ARRIVING
from domain.records.group import Group
from domain.records.person import (
    OFFICERS,
    Chat,
    GroupOfMember,
    Holder,
    Language,
    Member,
    Membership,
    MembershipStatus,
    SharedPhone,
)
from domain.store import After, Store

# Who may not act in a group, and has been in it.
_PAST: Final[tuple[MembershipStatus, ...]] = ("suspended", "leaving", "exited", "expelled")


@dataclass(frozen=True, slots=True)
class SetLanguage:
    person: str
    language: Language


@handles(SetLanguage, always=True)
def set_language(tx: Store, command: SetLanguage) -> None:
    tx.people.change(command.person, language=command.language)


def member(store: Store, person_id: str) -> Member:
    """The profile of a person: who they are, their groups and chats, in eight queries whatever their number."""
    person = store.people.get(person_id)
    memberships = store.memberships.find(person=person_id, sort="asked_at")
    groups = {group.id: group for group in store.groups.among([m.group for m in memberships])}
    return Member(
        id=person.id,
        name=person.name,
        phone=person.phone,
        language=person.language,
        groups=tuple(_seen(store, groups[m.group], m) for m in memberships if m.status == "active"),
        waiting=tuple(groups[m.group].name for m in memberships if m.status == "pending"),
        chats=tuple(
            Chat(each.id, each.channel, store.channel_titles.get(each.channel, each.channel))
            for each in store.addresses.find(person=person_id, sort="linked_at")
        ),
        receipts=person.receipts,
        messages_stopped=person.messages_stopped,
        groups_past=tuple(_seen(store, groups[m.group], m) for m in memberships if m.status in _PAST),
        has_pin=bool(person.pin.hash),
        sharing=len(holders_of(store, person.phone)) > 1,
        email=person.email if "email" in store.offered.features else "",
        digest_by_email=person.digest_by_email,
        moving_in=_is_wanted(store, person_id),
        to_confirm=waits_to_be_confirmed(store, person_id),
        pin_locked_until=person.pin.locked_until,
        letters_new=sum(_letters_new(groups[m.group], m) for m in memberships if m.status == "active"),
    )


def _is_wanted(store: Store, person_id: str) -> bool:
    """Whether a group moves in that wants a word of theirs."""
    arriving = store.arrivals.find(persons=person_id, state=list(ARRIVING))
    return any(each.wants(person_id) for each in arriving)


def waits_to_be_confirmed(store: Store, person_id: str) -> bool:
    """Whether something was prepared elsewhere that waits for their PIN."""
    waiting = store.prepared_loans.find(
        person=person_id, state="waiting", until=After(store.now()), sort="until", limit=1
    )
    return bool(waiting)


def shared_phone(store: Store, person_id: str) -> SharedPhone:
    """The phone of a person and all who have it; they may be alone."""
    person = store.people.get(person_id)
    holders = holders_of(store, person.phone)
    return SharedPhone(
        person.phone,
        tuple(Holder(each.id, each.name, each.language, bool(each.pin.hash)) for each in holders),
        holders[0].language if holders else person.language,
    )


def shares_phone(store: Store, person_id: str) -> bool:
    """Whether others have this person's phone too."""
    return is_shared(store, store.people.get(person_id).phone)


def is_shared(store: Store, phone: str) -> bool:
    """Whether several have this phone."""
    return len(holders_of(store, phone)) > 1


def _letters_new(group: Group, membership: Membership) -> int:
    if membership.role in OFFICERS:
        return max(0, group.letters - membership.letters_read)
    return max(0, group.letters_to_all - membership.letters_read_to_all)


def _seen(store: Store, group: Group, membership: Membership) -> GroupOfMember:
    return GroupOfMember(
        id=group.id,
        name=group.name,
        currency=group.currency,
        role=membership.role,
        share_price=group.constitution.share_price,
        cap=group.constitution.cap,
        kind=group.kind,
        lends=group.constitution.loans is not None,
        rewards=group.kind != "rosca" and bool(group.constitution.referral),
        paid_to=paid_to(store, group, membership.number),
    )
