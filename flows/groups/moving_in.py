"""A group of mine that moves in: what it brings, what the sheets say of me, and my word on it."""

from collections.abc import Iterator

from domain.moving_in.arrive import (
    AgreeToOpening,
    AnswerObjection,
    Brought,
    OpeningAgreed,
    SayOfOpening,
    brought_to,
)
from domain.records.person import Member
from flows import ask
from flows.dialogue import flow, possible, read, submit
from flows.engine.screen import Screen, say
from flows.engine.steps import Conversation
from flows.shown import moves_in
from flows.words.texts import Text, joined, nt, t


@flow("moving_in", label=t("Group moving in"), shown=moves_in)
def moving_in(me: Member) -> Conversation:
    """Officers agree to all of it; everybody says whether their own part is right."""
    prompt = t("See the figures of your group that moves in. Your PIN?")
    yield from ask.unlock("pin", me.id, prompt, fresh=True)
    brought = yield from read("brought", brought_to, me.id)
    wanted = {each.id: each for each in brought if each.decides or each.says or each.objections}
    if not wanted:
        return say(t("No group that moves in is waiting for you now."))
    labels = {id: each.group for id, each in wanted.items()}
    one = next(iter(wanted.values()))
    if len(wanted) > 1:
        one = wanted[(yield from ask.choice("which", t("Which group?"), labels))]
    if one.decides:
        return (yield from _decide(me, one))
    if one.says:
        return (yield from _say(me, one))
    return (yield from _answer(me, one))


def _decide(me: Member, one: Brought) -> Conversation:
    """Everything the group brings, read to its end."""
    yield from possible("may_agree", AgreeToOpening(me.id, one.id, one.digest, yes=True))
    if not (
        yield from ask.agree("figures", joined("\n", _figures(one)), yes=t("It is right"), no=t("It is not right"))
    ):
        reason = yield from ask.reason("reason", t("What is not right? Who brought the book will read it."))
        yield from submit("no", AgreeToOpening(me.id, one.id, one.digest, yes=False, reason=reason))
        return say(t("The book was sent back. It can be brought again when it is right."))
    agreed: OpeningAgreed = yield from submit("yes", AgreeToOpening(me.id, one.id, one.digest, yes=True))
    return _said_agreed(agreed)


def _said_agreed(agreed: OpeningAgreed) -> Screen:
    if agreed.missing:
        return say(
            nt(
                "Thank you. {count} more officer must agree.",
                "Thank you. {count} more officers must agree.",
                agreed.missing,
            )
        )
    return say(t("Thank you. Now each member hears their own figures. After some days the group opens here."))


def _figures(one: Brought) -> Iterator[Text]:
    yield nt("{group}: {count} member", "{group}: {count} members", one.members, group=one.group)
    yield t("As of {day}", day=one.as_of)
    yield t("Box: {amount}", amount=one.box)
    if one.bank:
        yield t("Bank: {amount}", amount=one.bank)
    yield t("Social fund: {amount}", amount=one.social)
    yield t("Savings: {amount}", amount=one.saved)
    yield t("Loans: {amount}", amount=one.lent)
    yield t("Earned: {amount}", amount=one.surplus)
    if one.by_their_book is not None and one.by_their_book != one.surplus:
        yield t("In your book: {amount}", amount=one.by_their_book)


def _say(me: Member, one: Brought) -> Conversation:
    prompt = joined("\n", _own(one))
    said = yield from ask.choice("mine", prompt, {"right": t("It is right"), "wrong": t("It is not right")})
    if said == "right":
        yield from submit("right", SayOfOpening(me.id, one.id))
        return say(t("Thank you. {group} opens here soon. You will hear.", group=one.group))
    words = yield from ask.reason("words", t("What is not right? Officers will read it."))
    yield from submit("wrong", SayOfOpening(me.id, one.id, words))
    return say(t("Thank you. {group} does not open here before an officer has answered you.", group=one.group))


def _own(one: Brought) -> Iterator[Text]:
    yield t("You in {group}:", group=one.group)
    yield t("Savings: {amount}", amount=one.my_saved)
    if one.my_credit:
        yield t("Credit: {amount}", amount=one.my_credit)
    yield t("You owe: {amount}", amount=one.my_debt)
    if one.my_fines:
        yield t("Fines: {amount}", amount=one.my_fines)
    if one.my_social:
        yield t("Social fund not paid: {amount}", amount=one.my_social)


def _answer(me: Member, one: Brought) -> Conversation:
    """An officer looks at what a member says; what is really wrong, whoever brought the book brings anew."""
    names = {each.person: each.name for each in one.objections}
    person = yield from ask.choice("whose", t("Whose figures?"), names)
    words = next(each.words for each in one.objections if each.person == person)
    prompt = t(
        "{name} says: {words}. If the figures are right, say why. Else ask for a new book.",
        name=names[person],
        words=words,
    )
    answer = yield from ask.reason("answer", prompt)
    yield from submit("stands", AnswerObjection(me.id, one.id, person, answer))
    return say(t("The figures of {name} stay. They were told.", name=names[person]))
