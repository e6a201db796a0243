"""Cash that goes round as it is heard: member after member on one PIN, the last one put right, nothing twice."""

from dataclasses import replace
from statistics import median

import pytest
import redis

from bot.app import App
from domain.savings.fines import FineMember
from flows.engine.sessions import Keys
from tests.domain.officers import cash
from tests.flows.meetings.lent import lend
from tests.flows.talk import heard
from tests.listening import Commands
from tests.people import Village, do, let_in, register
from tests.phone import Phone, Transcript
from tests.web import wsgi

pytestmark = [pytest.mark.chats("whatsapp", "sms"), pytest.mark.usefixtures("rules")]


def test_one_member_after_the_other_is_one_input_each(app: App, converse: Transcript, village: Village) -> None:
    converse(
        """
        > *384*7*cash_round#
        < CON Cash of Umoja, one by one. Your PIN?
        < 0 Back
        > 1470
        < CON UGX 0 of 0 members, boxes UGX 0.
        < Type number and amount, like 7 5500; only the number for what is due.
        < 01. Who is missing
        < 0. End
        > 3
        < CON Akello Grace: UGX 5,500.
        < UGX 5,500 of 1 member, boxes UGX 5,500.
        < Next number and amount?
        < 01. Who is missing
        < 02. Cancel the last
        < 0. End
        > okot 10 500
        < CON Okot James: UGX 10,500.
        < UGX 16,000 of 2 members, boxes UGX 16,000.
        < Next number and amount?
        < 01. Who is missing
        < 02. Cancel the last
        < 0. End
        > 02
        < CON Cancelled: Okot James, UGX 10,500.
        < UGX 5,500 of 1 member, boxes UGX 5,500.
        < Next number and amount?
        < 01. Who is missing
        < 0. End
        > 4 due
        < CON Okot James: UGX 5,500.
        …
        > 01
        < CON Not yet:
        < Next number and amount?
        < 1. Nakato Ruth, UGX 5,500
        < 2. Wanjiru Mary, UGX 5,500
        < 01. Who is missing
        < 02. Cancel the last
        < 0. End
        > 1
        < CON Nakato Ruth: UGX 5,500.
        …
        > 0
        < END UGX 16,500 of 3 members, boxes UGX 16,500.
        < Cash box UGX 15,000, social fund UGX 1,500.
    """,
        by=village.wanjiru.phone,
    )
    assert app.store.books.totals(village.umoja) == {
        "1010": 15_000,
        "1040": 1_500,
        "2020": -1_500,
        "3010": -15_000,
    }
    too_much, slip, right = heard(app, village.okot.phone)[-3:]
    assert too_much.startswith("You paid UGX 10,500 in cash to Umoja for savings. Saved now: UGX 10,000.")
    assert slip == (
        "A slip: the cash record of UGX 10,500 in Umoja was cancelled by Wanjiru Mary, who wrote it. Not right? "
        "Tell another officer."
    )
    assert right.startswith("You paid UGX 5,500 in cash to Umoja for savings. Saved now: UGX 5,000.")


@pytest.mark.chats("whatsapp")
def test_what_cannot_be_read_or_written_down_is_said_and_the_next_is_asked(
    app: App, converse: Transcript, village: Village
) -> None:
    app.store.people.change(village.okot.id, frozen=True)
    converse(
        """
        > *384*7*cash_round#
        …
        > 1470
        …
        > 3 5500x
        < CON Please type the amount in digits only, like 3 5500.
        …
        > 3 5
        < CON At least UGX 100. Please type it like 3 5500.
        …
        > 3 KES 500
        < CON The group counts in UGX, not in KES. Please type the amount in digits only.
        …
        > 03
        < CON Type number and amount, like 7 5500; only the number for what is due.
        …
        > 77 5500
        < CON No member matches 77.
        < UGX 0 of 0 members, boxes UGX 0.
        < Next number and amount?
        < 01. Who is missing
        < 0. End
        > 2 5500
        < CON Another officer must write down your own cash.
        …
        > 4 5500
        < CON Okot James: The account of Okot James is frozen…
        …
        > 3 99000
        < CON Akello Grace: at most UGX 25,500 can be written down.
        …
        > 3*5500
        < CON Akello Grace: UGX 5,500.
        …
        > 3
        < CON Akello Grace has put in all there is to pay.
        …
        > 0
        …
    """,
        by=village.wanjiru.phone,
    )
    assert app.store.books.totals(village.umoja)["1010"] == 5_000


@pytest.mark.chats("telegram")
def test_the_same_again_is_asked_before_it_is_written_down(
    app: App, converse: Transcript, village: Village
) -> None:
    cash(app.store, village, village.akello, 5_500, village.nakato)
    converse(
        """
        > *384*7*cash_round#
        …
        > 1470
        …
        > 3 5500
        < CON UGX 5,500 was written down on 5 Oct at … by Nakato Ruth.
        < Write it down once more?
        < 1. Yes
        < 2. No
        < 0 Back  00 Home
        > 2
        < CON Akello Grace: nothing more was written down.
        < UGX 0 of 0 members, boxes UGX 5,500.
        …
        > 3 5500
        < CON UGX 5,500 was written down …
        …
        > 1
        < CON Akello Grace: UGX 5,500.
        …
        > 0
        …
    """,
        by=village.wanjiru.phone,
    )
    assert app.store.books.totals(village.umoja)["1010"] == 10_500


@pytest.mark.chats("whatsapp")
def test_who_owes_several_things_is_asked_what_it_is_for(app: App, converse: Transcript, village: Village) -> None:
    lend(app, village, village.akello, 20_000)
    do(app.store, FineMember(village.nakato.id, village.umoja, village.akello.id, "disorder"))
    converse(
        """
        > *384*7*cash_round#
        …
        > 1470
        …
        > 3 2000
        < CON What is the cash of Akello Grace for?
        < 1. Savings: UGX 2,000
        < 2. Fine: UGX 2,000, disorder
        < 3. Loan …: UGX 2,000
        < 0 Back  00 Home
        > 0
        …
        > 3 2000
        …
        > 2
        < CON Akello Grace: UGX 2,000.
        …
        > 0
        …
    """,
        by=village.wanjiru.phone,
    )
    assert app.store.books.totals(village.umoja)["4020"] == -2_000


def test_a_round_of_25_takes_less_than_60_inputs_and_its_end_costs_what_its_beginning_did(
    counted: tuple[App, Commands], village: Village, valkey: redis.Redis
) -> None:
    app, commands = counted
    rules = replace(app.store.groups.get(village.umoja).constitution, members_max=30)
    app.store.groups.change(village.umoja, constitution=rules)
    newcomers = [
        register(app.store, f"Member {chr(65 + n)}a Name", f"+2567720002{n:02}", "2580") for n in range(22)
    ]
    let_in(app.store, village.umoja, village.code, village.nakato, *newcomers)
    wanjiru = Phone(wsgi(app), app.settings.hook_secret, village.wanjiru.phone)
    asked: list[int] = []  # of Redis and MongoDB, by each input
    sizes: list[int] = []
    numbers = [1, *range(3, 27)]  # all but her own

    def heard_after(typed: str) -> str:
        commands.sent.clear()
        before = app.link.round_trips
        said = wanjiru.dial() if typed == "dial" else wanjiru.type(typed)
        asked.append(app.link.round_trips - before + len(commands.sent))
        sizes.append(valkey.hstrlen(Keys(village.wanjiru.id, "").session, "data"))
        return said

    for typed in ("dial", "6", "2", village.wanjiru.pin):
        heard_after(typed)
    for place, number in enumerate(numbers, start=1):
        typed = f"{number} 5500" if place % 2 else str(number)
        assert f"UGX {5_500 * place:,} of {place} member" in heard_after(typed)
        if place == 12:
            # The call is dropped, and the answer to what was typed last is never seen.
            assert "You were not finished" in heard_after("dial")
            heard_after("1")
            assert f"UGX {5_500 * place:,} of {place} member" in heard_after(village.wanjiru.pin)
    assert "UGX 137,500 of 25 members" in wanjiru.type("0")
    assert len(asked) + 1 <= 60
    assert app.store.payments.count(group=village.umoja, state="succeeded") == 25
    assert max(sizes) < 1_500
    # No turn pays for those before it.
    assert median(asked[-10:]) <= median(asked[4:14])
