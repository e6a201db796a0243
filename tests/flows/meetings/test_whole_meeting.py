"""
A chairperson's whole meeting as it is heard, in calls and in a chat: opened, the roll called, the cash of 25
members, two loans, three fines, closed; and once the line is dropped.
"""

from dataclasses import replace
from typing import Any

import pytest

from bot.app import App
from domain.loans.borrow import RequestLoan
from tests.conftest import Clock
from tests.domain.officers import cash, vote
from tests.flows.loans.borrowers import lends
from tests.flows.talk import Name, heard, inputs
from tests.money import ugx
from tests.people import Village, Villager, do, let_in, register
from tests.phone import Transcript

pytestmark = pytest.mark.chats("whatsapp")

FIRST_NAMES = [
    *("Abeni", "Adaeze", "Akinyi", "Amina", "Atieno", "Awino", "Baraka", "Chebet", "Chipo", "Esi", "Fatou"),
    *("Habiba", "Imani", "Jelani", "Kamau", "Lindiwe", "Makena", "Nafula", "Njeri", "Otieno", "Sanaa", "Zawadi"),
]
BEFORE = 102_000  # four members' savings and social fund of the meeting before

# "call:" is heard in a call alone: in a chat a right PIN counts for half an hour, but where money leaves.
BEGINNING = """
    > *384*7*meeting#
    < CON Open a meeting of Umoja. Your PIN?
    < 0 Back
    > 2580
    < CON Count the cash box. How much is in it?
    < 1. Nothing
    < 0 Back  00 Home
    > 100000
    < CON Count the social fund's cash.
    < 1. Nothing
    < 0 Back  00 Home
    > 2000
    < END Meeting 1 is open. For the roll call choose Meeting again.
    > *384*7*meeting*1#
    call: < CON Name who is absent, late or excused. Your PIN?
    call: < 0 Back  00 Home
    call: > 2580
    < CON Which member? Type the number in the group, phone or name.
    < 0 Back  00 Home
    > 26
    < CON Zawadi Name today?
    < 1. Absent
    < 2. Late
    < 3. Excused
    < 4. Present
    < 0 Back  00 Home
    > 2
    < CON Zawadi Name: Late.
    < 1. Name another
    < 2. All are named
    < 0 Back  00 Home
    > 2
    < END Noted. Everybody else is present.
    > *384*7*cash_round#
    call: < CON Cash of Umoja, one by one. Your PIN?
    call: < 0 Back
    call: > 2580
    < CON UGX 0 of 0 members, boxes UGX 102,000.
    < Type number and amount, like 7 5500; only the number for what is due.
    < 01. Who is missing
    < 0. End
"""
DROPPED = """
    -- dropped
    > *384*7#
    < CON You were not finished. Go on?
    < 1. Continue
    < 2. Start again
    > 1
    call: < CON Cash of Umoja, one by one. Your PIN?
    call: < 0 Back
    call: > 2580
"""
END = """
    > 0
    < END UGX 137,500 of 25 members, boxes UGX 239,500.
    < Cash box UGX 225,000, social fund UGX 14,500.
    > *384*7*lend*pay#
    < CON Pay out which loan?
    < 1. Akello Grace, UGX 30,000
    < 2. Okot James, UGX 20,000
    < 0 Back  00 Home
    > 1
    < CON Pay UGX 30,000 to Akello Grace. Your PIN?
    < 0 Back  00 Home
    > 2580
    < END Now hand UGX 30,000 to Akello Grace in cash.
    > *384*7*lend*pay#
    < CON Pay out which loan?
    < 1. Okot James, UGX 20,000
    < 0 Back  00 Home
    > 1
    < CON Pay UGX 20,000 to Okot James. Your PIN?
    < 0 Back  00 Home
    > 2580
    < END Now hand UGX 20,000 to Okot James in cash.
"""
FINE = """
    > *384*7*fine*{number}#
    < CON Fine {name} for what?
    < 1. UGX 1,000, absence
    < 2. UGX 500, coming late
    < 3. UGX 2,000, disorder
    < 4. Something else
    < 0 Back  00 Home
    > 3
    call: < CON Fine {name} UGX 2,000 for disorder? Your PIN?
    call: < 0 Back  00 Home
    call: > 2580
    < END {name} is fined UGX 2,000, and is told.
"""
CLOSE = """
    > *384*7*meeting#
    < CON Meeting of 12 Oct. Absent 0, late 1, excused 0.
    < 1. Roll call
    < 2. Close the meeting
    < 3. Cash since the last close
    < 0 Back
    > 2
    < CON 1 member was late or absent. Fine UGX 500?
    < 1. Yes
    < 2. No
    < 0 Back  00 Home
    > 2
    call: < CON Close the meeting of Umoja. Your PIN?
    call: < 0 Back  00 Home
    call: > 2580
    < CON Count the cash box. How much is in it?
    < 1. Nothing
    < 0 Back  00 Home
    > 175000
    < CON Count the social fund's cash.
    < 1. Nothing
    < 0 Back  00 Home
    > 14500
    < END Meeting 1 is closed.
    < Cash box UGX 175,000, social fund UGX 14,500.
"""


@pytest.fixture
def everybody(app: App, village: Village, clock: Clock) -> list[Villager]:
    """26 members, the chairperson first, by number; two of them were promised a loan, a week after saving."""
    lends(app, village)
    rules = app.store.groups.get(village.umoja).constitution
    app.store.groups.change(village.umoja, constitution=replace(rules, members_max=30))
    cash(app.store, village, village.wanjiru, 25_500, village.nakato)
    for who, minor in ((village.akello, 30_000), (village.okot, 20_000)):
        asked: Any = do(app.store, RequestLoan(village.umoja, who.id, ugx(minor), 1, "cash", ()))
        proposal = app.store.proposals.get(app.store.loans.get(asked["loan"]).proposal)
        vote(app.store, proposal, village.nakato, village.wanjiru)
    clock.forward(days=7)
    newcomers = [
        register(app.store, f"{name} Name", f"+2567720002{n:02}", "2583") for n, name in enumerate(FIRST_NAMES)
    ]
    let_in(app.store, village.umoja, village.code, village.nakato, *newcomers)
    return [village.nakato, village.wanjiru, village.akello, village.okot, *newcomers]


def written_down(everybody: list[Villager], place: int) -> str:
    """What is heard after the cash of so many."""
    return f"""
        < CON {everybody[place].name}: UGX 5,500.
        < UGX {5_500 * place:,} of {place} member{"s" if place > 1 else ""}, boxes UGX {BEFORE + 5_500 * place:,}.
        < Next number and amount?
        < 01. Who is missing
        < 02. Cancel the last
        < 0. End
    """


@pytest.mark.parametrize("dropped_after", [12])
def test_a_whole_meeting_with_a_dropped_call(
    app: App,
    converse: Transcript,
    channel: Name,
    village: Village,
    everybody: list[Villager],
    dropped_after: int,
) -> None:
    round_of_cash = [
        f"> {place + 1}{' 5500' * (place % 2)}{written_down(everybody, place)}"
        + (f"{DROPPED}{written_down(everybody, place)}" if place == dropped_after else "")
        for place in range(1, len(everybody))
    ]
    fines = [FINE.format(number=place + 1, name=everybody[place].name) for place in (2, 6, 9)]
    whole = "\n".join([BEGINNING, *round_of_cash, END, *fines, CLOSE])
    heard_here = [line.strip() for line in whole.splitlines() if channel == "ussd" or "call: " not in line]
    transcript = "\n".join(line.removeprefix("call: ") for line in heard_here)
    converse(transcript, by=village.nakato.phone)
    assert inputs("\n".join(round_of_cash)) <= 60
    totals = app.store.books.totals(village.umoja)
    assert (totals["1010"], totals["1040"], totals["1100"]) == (175_000, 14_500, 50_000)
    for who in everybody[1:]:
        told = heard(app, who.phone)
        assert sum("UGX 5,500 in cash to Umoja for savings" in each for each in told) == 1
        assert told[-1].startswith("Meeting 1 of Umoja: cash UGX 189,500, put in UGX 137,500, lent UGX 50,000")
