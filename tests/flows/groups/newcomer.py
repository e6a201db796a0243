"""Somebody who is in no group yet."""

from bot.app import App
from tests.people import Villager, register


def newcomer(app: App) -> Villager:
    """In no group."""
    return register(app.store, "Opio Peter", "+256772000110", "4826")
