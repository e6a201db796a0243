"""What a member agrees to about their data, one thing at a time: the whole sentence, then yes or no."""

from collections.abc import Mapping

from domain.people.consents import SayConsent, consents_now
from domain.records.consent import ConsentPurpose
from domain.records.person import Member
from flows import ask
from flows.dialogue import read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.words.consents import CONSENTS, CONSENTS_IN_SHORT
from flows.words.texts import Label, t


def consents(me: Member) -> Conversation:
    """Behind the PIN: nobody else says it for them."""
    yield from ask.pin("pin_agree", me.id, t("Who may have your data? Your PIN?"))
    now = yield from read("agreed", consents_now, me.id)
    given: Mapping[ConsentPurpose, bool] = {each.purpose: each.given for each in now}
    lines: dict[str, Label] = {
        purpose: t("{what}: yes", what=CONSENTS_IN_SHORT[purpose])
        if yes
        else t("{what}: no", what=CONSENTS_IN_SHORT[purpose])
        for purpose, yes in given.items()
    }
    chosen = yield from ask.choice("purpose", t("Who may have your data?"), lines)
    purpose = next(each for each in given if each == chosen)
    offers = (t("I still agree"), t("I agree no more")) if given[purpose] else (t("Agree"), t("Do not agree"))
    agrees = yield from ask.agree("agree", CONSENTS[purpose], yes=offers[0], no=offers[1])
    if agrees != given[purpose]:
        yield from submit("say", SayConsent(me.id, purpose, agrees, me.address))
    if agrees:
        return say(t("It is written down that you agree. You can change it here at any time."))
    if given[purpose]:
        return say(t("From now on nobody gets it. What left before, we cannot call back."))
    return say(t("You do not agree, and nobody gets it."))
