"""News of money: what came, what went out, what became of it on its way, and what credit paid."""

from collections.abc import Callable, Mapping
from typing import Final, get_args

from domain.money import Money
from domain.records.notice import Corrected, NoticeKind, Unclear
from domain.records.payment import FailureReason
from flows.words.news.samples import AMOUNT, BY_NAME, PAID, REASON, REF
from flows.words.receipts import receipts
from flows.words.texts import Filled, Text, nt, t

# What credit can pay.
_FROM_CREDIT: Final[Mapping[str, Text]] = {
    "fine": t("a fine"),
    "loan": t("your loan"),
    "social": t("the social fund"),
}
_UNCLEAR: Final[Mapping[Unclear, Callable[[Money, str, str], Text]]] = {
    "in": lambda amount, group, ref: t(
        "We do not know yet whether your {amount} for {group} was paid. Please do not pay again: we keep asking. "
        "Ref {ref}, an officer was told.",
        amount=amount,
        group=group,
        ref=ref,
    ),
    "out": lambda amount, group, ref: t(
        "We do not know yet whether {amount} from {group} was sent to you. We keep asking. "
        "Ref {ref}, an officer was told.",
        amount=amount,
        group=group,
        ref=ref,
    ),
    "both": lambda amount, group, ref: t(
        "We said that {amount} from {group} was not sent to you. Mobile money says now that it was. "
        "Ref {ref}, an officer was told.",
        amount=amount,
        group=group,
        ref=ref,
    ),
}
_CORRECTED: Final[Mapping[Corrected, Callable[[Money, str], Text]]] = {
    "more": lambda amount, group: t(
        "Your mobile money provider has {amount} more of {group} than the book had. It is in the book now.",
        amount=amount,
        group=group,
    ),
    "less": lambda amount, group: t(
        "Your mobile money provider has {amount} less of {group} than the book had. It is in the book now.",
        amount=amount,
        group=group,
    ),
    "fee": lambda amount, group: t(
        "Your mobile money provider kept {amount} of {group} as its fees. It is in the book now.",
        amount=amount,
        group=group,
    ),
}
_RECEIPTS: Final = receipts(PAID, REF, AMOUNT)

NEWS: Final[Mapping[NoticeKind, Text | Filled]] = {
    "receipt": _RECEIPTS[0],
    "payment_failed": Filled(
        lambda amount, group, ref, reason: t(
            "Not paid: {amount} for {group}, because {reason}. Nothing was taken. Ref {ref}. You can try again.",
            amount=amount,
            group=group,
            reason=_why(reason),
            ref=ref,
        ),
        *(PAID | {"ref": REF, "reason": reason} for reason in get_args(FailureReason)),
    ),
    "paid_out": _RECEIPTS[1],
    "payout_failed": Filled(
        lambda amount, group, ref, reason: t(
            "Not sent: {amount} from {group}, because {reason}. Ref {ref}. Tell an officer of your group.",
            amount=amount,
            group=group,
            reason=_why_not_sent(reason),
            ref=ref,
        ),
        *(PAID | {"ref": REF, "reason": reason} for reason in get_args(FailureReason)),
    ),
    "payment_unclear": Filled(
        lambda amount, group, ref, what: _UNCLEAR[what](amount, group, ref),
        *(PAID | {"ref": REF, "what": what} for what in get_args(Unclear)),
    ),
    "payment_to_look_at": Filled(
        lambda amount, group, ref, name, what: (
            t(
                "Mobile money now says that {amount} from {group} was sent to {name} after all. Do not send it "
                "again. Look into Ref {ref} now.",
                amount=amount,
                group=group,
                name=name,
                ref=ref,
            )
            if what == "both"
            else t(
                "Mobile money does not say what became of {amount} of {name} in {group}. Please ask it about "
                "Ref {ref} and tell them.",
                amount=amount,
                group=group,
                name=name,
                ref=ref,
            )
        ),
        *(PAID | BY_NAME | {"ref": REF, "what": what} for what in get_args(Unclear)),
    ),
    "digest": Filled(
        lambda group, count, amount: nt(
            "Paid out of {group} today: {count} payment, {amount} in all. Not right? Tell the other officers.",
            "Paid out of {group} today: {count} payments, {amount} in all. Not right? Tell the other officers.",
            count,
            group=group,
            amount=amount,
        ),
        PAID | {"count": 3},
    ),
    "money_is_yours": Filled(
        lambda amount, group: t(
            "Money that came in at {group} is yours: {amount}. It was added to your credit there.",
            amount=amount,
            group=group,
        ),
        PAID,
    ),
    "wallet_corrected": Filled(
        lambda amount, group, what: _CORRECTED[what](amount, group),
        *(PAID | {"what": what} for what in _CORRECTED),
    ),
    "paid_from_credit": Filled(
        lambda amount, group, owed: t(
            "Your credit in {group} has paid {amount} for {what}. Not right? Tell another officer.",
            group=group,
            amount=amount,
            what=_FROM_CREDIT[owed],
        ),
        *(PAID | {"owed": owed} for owed in _FROM_CREDIT),
    ),
    "put_on_credit": Filled(
        lambda amount, group, reason: t(
            "Your payment of {amount} to {group} is now your credit there, because: {reason}. "
            "Not right? Tell another officer.",
            amount=amount,
            group=group,
            reason=reason,
        ),
        PAID | REASON,
    ),
    "social_to_box": Filled(
        lambda amount, group: t(
            "Please move {amount} of {group} from the social fund's box to the cash box: it is the group's.",
            amount=amount,
            group=group,
        ),
        PAID,
    ),
    "box_to_social": Filled(
        lambda amount, group: t(
            "Please move {amount} of {group} from the cash box to the social fund's box: it is the fund's.",
            amount=amount,
            group=group,
        ),
        PAID,
    ),
}


# Also of a reason that this version does not know: while versions change, a newer one may have written it.
_ANY_REASON: Final = t("mobile money could not do it")
_REASONS: Final[Mapping[FailureReason, Text]] = {
    "not_enough_money": t("there was not enough money on your phone"),
    "declined": t("you declined it"),
    "not_approved_in_time": t("it was not approved in time"),
    "limit_reached": t("your mobile money limit is reached"),
    "no_account": t("this number has no mobile money"),
    "other_network": t("this number is not one of theirs: Settings, My number"),
    "account_not_active": t("your mobile money account is not active"),
    "wrong_pin": t("the PIN of your mobile money was not right"),
    "try_later": t("your mobile money was busy with another payment"),
    "not_sent": t("mobile money was not reached in time"),
    "not_possible": _ANY_REASON,
    "refused": t("mobile money refused it and gave no reason"),
}
# The account that money out is paid from is not the member's: what is wrong with that is nothing for them to mend.
_OF_THE_ACCOUNT: Final = ("not_enough_money", "limit_reached", "wrong_pin")


def _why(reason: FailureReason) -> Text:
    return _REASONS.get(reason, _ANY_REASON)


def _why_not_sent(reason: FailureReason) -> Text:
    return _why("not_possible" if reason in _OF_THE_ACCOUNT else reason)
