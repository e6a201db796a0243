"""Whether a statement that somebody shows is genuine."""

from collections.abc import Iterator

from domain.records.person import Member
from domain.savings.receipts import CheckedReceipt, check_receipt
from flows import ask
from flows.dialogue import flow, read
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import saves
from flows.words.seals import say_when_given
from flows.words.texts import Text, joined, t


@flow(
    "check_receipt",
    label=t("Check a receipt"),
    shown=saves,
    words=t("receipt, check receipt"),
    takes={"code": "code"},
)
def check(me: Member) -> Conversation:
    """For every member: by its code and the amount on it. It says whose it is and of which days, and no amount."""
    group = yield from ask.pick("group", t("A receipt of which group?"), me.groups)
    code = yield from ask.receipt_code("code", t("Type the receipt code, like {example}.", example="7KPQX-2MNF7"))
    amount = yield from ask.counted(
        "amount",
        t(
            'Which amount stands on it at "Yours after", or "Money after", in {currency}?',
            currency=group.currency,
        ),
        group.currency,
    )
    found = yield from read("receipt", check_receipt, group.id, me.id, code, amount.minor)
    return say(joined("\n", _said(found)))


def _said(found: CheckedReceipt) -> Iterator[Text]:
    yield t("This receipt is genuine.")
    if found.of_group:
        yield t("Statement of the whole group")
    else:
        yield t("Statement of {name}, number {number}", name=found.name, number=found.number)
    yield from say_when_given(found)
