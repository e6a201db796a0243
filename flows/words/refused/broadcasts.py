"""Why something is not written to many."""

from collections.abc import Mapping
from typing import Final

from flows.words.texts import Filled, Text, t

REFUSED: Final[Mapping[str, Text | Filled]] = {
    "asks_for_secret": t("Never write of a PIN or password to members: thieves do. Write it without."),
    "broadcast_over": t("This message is sent or stopped already."),
    "has_dialled": t("Write no code to dial: money can leave a phone by it."),
    "has_link": t("Write no link: members cannot tell yours from a thief's."),
    "nobody_to_tell": t("There is nobody to send it to now. Nothing is sent."),
    "reminders_only": t("A treasurer sends reminders. Ask the chairperson or secretary to write this."),
    "said_before": t("The same went to the same members in the last two days, or is on its way to them."),
    "too_many_broadcasts": Filled(
        lambda most: t("Your group has sent {most} messages in its own words today. Try tomorrow.", most=most),
        {"most": 2},
    ),
    "too_many_words": Filled(lambda most: t("Please write at most {most} letters.", most=most), {"most": 110}),
    "two_operators": t("Two of the operator's phones are needed: one who writes, another who agrees."),
}
