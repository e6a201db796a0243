"""Marked values in conversations. Each function answers with texts that others than the member may see."""

import io
from dataclasses import replace
from typing import Any

from pypdf import PdfReader
from werkzeug.test import Client

from bot.app import App
from domain.broadcasts.operator import PrepareBroadcast
from domain.groups.join import JoinGroup
from domain.meetings.count import Counted
from domain.meetings.meeting import CloseMeeting, OpenMeeting
from domain.money import Money
from tests.canary.marks import (
    APIO,
    MOMO_PIN,
    NEW_PIN,
    NEWCOMER,
    NOBODY,
    OFFICER,
    OFFICER_PIN,
    PIN,
    SECRETS,
    WRONG_PIN,
    apio_in,
    post,
)
from tests.domain.officers import counted
from tests.people import do, register
from tests.phone import TelegramPhone, WhatsAppPhone
from tests.waiting import until
from tests.web import wsgi
from tests.wired import BusyPhone, Chat, Wired


def every_conversation(town: Wired) -> list[str]:
    """Balance, contribution, registration and a new PIN, spread over the channels, with slips."""
    app, simulator = town.app, town.simulator
    phone = town.phone(APIO)
    phone.dial()
    for typed in ("2", WRONG_PIN, f"{PIN}0", PIN):
        phone.type(typed)
    phone.dial("*384*7*1*2000#")
    for typed in ("1", PIN):
        phone.type(typed)
    ended = {"sessionId": phone.form()["sessionId"], "phoneNumber": APIO, "status": "Incomplete"}
    ended |= {"input": f"1*{PIN}", "lastAppResponse": phone.screen, "durationInMillis": "1000"}
    post(app, f"/hooks/at/ussd-events/{app.settings.hook_secret}", data=ended)
    town.work(seconds=10)
    (prompt,) = simulator.momo.prompts(APIO)
    simulator.momo.approve(prompt["reference"], MOMO_PIN)
    town.work(seconds=10)

    simulator.telegram.start(NEWCOMER)
    simulator.telegram.share_contact(NEWCOMER)
    for typed in ("1", "Achieng Mary", PIN, WRONG_PIN, PIN, "10101"):
        simulator.telegram.write(NEWCOMER, typed)
    assert "Welcome Achieng Mary!" in town.telegram(NEWCOMER)[-1]
    chat = Chat(app, 913_457)
    for typed in ("/start", "1", APIO):
        chat.type(typed)
    chat.type("000000")
    town.work(seconds=1)

    for typed in ("hi", "balance", WRONG_PIN, PIN, "change pin", PIN, NEW_PIN, WRONG_PIN, NEW_PIN):
        simulator.whatsapp.write(APIO, typed)
    assert "Your PIN is changed" in town.whatsapp(APIO)[-1]
    simulator.whatsapp.share(APIO, "location")

    texting = BusyPhone(app, APIO, simulator)
    for typed in ("balance", PIN, NEW_PIN, "pay 2000", "yes", "stop"):
        texting.type(typed)
    town.work(seconds=10)
    return []


def everyday_things(town: Wired) -> list[str]:
    """
    What people live with: a forgotten PIN, cash that goes round, members as officers see them, who asks to join
    and from where, what a meeting's end is told, a statement of some days and its file.
    """
    app, simulator = town.app, town.simulator
    member = f"{person_with_number(app, APIO)}"
    officers = (town.phone(OFFICER), TelegramPhone(app, OFFICER), WhatsAppPhone(app, OFFICER))
    asks = register(app.store, "Aber Jane", NOBODY, PIN)
    do(app.store, JoinGroup(asks.id, town.village.code))
    village, store, heard = town.village, app.store, list[str]()

    def in_the_boxes() -> Counted:
        totals = store.books.totals(village.umoja)
        return counted(totals.get("1010", 0), totals.get("1040", 0))

    do(store, OpenMeeting(village.wanjiru.id, village.umoja, in_the_boxes()))
    for officer in officers:
        for flow, *answers in (
            ("members", member, "6", WRONG_PIN, OFFICER_PIN),
            ("members", APIO, "6", OFFICER_PIN),
            ("approve", "1", OFFICER_PIN),
            ("approve", "3"),
            ("list", "1"),
            ("waits", OFFICER_PIN),
            ("cash_round", WRONG_PIN, OFFICER_PIN, f"{member} 1500", f"{APIO} 700", "02", OFFICER_PIN, "01", "0"),
            ("meeting", "1", OFFICER_PIN),
        ):
            heard += talk(officer, flow, *answers)
    do(store, CloseMeeting(village.wanjiru.id, village.umoja, in_the_boxes(), fine=False))
    for screen in ("Apio Sarah", "Aber Jane", "Next number and amount?", "Cancelled: ", "Not yet:"):
        assert any(screen in each for each in heard), screen
    assert store.notices.find(person=apio_in(app), kind="meeting_closed")
    officers[0].dial("*384*7*members#")
    said = [officers[0].type(each) for each in (member, "2", OFFICER_PIN)]
    assert "A code is on its way" in said[-1]
    code = max(app.store.codes.find(phone=APIO), key=lambda sent: sent.at).code
    town.work(seconds=1)
    assert code in "".join(town.texts(APIO)), "only there"
    phone = town.phone(APIO)
    phone.dial("*384*7*forgot_pin#")
    for typed in ("000000", code, PIN, WRONG_PIN, PIN, PIN):
        phone.type(typed)

    for channel in (town.phone(APIO), WhatsAppPhone(app, APIO), BusyPhone(app, APIO, simulator)):
        talk(channel, "full statement", "2", WRONG_PIN, PIN)
    simulator.whatsapp.write(APIO, "menu")
    for typed in ("full statement", "2", PIN):
        simulator.whatsapp.write(APIO, typed)
    until(lambda: files_sent(town) != [])
    path, *_ = {each.media_url for each in simulator.whatsapp.chats.newest_first() if each.media_url}
    file = Client(wsgi(app)).get(path.removeprefix(app.settings.public_url))
    refused = [Client(wsgi(app)).get(f"/files/{wrong}/statement.txt").text for wrong in (PIN, APIO, path[-20:])]
    town.work(seconds=10)
    pages = PdfReader(io.BytesIO(file.data)).pages
    return [*(page.extract_text() for page in pages), *refused]


def what_members_write(town: Wired) -> list[str]:
    """
    Letters, messages of leaders and of the operator, reminders, papers, a code to bring others: with a PIN and a
    number in what is written, and PINs where none belongs.
    """
    app, village, heard = town.app, town.village, list[str]()
    rules = app.store.groups.get(village.umoja).constitution
    app.store.groups.change(village.umoja, constitution=replace(rules, referral=Money(1_000, "UGX")))
    officers = (town.phone(OFFICER), TelegramPhone(app, OFFICER), WhatsAppPhone(app, OFFICER))
    for n, officer in enumerate(officers):
        again = ["1"] if n else []  # there are messages already, from which a new one is told apart
        for flow, *answers in (
            ("letters", "2", f"my PIN is {OFFICER_PIN}", f"call {APIO}", f"come early {n}"),
            ("letters", "4", APIO, f"x{PIN}"),
            ("letters", "1"),
            ("broadcast", *again, "1", "3", f"PIN {PIN}", f"Bring books {n}", "1", "1", WRONG_PIN, OFFICER_PIN),
            ("papers", "2", "1", WRONG_PIN, OFFICER_PIN),
            ("reminders", APIO, "1"),
            ("refer", PIN),
        ):
            heard += talk(officer, flow, *answers)
    do(app.store, PrepareBroadcast(NOBODY, OFFICER, (NOBODY, OFFICER), "", "words", "all", "We are closed."))
    assert app.store.letters.count() == 3
    assert app.store.broadcasts.count() == 3, "two of the group in a day, and the operator's"
    assert app.store.papers.count() == 3
    assert app.store.referral_codes.count() == 1
    town.work(seconds=61)
    town.work(seconds=10)
    return heard


def talk(phone: Any, flow: str, *typed: str) -> list[str]:
    """What is heard in a conversation; a PIN is typed only where one is asked for."""
    said = [phone.dial(f"*384*7*{flow}#")]
    for each in typed:
        if each not in SECRETS.values() or "PIN" in said[-1]:
            said.append(phone.type(each))
    return said


def person_with_number(app: App, phone: str) -> int:
    person = app.store.people.one(phone=phone)
    assert person is not None
    return app.store.memberships.find(person=person.id)[0].number


def files_sent(town: Wired) -> list[str]:
    """What opens the files that went to WhatsApp."""
    return [
        each.media_url.split("/")[-2] for each in town.simulator.whatsapp.chats.newest_first() if each.media_url
    ]
