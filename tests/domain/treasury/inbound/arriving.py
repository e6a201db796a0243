"""Money that arrives at a group's paybill without being asked for."""

from typing import Any

from domain.records.account_number import PurposeLetter, account_number
from domain.records.inbound import Came, Inbound
from domain.records.payment import Payment
from domain.records.person import membership_id
from domain.treasury.inbound import receive
from tests.domain.savers import Savers
from tests.money import ugx

EVE = "+256772000105"


def account(savers: Savers, person: str, letter: PurposeLetter = "") -> str:
    membership = savers.store.memberships.get(membership_id(savers.group, person))
    return account_number("10101", membership.number, letter)


def came(savers: Savers, minor: int, account: str, receipt: str = "R1", **more: Any) -> Came:
    given: dict[str, Any] = {"at": savers.store.now(), "payer": EVE, "payer_name": "EVE NAME"}
    return Came("momo", receipt, ugx(minor), account, **(given | more))


def comes(savers: Savers, minor: int, account: str, receipt: str = "R1", **more: Any) -> Inbound:
    return receive(savers.store, came(savers, minor, account, receipt, **more))


def the_payment(savers: Savers, inbound: Inbound) -> Payment:
    return savers.store.payments.get(inbound.payment)
