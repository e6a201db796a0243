"""STOP while a message goes to many: what was not on its way yet when it was answered is never sent."""

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from werkzeug.test import Client

from bot.app import App
from channels.deliver import Senders, deliver
from channels.port import Push
from domain.broadcasts.go_out import advance
from domain.broadcasts.send import SendBroadcast
from domain.people.chats import put_address
from tests.broadcasting import crowd
from tests.conftest import Clock
from tests.people import Village, do
from tests.phone import Phone, TelegramPhone, WhatsAppPhone
from tests.web import wsgi

WORKERS, PEOPLE, STOPPED = 3, 45, 18
# The first of those to whom no worker comes before all have said STOP, from whichever end.
UNREACHED = STOPPED


class Wire:
    """Takes messages, and remembers to whom they went."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def send(self, push: Push) -> str:
        self.taken.append(push.to)
        return uuid.uuid4().hex


def test_after_stop_on_any_channel_not_one_message_more_is_begun(
    app: App, village: Village, phone: Callable[[str], Phone], clock: Clock
) -> None:
    store, web = app.store, Client(wsgi(app))
    crowd(store, village, PEOPLE)
    do(store, SendBroadcast(village.nakato.id, village.umoja, "meeting", "all"))
    numbers = {each.id: each.phone for each in store.people.find() if each.id.startswith("more")}
    people = sorted(numbers)
    for place, person in enumerate(people):
        if channel := ("telegram", "whatsapp", "")[place % 3]:
            name = str(int(numbers[person][-9:])) if channel == "telegram" else numbers[person]
            put_address(store, f"{channel}:{name}", channel, person)

    def by_call(number: str) -> None:
        assert "You get no more" in phone(number).dial("*384*7*messages*stop#")

    def by_text(number: str) -> None:
        form = {"from": number, "to": "4455", "text": "Stop!", "id": uuid.uuid4().hex}
        assert web.post(f"/hooks/at/inbound/{app.settings.hook_secret}", data=form).status_code == 200

    def by_telegram(number: str) -> None:
        assert "You get no more" in TelegramPhone(app, number).dial("stop")

    def by_whatsapp(number: str) -> None:
        assert "You get no more" in WhatsAppPhone(app, number).dial("stop")

    clock.forward(seconds=61)
    (cast,) = store.broadcasts.find()
    advance(store, cast.id)
    wire, chat = Wire(), Wire()
    senders = Senders({"telegram": chat, "whatsapp": chat}, wire)
    # The crowd's are in its own order, and the village's at the end.
    named = {f"cast:{cast.id}:{each}" for each in people}
    due = sorted(store.notices.due_of(bulk=True, now=clock(), limit=1_000), key=lambda id: (id not in named, id))
    goes_on = [threading.Semaphore(0) for _ in range(WORKERS)]

    def works(number: int) -> None:
        """Each comes by all messages, from one end or the other: by one while somebody says STOP."""
        for id in due[:: -1 if number % 2 else 1]:
            goes_on[number].acquire()
            deliver(store, senders, id)

    at_stop: dict[str, str] = {}
    with ThreadPoolExecutor(WORKERS) as workers:
        running = [workers.submit(works, number) for number in range(WORKERS)]
        try:
            for place in range(STOPPED):
                # By turns somebody whose message is being sent, and somebody to whom no worker has come yet.
                at = place if place % 2 == 0 else UNREACHED + place // 2
                person = people[at]
                for each in goes_on:
                    each.release()
                says = (by_telegram, by_whatsapp, by_text, by_call)
                says[3 if place % 5 == 0 else at % 3](numbers[person])
                at_stop[person] = store.notices.get(f"cast:{cast.id}:{person}").state
        finally:
            for each in goes_on:
                each.release(len(due))
        for done in running:
            done.result()
    ended = {person: store.notices.get(f"cast:{cast.id}:{person}") for person in people}
    waited = {person for person, state in at_stop.items() if state == "queued"}
    assert waited >= set(people[UNREACHED : UNREACHED + STOPPED // 2])
    assert {(ended[each].state, ended[each].why) for each in waited} == {("skipped", "STOPPED")}
    others = [each for each in people if each not in at_stop]
    assert {ended[each].state for each in others} == {"sent"}
    assert len(wire.taken) + len(chat.taken) == sum(each.state == "sent" for each in ended.values()) + 4
