"""What a conversation file is written with: `@flow`, `read`, `submit`, `speak`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, update_wrapper
from inspect import signature
from typing import Any, Final, Generic, ParamSpec, TypeVar, get_args, get_type_hints

import msgspec

from domain.commands import rehearse
from domain.money import Money
from domain.records.feature import Feature
from domain.records.person import Language, Member
from flows.engine.document import Document, File
from flows.engine.plain_words import Shortcut, Takes
from flows.engine.steps import Ask, Conversation, Enter, Leave, Read, Round, Speak, Submit
from flows.shown import Shown, anybody, switched_on
from flows.words.texts import Label, Text, Words

P = ParamSpec("P")
R = TypeVar("R")
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class SpokenAnswer:
    """An answer that has plain words of its own: typed to the letter, they open the conversation and give it."""

    step: str
    key: str
    label: Text
    words: Text


@dataclass(eq=False)
class Flow(Generic[P]):
    """A conversation, and what others need to know of it: see `flow`."""

    name: str
    conversation: Callable[P, Conversation]
    label: Label
    shown: Shown
    shortcuts: Sequence[Shortcut]
    feature: Feature | None = None
    calls: Callable[[Member], Label] | None = None

    def __post_init__(self) -> None:
        update_wrapper(self, self.conversation)

    def run(self, *args: P.args, **kwargs: P.kwargs) -> Conversation:
        """The conversation, its steps between those that say whose they are."""
        yield Enter(self.name)
        screen = yield from self.conversation(*args, **kwargs)
        yield Leave()
        return screen

    __call__ = run


FLOWS: Final[dict[str, Flow[...]]] = {}


def flow(
    name: str,
    *,
    label: Label = "",
    shown: Shown = anybody,
    words: Text | None = None,
    takes: Mapping[str, Takes] | None = None,
    aside: Text | None = None,
    answers: Sequence[SpokenAnswer] = (),
    feature: Feature | None = None,
    calls: Callable[[Member], Label] | None = None,
) -> Callable[[Callable[P, Conversation]], Flow[P]]:
    """
    Declare a conversation: its steps are kept, traced and explored under this name.

    In the menu it is a line with this `label`, for those to whom it is `shown`; its place is in flows/menu.py.

    In a chat, `words` lead to it: one sentence with commas between them. What is typed after them is the answer to
    the steps in `takes`: an amount, a name or a code. A step of another flow is written "flow.step". `answers` are
    answers that have words of their own. An `aside` is said above the question that is open, and the words do
    nothing else there.

    One of a `feature` is there where that is switched on. `calls` says what stands in the menu instead of the
    label for somebody, and is asked on every turn.
    """
    shortcuts = [
        Shortcut(name, each.label, each.words, said={f"{name}.{each.step}": each.key}) for each in answers
    ]
    if words:
        said = {step if "." in step else f"{name}.{step}": what for step, what in (takes or {}).items()}
        shortcuts.append(Shortcut(name, label, words, said, aside=aside))

    def declared(conversation: Callable[P, Conversation]) -> Flow[P]:
        seen = switched_on(feature, shown) if feature else shown
        FLOWS[name] = made = Flow(name, conversation, label, seen, shortcuts, feature, calls)
        return made

    return declared


def read(step: str, query: Callable[..., R], *args: Any) -> Ask[R]:
    """
    Ask the store: `query(store, *args)`. The answer stays in the journal while the conversation lasts.

    A query that is about one `person` and answers with amounts is that person's money: it comes after
    `ask.unlock`, or the engine raises NotOpened.
    """
    return (yield Read(step, query, args, is_personal(query)))


def read_openly(step: str, query: Callable[..., R], *args: Any) -> Ask[R]:
    """
    The same for amounts that any who hold the phone may see, though a person's name is among the arguments; which
    these are, and why, a test lists.
    """
    return (yield Read(step, query, args))


def document(made: Callable[[Any, Words], File], query: Callable[..., Any], *args: Any) -> Document:
    """
    What a last screen says as a file, for channels that carry files: `made(answer, words)` of what the store
    answers to the query.
    """
    return Document(query, args, made, is_personal(query))


def possible(step: str, command: object) -> Ask[None]:
    """
    Say what refuses a command now, before anything more is asked for it; what is not known of it yet is left
    empty.

    It comes before the amount, the reason and the PIN that confirms. Where too little of the command is known,
    read a check of the rules (`may_save`, `may_lead`). A test goes over all conversations: none may forget it.
    """
    yield Read(step, rehearse, (command,))


@cache
def is_personal(query: Callable[..., Any]) -> bool:
    """Whether it answers with money, and is asked about one person."""
    about = signature(query).parameters.keys() & {"person", "person_id"}
    return bool(about) and _holds_money(get_type_hints(query).get("return"), frozenset())


def _holds_money(kind: Any, within: frozenset[Any]) -> bool:
    if kind is Money:
        return True
    if is_dataclass(kind) and isinstance(kind, type) and kind not in within:
        hints = get_type_hints(kind)
        return any(_holds_money(hints[each.name], within | {kind}) for each in fields(kind))
    return any(_holds_money(each, within) for each in get_args(kind))


def submit(step: str, command: object) -> Ask[Any]:
    """Give a command, once, however often the conversation is replayed. The flow may catch its refusal."""
    return (yield Submit(step, command))


def go_round(step: str, kept: K) -> Ask[K]:
    """
    Begin a loop, and each round of it, at this one place: `kept` is all that goes from a round to the next.

    What was answered in the round before is forgotten, so that a long loop is no long journal.
    """
    now = yield Round(step, msgspec.to_builtins(kept))
    try:
        return msgspec.convert(now, type(kept))
    except msgspec.ValidationError:
        return kept  # kept by a version before, in another form


def speak(language: Language) -> Ask[None]:
    """Go on in this language."""
    yield Speak(language)
