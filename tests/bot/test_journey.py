"""The main job, on real stores, through the providers' wire formats on both sides."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from bot.config import Settings
from bot.jobs import TASKS, Scheduler, carry_out
from domain.board.read_only import begin_read_only, end_read_only
from domain.mongo.verify import verify_book
from tests.bot.jobs.beside import jobs
from tests.bot.living import AKELLO, NAKATO, NEWCOMER, Living, living
from tests.conftest import Clock
from tests.waiting import until


@pytest.fixture
def village(settings: Settings, clock: Clock) -> Iterator[Living]:
    redis.Redis.from_url(settings.redis_url).flushdb()
    with living(settings, clock) as village:
        yield village


def test_a_member_contributes_approves_and_gets_a_receipt(village: Living) -> None:
    """From the first digit to the books, and nothing is posted before the provider has the money."""
    store = village.app.store
    assert village.call(AKELLO, "1", "1", "2581").startswith("Now approve UGX 5,500")
    village.work()
    assert village.simulator.momo.prompts(AKELLO) == [], "no prompt while the call may still be open"
    village.work(seconds=5)
    (prompt,) = village.simulator.momo.prompts(AKELLO)
    assert store.books.totals(village.group) == {}

    village.post(f"momo/prompts/{prompt['reference']}", action="approve", pin="12345")
    village.work(seconds=10)

    assert store.books.totals(village.group) == {"1020": 5_000, "1025": 500, "2020": -500, "3010": -5_000}
    assert verify_book(store.books, village.group) == []
    receipt = village.texts(AKELLO)[-1]
    assert receipt.startswith("You paid UGX 5,500 to Umoja for savings. Saved now: UGX 5,000. Ref C")
    assert village.call(AKELLO, "2", "2581") == "Umoja: UGX 5,000, 1 share, all paid for 5 Oct"
    assert village.simulator.world.wallet(AKELLO).minor == 200_000 - 5_500


def test_money_that_moved_while_the_service_only_showed_is_in_the_books_when_it_ends(village: Living) -> None:
    """The provider's word is taken and kept; no prompt is sent, nothing is posted, and nothing comes twice."""
    store = village.app.store
    village.call(AKELLO, "1", "1", "2581")
    village.work(seconds=5)
    (prompt,) = village.simulator.momo.prompts(AKELLO)
    village.call(NAKATO, "1", "1", "2580")
    begin_read_only(store, "test", "a test")

    village.clock.forward(seconds=1)
    village.post(f"momo/prompts/{prompt['reference']}", action="approve", pin="12345")
    until(lambda: store.payments.get(prompt["reference"]).next_at == village.clock())  # kept: asked when it ends
    village.work(seconds=60)
    assert store.books.totals(village.group) == {}
    assert village.simulator.momo.prompts(NAKATO) == []
    assert {each.state for each in store.payments.find()} == {"created", "pending"}
    assert village.call(AKELLO, "1").startswith("Just now you can only look.")
    assert village.call(AKELLO, "2", "2581").startswith("Umoja: UGX 0")

    end_read_only(store)
    village.work(seconds=10)
    village.work(seconds=60)
    assert store.books.totals(village.group)["1020"] == 5_000
    assert verify_book(store.books, village.group) == []
    assert village.simulator.world.wallet(AKELLO).minor == 200_000 - 5_500
    assert len(village.simulator.momo.prompts(NAKATO)) == 1, "what waited goes on, once"


def test_a_member_who_declines_pays_nothing_and_one_who_is_fined_reads_what_for(village: Living) -> None:
    village.call(AKELLO, "1", "1", "2581")
    village.work(seconds=5)
    (prompt,) = village.simulator.momo.prompts(AKELLO)
    village.post(f"momo/prompts/{prompt['reference']}", action="reject")
    village.work(seconds=10)
    assert village.app.store.books.totals(village.group) == {}
    message = village.texts(AKELLO)[-1]
    assert "because you declined it. Nothing was taken." in message

    # An officer's own fine, as it arrives on the phone.
    fined = village.call(NAKATO, "fine", "3", "1", "lost the key", "1500", "1", "2580")
    assert fined == "Akello Grace is fined UGX 1,500, and is told."
    village.work()
    assert village.texts(AKELLO)[-1].startswith(
        "You are fined UGX 1,500 for lost the key in Umoja, says Nakato Ruth."
    )


def test_a_stranger_registers_is_let_in_and_saves(village: Living) -> None:
    """The whole way in: language, name, PIN twice, code, an officer's yes, the first contribution."""
    welcome = village.call(NEWCOMER, "1", "Achieng Mary", "2468", "2468", "10101")
    assert welcome == "Welcome Achieng Mary! Umoja must accept you first. We will send you a message."
    village.work()
    assert "Please decide: Achieng Mary asks to join Umoja. Choose Approve members in the menu." in village.texts(
        NAKATO
    )

    assert village.call(NAKATO, "approve", "1", "1", "2580") == "Achieng Mary is now a member of Umoja."
    village.work()
    assert village.texts(NEWCOMER) == ["Welcome! You are now a member of Umoja. You can save now."]

    village.call(NEWCOMER, "1", "1", "2468")
    village.work(seconds=5)
    (prompt,) = village.simulator.momo.prompts(NEWCOMER)
    village.post(f"momo/prompts/{prompt['reference']}", action="approve", pin="12345")
    village.work(seconds=10)
    totals = village.app.store.books.totals(village.group)
    assert (totals["1020"], totals["1025"]) == (5_000, 500)


def test_a_reminder_goes_out_by_itself_and_what_it_says_to_dial_leads_to_the_pin(village: Living) -> None:
    """And none to Nakato, who is about to pay when it is her turn."""
    app, store = village.app, village.app.store
    village.clock.forward(days=6, hours=8)  # Sunday at five, in Kampala

    def do(*tasks: str) -> None:
        for name in tasks:
            carry_out(app, name, TASKS[name].due_in(store, 100))

    do("remind", "remind_members")
    before = village.texts(NAKATO)
    village.call(NAKATO, "1", "1", "2580")
    do("spread")
    message = village.texts(AKELLO)[-1]
    assert message.startswith("Reminder by Wanjiru of Umoja: please put in UGX 5,500 by 12 Oct. Dial *384*7*1*1# ")
    assert village.texts(NAKATO) == before
    assert store.notices.count(kind="reminder", state="skipped", reason="PAID") == 1
    screen = village.post("ussd/dial", phone=AKELLO, code="*384*7*1*1#")
    assert screen["text"].startswith("Pay UGX 5,500 to Umoja. Your PIN?")
    screen = village.post("ussd/reply", session=screen["session"], text="2581")
    assert screen["text"].startswith("Now approve UGX 5,500 on your phone")


def test_what_is_due_is_found_though_every_poke_was_lost(village: Living) -> None:
    """Redis is emptied: the scheduler finds the payment in the store, and pokes again."""
    village.work()
    village.call(AKELLO, "1", "1", "2581")
    redis.Redis.from_url(village.app.settings.redis_url).flushdb()
    scheduler = Scheduler(village.app.store, village.app.queue, timer=lambda: 0.0)
    scheduler.round()  # the figures of the group
    assert scheduler.round() == 0, "not before the call is over"
    village.clock.forward(seconds=5)
    assert scheduler.round() == 1
    assert scheduler.round() == 0, "one poke is enough for a while"


def test_two_schedulers_double_nothing(village: Living) -> None:
    """Each pokes for what is due, and two workers come to each poke at once."""
    app, store = village.app, village.app.store
    schedulers = [Scheduler(store, app.queue, timer=village.clock.timestamp) for _ in range(2)]

    def round_of_both() -> list[tuple[str, list[str]]]:
        for scheduler in schedulers:
            scheduler.round(["settle", "deliver"])
        poked = jobs(app)
        with ThreadPoolExecutor(8) as workers:
            list(workers.map(lambda job: carry_out(app, *job), poked))
        return poked

    village.call(AKELLO, "1", "1", "2581")
    village.clock.forward(seconds=5)
    poked = round_of_both()
    (payment,) = store.payments.find()
    assert [job for job in poked if job == ("settle", [payment.id])] == [("settle", [payment.id])] * 2
    (prompt,) = village.simulator.momo.prompts(AKELLO)
    village.post(f"momo/prompts/{prompt['reference']}", action="approve", pin="12345")
    for _ in range(3):
        village.clock.forward(seconds=10)
        round_of_both()
    assert store.books.totals(village.group)["1020"] == 5_000
    assert village.simulator.world.wallet(AKELLO).minor == 200_000 - 5_500
    assert sum(text.startswith("You paid UGX 5,500") for text in village.texts(AKELLO)) == 1
