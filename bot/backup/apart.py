"""
Who was forgotten, kept beside the sets: a backup that is brought back knows them still, and has to forget them.

It is the ids alone. Each is a file of its own, sealed as all files here are: nobody who has only the place can
name others.
"""

from typing import Final

from bot.backup.errors import BackupRefused
from bot.backup.frames import seal, unseal
from bot.backup.vault import Vault
from bot.logs import log

FORGOTTEN: Final = "forgotten/"
_ENDS: Final = ".aes"


def keep_apart(vault: Vault, person: str) -> None:
    """Write down the id of somebody who was forgotten. Raises PlaceUnavailable."""
    name = f"{FORGOTTEN}{person}{_ENDS}"
    vault.place.put(name, seal([person.encode()], vault.keys, name))


def ids_apart(vault: Vault) -> list[str]:
    """
    The ids of all who were forgotten. One whose key is not here any more is left out: no set that can be read is
    as old. Raises PlaceUnavailable.
    """
    found = []
    for name in vault.place.names(FORGOTTEN):
        try:
            found.append(b"".join(unseal(vault.place.get(name), vault.keys, name)).decode())
        except BackupRefused as refused:
            log().warning("somebody who was forgotten is not known again", problem=str(refused))
    return found
