"""The words of messages that we send: receipts and news."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from domain.members import Language
from domain.outbox import Notice, NoticeKind
from flows.texts import Text, t, words

_REASONS: Final[Mapping[str, Text]] = {
    "NOT_ENOUGH_FUNDS": t("there was not enough money on your phone"),
    "APPROVAL_REJECTED": t("you declined it"),
    "EXPIRED": t("it was not approved in time"),
    "COULD_NOT_PERFORM_TRANSACTION": t("it was not approved in time"),
    "PAYMENT_NOT_APPROVED": t("it was not approved in time"),
    "TRANSACTION_CANCELED": t("you declined it"),
    "PAYER_LIMIT_REACHED": t("your mobile money limit is reached"),
    "PAYER_NOT_FOUND": t("this number has no mobile money"),
    "SENDER_ACCOUNT_NOT_ACTIVE": t("your mobile money account is not active"),
    "NOT_SENT": t("mobile money was not reached in time"),
}
_OTHER_REASON: Final = t("mobile money could not do it")

_WORDS: Final[Mapping[NoticeKind, Callable[..., Text]]] = {
    "receipt": lambda amount, group, ref: (
        t("Received: {amount} for {group}. Ref {ref}. Thank you!", amount=amount, group=group, ref=ref)
        if ref
        else t(
            "Received in cash: {amount} for {group}. Not right? Tell another officer.", amount=amount, group=group
        )
    ),
    "payment_failed": lambda amount, group, ref, reason: t(
        "{amount} for {group} was not paid: {reason}. Nothing was taken. Ref {ref}. You can dial and try again.",
        amount=amount,
        group=group,
        reason=_REASONS.get(reason, _OTHER_REASON),
        ref=ref,
    ),
    "welcome_to_group": lambda group: t("Welcome! You are now a member of {group}. Dial to save.", group=group),
    "refused_by_group": lambda group: t("{group} did not let you in. Ask one of its officers why.", group=group),
    "somebody_wants_to_join": lambda name, group: t(
        "{name} wants to join {group}. Dial and choose Approve members.", name=name, group=group
    ),
    "pin_changed": lambda: t("Your PIN was changed. If it was not you, tell an officer of your group now."),
}


def words_of(notice: Notice, language: Language) -> str:
    """What a notice says, in a language."""
    values: Mapping[str, Any] = notice.values
    return words(language).say(_WORDS[notice.kind](**values))
