"""Members pay while everything fails: a hypothesis state machine over the real stores and the stand-ins."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from domain.commands import execute
from domain.contributions import Contribute
from domain.errors import DomainError
from domain.money import Money
from tests.faults.audit import problems
from tests.faults.child import Job
from tests.faults.town import Day, Town, recover

WHO = st.integers(0, 2)
WHICH = st.integers(0, 5)  # of the payments, counted round
AMOUNTS = st.sampled_from([500, 2_000, 5_500, 25_500, 30_000])
# A worker's job has some forty boundaries at the most; one that is killed later than it ends is not killed.
KILL_AT = st.integers(1, 40)
WAITS = st.sampled_from([1, 5, 10, 61, 601, 3_600, 90_000])

MOMO_FAULTS = st.sampled_from(
    [
        {"drop_after_accept": 1},
        {"drop_after_accept": 2},
        {"status_503_before_accept": 1},
        {"status_500_after_accept": 1},
        {"status_503_on_query": 2},
        {"login_failed": 1},
        {"never_settles": 1},
        {"callback_before_settled": 1},
        {"token_expires_after": 1},
        {"reason_as": "object"},
    ]
)
SMS_FAULTS = st.sampled_from(
    [{"status_500_before_accept": 1}, {"status_500_after_accept": 1}, {"request_rejected": 1}]
)
ENDS = st.sampled_from(["SUCCESSFUL", "EXPIRED", "NOT_ENOUGH_FUNDS", "ONGOING"])


class MoneyUnderFaults(RuleBasedStateMachine):
    """
    A group of three. Little is asked of a step alone; after the last one the faults end, time passes, and then
    everything must agree.
    """

    def __init__(self, opened: AbstractContextManager[Day]) -> None:
        super().__init__()
        self._opened = opened
        self._day = opened.__enter__()
        self._given: list[tuple[str, Contribute]] = []
        self._answers: dict[str, Any] = {}
        self._one_sms = True

    # People

    @rule(who=WHO, amount=AMOUNTS, times=st.integers(1, 2))
    def contribute(self, who: int, amount: int, times: int) -> None:
        """A command, given `times` at once: its gateway did not wait for the first answer."""
        key, command = self._command(who, amount)
        self._give(key, command, times)

    @precondition(lambda self: self._given)
    @rule(which=WHICH)
    def give_again(self, which: int) -> None:
        self._give(*self._given[which % len(self._given)], times=1)

    @rule(who=WHO, approves=st.booleans())
    def answer_a_prompt(self, who: int, approves: bool) -> None:
        momo = self._day.simulator.momo
        for prompt in momo.prompts(self._day.members[who].phone)[:1]:
            (momo.approve if approves else momo.reject)(prompt["reference"])

    # Workers

    @rule()
    def poke(self) -> None:
        self._day.poke()

    @rule(twice=st.booleans())
    def work(self, twice: bool) -> None:
        """Do what waits in the queue; `twice` is two workers with the same jobs at once."""
        for task, ids in self._day.take_jobs():
            task(ids * 2 if twice else ids)

    @rule(kill_at=KILL_AT)
    def work_and_be_killed(self, kill_at: int) -> None:
        store, now = self._day.app.store, self._day.clock()
        payments, notices = store.payments.due(now, 100), store.notices.due(now, 100)
        self._kill(Job(payments=tuple(payments), notices=tuple(notices), **self._worker(kill_at)))

    @rule(who=WHO, amount=AMOUNTS, kill_at=st.integers(1, 20))
    def contribute_and_be_killed(self, who: int, amount: int, kill_at: int) -> None:
        key, command = self._command(who, amount)
        self._kill(Job(key=key, contribute=command, rounds=0, **self._worker(kill_at)))

    # Faults

    @rule(faults=MOMO_FAULTS)
    def break_momo(self, faults: dict[str, Any]) -> None:
        self._day.simulator.momo.faults.set(faults)

    @rule(faults=SMS_FAULTS)
    def break_sms(self, faults: dict[str, Any]) -> None:
        self._day.simulator.sms.faults.set(faults)
        self._one_sms = False

    @rule(who=WHO, end=ENDS)
    def decide_without_a_prompt(self, who: int, end: str) -> None:
        digits = self._day.members[who].phone.removeprefix("+")
        self._day.simulator.momo.faults.set({"outcomes": {digits: end}})

    @rule(which=st.lists(WHICH, min_size=1, max_size=3))
    def call_back(self, which: list[int]) -> None:
        """Callbacks for any payments, in any order, doubled or early; most never come."""
        payments = self._day.app.store.payments.find(sort="created_at")
        for each in which if payments else []:
            self._day.call_back(payments[each % len(payments)].id)

    @rule()
    def empty_redis(self) -> None:
        self._day.empty_redis()

    @rule(seconds=WAITS)
    def wait(self, seconds: int) -> None:
        self._day.clock.forward(seconds=seconds)

    def teardown(self) -> None:
        day = self._day
        try:
            for switches in day.simulator.world.faults.values():
                switches.reset()
            day.simulator.momo.faults.set({"no_callback": -1})
            recover(day.app, day.clock)
            for key, answer in self._answers.items():
                assert day.app.store.commands.get(key).result == answer
            found = problems(day.app, day.simulator, one_sms=self._one_sms)
            assert not found, "\n".join(found)
        finally:
            self._opened.__exit__(None, None, None)

    def _command(self, who: int, amount: int) -> tuple[str, Contribute]:
        village, person = self._day.village, self._day.members[who].id
        command = Contribute(village.umoja, person, Money(amount, "UGX"), "momo")
        self._given.append((f"{person}:{len(self._given)}:pay", command))
        return self._given[-1]

    def _give(self, key: str, command: Contribute, times: int) -> None:
        """The same key is answered the same, or refused having changed nothing."""

        def give(_: int) -> Any:
            try:
                return execute(self._day.app.store, key, command)
            except DomainError as refused:
                return refused.code

        with ThreadPoolExecutor(times) as hands:
            answers = list(hands.map(give, range(times)))
        answers = [answer for answer in answers if isinstance(answer, dict)] or answers
        if isinstance(answers[0], dict):
            assert all(answer == self._answers.setdefault(key, answers[0]) for answer in answers)
        else:
            assert self._day.app.store.commands.one(id=key) is None

    def _worker(self, kill_at: int) -> dict[str, Any]:
        return {"environment": self._day.environment, "now": self._day.clock(), "kill_at": kill_at}

    def _kill(self, job: Job) -> None:
        if self._day.fork(job).killed and job.notices:
            self._one_sms = False  # it may have been killed between sending a receipt and writing that down


def run(
    town: Town, number: int, *, runs: int, steps: int, shrink: bool = False, each: Callable[[], object] = int
) -> None:
    """
    So many runs of so many steps, the same ones for the same `number`; `each` is called after each run.

    Raises what the first run raised that failed, after printing its steps.
    """

    @seed(number)
    def machine() -> MoneyUnderFaults:
        each()
        return MoneyUnderFaults(town.day())

    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.normal,
            print_blob=False,
        ),
    )
