"""The operator's pages: who opens which, what they say, and that two are needed to end a payment."""

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any
from uuid import uuid4

from werkzeug.test import Client

from bot.app import App
from domain.access.audit import audit_entries
from domain.board.daily import books_checked
from domain.board.differences import note_difference
from domain.money import Money
from domain.records.difference import Difference
from domain.records.inbound import Came, SaidBy
from domain.records.run import Run
from domain.savings.contribute import RecordCash
from domain.tables import SHOWN_MAX
from domain.treasury.inbound import receive
from domain.treasury.settle import payment_succeeded
from tests.bot.pages.leading import read_as_text, signed_in, token
from tests.bot.pages.operating import ALL, Desk, stuck_in, worked_out
from tests.conftest import Clock
from tests.people import Village, do
from tests.web import wsgi

OF_AGENTS = (
    *("", "/groups", "/groups/10101", "/stuck", "/reconcile"),
    *("/imports", "/imports/template.xlsx", "/exports", "/exports/definitions.csv"),
)


def test_who_opens_which(app: App, village: Village, desk: Callable[..., Desk]) -> None:
    """Another's group, and a page that is not for them, does not exist."""
    worked_out(app)
    id = stuck_in(app, village.umoja, village.okot.id)
    nobody, leader = Client(wsgi(app)), signed_in(app, village.nakato.id)
    desks = {
        "operator": desk("Amina"),
        "agent": desk("Baraka", "agent", (village.umoja,)),
        "elsewhere": desk("Chege", "agent"),
    }
    for path in ALL:
        assert nobody.get(f"/operator{path}").status_code == 303, path
        assert leader.get(f"/operator{path}").status_code == 404, path
        assert desks["operator"].get(path).status_code == 200, path
        assert desks["agent"].get(path).status_code == (200 if path in OF_AGENTS else 403), path
    assert desks["elsewhere"].get("/groups/10101").status_code == 404
    assert desks["elsewhere"].get(f"/stuck/{id}").status_code == 404
    assert "Umoja" not in desks["elsewhere"].get("/groups").text + desks["elsewhere"].get("/stuck").text
    assert desks["agent"].get(f"/stuck/{id}").status_code == 200
    for act in ("ask", "note", "propose", "agree"):
        assert leader.post(f"/operator/stuck/{id}/{act}", data=token(leader, "/me")).status_code == 404
        assert desks["agent"].post(f"/stuck/{id}/{act}", words="x").status_code == 403
    assert desks["operator"].get("/stuck/no-such-payment").status_code == 404
    assert app.store.payments.get(id).state == "unknown"


def test_the_overview_says_each_metric_and_its_state_in_words(
    app: App, village: Village, clock: Clock, desk: Callable[..., Desk]
) -> None:
    do(app.store, RecordCash(village.umoja, village.akello.id, Money(5_500, "UGX"), village.wanjiru.id))
    operator = desk("Amina")
    assert "No figures have been worked out yet." in operator.get("").text
    worked_out(app)
    app.measures.done("turn:ussd", 0.02)
    app.measures.done("turn:ussd", 0.02, failed=True)
    app.measures.flush()
    text = operator.get("").text
    for said in (
        "Error rate",
        "Critical",
        "Nothing measured",
        "5,000",
        "On target",
        "200 ms",
        "0.1%",
        "1 of 1",
    ):
        assert said in text, said
    agent = desk("Baraka", "agent", (village.umoja,)).get("").text
    assert "5,000" in agent and "Error rate" not in agent
    assert operator.get("?speak=fr").status_code == 200 and "Taux d" in operator.get("").text
    assert operator.get("?speak=sw").status_code == 200


def test_two_operators_end_a_payment(app: App, village: Village, desk: Callable[..., Desk]) -> None:
    id = stuck_in(app, village.umoja, village.okot.id)
    amina, baraka = desk("Amina"), desk("Baraka")
    page = amina.get(f"/stuck/{id}").text
    assert "TIMEOUT" in page and village.okot.phone not in page and village.okot.phone[-3:] in page
    assert amina.post(f"/stuck/{id}/ask").status_code == 303
    assert amina.post(f"/stuck/{id}/note", words=" ").status_code == 422
    assert amina.post(f"/stuck/{id}/note", words="Rang MTN.").status_code == 303
    said = {"outcome": "moved", "evidence": "Line 12 of the statement"}
    assert amina.post(f"/stuck/{id}/propose", **said).status_code == 422, "without the provider's number"
    assert amina.post(f"/stuck/{id}/propose", **said, paid="1", provider_id="MP-1").status_code == 422
    assert amina.post(f"/stuck/{id}/propose", **said, provider_id="MP-1").status_code == 303
    shown = {"outcome": "moved", "provider_id": "MP-1"}
    assert amina.post(f"/stuck/{id}/agree", **shown).status_code == 409
    assert app.store.payments.get(id).state == "unknown"
    for other in ({"outcome": "not_moved"}, {"provider_id": "MP-2"}):
        assert baraka.post(f"/stuck/{id}/agree", **shown | other).status_code == 409
    assert 'name="provider_id" value="MP-1"' in baraka.get(f"/stuck/{id}").text, (
        "what was shown goes with the press"
    )
    assert baraka.post(f"/stuck/{id}/agree", **shown).status_code == 303
    assert app.store.payments.get(id).state == "succeeded"
    assert "Baraka" in baraka.get(f"/stuck/{id}").text
    acts = [(each.by_name, each.did) for each in audit_entries(app.store, about=village.okot.id)]
    assert ("Amina", "payment.end_proposed") in acts and ("Baraka", "payment.ended") in acts


def difference_in(app: App, group: str, **other: Any) -> str:
    """A payment of which the provider lists UGX 5,000, and the book has 5,500."""
    now, id = app.store.now(), f"momo:other_amount:{uuid4()}/1"  # a receipt of a statement can have anything in it
    found = Difference(
        id, "momo", "other_amount", "in", now, now, "R1", "", group, Money(5_500, "UGX"), Money(5_000, "UGX")
    )
    assert note_difference(app.store, replace(found, **other))
    return id


def test_what_our_accounts_hold_is_the_operators_to_see(
    app: App, village: Village, desk: Callable[..., Desk]
) -> None:
    amina, agent = desk("Amina"), desk("Chege", "agent", (village.umoja,))
    assert "No provider has said what our accounts hold." in amina.get("/reconcile").text
    now, held = app.store.now(), {"there Utility Account": "KES 1500.00", "books KES": "KES 900.00"}
    app.store.runs.insert(Run("balance:daraja:1", "balance", now, now, True, held))
    seen = re.sub(r"<[^>]+>|\s+", " ", unescape(amina.get("/reconcile").text))
    assert re.search(r"M-Pesa .* UTC +Utility Account +KES 1,500 +All groups' books together +KES 900 ", seen)
    assert "Utility Account" not in agent.get("/reconcile").text


def test_a_night_that_was_on_no_list_is_named(app: App, desk: Callable[..., Desk]) -> None:
    now = app.store.now()
    for day, listed in (("2026-10-02", "whole"), ("2026-10-03", "too late")):
        app.store.runs.insert(Run(f"reconcile:daraja:{day}", "reconcile", now, now, True, {"list": listed}))
    of_nights = [row for row in desk("Amina").get("/reconcile").text.split("<li>") if "2026-10-0" in row]
    assert ["no longer listed" in row for row in of_nights] == ["10-03" in row for row in of_nights]
    assert len(of_nights) == 2


def test_two_operators_decide_what_a_list_says_otherwise(
    app: App, village: Village, desk: Callable[..., Desk]
) -> None:
    do(app.store, RecordCash(village.umoja, village.akello.id, Money(5_500, "UGX"), village.wanjiru.id))
    payment_succeeded(app.store, app.store.payments.get(stuck_in(app, village.umoja, village.okot.id)), "R1")
    amina, baraka, agent = desk("Amina"), desk("Baraka"), desk("Chege", "agent", (village.umoja,))
    assert "Providers and books say the same." in amina.get("/reconcile").text
    id = difference_in(app, village.umoja)
    elsewhere = difference_in(app, "", kind="missing_here", direction="out", ours=None)
    assert "The amounts differ" in agent.get("/reconcile").text
    assert agent.get(f"/reconcile/{id}").status_code == 200
    assert agent.get(f"/reconcile/{elsewhere}").status_code == 404, "nobody knows whose it is"
    assert agent.post(f"/reconcile/{id}/decide", ruling="book", why="x").status_code == 403
    assert amina.get("/reconcile/none").status_code == 404
    assert amina.post(f"/reconcile/{id}/decide", ruling="book", why="").status_code == 422
    assert amina.post(f"/reconcile/{elsewhere}/decide", ruling="book", why="x").status_code == 409
    assert amina.post(f"/reconcile/{id}/decide", ruling="book", why="Line 12").status_code == 303
    seen = {"ruling": "book", "group": village.umoja}
    assert amina.post(f"/reconcile/{id}/agree", **seen).status_code == 409
    for other in ({"ruling": "explain"}, {"group": ""}):
        assert baraka.post(f"/reconcile/{id}/agree", **seen | other).status_code == 409
    assert village.umoja in baraka.get(f"/reconcile/{id}").text, "what was shown goes with the press"
    assert baraka.post(f"/reconcile/{id}/agree", **seen).status_code == 303
    assert app.store.books.totals(village.umoja)["5060"] == 500
    assert "There is nothing to decide about it." in baraka.get(f"/reconcile/{id}").text
    assert baraka.get("/reconcile?speak=fr").status_code == 200
    assert "Les listes" in baraka.get("/reconcile").text


def test_every_difference_of_one_moment_is_on_some_page(
    app: App, village: Village, desk: Callable[..., Desk]
) -> None:
    """As the fees of many groups are, for one day."""
    at, amina = app.store.now(), desk("Amina")
    ids = {difference_in(app, village.umoja, at=at, receipt=f"R{number:02}") for number in range(60)}
    first = amina.get("/reconcile").text
    (more,) = re.findall(r'href="/operator(/reconcile[?][^"]*id=[^"]*)"', first)
    seen = re.findall(r">R(\d\d)<", first + amina.get(unescape(more)).text)
    assert len(ids) == 60 and sorted(map(int, seen)) == [*range(60)]


def test_somebody_is_looked_up_for_a_reason_that_is_written_down(
    app: App, village: Village, desk: Callable[..., Desk]
) -> None:
    amina = desk("Amina")
    phone = village.okot.phone
    assert amina.post("/people", phone=phone, why="").status_code == 422
    assert amina.post("/people", phone="+256772999999", why="They called").status_code == 404
    seen = amina.post("/people", phone=phone, why="They called")
    assert seen.status_code == 200 and "Okot James" in seen.text
    assert phone not in seen.text and phone[-3:] in seen.text
    shown = amina.post(f"/people/{village.okot.id}/reveal", why="")
    assert shown.status_code == 422 and phone not in shown.text
    assert phone in amina.post(f"/people/{village.okot.id}/reveal", why="To ring them back").text
    log = audit_entries(app.store, about=village.okot.id)
    assert {("person.looked_up", "They called"), ("person.phone_revealed", "To ring them back")} <= {
        (each.did, each.why) for each in log
    }
    text = amina.get("/audit").text
    assert "They called" in text and "as it was written" in text
    app.store.database["audit"].update_one({"did": "person.looked_up"}, {"$set": {"why": "Nothing"}})
    assert "This line was changed." in amina.get("/audit").text


def test_no_page_asks_the_store_more_for_more_groups(
    app: App, village: Village, clock: Clock, desk: Callable[..., Desk]
) -> None:
    worked_out(app)
    amina = desk("Amina")
    text = amina.get("/groups?begins=umo&order=late&kind=vsla").text
    assert "Umoja" in text and not re.search(r"style=|<script|onclick", text)
    assert "Umoja" not in amina.get("/groups?begins=zz").text
    assert amina.get("/groups?order=nonsense&kind=nonsense&after=nonsense").status_code == 200
    assert amina.get("/stuck?after=nonsense").status_code == 200
    assert len(amina.get("").data) < 30_000


def test_who_needs_a_visit_is_seen_by_their_agent_with_why(
    app: App, village: Village, desk: Callable[..., Desk]
) -> None:
    worked_out(app)
    agent = desk("Baraka", "agent", (village.umoja,))
    assert "Umoja" not in agent.get("/groups?visit=yes").text
    books_checked(app.store, village.umoja, whole=False)
    for path in ("/groups?visit=yes", "/groups?order=health", "/groups/10101"):
        assert "The books do not verify" in agent.get(path).text, path
    parts = re.findall(
        r'scope="row">([^<]+)</th><td class="number">(\d+)</td><td class="number">(\d+)<',
        agent.get("/groups/10101").text,
    )
    assert [worth for _, _, worth in parts] == ["30", "20", "20", "15", "15"]
    score = app.store.figures.get(village.umoja).health
    assert sum(int(points) for _, points, _ in parts) == score
    assert f"Health: {score}<" in agent.get("/groups/10101").text


def test_groups_are_handed_over_on_a_page_by_an_operator_alone(
    app: App, village: Village, desk: Callable[..., Desk]
) -> None:
    worked_out(app)
    books_checked(app.store, village.umoja, whole=False)
    operator, baraka, chege = desk("Amina"), desk("Baraka", "agent", (village.umoja,)), desk("Chege", "agent")
    ids = {each.name: each.id for each in app.store.accounts.find()}
    text = operator.get("/agents").text
    assert re.search(r"Baraka.*?>1</td><td class=\"number bad\">1<", text, re.DOTALL)
    said = {"giver": ids["Baraka"], "taker": ids["Chege"]}
    for wrong in (
        {"taker": ids["Baraka"]},
        {"taker": "nobody"},
        {"taker": ""},
        {"giver": "nobody"},
        {"taker": ids["Amina"]},
        {"codes": "10101 99999"},
    ):
        assert operator.post("/agents", **{**said, **wrong}).status_code == 422, wrong
    assert baraka.post("/agents", **said).status_code == 403
    assert app.store.groups.get(village.umoja).agent == ids["Baraka"], "nothing was done"
    done = operator.post("/agents", **said, codes="10101")
    assert (done.status_code, done.headers["Location"]) == (303, "/operator/agents?moved=1")
    assert "1 group was handed over." in operator.get("/agents?moved=1").text
    assert baraka.get("/groups/10101").status_code == 404
    assert chege.get("/groups/10101").status_code == 200
    (act,) = [each for each in audit_entries(app.store, about=ids["Chege"]) if each.did == "group.agent"]
    assert (act.by_name, act.why) == ("Amina", "from baraka@example.org")


def test_an_operator_says_which_group_s_money_it_is(
    app: App, village: Village, clock: Clock, desk: Callable[..., Desk]
) -> None:
    receive(app.store, Came("momo", "TJ1", Money(2_000, "UGX"), "<b>rent", clock(), "256772000999", "AMINA"))
    baraka = desk("Baraka")
    page = baraka.get("/unasked").text
    assert "TJ1" in page and "&lt;b&gt;rent" in page and "Amina" in page and "2,000" in page
    assert 'name="code"' not in page and 'name="code"' in baraka.get("/unasked?of=momo:TJ1").text
    assert baraka.post("/unasked/momo:TJ1", code="99999", why="she called").status_code == 404
    assert baraka.post("/unasked/momo:TJ1", code="10101").status_code == 422
    assert baraka.post("/unasked/momo:TJ9", code="10101", why="she called").status_code == 404
    assert app.store.books.totals(village.umoja) == {}
    placed = baraka.post("/unasked/momo:TJ1", code="10101", why="she called")
    assert placed.status_code == 303
    assert "Its officers were told." in baraka.get(placed.headers["Location"].removeprefix("/operator")).text
    assert app.store.books.totals(village.umoja) == {"1020": 2_000, "2070": -2_000}
    (noted,) = [each for each in audit_entries(app.store) if each.did == "inbound.placed"]
    assert (noted.group, noted.why) == (village.umoja, "she called")
    assert baraka.post("/unasked/momo:TJ1", code="10101", why="again").status_code == 409


def test_a_list_that_is_cut_says_so_and_money_that_is_not_confirmed_cannot_be_put_anywhere(
    app: App, village: Village, clock: Clock, desk: Callable[..., Desk]
) -> None:
    def tell(receipt: str, said_by: SaidBy = "confirmed") -> None:
        receive(app.store, Came("momo", receipt, Money(2_000, "UGX"), "rent", clock(), said_by=said_by))

    for number in range(SHOWN_MAX):
        clock.forward(seconds=1)
        tell(f"TJ{number}", "confirmed" if number else "awaited")
    tell(last := f"TJ{SHOWN_MAX - 1}a")
    baraka = desk("Baraka")
    page = baraka.get("/unasked?of=momo:TJ0").text
    assert 'name="code"' not in page
    read = read_as_text(page)  # in what is not read a form has letters by chance
    assert read.index(last) < read.index("Not confirmed") < read.index("TJ0")
    assert "There are more than these." not in read
    assert baraka.post("/unasked/momo:TJ0", code="10101", why="she called").status_code == 403
    clock.forward(seconds=1)
    tell(one_more := f"TJ{SHOWN_MAX}")
    read = read_as_text(baraka.get("/unasked").text)
    assert (one_more in read, "There are more than these." in read) == (False, True)
    assert app.store.books.totals(village.umoja) == {}
