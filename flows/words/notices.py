"""What a message of ours says: receipts and news. The sentences of each subject stand in `flows/words/news/`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from domain.records.notice import BY_EMAIL, BY_TEXT, CODES, IN_OWN_WORDS, Notice, NoticeKind
from domain.records.person import Language
from flows.words.news import (
    broadcasts,
    decisions,
    groups,
    letters,
    loans,
    meetings,
    moving_in,
    payments,
    people,
    referrals,
    reminders,
    rotation,
    savings,
    unasked,
)
from flows.words.texts import Filled, Text, words

_WORDS: Final[Mapping[NoticeKind, Text | Filled]] = {
    **payments.NEWS,
    **unasked.NEWS,
    **decisions.NEWS,
    **groups.NEWS,
    **letters.NEWS,
    **meetings.NEWS,
    **moving_in.NEWS,
    **savings.NEWS,
    **loans.NEWS,
    **rotation.NEWS,
    **people.NEWS,
    **broadcasts.NEWS,
    **reminders.NEWS,
    **referrals.NEWS,
}


def text_of(notice: Notice) -> Text:
    """What a notice says."""
    return say_news(notice.kind, notice.values)


def samples_of(kind: NoticeKind) -> Sequence[Mapping[str, Any]]:
    """Values that notices of a kind can have: each way of saying it is there."""
    said = _WORDS[kind]
    return [{}] if isinstance(said, Text) else said.samples


def waiting_text_of(notice: Notice) -> Text:
    """What says that a message in somebody's own words waits, where those cannot be said."""
    return broadcasts.WAITS.say(**notice.values)


def every_notice() -> list[Text]:
    """
    Each sentence there is, once, filled with a sample; but for what only goes by text message or e-mail, and for
    codes. In place of somebody's own words is that they wait.
    """
    kinds = [kind for kind in _WORDS if kind not in BY_TEXT | BY_EMAIL | IN_OWN_WORDS | CODES.keys()]
    texts = [say_news(kind, values) for kind in kinds for values in samples_of(kind)]
    texts += [broadcasts.WAITS.say(**values) for values in broadcasts.WAITS.samples]
    forms = [form for text in texts for form in _forms(text)]
    return list({(text.message, text.count == 1): text for text in forms}.values())


def _forms(text: Text) -> list[Text]:
    """A sentence that depends on a number, with one and with several: each is a template of its own."""
    if not text.plural:
        return [text]
    return [Text(text.message, {**text.values, "count": count}, text.plural, count) for count in (1, 2)]


def say_news(kind: NoticeKind, values: Mapping[str, Any]) -> Text:
    """What a notice of a kind says, filled with values."""
    said = _WORDS[kind]
    return said if isinstance(said, Text) else said.say(**values)


def words_of(notice: Notice, language: Language) -> str:
    """What a notice says, in a language."""
    return words(language).say(text_of(notice))
