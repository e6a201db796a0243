"""Deciding together: what waits for my vote in a group, and what I asked for myself."""

from collections.abc import Iterator, Mapping
from typing import Final

from domain.decisions.rights import may_take_part
from domain.decisions.voting import Vote, Voted, Waiting, Withdraw, waiting_for
from domain.loans.appraisal import Appraisal, appraisal
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, possible, read, read_openly, submit
from flows.engine.screen import Screen, say
from flows.engine.steps import Conversation
from flows.shown import saves
from flows.words.loan_purposes import LOAN_PURPOSES
from flows.words.proposals import details_of, label_of
from flows.words.refused.decisions import vote_held
from flows.words.texts import Label, Text, joined, nt, t

NAMED_MAX: Final = 1  # so many guarantors are named on a screen, then how many more


@flow("decide", label=t("Decide"), shown=saves)
def decide(me: Member) -> Conversation:
    """One of them, with what it is about; then yes, or no with the reason that whoever asked will read."""
    group = yield from ask.pick("group", t("Decide in which group?"), me.groups)
    one = yield from ask.one_of(
        "what",
        t("Decide on what?"),
        lambda past: read_openly("waiting", waiting_for, group.id, me.id, past),
        lambda each: label_of(each.kind, each.values),
    )
    if one is None:
        return say(t("Nothing is waiting for your decision in {group}.", group=group.name))
    details = details_of(one.kind, one.values)
    if one.votes and one.held:
        # All that a vote rests on is shown to who can give it; here it is what is asked.
        details = [vote_held(one.held), details[0]]
    if one.votes and not one.mine:
        yield from read("may", may_take_part, group.id, me.id)
    if seen := one.kind == "loan" and one.votes and not one.held:
        # What somebody has and owes is shown after the PIN: that one is the one of the vote.
        prompt = t("See what {name} has and owes, and vote. Your PIN?", name=one.values["name"])
        yield from ask.unlock("pin", me.id, prompt, fresh=True)
        details += _about((yield from read("borrower", appraisal, one.id, me.id)))
    verdict = yield from ask.choice("verdict", joined("\n", details), _verdicts(one))
    if verdict == "back":
        if not seen:
            yield from ask.pin("pin", me.id, t("Your PIN?"))
        yield from submit("back", Withdraw(me.id, one.id))
        return say(t("You cancelled your request."))
    yes, reason = verdict == "yes", ""
    if yes and (names := one.values.get("names")):
        # Whose turn comes when is read to its end before anybody agrees to it.
        yes = yield from ask.agree("names", joined("\n", [t("The order:"), str(names)]))
    if not yes:
        reason = yield from ask.reason("reason", t("Why not? The person who asked will read it."))
    elif not seen:
        yield from possible("may_agree", Vote(me.id, one.id, one.digest, yes, reason))
    if not seen:
        yield from ask.pin("pin", me.id, t("Your PIN?"), fresh=yes and one.fresh_pin)
    voted: Voted = yield from submit("vote", Vote(me.id, one.id, one.digest, yes, reason))
    return _outcome(voted, yes=yes)


def _about(borrower: Appraisal) -> Iterator[Text]:
    """What a vote on a loan rests on, short enough for the vote to stand on the same screen."""
    if borrower.purpose:
        yield t("For: {purpose}", purpose=LOAN_PURPOSES[borrower.purpose])
    yield t("Saved: {savings}", savings=borrower.savings)
    yield t("Limit: {limit}", limit=borrower.limit)
    if borrower.debts:
        yield t("Other loans: {debts}", debts=borrower.debts)
    if borrower.instalments:
        late = borrower.instalments - borrower.on_time
        yield t("On time: {count}, late: {late}", count=borrower.on_time, late=late)
    elif not borrower.debts:
        yield t("First loan")
    if borrower.guarantors:
        names, more = borrower.guarantors[:NAMED_MAX], len(borrower.guarantors) - NAMED_MAX
        said = joined(", ", [*names, f"+{more}"] if more > 0 else names)
        yield t("Guarantors: {names}", names=said)


def _verdicts(one: Waiting) -> Mapping[str, Label]:
    verdicts: dict[str, Label] = {"no": t("Do not agree")} if one.votes else {}
    if one.votes and not one.held:
        verdicts = {"yes": t("Agree"), **verdicts}
    return verdicts | ({"back": t("Cancel my request")} if one.mine else {})


def _outcome(voted: Voted, *, yes: bool) -> Screen:
    if voted.state == "rejected":
        return say(t("It is refused. The person who asked is told why."))
    if voted.state == "expired":
        return say(t("It has changed since it was asked for, so it is closed. It can be asked for again."))
    if voted.state == "open":
        return say(
            nt(
                "You agreed. {count} more person must agree.",
                "You agreed. {count} more people must agree.",
                voted.missing,
            )
            if yes
            else t("You did not agree. The others may still decide.")
        )
    values, amount = voted.values, voted.values.get("amount")
    if values.get("way") == "cash" and amount:
        to = values.get("family") or values["name"]
        return say(t("It is decided. Now hand {amount} to {name} in cash.", amount=amount, name=to))
    return say(t("It is decided, with your vote."))
