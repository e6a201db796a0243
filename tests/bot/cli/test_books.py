"""Statements at a terminal: what they say, page by page, and what a mistake gets."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.app import App
from bot.cli.main import main
from bot.config import Settings
from domain.books.ledger import Draft, Posting
from domain.books.statements import CLOSING
from tests.people import Village

Type = Callable[..., Result]
YEAR = ("--from", "2026-01-01", "--to", "2026-12-31")


@pytest.fixture
def books(settings: Settings, tmp_path: Path) -> Type:
    """Types a command about the books, with the test's stores for its environment."""

    def run(*arguments: str) -> Result:
        given = {
            "MONGO_URI": settings.mongo_uri,
            "MONGO_DATABASE": settings.mongo_database,
            "REDIS_URL": settings.redis_url,
            "DATA_DIR": str(tmp_path),
        }
        return CliRunner().invoke(main, ["books", *arguments], env=given)

    return run


def post(app: App, village: Village, at: str, reference: str, text: str, *legs: Posting) -> None:
    when = datetime.fromisoformat(at).replace(tzinfo=UTC)
    app.store.post(Draft(village.umoja, "UGX", reference, text, when, legs))


@pytest.fixture
def cycle(app: App, village: Village) -> Village:
    """Two members' shares, a loan with interest, a book bought, and the cycle's close."""
    akello, okot = village.akello.id, village.okot.id
    shares = Posting("1010", 1_500_000), Posting("3010", -1_000_000, akello), Posting("3010", -500_000, okot)
    post(app, village, "2026-02-02T09:00", "s-1", "shares", *shares)
    social = Posting("1040", 500), Posting("2020", -500, akello)
    post(app, village, "2026-02-02T09:00", "f-1", "social fund", *social)
    post(
        app,
        village,
        "2026-03-02T09:00",
        "l-1",
        "loan",
        Posting("1100", 200_000, okot, "l1"),
        Posting("1010", -200_000),
    )
    repaid = Posting("1010", 110_000), Posting("1100", -100_000, okot, "l1"), Posting("4010", -10_000, okot)
    post(app, village, "2026-03-30T09:00", "r-1", "repayment", *repaid)
    post(app, village, "2026-04-06T09:00", "b-1", "exercise book", Posting("5030", 1_500), Posting("1010", -1_500))
    closing = Posting("4010", 10_000), Posting("5030", -1_500), Posting("3020", -8_500)
    post(app, village, "2026-12-28T09:00", f"{CLOSING}1", "cycle closed", *closing)
    return village


def test_a_groups_statement_is_read_as_a_page(books: Type, cycle: Village) -> None:
    """What the closed cycle earned is still shown as earned; the lines name members."""
    told = books("statement", "10101", *YEAR)
    assert told.exit_code == 0, told.output
    assert (
        told.output
        == """\
Umoja, 2026-01-01 to 2026-12-31, in UGX

Balance sheet on 2026-12-31
  Cash box                       1,408,500
  Social-fund cash                     500
  Loan principal                   100,000
Assets                           1,509,000

  Social fund                          500
Liabilities                            500
  Shares at par                  1,500,000
  Retained surplus                   8,500
Equity                           1,508,500
Surplus of the period                8,500
Surplus before it, not closed            0
Closed to retained surplus          -8,500
Liabilities, equity and surplus  1,509,000

Income statement
  Interest                          10,000
Income                              10,000
  Running costs                      1,500
Expense                              1,500
Surplus of the period                8,500

Cash book
                    opening         in      out    closing
  Cash box                0  1,610,000  201,500  1,408,500
  Social-fund cash        0        500        0        500

date          entry  account               change     balance  for
2026-02-02        1  Cash box           1,500,000   1,500,000  shares, Akello Grace, Okot James (s-1)
2026-02-02        2  Social-fund cash         500         500  social fund, Akello Grace (f-1)
2026-03-02        3  Cash box            -200,000   1,300,000  loan, Okot James (l-1)
2026-03-30        4  Cash box             110,000   1,410,000  repayment, Okot James (r-1)
2026-04-06        5  Cash box              -1,500   1,408,500  exercise book (b-1)
"""
    )


def test_a_members_statement_opens_with_what_was_there(books: Type, cycle: Village) -> None:
    told = books("statement", "10101", "--member", cycle.okot.phone, "--from", "2026-03-03", "--to", "2026-12-31")
    assert told.exit_code == 0, told.output
    assert (
        told.output
        == """\
Okot James, Umoja, 2026-03-03 to 2026-12-31, in UGX

                  opening    plus    minus  closing
  Loan principal  200,000       0  100,000  100,000
  Shares at par   500,000       0        0  500,000
  Interest              0  10,000        0   10,000

date          entry  account           change   balance  for
2026-03-30        4  Loan principal  -100,000   100,000  repayment (r-1)
2026-03-30        4  Interest          10,000    10,000  repayment (r-1)
"""
    )


def test_json_has_decimal_strings_and_the_same_amounts(books: Type, cycle: Village) -> None:
    told = json.loads(books("statement", "10101", *YEAR, "--json").output)
    sheet, income = told["balance_sheet"], told["income_statement"]
    assert sheet["assets"][0] == {"account": "1010", "name": "Cash box", "amount": "1408500"}
    assert (sheet["total"], sheet["surplus"], sheet["surplus_before"], sheet["surplus_closed"]) == (
        "1509000",
        "8500",
        "0",
        "8500",
    )
    assert (income["income"][0]["amount"], income["expense"][0]["amount"], income["surplus"]) == (
        "10000",
        "1500",
        "8500",
    )
    assert told["cash_book"][0] == {
        "account": "1010",
        "name": "Cash box",
        "opening": "0",
        "in": "1610000",
        "out": "201500",
        "closing": "1408500",
    }
    assert told["lines"][3] == {
        "entry": 4,
        "date": "2026-03-30",
        "text": "repayment",
        "reference": "r-1",
        "members": ["Okot James"],
        "account": "1010",
        "change": "110000",
        "balance": "1410000",
    }
    assert cycle.okot.id not in json.dumps(told)


@pytest.mark.parametrize("whose", ["the group", "a member"])
def test_pages_make_the_whole_list(books: Type, cycle: Village, whose: str) -> None:
    asked = (
        "statement",
        "10101",
        *YEAR,
        "--json",
        *(("--member", cycle.okot.phone) if whose == "a member" else ()),
    )
    whole = json.loads(books(*asked, "--limit", "0").output)
    paged: list[dict[str, Any]] = []
    after: tuple[str, ...] = ()
    while True:
        page = json.loads(books(*asked, "--limit", "2", *after).output)
        paged += page["lines"]
        if page["next"] is None:
            break
        after = ("--after", str(page["next"]))
    assert paged == whole["lines"] and len(paged) > 2
    assert whole["next"] is None


def test_text_says_how_to_go_on(books: Type, cycle: Village) -> None:
    page = books("statement", "10101", *YEAR, "--limit", "3").output
    assert page.endswith("loan, Okot James (l-1)\n\nMore follow: --after 3\n")
    rest = books("statement", "10101", *YEAR, "--limit", "3", "--after", "3").output
    assert "   110,000   1,410,000  repayment, Okot James (r-1)\n" in rest
    assert "More follow" not in rest and "(l-1)" not in rest


def test_nothing_is_said_to_be_nothing(books: Type, cycle: Village) -> None:
    """Before the first entry, and between two of them."""
    early = books("statement", "10101", "--from", "2025-01-01", "--to", "2025-01-31")
    assert early.output == "Umoja, 2025-01-01 to 2025-01-31, in UGX\n\nNothing was posted by then.\n"
    still = books("statement", "10101", "--from", "2026-07-01", "--to", "2026-07-31").output
    assert still.endswith("\n\nNo entries in this period.\n") and "1,408,500" in still
    stranger = books("statement", "10101", "--member", cycle.nakato.phone, *YEAR).output
    assert stranger == "Nakato Ruth, Umoja, 2026-01-01 to 2026-12-31, in UGX\n\nNothing was posted by then.\n"
    empty = json.loads(books("statement", "10101", "--from", "2025-01-01", "--to", "2025-01-31", "--json").output)
    assert (empty["lines"], empty["cash_book"], empty["balance_sheet"]["total"]) == ([], [], "0")


def test_a_new_group_has_a_statement_without_any_day_given(books: Type, village: Village) -> None:
    told = books("statement", "10101")
    assert told.exit_code == 0
    assert told.output.endswith("Nothing was posted by then.\n")


def test_days_are_those_where_the_group_is(books: Type, app: App, village: Village) -> None:
    """Half past ten in the evening of 31 January UTC is February in Kampala, in the export too."""
    legs = Posting("1010", 5_000), Posting("3010", -5_000, village.okot.id)
    post(app, village, "2026-01-31T22:30", "s-1", "shares", *legs)
    january = books("statement", "10101", "--from", "2026-01-01", "--to", "2026-01-31").output
    february = books("statement", "10101", "--from", "2026-02-01", "--to", "2026-02-01").output
    assert "Nothing was posted by then." in january
    assert "\n2026-02-01        1  Cash box    5,000    5,000  shares, Okot James (s-1)\n" in february
    assert "\n2026-02-01 (s-1) shares\n" in books("export").output


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("10101", "--from", "2026-13-01"), "'2026-13-01' is no day: write it like 2026-01-31"),
        (("10101", "--to", "yesterday"), "'yesterday' is no day: write it like 2026-01-31"),
        (("10101", "--from", "2026-02-01", "--to", "2026-01-31"), "--from, --to: 2026-01-31 is before 2026-02-01"),
        (("10101", "--to", "9999-12-31"), "goes beyond the calendar"),
        (("99999",), "no group has the code 99999"),
        (("10101", "--member", "12"), "--member: '12' is no phone number: write it like +256772000101"),
        (("10101", "--member", "+256772999999"), "--member: nobody in Umoja has this number"),
        (("10101", "--after", "7"), "--after: the book has no entry 7"),
        (("10101", "--limit", "-1"), "-1 is not in the range x>=0"),
        ((), "Missing argument 'GROUP_CODE'"),
    ],
    ids=lambda value: " ".join(value) or "nothing" if isinstance(value, tuple) else "",
)
def test_a_mistake_is_one_line(books: Type, village: Village, wrong: tuple[str, ...], told: str) -> None:
    refused = books("statement", *wrong)
    assert refused.exit_code == 2
    assert told in refused.output and len(refused.output.splitlines()) == 1


def test_a_book_that_was_tampered_with_has_no_statement(books: Type, app: App, cycle: Village) -> None:
    app.store.database["entries"].update_one({"book": cycle.umoja, "seq": 1}, {"$set": {"postings.0.amount": 1}})
    refused = books("statement", "10101", *YEAR)
    assert refused.exit_code == 1
    assert "ledger verify --group 10101" in refused.output and len(refused.output.splitlines()) == 1


def test_a_statement_is_written_to_a_file(books: Type, cycle: Village, settings: Settings, tmp_path: Path) -> None:
    """Of the group in each form, of a member as a PDF; and what makes no file says why."""
    given = {"MONGO_URI": settings.mongo_uri, "MONGO_DATABASE": settings.mongo_database}
    given |= {"REDIS_URL": settings.redis_url, "DATA_DIR": str(tmp_path)}

    def statement(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["statement", *arguments], env=given)

    for name, begins in (("a.pdf", b"%PDF"), ("a.xlsx", b"PK"), ("a.csv", "\ufeffRelevé du groupe".encode())):
        path = tmp_path / name
        done = statement("10101", "--from", "2026-02-01", "--language", "fr", "-o", str(path))
        assert (done.exit_code, done.output.splitlines()[-1]) == (0, str(path)), done.output
        assert path.read_bytes().startswith(begins)
    mine = statement("10101", "--member", cycle.akello.phone, "-o", str(tmp_path))
    assert mine.output.strip().endswith(".pdf") and "/statement-umoja-" in mine.output
    for wrong, said in (
        (("10101", "-o", "a.doc"), "the file ends in .pdf, .xlsx or .csv"),
        (("10101", "--member", cycle.akello.phone, "-o", "a.csv"), "the file ends in .pdf"),
        (("10101", "--from", "2026-12-01", "--to", "2026-11-01"), "the last day is before the first"),
        (("99999",), "no group has the code 99999"),
    ):
        refused = statement(*wrong)
        assert refused.exit_code == 2 and said in refused.output


@pytest.fixture
def two_wallets(app: App, village: Village) -> Village:
    """Umoja has 7,000 by one provider, less than nothing by another, and 300 that was posted before them."""
    akello, momo, airtel = village.akello.id, {"provider": "momo"}, {"provider": "airtel"}
    came = Posting("1020", 8_000, **momo), Posting("1020", 300), Posting("2030", -8_300, akello)
    post(app, village, "2026-02-02T09:00", "c-1", "credit", *came)
    aside = Posting("2030", 1_500, akello), Posting("1060", 500, **airtel), Posting("1020", -2_000, **airtel)
    post(
        app,
        village,
        "2026-02-03T09:00",
        "c-2",
        "withdrawn",
        *aside,
        Posting("1020", -1_000, **momo),
        Posting("1030", 1_000),
    )
    return village


@pytest.mark.parametrize("of", [(), ("--group", "10101")], ids=["all groups", "one group"])
def test_what_groups_have_with_each_provider_is_a_table(
    books: Type, two_wallets: Village, of: tuple[str, ...]
) -> None:
    lines = [line.split() for line in books("wallets", *of).output.splitlines()]
    assert lines[1:] == [
        ["UGX", "before", "300", "0", "0", "0", "300"],
        ["UGX", "airtel", "-2,000", "0", "0", "500", "-1,500"],
        ["UGX", "momo", "7,000", "0", "0", "0", "7,000"],
    ]


def test_what_groups_have_with_each_provider_is_read_by_a_program(books: Type, two_wallets: Village) -> None:
    before, airtel, momo = json.loads(books("wallets", "--json").output)
    assert (before["provider"], before["together"]) == ("", "300")
    accounts = {"1020": "-2000", "1025": "0", "1050": "0", "1060": "500"}
    assert airtel == {"provider": "airtel", "currency": "UGX", "accounts": accounts, "together": "-1500"}
    assert momo["accounts"]["1020"] == "7000"


def test_no_mobile_money_is_said_and_a_group_that_is_not_there(books: Type, village: Village) -> None:
    assert books("wallets").output == "No group has mobile money.\n"
    none = books("wallets", "--group", "99999")
    assert (none.exit_code, "no group has the code 99999" in none.output) == (2, True)
