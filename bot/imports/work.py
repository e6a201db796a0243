"""
An upload is carried on in spells: its sheets are checked, and later its groups brought, some at a time.

Nothing is doubled by who was killed in the middle. What was found is written in one transaction with how far it
is, and a group is brought by a command whose key is of the upload and the round.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from bot.imports.bring import bring_checked
from bot.imports.files import ReadFiles, read_files
from bot.spell import WAITED_SECONDS, Spell
from domain.access.again import caller_again
from domain.access.caller import Caller
from domain.access.moving import brings_group, own_agent_code
from domain.commands import NowReadOnly
from domain.mongo.file_parts import PartMissing
from domain.mongo.store import MongoStore
from domain.moving_in.arrive import digest_of_opening
from domain.moving_in.check import CheckedGroup, note_phones, today_in_the_east
from domain.moving_in.entry import all_saved
from domain.moving_in.files import BadImportFile
from domain.moving_in.findings import Finding
from domain.records.opening import OpeningBook
from domain.records.upload import GroupOutcome, SheetUpload, UploadFinding, UploadGroup
from domain.store import Store

# So much that is wrong is kept of an upload to be read; all of it is counted.
FINDINGS_KEPT: Final = 10_000
_AT_ONCE: Final = 100


def part_name(upload: str, number: int) -> str:
    """What a file of an upload is called among the parts of files."""
    return f"{upload}.{number}"


def uploads_due(store: MongoStore, most: int) -> Sequence[str]:
    """Those that are to be checked or brought."""
    return store.uploads.due(store.now(), most)


def carry_on_upload(store: MongoStore, id: str, seconds: float = WAITED_SECONDS) -> None:
    """Check or bring the next groups of an upload, for some seconds; nothing when somebody else is at it."""
    spell = Spell.begun(store.uploads, id, store.now, seconds)
    if spell is None:
        return
    upload, caller = spell.item, caller_again(store, spell.item.by)
    try:
        files = read_files((name, store.file_parts.whole(part_name(id, n))) for n, name in enumerate(upload.names))
        if caller is None:
            raise BadImportFile("gone", upload.names[0])
    except BadImportFile as bad:
        said: Any = bad.details
        spell.write(
            store.uploads,
            state="failed",
            next_at=None,
            problem=said["why"],
            problem_file=said["name"],
            problem_most=said["most"],
        )
        return
    except PartMissing:
        spell.write(store.uploads, state="failed", next_at=None, problem="gone", problem_file=upload.names[0])
        return
    if upload.state == "checking":
        _check(store, spell, files, caller)
    elif upload.state == "bringing":
        _bring(store, spell, files, caller)


def _check(store: MongoStore, spell: Spell[SheetUpload], files: ReadFiles, caller: Caller) -> None:
    """The next groups are checked, and what is wrong with each is written down."""
    upload, codes = spell.item, list(files.rows)
    found = _Found(upload, upload.lines or f"{upload.id}.{spell.turn}")
    if not upload.lines:
        found.add_findings(files.findings)
    for code in codes[: upload.done]:  # a phone of theirs may stand in one that is to come
        note_phones(files.rows[code], files.rows.seen, day_first=upload.day_first)
    spell.is_ready()
    for place in range(upload.done, len(codes)):
        code = codes[place]
        found.add_group(place, _checked(store, caller, upload, code, files))
        if spell.is_over or spell.is_to_be_written or len(found.groups) >= _AT_ONCE:
            if place + 1 == len(codes):
                break
            over = spell.is_over
            if not found.written(store, spell, place + 1, len(codes), files.empty, goes_on=True) or over:
                return
    found.written(store, spell, len(codes), len(codes), files.empty, goes_on=False)


class _Found:
    """What was found in some groups, until it is written."""

    def __init__(self, upload: SheetUpload, lines: str) -> None:
        self.lines, self.until = lines, upload.until
        self.findings: list[Finding] = []
        self.groups: list[UploadGroup] = []
        names = ("ready", "odd_groups", "members", "loans", "mistakes", "odd", "written")
        self.counts: dict[str, int] = {name: getattr(upload, name) for name in names}

    def add_findings(self, findings: Sequence[Finding]) -> None:
        for each in findings:
            self.counts["mistakes" if each.severity == "error" else "odd"] += 1
        self.findings += findings

    def add_group(self, place: int, checked: CheckedGroup) -> None:
        self.add_findings(checked.findings)
        id = f"{self.lines}:{place:08d}"
        if checked.book is None:
            self.groups.append(UploadGroup(id, self.until, checked.code, "wrong", mistakes=checked.errors))
            return
        outcome: GroupOutcome = "odd" if checked.findings else "ready"
        self.counts["odd_groups" if checked.findings else "ready"] += 1
        self.counts["members"] += len(checked.book.members)
        self.counts["loans"] += len(checked.book.loans)
        self.groups.append(replace(_line_of(id, self.until, outcome, checked.book), odd=len(checked.findings)))

    def written(
        self, store: MongoStore, spell: Spell[SheetUpload], done: int, groups: int, empty: int, *, goes_on: bool
    ) -> bool:
        """Write it, together with how far the upload is; False when somebody else has taken it up."""
        room = max(0, FINDINGS_KEPT - self.counts["written"])
        first, kept = self.counts["written"], self.findings[:room]
        self.counts["written"] += len(kept)
        said: dict[str, Any] = {"done": done, "groups": groups, "empty": empty, "lines": self.lines}
        if not goes_on:
            said |= {"state": "checked", "next_at": None}

        def work(tx: Store) -> bool:
            if spell.write(tx.uploads, **self.counts, **said) is None:
                return False
            tx.upload_findings.insert_all([self._line(first + n, each) for n, each in enumerate(kept)])
            tx.upload_groups.insert_all(self.groups)
            return True

        done_so = store.transaction(work)
        self.findings, self.groups = [], []
        return done_so

    def _line(self, number: int, each: Finding) -> UploadFinding:
        return UploadFinding(
            id=f"{self.lines}:{number:08d}",
            until=self.until,
            sheet=each.sheet,
            file=each.file,
            row=each.row,
            column=each.column,
            read=each.read,
            problem=each.problem,
            hint=each.hint,
        )


def _line_of(id: str, until: datetime, outcome: GroupOutcome, book: OpeningBook) -> UploadGroup:
    return UploadGroup(
        id=id,
        until=until,
        code=book.code,
        outcome=outcome,
        name=book.name,
        currency=book.currency,
        members=len(book.members),
        loans=len(book.loans),
        saved=all_saved(book).minor,
        lent=sum(each.principal.minor for each in book.loans),
        cash=book.box.minor + book.bank.minor + book.social.minor,
        digest=digest_of_opening(book),
    )


def _checked(store: MongoStore, caller: Caller, upload: SheetUpload, code: str, files: ReadFiles) -> CheckedGroup:
    """A group by its sheets, and by whose it is: an agent's own has their code where it has none."""
    checked = files.check(code, today_in_the_east(store.now()), day_first=upload.day_first)
    if checked.book is None:
        return checked
    book = checked.book
    if not book.agent and (own := own_agent_code(store, caller)):
        book = replace(book, agent=own)
    if brings_group(store, caller, code, book.agent):
        return replace(checked, book=book)
    row = next(each for each in files.rows[code] if each.sheet == "group")
    finding = Finding("group", row.file, row.number, "agent_code", book.agent, "not_yours")
    return replace(checked, book=None, findings=(*checked.findings, finding))


def _bring(store: MongoStore, spell: Spell[SheetUpload], files: ReadFiles, caller: Caller) -> None:
    """The next groups are brought, each whole or not at all."""
    upload, codes = spell.item, list(files.rows)
    counts = {"brought": upload.brought, "before": upload.before, "left_out": upload.left_out}
    spell.is_ready()
    for place in range(upload.done, len(codes)):
        try:
            line = f"{upload.lines}:{place:08d}"
            checked = _checked(store, caller, upload, codes[place], files)
            odd = bool(checked.findings or store.upload_groups.get(line).odd) and not upload.odd_is_right
            # Of this time: sheets that went back may be sent and brought once more.
            key = f"import:{upload.id}:{upload.at:%Y%m%d%H%M%S}:{upload.round}:{checked.code}"
            outcome, error = bring_checked(store, key, caller.key, checked, odd=odd)
        except NowReadOnly:
            return  # it waits, and goes on from where it was last written
        counts[outcome if outcome in counts else "left_out"] += 1
        why = error.code if error else ""
        store.upload_groups.change(line, outcome=outcome, why=why, details=error.details if error else {})
        if (spell.is_over or spell.is_to_be_written) and place + 1 < len(codes):
            over = spell.is_over
            if spell.write(store.uploads, done=place + 1, **counts) is None or over:
                return
    spell.write(store.uploads, state="brought", next_at=None, done=len(codes), **counts)
