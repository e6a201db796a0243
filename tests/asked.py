"""
What the program asks MongoDB for in all tests of a run, each kind of question once.

At the end of the run every question is explained: one that no index narrows down fails the run, and so does a
command that was sent without a limit of time. So a query is looked at because a test makes it, and not because
somebody remembered to list it.
"""

import re
import sys
import threading
from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final

from pymongo.database import Database
from pymongo.monitoring import CommandStartedEvent

from tests.listening import Listening

_ROOT: Final = Path(__file__).parent.parent
_MONGO: Final = str(_ROOT / "domain" / "mongo")
# Whoever asks here may look as they like: into a test's few documents, into the village that is being founded, and
# into everything that is backed up.
LOOKERS: Final = (str(_ROOT / "tests"), str(_ROOT / "bot" / "demo"), str(_ROOT / "bot" / "backup"))
# An index of only some documents is used for a query that names the same value: words are part of the kind of a
# question, ids and amounts are not.
_WORD: Final = re.compile(r"[a-z_]{0,24}\Z")

# Collections that are read whole, on purpose: what is in them does not grow with the members.
READ_WHOLE: Final = frozenset({"provider_ids", "schema"})


class Asked(Listening):
    """
    `kinds` are the questions, as `explain` takes them; `unbounded` the commands without a limit of time. What is
    asked from files that begin with one of `but_not` does not count.
    """

    def __init__(self, but_not: tuple[str, ...] = LOOKERS) -> None:
        self._but_not = but_not
        self.kinds: dict[Hashable, dict[str, Any]] = {}
        self.unbounded: set[str] = set()
        self.bounded: set[str] = set()
        self._lock = threading.Lock()

    def started(self, event: CommandStartedEvent) -> None:
        name = event.command_name
        if (name not in _QUESTIONS and name not in _OTHERS) or not self._counts():
            return
        if "maxTimeMS" in event.command:
            self.bounded.add(name)
        else:
            self.unbounded.add(f"{name} {event.command[name]}")
        for question in _questions(name, event.command):
            with self._lock:
                self.kinds.setdefault(_kind(question), question)

    def _counts(self) -> bool:
        """Who asks is what stands first behind the driver and the store's own room."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            file = frame.f_code.co_filename
            if file.startswith(self._but_not):
                return False
            if "/pymongo/" not in file and not file.startswith(_MONGO) and "/contextlib" not in file:
                return True
            frame = frame.f_back
        return True

    def scans(self, database: Database[dict[str, Any]]) -> list[str]:
        """The kinds of question for which the database looks at every document of a collection."""
        asked = {kind: each for kind, each in self.kinds.items() if _collection(each) not in READ_WHOLE}
        plans = {kind: database.command("explain", each, verbosity="queryPlanner") for kind, each in asked.items()}
        return sorted(str(kind) for kind, plan in plans.items() if any(map(_scans, _found(plan, "queryPlanner"))))


def _collection(question: Mapping[str, Any]) -> str:
    name: str = question.get("find") or question["aggregate"]
    return name


def _found(told: Any, name: str) -> Iterator[Mapping[str, Any]]:
    """Whatever has this name, at any depth."""
    if isinstance(told, Mapping):
        if name in told:
            yield told if name == "stage" else told[name]
        for each in told.values():
            yield from _found(each, name)
    elif isinstance(told, list):
        for each in told:
            yield from _found(each, name)


def _scans(planner: Mapping[str, Any]) -> bool:
    """
    Whether each way that the planner knows looks at everything. Which it takes says little here: of the few
    documents of a test one way is as good as another.
    """
    ways = [planner["winningPlan"], *planner["rejectedPlans"]]
    return all(any(map(_looks_at_all, _found(way, "stage"))) for way in ways)


def _looks_at_all(stage: Mapping[str, Any]) -> bool:
    """
    An index may be read from end to end too, since it has the wanted order. That is a scan where documents are
    then left out; one of only some documents, which is made for this, is read whole.
    """
    if stage["stage"] == "COLLSCAN":
        return True
    under = stage.get("inputStage", {})
    if under.get("stage") != "IXSCAN" or under["isPartial"]:
        return False
    first = next(iter(under["indexBounds"].values()))
    return "filter" in stage and first in (["[MinKey, MaxKey]"], ["[MaxKey, MinKey]"])


def _questions(name: str, command: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What a command looks for, as the `find` or `aggregate` that looks for the same."""
    collection = command[name]
    match name:
        case "find":
            yield {part: command[part] for part in ("find", "filter", "sort", "limit") if part in command}
        case "aggregate" if isinstance(collection, str):
            yield {"aggregate": collection, "pipeline": command["pipeline"], "cursor": {}}
        case "count" if not command.get("query"):
            return  # how many there are in all it knows without a look
        case "count" | "distinct" | "findAndModify":
            yield {"find": collection, "filter": command.get("query", {}), "sort": command.get("sort", {})}
        case "update" | "delete":
            changes: Sequence[Mapping[str, Any]] = command[f"{name}s"]
            # Of a batch, which has many alike, the first and the last.
            for change in (changes[0], changes[-1]):
                yield {"find": collection, "filter": change["q"]}


_QUESTIONS: Final = frozenset({"find", "aggregate", "count", "distinct", "findAndModify", "update", "delete"})
_OTHERS: Final = frozenset({"insert", "commitTransaction", "createIndexes", "create", "listCollections", "ping"})


def _kind(value: Any) -> Hashable:
    """The same for questions that differ in their ids, amounts and times only, and in how many they name."""
    if isinstance(value, dict):
        return tuple([(name, _kind(each)) for name, each in value.items()])
    if isinstance(value, (list, tuple)):
        return frozenset([_kind(each) for each in value])
    if value is None or isinstance(value, bool) or (isinstance(value, str) and _WORD.match(value)):
        return value
    return type(value).__name__
