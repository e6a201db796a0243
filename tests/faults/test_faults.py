"""Money under faults: processes killed everywhere, providers that fail in every way, and it still adds up."""

import re
import socket
import socketserver
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.app import App, build
from bot.config import Settings
from domain.groups.found import FoundGroup
from domain.groups.register import Register
from domain.money import Money
from domain.people.phones import person_with
from domain.records.group import Constitution
from domain.records.payment import Direction
from domain.savings.contribute import Contribute
from domain.store import Store
from domain.treasury.providers import provider_for
from tests.conftest import Clock
from tests.faults.audit import problems
from tests.faults.breaks import BREAKS, ROOT, Break
from tests.faults.campaign import Run, a_country, shorter
from tests.faults.child import Ended, Job
from tests.faults.country import GATEWAYS, Country
from tests.faults.forks import Forks
from tests.faults.play import Play, Step
from tests.faults.proxy import Fault, Proxy, proxied
from tests.faults.reckoning import problems as problems_of
from tests.faults.town import environment_of, keep_old_documents, recover, simulated, with_providers
from tests.people import do

DIRECTIONS: tuple[Direction, ...] = ("in", "out")
# More than there are places to be killed at.
PAYERS = [f"+2567720{number:05}" for number in range(200)]
DECLINERS = [f"+2567721{number:05}" for number in range(100)]
ASKING, TEXTING = "POST /momo/collection/v1_0/requesttopay", "POST /version1/messaging"


@pytest.fixture
def forks(tmp_path: Path) -> Iterator[Forks]:
    with (tmp_path / "workers.log").open("wb") as log, Forks(log) as running:
        yield running


def saver(store: Store, phone: str) -> Contribute:
    """A member in a group of their own, and what they are about to put into it."""
    do(store, Register(phone, f"Saver {phone[-3:]}", "en", "no PIN"))
    person = person_with(store, phone)
    assert person
    rules = Constitution(Money(5_000, "UGX"), first_meeting=date(2026, 9, 7), social_fund=Money(500, "UGX"))
    group = do(store, FoundGroup(phone[-6:], "Umoja", "vsla", rules, ((person, "chairperson"),)))
    return Contribute(str(group), person, Money(5_500, "UGX"))


class Crowd:
    """Members who each contribute once; `jobs` are the workers that have done so, or were killed over it."""

    def __init__(self, app: App, clock: Clock, forks: Forks) -> None:
        self.app, self.clock, self.forks = app, clock, forks
        self._environment = environment_of(app.settings)

    def jobs(self, phones: Sequence[str], kill_at: Iterable[int]) -> dict[str, Job]:
        """One for each place to be killed at, of a member of its own; by phone."""
        return {
            phone: Job(
                environment=self._environment,
                now=self.clock(),
                contribute=saver(self.app.store, phone),
                key=f"{phone}:pay",
                rounds=2,
                wait_seconds=10,
                kill_at=place,
            )
            for phone, place in zip(phones, kill_at, strict=False)
        }

    def do(self, *jobs: dict[str, Job]) -> list[Ended]:
        return self.forks.run_all(job for each in jobs for job in each.values())

    def do_again(self, *jobs: dict[str, Job]) -> None:
        """Fresh processes are given the same commands, now, and live."""
        again = [
            {phone: replace(job, now=self.clock(), kill_at=0) for phone, job in each.items()} for each in jobs
        ]
        assert not any(ended.killed or ended.refused for ended in self.do(*again))

    def states(self, jobs: dict[str, Job]) -> set[str]:
        """What has become of the payments."""
        store = self.app.store
        return {store.payments.get(store.commands.get(job.key).result["payment"]).state for job in jobs.values()}


def places(crossed: Sequence[str]) -> list[int]:
    """
    Where to be killed: before each exchange, which leaves the same as after the one before it; with a provider's,
    and at the end, after it too.
    """
    found = [place for place, name in enumerate(crossed, 1) if name.startswith("before ") or "POST" in name]
    return [*found, len(crossed)]


_WRITTEN = re.compile(r"^after (insert|update|delete|findAndModify|commitTransaction)$", re.MULTILINE)


def texts_again(ended: Ended) -> bool:
    """Whether a worker was killed when it had texted, and had not written that down."""
    _, texted, since = "\n".join(ended.crossed).partition(f"after {TEXTING}")
    return ended.killed and bool(texted) and not _WRITTEN.search(since)


def test_a_worker_may_be_killed_anywhere(settings: Settings, clock: Clock, forks: Forks) -> None:
    """
    At every command of MongoDB and every exchange with a provider, from the member's yes to the last SMS.

    One that lives shows the places; then one is killed at each. A minute later, or for some when it is too late
    to send a request, a fresh process is given the same command and goes on.
    """
    with simulated(PAYERS + DECLINERS) as simulator:
        outcomes = {
            phone[1:]: "SUCCESSFUL" if phone in PAYERS else "APPROVAL_REJECTED" for phone in PAYERS + DECLINERS
        }
        simulator.momo.faults.set({"outcomes": outcomes})
        with closing(build(with_providers(settings, simulator), clock=clock)) as app:
            keep_old_documents(app)
            crowd = Crowd(app, clock, forks)
            paid, declined = (
                ended.crossed for ended in crowd.do(crowd.jobs(PAYERS, [0]), crowd.jobs(DECLINERS, [0]))
            )
            assert problems(app, simulator, one_sms=True) == []
            for what in ("insert", "commitTransaction", ASKING, TEXTING):
                assert {f"before {what}", f"after {what}"} <= set(paid) & set(declined)

            # Whether a member pays or declines, all is the same until the provider is asked; and it can only be
            # too late to ask for who was killed before that was known to be done.
            first = declined.index(f"before {ASKING}") + 1
            paying = places(paid)
            last = [place for place in paying if place > paid.index(f"after {ASKING}")][3]
            declining = [place for place in places(declined) if place >= first]
            asking = [place for place in paying if place <= last]
            payers, decliners = crowd.jobs(PAYERS[1:], paying), crowd.jobs(DECLINERS[1:], declining)
            late = crowd.jobs(PAYERS[len(paying) + 1 :], asking)
            assert [*map(len, (payers, decliners, late))] == [*map(len, (paying, declining, asking))]
            ended = crowd.do(payers, decliners, late)
            killed_in = ((paid, paying), (declined, declining), (paid, asking))
            names = [crossed[place - 1] for crossed, them in killed_in for place in them]
            # How often something is read turns on which thread comes first; how often it is written does not.
            lived = [name for name, each in zip(names, ended, strict=True) if not each.killed]
            assert len(lived) <= 6 and {*lived} <= {"before find", "after find"}, lived

            clock.forward(seconds=61)
            crowd.do_again(payers, decliners)
            clock.forward(minutes=10)
            crowd.do_again(late)
            recover(app, clock)

            assert problems(app, simulator, one_sms=False) == []
            assert (crowd.states(payers), crowd.states(decliners)) == ({"succeeded"}, {"failed"})
            assert crowd.states(late) == {"succeeded", "expired"}
            # Who was killed after texting, or before writing that down, had to text again.
            for jobs, killed in (
                (payers, ended[: len(payers)]),
                (decliners, ended[len(payers) :][: len(decliners)]),
            ):
                again = sum(map(texts_again, killed))
                assert again > 0 and sum(len(simulator.sms.inbox(phone)) for phone in jobs) == len(jobs) + again


@pytest.fixture(scope="module")
def country() -> Iterator[Country]:
    with a_country() as founded:
        yield founded


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_each_member_pays_by_the_rail_that_the_run_is_about(country: Country, gateway: str) -> None:
    with country.day(gateway) as land:
        for member in land.members.values():
            rail = gateway if member.rail == "momo" else member.rail
            for way in DIRECTIONS:
                assert provider_for(land.app.store, way, member.share.currency, member.phone) == rail


# Of what a run can have, so much that each rail has something; `make faults` makes as many more as one likes.
@pytest.mark.parametrize("seed", [4, 7])
def test_money_adds_up_after_any_faults(country: Country, seed: int) -> None:
    run = Run.drawn(seed, 25)
    wrong = run.fails(country)
    assert wrong is None, f"{wrong}\n\n{run.script}"


def test_a_run_that_fails_leaves_nothing_broken_for_the_next(country: Country) -> None:
    steps: list[Step] = [
        ("fail_store", ("find",), {"times": 1_000, "errorCode": 8000}),
        *(("fail_network", (place, "refused"), {"times": 1_000}) for place in ("providers", "mongo", "redis")),
        ("no such step", (), {}),
    ]
    assert isinstance(Run("momo", steps).fails(country), AttributeError)
    assert Run("momo", [("contribute", ("Akello", 5_500), {})]).fails(country) is None


def test_what_is_lost_doubled_or_without_an_end_is_found(country: Country) -> None:
    """The reckoning itself: what is taken out of the books, or put in twice, is named."""
    with country.day("momo") as land:
        play = Play(land)
        play.contribute("Akello", 5_500)
        play.work(5)
        play.recover()
        assert problems_of(play) == []
        (payment,) = land.app.store.payments.find()
        land.app.store.payments.change(payment.id, state="unknown", next_at=land.clock())
        found = problems_of(play)
        assert {line.partition(": ")[0] for line in found} == {
            "lost",
            f"{payment.ref} is unknown and {{'receipt'}} was told",
            f"{payment.ref} (momo in) has no end",
        }
        land.app.store.payments.change(payment.id, state="succeeded", next_at=None, amount=Money(5_600, "UGX"))
        assert any("doubled or made up: {(" in line for line in problems_of(play))


@pytest.mark.parametrize("wrong", BREAKS, ids=lambda each: each.wrong)
def test_what_the_runs_have_to_notice_can_still_be_broken(wrong: Break) -> None:
    """Whether they do is what `python -m tests.faults.breaks` tries, which takes long."""
    compile(wrong.applied((ROOT / wrong.path).read_text()), wrong.path, "exec")


def test_a_seed_draws_the_same_run_again() -> None:
    assert Run.drawn(7, 40) == Run.drawn(7, 40) != Run.drawn(9, 40)
    for seed in range(50):
        for name, _, _ in Run.drawn(seed, 40, processes=True).steps:
            assert callable(getattr(Play, name))


def test_the_shortest_part_that_fails_is_found_and_is_a_script() -> None:
    """Of ten steps, two are to blame together."""
    steps: list[Step] = [("wait", (number,), {}) for number in range(8)]
    steps.insert(2, ("contribute", ("Akello", 5_500), {}))
    steps.insert(7, ("fault", ("momo",), {"drop_after_accept": 1}))

    def fails(run: Run) -> bool:
        return {"contribute", "fault"} <= {name for name, _, _ in run.steps}

    *_, shortest = shorter(Run("momo", steps), fails, seconds=60)
    assert shortest.script == (
        "from tests.faults.campaign import played\n\n"
        'with played("momo") as run:\n'
        "    run.contribute('Akello', 5500)\n"
        "    run.fault('momo', drop_after_accept=1)\n"
    )


# The network


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    """A server that says again what it hears."""

    class Say(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                while piece := self.request.recv(100):
                    self.request.sendall(piece)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Say) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield ("127.0.0.1", server.server_address[1])
        server.shutdown()
        thread.join()


def said(proxy: Proxy, piece: bytes = b"hello") -> bytes:
    """What comes back until as much has come as was said, or the connection is gone."""
    heard = b""
    with suppress(OSError), socket.create_connection(proxy.address, timeout=10) as line:
        line.sendall(piece)
        while len(heard) < len(piece) and (more := line.recv(100)):
            heard += more
    return heard


def test_a_network_breaks_as_it_is_told_and_heals(echo: tuple[str, int]) -> None:
    with proxied(echo) as proxy:
        assert said(proxy) == b"hello"
        faults: list[tuple[Fault, int, bytes]] = [("down", 2, b"he"), ("up", 2, b""), ("refused", 0, b"")]
        for fault, amount, heard in faults:
            proxy.fail(fault, amount)
            assert (said(proxy), said(proxy)) == (heard, b"hello"), fault
        done: list[str] = []
        proxy.after(2, lambda: done.append("now"))
        assert (said(proxy), done) == (b"hello", ["now"])
        with socket.create_connection(proxy.address, timeout=10) as line:
            line.sendall(b"a")
            assert line.recv(1) == b"a"
            proxy.cut()
            with suppress(ConnectionResetError):
                assert line.recv(1) == b""
