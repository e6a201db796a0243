"""News of loans, to who borrows and who stands for it."""

from collections.abc import Mapping
from typing import Final

from domain.records.notice import NoticeKind
from flows.words.news.samples import BY_NAME, IN_GROUP, PAID, REASON, REF
from flows.words.texts import Filled, Text, t

NEWS: Final[Mapping[NoticeKind, Text | Filled]] = {
    "guarantee_wanted": Filled(
        lambda name, amount, group: t(
            "Will you guarantee {amount} of a loan? {name} of {group} asks you. Choose Guarantee in the menu.",
            amount=amount,
            name=name,
            group=group,
        ),
        PAID | BY_NAME,
    ),
    "guarantee_declined": Filled(
        lambda name, group: t(
            "Your loan was not guaranteed by {name} of {group}. You can ask again with somebody else.",
            name=name,
            group=group,
        ),
        IN_GROUP | BY_NAME,
    ),
    "loan_approved": Filled(
        lambda amount, group: t(
            "Your loan of {amount} from {group} is approved. An officer will pay it out to you.",
            amount=amount,
            group=group,
        ),
        PAID,
    ),
    "loan_waits": Filled(
        lambda group: t(
            "A loan of {group} is approved and waiting to be paid out. Choose Loans of the group in the menu.",
            group=group,
        ),
        IN_GROUP,
    ),
    "loan_rescheduled": Filled(
        lambda group: t(
            "Your loan from {group} has new terms. Choose My loans in the menu to see them.", group=group
        ),
        IN_GROUP,
    ),
    "loan_waived": Filled(
        lambda amount, group, part, ref: (
            t(
                "The group {group} waived {amount} of interest on your loan {ref}. You owe less now.",
                group=group,
                amount=amount,
                ref=ref,
            )
            if part == "interest"
            else t(
                "The group {group} waived {amount} of penalties on your loan {ref}. You owe less now.",
                group=group,
                amount=amount,
                ref=ref,
            )
        ),
        *(PAID | {"ref": REF, "part": part} for part in ("interest", "penalty")),
    ),
    "loan_written_off": Filled(
        lambda group: t(
            "Your loan from {group} was written off by its members. You can still pay it back.", group=group
        ),
        IN_GROUP,
    ),
    "savings_taken": Filled(
        lambda amount, group, ref: t(
            "For loan {ref} that was not paid back, {amount} was taken from your savings in "
            "{group}. Ask an officer.",
            amount=amount,
            group=group,
            ref=ref,
        ),
        PAID | {"ref": REF},
    ),
    "repayment_reversed": Filled(
        lambda amount, group, reason: t(
            "Your repayment of {amount} to {group} was cancelled, because: {reason}. You owe it again.",
            amount=amount,
            group=group,
            reason=reason,
        ),
        PAID | REASON,
    ),
}
