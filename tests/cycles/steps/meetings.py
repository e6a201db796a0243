"""Steps of a meeting: the roll, fines, grants, and cash that is looked at again."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from domain.meetings.cash_book import ContestCash, KeepCash, ReverseCash, came_by_phone
from domain.meetings.cash_round import CancelCash
from domain.meetings.count import ReportDifference
from domain.meetings.meant_otherwise import AskToCredit
from domain.meetings.meeting import CloseMeeting, MarkAttendance, OpenMeeting
from domain.savings.fines import AskWaiver, FineInWords, FineMember, PayFine, RecordFine
from domain.savings.social_fund import AskGrant, PayGrant
from tests.cycles.steps.drawn import LEADS, TYPED, WAY, WHICH, WHO, YES
from tests.cycles.steps.life import Life, one_of
from tests.money import ugx


class Meeting(Life):
    @rule(lead=LEADS, wrong=st.sampled_from([0, 0, 0, 500, -500]), extra=st.booleans())
    def open_meeting(self, lead: int, wrong: int, extra: bool) -> None:
        self._give(OpenMeeting(self._lead(lead), self._id, self._counted(wrong), extra))

    @rule(lead=LEADS, who=WHO, presence=st.sampled_from(["absent", "late", "excused", "present"]))
    def call_roll(self, lead: int, who: str, presence: Any) -> None:
        self._give(MarkAttendance(self._lead(lead), self._id, who, presence))

    @rule(lead=LEADS, wrong=st.sampled_from([0, 0, 0, 500]), fine=st.booleans())
    def close_meeting(self, lead: int, wrong: int, fine: bool) -> None:
        self._give(CloseMeeting(self._lead(lead), self._id, self._counted(wrong), fine))

    @rule(lead=LEADS, wrong=st.sampled_from([0, 500, 700, -500]))
    def report_difference(self, lead: int, wrong: int) -> None:
        self._give(ReportDifference(self._lead(lead), self._id, self._counted(wrong), "lost"))

    @rule(lead=LEADS, who=WHO, reason=st.sampled_from(["disorder", "late", "other"]))
    def fine(self, lead: int, who: str, reason: Any) -> None:
        self._give(FineMember(self._lead(lead), self._id, who, reason))

    @rule(
        lead=LEADS,
        who=WHO,
        amount=st.sampled_from([200, 300, 500, 500, 750, 5_000, 0]),
        reason=st.sampled_from(["lost the key", "no book", "left early", "came barefoot", "late", "x"]),
    )
    def fine_in_words(self, lead: int, who: str, amount: int, reason: str) -> None:
        self._give(FineInWords(self._lead(lead), self._id, who, reason, ugx(amount)))

    @precondition(lambda self: self._fines())
    @rule(which=WHICH, lead=LEADS, how=st.sampled_from(["phone", "cash", "waive"]))
    def end_fine(self, which: int, lead: int, how: str) -> None:
        fine = one_of(self._fines(), which)
        commands: Mapping[str, object] = {
            "phone": PayFine(fine.person, fine.id),
            "cash": RecordFine(self._lead(lead), fine.id),
            "waive": AskWaiver(self._lead(lead), fine.id, "the bus"),
        }
        self._give(commands[how])

    @rule(who=WHO, amount=TYPED, agreed=YES)
    def ask_grant(self, who: str, amount: int, agreed: bool) -> None:
        self._ask(AskGrant(who, self._id, ugx(amount), "a funeral"), agreed)

    @precondition(lambda self: self.store.grants.count(group=self._id))
    @rule(which=WHICH, lead=LEADS, way=WAY)
    def pay_grant(self, which: int, lead: int, way: Any) -> None:
        grant = one_of(self.store.grants.find(group=self._id), which)
        self._give(PayGrant(self._lead(lead), grant.id, way))

    @precondition(lambda self: self._payments())
    @rule(
        which=st.integers(0, 15),
        lead=LEADS,
        how=st.sampled_from(["contest", "keep", "reverse", "reverse", "slip"]),
    )
    def look_at_cash(self, which: int, lead: int, how: str) -> None:
        """The newest sixteen: what is long ago is rarely looked at."""
        payment = one_of(self._payments()[-16:], which)
        commands: Mapping[str, object] = {
            "contest": ContestCash(payment.person, payment.id, "not mine"),
            "keep": KeepCash(self._lead(lead), payment.id, "it is"),
            "reverse": ReverseCash(self._lead(lead), payment.id, "it is not"),
            "slip": CancelCash(payment.officer or self._lead(lead), payment.id),
        }
        self._give(commands[how])

    @rule(lead=LEADS, which=WHICH, agreed=YES)
    def meant_otherwise(self, lead: int, which: int, agreed: bool) -> None:
        by_phone = [each for each in self._payments()[-32:] if came_by_phone(each)]
        if by_phone:
            self._ask(AskToCredit(self._lead(lead), one_of(by_phone, which).id, "something else"), agreed)
