"""
The content we have at Twilio: all of it is in this file, and `python -m bot whatsapp templates sync` makes it
there.

Two kinds. Menus: reply buttons and lists, one for each number of options, whose texts are all variables; they are
good within 24 hours of a member's message and need no approval. Notices: each sentence of
`flows/words/news/` in each language, approved by WhatsApp as utility messages, for the time after. A name
ends in a digest of the words, so that changed words are new content and the old one can still be on its way.

Source: Twilio, "Content types" and "Approvals and statuses".
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from domain.records.person import LANGUAGES, Language
from flows.engine.messages import Reply, is_way
from flows.words.notices import every_notice
from flows.words.texts import Text, words

BUTTONS_MAX: Final = 3  # in a session, without approval
BUTTON_TITLE: Final = 20
ROWS_MAX: Final = 10
ROW_TITLE: Final = 24
ROW_DESCRIPTION: Final = 72
BODY_MAX: Final = 1024
LINES_MAX: Final = 3  # a slip, a question, a note: sentences that can follow each other
_ENDS: Final = (".", "!", "?", ":", "…")
LIST_BUTTON: Final = "Menu"  # in every language, or nearly


@dataclass(frozen=True, slots=True)
class Content:
    """One piece of content by our name, and the values of its variables where it is sent."""

    name: str
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Template:
    """One piece of content as it is made: `types` as Twilio's API takes it, `variables` with a sample each."""

    name: str
    language: str
    types: Mapping[str, Any]
    variables: Mapping[str, str] = field(default_factory=dict)
    approved: bool = False  # whether WhatsApp has to approve it


def of_reply(reply: Reply) -> Content | None:
    """The buttons or the list for a screen; None when it is better read as text."""
    taps, lines = reply.taps, reply.body.split("\n")
    if not taps or len(lines) > LINES_MAX or len(reply.body) > BODY_MAX or not reply.body.strip():
        return None
    body = _in_one_line([line.strip() for line in lines if line.strip()])
    # Of the ways out those that have room: "menu" and "back" can always be written.
    options = [tap for tap in taps if not is_way(tap)] or list(taps)
    buttons = [*options, *(tap for tap in taps if tap not in options)][: max(BUTTONS_MAX, len(options))]
    titles = [tap.label for tap in buttons]
    if len(buttons) <= BUTTONS_MAX and all(len(title) <= BUTTON_TITLE for title in titles) and _differ(titles):
        values = [body, *(value for tap in buttons for value in (tap.label, tap.payload))]
        return Content(f"csb_buttons_{len(buttons)}", _numbered(values))
    titles = [tap.label for tap in taps]
    if len(taps) > ROWS_MAX or any(len(title) > ROW_DESCRIPTION for title in titles):
        return None
    values = [body]
    for tap in taps:
        # A title that is cut stands whole under itself; under the others is what could be typed instead.
        fits = len(tap.label) <= ROW_TITLE
        title = tap.label if fits else f"{tap.label[: ROW_TITLE - 1].rstrip()}…"
        values += [title, tap.payload, tap.payload.rpartition(":")[2] if fits else tap.label]
    return Content(f"csb_list_{len(taps)}", _numbered(values))


def _in_one_line(lines: list[str]) -> str:
    """A variable holds no line break: what stood in a line of its own becomes a sentence of its own."""
    *before, last = lines
    return " ".join([line if line.endswith(_ENDS) else f"{line}." for line in before] + [last])


def of_notice(message: Text, language: Language) -> Content:
    """The template that a notice's words come from, and its variables."""
    template, fields = _of_words(message, language)
    says = words(language)
    return Content(template.name, {n: says.value(message.values[name]) for n, name in fields.items()})


def every_template() -> Iterator[Template]:
    """All there is to make."""
    for count in range(1, BUTTONS_MAX + 1):
        yield _buttons(count)
    for count in range(1, ROWS_MAX + 1):
        yield _list(count)
    for language in LANGUAGES:
        for message in every_notice():
            yield _of_words(message, language)[0]


def _buttons(count: int) -> Template:
    actions = [
        {"type": "QUICK_REPLY", "title": f"{{{{{2 * n}}}}}", "id": f"{{{{{2 * n + 1}}}}}"}
        for n in range(1, count + 1)
    ]
    samples = _numbered(["Menu", *["Pay", "pay"] * count])
    return Template(
        f"csb_buttons_{count}", "en", {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}}, samples
    )


def _list(count: int) -> Template:
    items = [
        {"item": f"{{{{{3 * n - 1}}}}}", "id": f"{{{{{3 * n}}}}}", "description": f"{{{{{3 * n + 1}}}}}"}
        for n in range(1, count + 1)
    ]
    samples = _numbered(["Menu", *["Pay", "pay", "Contribute"] * count])
    picker = {"body": "{{1}}", "button": LIST_BUTTON, "items": items}
    return Template(f"csb_list_{count}", "en", {"twilio/list-picker": picker}, samples)


def _of_words(message: Text, language: Language) -> tuple[Template, Mapping[str, str]]:
    """The template of a sentence, and which value each of its numbers stands for."""
    says = words(language)
    fields = {str(number): name for number, name in enumerate(message.values, start=1)}
    blanks = {name: f"{{{{{number}}}}}" for number, name in fields.items()}
    body = says.say(Text(message.message, blanks, message.plural, message.count))
    samples = {number: says.value(message.values[name]) for number, name in fields.items()}
    digest = hashlib.sha256(body.encode()).hexdigest()[:8]
    types = {"twilio/text": {"body": body}}
    return Template(f"csb_{language}_{digest}", language, types, samples, approved=True), fields


def _numbered(values: list[str]) -> dict[str, str]:
    return {str(number): value for number, value in enumerate(values, start=1)}


def _differ(titles: list[str]) -> bool:
    """WhatsApp refuses two buttons with one title."""
    return len(set(titles)) == len(titles)
