"""A loan that is paid back at a meeting."""

from dataclasses import replace
from typing import Any

from bot.app import App
from domain.loans.borrow import RequestLoan
from domain.loans.pay_out import HandOverLoan
from tests.domain.officers import cash, proposed, vote
from tests.domain.savers import PRODUCT
from tests.money import ugx
from tests.people import Village, Villager, do


def lend(app: App, village: Village, who: Villager, minor: int) -> None:
    """In cash, for four weeks, out of what everybody has saved before this meeting."""
    store = app.store
    rules = store.groups.get(village.umoja).constitution
    store.groups.change(village.umoja, constitution=replace(rules, loans=PRODUCT))
    for saver, officer in ((village.akello, village.wanjiru), (village.okot, village.wanjiru)):
        cash(store, village, saver, 20_500, officer)
    asked: Any = do(store, RequestLoan(village.umoja, who.id, ugx(minor), 1, "cash", ()))
    vote(store, proposed(store, "loan"), village.nakato, village.wanjiru)
    do(store, HandOverLoan(village.wanjiru.id, asked["loan"]))
