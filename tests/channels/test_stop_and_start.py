"""Who said STOP is sent nothing, whichever way they said it, until they say START."""

from werkzeug.test import Client

from bot.app import App
from channels.deliver import FRESH_SECONDS, Senders, deliver
from channels.sms.text import AfricasTalkingSms
from domain.mongo.store import MongoStore
from domain.people.chats import stop_messages_to
from domain.records.notice import Notice
from simulator.server import Simulator
from tests.channels.sending import Sender, deliver_all, only
from tests.conftest import Clock
from tests.people import Village, Villager
from tests.web import wsgi


def test_who_said_stop_is_sent_nothing_and_after_start_the_next_one(
    store: MongoStore, akello: Villager, notice: str
) -> None:
    sender = Sender()
    stop_messages_to(store, akello.phone, True)
    deliver(store, only(sender), notice)
    assert (store.notices.get(notice).state, store.notices.get(notice).reason) == ("skipped", "STOPPED")
    stop_messages_to(store, akello.phone, False)
    now = store.now()
    store.notices.insert(Notice("n2", akello.id, "pin_changed", {}, now, next_at=now))
    deliver(store, only(sender), "n2")
    assert [text[:20] for _, text in sender.sent] == ["Your PIN was changed"]


def test_whoever_says_stop_while_its_turn_is_waited_for_is_sent_nothing(
    store: MongoStore, akello: Villager, notice: str, clock: Clock
) -> None:
    def turn_comes(_channel: str) -> float:
        stop_messages_to(store, akello.phone, True)
        clock.forward(seconds=2 * FRESH_SECONDS)
        return 0

    sender = Sender()
    deliver(store, Senders({}, sender, turn_comes, timer=clock.timestamp), notice)
    assert (sender.sent, store.notices.get(notice).reason) == ([], "STOPPED")


# At the webhooks, from one end of the wire to the other


def test_reports_and_stop_arrive_at_the_webhooks(app: App, village: Village, clock: Clock) -> None:
    post, akello, store = Client(wsgi(app)).post, village.akello, app.store
    simulator = Simulator({"port": 0, "people": [{"name": "Akello", "phone": akello.phone}]})
    simulator.start()
    deliver_all(store, AfricasTalkingSms("sandbox", "k", url=simulator.url))
    simulator.stop()
    (welcome,) = store.notices.find(person=akello.id)
    (message,) = simulator.sms.inbox(akello.phone)
    assert (welcome.state, welcome.provider_id) == ("sent", message["id"])

    dlr = {"id": message["id"], "status": "Success", "phoneNumber": akello.phone, "retryCount": "0"}
    for body, status in ((dlr, 200), (dlr | {"status": "Sent"}, 200), (dlr | {"id": "ATXid_?"}, 200), ({}, 400)):
        assert post("/hooks/at/dlr/hook", data=body).status_code == status
    assert store.notices.get(welcome.id).state == "delivered"

    inbound = {"date": "2026-10-01 09:31:00", "from": akello.phone, "id": "3f0c", "linkId": "", "to": "4455"}
    optout = {"senderId": "CHAMA", "phoneNumber": akello.phone}
    for number, (hook, form, stopped) in enumerate((
        ("inbound", inbound | {"text": "BALANCE"}, False),
        ("inbound", inbound | {"text": "Acha"}, True),
        ("inbound", inbound | {"text": "Acha"}, True),
        ("inbound", inbound | {"text": "Anza"}, False),
        ("optout", optout, True),
        ("inbound", inbound | {"text": "STOP", "from": "+256772000999"}, True),
        ("inbound", inbound | {"text": "START"}, False),
        ("inbound", inbound | {"text": "STOP", "from": "MTN-News"}, False),
    )):  # fmt: skip
        assert post(f"/hooks/at/{hook}/hook", data=form | {"id": f"3f0c{number}"}).status_code == 200
        assert store.people.get(akello.id).messages_stopped is stopped
    for hook in ("inbound", "optout", "dlr"):
        assert post(f"/hooks/at/{hook}/wrong", data=optout | inbound | dlr | {"text": "STOP"}).status_code == 404
        assert post(f"/hooks/at/{hook}/hook", data={"to": "4455"}).status_code == 400
        assert Client(wsgi(app)).get(f"/hooks/at/{hook}/hook").status_code == 405
    assert not store.people.get(akello.id).messages_stopped


def test_stop_and_start_by_sms_are_answered_once_in_the_person_s_language(app: App, village: Village) -> None:
    store, akello, simulator = app.store, village.akello, Simulator({"port": 0})
    store.people.change(akello.id, language="sw")
    inbound = {"date": "2026-10-01 09:31:00", "from": akello.phone, "linkId": "", "to": "4455"}

    def says(text: str, id: str, hook: str = "inbound") -> list[str]:
        """What comes back on the phone."""
        before = len(simulator.sms.inbox(akello.phone))
        form = inbound | {"id": id, "text": text, "phoneNumber": akello.phone}
        assert Client(wsgi(app)).post(f"/hooks/at/{hook}/hook", data=form).status_code == 200
        deliver_all(store, AfricasTalkingSms("sandbox", "k", url=simulator.url))
        return [message["text"] for message in simulator.sms.inbox(akello.phone)[before:]]

    simulator.start()
    try:
        deliver_all(store, AfricasTalkingSms("sandbox", "k", url=simulator.url))
        stopped = ["Hutapata ujumbe wetu tena, wala risiti. Tuma START upate tena."]
        assert says("STOP", "a1") == stopped
        assert says("STOP", "a1") == [], "it comes again until its provider has heard a 200"
        assert says("stop!", "a2") == stopped, "who asks again hears it again"
        (started,) = says("Anza", "a3")
        assert says("STOP", "a1") == []
        assert not store.people.get(akello.id).messages_stopped, (
            "an old message that comes late is not obeyed again"
        )
        assert "ujumbe" in started
        assert len(says("cancel", "a4")) == 1
        assert [says("STOP", f"b{n}") for n in range(5)] == [[]] * 5, "a machine at the other end is not answered"
        assert says("", "c1", "optout") == [], "the operator lets nothing through"
        store.people.change(akello.id, language="en")
        assert says("BALANCE", "a9") == []
    finally:
        simulator.stop()
    assert all(notice.state in ("sent", "delivered") for notice in store.notices.find(to=akello.phone))


def test_the_answer_to_stop_where_the_operator_keeps_a_list_is_tried_once(app: App, village: Village) -> None:
    akello, simulator = village.akello, Simulator({"port": 0})
    simulator.start()
    try:
        sms = AfricasTalkingSms("sandbox", "k", url=simulator.url)
        deliver_all(app.store, sms)
        simulator.sms.faults.set({"rejects": {akello.phone: "UserInBlacklist"}})
        form = {"from": akello.phone, "id": "a1", "text": "STOP"}
        Client(wsgi(app)).post("/hooks/at/inbound/hook", data=form)
        deliver_all(app.store, sms)
    finally:
        simulator.stop()
    (answer,) = app.store.notices.find(kind="messages_stopped")
    assert (answer.state, answer.attempts, answer.reason) == ("failed", 1, "sms: 406 UserInBlacklist")
