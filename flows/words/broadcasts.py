"""What leaders read of their messages to many: whom they are for, what they say, and what became of them."""

from collections.abc import Mapping
from typing import Final

from domain.records.broadcast import Audience, BroadcastState, MessageKind
from flows.words.texts import Text, t

AUDIENCES: Final[Mapping[Audience, Text]] = {
    "all": t("All members"),
    "unpaid": t("Who has not paid for the meeting"),
    "late": t("Who is late with a loan"),
    "officers": t("Officers"),
    "chosen": t("Members I choose"),
    "again": t("Who did not get it"),
}
MESSAGES: Final[Mapping[MessageKind, Text]] = {
    "words": t("My own words"),
    "meeting": t("The next meeting"),
    "due": t("What each has to pay"),
    "late": t("That a loan is late"),
    "decision": t("That a vote is waiting"),
}
STATES: Final[Mapping[BroadcastState, Text]] = {
    "asked": t("not agreed yet"),
    "repeating": t("before each meeting"),
    "waiting": t("not begun"),
    "expanding": t("going out"),
    "sending": t("going out"),
    "paused": t("paused"),
    "done": t("sent"),
    "stopped": t("stopped"),
    "expired": t("too late, not sent"),
}
# Why a message did not reach somebody: the same words wherever it is said.
WHY_NOT: Final[Mapping[str, Text]] = {
    "STOPPED": t("want no messages"),
    "TOO_LATE": t("too late"),
    "LEFT": t("left the group"),
    "PAID": t("paid meanwhile"),
    "CALLED_OFF": t("stopped before"),
    "ENOUGH": t("had 3 this week"),
    "NO_WAY": t("no way to reach"),
    "WRONG_NUMBER": t("number wrong"),
    "PHONE_OFF": t("phone off too long"),
    "REFUSED": t("operator refused"),
    "NO_CREDIT": t("no money on our account"),
}
