"""Somebody who was forgotten a short while ago calls again."""

from bot.app import App
from domain.people.tombstones import bury
from tests.flows.talk import NEWCOMER, Dial


def test_they_hear_it_before_they_type_a_name_and_another_number_does_not(app: App, phone: Dial) -> None:
    app.store.transaction(lambda tx: bury(tx, NEWCOMER))
    again, other = phone(NEWCOMER), phone("+256772000198")
    again.dial("*384*7#")
    assert again.type("1").startswith("END ")
    other.dial("*384*7#")
    assert other.type("1").startswith("CON What is your name?")
