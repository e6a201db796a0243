"""A group in which everything has happened that a page shows, and browsers in which people are signed in."""

import re
from datetime import timedelta
from html.parser import HTMLParser

from werkzeug.test import Client

from bot.app import App
from domain.books.ledger import Draft, Posting
from domain.broadcasts.send import SendBroadcast
from domain.decisions.voting import Vote
from domain.groups.rules import ProposeRule
from domain.loans.borrow import RequestLoan
from domain.loans.repay import RecordRepayment
from domain.meetings.cash_book import ContestCash
from domain.meetings.count import Counted
from domain.meetings.meeting import CloseMeeting, MarkAttendance, OpenMeeting
from domain.records.person import Membership, Person, Pin, membership_id
from domain.savings.fines import FineInWords
from tests.conftest import Clock
from tests.domain import savers
from tests.domain.savers import Savers
from tests.money import ugx
from tests.web import wsgi

PAGES = (
    "", "/aloud", "/sheet", "/mine", "/members", "/members?q=dan", "/members?q=nobody", "/members/4", "/meeting",
    "/meeting/2026-10-05", "/loans", "/loans?which=asked", "/loans?which=ended", "/loans/risk", "/decisions",
    "/messages", "/statements", "/statements/view", "/statements/view?first=1/1/2030", "/books", "/books?to=3",
    "/statements/view?number=4", "/rules", "/activity",
)  # fmt: skip
MEMBERS_PAGES = ("", "/mine", "/rules")


def settled(app: App, clock: Clock) -> Savers:
    """Dan is late with a loan of which Eve guarantees a part, Cy is fined; a meeting was held, another is open."""
    made = savers.found(app.store)
    counted = Counted(ugx(600_000), ugx(0))
    made.do(OpenMeeting("ada", made.group, counted))
    made.do(MarkAttendance("ada", made.group, "fay", "absent"))
    made.do(MarkAttendance("ada", made.group, "eve", "late"))
    made.do(CloseMeeting("ben", made.group, counted, fine=False))
    made.do(FineInWords("ada", made.group, "cy", "noise", ugx(1_000)))
    loan = made.lend("dan", 90_000, 2, "eve")
    made.do(RecordRepayment(loan, ugx(10_000), "ada"))
    clock.forward(days=35)
    made.do(RequestLoan(made.group, "fay", ugx(20_000), 1, "cash", ()))
    made.do(ProposeRule("ada", made.group, "approvals", "1"))
    rule = next(each for each in app.store.proposals.find(group=made.group) if each.kind == "constitution")
    for person in ("ada", "ben", "dan"):
        made.do(Vote(person, rule.id, rule.digest, yes=True))
    paid = app.store.payments.find(person="dan", group=made.group, purpose="repayment")[0]
    assert paid.way == "cash"
    app.store.payments.change(paid.id, created_at=clock())
    made.do(ContestCash("dan", paid.id, "it was more"))
    made.do(SendBroadcast("ada", made.group, "words", "all", "Bring your books <b>"))
    app.store.groups.change(made.group, cycle_began_at=clock() - timedelta(days=40))
    made.do(OpenMeeting("ada", made.group, Counted(ugx(made.totals["1010"]), ugx(0)), extraordinary=True))
    return made


def joined(app: App, made: Savers, number: int) -> None:
    """So many members more, each with savings in the book."""
    store, now = app.store, app.store.now()
    first = store.groups.get(made.group).members + 1
    for place in range(first, first + number):
        person = f"p{place}"
        store.people.insert(Person(person, f"Person {place}", f"+2567730{place:05}", "sw", Pin("-"), now))
        id = membership_id(made.group, person)
        store.memberships.insert(Membership(id, made.group, person, place, "member", "active", now))
    store.groups.change(made.group, members=first + number - 1)
    legs = [Posting("3010", -1_000, f"p{place}") for place in range(first, first + number)]
    cash = Posting("1010", 1_000 * number)
    store.post(Draft(made.group, "UGX", store.new_id(), "saved", now, (cash, *legs)))


def signed_in(app: App, person: str) -> Client:
    """A browser in which they are signed in by the code that came to their phone."""
    web, phone = Client(wsgi(app)), app.store.people.get(person).phone
    before = {each.id for each in app.store.notices.find(person=person, kind="sign_in_code")}
    sent = web.post("/sign-in", data={"phone": phone, "to": ""} | token(web))
    assert sent.status_code == 200, sent.text
    # The newest by its id: the clock may have stood still since the one before.
    found = app.store.notices.find(person=person, kind="sign_in_code")
    (notice,) = [each for each in found if each.id not in before]
    code = str(notice.values["code"])
    entered = web.post(
        "/sign-in/code", data={"phone": phone, "code": f"{code[:4]} {code[4:]}", "to": ""} | token(web)
    )
    assert (entered.status_code, entered.headers["Location"]) == (303, "/"), entered.text
    return web


def token(web: Client, path: str = "/sign-in") -> dict[str, str]:
    """The hidden token of a form on a page, where forms are checked."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', web.get(path).text)
    return {"csrf_token": found[1]} if found else {}


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("head", "svg")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("head", "svg")

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.words.append(re.sub(r"[ \n]+", " ", data).strip(" "))


def read_as_text(html: str) -> str:
    """What a text browser shows: the words, a line each."""
    parser = _Words()
    parser.feed(html)
    return "\n".join(parser.words)
