"""Which steps a run beside whole processes has: those of `draw.py`, and between them what happens to a machine."""

import random
from collections import Counter
from collections.abc import Iterator
from typing import Final

from bot.local.children import RESTARTS_MAX
from tests.faults.country import PEOPLE
from tests.faults.draw import draw_steps
from tests.faults.hasty import ROLES
from tests.faults.play import Step

PARTS: Final = ("web", "web worker", "worker", "scheduler")
# In UTC: when the clocks change where the machines are. In spring there is no 02:30.
_CLOCKS_CHANGE: Final = ("2026-11-01T06:00", "2027-03-14T07:00")
_WRONG_BY: Final = (-86_400, -300, -300, 0, 0, 300, 300, 86_400)
_DIALS_MAX: Final = 4  # who asks for more within the hour is refused
_KILLS: Final = {"work_and_be_killed": "worker", "contribute_and_be_killed": "web"}


def draw_whole(seed: int, steps: int) -> list[Step]:
    """So many of one kind; half as many of the other; and members who dial, and look at their phones."""
    chance = random.Random(f"whole {seed}")
    drawn = draw_steps(seed, steps)
    people = sorted({values[0] for _, values, _ in drawn if values and values[0] in PEOPLE})
    made = [*_begins(chance)]
    for step in drawn:
        made.append(step)
        if chance.random() < 0.5:
            made.append(_happens(chance))
        if people and chance.random() < 0.25:
            made.append(_dials(chance, chance.choice(people)))
        if people and chance.random() < 0.25:
            made.append(("answer", (chance.choice(people),), {}))
    return [*_not_too_often(made)]


def _begins(chance: random.Random) -> Iterator[Step]:
    if chance.random() < 0.5:
        yield "hear_at_once", (), {}
    if chance.random() < 0.2:
        yield "begin_before", (chance.choice(_CLOCKS_CHANGE),), {}


def _dials(chance: random.Random, who: str) -> Step:
    """Over the web server. Nobody else gives an amount that is odd."""
    return "dial", (who, 1_001 + 2 * chance.randrange(1_000)), {}


def _happens(chance: random.Random) -> Step:
    match chance.choices(range(8), (8, 3, 1, 2, 3, 3, 4, 3))[0]:
        case 0:
            return "kill", (chance.choice(PARTS),), {}
        case 1:
            return "kill", (chance.choice(PARTS),), {"after": chance.randint(1, 60)}
        case 2:
            return "freeze", (chance.choice(PARTS[1:]),), {}
        case 3:
            return "step_down", (chance.choice([1, 3, 6]),), {}
        case 4:
            return "kill_store", (chance.choice(["mongo", "redis"]),), {"after": chance.choice([0, 0, 30])}
        case 5:
            place = chance.choice(["providers", "mongo", "redis"])
            fault, amount = chance.choice([("slow", 0.05), ("slow", 0.3), ("silent", 0)])
            return "fail_network", (place, fault, amount), {"times": chance.randint(1, 3)}
        case 6:
            return "set_clock_of", (chance.choice(ROLES), chance.choice(_WRONG_BY)), {}
        case _:
            return chance.choice(["fill_disk", "fill_disk", "empty_disk"]), (), {}


def _not_too_often(steps: list[Step]) -> Iterator[Step]:
    """No process is killed more often than it is started again, and nobody dials more than they may."""
    times: Counter[str] = Counter()
    for name, values, named in steps:
        of = str(values[0]) if name in ("kill", "dial") else _KILLS.get(name, "")
        times[of] += 1
        if not of or times[of] <= (_DIALS_MAX if name == "dial" else RESTARTS_MAX):
            yield name, values, named
