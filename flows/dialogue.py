"""What a conversation file is written with: `@flow`, `read`, `submit`, `speak`."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from domain.records.person import Language
from flows.engine.steps import Ask, Conversation, Enter, Leave, Read, Speak, Submit

P = ParamSpec("P")
R = TypeVar("R")

FLOWS: Final[dict[str, Callable[..., Conversation]]] = {}


def flow(name: str) -> Callable[[Callable[P, Conversation]], Callable[P, Conversation]]:
    """Name a conversation: its steps are kept, traced and explored under this name."""

    def named(conversation: Callable[P, Conversation]) -> Callable[P, Conversation]:
        @wraps(conversation)
        def run(*args: P.args, **kwargs: P.kwargs) -> Conversation:
            yield Enter(name)
            screen = yield from conversation(*args, **kwargs)
            yield Leave()
            return screen

        FLOWS[name] = run
        return run

    return named


def read(step: str, query: Callable[..., R], *args: Any) -> Ask[R]:
    """Ask the store: `query(store, *args)`. The answer stays in the journal while the conversation lasts."""
    return (yield Read(step, query, args))


def submit(step: str, command: object) -> Ask[Any]:
    """Give a command, once, however often the conversation is replayed. The flow may catch its refusal."""
    return (yield Submit(step, command))


def speak(language: Language) -> Ask[None]:
    """Go on in this language."""
    yield Speak(language)
