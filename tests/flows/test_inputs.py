"""How many inputs everyday things take after dialling, with the PIN and turning pages: a table, and its bounds."""

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from bot.app import App
from domain.loans.pay_out import HandOverLoan
from domain.people.forgotten_pin import SendPinCode
from tests.domain.officers import cash
from tests.flows.loans.borrowers import approve, asked, lends
from tests.flows.talk import Dial
from tests.people import Village, Villager, do, let_in, register
from tests.phone import Phone


@dataclass
class Caller:
    """Somebody who reads what is on the screen, and turns its pages; `typed` counts what they type."""

    phone: Phone
    pin: str
    typed: int = 0

    def dials(self) -> "Caller":
        self.phone.dial()
        return self

    def types(self, *answers: str) -> "Caller":
        for answer in answers:
            self.phone.type(answer)
            self.typed += 1
        return self

    def picks(self, *labels: str) -> "Caller":
        """The numbers of options, by how their labels begin."""
        for label in labels:
            while not (found := re.search(rf"^(\d+)\. {re.escape(label)}", self.phone.screen, re.M)):
                assert "98 More" in self.phone.screen, f"no {label!r} in {self.phone.screen}"
                self.types("98")
            self.types(found[1])
        return self

    def ends(self, said: str) -> int:
        """How many inputs it took, when that is what is heard in the end."""
        assert self.phone.screen.startswith("END "), self.phone.screen
        assert said in self.phone.screen, self.phone.screen
        return self.typed


Calls = Callable[[Villager], Caller]
Task = Callable[[App, Village, Calls], int]


def balance(app: App, village: Village, calls: Calls) -> int:
    return calls(village.akello).picks("Balance").types(village.akello.pin).ends("Umoja: UGX ")


def due_contribution(app: App, village: Village, calls: Calls) -> int:
    akello = calls(village.akello).picks("Contribute", "Pay UGX 5,500").types(village.akello.pin)
    return akello.ends("Now approve UGX 5,500")


def statement(app: App, village: Village, calls: Calls) -> int:
    cash(app.store, village, village.akello, 5_500, village.wanjiru)
    akello = calls(village.akello).picks("My money", "Last transactions").types(village.akello.pin)
    return akello.ends("UGX 5,500")


def repay(app: App, village: Village, calls: Calls) -> int:
    lends(app, village)
    loan = asked(app, village, 30_000)
    approve(app, village, loan)
    do(app.store, HandOverLoan(village.wanjiru.id, loan))
    akello = calls(village.akello).picks("Loans", "Repay").types(village.akello.pin).picks("Pay UGX 33,000")
    return akello.ends("Now approve UGX 33,000")


def approve_a_loan(app: App, village: Village, calls: Calls) -> int:
    lends(app, village)
    asked(app, village, 30_000)
    nakato = calls(village.nakato).picks("My group", "Decide", "Loan").types(village.nakato.pin)
    return nakato.picks("Agree").ends("You agreed")


def cash_of_25(app: App, village: Village, calls: Calls) -> int:
    rules = app.store.groups.get(village.umoja).constitution
    app.store.groups.change(village.umoja, constitution=replace(rules, members_max=30))
    newcomers = [register(app.store, f"Abeni {chr(65 + n)}b", f"+2567720002{n:02}", "2583") for n in range(22)]
    let_in(app.store, village.umoja, village.code, village.nakato, *newcomers)
    wanjiru = calls(village.wanjiru).picks("At the meeting", "Cash of everybody").types(village.wanjiru.pin)
    return wanjiru.types("1", *map(str, range(3, 27)), "0").ends("of 25 members")


def ask_for_a_loan(app: App, village: Village, calls: Calls) -> int:
    lends(app, village)
    akello = calls(village.akello).picks("Loans", "Ask for a loan").types(village.akello.pin, "30000", "1")
    return akello.picks("Cash", "Agree", "Business").ends("Your officers decide")


def help_with_a_forgotten_pin(app: App, village: Village, calls: Calls) -> int:
    nakato = calls(village.nakato).picks("Lead the group", "Members").types("3").picks("Forgot their PIN")
    return nakato.types(village.nakato.pin).ends("A code is on its way to the phone of Akello Grace")


def set_a_pin_that_was_forgotten(app: App, village: Village, calls: Calls) -> int:
    do(app.store, SendPinCode(village.nakato.id, village.umoja, village.akello.id))
    sent: Any = max(app.store.codes.find(phone=village.akello.phone), key=lambda each: each.at)
    akello = calls(village.akello).picks("Settings", "Forgot").types(sent.code, "64197", "64197")
    return akello.ends("You have a new PIN")


def found_a_group(app: App, village: Village, calls: Calls) -> int:
    opio = calls(register(app.store, "Opio Peter", "+256772000110", "4826")).picks("Start a group", "Shares")
    opio.types("Tujenge", "5000", "500").picks("every week", "Mon", "Yes", "Take them")
    return opio.types("4826").ends("Tujenge has started")


# What each may take at most.
TASKS: Final[Mapping[Task, int]] = {
    balance: 2,
    due_contribution: 3,
    statement: 3,
    repay: 4,
    approve_a_loan: 5,
    cash_of_25: 60,
    ask_for_a_loan: 8,
    help_with_a_forgotten_pin: 6,
    set_a_pin_that_was_forgotten: 5,
    found_a_group: 10,
}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__)
def test_what_people_do_every_day_takes_few_inputs(
    app: App, village: Village, phone: Dial, task: Task, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = task(app, village, lambda who: Caller(phone(who.phone), who.pin).dials())
    with capsys.disabled():
        sys.stdout.write(f"\n{task.__name__.replace('_', ' '):32}{inputs:4} of {TASKS[task]}")
    assert inputs <= TASKS[task]
