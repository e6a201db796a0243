"""What somebody is in a group, read anew: their own, another's, and one that does not exist."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Final

import pytest

from domain.access.caller import (
    Caller,
    GroupStanding,
    MissingScope,
    NotSignedIn,
    check_scope,
    group_for,
    groups_seen,
    officer_for,
    scopes_of,
    standing,
)
from domain.access.tokens import (
    BadApiToken,
    api_tokens,
    caller_by_token,
    make_api_token,
    revoke_api_token,
)
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.records.api_token import API_SCOPES, API_TOKEN_VALID_MAX
from domain.records.person import MembershipStatus, NoSuchGroup, NotAllowed, membership_id
from tests.conftest import Clock
from tests.people import Village, Villager, found_group

HERE: Final = "203.0.113.7"


def person(who: Villager) -> Caller:
    return Caller("person", who.id, "member", who.name, scopes=scopes_of("member"))


def test_each_sees_their_own_groups_and_no_other_exists(store: MongoStore, village: Village) -> None:
    other = found_group(store, "20202", "Tujenge", Money(1_000, "UGX"), {village.okot: "chairperson"})
    theirs = store.groups.get(other)
    operator = Caller("account", "o", "operator", "O", everywhere=True)
    agent = Caller("account", "a", "agent", "A", groups=frozenset({other}))
    nobody = Caller("account", "n", "agent", "N")
    table: list[tuple[Caller, GroupStanding | None, GroupStanding | None]] = [
        (person(village.nakato), "officer", None),
        (person(village.akello), "member", None),
        (person(village.okot), "member", "officer"),
        (operator, "operator", "operator"),
        (agent, None, "agent"),
        (nobody, None, None),
    ]
    ranks: list[GroupStanding] = ["member", "officer", "agent", "operator"]
    for caller, in_umoja, in_other in table:
        assert standing(store, caller, village.umoja) == in_umoja
        assert standing(store, caller, other) == in_other
        assert standing(store, caller, "no such group") in (None, "operator")
        seen = sorted(id for id, what in ((village.umoja, in_umoja), (other, in_other)) if what)
        assert [each.id for each in groups_seen(store, caller)] == seen
        # One at a time, and the next after it.
        paged = [each.id for each in groups_seen(store, caller, "", 1)]
        paged += [each.id for each in groups_seen(store, caller, paged[0], 1)] if paged else []
        assert paged == seen
        for code, what in ((village.code, in_umoja), (theirs.code, in_other), ("00000", None)):
            for place, least in enumerate(ranks):
                ask = partial(group_for, store, caller, code, least)
                if what is None:
                    with pytest.raises(NoSuchGroup):
                        ask()
                elif ranks.index(what) < place:
                    with pytest.raises(NotAllowed):
                        ask()
                else:
                    assert ask().code == code
            if what == "officer":
                assert officer_for(store, caller, code).code == code
            else:
                with pytest.raises(NoSuchGroup if what is None else NotAllowed):
                    officer_for(store, caller, code)


def test_a_membership_that_changes_counts_at_once(store: MongoStore, village: Village) -> None:
    caller, id = person(village.nakato), membership_id(village.umoja, village.nakato.id)
    becomes: dict[MembershipStatus, GroupStanding | None] = {
        "active": "officer",
        "suspended": "member",
        "leaving": "member",
        "pending": None,
        "refused": None,
        "exited": None,
        "expelled": None,
        "deceased": None,
    }
    for status, what in becomes.items():
        store.memberships.change(id, status=status)
        assert standing(store, caller, village.umoja) == what, status
        assert bool(groups_seen(store, caller)) == bool(what), status
    store.memberships.change(id, status="active", no_phone=True)
    assert standing(store, caller, village.umoja) == "member"
    store.memberships.change(id, no_phone=False, role="member")
    assert standing(store, caller, village.umoja) == "member"


def test_a_token_is_good_for_its_scopes_groups_addresses_and_time(
    store: MongoStore, village: Village, clock: Clock
) -> None:
    token, kept = make_api_token(
        store,
        " Monthly figures ",
        ["money:read", "groups:read"],
        timedelta(days=2),
        groups=[village.umoja],
        addresses=[HERE, "2001:db8::/32"],
    )
    assert (kept.name, kept.scopes) == ("Monthly figures", ("groups:read", "money:read"))
    assert token.startswith(kept.shown)
    assert token not in str(store.database["api_tokens"].find_one()), "nobody can be shown it again"
    caller = caller_by_token(store, token, HERE)
    assert (caller.kind, caller.role, caller.session) == ("token", "agent", "")
    assert standing(store, caller, village.umoja) == "agent"
    check_scope(caller, "money:read")
    for scope in set(API_SCOPES) - {"money:read", "groups:read"}:
        with pytest.raises(MissingScope):
            check_scope(caller, scope)
    assert caller_by_token(store, token, "2001:db8:1:2::/64").id == caller.id  # as clients of IPv6 are named
    for place in ("203.0.113.8", "2001:db9::1", "", "nowhere"):
        with pytest.raises(NotSignedIn):
            caller_by_token(store, token, place)
    for wrong in ("", "csb_", token[:-1], f"{token}x", kept.id, kept.shown, token.lower(), token + "\u00e9"):
        with pytest.raises(NotSignedIn):
            caller_by_token(store, wrong, HERE)
    used = [each.used_at for each in api_tokens(store)]
    assert used == [clock()]
    clock.forward(days=2)
    with pytest.raises(NotSignedIn):
        caller_by_token(store, token, HERE)


def test_a_revoked_token_is_good_for_nothing(store: MongoStore) -> None:
    token, kept = make_api_token(store, "n", API_SCOPES, API_TOKEN_VALID_MAX, everywhere=True)
    other, _ = make_api_token(store, "m", API_SCOPES, API_TOKEN_VALID_MAX, everywhere=True)
    assert caller_by_token(store, token, "anywhere").everywhere
    assert revoke_api_token(store, "csb_nothing") is None
    assert revoke_api_token(store, kept.shown)
    with pytest.raises(NotSignedIn):
        caller_by_token(store, token, HERE)
    assert caller_by_token(store, other, HERE)
    # By the whole of it too, as whoever found it has it.
    assert revoke_api_token(store, other)
    with pytest.raises(NotSignedIn):
        caller_by_token(store, other, HERE)


def test_a_token_that_would_be_good_for_too_much_is_not_made(store: MongoStore) -> None:
    day = timedelta(days=1)
    wrong: Callable[[], object]
    for wrong in (
        lambda: make_api_token(store, " ", ["exports"], day, everywhere=True),
        lambda: make_api_token(store, "n", [], day, everywhere=True),
        lambda: make_api_token(store, "n", ["all"], day, everywhere=True),  # type: ignore[list-item]
        lambda: make_api_token(store, "n", ["exports"], timedelta(0), everywhere=True),
        lambda: make_api_token(store, "n", ["exports"], API_TOKEN_VALID_MAX + day, everywhere=True),
        lambda: make_api_token(store, "n", ["exports"], day),
        lambda: make_api_token(store, "n", ["exports"], day, everywhere=True, groups=["g"]),
        lambda: make_api_token(store, "n", ["exports"], day, everywhere=True, addresses=["here"]),
    ):
        with pytest.raises(BadApiToken):
            wrong()
    assert api_tokens(store) == []
