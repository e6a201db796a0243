"""
A group's life in any order of events: a hypothesis state machine over every command there is, on real stores.

After each step all that must always be true is looked at, and a command that was refused has changed nothing: the
store says so itself, by the digest of each collection.
"""

from collections import Counter
from collections.abc import Callable
from typing import cast

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from domain.mongo.store import MongoStore
from tests.conftest import Clock
from tests.cycles.steps.comings import Comings
from tests.cycles.steps.loans import Lending
from tests.cycles.steps.meetings import Meeting
from tests.cycles.steps.members import Belonging
from tests.cycles.steps.passing import Passing
from tests.cycles.steps.rounds import Ending
from tests.cycles.steps.savings import Saving


class GroupLife(Passing, Saving, Lending, Meeting, Belonging, Ending, Comings):
    """One that may take every step there is."""


def run(
    store: MongoStore,
    clock: Callable[[], Clock],
    number: int,
    *,
    runs: int,
    steps: int,
    shrink: bool = False,
    done: Counter[str] | None = None,
    quiet: bool = False,
    of: type[GroupLife] = GroupLife,
) -> None:
    """
    So many runs of so many steps, the same ones for the same `number`; what was done is counted in `done`. They
    are lives `of` this kind.

    Raises what the first run raised that failed, after printing its steps if it is not to be `quiet`.
    """
    counted = Counter[str]() if done is None else done

    @seed(number)
    def machine() -> GroupLife:
        now = clock()
        return of(store.at(now), now, counted)

    run_state_machine_as_test(
        cast(type[GroupLife], machine),  # whatever makes one when called
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
            suppress_health_check=list(HealthCheck),
            print_blob=False,
            verbosity=Verbosity.quiet if quiet else Verbosity.normal,
        ),
    )
