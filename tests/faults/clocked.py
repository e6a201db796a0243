"""
What an operator starts, by a clock of ours: `python -m tests.faults.clocked FILE web`, or another of the ROLES.

The commands are those of `python -m bot`; only `build` is given a clock, which it takes for that. A library that
bends the time of a whole process would not do: it bends the waits on sockets and locks as well, and the program
asks MongoDB what time it is, so that what is bent here alone is put right at once.
"""

import sys
from functools import partial
from pathlib import Path

from bot.cli.main import main
from bot.collector import search_less_often
from tests.faults.hasty import HastyClock


def live_by(clock: HastyClock, role: str) -> None:
    """Everything that this process builds from here on. It is a process of its own, and ends with it."""
    import bot.app

    bot.app.build = partial(bot.app.build, clock=clock)
    if role == "scheduler":  # what it does beside its rounds has a store of its own
        import bot.upkeep

        bot.upkeep.open_store = partial(bot.upkeep.open_store, clock=clock)  # type: ignore[attr-defined]


# The web server builds nothing itself: those that it spawns do, and they run this file too, under the second name.
if __name__ == "__mp_main__" or (__name__ == "__main__" and sys.argv[2] != "web"):
    live_by(HastyClock(Path(sys.argv[1]), sys.argv[2]), sys.argv[2])
if __name__ == "__main__":
    search_less_often()
    main([sys.argv[2].removeprefix("second ")])
