"""Whether what a broadcast reminds of is still owed when its message is about to go."""

from domain.broadcasts.audience import late_since
from domain.meetings.who_paid import owed_for_meeting
from domain.records.notice import Notice
from domain.records.person import membership_id
from domain.store import Store
from domain.wanted import still_owed


@still_owed("cast_due")
def part_still_due(store: Store, notice: Notice, _meeting: str) -> bool:
    """Something is due for the meeting that comes, and nothing is on its way."""
    group = store.groups.get(notice.group)
    member = store.memberships.get(membership_id(notice.group, notice.person))
    paying = any(each.direction == "in" for each in store.payments.open_of(notice.person))
    return not paying and bool(owed_for_meeting(store, group, [member])[notice.person])


@still_owed("cast_late")
def loan_still_late(store: Store, notice: Notice, _which: str) -> bool:
    group = store.groups.get(notice.group)
    member = store.memberships.get(membership_id(notice.group, notice.person))
    return bool(late_since(store, group, [member]))
