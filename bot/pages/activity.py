"""Who signed in, looked at what, sent and exported what in a group: the log of acts, in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from flask import Response, request

from bot.pages.groups import Here, group_page
from domain.access.audit import AT_TERMINAL, audit_entries, with_names
from domain.access.sign_in import sessions_of
from domain.people.find import names_of
from domain.records.audit import AuditEntry, AuditOutcome
from domain.records.person import OFFICERS
from flows.words.texts import Label, Text, t

ACTS_A_PAGE: Final = 50
ACTS: Final[Mapping[str, Text]] = {
    "members.seen": t("looked at the members and their figures"),
    "member.seen": t("looked at a member"),
    "loan.seen": t("looked at a loan"),
    "statement.seen": t("looked at the statement of the group"),
    "statement.exported": t("took a statement as a file"),
    "statement.sent": t("had a statement sent"),
    "broadcast.sent": t("wrote to members"),
    "broadcast.stop": t("stopped a message"),
    "broadcast.pause": t("paused a message"),
    "broadcast.go-on": t("let a message go on"),
    "broadcast.again": t("sent a message again"),
    "group.seen": t("looked at the group"),
    "payment.seen": t("looked at a payment"),
    "payment.asked": t("had the provider asked again"),
    "payment.noted": t("wrote a note about a payment"),
    "payment.end_proposed": t("said how a payment ended"),
    "payment.ended": t("agreed how a payment ended"),
    "person.looked_up": t("looked somebody up"),
    "person.not_found": t("looked for a number that is nobody's"),
    "person.phone_revealed": t("saw a whole phone number"),
    "signed_in": t("signed in"),
    "signed_out": t("signed out"),
    "sign_in.refused": t("could not sign in"),
    "token.reused": t("used a token again, and was signed out"),
    "token.made": t("made a token for a machine"),
    "token.revoked": t("revoked a token"),
    "account.made": t("made an account"),
    "account.disabled": t("disabled an account"),
    "account.enabled": t("opened an account again"),
    "account.reset": t("gave an account a new password"),
    "account.scoped": t("set which groups an agent sees"),
    "sheets.exported": t("took the group's sheets, to move it"),
    "opening.undone": t("undid the opening of the group"),
    "referrals.seen": t("looked at who brings new members"),
    "broadcast.stopped": t("stopped a message"),
    "loans.seen": t("looked at the loans"),
    "eligibility.seen": t("asked what a member may borrow"),
    "accounts.exported": t("took the accounts as a file"),
    "audit.seen": t("read the log of acts"),
    "payment.refunded": t("had a payment sent back"),
    "inbound.seen": t("looked at money that nobody asked for"),
    "inbound.placed": t("said whose money that nobody asked for is"),
    "difference.book_proposed": t("said that a difference belongs into the book"),
    "difference.book_agreed": t("agreed to write a difference into the book"),
    "difference.explain_proposed": t("said why there is a difference"),
    "difference.explain_agreed": t("agreed why there is a difference"),
    "import.checked": t("had sheets of groups checked"),
    "import.brought": t("had groups brought"),
    "import.sent_back": t("sent a group back that moves in"),
    "exported": t("took figures as files"),
    "person.exported": t("took a copy of somebody's data"),
    "person.forgotten": t("had somebody forgotten"),
    "person.consent": t("wrote down what somebody agrees to"),
    "programme.made": t("made a programme"),
    "group.programme": t("set which programme a group is in"),
    "group.agent": t("set which agent looks after a group"),
    "secret.made": t("made a secret"),
    "secret.new": t("began to use a new secret"),
    "status.said": t("said what does not work"),
    "status.planned": t("said what will be worked on"),
    "status.resolved": t("said that it works again"),
    "read_only.on": t("let the service only show"),
    "read_only.off": t("let the service act again"),
}
OUTCOMES: Final[Mapping[AuditOutcome, Text]] = {
    "done": t("done"),
    "refused": t("refused"),
    "failed": t("failed"),
}


@group_page("/activity")
def activity(here: Here) -> Response:
    """The newest first, a page at a time."""
    after = request.args.get("after", "")[:60]
    acts = audit_entries(here.store, after=after, limit=ACTS_A_PAGE, group=here.group.id)
    return here.page(
        "activity.html",
        acts=with_names(here.store, acts),
        names=names_of(here.store, {each.about for each in acts if each.about}),
        outcomes=OUTCOMES,
        here_now=_here_now(here) if not after else [],
        say_act=say_act,
        say_who=say_who,
        after=after,
        size=ACTS_A_PAGE,
    )


def _here_now(here: Here) -> list[tuple[str, datetime]]:
    """The officers who are signed in now, and since when; an office has one holder, so they are few."""
    officers = here.store.memberships.find(group=here.group.id, status="active", role=list(OFFICERS))
    names = names_of(here.store, [each.person for each in officers])
    return [
        (names[each.person], session.began_at)
        for each in officers
        for session in sessions_of(here.store, "person", each.person)
    ]


def say_act(did: str) -> Label:
    """What was done, in words; what has none is said as it is written down."""
    return ACTS.get(did, did)


def say_who(act: AuditEntry) -> Label:
    """Who did it; of whom no name is known, what they were."""
    if act.by_name:
        return act.by_name
    if act.where.startswith(AT_TERMINAL):
        return t("somebody who runs the service")
    return t("the service itself") if act.did == "secret.new" else t("somebody unknown")
