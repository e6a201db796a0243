"""Steps in which time passes, a provider answers, or something comes again."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from domain.commands import execute
from domain.decisions.lapsing import expire, overdue
from domain.loans.guarantors import expire_request, requests_to_expire
from domain.records.payment import FAILED, OPEN
from domain.sacco.dividend import carry_on
from domain.treasury.settle import payment_failed
from tests.cycles.steps.drawn import WHICH, YES
from tests.cycles.steps.life import Life, one_of
from tests.people import arrives

DAYS = st.sampled_from([0, 1, 7, 7, 14, 28, 100])


class Passing(Life):
    @rule(days=DAYS, hours=st.integers(0, 3))
    def time_passes(self, days: int, hours: int) -> None:
        self.clock.forward(days=days, hours=hours)

    @rule(minutes=st.sampled_from([2, 10]))
    def midnight_comes(self, minutes: int) -> None:
        """A moment before it, or a moment after."""
        now = self.store.now().astimezone(ZoneInfo(self._group.constitution.time_zone))
        into_the_day = timedelta(hours=now.hour, minutes=now.minute, seconds=now.second)
        ahead = timedelta(days=1, minutes=minutes - 5) - into_the_day
        self.clock.forward(seconds=ahead.total_seconds() % timedelta(days=1).total_seconds())

    @rule()
    def next_meeting_day(self) -> None:
        self._go_to_next_meeting()

    @rule()
    def scheduler_works(self) -> None:
        for id in overdue(self.store, 100):
            expire(self.store, id)
        for id in requests_to_expire(self.store, 100):
            expire_request(self.store, id)
        for made in self.store.declarations.find(group=self._id):
            carry_on(self.store, made.id)

    @precondition(lambda self: self._open_payments())
    @rule(which=WHICH, succeeded=YES)
    def provider_answers(self, which: int, succeeded: bool) -> None:
        self._at_rest = False
        payment = one_of(self._open_payments(), which)
        if succeeded and not (payment.recalled and payment.state == "created"):
            arrives(self.store, payment)
        else:
            payment_failed(self.store, payment, "limit_reached")

    @precondition(lambda self: self._payments())
    @rule(which=st.integers(0, 15))
    def provider_answers_again(self, which: int) -> None:
        """What it said is said twice, or the opposite of it: of the newest, which are the likeliest."""
        self._at_rest = False
        payment = one_of(self._payments()[-16:], which)
        if payment.way == "cash" or payment.state in OPEN:
            return
        before = self._digests()
        if payment.state in FAILED:
            posted = arrives(self.store, payment)
            assert (posted is None) is (payment.direction == "out")
            self.steps[f"{payment.purpose} succeeded after it had failed"] += 1
        else:
            arrives(self.store, payment)
            payment_failed(self.store, payment, "limit_reached")
            assert self._digests() == before, "what a provider says again changes nothing"

    @precondition(lambda self: self._last)
    @rule()
    def command_comes_again(self) -> None:
        """It is answered as the first time, and does nothing more."""
        assert self._last is not None
        key, command, answer = self._last
        self._state = self._digests()
        again = execute(self.store, key, command)
        assert msgspec.json.encode(again) == msgspec.json.encode(answer)
        self._check_unchanged(command, "was given again")
