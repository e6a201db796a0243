"""What a newcomer does: one command, then the page, the terminal and the books beside it."""

import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
import requests
from playwright.sync_api import Page, expect

from bot.cli.opening import stores_of
from bot.config import Settings, environment_of
from bot.demo.operators import PASSWORD
from bot.demo.running import Running, read_running
from bot.demo.village import MOMO_PIN
from bot.local.processes import Process
from bot.local.stores import Stores
from tests.browsing import chromium_running
from tests.waiting import WAIT_SECONDS, until

NAKATO, OKOT, OPIO, ATIM = "+256772000101", "+256772000104", "+256772000107", "+256772000108"
KAMAU, ACHIENG, NJOYA = "+254711000104", "+254711000105", "+237677000108"
# What is killed of a running demo.
DIES = re.compile(r"-m bot worker$|bin/mongod |valkey-server ")


@dataclass
class Demo:
    """A running demo: its process, its directory, its addresses."""

    process: subprocess.Popen[str]
    environment: dict[str, str]
    addresses: Running
    said: str

    def bot(self, *arguments: str, typed: str = "") -> str:
        """What a command prints, typed beside the running demo."""
        command = [sys.executable, "-m", "bot", *arguments]
        done = subprocess.run(
            command, env=self.environment, input=typed, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def started_by(pid: int) -> dict[Process, str]:
    """The command lines of a process's children, and theirs."""
    found: dict[Process, str] = {}
    for each in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if known := Process.of(each.pid):
                found[known] = " ".join(each.cmdline())
    return found


def wait_until_gone(processes: Iterable[Process]) -> None:
    until(lambda: not any(each.is_alive() for each in processes))


def begin(directory: Path, *more: str) -> subprocess.Popen[str]:
    """
    A demo with "its own" directory in this one. A `.env` for production lies beside it, and the shell names a
    database too: no demo touches what these name.
    """
    (directory / ".env").write_text("APP_ENV=production\nMONGO_URI=mongodb://127.0.0.1:1\nPIN_PEPPER=short\n")
    environment = environment_of(mongo_uri="mongodb://127.0.0.1:1") | {
        "PYTHONPATH": str(Path(__file__).parents[3])
    }
    command = [sys.executable, "-u", "-m", "bot", "demo", "--data-dir", "its own", *more]
    with (directory / "complaints").open("wb") as complaints:
        return subprocess.Popen(
            command, cwd=directory, env=environment, stdout=subprocess.PIPE, stderr=complaints, text=True
        )


def complaints_in(directory: Path) -> str:
    return (directory / "complaints").read_text()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """
    Whatever ends a demo leaves nothing that blocks the next. One before this was stopped while it founded the
    village; the next went on with that, until it was killed, and what it had started ended by itself. This one
    finds the village, and ends by Ctrl-C; and one after it ends in time.
    """
    directory = tmp_path_factory.mktemp("demo")
    with begin(directory) as stopped:
        assert stopped.stdout
        assert any("Founding the village" in line for line in stopped.stdout)
        started = started_by(stopped.pid)
        stopped.terminate()
        said = stopped.stdout.read()
    assert stopped.returncode == 0, complaints_in(directory)
    assert "Stopping …" in said and "The phones" not in said
    wait_until_gone(started)

    with begin(directory) as killed:
        assert killed.stdout
        assert any("All is well" in line for line in killed.stdout), complaints_in(directory)
        started = started_by(killed.pid)
        killed.kill()
    wait_until_gone(started)

    with begin(directory) as process:
        assert process.stdout
        said = "".join(itertools.takewhile(lambda line: "Ctrl-C stops everything" not in line, process.stdout))
        assert "The village is there" in said, complaints_in(directory)
        addresses = read_running(directory / "its own")
        assert addresses, said
        environment = environment_of(data_dir=directory / "its own", mongo_uri="", redis_url="")
        yield Demo(process, environment, addresses, said)
        started = started_by(process.pid)
        assert len(started) >= 12, started  # two stores, four processes of ours, a keeper for each
        process.send_signal(signal.SIGINT)
        assert "Stopping …" in process.stdout.read()
    assert process.returncode == 0 and complaints_in(directory) == ""
    wait_until_gone(started)
    assert not (directory / "its own" / "demo.json").exists()

    with begin(directory, "--seconds", "0.1") as last:
        assert last.stdout and "All is well" in last.stdout.read()
    assert last.returncode == 0, complaints_in(directory)


@pytest.fixture
def page(demo: Demo) -> Iterator[Page]:
    with chromium_running() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(WAIT_SECONDS * 1000)
        expect.set_options(timeout=WAIT_SECONDS * 1000)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(demo.addresses.page)
        yield page
    assert complaints == []


def send(page: Page, text: str, then: str) -> None:
    page.get_by_test_id("ussd-input").fill(text)
    page.get_by_test_id("ussd-send").click()
    expect(page.get_by_test_id("ussd-screen")).to_contain_text(then)


@pytest.mark.browser
def test_the_journey_by_clicking(page: Page, tmp_path: Path) -> None:
    """Dial, contribute, approve on the phone, read the receipt, see the books move."""
    page.get_by_test_id("person-select").select_option(OKOT)
    page.get_by_test_id("dial-service").click()
    screen = page.get_by_test_id("ussd-screen")
    expect(screen).to_contain_text("Hello Okot")
    before = page.get_by_test_id("book-balance-3010").inner_text()
    send(page, "1", "How much?")
    send(page, "1", "Your PIN?")
    send(page, "3811", "Now approve UGX 5,500")

    expect(page.get_by_test_id("momo-prompt")).to_be_visible()
    page.get_by_test_id("momo-pin").fill("12345")
    page.get_by_test_id("momo-approve").click()

    expect(page.get_by_test_id("sms-item").first).to_contain_text("You paid UGX 5,500")
    expect(page.get_by_test_id("book-entry").first).to_contain_text("Okot James")
    expect(page.get_by_test_id("book-balance-3010")).not_to_have_text(before)
    expect(page.get_by_test_id("wallet")).to_contain_text("194,500")
    page.screenshot(path=str(tmp_path / "journey.png"))


@pytest.mark.browser
def test_a_member_in_kenya_pays_from_the_menu_of_m_pesa(page: Page) -> None:
    """Achieng asks once for her account; M-Pesa says that it was paid, and our receipt comes after it."""
    shown = page.get_by_test_id
    shown("person-select").select_option(ACHIENG)
    shown("dial-service").click()
    expect(shown("ussd-screen")).to_contain_text("Habari Achieng")
    send(page, "account", "174379")
    account = re.search(r"20202-\d{4}", shown("ussd-screen").inner_text())
    assert account
    shown("ussd-ok").click()
    shown("paybill-open").click()
    for name, typed in (("account", account[0]), ("amount", "550"), ("pin", MOMO_PIN)):
        shown(f"paybill-{name}").fill(typed)
    shown("paybill-pay").click()
    messages = shown("sms-list")
    expect(messages).to_contain_text(f"Confirmed. KES 550 sent to 174379 for account {account[0]}.")
    expect(messages).to_contain_text("Umelipa KES 550 kwa Tujenge Chama")
    expect(shown("book-entry").first).to_contain_text("Achieng Susan")


@pytest.mark.browser
def test_what_a_call_began_is_finished_in_a_chat_and_the_receipt_comes_in_another(page: Page) -> None:
    """One contribution over three phones, by clicking."""
    page.get_by_test_id("person-select").select_option(OPIO)
    whatsapp, telegram = page.get_by_test_id("wa-list"), page.get_by_test_id("tg-list")
    page.get_by_test_id("wa-input").fill("hello")
    page.get_by_test_id("wa-send").click()
    expect(whatsapp).to_contain_text("Hello Opio")
    rows = {"Settings": "", "Messages": "Messages from us", "Where receipts go": "Where do you want receipts?"}
    for lists, (row, then) in enumerate(rows.items(), start=1):
        expect(page.get_by_test_id("wa-open-list")).to_have_count(lists)
        page.get_by_test_id("wa-open-list").last.click()
        row_of_list = page.get_by_test_id("wa-row").filter(has=page.get_by_text(row, exact=True), visible=True)
        row_of_list.click()
        expect(whatsapp).to_contain_text(then)
    page.get_by_test_id("wa-button").filter(has=page.get_by_text("WhatsApp", exact=True)).click()
    expect(whatsapp).to_contain_text("Your receipts come here: WhatsApp.")

    page.get_by_test_id("dial-service").click()
    expect(page.get_by_test_id("ussd-screen")).to_contain_text("Hello Opio")
    send(page, "1", "How much?")
    page.get_by_test_id("key-end").click()

    def tap(label: str, then: str) -> None:
        page.get_by_test_id("tg-button").filter(has=page.get_by_text(label, exact=True)).last.click()
        expect(telegram).to_contain_text(then)

    page.get_by_test_id("tg-start").click()
    tap("English", "What is your phone number")
    page.get_by_test_id("tg-contact").click()
    expect(telegram).to_contain_text("Welcome back Opio!")
    tap("Menu", "You were not finished. Go on?")
    tap("Continue", "How much?")
    for typed, then in (("2000", "Pay UGX 2,000 to Umoja Women?"), ("yes", "Your PIN?"), ("4924", "Now approve")):
        page.get_by_test_id("tg-input").fill(typed)
        page.get_by_test_id("tg-send").click()
        expect(telegram).to_contain_text(then)
    expect(telegram).not_to_contain_text("4924")

    page.get_by_test_id("momo-pin").fill(MOMO_PIN)
    page.get_by_test_id("momo-approve").click()
    expect(whatsapp).to_contain_text("You paid UGX 2,000 to Umoja Women for savings.")
    expect(page.get_by_test_id("books")).to_contain_text("Opio Peter")


@pytest.mark.browser
def test_a_call_that_is_dropped_is_taken_up_again(page: Page) -> None:
    page.get_by_test_id("person-select").select_option("+256752000106")
    page.get_by_test_id("dial-service").click()
    expect(page.get_by_test_id("ussd-screen")).to_contain_text("Hello Nabirye")
    send(page, "1", "How much?")
    page.get_by_test_id("key-end").click()
    page.get_by_test_id("dial-service").click()
    expect(page.get_by_test_id("ussd-screen")).to_contain_text("You were not finished")
    send(page, "1", "How much?")


def test_the_handset_in_a_terminal_drops_and_goes_on(demo: Demo) -> None:
    """Kamau speaks Kiswahili; a call that is dropped is offered again."""
    first = demo.bot("dial", KAMAU, typed="1\ndrop\n")
    assert "Kamau" in first and "The call was dropped." in first
    again = demo.bot("dial", KAMAU, typed="1\n")
    assert again.count("┌") == 2, again


def test_an_officer_s_vote_sends_a_loan_to_the_borrower_s_phone(demo: Demo) -> None:
    """The treasurer has agreed to Atim's loan; the chairperson is the second officer."""
    assert "It is decided, with your vote." in demo.bot("dial", NAKATO, typed="decide\n1\n2698\n1\n")

    def told() -> list[Any]:
        url = f"{demo.addresses.page}/sim/momo/messages"
        messages: list[Any] = requests.get(url, params={"phone": ATIM}).json()["messages"]
        return messages

    until(lambda: told() != [])
    assert told()[0]["text"].startswith("You have received UGX 100,000 from Community Savings.")


def test_money_that_m_pesa_never_told_of_is_taken_from_its_list(demo: Demo) -> None:
    """A command beside the demo knows its providers. Kamau's account is as docs/try.md has it."""
    simulator = f"{demo.addresses.page}/sim"
    assert requests.post(f"{simulator}/faults", json={"daraja": {"no_callback": 1}}).ok
    paid = {"phone": KAMAU, "account": "20202-0049", "amount": "550", "pin": MOMO_PIN}
    began = datetime.now(UTC)
    assert requests.post(f"{simulator}/daraja/paybill", json=paid).json()["status"] == "SUCCESSFUL"
    for day in {f"{at:%Y-%m-%d}" for at in (began, datetime.now(UTC))}:  # at midnight it may be of either
        # At a full hour the demo looks at the list too, and may be faster: then there is nothing left to take in.
        assert re.search(r"daraja.* taken in [01]\b", demo.bot("reconcile", "--rail", "daraja", "--day", day))
    until(lambda: "Umelipa KES 550" in requests.get(f"{simulator}/sms", params={"phone": KAMAU}).text)


def test_a_database_of_somebody_elses_is_not_given_the_demos_providers(
    demo: Demo, stores: Stores, settings: Settings
) -> None:
    directory = Path(demo.environment["DATA_DIR"])
    theirs = replace(settings, data_dir=directory, mongo_uri=stores.mongo_uri, redis_url="")
    with stores_of(theirs, as_they_are=True) as found:
        assert (found.mongo_uri, found.at_api_url, found.rails) == (
            theirs.mongo_uri,
            theirs.at_api_url,
            theirs.rails,
        )


def test_cameroon_is_asked_by_pawapay(demo: Demo) -> None:
    demo.bot("dial", NJOYA, typed="1\n1\n7235\n")

    def asked(path: str) -> list[Any]:
        url = f"{demo.addresses.page}/sim/{path}"
        prompts: list[Any] = requests.get(url, params={"phone": NJOYA}).json()["prompts"]
        return prompts

    until(lambda: len(asked("prompts")) == 1)
    assert asked("momo/prompts") == []


@pytest.mark.parametrize(
    ("command", "said"), [("airtel balance", "wallet  UGX"), ("pawapay networks", "MTN_MOMO_CMR")]
)
def test_a_command_about_a_rail_asks_the_stand_in(demo: Demo, command: str, said: str) -> None:
    assert said in demo.bot(*command.split())


def test_what_m_pesa_answered_at_the_start_was_heard(demo: Demo) -> None:
    until(lambda: "Utility Account" in demo.bot("balances", "--list"))


def test_a_leader_signs_in_with_the_code_that_comes_to_her_phone(demo: Demo) -> None:
    """By the address and the number that the demo prints; the code is read where she reads it."""
    pages = demo.addresses.bot
    assert f"The pages of a leader: {pages}/sign-in" in demo.said and f"#{NAKATO}" in demo.said
    browser = requests.Session()
    assert "a code is on its way" in _posted(browser, pages, "/sign-in", {"phone": NAKATO, "to": ""}).text
    inbox = f"{demo.addresses.page}/sim/sms?phone={quote(NAKATO)}"

    def codes() -> list[str]:
        return re.findall(r"is (\d{8})\b", requests.get(inbox).text)

    until(lambda: bool(codes()))
    form = {"phone": NAKATO, "code": codes()[0], "to": "/groups/10101"}
    home = _posted(browser, pages, "/sign-in/code", form)
    assert home.url == f"{pages}/groups/10101" and "Money of the group" in home.text


def test_an_operator_signs_in_with_the_code_that_the_demo_shows(demo: Demo) -> None:
    pages = demo.addresses.bot
    assert f"The pages of the operator: {pages}/sign-in?to=/operator" in demo.said and PASSWORD in demo.said
    email, code = demo.bot("demo", "--codes", "--data-dir", demo.environment["DATA_DIR"]).split()[:2]
    form = {"email": email, "password": PASSWORD, "totp": code, "to": "/operator"}
    seen = _posted(requests.Session(), pages, "/sign-in/account", form)
    assert seen.url == f"{pages}/operator" and "Error rate" in seen.text


def _posted(browser: requests.Session, pages: str, path: str, form: dict[str, str]) -> requests.Response:
    """A form of the sign-in page, with its hidden token."""
    hidden = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(f"{pages}/sign-in").text)
    return browser.post(pages + path, data=form | ({"csrf_token": hidden[1]} if hidden else {}))


def test_a_number_that_is_none_is_refused(demo: Demo) -> None:
    command = [sys.executable, "-m", "bot", "dial", "12"]
    done = subprocess.run(command, env=demo.environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "12 is no phone number: write it like +256772000101" in done.stderr


def test_the_books_are_whole_and_a_second_program_agrees(demo: Demo, tmp_path: Path) -> None:
    """`ledger` commands work beside the running demo; hledger finds the balances that we have."""
    assert "3 books" in demo.bot("ledger", "verify")
    journal = tmp_path / "books.journal"
    demo.bot("ledger", "export", "--group", "10101", "-o", str(journal))
    if shutil.which("hledger") is None:
        pytest.skip("hledger is not installed: apt-get install hledger")
    theirs = subprocess.run(
        ["hledger", "-f", str(journal), "balance", "--depth", "2", "--no-total", "equity"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    token = demo.bot("tokens", "make", "auditor", "--scope", "books:read", "--group", "10101").strip()
    book = requests.get(
        f"{demo.addresses.bot}/api/groups/10101/books", headers={"Authorization": f"Bearer {token}"}
    ).json()["data"]
    shares = next(each["amount"] for each in book["balances"] if each["account"] == "3010")
    assert theirs.split()[:2] == [str(-shares["minor"]), shares["currency"]]


def test_a_second_demo_on_the_same_directory_is_told_who_has_it(demo: Demo) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo"],
        env=demo.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"is in use by process {demo.process.pid}" in done.stderr


def test_it_says_how_to_be_a_phone_of_this_demo(demo: Demo) -> None:
    from_there = os.path.relpath(sys.executable, Path(demo.environment["DATA_DIR"]).parent)
    assert f"DATA_DIR='its own' {from_there} -m bot dial" in demo.said


def test_it_lives_on_though_its_worker_and_both_stores_are_killed(demo: Demo) -> None:
    assert demo.process.stdout
    started = started_by(demo.process.pid)
    dying = [each for each, command in started.items() if DIES.search(command) and "keeper" not in command]
    assert len(dying) == 3
    for each in dying:
        each.signal(signal.SIGKILL)
    again = (line.split()[2] for line in demo.process.stdout if "starting it again" in line)
    assert set(itertools.islice(again, 3)) == {"worker", "MongoDB", "Redis"}
    until(lambda: requests.get(f"{demo.addresses.bot}/health").ok)
