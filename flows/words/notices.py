"""The words of messages that we send: receipts and news."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from domain.money import Money
from domain.records.notice import Notice, NoticeKind
from domain.records.payment import FailureReason
from domain.records.person import Language
from flows.words.fine_reasons import FINE_REASONS
from flows.words.offices import OFFICES
from flows.words.texts import Text, nt, t, words

_STANDINGS: Final[Mapping[str, Callable[[str], Text]]] = {
    "active": lambda group: t("Your suspension in {group} has ended. You can save again.", group=group),
    "suspended": lambda group: t(
        "You are suspended in {group}: you cannot save, borrow or vote. Ask an officer why.", group=group
    ),
    "leaving": lambda group: t(
        "You are no longer a member of {group}. What is yours is paid to you.", group=group
    ),
    "exited": lambda group: t("You have left {group}. Thank you for saving with us.", group=group),
    "expelled": lambda group: t("You are no longer a member of {group}, as its members decided.", group=group),
}

_WORDS: Final[Mapping[NoticeKind, Callable[..., Text]]] = {
    "receipt": lambda amount, group, ref: (
        t("Received: {amount} for {group}. Ref {ref}. Thank you!", amount=amount, group=group, ref=ref)
        if ref
        else t(
            "Received in cash: {amount} for {group}. Not right? Tell another officer.", amount=amount, group=group
        )
    ),
    "payment_failed": lambda amount, group, ref, reason: t(
        "Not paid: {amount} for {group}, because {reason}. Nothing was taken. Ref {ref}. You can try again.",
        amount=amount,
        group=group,
        reason=_why(reason),
        ref=ref,
    ),
    "paid_out": lambda amount, group, ref: (
        t("Paid to you: {amount} from {group}. Ref {ref}. Keep this message.", amount=amount, group=group, ref=ref)
        if ref
        else t(
            "Paid to you in cash: {amount} from {group}. Not right? Tell another officer.",
            amount=amount,
            group=group,
        )
    ),
    "payout_failed": lambda amount, group, ref, reason: t(
        "Not sent: {amount} from {group}, because {reason}. Ref {ref}. Tell an officer of your group.",
        amount=amount,
        group=group,
        reason=_why_not_sent(reason),
        ref=ref,
    ),
    "decision_wanted": lambda group: t(
        "Your decision is wanted in {group}. Choose Decide in the menu of your group.", group=group
    ),
    "digest": lambda group, count, amount: nt(
        "Paid out of {group} today: {count} payment, {amount} in all. Not right? Tell the other officers.",
        "Paid out of {group} today: {count} payments, {amount} in all. Not right? Tell the other officers.",
        count,
        group=group,
        amount=amount,
    ),
    "welcome_to_group": lambda group: t(
        "Welcome! You are now a member of {group}. You can save now.", group=group
    ),
    "refused_by_group": lambda group: t(
        "You were not let into {group}. Ask one of its officers why.", group=group
    ),
    "somebody_wants_to_join": lambda name, group: t(
        "A request to join {group} from {name}. Choose Approve members in the menu.", name=name, group=group
    ),
    "invitation": lambda name, group, dial, code: t(
        "You are invited to {group} by {name}. Dial {dial}, and for your group's code type {code}. "
        "It is good for 14 days.",
        group=group,
        name=name,
        dial=dial,
        code=code,
    ),
    "invitation_taken": lambda name, group: t(
        "Your invitation was used: {name} is now a member of {group}. Not right? Tell another officer.",
        name=name,
        group=group,
    ),
    "office_taken": lambda role, group: t(
        "You are now {role} of {group}. Choose Lead the group in the menu.", role=OFFICES[role], group=group
    ),
    "office_left": lambda name, role, group: t(
        "You handed over your office in {group}. From now on {name} is its {role}. Thank you!",
        group=group,
        name=name,
        role=OFFICES[role],
    ),
    "request_refused": lambda group, reason: (
        t("Your request in {group} was refused, because: {reason}. You can ask again.", group=group, reason=reason)
        if reason
        else t("Your request in {group} was not decided in time. You can ask again.", group=group)
    ),
    "standing_changed": lambda group, status: _STANDINGS[status](group),
    "settlement_due": lambda name, group: t(
        "Please pay {name} who leaves {group}. Choose Members in the menu.", name=name, group=group
    ),
    "fined": lambda amount, group, reason: t(
        "You are fined {amount} for {reason} in {group}. Choose My fines in the menu to pay it.",
        amount=amount,
        reason=FINE_REASONS[reason],
        group=group,
    ),
    "fine_waived": lambda amount, group, reason: t(
        "Your fine of {amount} for {reason} in {group} was waived. You need not pay it.",
        amount=amount,
        reason=FINE_REASONS[reason],
        group=group,
    ),
    "granted": lambda amount, group: t(
        "Granted to you: {amount} of the social fund of {group}. An officer will pay you.",
        amount=amount,
        group=group,
    ),
    "turn_set": lambda group, round, count: t(
        "The rotation of {group} is set: your turn is round {round} of {count}. Choose My turn in the menu.",
        group=group,
        round=round,
        count=count,
    ),
    "auction_set": lambda group, count: nt(
        "The rotation of {group} is set: {count} round, by auction. Choose My turn in the menu to bid.",
        "The rotation of {group} is set: {count} rounds, by auction. Choose My turn in the menu to bid.",
        count,
        group=group,
    ),
    "turn_held": lambda amount, group: t(
        "Your turn in {group} has come. Put in the {amount} that you owe, then it is paid to you.",
        group=group,
        amount=amount,
    ),
    "bid_parted": lambda amount, group: t(
        "Your part of the bid in {group} is {amount}. It counts for your next round.", group=group, amount=amount
    ),
    "dividend_credited": lambda group, year, amount, tax: (
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
    "dividend_too_high": lambda group, year, gross, most: t(
        "The dividend for {year} in {group} was not proposed: it comes to {gross}, the surplus is {most}. "
        "Declare a lower one.",
        year=year,
        group=group,
        gross=gross,
        most=most,
    ),
    "cash_contested": lambda name, amount, group: t(
        "A cash record of {amount} is not right, says {name} of {group}. Choose Cash records in the menu.",
        amount=amount,
        name=name,
        group=group,
    ),
    "cash_kept": lambda name, amount, group, reason: t(
        "Your cash record of {amount} in {group} stands, because: {reason}. Not right? Tell another officer.",
        amount=amount,
        group=group,
        reason=reason,
    ),
    "cash_reversed": lambda name, amount, group, reason: t(
        "The cash record of {amount} for {name} in {group} was taken back, because: {reason}. It does not count.",
        amount=amount,
        name=name,
        group=group,
        reason=reason,
    ),
    "guarantee_wanted": lambda name, amount, group: t(
        "Asked of you: to guarantee {amount} of a loan, by {name} of {group}. Choose Guarantee in the menu.",
        amount=amount,
        name=name,
        group=group,
    ),
    "guarantee_declined": lambda name, group: t(
        "Your loan was not guaranteed by {name} of {group}. You can ask again with somebody else.",
        name=name,
        group=group,
    ),
    "loan_approved": lambda amount, group: t(
        "Approved: your loan of {amount} from {group}. An officer will pay it out to you.",
        amount=amount,
        group=group,
    ),
    "loan_waits": lambda group: t(
        "An approved loan of {group} waits to be paid out. Choose Loans of the group in the menu.", group=group
    ),
    "loan_rescheduled": lambda group: t(
        "Your loan from {group} has new terms. Choose My loans in the menu to see them.", group=group
    ),
    "loan_written_off": lambda group: t(
        "Your loan from {group} was written off by its members. You can still pay it back.", group=group
    ),
    "savings_taken": lambda amount, group, ref: t(
        "Taken from your savings: {amount} in {group}, for loan {ref} that was not paid back. Ask an officer.",
        amount=amount,
        group=group,
        ref=ref,
    ),
    "shared_out": lambda group, gross, netted, pay: (
        t(
            "Your part of the share-out of {group} is {gross}: of this, {netted} is taken for what you owe "
            "and {pay} is for you.",
            group=group,
            gross=gross,
            netted=netted,
            pay=pay,
        )
        if netted
        else t("Your part of the share-out of {group} is {pay}. An officer will pay you.", group=group, pay=pay)
    ),
    "repayment_reversed": lambda amount, group, reason: t(
        "Your repayment of {amount} to {group} was taken back, because: {reason}. It is owed again.",
        amount=amount,
        group=group,
        reason=reason,
    ),
    "account_frozen": lambda: t(
        "Your account is frozen: no money moves. If it was not you, tell an officer of your group now."
    ),
    "account_opened": lambda name: t(
        "Your account was opened again by {name}. If you did not ask, freeze it now.", name=name
    ),
    "phone_asked": lambda phone: t(
        "Somebody asks to change your number to {phone}. If it was not you, tell an officer of your group now.",
        phone=phone,
    ),
    "phone_changed": lambda phone: t(
        "Your number was changed to {phone}. If it was not you, tell an officer of your group now.", phone=phone
    ),
    "pin_changed": lambda: t("Your PIN was changed. If it was not you, tell an officer of your group now."),
    "chat_linked": lambda channel: t(
        "A {channel} chat was linked to your number. If it was not you, tell an officer of your group now.",
        channel=channel,
    ),
    "code": lambda code: t("Your code is {code}. It is good for ten minutes. Tell it to nobody.", code=code),
}


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
    values: Mapping[str, Any] = notice.values
    return _WORDS[notice.kind](**values)


def every_notice() -> list[Text]:
    """Each sentence there is, with sample values."""
    amount, group, ref = Money(5_500, "UGX"), "Umoja Women", "CABCDEF"
    samples: list[tuple[NoticeKind, Mapping[str, Any]]] = [
        ("receipt", {"amount": amount, "group": group, "ref": ref}),
        ("receipt", {"amount": amount, "group": group, "ref": ""}),
        ("payment_failed", {"amount": amount, "group": group, "ref": ref, "reason": "not_enough_money"}),
        ("paid_out", {"amount": amount, "group": group, "ref": ref}),
        ("paid_out", {"amount": amount, "group": group, "ref": ""}),
        ("payout_failed", {"amount": amount, "group": group, "ref": ref, "reason": "no_account"}),
        ("decision_wanted", {"group": group}),
        ("digest", {"group": group, "count": 3, "amount": amount}),
        ("welcome_to_group", {"group": group}),
        ("refused_by_group", {"group": group}),
        ("somebody_wants_to_join", {"name": "Akello Grace", "group": group}),
        ("invitation", {"name": "Nakato Ruth", "group": group, "dial": "*384*7000#", "code": "1234567890"}),
        ("invitation_taken", {"name": "Akello Grace", "group": group}),
        *(("office_taken", {"role": role, "group": group}) for role in OFFICES),
        *(("office_left", {"name": "Akello Grace", "role": role, "group": group}) for role in OFFICES),
        ("request_refused", {"group": group, "reason": "we have too little cash this week"}),
        ("request_refused", {"group": group, "reason": ""}),
        *(("standing_changed", {"group": group, "status": status}) for status in _STANDINGS),
        ("settlement_due", {"name": "Akello Grace", "group": group}),
        ("fined", {"amount": amount, "group": group, "reason": "late"}),
        ("fine_waived", {"amount": amount, "group": group, "reason": "late"}),
        ("granted", {"amount": amount, "group": group}),
        ("turn_set", {"group": group, "round": 3, "count": 10}),
        ("auction_set", {"group": group, "count": 10}),
        ("turn_held", {"group": group, "amount": amount}),
        ("bid_parted", {"group": group, "amount": amount}),
        ("dividend_credited", {"group": group, "year": 2026, "amount": amount, "tax": amount}),
        ("dividend_credited", {"group": group, "year": 2026, "amount": amount, "tax": Money(0, "UGX")}),
        ("dividend_too_high", {"group": group, "year": 2026, "gross": amount, "most": amount}),
        ("cash_contested", {"name": "Akello Grace", "amount": amount, "group": group}),
        *(
            (kind, {"name": "Akello Grace", "amount": amount, "group": group, "reason": "it was counted twice"})
            for kind in ("cash_kept", "cash_reversed")
        ),
        ("guarantee_wanted", {"name": "Akello Grace", "amount": amount, "group": group}),
        ("guarantee_declined", {"name": "Akello Grace", "group": group}),
        ("loan_approved", {"amount": amount, "group": group}),
        *((kind, {"group": group}) for kind in ("loan_waits", "loan_rescheduled", "loan_written_off")),
        ("savings_taken", {"amount": amount, "group": group, "ref": "LABCDEF"}),
        *(
            ("shared_out", {"group": group, "gross": amount, "netted": netted, "pay": amount - netted})
            for netted in (Money(500, "UGX"), Money(0, "UGX"))
        ),
        ("repayment_reversed", {"amount": amount, "group": group, "reason": "it was counted twice"}),
        ("account_frozen", {}),
        ("account_opened", {"name": "Nakato Ruth"}),
        ("phone_asked", {"phone": "+256772000111"}),
        ("phone_changed", {"phone": "+256772000111"}),
        ("pin_changed", {}),
        ("chat_linked", {"channel": "Chat"}),
    ]
    return [_WORDS[kind](**values) for kind, values in samples]


def words_of(notice: Notice, language: Language) -> str:
    """What a notice says, in a language."""
    return words(language).say(text_of(notice))
