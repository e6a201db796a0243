"""
The rule book: every module that registers something when it is imported, in one list.

The handler of a command (`@handles`), what a purpose is to the books (`@takes`, `@settles`, `@fails`,
`@undoes`), what unasked money is for (`@means`) and what follows a decision (`@concludes`, `@refuses`) stand in
the room of their subject, and a process knows those it has imported. Whoever builds one imports this and has them
all; a module that registers and is not here fails a test.
"""

# ruff: noqa: F401

import domain.board.by_hand  # for what it refuses: it registers nothing; and so the next two
import domain.board.differences
import domain.moving_in.files
from domain.access import from_phone
from domain.broadcasts import operator, owed, send
from domain.decisions import voting
from domain.groups import (
    enroll,
    found,
    invite,
    join,
    leave,
    officers,
    own_money,
    register,
    rules,
    suspend,
    wrongly_dead,
)
from domain.letters import keep_order, read, write
from domain.loans import borrow, guarantors, pay_out, prepare, recover, repay, unasked, use_credit
from domain.meetings import cash_book, cash_round, count, from_credit, meant_otherwise, meeting
from domain.moving_in import arrive
from domain.papers import order
from domain.people import (
    changed_hands,
    chats,
    consents,
    email,
    forgotten_pin,
    freeze,
    new_phone,
    pins,
    profile,
    shared_phone,
)
from domain.referrals import code as referral_code
from domain.reminders import still, switches
from domain.rotation import rounds, set_up
from domain.sacco import dividend, share_capital
from domain.savings import contribute, fines, pay_social, social_fund, withdraw
from domain.savings import unasked as savings_unasked
from domain.share_out import agree, next_cycle, pay
from domain.treasury import networks
