"""What is kept about a person, written for them: all of it, and nothing of anybody else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st

from bot.app import App
from bot.cli.main import main
from bot.config import Settings, environment_of
from domain.access.audit import audit_entries, note
from domain.access.caller import Caller
from domain.letters.write import WriteLetter
from domain.money import Money
from domain.mongo.store import MongoStore
from domain.papers.my_data import data_kept
from domain.people.chats import put_address
from domain.people.consents import SayConsent
from domain.records.person import Person
from domain.savings.contribute import RecordCash
from domain.savings.fines import FineInWords, RecordFine
from flows.papers.my_data_file import my_data_file, my_data_json
from flows.words.texts import words
from tests.conftest import Clock, on_one_store
from tests.emptied import empty
from tests.people import Village, do, enrolled, found_village

LANGUAGES: tuple[Any, ...] = ("en", "fr", "sw")


def type_(settings: Settings, *arguments: str) -> tuple[int, str]:
    ran = CliRunner().invoke(main, ["person", "export", *arguments], env=environment_of(**vars(settings)))
    return ran.exit_code, ran.output


def test_an_operator_writes_it_to_a_file_and_the_log_has_it(
    app: App, settings: Settings, village: Village, tmp_path: Path
) -> None:
    store, akello = app.store, village.akello
    do(store, RecordCash(village.umoja, akello.id, Money(10_000, "UGX"), village.nakato.id))
    store.transaction(lambda tx: put_address(tx, "telegram:70707070", "telegram", akello.id))
    note(store, Caller("person", village.nakato.id, "member", village.nakato.name), "member.seen", about=akello.id)
    file = tmp_path / "akello.json"
    file.touch(0o644)

    assert type_(settings, akello.phone, "-o", str(file), "--reason", "asked by letter") == (0, f"{file}\n")

    said = json.loads(file.read_bytes())
    assert file.stat().st_mode & 0o777 == 0o600
    assert (said["profile"]["name"], said["profile"]["phone"]) == (akello.name, akello.phone)
    assert said["profile"]["chats"][0]["address"] == "telegram:70707070"
    (group,) = said["groups"]
    assert (group["group"], group["number"], group["status"]) == ("Umoja", 3, "active")
    assert sum(line["held"] for line in group["statement"]["lines"]) == group["statement"]["has"]["minor"] > 0
    assert {each["kind"] for each in said["messages"]} >= {"welcome_to_group"}
    assert [(each["did"], each["by"]) for each in said["looks"]] == [
        ("person.exported", "account"),
        ("member.seen", "person"),
    ]
    assert (audit_entries(store)[0].did, audit_entries(store)[0].why) == ("person.exported", "asked by letter")


def test_an_officer_s_own_words_for_a_fine_name_nobody_else(store: MongoStore, village: Village) -> None:
    akello, okot, officer = village.akello, village.okot, village.nakato
    do(store, FineInWords(officer.id, village.umoja, akello.id, f"pushed {okot.name}", Money(500, "UGX")))
    (fine,) = store.fines.find(person=akello.id)
    do(store, RecordFine(officer.id, fine.id))
    said = my_data_json(data_kept(store, akello.id)).content.decode()
    assert '"pushed member 4"' in said
    assert not any(part in said for part in okot.name.split())


def test_it_is_a_sheet_to_be_read_too_and_what_makes_no_sense_writes_nothing(
    app: App, settings: Settings, village: Village, tmp_path: Path
) -> None:
    sheet = tmp_path / "akello.pdf"
    assert type_(settings, village.akello.phone, "-o", str(sheet), "--reason", "asked by letter")[0] == 0
    assert sheet.read_bytes().startswith(b"%PDF-")
    for wrong in (
        ("-o", str(tmp_path / "a.txt"), "--reason", "asked by letter"),
        ("-o", str(tmp_path / "a.json"), "--reason", ""),
        ("-o", str(tmp_path / "a.json")),
    ):
        assert type_(settings, village.akello.phone, *wrong)[0] == 2
    assert type_(settings, "+256772000188", "-o", str(tmp_path / "a.json"), "--reason", "a letter")[0] == 2
    assert [each.name for each in tmp_path.iterdir() if each.suffix in (".json", ".txt")] == []
    assert len(audit_entries(app.store, about=village.akello.id)) == 1


def names_of_others(people: list[Person], own: Person) -> Iterator[str]:
    for each in people:
        if each.id != own.id:
            yield from filter(None, (each.id, each.name, each.phone, each.email, each.own_name))


@given(
    acts=st.lists(
        st.tuples(st.sampled_from(["pay", "look", "write", "enroll", "agree"]), st.integers(0, 3)), max_size=8
    ),
    language=st.sampled_from(LANGUAGES),
)
@runs(on_one_store, max_examples=5)
def test_whatever_a_village_did_nobody_is_in_it_but_who_asks(
    store: MongoStore, clock: Clock, acts: list[tuple[str, int]], language: Any
) -> None:
    empty(store.database)
    village = found_village(store)
    villagers = (village.nakato, village.wanjiru, village.akello, village.okot)
    for number, (act, who) in enumerate(acts):
        clock.forward(minutes=7)
        one, other = villagers[who], villagers[(who + 1) % 4]
        officer = village.wanjiru if one is village.nakato else village.nakato
        if act == "pay":
            do(store, RecordCash(village.umoja, one.id, Money(5_000, "UGX"), officer.id))
        elif act == "look":
            note(store, Caller("person", officer.id, "member", officer.name), "member.seen", about=one.id)
        elif act == "agree":
            do(store, SayConsent(one.id, "programme", True))
        elif act == "write":
            do(store, WriteLetter(one.id, village.umoja, "group", f"{other.name} has the box"))
        else:
            enrolled(store, village, f"Apio {'abcdefgh'[number]}Sarah")
    people = store.people.find()
    for person in people:
        data = data_kept(store, person.id)
        said = my_data_json(data).content.decode()
        assert person.id in said and person.name in said
        assert len(data.consents) == store.consents.count(person=person.id)
        others = [each for each in names_of_others(people, person) if each in said]
        assert others == []
        assert my_data_file(data, words(language)).content.startswith(b"%PDF-")
