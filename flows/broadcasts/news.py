"""What leaders have written to their members, to be read again."""

from domain.broadcasts.news import NewsItem, news_of
from domain.records.person import Member
from flows.dialogue import flow, read
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import saves
from flows.words.texts import Text, joined, t


@flow("news", label=t("News"), shown=saves, words=t("news"))
def news(me: Member) -> Conversation:
    """That of two weeks, the newest first."""
    items = yield from read("news", news_of, me.id)
    if not items:
        return say(t("Nobody has written to your group in the last two weeks."))
    return say(joined("\n", map(_said, items)))


def _said(item: NewsItem) -> Text:
    if not item.name:
        return t("{day}: {words}", day=item.day, words=item.words)
    return t("{day}, {name} of {group}: {words}", day=item.day, name=item.name, group=item.group, words=item.words)
