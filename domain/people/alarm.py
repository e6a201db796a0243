"""Warning a person everywhere: whoever acts for them holds one of their phones or chats, and not all of them."""

from domain.records.chat import TEXT
from domain.records.notice import Notice, NoticeKind, Values
from domain.records.person import Person
from domain.store import Store


def alarm(tx: Store, person: Person, kind: NoticeKind, values: Values) -> None:
    """One message to their phone, and one to each of their chats."""
    now = tx.now()
    chats = [chat.id for chat in tx.addresses.find(person=person.id, sort="linked_at")]
    for place in (TEXT, *chats):
        tx.notices.insert(Notice(tx.new_id(), person.id, kind, values, now, next_at=now, first=place))
