"""What a member hears when the rules say no: one sentence for each code of `domain/`."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Final

from domain.books.accounts import Account
from domain.errors import DomainError
from domain.money import MINOR_MAX, Money
from domain.records.person import NAME_LENGTH_MAX, SEATS_MAX
from flows.words.rule_names import RULES
from flows.words.texts import Filled, Text, joined, nt, t

# The longest that details can be. An amount of so many digits is longest in French, with "FCFA" behind it.
_MOST, _CURRENCY, _NAME = MINOR_MAX, "XAF", "W" * NAME_LENGTH_MAX


def in_default(ref: str, days: int) -> Text:
    """Why nothing is free of who owes such a loan."""
    return nt(
        "Loan {ref} is {count} day late. Until it is cleared, all that you have here is kept for it.",
        "Loan {ref} is {count} days late. Until it is cleared, all that you have here is kept for it.",
        days,
        ref=ref,
    )


def held_for_loans(pledged: Money, own: Money) -> Iterator[Text]:
    """What of a member's savings is not free."""
    if pledged:
        yield t("For loans of others: {amount}.", amount=pledged)
    if own:
        yield t("For your own loan: {amount}.", amount=own)


def vote_held(hours: int) -> Text:
    """Why an officer cannot agree yet."""
    return nt(
        "Your PIN is new: agree in {count} hour.",
        "Your PIN is new: agree in {count} hours.",
        hours,
    )


# Why a loan that was approved cannot be paid out.
_NO_LONGER: Final[Mapping[str, Callable[[Money, int], Text]]] = {
    "active": lambda most, count: t("Not paid out: the borrower is not an active member now."),
    "overdue": lambda most, count: nt(
        "Not paid out: {count} instalment of the borrower is late.",
        "Not paid out: {count} instalments of the borrower are late.",
        count,
    ),
    "savings": lambda most, count: t("Not paid out. With these savings the limit is now {limit}.", limit=most),
    "fund": lambda most, count: t("Not paid out. With the group's money the limit is now {limit}.", limit=most),
    "maximum": lambda most, count: t("Not paid out. With these rules the limit is now {limit}.", limit=most),
}
_WHY_IT_STAYS: Final = {
    "loan": t("Something was paid or agreed on this loan since, or is on its way. It cannot be cancelled."),
    "round": t("The pot of a later round was paid since. It cannot be cancelled."),
    "left": t("This member has left the group since, or is leaving. It cannot be cancelled."),
    "back": t("This member is not as at the time of leaving. It cannot be cancelled."),
    "credit": t("All of it is the member's credit already."),
    "": t("This cannot be cancelled here."),
}
# Why somebody may not do something in a group.
_NOT_ALLOWED: Final[Mapping[str, Callable[[str, str], Text]]] = {
    "stranger": lambda group, name: t("{name} is not a member of {group}.", group=group, name=name),
    "pending": lambda group, name: t("{group} has not accepted {name} yet.", group=group, name=name),
    "suspended": lambda group, name: t(
        "{name} is suspended in {group}. Its officers can end that.", group=group, name=name
    ),
    "gone": lambda group, name: t("{name} has left {group}, or is leaving it.", group=group, name=name),
    "officer": lambda group, name: t("Only an officer of {group} can do this.", group=group),
    "own": lambda group, name: t(
        "This is your own, or you wrote it down. Another officer of {group} has to do it.", group=group
    ),
    "involved": lambda group, name: t(
        "You asked for this, or it is about you. Others in {group} decide on it.", group=group
    ),
    "theirs": lambda group, name: t("This belongs to another member of {group}.", group=group),
    "amount": lambda group, name: t("{group} takes amounts above nothing, in its own currency.", group=group),
    "kind": lambda group, name: t("{group} is a group of another kind: it does not have this.", group=group),
    "changed": lambda group, name: t(
        "This has changed in {group} since you saw it. Look at it again.", group=group
    ),
}
# What a purse has, when it is not enough.
_PURSES: Final[Mapping[str, Callable[[Money, Money], Text]]] = {
    Account.CASH_BOX: lambda there, needed: t(
        "The cash box has {there}, and {needed} is needed.", there=there, needed=needed
    ),
    Account.WALLET: lambda there, needed: t(
        "The group's mobile money is {there}, and {needed} is needed.", there=there, needed=needed
    ),
    Account.BANK: lambda there, needed: t(
        "The bank has {there}, and {needed} is needed.", there=there, needed=needed
    ),
    Account.SOCIAL_CASH: lambda there, needed: t(
        "The social fund's cash is {there}, and {needed} is needed.", there=there, needed=needed
    ),
    Account.SOCIAL_WALLET: lambda there, needed: t(
        "The social fund's mobile money is {there}, and {needed} is needed.", there=there, needed=needed
    ),
    Account.SOCIAL_FUND: lambda there, needed: t(
        "The social fund has {there}, and {needed} is needed.", there=there, needed=needed
    ),
    "": lambda there, needed: t(
        "The cash box and mobile money have {there}, and {needed} is needed.", there=there, needed=needed
    ),
}
_SENTENCES: Final[Mapping[str, Text | Filled]] = {
    "above_the_fund": Filled(
        lambda most, currency: t("The social fund has {amount}. Ask for less.", amount=Money(most, currency)),
        {"most": _MOST, "currency": _CURRENCY},
    ),
    "already_asked": Filled(
        lambda missing=0, day="": (
            nt(
                "This was asked for already: {count} more must agree, by {day}.",
                "This was asked for already: {count} more must agree, by {day}.",
                missing,
                day=date.fromisoformat(day),
            )
            if day
            else t("This was asked for already, and is not decided yet.")
        ),
        {"missing": 450, "day": "2026-09-28"},
        {"missing": 1, "day": "2026-09-28"},
        {},
    ),
    "already_contested": t("You told the officers about this already. They will answer you."),
    "already_decided": t("Another officer has already answered this request."),
    "already_fined": t("This member was already fined for this today."),
    "already_in_group": Filled(
        lambda group: t("You are in {group} already, or waiting to be accepted.", group=group), {"group": _NAME}
    ),
    "already_officer": t("This member already has an office. Choose another member."),
    "already_voted": t("You have decided on this already."),
    "already_registered": t("This number is already registered. Please start again."),
    "approval_lapsed": Filled(
        lambda days: t(
            "The approval has ended: it is good for {days} days and within one cycle. Ask for it again.",
            days=days,
        ),
        {"days": 14},
    ),
    "asked_before": Filled(
        lambda minutes, ref, amount=0, currency="", at="", by="", waits=0: (
            _came_before(datetime.fromisoformat(at), Money(amount, currency), ref, by, waits=bool(waits))
            if at
            else nt(
                "You asked for the same {count} minute ago, ref {ref}.",
                "You asked for the same {count} minutes ago, ref {ref}.",
                minutes,
                ref=ref,
            )
        ),
        {"minutes": 10, "ref": "CWWWWWW"},
        {"minutes": 1, "ref": "CWWWWWW"},
        *(
            {"minutes": 9, "ref": "CWWWWWW", "at": "2026-09-28T23:59"}
            | {"amount": _MOST, "currency": _CURRENCY, "by": by, "waits": waits}
            for by, waits in ((_NAME, 0), ("", 1), ("", 0))
        ),
    ),
    "bad_bid": Filled(
        lambda pot, unit, currency: t(
            "Bid less than the pot of {pot}, in steps of {unit}.",
            pot=Money(pot, currency),
            unit=Money(unit, currency),
        ),
        {"pot": _MOST, "unit": 100, "currency": _CURRENCY},
    ),
    "bad_constitution": Filled(
        lambda rule: (
            t("These rules are not possible. Look at: {rule}.", rule=RULES[rule])
            if rule in RULES
            else t("These rules are not possible.")
        ),
        *({"rule": rule} for rule in (*RULES, "time_zone")),
    ),
    "bad_day": t("This day is before the loan was paid out, or has not come yet."),
    "bad_guarantor": t("A guarantor must be another active member of the group."),
    "bad_loan_request": t("The group does not lend this amount for so long. Try another."),
    "bad_order": t("Name each member once for each hand, 9 hands at most."),
    "bad_periods": t("The loan cannot have these terms today. Try others, or try tomorrow."),
    "bad_rates": t("Rates and tax are from 0 to 100 percent."),
    "cash_was_used": t("What was put in has been used since. It cannot be cancelled."),
    "code_expired": t("This code is too old, or was wrong too often. Please start again."),
    "count_differs": Filled(
        lambda cash, social, currency: joined(" ", _differences(Money(cash, currency), Money(social, currency))),
        {"cash": -_MOST, "social": -_MOST, "currency": _CURRENCY},
        {"cash": _MOST, "social": _MOST, "currency": _CURRENCY},
    ),
    "credit_was_used": t("What was paid beyond the loan is used already. It cannot be cancelled."),
    "cycle_is_over": t("This was in a cycle that is over. It stays as it is."),
    "dividend_too_high": Filled(
        lambda gross, most, currency: t(
            "The dividend comes to {gross}, and the surplus is {most}. Declare a lower one.",
            gross=Money(gross, currency),
            most=Money(most, currency),
        ),
        {"gross": _MOST, "most": _MOST, "currency": _CURRENCY},
    ),
    "fine_too_high": Filled(
        lambda most, currency: (
            t("At most {amount} can be fined so today.", amount=Money(most, currency))
            if most
            else t("No more can be fined so today, only what the rules list.")
        ),
        {"most": _MOST, "currency": _CURRENCY},
        {"most": 0, "currency": _CURRENCY},
    ),
    "fines_changed": Filled(
        lambda fines, currency: t(
            "The fines have changed since: {fines} in all now. Close the meeting again.",
            fines=Money(fines, currency),
        ),
        {"fines": _MOST, "currency": _CURRENCY},
    ),
    "fine_not_due": t("This fine is paid, waived, or a payment of it is on its way."),
    "frozen": Filled(
        lambda name="": (
            t("The account of {name} is frozen: no money moves. An officer can open it again.", name=name)
            if name
            else t("This account is frozen: no money moves. An officer can open it again.")
        ),
        {"name": _NAME},
        {},
    ),
    "cycle_is_open": t("Members have paid this price already. Change it after this cycle."),
    "fine_open": Filled(
        lambda amount, currency: t("Fines of {amount} have to be paid first.", amount=Money(amount, currency)),
        {"amount": _MOST, "currency": _CURRENCY},
    ),
    "group_full": Filled(
        lambda group="", most=0: (
            t("{group} is full: its rules allow {most} members.", group=group, most=most)
            if group
            else t("This group is full: its rules allow no more members.")
        ),
        {"group": _NAME, "most": 9_999},
        {},
    ),
    "group_is_closing": Filled(
        lambda group="": (
            t("{group} is sharing out now. Wait for the next cycle.", group=group)
            if group
            else t("The group is sharing out now. Wait for the next cycle.")
        ),
        {"group": _NAME},
        {},
    ),
    "in_default": Filled(in_default, {"ref": "LWWWWWW", "days": 9_999}, {"ref": "LWWWWWW", "days": 1}),
    "insufficient_funds": Filled(
        lambda account, short, there=0, currency="": (
            _too_little(account, Money(there, currency), Money(there + short, currency))
            if currency
            else t("There is not enough money for that in the group's cash or mobile money.")
        ),
        *(
            {"account": account, "short": MINOR_MAX - 1, "there": there, "currency": _CURRENCY}
            for account in _PURSES
            for there in (1, 0)
        ),
        {"account": Account.CASH_BOX, "short": 1},
    ),
    "not_so_much_credit": Filled(
        lambda most, currency: t("Your credit is {amount}.", amount=Money(most, currency)),
        {"most": _MOST, "currency": _CURRENCY},
    ),
    "more_than_there": Filled(
        lambda most, currency: t("At most {most}.", most=Money(most, currency)),
        {"most": _MOST, "currency": _CURRENCY},
    ),
    "invalid_amount": t("Please type the amount in digits only."),
    "ambiguous_amount": Filled(
        lambda one, other, currency: t(
            "{one} or {other}? Please type it in digits only.",
            one=Money(one, currency),
            other=Money(other, currency),
        ),
        {"one": _MOST, "other": _MOST, "currency": _CURRENCY},
    ),
    "other_currency": Filled(
        lambda currency, other: t(
            "The group counts in {currency}, not in {other}. Please type the amount in digits only.",
            currency=currency,
            other=other,
        ),
        {"currency": _CURRENCY, "other": "SHILLING"},
    ),
    "invitation_expired": t("This invitation is no longer good. Ask an officer for a new one."),
    "invitation_not_yours": t("This invitation is for another phone number."),
    "invitation_used": t("This invitation was used already. Ask an officer for a new one."),
    "keeps_too_much": Filled(
        lambda most, currency: t("At most {amount} can be kept.", amount=Money(most, currency)),
        {"most": _MOST, "currency": _CURRENCY},
    ),
    "last_officer": Filled(
        lambda group="": (
            t("{group} would have no officer. Choose another first, under Officers.", group=group)
            if group
            else t("The group would have no officer. Another one has to be chosen first.")
        ),
        {"group": _NAME},
        {},
    ),
    "line_not_due": t("This part is paid already, or on its way."),
    "loan_no_longer_holds": Filled(
        lambda rule, most, currency, count: _NO_LONGER[rule](Money(most, currency), count),
        *(
            {"rule": rule, "most": _MOST, "currency": _CURRENCY, "count": count}
            for rule in ("active", "overdue", "savings", "fund", "maximum")
            for count in (99, 1)
        ),
    ),
    "loan_open": Filled(
        lambda group="", ref="", left=0, currency="": (
            t("There is a loan asked for or not paid back. Clear it first.")
            if not ref
            else t(
                "{amount} of loan {ref} in {group} is not paid back. Clear it first.",
                amount=Money(left, currency),
                ref=ref,
                group=group,
            )
            if left
            else t("Loan {ref} in {group} is asked for. Cancel it first.", ref=ref, group=group)
        ),
        {},
        *({"group": _NAME, "ref": "LWWWWWW", "left": left, "currency": _CURRENCY} for left in (0, _MOST)),
    ),
    "money_on_its_way": Filled(
        lambda group="", ref="": (
            t("Payment {ref} in {group} is on its way. Try again when it has arrived.", ref=ref, group=group)
            if ref
            else t("Mobile money of {group} is on its way. Try again when it has arrived.", group=group)
            if group
            else t("Mobile money is still on its way. Try again when it has arrived.")
        ),
        {"group": _NAME, "ref": "PWWWWWW"},
        {"group": _NAME},
        {},
    ),
    "meeting_is_open": Filled(
        lambda group="": (
            t("{group} has a meeting open. Close it first, under Meeting.", group=group)
            if group
            else t("A meeting is open already. Close it first.")
        ),
        {"group": _NAME},
        {},
    ),
    "meeting_was_held": Filled(
        lambda group="", day="": (
            t(
                "{group} has held and closed its meeting of today. The next is on {day}.",
                group=group,
                day=date.fromisoformat(day),
            )
            if day
            else t("The meeting of today is closed. The next is on another day.")
        ),
        {"group": _NAME, "day": "2026-09-28"},
        {},
    ),
    "more_than_due": Filled(
        lambda most, currency: (
            t("At most {amount} of it is due on this loan.", amount=Money(most, currency))
            if most
            else t("Nothing of it is due on this loan.")
        ),
        {"most": _MOST, "currency": _CURRENCY},
        {"most": 0, "currency": _CURRENCY},
    ),
    "more_than_owed": Filled(
        lambda most, currency: (
            t("At most {amount} can be paid on this loan now.", amount=Money(most, currency))
            if most
            else t("All of it is already being paid.")
        ),
        {"most": _MOST, "currency": _CURRENCY},
        {"most": 0, "currency": _CURRENCY},
    ),
    "no_loans": Filled(
        lambda group="": (
            t("{group} does not lend. Its members change that under Our rules.", group=group)
            if group
            else t("This group does not lend.")
        ),
        {"group": _NAME},
        {},
    ),
    "no_meeting": Filled(
        lambda group="": (
            t("{group} has no meeting open. An officer opens one, under Meeting.", group=group)
            if group
            else t("No meeting is open.")
        ),
        {"group": _NAME},
        {},
    ),
    "no_phone": t("This is done by phone, and the member has none. An officer can add a number for them."),
    "no_shares": Filled(
        lambda group="": (
            t("{group} saves without shares: there is no share-out.", group=group)
            if group
            else t("This group has no shares to be shared out.")
        ),
        {"group": _NAME},
        {},
    ),
    "no_rotation": Filled(
        lambda group="": (
            t("{group} has no order of its rotation yet. An officer sets it, under Rotation.", group=group)
            if group
            else t("The order of the rotation is not set yet. An officer sets it.")
        ),
        {"group": _NAME},
        {},
    ),
    "no_such_fine": t("The rules of the group have no fine for this."),
    "no_such_group": t("No group has this code. Ask your secretary for it, then try again."),
    "no_such_receipt": t("This group has given out no receipt with this code and this amount."),
    "no_such_period": t("The last day is before the first. Choose Full statement again."),
    "no_such_member": t("This number belongs to nobody here."),
    "not_a_meeting_day": Filled(
        lambda day: t(
            "The next meeting is on {day}. Open an extraordinary one today.", day=date.fromisoformat(day)
        ),
        {"day": "2026-09-28"},
    ),
    "not_allowed": Filled(
        lambda why="changed", group="", name="": _not_allowed(why, group, name),
        *({"why": why, "group": _NAME, "name": _NAME} for why in _NOT_ALLOWED),
        {"why": "changed"},
    ),
    "not_eligible": Filled(
        lambda most, currency: t(
            "The rules do not allow this loan. The limit is {amount}. Look at it again.",
            amount=Money(most, currency),
        ),
        {"most": _MOST, "currency": _CURRENCY},
    ),
    "not_in_default": Filled(
        lambda days, needed: nt(
            "It is {count} day late. Savings are taken for a loan after {needed} days.",
            "It is {count} days late. Savings are taken for a loan after {needed} days.",
            days,
            needed=needed,
        ),
        {"days": 89, "needed": 90},
        {"days": 1, "needed": 90},
    ),
    "not_at_meeting": t("This member is not at this meeting, and can use the credit on a phone."),
    "not_collected": t("Mobile money cannot take money from your number. Please pay at the meeting."),
    "not_payable": t("Mobile money cannot pay out in this currency. It has to be cash."),
    "not_so_much": Filled(
        lambda most, currency, pledged=0, own=0: joined(
            " ",
            [
                t("At most {amount} can be taken out.", amount=Money(most, currency)),
                *held_for_loans(Money(pledged, currency), Money(own, currency)),
            ],
        ),
        {"most": _MOST, "currency": _CURRENCY, "pledged": _MOST, "own": _MOST},
        {"most": _MOST, "currency": _CURRENCY},
    ),
    "not_in_coins": Filled(
        lambda below, above, currency: (
            t(
                "The coins of the group do not make this amount. Take {below} or {above}.",
                below=Money(below, currency),
                above=Money(above, currency),
            )
            if below
            else t("The smallest amount is {amount}.", amount=Money(above, currency))
        ),
        {"below": _MOST, "above": _MOST, "currency": _CURRENCY},
        {"below": 0, "above": 25, "currency": _CURRENCY},
    ),
    "not_reversible": Filled(lambda why="": _WHY_IT_STAYS[why], *({"why": why} for why in _WHY_IT_STAYS)),
    "moved_by_provider": t(
        "Mobile money that was paid is not cancelled. Under Cash records it can become the member's credit."
    ),
    "not_served": t("We send no texts to this number. Use a mobile number of a country that we serve."),
    "not_shared_out": Filled(
        lambda group="": (
            t("{group} begins a new cycle when its share-out is decided and paid.", group=group)
            if group
            else t("The cycle goes on until its share-out is decided and paid.")
        ),
        {"group": _NAME},
        {},
    ),
    "nothing_owed": t("Nothing is owed on this loan."),
    "nothing_in_pot": t("Nothing is in the pot of this round that can be paid now."),
    "nothing_differs": t("The count agrees with the books. Nothing to record."),
    "office_taken": t("This office is taken. Its holder can hand it over."),
    "nothing_to_share": Filled(
        lambda group="": (
            t("{group} has nothing to share out: no money, or no shares.", group=group)
            if group
            else t("There is nothing to share out.")
        ),
        {"group": _NAME},
        {},
    ),
    "order_changed": t("Members or hands have changed since. Ask for the order again."),
    "order_fixed": t("The rotation has begun: its order stays until every round is paid."),
    "parts_left": Filled(
        lambda count: nt(
            "{count} member is still to get a part.", "{count} members are still to get a part.", count
        ),
        {"count": 450},
        {"count": 1},
    ),
    "member_held": Filled(
        lambda hours: nt(
            "What was decided about this member is new. For safety no money leaves for {count} more hour.",
            "What was decided about this member is new. For safety no money leaves for {count} more hours.",
            hours,
        ),
        {"hours": 24},
        {"hours": 1},
    ),
    "payee_held": Filled(
        lambda hours, what="phone": (
            nt(
                "Their PIN is new. For safety no money is sent to them for {count} more hour.",
                "Their PIN is new. For safety no money is sent to them for {count} more hours.",
                hours,
            )
            if what == "pin"
            else nt(
                "This number is new. For safety nothing is sent to it for {count} more hour.",
                "This number is new. For safety nothing is sent to it for {count} more hours.",
                hours,
            )
        ),
        *({"hours": hours, "what": what} for what in ("phone", "pin") for hours in (24, 1)),
    ),
    "payout_cap": Filled(
        lambda left, currency: t(
            "The group can send {amount} more today. Try a smaller amount, or tomorrow.",
            amount=Money(left, currency),
        ),
        {"left": _MOST, "currency": _CURRENCY},
    ),
    "plan_changed": t("Money came in or went out since this plan. An officer must redo it."),
    "proposal_changed": t("This request was changed a moment ago. Please look at it again."),
    "pin_locked": Filled(
        lambda minutes: nt(
            "Too many wrong PINs. Try again in {count} minute. Forgot it? Ask an officer of your group.",
            "Too many wrong PINs. Try again in {count} minutes. Forgot it? Ask an officer of your group.",
            minutes,
        ),
        {"minutes": 1_440},
        {"minutes": 1},
    ),
    "pins_differ": t("The two PINs differ. Type it again, or 0 to choose another."),
    "rotation_open": Filled(
        lambda group="": (
            t("{group} has a rotation that is not over. Wait until all is paid out.", group=group)
            if group
            else t("The rotation is not over: not all that was put in was paid out.")
        ),
        {"group": _NAME},
        {},
    ),
    "round_paid": t("This round is paid, or its meeting has not come yet."),
    "savings_too_low": Filled(
        lambda free, currency, pledged=0, own=0: joined(
            " ",
            [
                t("Too much. Only {amount} can be used.", amount=Money(free, currency)),
                *held_for_loans(Money(pledged, currency), Money(own, currency)),
            ],
        ),
        {"free": _MOST, "currency": _CURRENCY, "pledged": _MOST, "own": _MOST},
        {"free": _MOST, "currency": _CURRENCY},
    ),
    "savings_stand_for_loan": Filled(
        lambda name, ref: t(
            "These savings guarantee loan {ref} of {name}. They stay until it is paid back.", name=name, ref=ref
        ),
        {"name": _NAME, "ref": "LWWWWWW"},
    ),
    "settlement_paid": t("The money is paid out already. This member can join the group again, with its code."),
    "stands_for_loan": t("These savings guarantee another member's loan, until it is paid back."),
    "too_few_members": Filled(
        lambda needed, there: nt(
            "{count} member not involved must agree, but only {there} can. Invite more.",
            "{count} members not involved must agree, but only {there} can. Invite more.",
            needed,
            there=there,
        ),
        {"needed": 2, "there": 1},
    ),
    "too_few_officers": Filled(
        lambda needed, there: nt(
            "{count} officer not involved must agree, but only {there} can. Name more under Officers.",
            "{count} officers not involved must agree, but only {there} can. Name more under Officers.",
            needed,
            there=there,
        ),
        {"needed": 2, "there": 1},
    ),
    "too_late_for_slip": Filled(
        lambda minutes: nt(
            "After {count} minute another officer has to cancel it, under Cash records.",
            "After {count} minutes another officer has to cancel it, under Cash records.",
            minutes,
        ),
        {"minutes": 15},
        {"minutes": 1},
    ),
    "too_late_to_contest": Filled(
        lambda days: t("This is older than {days} days. Ask an officer.", days=days), {"days": 14}
    ),
    "too_many_closed": Filled(
        lambda minutes: nt(
            "Too many accounts left their number just now. Try again in {count} minute.",
            "Too many accounts left their number just now. Try again in {count} minutes.",
            minutes,
        ),
        {"minutes": 1_440},
    ),
    "too_many_codes": Filled(
        lambda minutes: nt(
            "We sent enough codes for now. The next one can go in {count} minute.",
            "We sent enough codes for now. The next one can go in {count} minutes.",
            minutes,
        ),
        {"minutes": 1_440},
        {"minutes": 1},
    ),
    "phone_full": Filled(
        lambda most: t("{most} people have this phone already, and no more can.", most=most), {"most": SEATS_MAX}
    ),
    "too_many_invitations": Filled(
        lambda most: t("You sent {most} invitations today. Please go on tomorrow.", most=most), {"most": 20}
    ),
    "too_many_newcomers": Filled(
        lambda minutes, dial: nt(
            "No more people can register in chats now. Dial {dial}, or try again in {count} minute.",
            "No more people can register in chats now. Dial {dial}, or try again in {count} minutes.",
            minutes,
            dial=dial,
        ),
        {"minutes": 1_440, "dial": "*384*10000#"},
        {"minutes": 1, "dial": "*384*10000#"},
    ),
    "too_many_payments": Filled(
        lambda most: t("That is {most} payments in an hour. Please wait a little.", most=most), {"most": 6}
    ),
    "too_many_texts": Filled(
        lambda minutes: nt(
            "We cannot send it just now. Please try again in {count} minute.",
            "We cannot send it just now. Please try again in {count} minutes.",
            minutes,
        ),
        {"minutes": 1_440},
        {"minutes": 1},
    ),
    "too_many_tries": Filled(
        lambda minutes: nt(
            "Too many codes were tried. Try again in {count} minute.",
            "Too many codes were tried. Try again in {count} minutes.",
            minutes,
        ),
        {"minutes": 60},
        {"minutes": 1},
    ),
    "too_much": Filled(
        lambda most, currency: (
            t("You can put in at most {amount} for this meeting.", amount=Money(most, currency))
            if most
            else t("You have put in all you can for this meeting. Well done!")
        ),
        {"most": _MOST, "currency": _CURRENCY},
        {"most": 0, "currency": _CURRENCY},
    ),
    "turn_changed": t("It is another member's turn now. Please look at it again."),
    "vote_held": Filled(vote_held, {"hours": 24}, {"hours": 1}),
    "weak_pin": t("Too easy to guess. Choose another PIN."),
    "wrong_code": Filled(
        lambda left: nt("Wrong code. {count} try left.", "Wrong code. {count} tries left.", left),
        {"left": 4},
        {"left": 1},
    ),
    "year_declared": t("The dividend of this year was decided on already."),
    "year_not_over": t("This year is not over, or the group had not started yet."),
    "wrong_pin": Filled(
        lambda left: nt(
            "Wrong PIN. {count} try left. Forgot it? Ask an officer of your group.",
            "Wrong PIN. {count} tries left. Forgot it? Ask an officer of your group.",
            left,
        ),
        {"left": 2},
        {"left": 1},
    ),
}


def _came_before(at: datetime, amount: Money, ref: str, by: str, *, waits: bool) -> Text:
    """How and when the same money came, or was asked for."""
    when = {"amount": amount, "day": at.date(), "time": f"{at:%H:%M}"}
    if by:
        return t("{amount} was written down on {day} at {time} by {officer}.", officer=by, **when)
    if waits:
        return t(
            "{amount} by mobile money, asked on {day} at {time}, is waiting for approval. Ref {ref}.",
            ref=ref,
            **when,
        )
    return t("{amount} came by mobile money on {day} at {time}. Ref {ref}.", ref=ref, **when)


def _not_allowed(why: str, group: str, name: str) -> Text:
    """Why somebody may not do something; without the group's name where it is not of a group."""
    if not group:
        return t("This has changed since you saw it. Look at it again.")
    return _NOT_ALLOWED[why](group, name)


def _too_little(account: str, there: Money, needed: Money) -> Text:
    """What there is and what is needed; and the other ways there are, where it is the group's own."""
    said = _PURSES[account](there, needed)
    if account in (Account.CASH_BOX, Account.WALLET, Account.BANK):
        return joined(" ", [said, t("Pay another way, or move money in Our book.")])
    return said


def _differences(cash: Money, social: Money) -> Iterator[Text]:
    """By how much the boxes are not what the books say."""
    if cash.minor < 0:
        yield t("The cash box has {amount} less than the books.", amount=-cash)
    if cash.minor > 0:
        yield t("The cash box has {amount} more than the books.", amount=cash)
    if social.minor < 0:
        yield t("The social fund has {amount} less than the books.", amount=-social)
    if social.minor > 0:
        yield t("The social fund has {amount} more than the books.", amount=social)


def refusal(error: DomainError) -> Text:
    """The sentence for a refusal, its details filled in. Raises KeyError for a code without one."""
    sentence = _SENTENCES[error.code]
    return sentence if isinstance(sentence, Text) else sentence.say(**error.details)


def samples_of(kind: type[DomainError]) -> list[DomainError]:
    """Refusals of a kind, one for each sample of its sentence. Raises KeyError for a code without one."""
    sentence = _SENTENCES[kind.code]
    return [kind()] if isinstance(sentence, Text) else [kind(**details) for details in sentence.samples]


def every_refusal() -> list[DomainError]:
    """Each that has a sentence here, once for each sample of it."""
    kinds = [kind for code, kind in DomainError.codes.items() if code in _SENTENCES]
    return [error for kind in kinds for error in samples_of(kind)]
