"""What stands on an e-mail beside what it says: its subject, and its last lines."""

from collections.abc import Mapping
from typing import Final

from domain.records.notice import Notice, NoticeKind
from domain.records.paper import Paper, PaperKind
from domain.store import Store
from flows.words.texts import Text, t

PAPER_IN_MAIL: Final = t("What you asked for is in the file that comes with this.")
NO_ANSWER: Final = t("Nobody reads answers to this e-mail. You can change your address under Settings.")
HOW_TO_STOP: Final = t("If you want no more daily e-mails, open this page:")
# On that page.
DAILY: Final = t("Daily e-mail")
ASKED_TO_STOP: Final = t("Do you want no more daily e-mails from us?")
STOP_IT: Final = t("No more daily e-mails")
STOPPED: Final = t("You get no more daily e-mails.")

_OF_NOTICE: Final[Mapping[NoticeKind, Text]] = {
    "email_code": t("Your code"),
    "sign_in_email": t("Your code"),
    "digest": t("Money paid out today"),
}
_OF_PAPER: Final[Mapping[PaperKind, Text]] = {
    "member_statement": t("Your statement"),
    "group_statement": t("Statement of the whole group"),
    "who_paid": t("Picture: who has paid"),
    "growth": t("Picture: savings"),
    "my_data": t("My data"),
}


def subject_of(notice: Notice) -> Text:
    """The subject of a notice, with the name of the group that it is about."""
    return _about(_OF_NOTICE[notice.kind], str(notice.values.get("group", "")))


def paper_subject(store: Store, paper: Paper) -> Text:
    """The subject of an e-mail that brings a file."""
    return _about(_OF_PAPER[paper.kind], store.groups.get(paper.group).name if paper.group else "")


def _about(what: Text, group: str) -> Text:
    return t("{group}: {what}", group=group, what=what) if group else what
