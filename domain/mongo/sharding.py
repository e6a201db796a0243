"""
By what each collection is divided when one replica set is too small: `docs/stores.md` says when, and how.

Documents are changed by their ids, and MongoDB wants the shard key in such a change: so the key is the id, but for
entries, which are only added and read, by their book. Ids that begin with the group's lie together in their order;
others are hashed, so that what is made one after the other is spread. MongoDB keeps a unique index across shards
only where it begins with the key: a collection whose unique index does not is kept whole, and says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ShardKey:
    """Fields, in their order. One that is `hashed` spreads what is made one after the other."""

    fields: tuple[str, ...]
    hashed: bool = False


@dataclass(frozen=True, slots=True)
class KeptWhole:
    """Not divided: on the first shard, with all that it is asked for."""

    why: str


_BY_ID: Final = ShardKey(("_id",), hashed=True)
# Ids that begin with the group's lie together, and all of a group are read as a range.
_IN_ORDER: Final = ShardKey(("_id",))
_SMALL: Final = KeptWhole("it does not grow with the members")

SHARDING: Final[Mapping[str, ShardKey | KeptWhole]] = {
    "accounts": _IN_ORDER,
    "addresses": _BY_ID,
    "answered": _BY_ID,
    "api_tokens": KeptWhole("what is shown of a token is one token's (`shown`); there are few"),
    "arrivals": _BY_ID,
    "attendance": _BY_ID,
    "audit": KeptWhole("a place in the chain is one line's (`seq`)"),
    "audit_heads": _SMALL,
    "broadcasts": _BY_ID,
    "cases": _BY_ID,
    "differences": _BY_ID,
    "codes": _BY_ID,
    "commands": _BY_ID,
    "consents": _IN_ORDER,
    "constitutions": _BY_ID,
    "contests": _BY_ID,
    "declarations": _BY_ID,
    "deployment": _SMALL,
    "digests": _BY_ID,
    "early_reports": _BY_ID,
    "entries": ShardKey(("book", "reference")),
    "exports": _BY_ID,
    "figures": _BY_ID,
    "file_parts": _BY_ID,
    "fines": _BY_ID,
    "forgotten": _BY_ID,
    "grants": _BY_ID,
    "group_days": _BY_ID,
    "groups": KeptWhole("a code is one group's (`code`); three million groups are some 10 GB"),
    "inbound": _BY_ID,
    "incidents": _SMALL,
    "invitations": _BY_ID,
    "leases": _SMALL,
    "letters": _IN_ORDER,
    "limits": _BY_ID,
    "loans": _BY_ID,
    "meetings": _BY_ID,
    "memberships": _IN_ORDER,
    "notices": _BY_ID,
    "paid": _IN_ORDER,
    "papers": _BY_ID,
    "payments": KeptWhole(
        "what a provider did once is posted once (`provider, provider_id`, `provider, provider_key`), "
        "whatever the group"
    ),
    "people": KeptWhole("a seat at a number is one person's (`phone, seat`); 100 million people are some 100 GB"),
    "prepared_loans": _BY_ID,
    "programmes": KeptWhole("a code is one programme's (`code`); there are few"),
    "proposals": _BY_ID,
    "provider_ids": _SMALL,
    "receipts": _BY_ID,
    "referral_codes": _BY_ID,
    "referrals": _BY_ID,
    "reminder_rounds": _BY_ID,
    "rotas": _BY_ID,
    "runs": _SMALL,
    "schema": _SMALL,
    "share_outs": _BY_ID,
    "staff": KeptWhole(
        "an e-mail address, and an agent's code, is one account's (`email`, `code`); there are few"
    ),
    "stamps": _BY_ID,
    "stuck": _BY_ID,
    "tombstones": _BY_ID,
    "upload_findings": _IN_ORDER,
    "upload_groups": _IN_ORDER,
    "uploads": _BY_ID,
    "web_sessions": _BY_ID,
}
