"""
When providers' lists are compared with the books: each hour the last hours of those that list what they moved, and
each night the day before of all.

An hour's run finds what no callback told. A night's run goes both ways, and has the fees of the day.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.app import App
from bot.logs import log
from bot.tries import begun
from domain.mongo.store import MongoStore
from domain.records.stuck import stuck_id
from payments.port import Lister, NoLongerListed, Rail
from payments.reconcile import (
    LIST_IS_BEHIND,
    Compared,
    ask_again,
    compare_list,
    compare_ours,
    compare_unasked,
    end_what_never_was,
    note_fees,
)

# In UTC: it is night where most groups are, and the lists of the day before are whole.
BEGINS_AT_HOUR: Final = 3
# A list is asked for from so long before what was looked at last, and no provider lists more than two days.
OVERLAP: Final = timedelta(hours=2)
LISTED_AT_MOST: Final = timedelta(hours=47)
# A worker has other things to do: after so long it is asked again for the rest.
SPELL_SECONDS: Final = 20.0
# A night whose list did not come is tried again for so many days.
NIGHTS_BACK: Final = 7
_KIND: Final = "reconcile"
_LATEST_RUNS: Final = 100
# How a run says what it had of the provider's list: all, or nothing, now and later.
_LISTED: Final = "list"
_WHOLE: Final = "whole"
_TOO_LATE: Final = "too late"


def reconciliation_due(store: MongoStore, _most: int) -> list[str]:
    """The ids of the runs of this hour and this night, and of nights before that have begun and not ended."""
    now, begun = store.now(), list[str]()
    wanted = [_of_hour(rail, now) for rail in dict.fromkeys(_listing(store))]
    if now.hour >= BEGINS_AT_HOUR:
        night, *before = (now.date() - timedelta(days=back) for back in range(1, NIGHTS_BACK + 1))
        rails = dict.fromkeys(each.name for each in store.providers)
        wanted += [f"{_KIND}:{rail}:{night}" for rail in rails]
        begun = [f"{_KIND}:{rail}:{day}" for rail in rails for day in before]
    runs = {run.id: run.ended_at for run in store.runs.among([*wanted, *begun])}
    return [id for id in wanted if not runs.get(id)] + [id for id in begun if id in runs and not runs[id]]


def _of_hour(rail: str, at: datetime) -> str:
    return f"{_KIND}:{rail}:{at:%Y-%m-%dT%H}"


def _listing(store: MongoStore) -> Sequence[str]:
    return [each.name for each in store.providers if each.lists]


def reconcile_some(app: App, id: str) -> None:
    """
    Take a run a step further; after the last it has ended. Raises ProviderError when the provider does not list
    now: what it did list is done. A day that it will never list again is compared with its statement, by people.
    """
    run = begun(app.store, id, _KIND)
    if run.ended_at:
        return
    _, rail, of = id.split(":", 2)
    done, lister = Compared.read(run.details), app.listers.get(rail)
    listed = run.details.get(_LISTED, _WHOLE)
    if _LISTED not in run.details:
        if "T" in of and lister is not None:
            since, until = _since(app.store, rail), app.store.now()
            compare_list(app.store, lister, since, until, done)
            if collector := app.collectors.get(rail):
                done.ended += end_what_never_was(app.store, collector, since, until)
        elif lister is not None:
            try:
                list_day(app.store, lister, datetime.fromisoformat(of).replace(tzinfo=UTC), done)
            except NoLongerListed as gone:
                listed = _TOO_LATE
                log().error("a day was on no list: have its statement compared", rail=rail, day=of, why=str(gone))
    is_over = "T" in of or not ask_about_ours(app, rail, lister, done, seconds=SPELL_SECONDS)
    ended: dict[str, Any] = {"ended_at": app.store.now(), "ok": listed == _WHOLE} if is_over else {}
    app.store.runs.change(id, details=done.said | {_LISTED: listed}, **ended)
    if "T" in of:
        _forget_hours_before(app.store, rail, id)


def list_day(store: MongoStore, lister: Lister, day: datetime, done: Compared) -> None:
    """Compare the list of the day that begins at `day` with what we have of it, and note its fees."""
    end = day + timedelta(days=1)
    compare_list(store, lister, day, end, done)
    if "in" in lister.lists:
        compare_unasked(store, lister.name, day, end, done)
    note_fees(store, lister.name, day.date(), done)


def ask_about_ours(app: App, rail: str, lister: Lister | None, done: Compared, *, seconds: float) -> bool:
    """Go the other way, for so long; whether there is more."""
    rails: list[Rail] = [each for each in (app.collectors.get(rail), app.payers.get(rail)) if each]
    ask_again(app.store, rails, done)
    ends_at, until = time.monotonic() + seconds, app.store.now() - LIST_IS_BEHIND
    while compare_ours(app.store, rails, lister.lists if lister else (), until, done):
        if time.monotonic() > ends_at:
            return True
    return False


def _forget_hours_before(store: MongoStore, rail: str, id: str) -> None:
    """Hours that failed were in the list of this one: there is nothing left to do in them."""
    now = store.now()
    hours = (now - timedelta(hours=back) for back in range(24 * NIGHTS_BACK))
    before = [_of_hour(rail, hour) for hour in hours]
    for subject in store.stuck.of(_KIND, [each for each in before if each < id]):
        store.stuck.forget(stuck_id(_KIND, subject))


def _since(store: MongoStore, rail: str) -> datetime:
    """From when on the list of this hour is wanted: what was looked at last, and some more."""
    earliest = store.now() - LISTED_AT_MOST
    of_rail = (
        run.began_at
        for run in store.runs.find(kind=_KIND, ok=True, sort="-began_at", limit=_LATEST_RUNS)
        if run.id.startswith(f"{_KIND}:{rail}:") and "T" in run.id
    )
    return max(next(of_rail, earliest) - OVERLAP, earliest)
