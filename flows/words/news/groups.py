"""News of a group to its members: who joins, who has an office, who leaves."""

from collections.abc import Callable, Mapping
from typing import Final

from domain.records.notice import NoticeKind
from flows.words.news.samples import BY_NAME, IN_GROUP, PAID, REASON
from flows.words.offices import OFFICES
from flows.words.texts import Filled, Text, t

_STANDINGS: Final[Mapping[str, Callable[[str], Text]]] = {
    "active": lambda group: t("Your suspension in {group} has ended. You can save again.", group=group),
    "suspended": lambda group: t(
        "You are suspended in {group}: you cannot save, borrow or vote. Ask an officer why.", group=group
    ),
    "leaving": lambda group: t("You are no longer a member of {group}. You will get your money.", group=group),
    "exited": lambda group: t("You have left {group}. Thank you for saving with us.", group=group),
    "expelled": lambda group: t("You are no longer a member of {group}, as its members decided.", group=group),
}

NEWS: Final[Mapping[NoticeKind, Text | Filled]] = {
    "welcome_to_group": Filled(
        lambda group, paybill="", account="": (
            t(
                "Welcome! You are now a member of {group}. Save here, or by Pay bill {paybill} with your account "
                "{account} in your mobile money menu.",
                group=group,
                paybill=paybill,
                account=account,
            )
            if account
            else t("Welcome! You are now a member of {group}. You can save now.", group=group)
        ),
        IN_GROUP,
        IN_GROUP | {"paybill": "600984", "account": "10101-0145"},
    ),
    "enrolled": Filled(
        lambda group, name, officer: t(
            "Now in {group} without a phone is {name}, written down by {officer}. Officers serve them.",
            group=group,
            name=name,
            officer=officer,
        ),
        {**IN_GROUP, **BY_NAME, "officer": "Wanjiru Mary"},
    ),
    "refused_by_group": Filled(
        lambda group: t("Sorry, {group} did not accept you. Ask one of its officers why.", group=group),
        IN_GROUP,
    ),
    "somebody_wants_to_join": Filled(
        lambda name, group: t(
            "Please decide: {name} asks to join {group}. Choose Approve members in the menu.",
            name=name,
            group=group,
        ),
        IN_GROUP | BY_NAME,
    ),
    "invitation": Filled(
        lambda name, group, dial, code: t(
            "You are invited to {group} by {name}. Dial {dial}, and for your group's code type {code}. "
            "It is good for 14 days.",
            group=group,
            name=name,
            dial=dial,
            code=code,
        ),
        IN_GROUP | BY_NAME | {"dial": "*384*7000#", "code": "1234567890"},
    ),
    "invitation_taken": Filled(
        lambda name, group: t(
            "Your invitation was used: {name} is now a member of {group}. Not right? Tell another officer.",
            name=name,
            group=group,
        ),
        IN_GROUP | BY_NAME,
    ),
    "office_taken": Filled(
        lambda role, group: t(
            "You are now {role} of {group}. Choose Lead the group in the menu.", role=OFFICES[role], group=group
        ),
        *(IN_GROUP | {"role": role} for role in OFFICES),
    ),
    "office_left": Filled(
        lambda name, role, group: t(
            "You handed over your office in {group}. From now on {name} is its {role}. Thank you!",
            group=group,
            name=name,
            role=OFFICES[role],
        ),
        *(IN_GROUP | BY_NAME | {"role": role} for role in OFFICES),
    ),
    "standing_changed": Filled(
        lambda group, status: _STANDINGS[status](group),
        *(IN_GROUP | {"status": status} for status in _STANDINGS),
    ),
    "death_reported": Filled(
        lambda group: t(
            "It was reported in {group} that the owner of this number has died. Not right? Call its officers now.",
            group=group,
        ),
        IN_GROUP,
    ),
    "death_undone": Filled(
        lambda group: t(
            "You are a member of {group} as before: that you had died was recorded wrongly. See your balance.",
            group=group,
        ),
        IN_GROUP,
    ),
    "settlement_due": Filled(
        lambda name, group: t(
            "Please pay {name} who leaves {group}. Choose Members in the menu.", name=name, group=group
        ),
        IN_GROUP | BY_NAME,
    ),
    "entered_alone": Filled(
        lambda name, amount, reason, group: t(
            "The book of {group} has a cost or income of {amount} for {reason}, entered by {name} alone.",
            name=name,
            amount=amount,
            group=group,
            reason=reason,
        ),
        PAID | BY_NAME | REASON,
    ),
}
