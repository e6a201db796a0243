"""A set, read back from its place: every frame, every checksum, every document."""

import hashlib
from collections.abc import Iterator

from bot.backup.errors import BrokenSet
from bot.backup.frames import unseal
from bot.backup.manifest import Manifest, Part, part_name, read_manifest
from bot.backup.packing import unpack
from bot.backup.vault import Progress, Vault
from domain.mongo.tally import BadBson, Tally, documents_in


def verify_set(vault: Vault, id: str, progress: Progress) -> Manifest:
    """Read all of it. Raises WrongKey, PartialSet, BrokenSet, and PlaceUnavailable."""
    manifest = read_manifest(vault.place, vault.keys, id)
    with progress.phase("Reading it back", manifest.documents) as step:
        for part in manifest.parts:
            tally = Tally()
            try:
                for document in documents_in(read_part(vault, id, part)):
                    tally.add(document)
                    step(1)
            except BadBson as wrong:
                raise BrokenSet(f"{part_name(id, part.name)}: {wrong}") from wrong
            check_part(id, part, tally)
    return manifest


def read_part(vault: Vault, id: str, part: Part) -> Iterator[bytes]:
    """What a collection's file holds, as it was read from the database. Raises as late as it shows."""
    name, stored = part_name(id, part.name), hashlib.sha256()

    def counted() -> Iterator[bytes]:
        for piece in vault.place.get(name):
            stored.update(piece)
            yield piece

    yield from unpack(unseal(counted(), vault.keys, name), name)
    if stored.hexdigest() != part.sha256:
        raise BrokenSet(f"{name} is another file than the one that the set was finished with")


def check_part(id: str, part: Part, tally: Tally) -> None:
    """What was read of a collection is what its manifest says. Raises BrokenSet."""
    if (tally.documents, tally.digest) != (part.documents, part.content):
        raise BrokenSet(
            f"{part_name(id, part.name)} has {tally.documents} documents that are not the {part.documents} of the "
            "manifest"
        )
