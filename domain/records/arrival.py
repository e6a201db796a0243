"""
A group that exists and is about to move in: what it brings, who has agreed to it, and what its members say to it.

Until it opens there is no group here, and nothing can be done in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from domain.records.opening import OpeningBook
from domain.records.person import OFFICERS

ArrivalState = Literal[
    "checked",  # its officers have to agree to what it brings
    "told",  # they did, and its members hear their own figures
    "open",  # it is a group
    "discarded",  # an officer said no, or nobody said yes in time
]
# Under way: the code is taken, and people wait for it.
ARRIVING: Final[tuple[ArrivalState, ...]] = ("checked", "told")

OFFICERS_NEEDED: Final = 2
AGREE_WITHIN: Final = timedelta(days=14)
# So long members have to say that something of theirs is not right.
OBJECT_WITHIN: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Objection:
    """What a member says is not right; `answer` is an officer's who lets it stand, "" until one does."""

    words: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """
    `id` is the code that whoever brings the group has for it; `by` is who did, as the log of acts names them.

    `people` are the members who have a phone, by their number in the list as text, and `persons` the same without
    the numbers; where an opening was undone, `people` are all members. `agreed` are officers; of the members,
    `right` said that their figures are, and `objections` are by person. It opens, or lapses, at `next_at`. `group`
    is its id once it is open.
    """

    id: str
    digest: str
    book: OpeningBook
    state: ArrivalState
    by: str
    at: datetime
    people: Mapping[str, str]
    persons: tuple[str, ...]
    agreed: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    objections: Mapping[str, Objection] = field(default_factory=dict)
    reason: str = ""  # why it was discarded
    next_at: datetime | None = None
    group: str = ""
    version: int = 0
    turns: int = 0  # as of a group

    @property
    def officers(self) -> frozenset[str]:
        """The persons who have to agree: those who hold an office in it."""
        return frozenset(
            self.people[str(each.number)]
            for each in self.book.members
            if each.role in OFFICERS and str(each.number) in self.people
        )

    @property
    def contested(self) -> bool:
        """Whether somebody's objection has no answer yet: until then it does not open."""
        return any(not each.answer for each in self.objections.values())

    def decides(self, person: str) -> bool:
        """Whether their word as an officer is wanted."""
        return self.state == "checked" and person in self.officers and person not in self.agreed

    def says(self, person: str) -> bool:
        """Whether their word as a member is wanted."""
        known = (*self.right, *self.objections)
        return self.state == "told" and person in self.persons and person not in known

    def to_answer(self, person: str) -> list[str]:
        """Whose objections wait for this officer; nobody answers their own."""
        if self.state != "told" or person not in self.officers:
            return []
        return [who for who, said in self.objections.items() if not said.answer and who != person]

    def wants(self, person: str) -> bool:
        """Whether there is something in it for them to do."""
        return self.decides(person) or self.says(person) or bool(self.to_answer(person))

    def number_of(self, person: str) -> int:
        """The number of this person in the group's list. Raises StopIteration for whoever is not in it."""
        return int(next(number for number, id in self.people.items() if id == person))
