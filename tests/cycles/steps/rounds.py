"""Steps in which a cycle is shared out and the next one begins, and in which a rotation goes round."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from domain.meetings.meeting import CloseMeeting
from domain.rotation.rounds import Bid, PayRound
from domain.rotation.set_up import SetHands, SetUpRotation, rota_of
from domain.savings.contribute import RecordCash
from domain.share_out.next_cycle import StartCycle
from domain.share_out.pay import PayAll, PayLine
from tests.cycles.steps.drawn import AMOUNT, LEADS, PEOPLE, WAY, WHO, YES
from tests.cycles.steps.life import Life
from tests.money import ugx
from tests.people import arrives


class Ending(Life):
    @precondition(lambda self: self._is("vsla"))
    @rule(lead=LEADS, kept=st.sampled_from([0, 0, 20_000, 10**9]))
    def propose_share_out(self, lead: int, kept: int) -> None:
        self._propose_share_out(lead, kept)

    @precondition(lambda self: self._is("vsla"))
    @rule(lead=LEADS, way=WAY, start=YES)
    def share_out(self, lead: int, way: Any, start: bool) -> None:
        """All the way to the next cycle, or as far as it goes."""
        for payment in self._open_payments():
            arrives(self.store, payment)
        self._give(CloseMeeting(self._lead(lead), self._id, self._counted(0), fine=False))
        if self._propose_share_out(lead, 0) is None:
            return
        group = self._group
        made = self.store.share_outs.get(f"{group.id}:{group.cycle}")
        self._all_agree(self.store.proposals.get(made.proposal))
        if self.store.share_outs.get(made.id).state != "approved":
            return
        for officer in (0, 1):
            for by in ("mobile_money", way):
                self._give(PayAll(self._lead(officer), made.id, by))
        if start:
            self.next_cycle_begins()

    @precondition(lambda self: self._is("vsla"))
    @rule()
    def next_cycle_begins(self) -> None:
        """By all that it takes; and members save in it."""
        self._wind_up()
        for person in PEOPLE[1:6]:
            self._give(RecordCash(self._id, person, ugx(20_500), "ada"))

    @precondition(lambda self: self._share_out())
    @rule(lead=LEADS, way=WAY, who=WHO, all=st.booleans())
    def pay_parts(self, lead: int, way: Any, who: str, all: bool) -> None:
        made = self._share_out()
        officer = self._lead(lead)
        self._give(PayAll(officer, made.id, way) if all else PayLine(officer, made.id, who, way))

    @rule(lead=LEADS, ahead=st.sampled_from([0, 7, -7]))
    def start_cycle(self, lead: int, ahead: int) -> None:
        first = self._group.constitution.day(self.store.now()) + timedelta(days=ahead)
        self._give(StartCycle(self._lead(lead), self._id, first))

    # Rotation

    @precondition(lambda self: self._is("rosca"))
    @rule(lead=LEADS, who=WHO, hands=st.sampled_from([0, 1, 2, 10]))
    def set_hands(self, lead: int, who: str, hands: int) -> None:
        self._give(SetHands(self._lead(lead), self._id, who, hands))

    @precondition(lambda self: self._is("rosca"))
    @rule(lead=LEADS, order=st.sampled_from(["fixed", "drawn", "negotiated", "auction"]), seed=YES, agreed=YES)
    def set_up_rotation(self, lead: int, order: Any, seed: bool, agreed: bool) -> None:
        numbers = tuple(range(6, 0, -1)) if order == "negotiated" else ()
        asked = SetUpRotation(self._lead(lead), self._id, order, "lots" if seed else "", numbers)
        if self._give(asked) is not None and agreed:
            self._all_agree(self._proposals()[-1])

    @precondition(lambda self: self._is("rosca"))
    @rule(who=WHO, amount=AMOUNT)
    def bid(self, who: str, amount: int) -> None:
        self._give(Bid(who, self._id, ugx(amount)))

    @precondition(lambda self: rota_of(self.store, self._group) is not None)
    @rule(lead=LEADS, back=st.sampled_from([0, 0, 0, 1]), way=WAY, all_put_in=YES)
    def pay_round(self, lead: int, back: int, way: Any, all_put_in: bool) -> None:
        rota = rota_of(self.store, self._group)
        assert rota is not None
        if all_put_in:
            for person in dict.fromkeys(place.person for place in rota.places):
                self._give(RecordCash(self._id, person, ugx(1_500), "ada" if person != "ada" else "ben"))
        number = max(1, rota.next - back)
        person = of.person if (of := rota.round(number)) else rota.turn[0]
        self._give(PayRound(self._lead(lead), self._id, number, person, way))
