"""
Would the runs notice? `python -m tests.faults.breaks`.

Each of these changes loses money, makes some, or leaves a payment without an end. It is made in a copy of the
tree; then runs are made there until one fails. One that is not noticed says that what is drawn seldom gets there,
or that what is reckoned does not look.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

ROOT: Final = Path(__file__).parents[2]
_LEFT_OUT: Final = shutil.ignore_patterns(".*", "__pycache__", "docs", "deploy")


@dataclass(frozen=True)
class Break:
    """What is `wrong` once `before`, which stands once in the file at `path`, is `after`."""

    wrong: str
    path: str
    before: str
    after: str

    def applied(self, source: str) -> str:
        if source.count(self.before) != 1:
            raise ValueError(f"{self.path} does not have once: {self.before}")
        return source.replace(self.before, self.after)


BREAKS: Final = (
    Break(
        "a prompt whose answer was lost is sent again, by a rail without a key",
        "payments/settle.py",
        '_wait(store, payment, "unknown", "NO_KEY")',
        "_send(store, provider, payment)",
    ),
    Break(
        "what became of a request is not known, and counts for failed",
        "payments/settle.py",
        '_wait(store, payment, "unknown", str(unknown))\n',
        'payment_failed(store, payment, "not_sent")\n',
    ),
    Break(
        "what a provider does not know yet counts for failed",
        "payments/settle.py",
        "if again and ends_at is not None and (status.at or store.now()) >= ends_at:",
        "if True:",
    ),
    Break(
        "each request has a name of its own",
        "payments/settle.py",
        "id, ref, amount, phone = payment.id, ",
        'id, ref, amount, phone = f"{payment.id[:-2]}{payment.asked:02}", ',
    ),
    Break(
        "a receipt is not matched with the prompt it is of",
        "domain/treasury/inbound.py",
        "    payments = _asked_for(tx, came, owner)\n",
        "    payments: list[Payment] = []\n",
    ),
    Break(
        "what one provider has is booked with another",
        "domain/treasury/settle.py",
        "moved = aside if promised else purses(payment.way, legs, payment.provider)",
        'moved = aside if promised else purses(payment.way, legs, "airtel")',
    ),
    Break(
        "what was set aside for a payout that failed stays so",
        "domain/treasury/settle.py",
        "        _release(tx, payment)\n",
        "        pass\n",
    ),
    Break(
        "a payout that fails is not told",
        "domain/treasury/settle.py",
        '        kind: NoticeKind = "payment_failed"\n',
        '        if payment.direction == "out":\n            return _release(tx, payment)\n'
        '        kind: NoticeKind = "payment_failed"\n',
    ),
    Break(
        "a prompt that nobody paid, and whose name was lost, does not end",
        "payments/reconcile.py",
        'payment_failed(store, payment, "not_sent", "NOT_LISTED", when={"provider_key": ""})',
        "pass",
    ),
)


def noticed(wrong: Break, runs: int, seed: int) -> bool:
    """Whether one of so many runs fails once this is broken."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "tree"
        shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
        path = copy / wrong.path
        path.write_text(wrong.applied(path.read_text()))
        command = [sys.executable, "-m", "tests.faults.run", "--first", "--as-it-is"]
        ended = subprocess.run(
            [*command, "--runs", str(runs), "--seed", str(seed)], cwd=copy, capture_output=True, text=True
        )
        if "runs, " not in ended.stderr:
            raise RuntimeError(ended.stderr)
        return ended.returncode != 0


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when each was noticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.breaks", description=__doc__)
    parser.add_argument("--runs", type=int, default=60, help="how many runs for each at most (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the first run (%(default)s)")
    wanted = parser.parse_args(arguments)
    unnoticed = 0
    for each in BREAKS:
        found = noticed(each, wanted.runs, wanted.seed)
        unnoticed += not found
        click.echo(f"{'noticed' if found else 'NOT NOTICED':<11}  {each.wrong}")
    click.echo(f"{len(BREAKS) - unnoticed} of {len(BREAKS)} noticed within {wanted.runs} runs each")
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main())
