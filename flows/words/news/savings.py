"""News of what a member has in a group: fines, grants, dividends and shares."""

from collections.abc import Mapping
from typing import Final

from domain.money import Money
from domain.records.notice import NoticeKind
from flows.words.fine_reasons import FINE_REASONS, IN_WORDS, say_fined, say_waived
from flows.words.news.samples import AMOUNT, BY_NAME, IN_GROUP, NOTHING, PAID
from flows.words.sums import Sum, minus, plus
from flows.words.texts import Filled, Text, t


def _say_part(group: str, gross: Money, netted: Money, pay: Money, rest: Money | None = None) -> Text:
    (line,) = sum_of_shared_out(group, gross, netted, pay, rest).comes_to
    return line.text


def sum_of_shared_out(group: str, gross: Money, netted: Money, pay: Money, rest: Money | None = None) -> Sum:
    """All in one sentence; `rest` is below a coin, and not in messages of before."""
    said = {"group": group, "gross": gross, "netted": netted, "pay": pay}
    text = t("Your part of the share-out of {group} is {pay}. An officer will pay you.", group=group, pay=pay)
    if rest:
        text = t(
            "Your part of {group} is {gross}: minus {netted} that you owe, minus {rest} below a coin that stays "
            "there, {pay} is for you.",
            rest=rest,
            **said,
        )
    elif netted:
        text = t(
            "Your part of the share-out of {group} is {gross}: of this, {netted} is taken for what you owe "
            "and {pay} is for you.",
            **said,
        )
    taken = (minus(netted, text), *((minus(rest, text),) if rest else ()))
    return Sum((plus(gross, text), *taken), (plus(pay, text),))


NEWS: Final[Mapping[NoticeKind, Text | Filled]] = {
    "fined": Filled(
        say_fined,
        *(
            PAID | {"reason": reason, "by": by}
            for reason in (*FINE_REASONS, IN_WORDS)
            for by in ("", BY_NAME["name"])
        ),
    ),
    "fine_waived": Filled(
        say_waived,
        *(PAID | {"reason": reason} for reason in (*FINE_REASONS, IN_WORDS)),
        *(PAID | {"reason": reason, "left": left} for reason in FINE_REASONS for left in (AMOUNT, NOTHING)),
    ),
    "granted": Filled(
        lambda amount, group: t(
            "You get {amount} from the social fund of {group}. An officer will pay you.",
            amount=amount,
            group=group,
        ),
        PAID,
    ),
    "dividend_credited": Filled(
        lambda group, year, amount, tax: (
            t(
                "Your dividend for {year} in {group} is {amount} after {tax} tax. Choose My dividend in the menu.",
                year=year,
                group=group,
                amount=amount,
                tax=tax,
            )
            if tax
            else t(
                "Your dividend for {year} in {group} is {amount}. Choose My dividend in the menu.",
                year=year,
                group=group,
                amount=amount,
            )
        ),
        PAID | {"year": 2026, "tax": AMOUNT},
        PAID | {"year": 2026, "tax": NOTHING},
    ),
    "dividend_too_high": Filled(
        lambda group, year, gross, most: t(
            "The dividend for {year} in {group} was not proposed: it comes to {gross}, the surplus is {most}. "
            "Declare a lower one.",
            year=year,
            group=group,
            gross=gross,
            most=most,
        ),
        IN_GROUP | {"year": 2026, "gross": AMOUNT, "most": AMOUNT},
    ),
    "shared_out": Filled(
        _say_part,
        IN_GROUP | {"gross": AMOUNT, "netted": AMOUNT, "pay": AMOUNT},
        IN_GROUP | {"gross": AMOUNT, "netted": AMOUNT, "rest": AMOUNT, "pay": AMOUNT},
        IN_GROUP | {"gross": AMOUNT, "netted": NOTHING, "pay": AMOUNT},
    ),
}
