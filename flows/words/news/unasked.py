"""News of money that nobody asked for, and that is not where its account says, or says nothing of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, get_args

from domain.records.inbound import WhyUnplaced
from domain.records.notice import NoticeKind
from flows.words.news.samples import BY_NAME, PAID
from flows.words.texts import Filled, Text, t

_WHY: Final[Mapping[WhyUnplaced, Text]] = {
    "closing": t("the group shares out now"),
    "left": t("the member has left the group"),
    "suspended": t("the member is suspended"),
    "frozen": t("the member's account is frozen"),
    "full": t("all is paid for this meeting"),
    "no_loan": t("there is no loan to pay back"),
    "no_fine": t("no such fine is due"),
}
_WAITS: Final[tuple[WhyUnplaced, ...]] = ("closing", "left")
_ON_CREDIT: Final = tuple(why for why in get_args(WhyUnplaced) if why in _WHY and why not in _WAITS)
_RECEIPT: Final = {"ref": "TJ17RX4K2M"}
_TYPED: Final = {"typed": "Umoja7 014", "at": "2026-10-01T09:45", "name": "Amina"}


def _unknown(*, at: str, name: str, typed: str, **said: object) -> Text:
    then = datetime.fromisoformat(at)
    said |= {"typed": typed or "-", "day": then.date(), "time": at[-5:]}
    if name:
        return t(
            "Unknown: {amount} came to {group} on {day} at {time} from {name}, account {typed}. "
            "Whose? Choose Our book, Say whose it is.",
            name=name,
            **said,
        )
    return t(
        "Unknown: {amount} came to {group} on {day} at {time}, account {typed}. "
        "Whose? Choose Our book, Say whose it is.",
        **said,
    )


NEWS: Final[Mapping[NoticeKind, Text | Filled]] = {
    "unasked_unknown": Filled(_unknown, PAID | _TYPED, PAID | _TYPED | {"name": "", "typed": ""}),
    "unasked_kept": Filled(
        lambda amount, group, name, why: t(
            "Money is waiting: {amount} of {name} in {group}, because {why}. Later: Our book, Say whose it is.",
            amount=amount,
            group=group,
            name=name,
            why=_WHY[why],
        ),
        *(PAID | BY_NAME | {"why": why} for why in _WAITS),
    ),
    "unasked_waits": Filled(
        lambda amount, group, ref, why: t(
            "We have your {amount} for {group}. It is waiting, because {why}. Speak with an officer. "
            "Receipt {ref}, thank you.",
            amount=amount,
            group=group,
            ref=ref,
            why=_WHY[why],
        ),
        *(PAID | _RECEIPT | {"why": why} for why in _WAITS),
    ),
    "unasked_on_credit": Filled(
        lambda amount, group, name, ref, why: t(
            "Paid unasked: {amount} by {name} to {group}. It is credit now, because {why}. "
            "Ref {ref}, nothing to do.",
            amount=amount,
            group=group,
            name=name,
            ref=ref,
            why=_WHY[why],
        ),
        *(PAID | BY_NAME | {"ref": "C7K2MQX", "why": why} for why in _ON_CREDIT),
    ),
}
