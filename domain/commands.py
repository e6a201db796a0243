"""
Commands: values that say what is wanted, and run once however often they are given.

The key is made before the first try. The answer is kept with the effect, in one transaction, so a repeated key
is answered with the first result.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, TypeVar, get_type_hints

import msgspec

from domain.errors import DomainError
from domain.store import Duplicate, Store
from domain.tables import Done, Table

C = TypeVar("C")
R = TypeVar("R")

_HANDLERS: Final[dict[type, Callable[[Store, Any], Any]]] = {}
_ANSWERS: Final[dict[type, Any]] = {}
_IN_PARTS: Final[set[type]] = set()
_ALWAYS: Final[set[type]] = set()


class NowReadOnly(DomainError):
    """The service only shows: nothing that moves money or binds somebody is done until it does so again."""

    code = "read_only"


def handles(
    command: type[C], *, in_parts: bool = False, always: bool = False
) -> Callable[[Callable[[Store, C], R]], Callable[[Store, C], R]]:
    """
    Name the function that carries a command out, inside a transaction; its module is in `domain/rulebook.py`.

    One that is done `in_parts` is given the store outside of any: it executes other commands, each of which
    happens once by its own key, so that after a crash the same command does the rest. One that is done `always` is
    so while the service only shows too: it moves no money and binds nobody, as to choose a language or to stop
    messages.
    """

    def register(handler: Callable[[Store, C], R]) -> Callable[[Store, C], R]:
        _HANDLERS[command] = handler
        if always:
            _ALWAYS.add(command)
        if in_parts:
            _IN_PARTS.add(command)
        _ANSWERS[command] = get_type_hints(handler)["return"]
        return handler

    return register


def answer_type(command: type) -> Any:
    """The type a command is answered with: what a journal needs to read it back."""
    return _ANSWERS[command]


def handler_of(command: type) -> Callable[[Store, Any], Any]:
    """The function that carries a command out; its documentation says what it refuses."""
    return _HANDLERS[command]


def handled_commands() -> Mapping[type, bool]:
    """Every command there is, and whether it is done always: also while the service only shows."""
    return {command: command in _ALWAYS for command in _HANDLERS}


def check_not_read_only(store: Store) -> None:
    """For what moves money and is no command. Raises NowReadOnly."""
    if store.deployment.seen().read_only:
        raise NowReadOnly


def execute(store: Store, key: str, command: object) -> Any:
    """
    Carry a command out, once for its key; answers with the handler's result as JSON values.

    Raises the handler's DomainError, having changed nothing: a refused command may be tried again. Raises
    NowReadOnly while the service only shows; what was done before is still answered as it was.
    """
    if type(command) not in _ALWAYS and store.deployment.seen().read_only:
        if done := store.commands.one(id=key):
            return done.result
        raise NowReadOnly

    def work(tx: Store) -> Any:
        # Asked in the transaction: a copy that comes late must not meet the effects of the first as a refusal.
        if done := tx.commands.one(id=key):
            return done.result
        result = msgspec.to_builtins(_HANDLERS[type(command)](tx, command))
        tx.commands.insert(Done(key, result, tx.now()))
        return result

    try:
        return work(store) if type(command) in _IN_PARTS else store.transaction(work)
    except Duplicate:
        # The same command, given twice at once: the other one was first.
        if done := store.commands.one(id=key):
            return done.result
        raise


class _TakenBack(Exception):
    """Nothing refused a rehearsal: what it did is taken back."""


def rehearse(store: Store, command: object) -> None:
    """
    Hear what refuses a command now: it is carried out, and taken back whatever comes of it.

    So what a conversation says before it asks is the rule itself, not a copy of it. What is not known yet, such as
    a reason, is left empty. Not for a command that is done in parts, or that counts against a limit: a limit
    counts whatever becomes of what it was for.

    Raises the handler's DomainError, and NowReadOnly as `execute` does.
    """
    if type(command) not in _ALWAYS:
        check_not_read_only(store)
    assert type(command) not in _IN_PARTS, "what is done in parts cannot be taken back"

    def work(tx: Store) -> None:
        _HANDLERS[type(command)](tx, command)
        raise _TakenBack

    with suppress(_TakenBack):
        store.transaction(work)


def one_at_a_time(table: Table[Any], id: str) -> None:
    """
    Let one command at a time decide about a person, or about a group; `table` holds their document.

    Two at once would both see what was there before either, and both take it. So each writes to that document:
    there they meet in a write conflict, and one of them runs again and sees what the other did.
    """
    table.count_up(id, "turns")
