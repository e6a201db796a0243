"""Secrets in files: read as the environment is, and what is wrong with one is said without what is in it."""

import os
import threading
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.main import main
from bot.config import CHOSEN_HERE, Settings, environment_of, load
from bot.secret_files import SECRET_LENGTH_MAX, SecretWatch, file_setting
from bot.setting import BadSettings
from tests.bot.production import PAYING_OUT, PRODUCTION
from tests.payments.daraja.wire import certificate
from tests.payments.pawapay.keys import KEY, one_line
from tests.waiting import WAIT_SECONDS

SECRETS = [each.name for each in fields(Settings) if each.metadata["secret"]]
HIDDEN = "what-nobody-may-see-0123456789abcdef"

# A value for each secret; those that are not here take any text.
VALUES = {
    "mongo_uri": "mongodb://bot:pass-of-mongo@db.example.org/?replicaSet=rs0",
    "redis_url": "redis://bot:pass-of-redis@cache.example.org",
    "queue_redis_url": "redis://bot:pass-of-redis@queue.example.org",
    "hook_secret": "q8vN2kLxq8vN2kLxq8vN2kLx",
    "hook_secret_previous": "a8vN2kLxq8vN2kLxq8vN2kLx",
    "telegram_bot_token": "123456:ABC-DEF_0",
    "sentry_dsn": "https://0123abc@errors.example.org/7",
    "airtel_pin": "4711",
    "pawapay_signing_key": one_line(KEY),
}


def value_of(name: str) -> str:
    return VALUES.get(name, f"{name}-0123456789abcdef0123456789abcdef")


def put(folder: Path, name: str, text: str | bytes) -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_every_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    """As Docker and Kubernetes mount them: all of them, some with the end of a line."""
    together = {
        "TWILIO_ACCOUNT_SID": f"AC{'0' * 32}",
        "TWILIO_WHATSAPP_NUMBER": "+14155238886",
        "EMAIL_FROM": "savings@example.org",
        "BACKUP_TO": "s3://backups/savings",
        "BACKUP_BUCKET_KEY": "AKIA0123",
        "DARAJA_API_URL": "https://api.safaricom.co.ke",
        "DARAJA_SHORTCODE": "600984",
        "DARAJA_INITIATOR": "api",
        "DARAJA_PAYBILL_INITIATOR": "api",
        "DARAJA_CERTIFICATE": put(tmp_path, "safaricom.pem", certificate()),
        "MOMO_AFRICA_USER": "0f1e2d3c-4b5a-4968-8776-655443322110",
        "MOMO_AFRICA_DISBURSEMENT_USER": "0f1e2d3c-4b5a-4968-8776-655443322111",
        "AIRTEL_API_URL": "https://openapi.airtel.africa",
        "AIRTEL_CLIENT_ID": "0f1e2d3c-4b5a-4968-8776-655443322112",
        "PAWAPAY_API_URL": "https://api.pawapay.io",
        "PAWAPAY_SIGNING_KEY_ID": "OURS:1",
    }
    given = PRODUCTION | PAYING_OUT | together
    one_way = {"smtp_password"}  # beside SendGrid's key it is refused
    for place, name in enumerate(set(SECRETS) - one_way):
        given.pop(name.upper(), None)
        given[file_setting(name)] = put(tmp_path, name, value_of(name) + ("\n", "", "\r\n")[place % 3])
    settings = load(given)
    assert {name: getattr(settings, name) for name in SECRETS if name not in one_way} == {
        name: value_of(name) for name in SECRETS if name not in one_way
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "which is empty"),
        (b"\n", "which is empty"),
        (HIDDEN.encode() + b"\xff", "which is not text"),
        (f"{HIDDEN}\n{HIDDEN}".encode(), "has more in it than one line"),
        (f"{HIDDEN}\0".encode(), "has more in it than one line"),
        (HIDDEN.encode() * (SECRET_LENGTH_MAX // len(HIDDEN) + 1), "that is no secret"),
    ],
)
def test_a_file_that_holds_no_secret_is_named_and_not_shown(text: bytes, said: str, tmp_path: Path) -> None:
    path = put(tmp_path, "pepper", text)
    with pytest.raises(BadSettings, match=rf"(?m)^PIN_PEPPER: PIN_PEPPER_FILE names {path}, .*{said}") as refused:
        load({"DATA_DIR": str(tmp_path), "PIN_PEPPER_FILE": path})
    assert HIDDEN not in str(refused.value) + repr(refused.value.__cause__) + repr(refused.value.__context__)
    load({"DATA_DIR": str(tmp_path), "PIN_PEPPER_FILE": put(tmp_path, "pepper", HIDDEN)})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, said in (("missing", "No such file"), (".", "Is a directory"), ("pipe", "no file")):
        with pytest.raises(BadSettings, match=rf"^PIN_PEPPER: PIN_PEPPER_FILE names .*{said}"):
            load({"DATA_DIR": str(tmp_path), "PIN_PEPPER_FILE": str(tmp_path / name)})
    closed = put(tmp_path, "closed", HIDDEN)
    Path(closed).chmod(0)
    if os.geteuid():  # nothing is closed to root
        with pytest.raises(BadSettings, match="Permission denied"):
            load({"DATA_DIR": str(tmp_path), "PIN_PEPPER_FILE": closed})


@pytest.mark.parametrize("given", [HIDDEN, f"/{HIDDEN}/and/more", "pepper.txt", "~/pepper"])
def test_a_secret_in_place_of_a_path_is_not_repeated(given: str, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"^PIN_PEPPER: PIN_PEPPER_FILE must be the whole path") as refused:
        load({"DATA_DIR": str(tmp_path), "PIN_PEPPER_FILE": given})
    assert given not in str(refused.value)


def test_a_secret_is_given_once(tmp_path: Path) -> None:
    path = put(tmp_path, "pepper", HIDDEN)
    both = {"DATA_DIR": str(tmp_path), "PIN_PEPPER": f"{HIDDEN}0", "PIN_PEPPER_FILE": path}
    with pytest.raises(BadSettings, match=r"^PIN_PEPPER: PIN_PEPPER_FILE is set too: one of them, not both$"):
        load(both)
    assert load({**both, "PIN_PEPPER": ""}).pin_pepper == HIDDEN
    assert load({**both, "PIN_PEPPER_FILE": ""}).pin_pepper == f"{HIDDEN}0"


def test_what_is_wrong_with_a_secret_is_said_wherever_it_stands(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"^JWT_SECRET: must have 32 characters or more, not \(hidden\)$"):
        load({"DATA_DIR": str(tmp_path), "JWT_SECRET_FILE": put(tmp_path, "jwt", "short")})
    with pytest.raises(BadSettings, match=r"^PIN_PEPER_FILE: no setting is called that; PIN_PEPPER_FILE is one$"):
        load({"DATA_DIR": str(tmp_path), "PIN_PEPER_FILE": "/run/secrets/pepper"})


def test_the_list_of_settings_says_that_it_is_set_and_not_what(tmp_path: Path) -> None:
    given = {"DATA_DIR": str(tmp_path), "PIN_PEPPER_FILE": put(tmp_path, "pepper", HIDDEN)}
    shown = CliRunner().invoke(main, ["settings"], env=given)
    assert "PIN_PEPPER=(set)" in shown.output
    assert HIDDEN not in shown.output


def test_a_process_that_we_start_has_what_we_give_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REDIS_URL_FILE", put(tmp_path, "redis", "redis://elsewhere.example.org"))
    started = environment_of(redis_url="redis://127.0.0.1:6379", data_dir=tmp_path)
    assert load(started).redis_url == "redis://127.0.0.1:6379"


def test_secrets_of_ours_on_a_laptop_are_the_same_each_time(tmp_path: Path) -> None:
    first, second = (load({"DATA_DIR": str(tmp_path)}) for _ in range(2))
    assert first == second
    assert len({getattr(first, name) for name in CHOSEN_HERE}) == len(CHOSEN_HERE)


# While it runs


def watch(**paths: str) -> SecretWatch:
    return SecretWatch(paths, lambda names: None)


def test_a_file_that_changes_is_noticed_once(tmp_path: Path) -> None:
    looks = watch(hook_secret=put(tmp_path, "hook", "one\n"), jwt_secret=put(tmp_path, "jwt", "other"))
    assert looks.look() == []
    put(tmp_path, "hook", "two\n")
    assert looks.look() == ["hook_secret"]
    assert looks.look() == []
    put(tmp_path, "hook", "two")  # the same, without the end of the line
    assert looks.look() == []


def test_a_file_that_is_away_or_half_written_says_nothing(tmp_path: Path) -> None:
    looks = watch(hook_secret=put(tmp_path, "hook", "one"))
    for text in ("", b"\xff"):
        put(tmp_path, "hook", text)
        assert looks.look() == []
    (tmp_path / "hook").unlink()
    assert looks.look() == []
    put(tmp_path, "hook", "one")
    assert looks.look() == []
    put(tmp_path, "hook", "two")
    assert looks.look() == ["hook_secret"]


def test_a_link_that_is_turned_is_noticed(tmp_path: Path) -> None:
    """So Kubernetes changes a mounted secret: what the path leads over is another folder."""
    for version in ("v1", "v2"):
        (tmp_path / version).mkdir()
        put(tmp_path / version, "hook", version)
    (tmp_path / "..data").symlink_to("v1")
    (tmp_path / "hook").symlink_to("..data/hook")
    looks = watch(hook_secret=str(tmp_path / "hook"))
    (tmp_path / "..new").symlink_to("v2")
    (tmp_path / "..new").rename(tmp_path / "..data")
    assert looks.look() == ["hook_secret"]


def test_who_waits_for_new_secrets_is_told(tmp_path: Path) -> None:
    told, path = threading.Event(), put(tmp_path, "hook", "one")
    looks = SecretWatch({"hook_secret": path}, lambda names: told.set(), seconds=0.01)
    looks.begin()
    put(tmp_path, "hook", "two")
    assert told.wait(WAIT_SECONDS)
    looks.close()
