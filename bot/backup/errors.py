"""Why a set, or what was asked of it, is refused: a class for each reason, with one line that says it."""

from domain.errors import StoreError


class BackupRefused(StoreError):
    """Root of what is refused; nothing was changed."""


class WrongKey(BackupRefused):
    """It was made with another key than those that are set."""


class BrokenSet(BackupRefused):
    """Something in it is not as it was written: cut off, changed, or in the place of something else."""


class PartialSet(BackupRefused):
    """Some of it is not there."""


class ForeignSet(BackupRefused):
    """Another deployment made it."""


class OutdatedSet(BackupRefused):
    """It is too old, or made by a newer program than this one."""


class NotInArchive(BackupRefused):
    """The moment that is wanted is not covered by the sets and the pieces of the oplog that are kept."""


class ToldToStop(BackupRefused):
    """The process ends before it was done."""


class BadRestore(BackupRefused):
    """It was read back, and is not what was backed up, or its books are not whole."""


class PlaceUnavailable(StoreError):
    """The place where sets are kept does not take or give them."""
