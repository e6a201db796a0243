"""An officer invites somebody: a token that lets them in at once, sent to their phone or handed on."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from domain.commands import handles
from domain.decisions.rights import acting_officer
from domain.errors import DomainError
from domain.groups.join import check_room
from domain.people.limits import INVITATIONS_TO_NUMBER, take, texts_to
from domain.people.phones import holders_of, served_country
from domain.records.group import Code, Group
from domain.records.invitation import VALID_FOR, Invitation, new_token
from domain.records.person import AlreadyInGroup, MembershipStatus, Person, membership_id
from domain.store import Between, Store
from domain.tables import unused_id
from domain.tell import tell, tell_phone

# Each is a text message to somebody who did not ask for it.
A_DAY_MAX: Final = 20
_IN_IT: Final[list[MembershipStatus]] = ["active", "suspended", "leaving"]


class TooManyInvitations(DomainError):
    """This officer has invited as many people within a day as they may."""

    code = "too_many_invitations"


@dataclass(frozen=True, slots=True)
class Invite:
    """An officer invites who has this number (E.164), or with "" whoever the token is given to."""

    officer: str
    group: str
    phone: str


@dataclass(frozen=True, slots=True)
class Invited:
    """The answer: the token, and the last day on which it lets in."""

    token: Code
    until: date


@handles(Invite)
def invite(tx: Store, command: Invite) -> Invited:
    """
    Who is known by the number is told as they want to be; anybody else by a text, in the officer's language. Of
    those who share a phone it is who is not in the group; where several are not, one text is for them all.

    Raises NotAllowed, Frozen, AlreadyInGroup, GroupFull, TooManyInvitations; and NotServed, TooManyTexts for a
    number that is nobody's.
    """
    acting_officer(tx, command.group, command.officer)
    group, now = tx.groups.get(command.group), tx.now()
    check_room(tx, group)
    if tx.invitations.count(by=command.officer, at=Between(now - timedelta(days=1), now)) >= A_DAY_MAX:
        raise TooManyInvitations(most=A_DAY_MAX)
    holders = holders_of(tx, command.phone)
    outside = [each for each in holders if not _is_in(tx, group, each)]
    if holders and not outside:
        raise AlreadyInGroup(group=group.name)
    invitation = Invitation(unused_id(tx.invitations, new_token), group.id, command.officer, now, command.phone)
    tx.invitations.insert(invitation)
    if command.phone:
        by = tx.people.get(command.officer)
        said = {"name": by.name, "group": group.name, "dial": tx.service_code, "code": invitation.id}
        if len(outside) == 1:
            tell(tx, outside[0].id, "invitation", **said)
        else:
            in_all = texts_to(served_country(tx, command.phone))
            take(tx, INVITATIONS_TO_NUMBER.of(command.phone), *in_all)
            tell_phone(tx, command.phone, by.language, "invitation", **said)
    # The moment it ends is no longer in it.
    until = group.constitution.day(now + VALID_FOR - timedelta(milliseconds=1))
    return Invited(invitation.id, until)


def _is_in(tx: Store, group: Group, person: Person) -> bool:
    return tx.memberships.count(id=membership_id(group.id, person.id), status=_IN_IT) > 0
