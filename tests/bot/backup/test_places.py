"""A folder and a bucket keep files whole or not at all, and say why when they do not."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.backup.bucket import PART_BYTES, Access, Bucket
from bot.backup.check import verify_set
from bot.backup.errors import PartialSet, PlaceUnavailable
from bot.backup.make import make_set
from bot.backup.manifest import set_ids
from bot.backup.places import Folder, Place
from bot.backup.restore import restore_set
from bot.backup.vault import Quiet, Vault
from tests.bucket_server import KEY, SECRET, Objects, bucket_server
from tests.domain.savers import Savers

BUCKET = "backups"


@pytest.fixture
def service() -> Iterator[tuple[str, Objects]]:
    with bucket_server(BUCKET) as running:
        yield running


@pytest.fixture
def objects(service: tuple[str, Objects]) -> Objects:
    return service[1]


def bucket_of(service: tuple[str, Objects], *, secret: str = SECRET) -> Bucket:
    return Bucket(BUCKET, "savings", Access(service[0], KEY, secret, "eu-west-1"))


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path, service: tuple[str, Objects]) -> Place:
    return Folder(tmp_path / "kept") if request.param == "folder" else bucket_of(service)


def read(place: Place, name: str) -> bytes:
    return b"".join(place.get(name))


def test_what_is_put_can_be_got_listed_and_removed(place: Place) -> None:
    names = [f"sets/{number}/a file.aes" for number in range(7)]
    assert place.names("sets/") == []
    for name in reversed(names):
        place.put(name, [b"it is ", name.encode()])
    assert place.names("sets/") == names
    assert place.names("sets/3/") == place.names("sets/3") == names[3:4]
    assert read(place, names[3]) == b"it is " + names[3].encode()
    place.put(names[3], [b"another one"])
    assert read(place, names[3]) == b"another one"
    place.remove(names[3])
    place.remove(names[3])
    assert place.names("sets/") == [*names[:3], *names[4:]]
    with pytest.raises(PartialSet, match=r"sets/3/a file\.aes is not there"):
        read(place, names[3])


def test_an_empty_file_is_a_file(place: Place) -> None:
    place.put("nothing", [])
    assert (place.names(""), read(place, "nothing")) == (["nothing"], b"")


def test_what_stops_in_the_middle_leaves_nothing(place: Place, objects: Objects) -> None:
    def pieces() -> Iterator[bytes]:
        yield bytes(PART_BYTES + 1)
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="the database went away"):
        place.put("sets/1/people", pieces())
    assert place.names("") == []
    assert objects.parts == {}, "no part of it is paid for"


def test_a_large_object_goes_in_parts_of_which_one_is_held(service: tuple[str, Objects], objects: Objects) -> None:
    given = 0

    def pieces() -> Iterator[bytes]:
        nonlocal given
        for number in range(40):
            held = given - sum(map(len, next(iter(objects.parts.values()), {}).values()))
            assert held <= 2 * PART_BYTES + (1 << 20)
            given += 1 << 20
            yield bytes([number]) * (1 << 20)

    bucket_of(service).put("large", pieces())
    assert objects.in_parts == 3
    assert objects.kept["savings/large"] == b"".join(bytes([number]) * (1 << 20) for number in range(40))


@pytest.mark.parametrize(
    "ask",
    [
        lambda bucket: bucket.put("a", [b"a"]),
        lambda bucket: list(bucket.get("a")),
        lambda bucket: bucket.names(""),
        lambda bucket: bucket.remove("a"),
    ],
)
def test_a_bucket_that_does_not_know_us_says_so(
    service: tuple[str, Objects], ask: Callable[[Bucket], object]
) -> None:
    with pytest.raises(PlaceUnavailable, match="the bucket backups: SignatureDoesNotMatch") as refused:
        ask(bucket_of(service, secret="another secret"))
    assert "another" not in str(refused.value)


def test_what_a_bucket_refuses_for_a_moment_is_asked_again(place: Place, objects: Objects) -> None:
    objects.refused = [503, 500]
    place.put("a", [b"a"])
    objects.refused = [503]
    assert read(place, "a") == b"a"


def test_a_bucket_that_is_away_says_so(service: tuple[str, Objects], objects: Objects) -> None:
    bucket = bucket_of(service)
    bucket.put("a", [b"some bytes of it"])
    objects.cut = True
    with pytest.raises(PlaceUnavailable, match="the bucket backups"):
        list(bucket.get("a"))
    nobody = Bucket(BUCKET, "", Access("http://127.0.0.1:9", KEY, SECRET, "eu-west-1"))
    with pytest.raises(PlaceUnavailable, match="the bucket backups: MaxRetryError"):
        nobody.names("")


def test_a_folder_that_cannot_be_written_to_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PlaceUnavailable, match="cannot be written to"):
        Folder(tmp_path / "file").put("sets/a", [b"a"])


def test_a_set_goes_to_a_bucket_and_comes_back(town: Savers, vault: Vault, service: tuple[str, Objects]) -> None:
    there = replace(vault, place=bucket_of(service))
    made = make_set(town.store, there, Quiet())
    assert set_ids(there.place) == [made.id]
    assert verify_set(there, made.id, Quiet()) == made
    town.store.database["payments"].delete_many({})
    restore_set(town.store, there, made, Quiet())
    assert town.store.payments.count() == 6
