"""Why a group, its members, its officers or its rules stay as they are."""

from collections.abc import Mapping
from typing import Final

from flows.words.refused.samples import NAME
from flows.words.rule_names import RULES
from flows.words.texts import Filled, Text, nt, t

REFUSED: Final[Mapping[str, Text | Filled]] = {
    "already_in_group": Filled(
        lambda group: t("You are in {group} already, or waiting to be accepted.", group=group), {"group": NAME}
    ),
    "already_officer": t("This member already has an office. Choose another member."),
    "bad_constitution": Filled(
        lambda rule: (
            t("These rules are not possible. Look at: {rule}.", rule=RULES[rule])
            if rule in RULES
            else t("These rules are not possible.")
        ),
        *({"rule": rule} for rule in (*RULES, "time_zone")),
    ),
    "bad_periods": t("The loan cannot have these terms today. Try others, or try tomorrow."),
    "bad_rates": t("Rates and tax are from 0 to 100 percent."),
    "cycle_is_open": Filled(
        lambda group="": (
            t("Members of {group} have paid this price already. Change it after this cycle.", group=group)
            if group
            else t("Members have paid this price already. Change it after this cycle.")
        ),
        {"group": NAME},
        {"group": ""},
    ),
    "group_full": Filled(
        lambda group="", most=0: (
            t("{group} is full: its rules allow {most} members.", group=group, most=most)
            if group
            else t("This group is full: its rules allow no more members.")
        ),
        {"group": NAME, "most": 9_999},
        {},
    ),
    "group_is_closing": Filled(
        lambda group="": (
            t("{group} is sharing out now. Wait for the next cycle.", group=group)
            if group
            else t("The group is sharing out now. Wait for the next cycle.")
        ),
        {"group": NAME},
        {},
    ),
    "invitation_expired": t("This invitation is no longer good. Ask an officer for a new one."),
    "invitation_not_yours": t("This invitation is for another phone number."),
    "invitation_used": t("This invitation was used already. Ask an officer for a new one."),
    "last_officer": Filled(
        lambda group="": (
            t("{group} would have no officer. Choose another first, under Officers.", group=group)
            if group
            else t("The group would have no officer. Another one has to be chosen first.")
        ),
        {"group": NAME},
        {},
    ),
    "no_such_group": t("No group has this code. Ask your secretary for it, then try again."),
    "looked_for_by_number": Filled(
        lambda group: t(
            "{group} is too large to look for a name. Type the number in the group or phone.", group=group
        ),
        {"group": NAME},
    ),
    "no_such_member": t("This number belongs to nobody here."),
    "office_taken": Filled(
        lambda name="": (
            t("This office is held by {name}, who can hand it over.", name=name)
            if name
            else t("This office is taken. Its holder can hand it over.")
        ),
        {"name": NAME},
        {"name": ""},
    ),
    "too_few_members": Filled(
        lambda needed, there: nt(
            "{count} member not involved must agree, but only {there} can. Invite more.",
            "{count} members not involved must agree, but only {there} can. Invite more.",
            needed,
            there=there,
        ),
        {"needed": 2, "there": 1},
    ),
    "too_few_officers": Filled(
        lambda needed, there: nt(
            "{count} officer not involved must agree, but only {there} can. Name more under Officers.",
            "{count} officers not involved must agree, but only {there} can. Name more under Officers.",
            needed,
            there=there,
        ),
        {"needed": 2, "there": 1},
    ),
    "too_many_closed": Filled(
        lambda minutes: nt(
            "Too many accounts left their number just now. Try again in {count} minute.",
            "Too many accounts left their number just now. Try again in {count} minutes.",
            minutes,
        ),
        {"minutes": 1_440},
    ),
    "too_many_invitations": Filled(
        lambda most: t("You sent {most} invitations today. Please go on tomorrow.", most=most), {"most": 20}
    ),
    "too_many_newcomers": Filled(
        lambda minutes, dial: nt(
            "No more people can register in chats now. Dial {dial}, or try again in {count} minute.",
            "No more people can register in chats now. Dial {dial}, or try again in {count} minutes.",
            minutes,
            dial=dial,
        ),
        {"minutes": 1_440, "dial": "*384*10000#"},
        {"minutes": 1, "dial": "*384*10000#"},
    ),
    "settlement_paid": t("The money is paid out already. This member can join the group again, with its code."),
}
