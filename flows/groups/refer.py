"""A member brings others into the group: the code for it, in every way it can be used."""

from collections.abc import Iterator

from domain.records.person import Member
from domain.referrals.code import GetReferralCode, MyReferralCode
from flows import ask
from flows.dialogue import flow, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import rewarded
from flows.words.texts import Text, joined, t


@flow("refer", label=t("Bring a member"), shown=rewarded, words=t("refer, bring a friend"), feature="referral")
def refer(me: Member) -> Conversation:
    """What to type, to dial or to open; and what both get for it, and when."""
    groups = [group for group in me.groups if group.rewards]
    group = yield from ask.pick("group", t("Bring somebody to which group?"), groups)
    mine: MyReferralCode = yield from submit("code", GetReferralCode(me.id, group.id))
    return say(joined("\n", _said(mine, group.name)))


def _said(mine: MyReferralCode, group: str) -> Iterator[Text | str]:
    yield t(
        "Your code for {group}: {code}, good until {day} {year}.",
        group=group,
        code=mine.code,
        day=mine.until,
        year=mine.until.year,
    )
    yield t("Who joins with it dials {dial}", dial=mine.dial)
    yield t(
        "You get {reward}, they get {welcome}, when they first pay in and {group} has earned it.",
        reward=mine.reward,
        welcome=mine.welcome,
        group=group,
    )
    yield from filter(None, (mine.writes, mine.starts))
