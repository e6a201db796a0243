"""Savings that are there before a test begins."""

from bot.app import App
from domain.money import Money
from domain.savings.contribute import RecordCash
from tests.people import Village, do


def save(app: App, village: Village, minor: int) -> None:
    do(app.store, RecordCash(village.umoja, village.akello.id, Money(minor, "UGX"), village.wanjiru.id))
