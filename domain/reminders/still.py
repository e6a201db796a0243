"""Whether a reminder that waits to be sent still says what is so: looked at just before it goes."""

from domain.records.notice import Notice
from domain.reminders.due import due_today
from domain.reminders.write import written
from domain.store import Store


def still_owes(store: Store, notice: Notice) -> bool:
    """
    Whether all that a reminder names is still to be done, with the same amounts, by somebody who wants to hear of
    it and was not asked for a payment meanwhile. Of any other message: yes.
    """
    if notice.kind != "reminder":
        return True
    now = store.now()
    again = written(store, due_today(store, [notice.person], now), now)
    return any(each.id == notice.id and each.values == notice.values for each in again)
