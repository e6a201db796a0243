"""Members pay while everything fails: a hypothesis state machine over the real stores and the stand-ins."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, cast

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from pymongo.errors import PyMongoError

from bot.jobs import carry_out
from domain.commands import execute
from domain.errors import DomainError
from domain.money import Money
from domain.savings.contribute import Contribute
from tests.faults.audit import problems
from tests.faults.child import Job
from tests.faults.town import Day, Town, recover

WHO = st.sampled_from([0, 0, 1, 2])  # Akello, whose phone approves by itself; Okot and Wanjiru, who answer prompts
WHICH = st.integers(0, 5)  # of the payments or commands, counted round
AMOUNTS = st.sampled_from([500, 2_000, 5_500, 10_500, 30_000])
# A worker that is killed later than it ends is not killed.
KILL_AT = st.integers(1, 30)
SECONDS = st.sampled_from([5, 5, 10, 10, 20, 20, 61, 61, 700, 90_000])
ANSWERS = st.tuples(*[st.sampled_from(["approve", "approve", "reject", "ignore"])] * 3)

AKELLO_PAYS = {"256772000101": "SUCCESSFUL"}
FAULTS = st.sampled_from(
    [
        ("momo", {"drop_after_accept": 1}),
        ("momo", {"drop_after_accept": 2}),
        ("momo", {"status_503_before_accept": 1}),
        ("momo", {"status_500_after_accept": 1}),
        ("momo", {"status_503_on_query": 2}),
        ("momo", {"login_failed": 1}),
        ("momo", {"never_settles": 1}),
        ("momo", {"callback_before_settled": 1}),
        ("momo", {"token_expires_after": 1}),
        ("momo", {"token_expires_after": None}),
        ("momo", {"reason_as": "object"}),
        ("momo", {"outcomes": AKELLO_PAYS | {"256772000102": "EXPIRED"}}),
        ("momo", {"outcomes": AKELLO_PAYS | {"256772000103": "ONGOING"}}),
        ("momo", {"outcomes": {}}),
        ("sms", {"status_500_before_accept": 1}),
        ("sms", {"status_500_after_accept": 1}),
        ("sms", {"request_rejected": 1}),
    ]
)
# What mongod does to the next commands of a name; a lost connection costs the driver half a second.
STORE_FAULTS = st.sampled_from(
    [
        ("commitTransaction", {"errorCode": 64, "errorLabels": ["UnknownTransactionCommitResult"]}),
        ("commitTransaction", {"writeConcernError": {"code": 64, "errmsg": "committed, and nobody knows"}}),
        ("insert", {"errorCode": 112, "errorLabels": ["TransientTransactionError"]}),
        ("update", {"errorCode": 8000}),
        ("findAndModify", {"errorCode": 8000}),
        ("findAndModify", {"closeConnection": True}),
    ]
)


class MoneyUnderFaults(RuleBasedStateMachine):
    """
    A group of three. Little is asked of a step alone; after the last one the faults end, time passes, and then
    everything must agree.
    """

    def __init__(self, opened: AbstractContextManager[Day], failures: list[Exception]) -> None:
        """What goes wrong is added to `failures`."""
        super().__init__()
        self._opened, self._failures = opened, failures
        self._day = opened.__enter__()
        self._given: list[tuple[str, Contribute]] = []
        self._answers: dict[str, Any] = {}
        self._one_sms = True
        self._day.simulator.momo.faults.set({"outcomes": AKELLO_PAYS})

    # Members

    @rule(who=WHO, amount=AMOUNTS, times=st.integers(1, 2))
    def contribute(self, who: int, amount: int, times: int) -> None:
        """A command, given `times` at once: its gateway did not wait for the first answer."""
        key, command = self._command(who, amount)
        self._give(key, command, times)

    @precondition(lambda self: self._given)
    @rule(which=WHICH)
    def give_again(self, which: int) -> None:
        self._give(*self._given[which % len(self._given)], times=1)

    @rule(answers=ANSWERS)
    def answer_prompts(self, answers: tuple[str, ...]) -> None:
        """Everybody looks at the oldest prompt on their phone."""
        momo = self._day.simulator.momo
        for member, answer in zip(self._day.members, answers, strict=True):
            for prompt in momo.prompts(member.phone)[:1] if answer != "ignore" else []:
                (momo.approve if answer == "approve" else momo.reject)(prompt["reference"])

    # Workers: some time later

    @rule(seconds=SECONDS)
    def work(self, seconds: int) -> None:
        """The scheduler pokes, a worker does what waits in the queue."""
        self._day.clock.forward(seconds=seconds)
        self._day.poke()
        for task, ids in self._day.take_jobs():
            carry_out(self._day.app, task, ids)

    @rule(seconds=SECONDS)
    def work_twice_at_once(self, seconds: int) -> None:
        """Two workers have the same jobs."""
        self._day.clock.forward(seconds=seconds)
        self._day.poke()
        for task, ids in self._day.take_jobs():
            carry_out(self._day.app, task, ids * 2)

    @rule(seconds=SECONDS)
    def lose_redis(self, seconds: int) -> None:
        """The pokes with it: what is to be done is found again."""
        self._day.clock.forward(seconds=seconds)
        self._day.poke()
        self._day.empty_redis()
        assert self._day.take_jobs() == []

    @rule(seconds=SECONDS, kill_at=KILL_AT)
    def work_and_be_killed(self, seconds: int, kill_at: int) -> None:
        self._day.clock.forward(seconds=seconds)
        store, now = self._day.app.store, self._day.clock()
        payments, notices = store.payments.due(now, 100), store.notices.due(now, 100)
        if payments or notices:
            self._kill(Job(payments=tuple(payments), notices=tuple(notices), **self._worker(kill_at)))

    @rule(who=WHO, amount=AMOUNTS, kill_at=KILL_AT)
    def contribute_and_be_killed(self, who: int, amount: int, kill_at: int) -> None:
        key, command = self._command(who, amount)
        self._kill(Job(key=key, contribute=command, rounds=0, **self._worker(kill_at)))

    # Providers and the store

    @rule(fault=FAULTS)
    def provider_fails(self, fault: tuple[str, dict[str, Any]]) -> None:
        provider, switches = fault
        self._day.simulator.world.faults[provider].set(switches)
        self._one_sms &= provider != "sms"

    @rule(fault=STORE_FAULTS, times=st.integers(1, 3))
    def store_fails(self, fault: tuple[str, dict[str, Any]], times: int) -> None:
        command, how = fault
        self._day.break_store({"times": times}, failCommands=[command], **how)
        self._one_sms &= command != "findAndModify"  # which writes down that a receipt was sent

    @rule(which=st.lists(WHICH, min_size=1, max_size=3))
    def call_back(self, which: list[int]) -> None:
        """MTN calls back for any payments, in any order, doubled or early; most callbacks never come."""
        payments = self._day.app.store.payments.find(sort="created_at")
        for each in which if payments else []:
            self._day.call_back(payments[each % len(payments)].id)

    def teardown(self) -> None:
        day, failed = self._day, sys.exception()
        if isinstance(failed, Exception):  # in a step
            self._failures.append(failed)
        try:
            day.break_store("off")
            for switches in day.simulator.world.faults.values():
                switches.reset()
            day.simulator.momo.faults.set({"no_callback": -1})
            recover(day.app, day.clock)
            for member in day.members:
                for prompt in day.simulator.momo.prompts(member.phone):
                    day.simulator.momo.approve(prompt["reference"])
            recover(day.app, day.clock)
            for key, answer in self._answers.items():
                assert day.app.store.commands.get(key).result == answer
            found = problems(day.app, day.simulator, one_sms=self._one_sms)
            assert not found, "\n".join(found)
        except Exception as wrong:
            self._failures.append(wrong)
            raise
        finally:
            self._opened.__exit__(None, None, None)

    def _command(self, who: int, amount: int) -> tuple[str, Contribute]:
        village, person = self._day.village, self._day.members[who].id
        command = Contribute(village.umoja, person, Money(amount, "UGX"))
        self._given.append((f"{person}:{len(self._given)}:pay", command))
        return self._given[-1]

    def _give(self, key: str, command: Contribute, times: int) -> None:
        """The same key is answered the same, or refused having changed nothing, or the store did not say."""

        def give(_: int) -> Any:
            try:
                return execute(self._day.app.store, key, command)
            except DomainError as refused:
                return refused.code
            except PyMongoError:
                return None

        with ThreadPoolExecutor(times) as hands:
            answers = list(hands.map(give, range(times)))
        said = [answer for answer in answers if answer is not None]
        if any(isinstance(answer, dict) for answer in said):
            assert all(answer == self._answers.setdefault(key, said[0]) for answer in said), said
        elif None not in answers:
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

    Raises what the first run raised that failed, after printing its steps. Hypothesis repeats that run to print
    them; where the repetition fails too, and sooner, it says of neither why.
    """
    failures: list[Exception] = []

    @seed(number)
    def machine() -> MoneyUnderFaults:
        each()
        return MoneyUnderFaults(town.day(), failures)

    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    try:
        run_state_machine_as_test(
            cast(type[MoneyUnderFaults], machine),  # whatever makes one when called
            settings=settings(
                max_examples=runs,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                phases=phases,
                suppress_health_check=list(HealthCheck),
                print_blob=False,
            ),
        )
    except FlakyStrategyDefinition as other:
        if not failures:
            raise
        raise ExceptionGroup(
            "the first is why the run failed, the others are of its repetition", failures
        ) from other
