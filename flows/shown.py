"""Who sees a conversation in the menu. Each is asked on every turn, and so has to be quick."""

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
    return any(group.led for group in me.groups)


def shares_out(me: Member) -> bool:
    """In a group that shares out at the end of its cycle."""
    return any(group.kind == "vsla" for group in me.groups)


def leads_share_out(me: Member) -> bool:
    return any(group.kind == "vsla" and group.led for group in me.groups)


def rotates(me: Member) -> bool:
    """In a rotation."""
    return any(group.kind == "rosca" for group in me.groups)


def leads_rotation(me: Member) -> bool:
    return any(group.kind == "rosca" and group.led for group in me.groups)


def owns(me: Member) -> bool:
    """In a SACCO."""
    return any(group.kind == "sacco" for group in me.groups)


def leads_owners(me: Member) -> bool:
    return any(group.kind == "sacco" and group.led for group in me.groups)
