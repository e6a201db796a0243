"""Letters of a group: who writes and reads which, what none holds, and who keeps order."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.config import Settings
from domain.errors import DomainError
from domain.groups.join import Decide, JoinGroup
from domain.letters.keep_order import Mute, RemoveLetter, Unmute, muted_members
from domain.letters.kept_out import KeptOutOfLetters, check_letter
from domain.letters.read import OpenLetter, Which, find_letters
from domain.letters.spread import spread_letter
from domain.letters.write import Muted, WriteLetter
from domain.mongo.store import MongoStore, open_store
from domain.own_words import AsksForSecret, HasDialled, HasLink, as_read
from domain.people.chats import put_address
from domain.people.limits import LETTERS_DAY, TooManyLetters
from domain.people.profile import member
from domain.records.letter import LetterTo
from domain.records.person import NotAllowed, membership_id
from tests.conftest import PINS, Clock
from tests.listening import Finds
from tests.people import Village, Villager, do, found_village, register


def write(store: MongoStore, village: Village, who: Villager, text: str, to: LetterTo = "group") -> None:
    do(store, WriteLetter(who.id, village.umoja, to, text))


def read(store: MongoStore, village: Village, who: Villager, which: Which = "new", place: int = 0) -> str | None:
    opened: Any = do(store, OpenLetter(who.id, village.umoja, which, place))
    return opened and opened["text"]


def new(store: MongoStore, who: Villager) -> int:
    return member(store, who.id).letters_new


def test_each_reads_on_from_where_they_stopped_and_officers_read_what_is_for_them(store: MongoStore) -> None:
    village = found_village(store)
    akello, okot, nakato = village.akello, village.okot, village.nakato
    write(store, village, akello, "first")
    write(store, village, akello, "for you alone", "officers")
    write(store, village, okot, "third")
    assert (new(store, akello), new(store, okot), new(store, nakato)) == (1, 2, 3), "one's own counts for nobody"
    assert [read(store, village, okot), new(store, okot)] == ["first", 1]
    assert [read(store, village, okot), new(store, okot)] == ["third", 0]
    assert read(store, village, okot) == "third", "with nothing new it is the newest"
    assert read(store, village, okot, "earlier", 3) == "first"
    assert read(store, village, okot, "this", 2) is None, "it is for officers"
    assert [read(store, village, nakato) for _ in range(3)] == ["first", "for you alone", "third"]
    assert (new(store, nakato), new(store, okot)) == (0, 0)
    assert [each.text for each in find_letters(store, village.umoja, nakato.id, "ALONE")] == ["for you alone"]
    assert not find_letters(store, village.umoja, okot.id, "alone")


def test_who_comes_later_or_has_left_reads_nothing_of_before_or_since(store: MongoStore) -> None:
    village = found_village(store)
    write(store, village, village.okot, "before she came")
    atim = register(store, "Atim Rose", "+256772000104", "1379")
    with pytest.raises(NotAllowed):
        write(store, village, atim, "hello")
    do(store, JoinGroup(atim.id, village.code))
    do(store, Decide(village.nakato.id, village.umoja, atim.id, welcome=True))
    assert (new(store, atim), read(store, village, atim)) == (0, None)
    assert not find_letters(store, village.umoja, atim.id, "before")
    write(store, village, village.okot, "welcome Atim")
    assert (new(store, atim), read(store, village, atim)) == (1, "welcome Atim")
    store.memberships.change(membership_id(village.umoja, atim.id), status="exited")
    assert new(store, atim) == 0
    for command in (
        OpenLetter(atim.id, village.umoja, "new"),
        WriteLetter(atim.id, village.umoja, "group", "x y"),
    ):
        with pytest.raises(NotAllowed):
            do(store, command)


def test_officers_remove_and_mute_and_nobody_else_but_for_their_own(store: MongoStore, clock: Clock) -> None:
    village = found_village(store)
    akello, okot, nakato = village.akello, village.okot, village.nakato
    write(store, village, okot, "something rude")
    write(store, village, akello, "a slip of mine")
    for refused in (
        RemoveLetter(akello.id, village.umoja, 1),
        Mute(akello.id, village.umoja, okot.id, 1),
        Mute(nakato.id, village.umoja, village.wanjiru.id, 1),  # another officer
    ):
        with pytest.raises(NotAllowed):
            do(store, refused)
    do(store, RemoveLetter(akello.id, village.umoja, 2))
    do(store, RemoveLetter(nakato.id, village.umoja, 1))
    assert read(store, village, village.wanjiru) is None
    assert not find_letters(store, village.umoja, nakato.id, "rude")
    told = {each.person: each.kind for each in store.notices.find(kind=["letter_removed", "muted"])}
    assert told == {okot.id: "letter_removed"}, "nobody is told of what they removed themselves"
    do(store, Mute(nakato.id, village.umoja, okot.id, 7))
    with pytest.raises(Muted):
        write(store, village, okot, "again")
    assert [each.name for each in muted_members(store, village.umoja, nakato.id)] == [okot.name]
    do(store, Unmute(nakato.id, village.umoja, okot.id))
    write(store, village, okot, "sorry")
    do(store, Mute(nakato.id, village.umoja, okot.id, 7))
    clock.forward(days=7)
    write(store, village, okot, "a week later")
    assert not muted_members(store, village.umoja, nakato.id)


def test_a_day_has_so_many_letters_and_what_is_refused_is_none(store: MongoStore, clock: Clock) -> None:
    village = found_village(store)
    with pytest.raises(KeptOutOfLetters):
        write(store, village, village.okot, "my PIN is 9513")
    for n in range(LETTERS_DAY.most):
        write(store, village, village.okot, f"number {n}")
    with pytest.raises(TooManyLetters):
        write(store, village, village.okot, "one more")
    write(store, village, village.akello, "another member")
    clock.forward(days=1)
    write(store, village, village.okot, "the next day")
    assert store.groups.get(village.umoja).letters == LETTERS_DAY.most + 2


def test_it_is_kept_for_a_time_and_its_words_nowhere_else(store: MongoStore) -> None:
    village = found_village(store)
    put_address(store, "chat:101", "telegram", village.akello.id)
    write(store, village, village.okot, "the secret of the mountain")
    (letter,) = store.letters.find(group=village.umoja)
    spread_letter(store, letter.id)
    assert letter.until - letter.at == store.offered.letters_kept == timedelta(days=90)
    elsewhere = [name for name in store.database.list_collection_names() if name not in ("letters",)]
    assert [name for name in elsewhere if "mountain" in str(list(store.database[name].find()))] == []


def test_every_query_has_an_index_and_none_is_for_one_member(store: MongoStore, settings: Settings) -> None:
    village = found_village(store)
    put_address(store, "chat:101", "telegram", village.akello.id)
    write(store, village, village.okot, "come early")
    heard = Finds()
    database = store.database
    listening = open_store(
        settings.mongo_uri, database.name, pins=PINS, clock=store.now, listeners=[heard],
        prepared=True,
    )  # fmt: skip
    find_letters(listening, village.umoja, village.nakato.id, "early")
    muted_members(listening, village.umoja, village.nakato.id)
    do(listening, OpenLetter(village.nakato.id, village.umoja, "new"))
    queries = len(heard.finds)
    spread_letter(listening, store.letters.find(group=village.umoja)[0].id)
    assert len(heard.finds) - queries <= 4, "letter, members, chats, group"
    listening.close()
    heard.check_indexed(database)


# What no letter holds

_BETWEEN = st.sampled_from(["", " ", "-", ".", ", ", "  ", "_", "/", "*", "\u200b", " - "])
_AS_TYPED = st.sampled_from(["0123456789", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９", "০১২৩৪৫৬৭৮৯"])
_WORDS = st.lists(
    st.sampled_from(
        [
            "hello",
            "come",
            "at",
            "the",
            "PIN",
            "is",
            "my",
            "siri",
            "yangu",
            "ni",
            "and",
            "3",
            "of",
            "14:30",
            "on",
            "5/10",
            "UGX",
        ]
    )
)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


@given(
    st.text("0123456789", min_size=4, max_size=5) | st.text("0123456789", min_size=7, max_size=16),
    st.lists(_BETWEEN, min_size=16, max_size=16),
    _AS_TYPED,
    _WORDS,
    _WORDS,
)
def test_no_pin_phone_or_card_gets_through(
    digits: str, between: Sequence[str], numerals: str, before: Sequence[str], after: Sequence[str]
) -> None:
    """However it is typed, but for what is written as an amount, a time or a day."""
    typed = "".join(numerals[int(digit)] + sign for digit, sign in zip(digits, between, strict=False))
    # "UGX 5000", "10.000" and "2/5" are what they look like.
    assume("UGX" not in [*before[-2:], *after[:1]] and "/" not in typed)
    assume(not _THOUSANDS.search(as_read(typed)))
    with pytest.raises(KeptOutOfLetters):
        check_letter(" ".join([*before, typed, *after]))


@pytest.mark.parametrize(
    "text",
    ["come at 14:30 on 5/10/2026", "bring 5,000 each", "UGX 15000 please", "5 000 FCFA", "5000/= by Friday",
     "3 goats and 250 hens", "Sh. 4500", "10.000 TZS"],
)  # fmt: skip
def test_times_days_and_amounts_are_written(text: str) -> None:
    check_letter(text)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("Umoja asks for your PIN now", AsksForSecret),
        ("write your p\u200bin to me", AsksForSecret),
        ("see bit.ly/money", HasLink),
        ("dial *16*3# today", HasDialled),
    ],
)
def test_a_letter_asks_for_no_secret_and_leads_nowhere(text: str, refused: type[DomainError]) -> None:
    with pytest.raises(refused):
        check_letter(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("9513", "pin"),
        ("9 5 1 3", "pin"),
        ("2️⃣5️⃣8️⃣0️⃣", "pin"),
        ("pin2580", "pin"),
        ("the code is 482913", "pin"),
        ("5,0002", "pin"),
        ("99/80", "pin"),
        ("call 0772 000 102", "phone"),
        ("+256-772-000-102", "phone"),
        ("UGX 772000102", "phone"),
        ("772,000,102", "phone"),
        ("4111 1111 1111 1111", "card"),
        ("4111-1111-1111-1111", "card"),
    ],
)
def test_what_looks_like_a_secret_says_as_what(text: str, what: str) -> None:
    with pytest.raises(DomainError) as refused:
        check_letter(text)
    assert refused.value.details == {"what": what}
