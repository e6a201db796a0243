"""An officer's e-mail address: set, changed, removed, and whether the daily digest goes there too."""

from domain.people.email import (
    ChooseDigest,
    RemoveEmail,
    SendEmailCode,
    SetEmail,
    may_have_email,
)
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, read, submit
from flows.engine.screen import say
from flows.engine.steps import Conversation
from flows.shown import leads_or_has_email
from flows.words.texts import Label, t


@flow("email", label=t("E-mail"), shown=leads_or_has_email, words=t("e-mail, email, mail"), feature="email")
def email(me: Member) -> Conversation:
    """Type the address, then the code that was sent there."""
    if not me.email:
        return (yield from _set(me))
    digest: Label = t("No daily e-mail") if me.digest_by_email else t("Daily e-mail of money out")
    offers: dict[str, Label] = {"digest": digest, "change": t("Another address"), "remove": t("Remove it")}
    chosen = yield from ask.choice("what", t("Your e-mail: {email}", email=me.email), offers)
    match chosen:
        case "digest":
            yield from submit("choose", ChooseDigest(me.id, not me.digest_by_email))
            if me.digest_by_email:
                return say(t("You get no more daily e-mails."))
            return say(t("Every evening after money was paid out you get an e-mail too."))
        case "remove":
            yield from ask.pin("pin", me.id, t("We forget your e-mail. Your PIN?"), fresh=True)
            yield from submit("remove", RemoveEmail(me.id))
            return say(t("Your e-mail is removed. Nothing goes there any more."))
    return (yield from _set(me))


def _set(me: Member) -> Conversation:
    yield from read("may", may_have_email, me.id)
    address = yield from ask.email("address", t("What is your e-mail address? We send a code there."))
    yield from ask.pin("pin", me.id, t("A code goes to {email}. Your PIN?", email=address), fresh=True)
    yield from submit("send_code", SendEmailCode(me.id, address))
    yield from ask.email_code(
        "sent", me.id, address, t("Type the code of 6 digits that we sent to {email}.", email=address)
    )
    digest = yield from ask.confirm("daily", t("Shall we also send there every evening what was paid out?"))
    yield from submit("set", SetEmail(me.id, address, digest))
    return say(t("Done. What you ask for in a call, like a statement, now comes to your e-mail."))
