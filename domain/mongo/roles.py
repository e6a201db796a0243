"""
What each part may do in the database: roles with the least rights, as data, as a script, and made.

A role names every collection, since a right for a whole database cannot be taken back for one of them. So a
version with a new collection has new roles, which whoever administers the database makes before it starts.
"""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Literal

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure

from domain.mongo.indexes import COLLECTIONS
from domain.mongo.layout import Document

RoleName = Literal["program", "backup", "restore", "export", "metrics"]
Privilege = Mapping[str, Any]

# In which database a weekly restore is tried: beside the one it is of.
SCRATCH: Final = "_restore_test"
# What is written is never changed: an entry of the books; and what is never taken away: a line of the log of acts.
_NEVER_CHANGED: Final = frozenset({"entries"})
_NEVER_REMOVED: Final = frozenset({"audit", "audit_heads"})
# Who reads these knows phone numbers, or something by which people prove who they are.
_OF_PEOPLE: Final = frozenset(
    {
        *(
            "addresses",
            "answered",
            "api_tokens",
            "audit",
            "codes",
            "commands",
            "consents",
            "digests",
            "early_reports",
            "file_parts",
            "forgotten",
            "inbound",
            "invitations",
        ),
        *("letters", "limits", "notices", "papers", "people", "provider_ids", "staff", "stuck"),
        *("tombstones", "upload_findings", "upload_groups", "web_sessions"),
    }
)
_MADE: Final = ("createCollection", "createIndex", "dropIndex", "indexStats", "collStats")
_FILLED: Final = ("find", "insert", "update", "remove", *_MADE, "dropCollection", "collMod", "convertToCapped")
_WAIT_MS: Final = 10_000

# That of users and roles, as an administrator opens it.
AdminDatabase = Database[Document]
_PASSWORD_BYTES: Final = 32
_WHOLE: Final = ("dropDatabase", "renameCollectionSameDB", "listCollections", "listIndexes", "dbStats")
_NO_SUCH_USER: Final = 11

ABOUT: Final[Mapping[RoleName, str]] = {
    "program": "web, worker and scheduler; the scheduler that makes backups has backup too",
    "backup": "reads all, and the oplog; tries a restore in a database of its own",
    "restore": "fills the database from a backup, by hand; nobody has it otherwise",
    "export": "reads books and groups, for reports; no people, no numbers, no hashes",
    "metrics": "reads how the servers and the collections are, and no document",
}


def roles_of(database: str) -> Mapping[RoleName, Sequence[Privilege]]:
    """The privileges of each role."""
    members = {"cluster": True}
    every = {"db": database, "collection": ""}
    return {
        "program": [
            *(_privilege(database, name, _of_program(name)) for name in COLLECTIONS),
            {"resource": every, "actions": ["listCollections", "listIndexes", "dbStats"]},
            {"resource": members, "actions": ["replSetGetStatus", "serverStatus"]},
        ],
        "backup": [
            {"resource": every, "actions": ["find", "listCollections", "listIndexes", "collStats", "dbStats"]},
            _privilege("local", "oplog.rs", ["find"]),
            _privilege(f"{database}{SCRATCH}", "", [*_FILLED, *_WHOLE]),
            {"resource": members, "actions": ["getParameter"]},
        ],
        "restore": [
            _privilege(database, "", [*_FILLED, *_WHOLE]),
            {"resource": members, "actions": ["applyOps"]},
        ],
        "export": [_privilege(database, name, ["find"]) for name in COLLECTIONS if name not in _OF_PEOPLE],
        "metrics": [
            {"resource": every, "actions": ["collStats", "dbStats", "indexStats", "listCollections"]},
            {"resource": members, "actions": ["replSetGetStatus", "serverStatus"]},
        ],
    }


def role_name(database: str, role: RoleName) -> str:
    """What a role is called there: a cluster may hold several deployments."""
    return f"{database}_{role}"


def script(database: str) -> str:
    """The same for mongosh: it makes the roles, or brings them up to date."""
    roles = {role_name(database, role): privileges for role, privileges in roles_of(database).items()}
    told = "\n".join(f"//   {role_name(database, role)}: {about}" for role, about in ABOUT.items())
    lines = ",\n".join(
        f"  {json.dumps(name)}: [\n" + ",\n".join(f"    {json.dumps(each)}" for each in privileges) + "\n  ]"
        for name, privileges in roles.items()
    )
    return f"""// The roles of this version, with the least rights. An administrator runs it before it starts:
//   mongosh "$ADMIN_URI" --file roles.js
// It makes what is missing and changes what is another; users keep theirs.
{told}
// Written by `python -m bot database roles`.
const roles = {{
{lines}
}};
const admin = db.getSiblingDB("admin");
for (const [name, privileges] of Object.entries(roles)) {{
  if (admin.getRole(name)) {{
    admin.updateRole(name, {{ privileges, roles: [] }});
  }} else {{
    admin.createRole({{ role: name, privileges, roles: [] }});
  }}
  print(name);
}}
"""


@contextmanager
def administering(uri: str) -> Iterator[AdminDatabase]:
    """The database of users and roles, as an administrator opens it. Raises what the driver raises."""
    client: MongoClient[Document] = MongoClient(uri, timeoutMS=_WAIT_MS)
    with client:
        yield client.admin


def make_roles(admin: Database[Document], database: str) -> list[str]:
    """Make the roles, or bring them up to date; their names. Raises what the driver raises."""
    names = []
    for role, privileges in roles_of(database).items():
        name = role_name(database, role)
        known = admin.command("rolesInfo", name)["roles"]
        admin.command("updateRole" if known else "createRole", name, privileges=list(privileges), roles=[])
        names.append(name)
    return names


def make_user(admin: Database[Document], name: str, roles: Sequence[str]) -> str:
    """A new user with these roles, or the same one with a new password; the password, which is nowhere kept."""
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    known = admin.command("usersInfo", name)["users"]
    admin.command("updateUser" if known else "createUser", name, pwd=password, roles=list(roles))
    return password


def remove_user(admin: Database[Document], name: str) -> bool:
    """Take a user away; False when there is none. Who is connected as them does nothing more."""
    try:
        admin.command("dropUser", name)
    except OperationFailure as error:
        if error.code != _NO_SUCH_USER:
            raise
        return False
    return True


def _of_program(collection: str) -> list[str]:
    actions = ["find", "insert", "update", "remove", *_MADE]
    if collection in _NEVER_CHANGED:
        actions.remove("update")
    if collection in _NEVER_CHANGED | _NEVER_REMOVED:
        actions.remove("remove")
    return actions


def _privilege(database: str, collection: str, actions: Sequence[str]) -> Privilege:
    return {"resource": {"db": database, "collection": collection}, "actions": list(actions)}
