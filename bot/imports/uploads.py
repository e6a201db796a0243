"""Sheets that somebody sends over the web: kept for some days, checked at once or by a worker, then brought."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final, get_args

import msgspec

from bot.imports.files import digest_of_files
from bot.imports.work import FINDINGS_KEPT as FINDINGS_KEPT
from bot.imports.work import carry_on_upload, part_name
from bot.uploads import UPLOAD_BYTES_MAX
from bot.workbooks.read import UNPACKED_MAX, unpacked_size
from domain.access.caller import Caller
from domain.access.moving import check_brings
from domain.commands import check_not_read_only
from domain.errors import DomainError
from domain.mongo.store import MongoStore
from domain.moving_in.files import BadImportFile, WhyBadFile
from domain.moving_in.findings import Finding
from domain.people.limits import UPLOADS, take
from domain.records.upload import SheetUpload, UploadFinding, UploadGroup
from domain.store import Between, Duplicate, NotFound

UPLOAD_FILES_MAX: Final = 12
NAME_LENGTH_MAX: Final = 80
# What comes to no more is checked while whoever sent it waits.
SMALL_BYTES: Final = 50_000
_SMALL_UNPACKED: Final = 3_000_000


class NotChecked(DomainError):
    """These sheets are not checked yet, or are being brought, or nothing in them can be brought."""

    code = "not_checked"


def receive_sheets(
    store: MongoStore, caller: Caller, files: Sequence[tuple[str, bytes]], *, day_first: bool | None = None
) -> SheetUpload:
    """
    Keep these sheets and have them checked; small ones are by then. The same files again are checked anew, by the
    day that it is then, unless they are just being checked or brought.

    Raises BadImportFile, NotAllowed, TooManyFiles.
    """
    check_brings(caller)
    files = [(_plain_name(name), contents) for name, contents in files if name or contents]
    if not files or len(files) > UPLOAD_FILES_MAX:
        raise BadImportFile("nothing", "–")
    if sum(len(contents) for _, contents in files) > UPLOAD_BYTES_MAX:
        raise BadImportFile("too_large", files[0][0], UPLOAD_BYTES_MAX // 1_000_000)
    unpacked = [(name, unpacked_size(contents)) for name, contents in files]
    for name, size in unpacked:
        if size > UNPACKED_MAX:
            raise BadImportFile("unpacks", name, UNPACKED_MAX // 1_000_000)
    take(store, UPLOADS.of(caller.key))
    said = f"{caller.key}\n{day_first}\n{digest_of_files(files)}"
    id = sha256(said.encode()).hexdigest()[:32]
    fresh = _begun(store, id, caller, files, day_first)
    if fresh is None:
        return store.uploads.get(id)
    if fresh.size > SMALL_BYTES or sum(size for _, size in unpacked) > _SMALL_UNPACKED:
        return fresh
    carry_on_upload(store, fresh.id)
    done = store.uploads.get(fresh.id)
    if done.state == "failed":
        # Nobody has to come back for it: it is said at once, and nothing stays.
        store.uploads.remove(done.id, when={"turn": done.turn})
        _forget_files(store, done)
        raise bad_file(done)
    return done


def _begun(
    store: MongoStore, id: str, caller: Caller, files: Sequence[tuple[str, bytes]], day_first: bool | None
) -> SheetUpload | None:
    """The upload from its beginning; None where somebody else has just begun it, or it is under way."""
    now, before = store.now(), store.uploads.one(id=id)
    if before and before.state in ("checking", "bringing") and before.until > now:
        return None
    upload = SheetUpload(
        id=id,
        by=caller.key,
        names=tuple(name for name, _ in files),
        size=sum(len(contents) for _, contents in files),
        state="checking",
        at=now,
        until=now + store.offered.files_kept,
        next_at=now,
        day_first=day_first,
        turn=before.turn + 1 if before else 0,
        round=before.round if before else 0,
    )
    for number, (_, contents) in enumerate(files):
        store.file_parts.put_all(part_name(id, number), contents, upload.until)
    if before:
        store.uploads.remove(id, when={"turn": before.turn})
    try:
        store.uploads.insert(upload)
    except Duplicate:
        return None
    return upload


def bring_sheets(store: MongoStore, caller: Caller, id: str, *, odd_is_right: bool) -> SheetUpload:
    """
    Have a worker bring the groups in which nothing is wrong; their officers are called to agree. What was brought
    before is passed over, so this may be asked for again. Raises NotFound, NotChecked, NowReadOnly.
    """
    check_not_read_only(store)
    upload = upload_for(store, caller, id)
    if upload.state == "bringing":
        return upload
    if upload.state not in ("checked", "brought") or not upload.ready + upload.odd_groups:
        raise NotChecked
    changed = store.uploads.change(
        id,
        when={"turn": upload.turn, "state": upload.state},
        state="bringing",
        turn=upload.turn + 1,
        round=upload.round + 1,
        odd_is_right=odd_is_right,
        next_at=store.now(),
        done=0,
        brought=0,
        before=0,
        left_out=0,
    )
    return changed or store.uploads.get(id)


def upload_for(store: MongoStore, caller: Caller, id: str) -> SheetUpload:
    """An upload of the caller's own. Raises NotFound, NotAllowed."""
    check_brings(caller)
    found = store.uploads.one(id=id)
    if found is None or found.by != caller.key or found.until <= store.now():
        raise NotFound("an upload")
    return found


def uploads_of(
    store: MongoStore, caller: Caller, *, past: tuple[object, str] | None = None, limit: int = 50
) -> list[SheetUpload]:
    """The caller's own, the newest first. Raises NotAllowed."""
    check_brings(caller)
    found = store.uploads.keyset("-at", limit, past, by=caller.key)
    return [each for each in found if each.until > store.now()]


def findings_of(
    store: MongoStore, upload: SheetUpload, *, after: str = "", limit: int = 50
) -> list[UploadFinding]:
    """What is wrong or odd, in order, those `after` one."""
    return store.upload_findings.find(limit=limit, id=_lines(upload, after))


def groups_in(store: MongoStore, upload: SheetUpload, *, after: str = "", limit: int = 50) -> list[UploadGroup]:
    """Its groups in the order of the sheets, those `after` one."""
    return store.upload_groups.find(limit=limit, id=_lines(upload, after))


def _lines(upload: SheetUpload, after: str) -> Between:
    # ";" is what follows ":", and a space comes before all that an id has in it.
    first = f"{upload.lines}:"
    return Between(f"{after} " if after.startswith(first) else first, f"{upload.lines};")


def finding_of(kept: UploadFinding) -> Finding:
    """The same as it was found."""
    said = {name: getattr(kept, name) for name in ("sheet", "file", "row", "column", "read", "problem", "hint")}
    return msgspec.convert(said, Finding)


def bad_file(upload: SheetUpload) -> BadImportFile:
    """Why an upload failed."""
    known: tuple[WhyBadFile, ...] = get_args(WhyBadFile)
    why: WhyBadFile = next((each for each in known if each == upload.problem), "not_read")
    return BadImportFile(why, upload.problem_file, upload.problem_most)


def _forget_files(store: MongoStore, upload: SheetUpload) -> None:
    for number in range(len(upload.names)):
        store.file_parts.remove(part_name(upload.id, number))


def _plain_name(name: str) -> str:
    """A file's own name, without the folders that some browsers send."""
    own = name.replace("\\", "/").rpartition("/")[2]
    return "".join(each for each in own if each.isprintable())[-NAME_LENGTH_MAX:] or "file"
