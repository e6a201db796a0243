"""What a call tells of money to the Paybill is in no book before M-Pesa has confirmed it."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

from bot.app import build
from bot.callbacks import take
from bot.jobs import carry_out
from domain.board.read_only import begin_read_only, end_read_only
from payments.port import Confirmed
from payments.reconcile import Compared, compare_list
from tests.bot.mpesa.nairobi import (
    ACCOUNT,
    AMINA,
    ASKED,
    Nairobi,
    addresses,
    confirmed,
    owed,
    register_addresses,
    wsgi_post,
)
from tests.conftest import PINS


def test_what_m_pesa_does_not_confirm_is_in_no_book(kenya: Nairobi) -> None:
    """Who has HOOK_SECRET can tell us of money: that never came, that was a payout, that another one got."""
    register_addresses(kenya)
    owed(kenya)
    kenya.work(5, 10)
    books, (payout,) = kenya.posted(), kenya.daraja.till.rows()
    elsewhere = kenya.daraja.paybill.pay(AMINA, ACCOUNT, ASKED, "600000")
    for receipt in ("TJ17RX4K2M", payout.receipt, elsewhere.receipt):
        assert kenya.call(addresses(kenya).fixed("confirmation"), confirmed(kenya, receipt)) == 200
    kenya.work(1, 60, 3_600)
    said = [(each.state, each.said_by, each.group) for each in kenya.app.store.inbound.find()]
    assert said == [("unidentified", "awaited", "")] * 3
    assert kenya.posted() == books


def test_what_m_pesa_confirms_late_is_booked_then_and_once(kenya: Nairobi) -> None:
    """It does not answer at first; then it does, and its list has it too."""
    register_addresses(kenya)
    kenya.daraja.payout_faults.set({"no_answer_to_status": 2, "unknown_on_status": 1})
    row = kenya.daraja.paybill.pay(AMINA, ACCOUNT, ASKED)
    kenya.work(1, 1)
    assert kenya.posted() == []
    kenya.work(20, 60, 120, 240)
    lister, now = kenya.app.listers["daraja"], kenya.app.store.now()
    compare_list(kenya.app.store, lister, now - timedelta(hours=1), now, Compared())
    inbound = kenya.app.store.inbound.get(f"daraja:{row.receipt}")
    assert (inbound.state, inbound.said_by, inbound.next_at) == ("attributed", "confirmed", None)
    assert (inbound.payer_hint, len(kenya.posted())) == ("matches", 1)


def test_where_nobody_can_be_asked_a_call_is_believed_but_not_one_for_another_number(kenya: Nairobi) -> None:
    """Our list decides of that one: it is ours after all, where the list of our number has it."""
    alone = replace(kenya.app.settings, daraja_initiator="", daraja_initiator_password="")
    with closing(build(alone, clock=kenya.clock, pins=PINS, prepared=True)) as app:
        to = addresses(kenya).fixed("confirmation")
        row = kenya.daraja.paybill.pay(AMINA, ACCOUNT, ASKED)
        assert wsgi_post(app, to, confirmed(kenya, row.receipt) | {"BusinessShortCode": "600000"}) == 200
        carry_out(app, "confirm", app.store.inbound.due(app.store.now(), 10))
        assert kenya.posted() == []
        kenya.clock.forward(hours=1)
        now = kenya.clock()
        compare_list(app.store, app.listers["daraja"], now - timedelta(hours=2), now, Compared())
        assert len(kenya.posted()) == 1
        assert wsgi_post(app, to, confirmed(kenya, "TJ17RX4K2M")) == 200
        assert len(kenya.posted()) == 2


def test_while_nothing_may_be_posted_what_came_is_kept_and_booked_afterwards(kenya: Nairobi) -> None:
    """The answer to a question of before too."""
    register_addresses(kenya)
    store = kenya.app.store
    kenya.daraja.paybill.pay(AMINA, ACCOUNT, ASKED)
    kenya.sim.world.later.wait_until_done(within_seconds=1)
    (inbound,) = store.inbound.find()
    begin_read_only(store, "test", "a test")
    kenya.work(1)
    take(kenya.app, Confirmed("daraja", inbound.receipt, ASKED))
    alone = replace(kenya.app.settings, daraja_asks_first=False)
    with closing(build(alone, clock=kenya.clock, pins=PINS, prepared=True)) as app:
        later = kenya.daraja.paybill.pay(AMINA, ACCOUNT, ASKED)
        wsgi_post(app, addresses(kenya).fixed("confirmation"), confirmed(kenya, later.receipt))
    kenya.sim.world.later.wait_until_done(within_seconds=1)
    assert ([each.said_by for each in store.inbound.find()], kenya.posted()) == (["awaited"] * 2, [])
    end_read_only(store)
    kenya.work(1)
    assert len(kenya.posted()) == 2
