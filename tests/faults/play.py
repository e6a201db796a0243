"""
What happens in a run, a method each: members pay and are paid, workers work and are killed, and everything fails.

Each step can be made at any moment, and does nothing where there is nothing to do. So any part of a run is a run,
which is how the shortest one that fails is found.
"""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from pymongo.errors import PyMongoError

from bot.jobs import TASKS, carry_out
from bot.reconciling import reconciliation_due
from domain.books.ledger import Draft, Posting
from domain.commands import execute
from domain.errors import DomainError
from domain.money import Money
from domain.savings.contribute import Contribute
from domain.store import Store
from domain.treasury.money_out import pay_out
from domain.treasury.providers import provider_for
from simulator.daraja.paybill import NotPaid
from simulator.momo.requests import Product
from simulator.phones import AsksPhones
from tests.faults.child import Job
from tests.faults.country import Land, Member, Place, StorePlace
from tests.faults.postbox import Letter
from tests.faults.proxy import Fault

# How long may pass at the end until every payment has one: minutes, hours, and two nights with their reckoning.
LATER: Final = (61, 61, 600, 3_700, 43_000, 50_000)
HOUR: Final = 3_600
LIST_EVERY: Final = 20_000
_MAC: Final = re.compile(rb"[0-9a-f]{16}")
_AMOUNT: Final = re.compile(rb'("(?:Amount|TransactionAmount|TransAmount|amount)"(?:, "Value")?: ?"?)(\d+)')


class Play:
    """A run on a day. `answers` are what commands answered, which is never taken back."""

    def __init__(self, land: Land) -> None:
        self.land = land
        self.answers: dict[str, Any] = {}
        self.one_sms = True  # nothing has happened that may send a receipt twice
        self._given: list[tuple[str, Contribute]] = []

    # Members

    def contribute(self, who: str, minor: int, times: int = 1) -> None:
        """A command, given so often at once: its gateway did not wait for the first answer."""
        self._give(*self._command(who, minor), times=times)

    def contribute_again(self, which: int) -> None:
        """A gateway repeats an old command."""
        if self._given:
            self._give(*self._given[which % len(self._given)], times=1)

    def withdraw(self, who: str, minor: int) -> None:
        """The group has so much of the member's, and sends it."""
        member, store = self._member(who), self.land.app.store
        amount = Money(minor, member.share.currency)

        def work(tx: Store) -> None:
            rail = provider_for(tx, "out", amount.currency, member.phone)
            legs = (Posting("1020", minor, provider=rail), Posting("2030", -minor, member.id))
            tx.post(Draft(member.group, amount.currency, f"filled:{uuid4()}", "credit", tx.now(), legs))
            pay_out(tx, tx.groups.get(member.group), member.id, amount, "withdrawal", way="mobile_money")

        with suppress(DomainError, PyMongoError):
            store.transaction(work)

    def pay_paybill(self, who: str, minor: int, account: str = "") -> None:
        """Unasked, from the menu on the phone; to the member's own account unless another one is typed."""
        member = self._member(who)
        amount = Money(minor, member.share.currency)
        with suppress(NotPaid):
            self.land.sim.daraja.paybill.pay(member.phone, account or member.account, amount)
        self.land.quiet()

    def answer(self, who: str, yes: bool = True) -> None:
        """The oldest prompt on the phone."""
        member = self._member(who)
        for phones in self._phones:
            for prompt in phones.prompts(member.phone)[:1]:
                (phones.approve if yes else phones.reject)(prompt["reference"])
        self.land.quiet()

    # Workers

    def wait(self, seconds: float) -> None:
        """What takes long has its hours: no list goes back for as long as one likes."""
        while seconds > LIST_EVERY:
            self.land.clock.true.forward(seconds=LIST_EVERY)
            self.reconcile()
            seconds -= LIST_EVERY
        self.land.clock.true.forward(seconds=seconds)

    def begin_at_month_end(self) -> None:
        """A minute before the month is over in Nairobi."""
        now = self.land.clock.true()
        first = (now.replace(day=1) + timedelta(days=32)).replace(day=1, hour=21, minute=0, second=0)
        end = first - timedelta(days=1, minutes=1)
        self.land.clock.true.forward(seconds=max(0.0, (end - now).total_seconds()))

    def set_clock_wrong(self, seconds: float) -> None:
        """Ours goes so much before all others."""
        self.land.clock.skew = timedelta(seconds=seconds)

    def work(self, seconds: float = 0, hands: int = 1) -> None:
        """Later the scheduler pokes, and so many workers do what waits in the queue."""
        self.wait(seconds)
        with suppress(PyMongoError):
            self.land.poke()
        for task, ids in self.land.take_jobs():
            for id in ids if hands == 1 else ():  # one after another, so that it is the same each time
                carry_out(self.land.app, task, [id])
                self.land.quiet()
            if hands > 1:
                carry_out(self.land.app, task, ids * hands)
        self.land.quiet()

    def work_and_hear(self, seconds: float = 0) -> None:
        """Callbacks come while we work, some before the answer to our request."""
        self.land.box.open = True
        self.work(seconds)
        self.land.box.open = False

    def lose_redis(self) -> None:
        """The pokes with it: what is to be done is found again."""
        with suppress(PyMongoError):
            self.land.poke()
        self.land.empty_redis()

    def work_and_be_killed(self, at: int) -> None:
        """A worker of its own, at its so many-th exchange with a store or a provider."""
        store, now = self.land.app.store, self.land.clock()
        with suppress(PyMongoError):
            payments, notices = store.payments.due(now, 100), store.notices.due(now, 100)
            if payments or notices:
                self._kill(Job(payments=tuple(payments), notices=tuple(notices), **self._worker(at)))

    def contribute_and_be_killed(self, who: str, minor: int, at: int) -> None:
        key, command = self._command(who, minor)
        self._kill(Job(key=key, contribute=command, rounds=0, **self._worker(at)))

    def reconcile(self) -> None:
        """Every list of this hour and this night that was not compared."""
        with suppress(PyMongoError):
            for id in reconciliation_due(self.land.app.store, 100):
                carry_out(self.land.app, "reconcile", [id])

    # What fails

    def fault(self, provider: str, **switches: Any) -> None:
        self.land.faults(provider).set(switches)
        self.one_sms &= provider != "sms"

    def expire_tokens(self) -> None:
        """Every provider forgets its logins."""
        sim = self.land.sim
        for each in self._of_mtn:
            each.access.revoke()
        sim.airtel.access.revoke()
        sim.daraja.access.revoke()

    def fail_network(self, to: Place, fault: Fault, amount: float = 0, times: int = 1) -> None:
        """Between us and the providers of money, or a store; see `tests/faults/proxy.py`."""
        self.land.network(to).fail(fault, amount, times)
        self.one_sms &= to == "providers"  # a store may not hear that a receipt was sent

    def cut_network(self, to: Place) -> None:
        """What was open is gone; new connections are made."""
        self.land.network(to).cut()
        self.one_sms &= to == "providers"

    def kill_store(self, which: StorePlace, after: int = 0) -> None:
        """MongoDB or Redis, when so many pieces have gone there or come back from now on; 0: now."""
        self.one_sms = False
        if after:
            self.land.network(which).after(after, lambda: self.land.kill_store(which))
        else:
            self.land.kill_store(which)

    def fail_store(self, command: str, times: int = 1, **how: Any) -> None:
        """mongod fails the next commands of this name."""
        self.land.mongo.fail({"times": times}, failCommands=[command], **how)
        self.one_sms &= command != "findAndModify"  # which writes down that a receipt was sent

    # Callbacks, which are kept until one of these

    def deliver(self, which: int, times: int = 1) -> None:
        """One that came, so often at once; the newest is 0."""
        for letter in self._letter(which):
            self.land.box.deliver(letter, times)

    def deliver_all(self) -> None:
        """Everything that came, the newest first."""
        for letter in reversed(self.land.box.letters):
            self.land.box.deliver(letter)

    def forge(self, which: int, other: int = -1) -> None:
        """
        Somebody changes one that came: its amount, or the payment that it is said to be of, where they do not know
        the part that only we can make.
        """
        for letter in self._letter(which):
            forged = Letter(letter.path, letter.headers, _AMOUNT.sub(rb"\g<1>9\g<2>", letter.body))
            if other >= 0:
                (at,) = self._letter(other)
                path = _MAC.sub(b"0123456789abcdef", at.path.encode()).decode()
                forged = Letter(path, letter.headers, letter.body)
            if "/receipt/" not in forged.path or other >= 0:  # that address M-Pesa alone knows, and once
                self.land.box.deliver(forged)

    # The end

    def end_faults(self) -> None:
        """All is as it should be again, and what was fixed for good stays so."""
        land = self.land
        land.make_whole()
        for switches in land.sim.world.faults.values():
            kept = {"prompts_confirmed", "msisdn_as"} & switches.all().keys()
            values = {name: switches.get(name) for name in kept}
            switches.reset()
            switches.set(values)
        # A callback that waits to be overtaken is not lost: until it has come its payment may be said to be open.
        for each in self._of_mtn:
            each.send_held()
        land.clock.skew = timedelta()
        land.box.open = True

    @property
    def _of_mtn(self) -> tuple[Product, ...]:
        sim = self.land.sim
        return sim.momo, sim.disbursements, sim.momo_africa, sim.disbursements_africa

    def recover(self) -> None:
        """The faults are over, who has a prompt answers it, time passes, and a worker does all that is due."""
        self.end_faults()
        for seconds in LATER:
            self.answer_all()
            self.land.clock.true.forward(seconds=seconds)
            self._work_off()
            if seconds >= HOUR:
                self.reconcile()
                self._work_off()

    def answer_all(self) -> None:
        """Whoever has a prompt approves it."""
        for member in self.land.members.values():
            for phones in self._phones:
                for prompt in phones.prompts(member.phone):
                    phones.approve(prompt["reference"])
        self.land.quiet()

    def _work_off(self) -> None:
        app = self.land.app
        for _ in range(2):  # what is answered later is answered by the second
            done = False
            for task in ("settle", "confirm", "deliver"):
                if ids := TASKS[task].due_in(app.store, 1_000):
                    carry_out(app, task, ids)
                    done = True
            if not done:
                break
            self.land.quiet()
        if ids := TASKS["unstick"].due_in(app.store, 100):
            carry_out(app, "unstick", ids)

    # Inside

    @property
    def _phones(self) -> Sequence[AsksPhones]:
        sim = self.land.sim
        return [sim.momo, sim.momo_africa, sim.airtel, sim.daraja.express, sim.pawapay.operations]

    def _member(self, who: str) -> Member:
        return self.land.members[who]

    def _letter(self, which: int) -> list[Letter]:
        letters = self.land.box.letters
        return [letters[-1 - which % len(letters)]] if letters else []

    def _command(self, who: str, minor: int) -> tuple[str, Contribute]:
        member = self._member(who)
        command = Contribute(member.group, member.id, Money(minor, member.share.currency))
        self._given.append((f"{member.id}:{len(self._given)}:pay", command))
        return self._given[-1]

    def _give(self, key: str, command: Contribute, times: int) -> None:
        """The same key is answered the same, or refused having changed nothing, or the store did not say."""

        def give(_: int) -> Any:
            try:
                return execute(self.land.app.store, key, command)
            except DomainError as refused:
                return refused.code
            except PyMongoError:
                return None

        with ThreadPoolExecutor(times) as hands:
            answers = list(hands.map(give, range(times)))
        said = [answer for answer in answers if answer is not None]
        if any(isinstance(answer, dict) for answer in said):
            assert all(answer == self.answers.setdefault(key, said[0]) for answer in said), said

    def _worker(self, at: int) -> dict[str, Any]:
        return {"environment": self.land.environment, "now": self.land.clock(), "kill_at": at}

    def _kill(self, job: Job) -> None:
        if self.land.fork(job).killed and job.notices:
            self.one_sms = False  # it may have been killed between sending a receipt and writing that down
        self.land.quiet()


Step = tuple[str, tuple[Any, ...], dict[str, Any]]


def do_step(play: Play, step: Step) -> None:
    name, values, named = step
    method: Callable[..., None] = getattr(play, name)
    method(*values, **named)


def written(step: Step) -> str:
    """As a line of code."""
    name, values, named = step
    arguments = [repr(each) for each in values] + [f"{key}={value!r}" for key, value in named.items()]
    return f"run.{name}({', '.join(arguments)})"
