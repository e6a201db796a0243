"""
What our accounts with providers hold: asked each hour, and kept as a run, with the moment that it is of.

One provider says it at once, another by calling us. What all groups together should have with the provider is kept
beside it: of the same moment, so that both can be compared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final

from bot.app import App
from domain.money import Money, from_major
from domain.mongo.store import MongoStore
from domain.records.run import Run
from domain.store import Duplicate, Store
from domain.treasury.wallets import held_by_providers
from payments.port import Held, ProviderError

_KIND: Final = "balance"
# In the details of a run, before the name of an account there, before a currency in the books, and before one of
# several answers; why a provider did not say all of it.
_THERE, _BOOKS, _PART, _PROBLEM = "there ", "books ", "part ", "problem"
_NAME_MAX: Final = 60
# So many runs are looked through for the last of each provider.
_LATEST_RUNS: Final = 100


@dataclass(frozen=True)
class Balance:
    """What a provider said `at` a moment, by account, and what groups had with it by their books, by currency."""

    rail: str
    at: datetime
    accounts: Mapping[str, Money] = field(default_factory=dict)
    books: Mapping[str, Money] = field(default_factory=dict)


def balances_due(store: MongoStore, _most: int) -> list[str]:
    """The ids of this hour's questions that nobody has asked."""
    wanted = [f"{_KIND}:{rail}:{store.now():%Y-%m-%dT%H}" for rail in _balanced(store)]
    begun = {run.id for run in store.runs.among(wanted)}
    return [id for id in wanted if id not in begun]


def ask_balances(app: App, id: str) -> None:
    """Ask one provider, once by this id. Why it did not say is kept too: the next hour asks again."""
    try:
        app.store.runs.insert(Run(id, _KIND, app.store.now()))
    except Duplicate:
        return
    _, rail, _ = id.split(":", 2)
    accounts, problem = dict[str, Money](), ""
    for each in app.balances:
        if each.name == rail:
            try:
                accounts |= each.balances() or {}
            except ProviderError as error:
                problem = str(error)[:200]
    if accounts:
        _keep(app.store, id, Held(rail, accounts), problem)
    elif problem:
        app.store.runs.change(id, ended_at=app.store.now(), ok=False, details={_PROBLEM: problem})


def ask_all(app: App) -> tuple[list[str], dict[str, str]]:
    """
    Ask every provider that says it, now. Those that have heard the question and answer by calling us; and why
    others did not say all of it, by provider.
    """
    asked = {f"{_KIND}:{rail}:{app.store.now():%Y-%m-%dT%H:%M:%S.%f}": rail for rail in _balanced(app.store)}
    for id in asked:
        ask_balances(app, id)
    runs = app.store.runs.among([*asked])
    later = [asked[run.id] for run in runs if run.ended_at is None]
    return later, {asked[run.id]: run.details[_PROBLEM] for run in runs if _PROBLEM in run.details}


def take_balance(store: MongoStore, held: Held) -> None:
    """What was answered by calling us, of the question that was asked last, where it is open."""
    asked = store.runs.find(kind=_KIND, sort="-began_at", limit=_LATEST_RUNS)
    last = next((run for run in asked if _rail(run) == held.rail), None)
    if last is None or last.ok is not None:
        return
    if held.parts > 1:
        whole = store.transaction(partial(_with_part, id=last.id, held=held))
        if whole is None:
            return
        held = whole
    _keep(store, last.id, held)


def _with_part(tx: Store, id: str, held: Held) -> Held | None:
    """One of several answers to a question, beside those that have come before; None while one is missing."""
    known = dict(tx.runs.get(id).details)
    known |= {f"{_THERE}{_named(name)}": _written(amount) for name, amount in held.accounts.items()}
    known[f"{_PART}{held.part}"] = (held.at or tx.now()).isoformat()
    run = tx.runs.change(id, when={"ok": None}, details=known)
    moments = [datetime.fromisoformat(at) for name, at in known.items() if name.startswith(_PART)]
    if run is None or len(moments) < held.parts:
        return None
    return replace(held, accounts=dict(_read(run, _THERE)), at=min(moments))


def last_balances(store: MongoStore) -> list[Balance]:
    """What each provider said last, by its name."""
    last: dict[str, Run] = {}
    for run in store.runs.find(kind=_KIND, ok=True, sort="-ended_at", limit=_LATEST_RUNS):
        last.setdefault(_rail(run), run)
    return [
        Balance(rail, run.ended_at, dict(_read(run, _THERE)), dict(_read(run, _BOOKS)))
        for rail, run in sorted(last.items())
        if run.ended_at
    ]


def _keep(store: MongoStore, id: str, held: Held, problem: str = "") -> None:
    said = {f"{_THERE}{_named(name)}": amount for name, amount in held.accounts.items()}
    # Beside a part of what is there the books would show that money is missing.
    if held.is_all and not problem:
        ours = (each for each in held_by_providers(store) if each.provider == held.rail)
        said |= {f"{_BOOKS}{each.currency}": each.total for each in ours}
    details = {name: _written(amount) for name, amount in said.items()}
    details |= {_PROBLEM: problem} if problem else {}
    # A clock there that is ahead of ours would keep this the last one for as long.
    at = min(held.at or store.now(), store.now())
    store.runs.change(id, when={"ok": None}, ended_at=at, ok=True, details=details)


def _written(amount: Money) -> str:
    return f"{amount.currency} {amount.major}"


def _named(account: str) -> str:
    """An account's name as a key in MongoDB."""
    return "".join(each if each.isprintable() and each not in ".$" else " " for each in account)[:_NAME_MAX]


def _read(run: Run, kind: str) -> Iterator[tuple[str, Money]]:
    for name, text in run.details.items():
        if name.startswith(kind):
            currency, major = text.split()
            yield name.removeprefix(kind), from_major(major, currency)


def _balanced(store: MongoStore) -> list[str]:
    return [*dict.fromkeys(each.name for each in store.providers if each.balanced)]


def _rail(run: Run) -> str:
    return run.id.split(":")[1]
