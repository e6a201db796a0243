"""
The words of receipts: who was paid how much, what it was for, and what there is now.

Each sentence is a template that is approved as a whole, so the parts of it are not put together here.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from domain.money import Money
from domain.savings.statement import What
from flows.words.lines import say_what
from flows.words.texts import Filled, Text, t

Sentence = Callable[..., Text]

# By what is said of the rest: nothing; of a receipt of before not even what it was for.
_PAID: Final[Mapping[str, Sentence]] = {
    "before": lambda **said: t("You paid {amount} to {group}. Ref {ref}. Thank you!", **said),
    "": lambda **said: t("You paid {amount} to {group} for {what}. Ref {ref}. Thank you!", **said),
    "saved": lambda **said: t(
        "You paid {amount} to {group} for {what}. Saved now: {left}. Ref {ref}. Thank you!", **said
    ),
    "owed": lambda **said: t(
        "You paid {amount} to {group} for {what}. Still to pay: {left}. Ref {ref}. Thank you!", **said
    ),
    "credit": lambda **said: t(
        "You paid {amount} to {group} for {what}. Of it {left} was not owed and is on your credit. "
        "Ref {ref}. Thank you!",
        **said,
    ),
}
_PAID_IN_CASH: Final[Mapping[str, Sentence]] = {
    "before": lambda **said: t("You paid {amount} in cash to {group}. Not right? Tell another officer.", **said),
    "": lambda **said: t(
        "You paid {amount} in cash to {group} for {what}. Not right? Tell another officer.", **said
    ),
    "saved": lambda **said: t(
        "You paid {amount} in cash to {group} for {what}. Saved now: {left}. Not right? Tell another officer.",
        **said,
    ),
    "owed": lambda **said: t(
        "You paid {amount} in cash to {group} for {what}. Still to pay: {left}. Not right? Tell another officer.",
        **said,
    ),
    "credit": lambda **said: t(
        "You paid {amount} in cash to {group} for {what}. Of it {left} was not owed and is on your credit. "
        "Not right? Tell another officer.",
        **said,
    ),
}
_RECEIVED: Final[Mapping[str, Sentence]] = {
    "before": lambda **said: t("You received {amount} from {group}. Ref {ref}. Keep this message.", **said),
    "": lambda **said: t("You received {amount} from {group} for {what}. Ref {ref}. Keep this message.", **said),
    "saved": lambda **said: t(
        "You received {amount} from {group} for {what}. Saved now: {left}. Ref {ref}. Keep this message.", **said
    ),
}
_RECEIVED_IN_CASH: Final[Mapping[str, Sentence]] = {
    "before": lambda **said: t(
        "You received {amount} in cash from {group}. Not right? Tell another officer.", **said
    ),
    "": lambda **said: t(
        "You received {amount} in cash from {group} for {what}. Not right? Tell another officer.", **said
    ),
    "saved": lambda **said: t(
        "You received {amount} in cash from {group} for {what}. Saved now: {left}. "
        "Not right? Tell another officer.",
        **said,
    ),
}


def _said(mobile: Mapping[str, Sentence], cash: Mapping[str, Sentence]) -> Sentence:
    def say(
        amount: Money,
        group: str,
        ref: str,
        what: What | None = None,
        about: str = "",
        rest: str = "",
        left: Money | None = None,
    ) -> Text:
        said: dict[str, object] = {"amount": amount, "group": group}
        if ref:
            said["ref"] = ref
        if what:
            # A loan is paid out, and paid back: which of the two it is stands at the beginning.
            said["what"] = say_what("repayment" if what == "loan" else what, about)
        if rest:
            said["left"] = left
        return (mobile if ref else cash)[rest if what else "before"](**said)

    return say


def receipts(paid: Mapping[str, Any], ref: str, left: Money) -> tuple[Filled, Filled]:
    """What is said of money in and of money out; `paid`, `ref` and `left` are samples."""
    ins: list[Mapping[str, Any]] = [{}, _for("fine", "late_contribution"), _for("share_capital")]
    ins += [_for("savings", rest="saved", left=left), _for("repayment", "L7K2MQX", rest="owed", left=left)]
    ins += [_for("repayment", "L7K2MQX", rest="credit", left=left)]
    outs: list[Mapping[str, Any]] = [{}, _for("loan", "L7K2MQX"), _for("withdrawal", rest="saved", left=left)]
    return (
        Filled(_said(_PAID, _PAID_IN_CASH), *({**paid, "ref": r, **each} for each in ins for r in (ref, ""))),
        Filled(
            _said(_RECEIVED, _RECEIVED_IN_CASH), *({**paid, "ref": r, **each} for each in outs for r in (ref, ""))
        ),
    )


def _for(what: What, about: str = "", **rest: object) -> Mapping[str, Any]:
    return {"what": what, "about": about, **rest}
