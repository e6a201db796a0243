"""The share-out: an officer makes the plan, pays each part once it is decided, and starts the next cycle."""

from collections.abc import Iterator, Mapping
from typing import Final

from domain.records.payment import Way
from domain.records.person import GroupOfMember, Member
from domain.share_out.agree import ProposeShareOut
from domain.share_out.next_cycle import StartCycle, first_meetings
from domain.share_out.pay import AllNow, PaidAll, PaidPart, PayAll, PayLine, WhyNot, all_now, part_now
from domain.share_out.shown import LineView, SharingNow, may_plan, planned, sharing_now
from flows import ask
from flows.dialogue import flow, possible, read, read_openly, submit
from flows.engine.screen import say
from flows.engine.steps import Ask, Conversation
from flows.groups.asked import members_asked
from flows.shown import leads_share_out
from flows.words.sums import Sum, minus, plus
from flows.words.texts import Label, Text, joined, labelled, nt, t

_WHY_NOT: Final[Mapping[WhyNot, Text]] = {
    "yours": t("your own: another officer pays it"),
    "frozen": t("account frozen"),
    "held": t("held for a day"),
    "new_number": t("new number or PIN: wait a day"),
    "too_little": t("more than is there"),
    "not_carried": t("not by mobile money"),
}


@flow("share_out", label=t("Share-out"), shown=leads_share_out)
def share_out(me: Member) -> Conversation:
    """As far as it is: make a plan or make it anew, pay, begin again."""
    led = tuple(group for group in me.groups_of("vsla") if group.led)
    group = yield from ask.pick("group", t("Share-out of which group?"), led)
    now = yield from read("now", sharing_now, group.id)
    if now.state == "approved":
        return (yield from _carry_out(me, group, now))
    if now.state == "proposed":
        waits = nt(
            "To share: {pot}. {count} more member must agree.",
            "To share: {pot}. {count} more members must agree.",
            now.missing,
            pot=now.pot,
        )
        yield from ask.choice("what", waits, {"anew": t("Redo the plan")})
    return (yield from _propose(me, group))


def _propose(me: Member, group: GroupOfMember) -> Conversation:
    """The total and every part, before the members are asked; a part that is chosen is shown as it comes about."""
    yield from read("may", may_plan, group.id, me.id)
    kept = yield from ask.counted("kept", t("Keep how much for the next cycle?"), group.currency)
    plan = yield from read("plan", planned, group.id, kept)
    labels: dict[str, Label] = {"ask": t("Ask the members")}
    labels |= {line.id: t("{name}, {amount}", name=line.name, amount=line.pay) for line in plan.lines}
    chosen = yield from ask.choice("part", t("To share: {amount}. Each gets:", amount=plan.pot), labels)
    if chosen != "ask":
        return say(joined("\n", _said(next(line for line in plan.lines if line.id == chosen))))
    prompt = t("Nothing is saved or lent until it is paid. Your PIN?")
    yield from ask.pin("pin", me.id, prompt, fresh=True)
    return members_asked((yield from submit("propose", ProposeShareOut(me.id, group.id, kept, plan.digest))))


def _said(line: LineView) -> Iterator[Text]:
    part, *others = sum_of_line(line).said()
    yield part
    if line.netted:
        yield others.pop(0)
    for each in line.called:
        yield t("Of this, for the loan of {name}: {amount}", name=each.name, amount=each.amount)
    yield from others


def sum_of_line(line: LineView) -> Sum:
    """A member's part as an officer reads it before the members are asked."""
    rest = line.gross - line.netted - line.pay
    return Sum(
        (
            plus(line.gross, t("{name}: {amount}", name=line.name, amount=line.gross)),
            minus(line.netted, t("Loans and fines: {amount}", amount=line.netted)),
            minus(rest, t("Stays with the group, less than a coin: {amount}", amount=rest)),
        ),
        (plus(line.pay, t("To be paid: {amount}", amount=line.pay)),),
    )


def _carry_out(me: Member, group: GroupOfMember, now: SharingNow) -> Conversation:
    due = [line for line in now.lines if line.state == "due"]
    offers: dict[str, Label] = {"one": t("Pay one"), "all": t("Pay all")} if due else {}
    offers["list"] = t("Who got it")
    if all(line.state == "paid" for line in now.lines):
        offers["start"] = t("Start the new cycle")
    done = t("{paid} of {all} are paid.", paid=sum(line.state == "paid" for line in now.lines), all=len(now.lines))
    what = yield from ask.choice("do", done, offers)
    match what:
        case "one":
            return (yield from _pay_one(me, now, due))
        case "all":
            return (yield from _pay_all(me, now, due))
        case "start":
            return (yield from _start(me, group))
    return say(joined("\n", [_line(line) for line in now.lines]))


def _pay_one(me: Member, now: SharingNow, due: list[LineView]) -> Conversation:
    """What is left of a part, or as much of it as is there: then the officer reads so before they pay it."""
    labels = {line.id: t("{name}, {amount}", name=line.name, amount=line.left) for line in due}
    key = yield from ask.choice("who", t("Pay which member?"), labels)
    line = next(each for each in due if each.id == key)
    if line.id == me.id:
        return say(t("Another officer pays you your part."))
    way = yield from _way("way", now, t("{amount} to {name}. How?", amount=line.left, name=line.name))
    part = yield from read_openly("part", part_now, now.id, line.id, way)
    prompt = t("Pay {amount} to {name}. Your PIN?", amount=part, name=line.name)
    if part < line.left:
        prompt = t(
            "Pay {amount} of {left} to {name}: no more is there. Your PIN?",
            amount=part,
            left=line.left,
            name=line.name,
        )
    yield from possible("may_pay", PayLine(me.id, now.id, line.id, way))
    yield from ask.pin("pin_one", me.id, prompt, fresh=True)
    paid: PaidPart = yield from submit("pay", PayLine(me.id, now.id, line.id, way))
    amount = part if paid.amount is None else paid.amount
    said = [t("{amount} is on its way to {name}.", amount=amount, name=line.name)]
    if way == "cash":
        said = [t("Now hand {amount} to {name} in cash.", amount=amount, name=line.name)]
    if paid.left:
        said.append(t("Still to be paid out: {amount}", amount=paid.left))
    return say(joined("\n", said))


def _pay_all(me: Member, now: SharingNow, due: list[LineView]) -> Conversation:
    """What there is, who is paid of it and who is not are read to the end before anybody is paid."""
    way = yield from _way("way_all", now, nt("Pay {count} member. How?", "Pay {count} members. How?", len(due)))
    found = yield from read("all", all_now, now.id, me.id, way)
    if not found.paid:
        return say(joined("\n", _all(found, way)))
    if not (yield from ask.agree("ok_all", joined("\n", _all(found, way)))):
        return say(t("Nothing was paid."))
    count = len(found.paid)
    prompt = nt("Pay {count} member in cash. Your PIN?", "Pay {count} members in cash. Your PIN?", count)
    if way == "mobile_money":
        prompt = nt(
            "Pay {count} member by mobile money. Your PIN?",
            "Pay {count} members by mobile money. Your PIN?",
            count,
        )
    yield from ask.pin("pin_all", me.id, prompt, fresh=True)
    paid: PaidAll = yield from submit("pay_all", PayAll(me.id, now.id, way))
    said = [
        nt(
            "{count} member is paid, or it is on its way.",
            "{count} members are paid, or it is on its way.",
            paid.paid,
        )
    ]
    if way == "cash":
        said = [nt("{count} member is recorded as paid.", "{count} members are recorded as paid.", paid.paid)]
    if paid.left:
        said.append(nt("{count} member is still to be paid.", "{count} members are still to be paid.", paid.left))
    return say(joined(" ", said))


def _all(found: AllNow, way: Way) -> Iterator[Text]:
    if way == "cash":
        yield t("The box has {amount}.", amount=found.holds)
    else:
        yield t("The wallet has {amount}.", amount=found.holds)
    if found.not_paid:
        yield t("Not paid now:")
        for one in found.not_paid:
            yield t("{name}: {amount}, {why}", name=one.name, amount=one.amount, why=_WHY_NOT[one.why])
    if found.paid:
        yield t("Paid now, {amount}:", amount=found.total)
        for each in found.paid:
            yield t("{name}: {amount}", name=each.name, amount=each.amount)
    else:
        yield t("Nobody can be paid this way now.")
    if any(one.why == "too_little" for one in found.not_paid):
        yield t("Too little here: pay the other way, or one alone in two pieces, or move money in Our book.")


def _way(step: str, now: SharingNow, prompt: Text) -> Ask[Way]:
    """In cash, where mobile money pays nothing out."""
    if not now.pays_out:
        return "cash"
    return (yield from ask.way(step, prompt))


def _start(me: Member, group: GroupOfMember) -> Conversation:
    days = yield from read("days", first_meetings, group.id)
    yield from possible("may_start", StartCycle(me.id, group.id, days[0]))
    prompt = t("When is the first meeting of the new cycle?")
    first = yield from ask.pick_day("first", prompt, days, lambda day: t("{day}", day=day))
    yield from ask.pin("pin_start", me.id, t("Your PIN?"), fresh=True)
    number = yield from submit("start", StartCycle(me.id, group.id, first))
    return say(t("Cycle {number} of {group} begins on {day}.", number=number, group=group.name, day=first))


def _line(line: LineView) -> Text:
    """All of a part in one word, or each piece of it in its own."""
    pieces = [
        (line.paid, t("{amount} paid", amount=line.paid)),
        (line.sent, t("{amount} on its way", amount=line.sent)),
        (line.left, t("{amount} to be paid", amount=line.left)),
    ]
    said = [text for amount, text in pieces if amount] or [pieces[0][1]]
    return labelled(line.name, joined(", ", said))
