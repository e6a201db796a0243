"""Which steps a run has: drawn from a seed alone, and not from what happens."""

import random
from typing import Any, Final

from tests.faults.country import GATEWAYS, GROUPS, PEOPLE
from tests.faults.play import Step

_SHARES: Final = (0.1, 0.4, 1, 1.1, 2.1, 6)
# How many faults of a provider are met by a payment right away.
_MET: Final = 0.6
# How many of a provider's faults are an answer that is lost, which is what money is lost or doubled by.
_LOST: Final = 0.5
_DENIALS: Final = ("status_404_on_query", "unknown_on_status")
# Products that are named otherwise than their rail; those that pay members; rails that have one for both ways.
_RAIL_OF: Final = {"disbursements": "momo", "disbursements_africa": "momo", "daraja_payouts": "daraja"}
_PAYS_OUT: Final = ("disbursements", "daraja_payouts")
_BOTH_WAYS: Final = ("airtel", "pawapay")
_SECONDS: Final = (5, 5, 5, 10, 10, 20, 61, 61, 700, 3_700, 90_000)
_ONCE: Final = {
    "momo": (
        *("drop_after_accept", "status_503_before_accept", "status_500_after_accept", "status_503_on_query"),
        *("status_404_on_query", "callback_twice", "callback_before_settled", "no_callback", "never_settles"),
        *("login_failed", "callbacks_reordered"),
    ),
    "airtel": (
        *("drop_after_accept", "status_503_before_accept", "status_500_after_accept", "status_408_after_accept"),
        *("status_503_on_query", "status_404_on_query", "status_ambiguous", "callback_twice"),
        *("callback_before_settled", "no_callback", "never_settles", "login_failed", "key_changed"),
    ),
    "daraja": (
        *("drop_after_accept", "status_503_before_accept", "status_500_after_accept", "callback_before_answer"),
        *("callback_twice", "no_callback", "never_settles", "in_flight", "error_on_query", "validation_timeout"),
        *("bad_token", "spike_arrest", "login_failed"),
    ),
    "daraja_payouts": (
        *("drop_after_accept", "status_503_before_accept", "status_500_after_accept", "duplicate_after_accept"),
        *("callback_twice", "no_callback", "never_settles", "second_result", "timeout_callback"),
        *("no_answer_to_status", "unknown_on_status"),
    ),
    "pawapay": (
        *("drop_after_accept", "status_503_before_accept", "status_500_after_accept", "status_500_on_query"),
        *("never_settles", "no_callback", "callback_twice", "callback_forged", "conf_fails", "predict_fails"),
        *("statement_fails",),
    ),
    "sms": ("status_500_before_accept", "status_500_after_accept", "request_rejected"),
}


def _digits(name: str) -> str:
    return PEOPLE[name][0].removeprefix("+")


# How things are there from then on: what ends without the phone, and in which words.
_OPTIONS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("momo", {"outcomes": {_digits("Akello"): "SUCCESSFUL"}}),
    ("momo", {"outcomes": {_digits("Akello"): "EXPIRED"}}),
    ("momo", {"outcomes": {}}),
    ("momo", {"reason_as": "object"}),
    ("momo", {"token_expires_after": 1}),
    ("disbursements", {"outcomes": {_digits("Akello"): "PAYEE_NOT_FOUND"}}),
    ("airtel", {"outcomes": {_digits("Okot"): "TS"}}),
    ("airtel", {"outcomes": {_digits("Okot"): "DP00800001007"}}),
    ("airtel", {"outcomes": {}}),
    ("airtel", {"in_progress_as": "TA"}),
    ("airtel", {"token_expires_after": 1}),
    ("daraja", {"outcomes": {_digits("Amina"): "0", _digits("Baraka"): "0"}}),
    ("daraja", {"outcomes": {_digits("Amina"): "1032", _digits("Baraka"): "1037"}}),
    ("daraja", {"outcomes": {_digits("Amina"): "26"}}),
    ("daraja", {"outcomes": {}}),
    ("daraja", {"validates": True}),
    ("daraja", {"msisdn_as": "mask"}),
    ("daraja", {"msisdn_as": "hash"}),
    ("daraja_payouts", {"outcomes": {_digits("Amina"): "2040"}}),
    ("daraja_payouts", {"outcomes": {}}),
    ("pawapay", {"outcomes": {_digits("Keza"): "COMPLETED"}}),
    ("pawapay", {"outcomes": {_digits("Keza"): "PAYER_LIMIT_REACHED"}}),
    ("pawapay", {"outcomes": {}}),
    ("pawapay", {"in_reconciliation": 3}),
    ("pawapay", {"not_found": 1}),
    ("pawapay", {"availability": {"MTN_MOMO_RWA": "DELAYED"}}),
)
_STORE: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("commitTransaction", {"errorCode": 64, "errorLabels": ["UnknownTransactionCommitResult"]}),
    ("commitTransaction", {"writeConcernError": {"code": 64, "errmsg": "committed, and nobody knows"}}),
    ("insert", {"errorCode": 112, "errorLabels": ["TransientTransactionError"]}),
    ("update", {"errorCode": 8000}),
    ("findAndModify", {"errorCode": 8000}),
)
# What is typed instead of one's own account: of nobody, of nothing, of another one, and for a loan there is not.
_ACCOUNTS: Final = ("10102-9990", "hello", "10102-0048", "10102", "10102-0035L", "")


def draw_gateway(seed: int) -> str:
    return GATEWAYS[seed % len(GATEWAYS)]


def draw_steps(seed: int, steps: int, *, processes: bool = False) -> list[Step]:
    chance = random.Random(seed)
    gateway = draw_gateway(seed)
    # In each run two or three pay: so that what fails is theirs.
    people = chance.sample(sorted(PEOPLE), chance.randint(2, 3))
    drawn: list[Step] = [("begin_at_month_end", (), {})] if chance.random() < 0.1 else []
    if chance.random() < 0.3:  # how a shortcode is set up: its prompts are told of twice
        drawn.append(("fault", ("daraja",), {"prompts_confirmed": True}))
    end = len(drawn) + steps
    while len(drawn) < end:
        step = _draw(chance, gateway, people, kills=25 if processes else 0)
        drawn.append(step)
        if step[0] == "fault" and chance.random() < _MET:
            drawn.extend(_meets(chance, step, people))
    return drawn[:end]


def _draw(chance: random.Random, gateway: str, people: list[str], kills: int) -> Step:
    kinds = {
        _kills: kills,
        _pays: 22,
        _works: 30,
        _answers: 14,
        _fails: 16,
        _calls: 10,
        _breaks: 5,
        _other: 3,
    }
    kind = chance.choices(list(kinds), list(kinds.values()))[0]
    return kind(chance, gateway, people)


def _amount(chance: random.Random, who: str) -> int:
    share = GROUPS[PEOPLE[who][2]][1]
    unit = 100 if share.currency == "KES" else 1
    return max(unit, int(share.minor * chance.choice(_SHARES)) // unit * unit)


def _pays(chance: random.Random, _: str, people: list[str]) -> Step:
    who = chance.choice(people)
    minor = _amount(chance, who)
    at_paybill = PEOPLE[who][1] == "daraja"
    match chance.randrange(10):
        case 0 | 1 | 2 if at_paybill:
            account = chance.choice(_ACCOUNTS) if chance.random() < 0.3 else ""
            return "pay_paybill", (who, minor), {"account": account} if account else {}
        case 3 | 4 | 5:
            return "withdraw", (who, max(minor, 1_000 if at_paybill else 1)), {}
        case 6:
            return "contribute", (who, minor), {"times": 2}
        case 7 if chance.random() < 0.3:
            return "contribute_and_be_killed", (who, minor, chance.randint(1, 12)), {}
        case 8:
            return "contribute_again", (chance.randrange(4),), {}
        case _:
            return "contribute", (who, minor), {}


def _works(chance: random.Random, _: str, __: list[str]) -> Step:
    seconds = chance.choice(_SECONDS)
    match chance.randrange(12):
        case 0 | 1 | 2:
            return "work_and_hear", (seconds,), {}
        case 3 | 4:
            return "work", (seconds,), {"hands": 2}
        case 5 if chance.random() < 0.5:
            return "work_and_be_killed", (chance.randint(1, 40),), {}
        case 6:
            return "reconcile", (), {}
        case _:
            return "work", (seconds,), {}


def _answers(chance: random.Random, _: str, people: list[str]) -> Step:
    return "answer", (chance.choice(people),), {} if chance.random() < 0.75 else {"yes": False}


def _fails(chance: random.Random, gateway: str, people: list[str]) -> Step:
    rail = PEOPLE[chance.choice(people)][1]
    provider = chance.choice(["daraja", "daraja_payouts"]) if rail == "daraja" else rail
    if chance.random() < 0.08:
        provider = "sms"
    if chance.random() < 0.3:
        options = [
            each for each in _OPTIONS if each[0] == provider or (rail, each[0]) == ("momo", "disbursements")
        ]
        if options:
            provider, named = chance.choice(options)
            return "fault", (_at(gateway, provider),), dict(named)
    lost = [each for each in _ONCE[provider] if each.endswith("_after_accept")]
    switch = chance.choice(lost if chance.random() < _LOST else _ONCE[provider])
    if provider == "momo":
        provider = chance.choice(["momo", "disbursements"])
    # That a provider does not know what it has, it says once: twice, minutes later, it counts for true.
    times = 1 if switch in _DENIALS else chance.choice([1, 1, 2])
    return "fault", (_at(gateway, provider),), {switch: times}


def _meets(chance: random.Random, fault: Step, people: list[str]) -> list[Step]:
    """
    Somebody whose money goes by the rail that fails now, and what is done about it: left to luck alone, most
    faults would hit nothing, and the second look at what went wrong would be rarer still.
    """
    (product,), switches = fault[1], fault[2]
    rail = _RAIL_OF.get(product, product.removesuffix("_africa"))
    paying = [who for who in people if PEOPLE[who][1] == rail]
    if not paying:  # the fault is of what all use
        return []
    who = chance.choice(paying)
    minor, pays_out = _amount(chance, who), product.startswith(_PAYS_OUT)
    if pays_out or (rail in _BOTH_WAYS and chance.random() < 0.4):
        pays_out, minor = True, max(minor, 1_000)
    steps: list[Step] = [("withdraw" if pays_out else "contribute", (who, minor), {})]
    steps.append((chance.choice(["work", "work_and_hear"]), (5,), {}))
    if chance.random() < 0.7:
        steps.append(("answer", (who,), {} if chance.random() < 0.75 else {"yes": False}))
    if chance.random() < 0.5 and not {"no_callback", "never_settles"} & switches.keys():
        steps.append(("deliver", (0,), {}))
    if rail == "daraja" and not pays_out and chance.random() < 0.3:
        steps.append(("pay_paybill", (who, minor), {}))  # who hears nothing pays once more, from the menu
    asked_late = any(each.endswith(("_on_query", "_on_status")) for each in switches)
    steps.append(("work", (chance.choice([700, 3_700] if asked_late else [61, 61, 700, 3_700]),), {}))
    return steps


def _at(gateway: str, provider: str) -> str:
    """The same product of the gateway of this run."""
    if gateway == "momo_africa" and provider in ("momo", "disbursements"):
        return f"{provider}_africa"
    return provider


def _calls(chance: random.Random, _: str, __: list[str]) -> Step:
    which = chance.choice([0, 0, 0, 1, 2, 3])
    match chance.randrange(8):
        case 0:
            return "deliver", (which,), {"times": 20}
        case 1:
            return "deliver_all", (), {}
        case 2:
            return "forge", (which,), {}
        case 3:
            return "forge", (which,), {"other": chance.randrange(4)}
        case _:
            return "deliver", (which,), {}


def _breaks(chance: random.Random, _: str, __: list[str]) -> Step:
    place = chance.choice(["providers", "providers", "mongo", "redis"])
    match chance.randrange(4):
        case 0:
            command, how = chance.choice(_STORE)
            return "fail_store", (command,), {"times": chance.randint(1, 3), **how}
        case 1:
            return "cut_network", (place,), {}
        case 2:
            return "fail_network", (place, chance.choice(["up", "down"]), chance.choice([0, 1, 40, 300])), {}
        case _:
            return "fail_network", ("providers", "refused"), {"times": chance.randint(1, 3)}


def _kills(chance: random.Random, _: str, people: list[str]) -> Step:
    """A worker, a web server at a member's yes, a store between two words, or the network is slow or silent."""
    match chance.randrange(8):
        case 0 | 1:
            return "work_and_be_killed", (chance.randint(1, 40),), {}
        case 2:
            who = chance.choice(people)
            return "contribute_and_be_killed", (who, _amount(chance, who), chance.randint(1, 12)), {}
        case 3 | 4:
            return "kill_store", ("mongo",), {"after": chance.randint(0, 60)}
        case 5:
            return "kill_store", ("redis",), {"after": chance.randint(0, 6)}
        case 6:
            return "fail_network", (chance.choice(["mongo", "redis", "providers"]), "slow", 0.05), {}
        case _:
            return "cut_network", (chance.choice(["mongo", "redis", "providers"]),), {}


def _other(chance: random.Random, _: str, __: list[str]) -> Step:
    match chance.randrange(3):
        case 0:
            return "set_clock_wrong", (chance.choice([-300, 0, 300]),), {}
        case 1:
            return "expire_tokens", (), {}
        case _:
            return "lose_redis", (), {}
