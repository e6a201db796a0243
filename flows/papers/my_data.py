"""What is kept about me: how much it is, why, and all of it as a file; and what of it others may have."""

from collections.abc import Mapping
from typing import Final

from domain.papers.my_data import kept_in_short
from domain.papers.order import OnItsWay, OrderPaper, may_be_sent
from domain.people.consents import service_agreed_on
from domain.records.paper import PaperForm
from domain.records.person import Member
from flows import ask
from flows.dialogue import SpokenAnswer, flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.papers.consents import consents
from flows.papers.ordering import said_kept, said_way
from flows.words.consents import CONSENTS
from flows.words.texts import Label, joined, t

_FORMS: Final[Mapping[str, Label]] = {"pdf": t("To be read (PDF)"), "json": t("For another program (JSON)")}


_AGREED: Final = SpokenAnswer("what", "agree", t("What I agree to"), t("my consents, what I agree to"))


@flow("my_data", label=t("My data"), words=t("my data, what do you know about me"), answers=(_AGREED,))
def my_data(me: Member) -> Conversation:
    """All that is kept, for them; and who else may have some of it."""
    offers: dict[str, Label] = {"copy": t("Send it to me"), _AGREED.key: _AGREED.label, "why": t("Why it is kept")}
    chosen = yield from ask.choice("what", t("What we keep about you"), offers)
    if chosen == "why":
        return (yield from _why(me))
    return (yield from (consents(me) if chosen == _AGREED.key else _copy(me)))


def _why(me: Member) -> Conversation:
    """The words that they read when they came, and the day that they agreed, where it is known."""
    day = yield from read("agreed_on", service_agreed_on, me.id)
    agreed = (
        t("You agreed on {day} {year}.", day=day, year=day.year) if day else t("When you agreed is not known.")
    )
    return say(joined(" ", (CONSENTS["service"], agreed, t("To end it, leave, and ask to be forgotten."))))


def _copy(me: Member) -> Conversation:
    """Behind the PIN; to a chat or by e-mail whole, or in a few words to the phone."""
    yield from read("way", may_be_sent, me.id)
    form: PaperForm = "pdf"
    in_short = not (me.chats or me.email)
    if not in_short:
        chosen = yield from ask.choice("form", t("All that we keep about you: how?"), _FORMS)
        form = "json" if chosen == "json" else "pdf"
    yield from ask.pin("pin", me.id, t("What we keep about you. Your PIN?"))
    kept = yield from read("kept", kept_in_short, me.id)
    command = OrderPaper(me.id, "", "my_data", form, kept.today, kept.today, text=in_short)
    sent: OnItsWay = yield from submit("order", command)
    return say(joined(" ", (said_kept(kept), said_way(sent, text=in_short))))
