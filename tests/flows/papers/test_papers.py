"""Statements and pictures: asked for on every channel, and brought by a worker through the providers' own SDKs."""

import io
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import date

import pytest
from PIL import Image

from bot.app import App
from bot.config import Settings
from bot.jobs import carry_out
from domain.money import Money
from domain.papers.order import NowhereToSend, OrderPaper
from domain.people.chats import StopMessages
from domain.people.limits import PAPERS, TooManyPapers
from domain.records.paper import Paper
from domain.savings.contribute import RecordCash
from tests.conftest import Clock
from tests.pdf import read_pdf
from tests.people import Village, do
from tests.phone import Transcript
from tests.wired import Wired, wired

pytestmark = pytest.mark.chats("telegram", "whatsapp", "sms")


def test_an_officer_asks_and_is_told_where_it_goes(app: App, converse: Transcript, village: Village) -> None:
    converse(
        """
        > *384*7*papers#
        < CON Umoja: what would you like?
        < 1. Statement to print
        < 2. Spreadsheet
        < 3. Plain data (CSV)
        < 4. Picture: who has paid
        < 5. Picture: savings
        < 0 Back
        > 1
        < CON Of which days?
        < 1. This month
        < 2. This cycle
        < 3. From one day to another
        < 0 Back  00 Home
        > 2
        < CON The statement of Umoja. Your PIN?
        …
        > 1470
        < END It is on its way to …
        """,
        by=village.wanjiru.phone,
    )
    (paper,) = app.store.papers.find()
    assert (paper.person, paper.kind, paper.form) == (village.wanjiru.id, "group_statement", "pdf")


@pytest.fixture
def town(settings: Settings, clock: Clock) -> Iterator[Wired]:
    with wired(settings, clock) as town:
        for who in (town.village.akello, town.village.okot):
            cash = Money(5_500, "UGX")
            do(town.app.store, RecordCash(town.village.umoja, who.id, cash, town.village.wanjiru.id))
        yield town


def work(town: Wired) -> None:
    store = town.app.store
    carry_out(town.app, "paper", store.papers.due(store.now(), 100))


def order(town: Wired, kind: str, form: str, *, who: str = "wanjiru", text: bool = False, chat: str = "") -> Paper:
    village, store = town.village, town.app.store
    today = store.groups.get(village.umoja).constitution.day(store.now())
    days = (date(2026, 9, 1), today)
    person = getattr(village, who).id
    do(store, OrderPaper(person, village.umoja, kind, form, *days, text=text, chat=chat))  # type: ignore[arg-type]
    return max(store.papers.find(person=person), key=lambda each: (each.created_at, each.next_at is not None))


def in_telegram(town: Wired, phone: str) -> dict[str, bytes]:
    """The files in somebody's chat by name."""
    messages = town.simulator.telegram.chats.of(phone).messages.values()
    return {each.document.name: each.document.content for each in messages if each.document}


def in_whatsapp(town: Wired) -> Mapping[str, bytes]:
    newest = town.simulator.whatsapp.chats.newest_first()
    return {each.document.name: each.document.content for each in newest if each.document}


def opens_telegram(town: Wired) -> None:
    """Wanjiru links her chat."""
    phone, telegram = town.village.wanjiru.phone, town.simulator.telegram
    telegram.start(phone)
    telegram.write(phone, "1")
    telegram.share_contact(phone)


def state_of(town: Wired, paper: Paper) -> tuple[str, str]:
    now = town.app.store.papers.get(paper.id)
    return now.state, now.reason


def test_a_chat_gets_what_was_asked_for_in_it(town: Wired) -> None:
    """The statement as files, pictures as photos, each once however often a worker looks."""
    wanjiru, telegram = town.village.wanjiru, town.simulator.telegram
    opens_telegram(town)
    for typed in ("group statement", "1", "2", wanjiru.pin):
        telegram.write(wanjiru.phone, typed)
    assert any("It is on its way to your chat: Telegram." in said for said in town.telegram(wanjiru.phone))
    for typed in ("group statement", "4", wanjiru.pin):
        telegram.write(wanjiru.phone, typed)
    order(town, "growth", "png")
    order(town, "group_statement", "xlsx")
    for _ in range(2):
        work(town)
    files = in_telegram(town, wanjiru.phone)
    assert sorted(name.rpartition("-20")[0] for name in files) == [
        "group-statement-umoja-2026-09-01",
        "group-statement-umoja-2026-10-05",
        "savings-of-umoja",
        "who-has-paid-umoja",
    ]
    shown = [each for each in telegram.messages(wanjiru.phone) if each["document"]]
    assert [each["picture"] for each in shown].count(True) == 2
    assert len(shown) == 4 == len(files)
    pictures = [content for name, content in files.items() if name.endswith(".png")]
    assert all(len(picture) < 40_000 for picture in pictures)
    (statement,) = (content for name, content in files.items() if name.endswith(".pdf"))
    assert read_pdf(statement).startswith("Group statement Group Umoja Number of the group 10101 ")
    work(town)
    assert len(in_telegram(town, wanjiru.phone)) == 4


def test_whatsapp_gets_a_picture_within_24_hours_and_the_phone_its_words_after(town: Wired, clock: Clock) -> None:
    wanjiru, whatsapp = town.village.wanjiru, town.simulator.whatsapp
    whatsapp.write(wanjiru.phone, "balance")
    sent = order(town, "who_paid", "png")
    work(town)
    assert state_of(town, sent) == ("sent", "")
    (name,) = in_whatsapp(town)
    assert name == "who-has-paid-umoja-2026-10-05.png"
    clock.forward(hours=25)
    late = order(town, "who_paid", "png")
    work(town)
    assert state_of(town, late)[0] == "queued", "that chat is closed"
    work(town)
    assert state_of(town, late)[0] == "short"
    assert town.texts(wanjiru.phone)[-1].startswith("Umoja\n")


SUMS = """\
Umoja, 1 Sep to 5 Oct
Money UGX 11,000: in UGX 11,000, out UGX 0
Savings UGX 10,000
Loans UGX 0
Social fund UGX 1,000
Earned UGX 0"""


def test_who_has_no_chat_reads_it_in_short(town: Wired) -> None:
    """From a call: of one's own the last lines, of the group's the sums."""
    wanjiru, akello = town.village.wanjiru, town.village.akello
    paper = order(town, "group_statement", "csv")
    growth = order(town, "growth", "png")
    order(town, "member_statement", "pdf", who="akello", text=True)
    work(town)
    assert state_of(town, paper)[0] == state_of(town, growth)[0] == "short"
    assert town.texts(akello.phone)[-1] == "Umoja\n5 Oct UGX 5,500: savings, cash"
    assert set(town.texts(wanjiru.phone)[-2:]) == {
        SUMS,
        "Savings of Umoja: UGX 10,000. UGX 10,000 more than before",
    }


def test_a_chat_that_fails_is_tried_again_and_then_another_way(town: Wired, clock: Clock) -> None:
    opens_telegram(town)
    phone, telegram = town.village.wanjiru.phone, town.simulator.telegram
    paper = order(town, "growth", "png")
    telegram.faults.set({"status_500": 1})
    work(town)
    assert state_of(town, paper)[0] == "queued"
    work(town)
    assert in_telegram(town, phone) == {}, "its time has not come"
    clock.forward(seconds=21)
    work(town)
    assert state_of(town, paper)[0] == "sent" and len(in_telegram(town, phone)) == 1
    telegram.faults.set({"blocked": {phone: True}})
    refused = order(town, "growth", "png")
    for _ in range(2):
        work(town)
    assert state_of(town, refused)[0] == "short" and len(in_telegram(town, phone)) == 1


def test_what_nobody_may_have_any_more_is_not_sent(town: Wired) -> None:
    store, village = town.app.store, town.village
    paper = order(town, "group_statement", "pdf")
    (membership,) = store.memberships.find(person=village.wanjiru.id)
    store.memberships.change(membership.id, role="member")
    before = len(town.texts(village.wanjiru.phone))
    work(town)
    assert state_of(town, paper) == ("failed", "not_allowed")
    assert len(town.texts(village.wanjiru.phone)) == before


def test_who_wants_no_messages_and_has_no_chat_hears_it_at_once(town: Wired) -> None:
    store, village = town.app.store, town.village
    do(store, StopMessages(village.wanjiru.id, stopped=True))
    with pytest.raises(NowhereToSend):
        order(town, "group_statement", "pdf")
    do(store, StopMessages(village.wanjiru.id, stopped=False))
    for _ in range(PAPERS.most):
        paper = order(town, "growth", "png")
    with pytest.raises(TooManyPapers):
        order(town, "growth", "png")
    do(store, StopMessages(village.wanjiru.id, stopped=True))
    work(town)
    assert state_of(town, paper) == ("failed", "STOPPED")


def test_a_picture_is_as_wide_as_a_phone_and_names_are_cut_not_run_over() -> None:
    from domain.meetings.who_paid import MeetingPaid, Missing
    from domain.papers.pictures import Grown, PaidSeen
    from flows.papers.drawn import growth_drawn, paid_picture
    from flows.words.texts import words

    names = ["W" * 40, "محمد الأمين ولد سيدي", "A $5$ name_{x}"]
    most = Money(999_999_999, "XAF")
    missing = [Missing(n, names[n % 3], most, most) for n in range(30)]
    seen = PaidSeen("W" * 40, MeetingPaid(date(2026, 10, 5), 20, 50, most, 50), names * 7, missing)
    flat = Grown("W" * 40, "XAF", [(date(2026, 1, 1), 0), (date(2026, 1, 2), 0)])
    for made in (paid_picture(seen, words("fr")), growth_drawn(flat, words("sw"))):
        with Image.open(io.BytesIO(made.content)) as picture:
            assert picture.width == 720 and len(made.content) < 40_000


def test_neither_a_web_process_nor_a_worker_at_its_start_loads_what_draws() -> None:
    heavy = ("matplotlib", "fpdf", "xlsxwriter")
    told = f"import bot.web, bot.jobs, sys; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, check=True, encoding="utf-8")
    assert done.stdout.strip() == "[]"
