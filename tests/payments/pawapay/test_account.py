"""Our account with pawaPay: what the wallets hold, and its statements, which it makes when it is asked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.money import Money
from payments.pawapay.account import PERIOD_MAX, Account, read_statement
from payments.pawapay.wire import Wire as Way
from payments.port import Balanced, Lister, Movement, OutcomeUnknown
from simulator.pawapay.statements import COLUMNS
from tests.pawapay_server import ANYANGO, PAID, REFERENCE, TOKEN, PawapayServer
from tests.payments.conftest import Wire, said
from tests.payments.pawapay.conftest import FIVE_HUNDRED, ask_kenya, on, send
from tests.waiting import WAIT_SECONDS

PAYOUT_REFERENCE = "600997f0-1b5f-4a3e-9f0e-3c0d7a1f2b11"
WALLET = {"country": "KEN", "currency": "KES", "balance": "228037.00", "provider": None}
AT = datetime(2026, 10, 1, 9, 30, 18, tzinfo=UTC)
DAY = (AT - timedelta(hours=12), AT + timedelta(hours=12))
HEADER = "id,type,status,currency,amount,fee,phone,provider,created,completed,provider id"
OTHER_HEADER = (
    "Deposit ID,Transaction_Type,transactionStatus,Currency,Transaction Amount,Fees,MSISDN,x,createdAt,"
    "completedAt,Provider Transaction ID"
)
PAID_LINE = (
    f"{REFERENCE},DEPOSIT,COMPLETED,KES,500.00,7.50,{PAID},MPESA_KEN,"
    "2026-10-01T09:30:01Z,2026-10-01T09:30:18Z,TJ17RT61SV"
)
PAID_MOVEMENT = Movement(
    "in",
    "TJ17RT61SV",
    FIVE_HUNDRED,
    AT,
    reference=REFERENCE,
    payer=PAID,
    fee=Money(750, "KES"),
)


def account(wire: Wire, waited: list[float] | None = None) -> Account:
    """Ours, on a server that answers as a test tells it to; it looks three times, and never waits."""
    waits = [] if waited is None else waited
    way = Way(wire.url, TOKEN, timeout=(WAIT_SECONDS, WAIT_SECONDS))
    return Account(way, "https://pay.example.org/statements", looks=(1, 2, 3), wait=waits.append)


def laid_down(wire: Wire, *lines: str, processing: int = 0) -> None:
    """A statement of one wallet, after so many looks."""
    wire.answers.append(said(200, {"balances": [WALLET]}))
    wire.answers.append(said(200, {"statementId": "s1", "status": "ACCEPTED"}))
    for _ in range(processing):
        wire.answers.append(said(200, {"status": "FOUND", "data": {"status": "PROCESSING"}}))
    done = {"status": "COMPLETED", "downloadUrl": f"{wire.url}/files/s1?key=secret", "fileSize": 1}
    wire.answers.append(said(200, {"status": "FOUND", "data": done}))
    wire.answers.append(said(200, "\n".join(lines)))


# Through the stand-in


def test_the_deposits_are_where_lists_and_balances_are(pawapay: PawapayServer) -> None:
    client = pawapay.client()
    assert isinstance(client.deposits, Lister) and isinstance(client.deposits, Balanced)
    assert not isinstance(client.payouts, Lister | Balanced), "the same lines would be there twice"


def test_what_moved_is_listed_both_ways_and_what_did_not_is_not(pawapay: PawapayServer) -> None:
    client, begin = pawapay.client(), datetime.now(UTC).replace(microsecond=0)
    client.deposits.collect(ask_kenya())
    client.deposits.collect(ask_kenya("+254703456039", "99999999-1568-4140-bf2d-eb77d2b2b639"))
    client.payouts.pay(send(PAYOUT_REFERENCE, Money(120_000, "KES"), ANYANGO))
    found = [*client.deposits.movements(begin, begin + timedelta(days=1))]
    assert [(each.direction, each.reference, each.amount.minor) for each in found] == [
        ("in", REFERENCE, 50_000),
        ("out", PAYOUT_REFERENCE, 120_000),
    ]
    assert all(each.receipt and each.at >= begin and each.fee is not None for each in found)
    assert [*client.deposits.movements(begin - timedelta(days=1), begin)] == []


def test_the_wallets_hold_what_was_paid_in_less_what_is_on_its_way_out(pawapay: PawapayServer) -> None:
    client = pawapay.client()
    before = client.deposits.balances()["KEN KES"]
    client.deposits.collect(ask_kenya())
    client.payouts.pay(send(PAYOUT_REFERENCE, Money(120_000, "KES"), f"+{PAID[:-3]}129"))
    after = client.deposits.balances()
    assert after["KEN KES"] - before == Money(50_000 - 120_000, "KES")
    assert set(after) >= {"UGA UGX", "COD CDF", "COD USD"}


def test_an_account_may_have_wallets_in_some_countries_only() -> None:
    pawapay = PawapayServer(pawapay_countries=["KEN"])
    client = pawapay.client()
    assert [*client.deposits.balances()] == ["KEN KES"]
    assert [*client.deposits.movements(*DAY)] == []
    pawapay.stop()


def test_a_statement_that_was_not_made_says_nothing(pawapay: PawapayServer) -> None:
    pawapay.faults.set({"statement_fails": 1})
    with pytest.raises(OutcomeUnknown, match="was not made"):
        list(pawapay.client().deposits.movements(*DAY))


# On the wire


def test_a_statement_is_asked_for_waited_for_and_fetched_without_our_token(wire: Wire) -> None:
    waited: list[float] = []
    laid_down(wire, HEADER, PAID_LINE, processing=2)
    assert list(account(wire, waited).movements(*DAY)) == [PAID_MOVEMENT]
    assert waited == [1, 2]
    asked, file = wire.seen[1], wire.seen[-1]
    assert (asked.method, asked.path) == ("POST", "/v2/statements")
    assert asked.json == {
        "wallet": {"country": "KEN", "currency": "KES"},
        "startDate": "2026-09-30T21:30:18Z",
        "endDate": "2026-10-01T21:30:18Z",
        "compressed": False,
        "callbackUrl": "https://pay.example.org/statements",
    }
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
    assert "Authorization" not in file.headers, "its address is somebody else's"


def test_a_statement_that_takes_too_long_comes_another_time(wire: Wire) -> None:
    laid_down(wire, HEADER, PAID_LINE, processing=3)
    with pytest.raises(OutcomeUnknown, match="not ready yet"):
        list(account(wire).movements(*DAY))


def test_a_long_time_is_asked_for_in_parts_that_have_no_line_twice(wire: Wire) -> None:
    begin = AT - PERIOD_MAX
    for _ in range(2):
        laid_down(wire, HEADER, PAID_LINE)
    wire.answers.remove(wire.answers[4])  # the wallets are asked for once
    assert list(account(wire).movements(begin, AT + timedelta(days=1))) == [PAID_MOVEMENT]
    periods = [each.json for each in wire.seen if each.path == "/v2/statements"]
    assert [(each["startDate"], each["endDate"]) for each in periods] == [
        ("2026-08-31T09:30:18Z", "2026-10-01T09:30:18Z"),
        ("2026-10-01T09:30:18Z", "2026-10-02T09:30:18Z"),
    ]


@pytest.mark.parametrize(("place", "answer"), [(0, said(503)), (1, said(200, {})), (2, said(404)), (3, said(403))])
def test_wherever_it_stops_nothing_is_said(wire: Wire, place: int, answer: Any) -> None:
    laid_down(wire, HEADER, PAID_LINE)
    wire.answers[place] = answer
    if place == 2:
        wire.answers.extend([answer, answer])
    with pytest.raises(OutcomeUnknown):
        list(account(wire).movements(*DAY))


@pytest.mark.parametrize("body", ["", {}, {"balances": "none"}])
def test_what_is_no_list_of_wallets_holds_nothing_that_we_know(wire: Wire, body: object) -> None:
    wire.answers.append(said(200, body))
    with pytest.raises(OutcomeUnknown):
        on(wire).deposits.balances()


# The file


@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        HEADER.upper(),
        OTHER_HEADER,
    ],
)
def test_columns_are_found_by_their_names_however_they_are_written(header: str) -> None:
    assert list(read_statement(f"{header}\n{PAID_LINE}\n")) == [PAID_MOVEMENT]


def test_columns_may_stand_in_any_order() -> None:
    backwards = [",".join(reversed(line.split(","))) for line in (HEADER, PAID_LINE)]
    assert list(read_statement("\r\n".join(backwards))) == [PAID_MOVEMENT]


def test_what_the_stand_in_writes_is_read() -> None:
    assert list(read_statement(",".join(COLUMNS))) == []


@pytest.mark.parametrize("kind", ["PAYOUT", "REFUND", "payouts"])
def test_what_went_out_went_out(kind: str) -> None:
    [found] = read_statement(f"{HEADER}\n{PAID_LINE.replace('DEPOSIT', kind).replace('500.00', '-500.00')}")
    assert (found.direction, found.amount, found.payer) == ("out", FIVE_HUNDRED, "")


@pytest.mark.parametrize(
    "line",
    [
        PAID_LINE.replace("COMPLETED", "FAILED"),
        PAID_LINE.replace("DEPOSIT", "TOP_UP"),
        PAID_LINE.replace("DEPOSIT", "FEE"),
        "",
        ",,,,,,,,,,",
    ],
)
def test_what_is_not_between_a_member_and_a_group_is_left_out(line: str) -> None:
    assert list(read_statement(f"{HEADER}\n{line}\n{PAID_LINE}")) == [PAID_MOVEMENT]


def test_a_line_without_the_later_columns_is_known_by_its_own_name() -> None:
    header = "id,type,currency,amount,created"
    [found] = read_statement(f"{header}\n{REFERENCE},DEPOSIT,KES,500,2026-10-01 09:30:01")
    assert (found.receipt, found.fee, found.payer) == (REFERENCE, None, ""), "its own name is its receipt"
    assert found.at == datetime(2026, 10, 1, 9, 30, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>",
        "id,type,currency\n",
        f"{HEADER}\n{PAID_LINE.replace('500.00', 'five')}",
        f"{HEADER}\n{PAID_LINE.replace('KES', 'XXX')}",
        f"{HEADER}\n{PAID_LINE.replace('2026-10-01', 'yesterday')}",
        f"{HEADER}\n{PAID_LINE.replace(REFERENCE, '')}",
        f"{HEADER}\n{REFERENCE},DEPOSIT",
        "x" * 200_000,
        f'{HEADER}\n"{REFERENCE}',
    ],
)
def test_a_file_that_is_not_read_whole_says_nothing(text: str) -> None:
    with pytest.raises(OutcomeUnknown):
        list(read_statement(text))
