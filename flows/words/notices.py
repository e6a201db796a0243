"""The words of messages that we send: receipts and news."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal, get_args

from domain.money import Money
from domain.records.notice import BY_TEXT, Became, Notice, NoticeKind, Unclear
from domain.records.payment import FailureReason
from domain.records.person import Language
from domain.records.proposal import ProposalKind
from flows.words.fine_reasons import FINE_REASONS, IN_WORDS, say_fined, say_waived
from flows.words.offices import OFFICES
from flows.words.proposals import samples_of_proposals, say_proposal
from flows.words.receipts import receipts
from flows.words.texts import Filled, Text, nt, t, words

# Said where STOP and START were: in the conversation, or by text message.
MESSAGES_STOPPED: Final = t("You get no more messages from us, no receipts either. Send START to get them again.")
MESSAGES_WANTED: Final = t("You get messages from us again.")

_STANDINGS: Final[Mapping[str, Callable[[str], Text]]] = {
    "active": lambda group: t("Your suspension in {group} has ended. You can save again.", group=group),
    "suspended": lambda group: t(
        "You are suspended in {group}: you cannot save, borrow or vote. Ask an officer why.", group=group
    ),
    "leaving": lambda group: t("You are no longer a member of {group}. You will get your money.", group=group),
    "exited": lambda group: t("You have left {group}. Thank you for saving with us.", group=group),
    "expelled": lambda group: t("You are no longer a member of {group}, as its members decided.", group=group),
}

# What was approved and not carried out, and why it has lapsed.
_APPROVED: Final[Mapping[str, Text]] = {"loan": t("the loan"), "grant": t("the grant")}
_LAPSED: Final[Mapping[str, Text]] = {
    "time": t("it was not paid in 14 days"),
    "cycle": t("the cycle has ended"),
    "left": t("the membership has ended"),
}

# What credit can pay.
_FROM_CREDIT: Final[Mapping[str, Text]] = {
    "fine": t("a fine"),
    "loan": t("your loan"),
    "social": t("the social fund"),
}

# What the words are filled with where they are measured, and in the examples that a channel asks for.
_AMOUNT, _NOTHING = Money(1_250_000, "XAF"), Money(0, "XAF")
_REF: Final = "C7K2MQX"
_IN: Final = {"group": "Njangi Solidarité"}
_BY: Final = {"name": "Nakayiza Margaret"}
_PAID: Final = {"amount": _AMOUNT, **_IN}
_REASON: Final = {"reason": "the box has too little cash now"}

_UNCLEAR: Final[Mapping[Unclear, Callable[[Money, str, str], Text]]] = {
    "in": lambda amount, group, ref: t(
        "We do not know yet whether your {amount} for {group} was paid. Please do not pay again: we keep asking. "
        "Ref {ref}, an officer was told.",
        amount=amount,
        group=group,
        ref=ref,
    ),
    "out": lambda amount, group, ref: t(
        "We do not know yet whether {amount} from {group} was sent to you. We keep asking. "
        "Ref {ref}, an officer was told.",
        amount=amount,
        group=group,
        ref=ref,
    ),
    "both": lambda amount, group, ref: t(
        "We said that {amount} from {group} was not sent to you. Mobile money says now that it was. "
        "Ref {ref}, an officer was told.",
        amount=amount,
        group=group,
        ref=ref,
    ),
}
# What became of a request, and whether somebody said why.
_BECAME: Final[Mapping[tuple[Became, bool], Callable[..., Text]]] = {
    ("approved", False): lambda group, what, **_: t(
        "Agreed in {group} by vote: {what}. Thank you!", group=group, what=what
    ),
    ("rejected", True): lambda group, what, why: t(
        "Refused in {group} by vote: {what}, because {why}. It is closed.",
        group=group,
        what=what,
        why=why,
    ),
    ("rejected", False): lambda group, what, **_: t(
        "Refused in {group} by vote: {what}. It is closed.", group=group, what=what
    ),
    ("expired", False): lambda group, what, **_: t(
        "Closed in {group}, not decided in time: {what}. You can ask again.", group=group, what=what
    ),
    ("lapsed", False): lambda group, what, **_: t(
        "Closed in {group}, as things have changed: {what}. You can ask again.", group=group, what=what
    ),
    ("withdrawn", False): lambda group, what, **_: t(
        "Cancelled in {group} by who asked: {what}. It is closed.", group=group, what=what
    ),
}
# Why nothing was changed, where it can be said better than that things have changed.
_UNCHANGED: Final[Mapping[str, Callable[..., Text]]] = {
    **dict.fromkeys(
        ("reschedule", "write_off", "loan_waiver", "netting"),
        lambda group, what, **_: t(
            "Nothing is changed in {group}, as this loan is paid or changed since: {what}. It is closed.",
            group=group,
            what=what,
        ),
    ),
    "waiver": lambda group, what, **_: t(
        "Nothing is changed in {group}, as this fine is paid or waived since: {what}. It is closed.",
        group=group,
        what=what,
    ),
}
_DAY: Final = "2026-09-28"
_RECEIPTS: Final = receipts(_PAID, _REF, _AMOUNT)

_WORDS: Final[Mapping[NoticeKind, Text | Filled]] = {
    "receipt": _RECEIPTS[0],
    "payment_failed": Filled(
        lambda amount, group, ref, reason: t(
            "Not paid: {amount} for {group}, because {reason}. Nothing was taken. Ref {ref}. You can try again.",
            amount=amount,
            group=group,
            reason=_why(reason),
            ref=ref,
        ),
        *(_PAID | {"ref": _REF, "reason": reason} for reason in get_args(FailureReason)),
    ),
    "paid_out": _RECEIPTS[1],
    "payout_failed": Filled(
        lambda amount, group, ref, reason: t(
            "Not sent: {amount} from {group}, because {reason}. Ref {ref}. Tell an officer of your group.",
            amount=amount,
            group=group,
            reason=_why_not_sent(reason),
            ref=ref,
        ),
        *(_PAID | {"ref": _REF, "reason": reason} for reason in get_args(FailureReason)),
    ),
    "payment_unclear": Filled(
        lambda amount, group, ref, what: _UNCLEAR[what](amount, group, ref),
        *(_PAID | {"ref": _REF, "what": what} for what in get_args(Unclear)),
    ),
    "payment_to_look_at": Filled(
        lambda amount, group, ref, name, what: (
            t(
                "Mobile money now says that {amount} from {group} was sent to {name} after all. Do not send it "
                "again. Look into Ref {ref} now.",
                amount=amount,
                group=group,
                name=name,
                ref=ref,
            )
            if what == "both"
            else t(
                "Mobile money does not say what became of {amount} of {name} in {group}. Please ask it about "
                "Ref {ref} and tell them.",
                amount=amount,
                group=group,
                name=name,
                ref=ref,
            )
        ),
        *(_PAID | _BY | {"ref": _REF, "what": what} for what in get_args(Unclear)),
    ),
    "decision_wanted": Filled(
        lambda group, proposal, until, **about: t(
            "Vote in {group} until {day} on this: {what}. Choose Decide in the menu.",
            group=group,
            day=date.fromisoformat(until) if until else t("the day it closes"),
            what=_what(proposal, about),
        ),
        *({**_IN, **values} | {"proposal": kind, "until": _DAY} for kind, values in samples_of_proposals()),
        # Of an earlier version.
        _IN | {"proposal": "", "until": ""},
    ),
    "decided": Filled(
        lambda group, proposal, became, why, **about: _became(proposal, became, why)(
            group=group, what=_what(proposal, about), why=why
        ),
        *(
            {**_IN, **values} | {"proposal": kind, "became": became, "why": "pay the old loan" if why else ""}
            for kind, values in samples_of_proposals()
            for became, why in _BECAME
        ),
    ),
    "digest": Filled(
        lambda group, count, amount: nt(
            "Paid out of {group} today: {count} payment, {amount} in all. Not right? Tell the other officers.",
            "Paid out of {group} today: {count} payments, {amount} in all. Not right? Tell the other officers.",
            count,
            group=group,
            amount=amount,
        ),
        _PAID | {"count": 3},
    ),
    "welcome_to_group": Filled(
        lambda group: t("Welcome! You are now a member of {group}. You can save now.", group=group),
        _IN,
    ),
    "enrolled": Filled(
        lambda group, name, officer: t(
            "Now in {group} without a phone is {name}, written down by {officer}. Officers serve them.",
            group=group,
            name=name,
            officer=officer,
        ),
        {**_IN, **_BY, "officer": "Wanjiru Mary"},
    ),
    "refused_by_group": Filled(
        lambda group: t("Sorry, {group} did not accept you. Ask one of its officers why.", group=group),
        _IN,
    ),
    "somebody_wants_to_join": Filled(
        lambda name, group: t(
            "Please decide: {name} asks to join {group}. Choose Approve members in the menu.",
            name=name,
            group=group,
        ),
        _IN | _BY,
    ),
    "invitation": Filled(
        lambda name, group, dial, code: t(
            "You are invited to {group} by {name}. Dial {dial}, and for your group's code type {code}. "
            "It is good for 14 days.",
            group=group,
            name=name,
            dial=dial,
            code=code,
        ),
        _IN | _BY | {"dial": "*384*7000#", "code": "1234567890"},
    ),
    "invitation_taken": Filled(
        lambda name, group: t(
            "Your invitation was used: {name} is now a member of {group}. Not right? Tell another officer.",
            name=name,
            group=group,
        ),
        _IN | _BY,
    ),
    "office_taken": Filled(
        lambda role, group: t(
            "You are now {role} of {group}. Choose Lead the group in the menu.", role=OFFICES[role], group=group
        ),
        *(_IN | {"role": role} for role in OFFICES),
    ),
    "office_left": Filled(
        lambda name, role, group: t(
            "You handed over your office in {group}. From now on {name} is its {role}. Thank you!",
            group=group,
            name=name,
            role=OFFICES[role],
        ),
        *(_IN | _BY | {"role": role} for role in OFFICES),
    ),
    "approval_lapsed": Filled(
        lambda group, name, amount, what, why: t(
            "No longer approved: {what} of {amount} to {name} in {group}, because {why}. It can "
            "be asked for again.",
            what=_APPROVED[what],
            amount=amount,
            name=name,
            group=group,
            why=_LAPSED[why],
        ),
        *(_PAID | _BY | {"what": what, "why": why} for what in _APPROVED for why in _LAPSED),
    ),
    "standing_changed": Filled(
        lambda group, status: _STANDINGS[status](group),
        *(_IN | {"status": status} for status in _STANDINGS),
    ),
    "death_reported": Filled(
        lambda group: t(
            "It was reported in {group} that the owner of this number has died. Not right? Call its officers now.",
            group=group,
        ),
        _IN,
    ),
    "death_undone": Filled(
        lambda group: t(
            "You are a member of {group} as before: that you had died was recorded wrongly. See your balance.",
            group=group,
        ),
        _IN,
    ),
    "settlement_due": Filled(
        lambda name, group: t(
            "Please pay {name} who leaves {group}. Choose Members in the menu.", name=name, group=group
        ),
        _IN | _BY,
    ),
    "entered_alone": Filled(
        lambda name, amount, reason, group: t(
            "The book of {group} has a cost or income of {amount} for {reason}, entered by {name} alone.",
            name=name,
            amount=amount,
            group=group,
            reason=reason,
        ),
        _PAID | _BY | _REASON,
    ),
    "money_is_yours": Filled(
        lambda amount, group: t(
            "Money that came in at {group} is yours: {amount}. It was added to your credit there.",
            amount=amount,
            group=group,
        ),
        _PAID,
    ),
    "paid_from_credit": Filled(
        lambda amount, group, owed: t(
            "Your credit in {group} has paid {amount} for {what}. Not right? Tell another officer.",
            group=group,
            amount=amount,
            what=_FROM_CREDIT[owed],
        ),
        *(_PAID | {"owed": owed} for owed in _FROM_CREDIT),
    ),
    "put_on_credit": Filled(
        lambda amount, group, reason: t(
            "Your payment of {amount} to {group} is now your credit there, because: {reason}. "
            "Not right? Tell another officer.",
            amount=amount,
            group=group,
            reason=reason,
        ),
        _PAID | _REASON,
    ),
    "social_to_box": Filled(
        lambda amount, group: t(
            "Please move {amount} of {group} from the social fund's box to the cash box: it is the group's.",
            amount=amount,
            group=group,
        ),
        _PAID,
    ),
    "box_to_social": Filled(
        lambda amount, group: t(
            "Please move {amount} of {group} from the cash box to the social fund's box: it is the fund's.",
            amount=amount,
            group=group,
        ),
        _PAID,
    ),
    "meeting_closed": Filled(
        lambda group, number, cash, paid, lent, fines, next: t(
            "Meeting {number} of {group}: cash {cash}, put in {paid}, lent {lent}, fines {fines}. "
            "The next is on {next}. Thank you!",
            number=number,
            group=group,
            cash=cash,
            paid=paid,
            lent=lent,
            fines=fines,
            next=date.fromisoformat(next),
        ),
        _IN | {"number": 52, "next": "2026-09-28", **dict.fromkeys(("cash", "paid", "lent", "fines"), _AMOUNT)},
    ),
    "fined": Filled(
        say_fined,
        *(
            _PAID | {"reason": reason, "by": by}
            for reason in (*FINE_REASONS, IN_WORDS)
            for by in ("", _BY["name"])
        ),
    ),
    "fine_waived": Filled(
        say_waived,
        *(_PAID | {"reason": reason} for reason in (*FINE_REASONS, IN_WORDS)),
        *(_PAID | {"reason": reason, "left": left} for reason in FINE_REASONS for left in (_AMOUNT, _NOTHING)),
    ),
    "granted": Filled(
        lambda amount, group: t(
            "You get {amount} from the social fund of {group}. An officer will pay you.",
            amount=amount,
            group=group,
        ),
        _PAID,
    ),
    "turn_set": Filled(
        # One that was written by an earlier version names the first round alone.
        lambda group, count, rounds="", turns=1, round=0: nt(
            "The rotation of {group} is set: you have {count} turn, round {rounds} of {all}. "
            "Choose My turn in the menu.",
            "The rotation of {group} is set: you have {count} turns, rounds {rounds} of {all}. "
            "Choose My turn in the menu.",
            turns,
            group=group,
            rounds=rounds or str(round),
            all=count,
        ),
        _IN | {"rounds": "1, 5, 9, 13, 17, 21, 25", "turns": 7, "count": 25},
        _IN | {"rounds": "25", "turns": 1, "count": 25},
        _IN | {"round": 25, "count": 25},
    ),
    "turn_lost": Filled(
        lambda group: t(
            "The order of the rotation of {group} has changed: you have no turn in it. Ask an officer why.",
            group=group,
        ),
        _IN,
    ),
    "auction_set": Filled(
        lambda group, count: nt(
            "The rotation of {group} is set: {count} round, by auction. Choose My turn in the menu to bid.",
            "The rotation of {group} is set: {count} rounds, by auction. Choose My turn in the menu to bid.",
            count,
            group=group,
        ),
        _IN | {"count": 25},
        _IN | {"count": 1},
    ),
    "turn_held": Filled(
        lambda amount, group: t(
            "Your turn in {group} has come. Put in the {amount} that you owe, then you are paid.",
            group=group,
            amount=amount,
        ),
        _PAID,
    ),
    "bid_parted": Filled(
        lambda amount, group: t(
            "Your part of the bid in {group} is {amount}. It counts for your next round.",
            group=group,
            amount=amount,
        ),
        _PAID,
    ),
    "dividend_credited": Filled(
        lambda group, year, amount, tax: (
            t(
                "Your dividend for {year} in {group} is {amount} after {tax} tax. Choose My dividend in the menu.",
                year=year,
                group=group,
                amount=amount,
                tax=tax,
            )
            if tax
            else t(
                "Your dividend for {year} in {group} is {amount}. Choose My dividend in the menu.",
                year=year,
                group=group,
                amount=amount,
            )
        ),
        _PAID | {"year": 2026, "tax": _AMOUNT},
        _PAID | {"year": 2026, "tax": _NOTHING},
    ),
    "dividend_too_high": Filled(
        lambda group, year, gross, most: t(
            "The dividend for {year} in {group} was not proposed: it comes to {gross}, the surplus is {most}. "
            "Declare a lower one.",
            year=year,
            group=group,
            gross=gross,
            most=most,
        ),
        _IN | {"year": 2026, "gross": _AMOUNT, "most": _AMOUNT},
    ),
    "cash_contested": Filled(
        lambda name, amount, group: t(
            "Please check: {name} of {group} says a cash record of {amount} is wrong. Choose Cash "
            "records in the menu.",
            amount=amount,
            name=name,
            group=group,
        ),
        _PAID | _BY,
    ),
    "cash_kept": Filled(
        lambda name, amount, group, reason: t(
            "Your cash record of {amount} in {group} is kept, because: {reason}. Not right? Tell another officer.",
            amount=amount,
            group=group,
            reason=reason,
        ),
        _PAID | _BY | _REASON,
    ),
    "cash_cancelled": Filled(
        lambda name, amount, group: t(
            "A slip: the cash record of {amount} in {group} was cancelled by {name}, who wrote it. Not right? "
            "Tell another officer.",
            amount=amount,
            group=group,
            name=name,
        ),
        _PAID | _BY,
    ),
    "cash_reversed": Filled(
        lambda name, amount, group, reason: t(
            "The cash record of {amount} for {name} in {group} was cancelled, because: {reason}. "
            "It does not count.",
            amount=amount,
            name=name,
            group=group,
            reason=reason,
        ),
        _PAID | _BY | _REASON,
    ),
    "guarantee_wanted": Filled(
        lambda name, amount, group: t(
            "Will you guarantee {amount} of a loan? {name} of {group} asks you. Choose Guarantee in the menu.",
            amount=amount,
            name=name,
            group=group,
        ),
        _PAID | _BY,
    ),
    "guarantee_declined": Filled(
        lambda name, group: t(
            "Your loan was not guaranteed by {name} of {group}. You can ask again with somebody else.",
            name=name,
            group=group,
        ),
        _IN | _BY,
    ),
    "loan_approved": Filled(
        lambda amount, group: t(
            "Your loan of {amount} from {group} is approved. An officer will pay it out to you.",
            amount=amount,
            group=group,
        ),
        _PAID,
    ),
    "loan_waits": Filled(
        lambda group: t(
            "A loan of {group} is approved and waiting to be paid out. Choose Loans of the group in the menu.",
            group=group,
        ),
        _IN,
    ),
    "loan_rescheduled": Filled(
        lambda group: t(
            "Your loan from {group} has new terms. Choose My loans in the menu to see them.", group=group
        ),
        _IN,
    ),
    "loan_waived": Filled(
        lambda amount, group, part, ref: (
            t(
                "The group {group} waived {amount} of interest on your loan {ref}. You owe less now.",
                group=group,
                amount=amount,
                ref=ref,
            )
            if part == "interest"
            else t(
                "The group {group} waived {amount} of penalties on your loan {ref}. You owe less now.",
                group=group,
                amount=amount,
                ref=ref,
            )
        ),
        *(_PAID | {"ref": _REF, "part": part} for part in ("interest", "penalty")),
    ),
    "loan_written_off": Filled(
        lambda group: t(
            "Your loan from {group} was written off by its members. You can still pay it back.", group=group
        ),
        _IN,
    ),
    "savings_taken": Filled(
        lambda amount, group, ref: t(
            "For loan {ref} that was not paid back, {amount} was taken from your savings in "
            "{group}. Ask an officer.",
            amount=amount,
            group=group,
            ref=ref,
        ),
        _PAID | {"ref": _REF},
    ),
    "shared_out": Filled(
        lambda group, gross, netted, pay: (
            t(
                "Your part of the share-out of {group} is {gross}: of this, {netted} is taken for what you owe "
                "and {pay} is for you.",
                group=group,
                gross=gross,
                netted=netted,
                pay=pay,
            )
            if netted
            else t(
                "Your part of the share-out of {group} is {pay}. An officer will pay you.", group=group, pay=pay
            )
        ),
        _IN | {"gross": _AMOUNT, "netted": _AMOUNT, "pay": _AMOUNT},
        _IN | {"gross": _AMOUNT, "netted": _NOTHING, "pay": _AMOUNT},
    ),
    "repayment_reversed": Filled(
        lambda amount, group, reason: t(
            "Your repayment of {amount} to {group} was cancelled, because: {reason}. You owe it again.",
            amount=amount,
            group=group,
            reason=reason,
        ),
        _PAID | _REASON,
    ),
    "account_frozen": t(
        "Your account is frozen: no money moves. If it was not you, tell an officer of your group now."
    ),
    "account_opened": Filled(
        lambda name: t("Your account was opened again by {name}. If you did not ask, freeze it now.", name=name),
        _BY,
    ),
    "phone_asked": Filled(
        lambda phone: t(
            "Somebody asks to change your number to {phone}. "
            "If it was not you, tell an officer of your group now.",
            phone=phone,
        ),
        {"phone": "+256772000111"},
    ),
    "phone_changed": Filled(
        lambda phone: t(
            "Your number was changed to {phone}. If it was not you, tell an officer of your group now.",
            phone=phone,
        ),
        {"phone": "+256772000111"},
    ),
    "number_closed": Filled(
        lambda group, name: t(
            "The number of {name} in {group} has somebody else now. The account has no phone: "
            "enter the new number under Members.",
            name=name,
            group=group,
        ),
        {**_IN, **_BY},
    ),
    "number_lost": t(
        "Somebody says that your number is theirs now. Your account has left it. If that is wrong, "
        "dial from it with your PIN, or ask an officer."
    ),
    "pin_changed": t("Your PIN was changed. If it was not you, tell an officer of your group now."),
    "pin_locked": Filled(
        lambda minutes: t(
            "Your PIN was wrong too often and is locked for {minutes} minutes. "
            "If it was not you, tell an officer now, and change your PIN after that.",
            minutes=minutes,
        ),
        {"minutes": 1_440},
    ),
    "pin_asked": Filled(
        lambda name: (
            t(
                "A new PIN for you was asked for by {name}. If you did not ask for it, tell another officer now.",
                name=name,
            )
            if name
            else t(
                "A new PIN for you was asked for. If you did not ask for it, tell an officer of your group now."
            )
        ),
        _BY,
        {"name": ""},
    ),
    "pin_reset": t(
        "Your forgotten PIN was replaced by a new one. For 24 hours no money is sent to you. "
        "If it was not you, tell an officer of your group now."
    ),
    "pin_code": Filled(
        lambda dial, code: t(
            "Your code for a new PIN is {code}. Within one hour dial {dial} and choose Settings, Forgot PIN. "
            "Tell it to nobody, no officer either.",
            dial=dial,
            code=code,
        ),
        {"dial": "*384*7000#", "code": "493027"},
    ),
    "chat_linked": Filled(
        lambda channel: t(
            "A {channel} chat was linked to your number. If it was not you, tell an officer of your group now.",
            channel=channel,
        ),
        {"channel": "A chat"},
        {"channel": "A chat of ours"},
    ),
    "messages_stopped": MESSAGES_STOPPED,
    "messages_wanted": MESSAGES_WANTED,
    "code": Filled(
        lambda code: t("Your code is {code}. It is good for ten minutes. Do not tell it to anybody.", code=code),
        {"code": "493027"},
    ),
}


def _became(proposal: ProposalKind | Literal[""], became: Became, why: str) -> Callable[..., Text]:
    usual = _BECAME[became, bool(why)]
    return _UNCHANGED.get(proposal, usual) if became == "lapsed" else usual


def _what(proposal: ProposalKind | Literal[""], about: Mapping[str, Any]) -> Text:
    """What was asked for; an earlier version did not write it down."""
    return say_proposal(proposal, about) if proposal else t("what you asked for")


def _why(reason: FailureReason) -> Text:
    match reason:
        case "not_enough_money":
            return t("there was not enough money on your phone")
        case "declined":
            return t("you declined it")
        case "not_approved_in_time":
            return t("it was not approved in time")
        case "limit_reached":
            return t("your mobile money limit is reached")
        case "no_account":
            return t("this number has no mobile money")
        case "account_not_active":
            return t("your mobile money account is not active")
        case "not_sent":
            return t("mobile money was not reached in time")
        case "not_possible":
            return t("mobile money could not do it")
        case "refused":
            return t("mobile money refused it and gave no reason")


def _why_not_sent(reason: FailureReason) -> Text:
    # The account it is paid from is not the member's: what that lacks is nothing for them to mend.
    return _why("not_possible" if reason in ("not_enough_money", "limit_reached") else reason)


def text_of(notice: Notice) -> Text:
    """What a notice says."""
    return _filled(notice.kind, notice.values)


def samples_of(kind: NoticeKind) -> Sequence[Mapping[str, Any]]:
    """Values that notices of a kind can have: each way of saying it is there."""
    said = _WORDS[kind]
    return [{}] if isinstance(said, Text) else said.samples


def every_notice() -> list[Text]:
    """Each sentence there is, once, filled with a sample; but for what only goes by text message."""
    texts = [_filled(kind, values) for kind in _WORDS if kind not in BY_TEXT for values in samples_of(kind)]
    return list({text.message: text for text in texts}.values())


def _filled(kind: NoticeKind, values: Mapping[str, Any]) -> Text:
    said = _WORDS[kind]
    return said if isinstance(said, Text) else said.say(**values)


def words_of(notice: Notice, language: Language) -> str:
    """What a notice says, in a language."""
    return words(language).say(text_of(notice))
