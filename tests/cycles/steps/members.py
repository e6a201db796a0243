"""Steps in which members come, go, change their number, vote and lead."""

from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from domain.decisions.voting import Vote, Withdraw
from domain.groups.invite import Invite
from domain.groups.join import Decide, JoinGroup
from domain.groups.leave import AskToLeave, Expel, PaySettlement, RecordDeath
from domain.groups.officers import HandOver, NameOfficer
from domain.groups.rules import ProposeRule
from domain.groups.suspend import Suspend
from domain.groups.wrongly_dead import UndoDeath
from domain.people.changed_hands import CloseNumber
from domain.people.freeze import Freeze, Unfreeze
from domain.people.new_phone import ChangePhone
from domain.people.shared_phone import LetIn
from tests.cycles.steps.drawn import LEADS, LEAVES, PEOPLE, WAY, WHICH, WHO, YES
from tests.cycles.steps.life import Life, one_of

# Members with a number: two who agree that a third leads, and one of them may be who is asked.
REACHED_MIN: Final = 4


class Belonging(Life):
    @rule(lead=LEADS, who=LEAVES, agreed=YES)
    def undo_death(self, lead: int, who: str, agreed: bool) -> None:
        """Of somebody whose death was recorded, if there is anybody."""
        gone = self.store.memberships.find(group=self._id, status=["leaving", "deceased"])
        who = next((each.person for each in gone if each.exit), who)
        self._ask(UndoDeath(self._lead(lead), self._id, who, "she came to the meeting"), agreed)

    @rule(who=LEAVES, way=WAY, agreed=YES)
    def ask_to_leave(self, who: str, way: Any, agreed: bool) -> None:
        self._ask(AskToLeave(who, self._id, way), agreed)

    @rule(lead=LEADS, who=LEAVES, dead=st.booleans(), heir=st.sampled_from(["", "+256772000300"]), agreed=YES)
    def end_membership(self, lead: int, who: str, dead: bool, heir: str, agreed: bool) -> None:
        officer, group = self._lead(lead), self._id
        death = RecordDeath(officer, group, who, "Mo", heir)
        self._ask(death if dead else Expel(officer, group, who, "theft"), agreed)

    @rule(lead=LEADS, who=WHO, way=WAY)
    def pay_settlement(self, lead: int, who: str, way: Any) -> None:
        self._give(PaySettlement(self._lead(lead), self._id, who, way))

    @rule(lead=LEADS, who=LEAVES, to=st.sampled_from(["suspended", "active"]))
    def suspend(self, lead: int, who: str, to: Any) -> None:
        self._give(Suspend(self._lead(lead), self._id, who, to, "quarrels"))

    @rule(who=WHO, lead=LEADS, welcome=YES)
    def come_in(self, who: str, lead: int, welcome: bool) -> None:
        if self._give(JoinGroup(who, "10101")):
            self._give(Decide(self._lead(lead), self._id, who, welcome))

    @rule(lead=LEADS, who=WHO)
    def invite(self, lead: int, who: str) -> None:
        if invited := self._give(Invite(self._lead(lead), self._id, "")):
            self._give(JoinGroup(who, invited["token"]))

    @rule(who=WHO, lead=LEADS, own=st.booleans())
    def change_phone(self, who: str, lead: int, own: bool) -> None:
        phone = f"+2567730{self._keys:05}"
        self._give(ChangePhone(who if own else self._lead(lead), self._id, who, phone))

    @precondition(lambda self: len(self._reached) > REACHED_MIN)
    @rule(who=WHO)
    def number_changes_hands(self, who: str) -> None:
        """Whoever has it now says so. Where hardly a member has a number left, nobody could let the others in."""
        self._give(CloseNumber(who, self.store.people.get(who).phone))

    @precondition(lambda self: self._lost())
    @rule(which=WHICH, lead=LEADS, own=YES, back=st.booleans(), agreed=YES)
    def number_comes_back(self, which: int, lead: int, own: bool, back: bool, agreed: bool) -> None:
        """The old one, or another."""
        person = one_of(self._lost(), which)
        phone = person.phone_before if back else f"+2567740{self._keys:05}"
        self._ask(ChangePhone(person.id if own else self._lead(lead), self._id, person.id, phone), agreed)

    @rule(who=WHO, whom=LEAVES, agreed=YES)
    def let_in(self, who: str, whom: str, agreed: bool) -> None:
        """Somebody who has no number shares another's."""
        self._ask(LetIn(who, self._id, whom), agreed)

    @rule(who=WHO, lead=LEADS)
    def freeze(self, who: str, lead: int) -> None:
        self._give(Freeze(who))
        self._give(Unfreeze(self._lead(lead), self._id, who))

    @precondition(lambda self: self.store.people.find(id=list(PEOPLE), frozen=True))
    @rule(lead=LEADS)
    def unfreeze(self, lead: int) -> None:
        for person in self.store.people.find(id=list(PEOPLE), frozen=True):
            self._give(Unfreeze(self._lead(lead), self._id, person.id))

    @rule(lead=LEADS, who=WHO, office=st.sampled_from(["chairperson", "secretary", "treasurer", "mine"]))
    def name_officer(self, lead: int, who: str, office: Any) -> None:
        officer, group = self._lead(lead), self._id
        mine = office == "mine"
        self._give(HandOver(officer, group, who) if mine else NameOfficer(officer, group, who, office))

    @rule(
        lead=LEADS,
        changed=st.sampled_from(
            [
                ("share_price", "2000"),
                ("social_fund", "0"),
                ("late", "700"),
                ("interest", "5"),
                ("quorum", "1/3"),
                ("carry_over", "1"),
                ("keeps_interest", "1"),
            ]
        ),
    )
    def change_rule(self, lead: int, changed: tuple[Any, str]) -> None:
        self._give(ProposeRule(self._lead(lead), self._id, *changed))

    # Decisions

    @precondition(lambda self: self._proposals())
    @rule(which=WHICH, who=WHO, yes=YES, stale=st.sampled_from([False] * 9 + [True]))
    def vote(self, which: int, who: str, yes: bool, stale: bool) -> None:
        proposal = one_of(self._proposals(), which)
        self._give(Vote(who, proposal.id, "stale" if stale else proposal.digest, yes, "" if yes else "no money"))

    @precondition(lambda self: self._proposals())
    @rule(which=WHICH)
    def all_agree(self, which: int) -> None:
        self._all_agree(one_of(self._proposals(), which))

    @precondition(lambda self: self._proposals())
    @rule(which=WHICH, who=WHO)
    def take_back(self, which: int, who: str) -> None:
        proposal = one_of(self._proposals(), which)
        self._give(Withdraw(proposal.maker if who < "eve" else who, proposal.id))
