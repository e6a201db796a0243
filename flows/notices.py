"""The words of messages that we send: receipts and news."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from domain.members import Language
from domain.money import Money
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
        "Not paid: {amount} for {group}, because {reason}. Nothing was taken. Ref {ref}. You can try again.",
        amount=amount,
        group=group,
        reason=_REASONS.get(reason, _OTHER_REASON),
        ref=ref,
    ),
    "welcome_to_group": lambda group: t(
        "Welcome! You are now a member of {group}. You can save now.", group=group
    ),
    "refused_by_group": lambda group: t(
        "You were not let into {group}. Ask one of its officers why.", group=group
    ),
    "somebody_wants_to_join": lambda name, group: t(
        "A request to join {group} from {name}. Choose Approve members in the menu.", name=name, group=group
    ),
    "pin_changed": lambda: t("Your PIN was changed. If it was not you, tell an officer of your group now."),
    "chat_linked": lambda channel: t(
        "A {channel} chat was linked to your number. If it was not you, tell an officer of your group now.",
        channel=channel,
    ),
    "code": lambda code: t("Your code is {code}. It is good for ten minutes. Tell it to nobody.", code=code),
}


def text_of(notice: Notice) -> Text:
    """What a notice says."""
    values: Mapping[str, Any] = notice.values
    return _WORDS[notice.kind](**values)


def every_notice() -> list[Text]:
    """Each sentence there is, with sample values."""
    amount, group, ref = Money(5_500, "UGX"), "Umoja Women", "CABCDEF"
    samples: list[tuple[NoticeKind, Mapping[str, Any]]] = [
        ("receipt", {"amount": amount, "group": group, "ref": ref}),
        ("receipt", {"amount": amount, "group": group, "ref": ""}),
        ("payment_failed", {"amount": amount, "group": group, "ref": ref, "reason": "NOT_ENOUGH_FUNDS"}),
        ("welcome_to_group", {"group": group}),
        ("refused_by_group", {"group": group}),
        ("somebody_wants_to_join", {"name": "Akello Grace", "group": group}),
        ("pin_changed", {}),
        ("chat_linked", {"channel": "Chat"}),
    ]
    return [_WORDS[kind](**values) for kind, values in samples]


def words_of(notice: Notice, language: Language) -> str:
    """What a notice says, in a language."""
    return words(language).say(text_of(notice))
