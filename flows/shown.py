"""Who sees a conversation in the menu. Each is asked on every turn, and so has to be quick."""

from collections.abc import Callable
from functools import cache

from domain.records.feature import Feature
from domain.records.group import GroupKind
from domain.records.person import Member

Shown = Callable[[Member], bool]


def anybody(me: Member) -> bool:
    return True


@cache
def switched_on(feature: Feature, shown: Shown) -> Shown:
    """The same where something is switched on; of each two there is one such condition."""

    def seen(me: Member) -> bool:
        return feature in me.features and shown(me)

    return seen


def shares(me: Member) -> bool:
    """On a phone that others have too."""
    return me.sharing


def saves(me: Member) -> bool:
    """In a group."""
    return bool(me.groups)


def pays_unasked(me: Member) -> bool:
    """In a group that takes money from their phone's own menu."""
    return any(group.paid_to for group in me.groups)


def rewarded(me: Member) -> bool:
    """In a group that rewards who brings a new member."""
    return True in [group.rewards for group in me.groups]


def confirms(me: Member) -> bool:
    """Something was prepared elsewhere that only their PIN makes a request."""
    return me.to_confirm


def moves_in(me: Member) -> bool:
    """In a group that moves in and wants a word of theirs."""
    return me.moving_in


def has_saved(me: Member) -> bool:
    """In a group, or once in one."""
    return bool(me.groups or me.groups_past)


def leads(me: Member) -> bool:
    """An officer of a group."""
    return True in [group.led for group in me.groups]


def leads_or_has_email(me: Member) -> bool:
    """An officer of a group, or who was one and gave an address."""
    return bool(me.email) or leads(me)


def borrows(me: Member) -> bool:
    """In a group that lends: not in a rotation."""
    return True in [group.lends for group in me.groups]


def may_owe(me: Member) -> bool:
    """In a group now, and in one that lends, now or before: who left it may still owe it something."""
    return bool(me.groups) and True in [group.lends for group in me.groups_ever]


def leads_lending(me: Member) -> bool:
    """An officer of a group that lends."""
    return True in [group.lends for group in me.groups if group.led]


def shares_out(me: Member) -> bool:
    """In a group that shares out at the end of its cycle."""
    return _is_in(me, "vsla")


def leads_share_out(me: Member) -> bool:
    return _leads(me, "vsla")


def rotates(me: Member) -> bool:
    """In a rotation."""
    return _is_in(me, "rosca")


def leads_rotation(me: Member) -> bool:
    return _leads(me, "rosca")


def owns(me: Member) -> bool:
    """In a SACCO."""
    return _is_in(me, "sacco")


def leads_owners(me: Member) -> bool:
    return _leads(me, "sacco")


def _is_in(me: Member, kind: GroupKind) -> bool:
    return kind in [group.kind for group in me.groups]  # half the time that any() takes


def _leads(me: Member, kind: GroupKind) -> bool:
    return kind in [group.kind for group in me.groups if group.led]
