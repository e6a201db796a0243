"""Whether a reminder that waits to be sent still says what is so: looked at just before it goes."""

from domain.records.notice import Notice
from domain.reminders.due import due_today
from domain.reminders.write import STILL_DUE, written
from domain.store import Store
from domain.wanted import still_owed


@still_owed(STILL_DUE)
def still_owes(store: Store, notice: Notice, _which: str) -> bool:
    """
    Whether all that a reminder names is still to be done, with the same amounts, by somebody who wants to hear of
    it and was not asked for a payment meanwhile.
    """
    now = store.now()
    again = written(store, due_today(store, [notice.person], now), now)
    return any(each.id == notice.id and each.values == notice.values for each in again)
