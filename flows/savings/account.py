"""How a member pays without dialling us: what they type in their phone's own menu."""

from domain.records.person import Member
from flows import ask
from flows.dialogue import flow
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import pays_unasked
from flows.words.texts import t


@flow(
    "account",
    label=t("Pay without dialling"),
    shown=pays_unasked,
    words=t("account number, paybill"),
    takes={"group": "name"},
)
def account(me: Member) -> Conversation:
    """It is no secret: whoever knows it can only pay for them."""
    group = yield from ask.pick("group", t("Pay to which group?"), [each for each in me.groups if each.paid_to])
    assert group.paid_to, "only those are offered that can be paid to"
    return say(
        t(
            "In your mobile money menu choose Pay bill, number {paybill}, account {account}. "
            "Add L to pay a loan, F a fine.",
            paybill=group.paid_to.paybill,
            account=group.paid_to.account,
        )
    )
