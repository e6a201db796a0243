"""Who sees a conversation in the menu."""

from collections.abc import Callable

from domain.records.person import Member

Shown = Callable[[Member], bool]


def anybody(me: Member) -> bool:
    return True


def saves(me: Member) -> bool:
    """In a group."""
    return bool(me.groups)


def leads(me: Member) -> bool:
    """An officer of a group."""
    return bool(me.groups_led)


def shares_out(me: Member) -> bool:
    """In a group that shares out at the end of its cycle."""
    return bool(me.groups_of("vsla"))


def leads_share_out(me: Member) -> bool:
    return any(group.led for group in me.groups_of("vsla"))


def rotates(me: Member) -> bool:
    """In a rotation."""
    return bool(me.groups_of("rosca"))


def leads_rotation(me: Member) -> bool:
    return any(group.led for group in me.groups_of("rosca"))


def owns(me: Member) -> bool:
    """In a SACCO."""
    return bool(me.groups_of("sacco"))


def leads_owners(me: Member) -> bool:
    return any(group.led for group in me.groups_of("sacco"))
