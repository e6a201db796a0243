"""A member's own code: who types it asks to join their group, and is known to come by them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import quote

from msgspec import Meta

from domain.commands import handles, one_at_a_time
from domain.decisions.rights import active_member, not_allowed
from domain.money import Money
from domain.records.group import Code, Group
from domain.records.referral import ReferralCode, new_referral_code
from domain.store import Store
from domain.tables import unused_id

ChatLink = Annotated[str, Meta(examples=["https://example.org/SavingsGroups?text=join%2012345678", ""])]
DialString = Annotated[str, Meta(examples=["*384*7000*12345678#"])]


@dataclass(frozen=True, slots=True)
class GetReferralCode:
    """A member wants to bring others into a group."""

    person: str
    group: str


@dataclass(frozen=True, slots=True)
class MyReferralCode:
    """
    The code, and all ways to use it: typed, dialled, and the chats that open with it, each "" where there is none.
    `welcome` is what the newcomer gets, `reward` what the member gets.
    """

    code: Code
    until: date
    reward: Money
    welcome: Money
    dial: DialString
    writes: ChatLink
    starts: ChatLink


@handles(GetReferralCode)
def get_referral_code(tx: Store, command: GetReferralCode) -> MyReferralCode:
    """The code they have, as long as it is good for a month at least, or else a new one. Raises NotAllowed."""
    active_member(tx, command.group, command.person)
    group, now = tx.groups.get(command.group), tx.now()
    amounts = amounts_of(group)
    if "referral" not in tx.offered.features or amounts is None:
        raise not_allowed(tx, group.id, "kind")
    one_at_a_time(tx.people, command.person)
    held = tx.referral_codes.find(group=group.id, by=command.person, sort="-at", limit=1)
    code = next((each for each in held if now < each.ends_at - timedelta(days=30)), None)
    if code is None:
        code = ReferralCode(unused_id(tx.referral_codes, new_referral_code), group.id, command.person, now)
        tx.referral_codes.insert(code)
    join = quote(f"join {code.id}")
    return MyReferralCode(
        code.id,
        group.constitution.day(code.ends_at - timedelta(milliseconds=1)),
        *amounts,
        f"{tx.service_code.rstrip('#')}*{code.id}#" if tx.service_code else "",
        f"{tx.offered.chat_link}{join}" if tx.offered.chat_link else "",
        f"{tx.offered.start_link}{code.id}" if tx.offered.start_link else "",
    )


def amounts_of(group: Group) -> tuple[Money, Money] | None:
    """What a group gives to who brings somebody, and to who comes: half of it, in its coins. None for nothing."""
    reward, unit = group.constitution.referral, group.constitution.cash_unit
    if reward is None or group.kind == "rosca":
        return None
    return reward, Money(reward.minor // 2 // unit * unit, reward.currency)
