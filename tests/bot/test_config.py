"""Settings: read once, checked, named when they are wrong; secrets are never shown."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from bot.config import Settings, load
from bot.setting import BadSettings
from domain.people.limits import LIMITS
from tests.bot.production import PAYING_OUT, PRODUCTION, SECRET
from tests.payments.daraja.wire import certificate


def test_the_key_of_backups_is_no_other_secret() -> None:
    """Who finds one of them would have both."""
    given = {**PRODUCTION, "BACKUP_TO": "/mnt/backups"}
    load({**given, "BACKUP_KEY": f"{SECRET}b"})
    with pytest.raises(BadSettings, match="BACKUP_KEY: must not be the same as PIN_PEPPER"):
        load({**given, "BACKUP_KEY": PRODUCTION["PIN_PEPPER"]})


def test_production_starts_with_what_it_needs() -> None:
    settings = load(PRODUCTION)
    assert settings.public_url == "https://bot.example.org"
    assert settings.momo_ready


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name not in {"APP_ENV", "MOMO_ENVIRONMENT"}])
def test_production_names_what_is_missing(name: str) -> None:
    with pytest.raises(BadSettings, match=rf"(?m)^{name}: must be"):
        load({**PRODUCTION, name: ""})


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("PORT", "80a", "8080"),
        ("BACKUP_AT", "24:00", "23:59"),
        ("BACKUP_KEEP", "0", "1"),
        ("BACKUP_KEY_PREVIOUS", "short", SECRET),
        ("BACKUP_ZONE", "Africa/Atlantis", "Africa/Nairobi"),
        ("PORT", "70000", "65535"),
        ("PORT", "-1", "1"),
        ("APP_ENV", "prod", "test"),
        ("LOG_LEVEL", "loud", "WARNING"),
        ("FEATURE_MOBILE_MONEY_ENABLED", "maybe", "false"),
        ("PUBLIC_URL", "bot.example.org", "https://bot.example.org"),
        ("MOMO_ENVIRONMENT", "mtnmars", "mtncameroon"),
        ("HOOK_SECRET", "a/b", "ab12"),
        ("PIN_PEPPER", "short", SECRET),
        ("TELEGRAM_BOT_TOKEN", "123456", "123456:ABC-DEF_0"),
        ("FEATURE_SMS_MENUS_ENABLED", "maybe", "true"),
        ("COUNTRIES", "UG,XX", "UG, ke"),
        ("COUNTRIES", "UG,", "UG"),
        ("TEXTS_HOUR_MAX", "0", "1"),
        ("NEWCOMERS_HOUR_MAX", "many", "50"),
        ("PROXIES", "-1", "1"),
        ("SERVICE_CODE", "abc", "*384*7000#"),
        ("SERVICE_CODE", "*384*7", "*384#"),
        ("JWT_EXPIRE", "soon", "90s"),
        ("JWT_EXPIRE", "61m", "1h"),
        ("REFRESH_TOKEN_EXPIRE", "0d", "12h"),
        ("REFRESH_TOKEN_EXPIRE", "91d", "90d"),
        ("JWT_SECRET_PREVIOUS", "short", SECRET),
        ("SENTRY_DSN", "https://errors.example.org", "https://0123abc@errors.example.org/7"),
        ("TELEGRAM_BOT_NAME", "@SavingsBot", "Savings_Bot"),
        ("REDIS_URL", "http://cache:6379", "rediss://cache:6379/1"),
        ("REDIS_URL", "redis+sentinel://s1:26379,s2:26379", "redis+sentinel://s1:26379,s2:26379/main"),
        ("REDIS_URL", "redis+sentinel://s1,s2/main", "rediss+sentinel://user:pw@s1:26379/main/2"),
        ("QUEUE_REDIS_URL", "redis+cluster://n1:6379", "redis+sentinel://s1:26379/main"),
    ],
)
def test_a_wrong_value_is_named_beside_a_right_one(name: str, wrong: str, right: str, tmp_path: Path) -> None:
    base = {"DATA_DIR": str(tmp_path)}
    with pytest.raises(BadSettings, match=name):
        load({**base, name: wrong})
    load({**base, name: right})


@pytest.mark.parametrize(
    ("name", "weak", "why"),
    [
        ("HOOK_SECRET", "a", "must have 20 letters and digits or more in production"),
        ("JWT_SECRET", SECRET, "must not be the same as SESSION_SECRET"),
        ("REFRESH_TOKEN_SECRET", SECRET, "must not be the same as SESSION_SECRET"),
        ("PIN_PEPPER", SECRET, "must not be the same as SESSION_SECRET"),
        ("MOMO_API_URL", "http://proxy.momoapi.mtn.com", "must start with https://"),
        ("MOMO_API_URL", "https://sandbox.momodeveloper.mtn.com", "the sandbox"),
        ("AT_API_URL", "http://sms.example.org", "must start with https://"),
        ("TELEGRAM_API_URL", "http://tg.example.org", "must start with https://"),
        ("MOMO_ENVIRONMENT", "sandbox", "the sandbox moves no money"),
        ("AT_USERNAME", "sandbox", "the sandbox reaches no phone"),
    ],
)
def test_what_does_for_a_laptop_does_not_for_production(name: str, weak: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=rf"(?m)^{name}: .*{why}"):
        load({**PRODUCTION, name: weak})
    laptop = {**PRODUCTION, "APP_ENV": "development", "DATA_DIR": str(tmp_path)}
    load({**laptop, name: weak})


def test_a_cluster_wants_another_server_for_the_queue_and_no_password_is_said(tmp_path: Path) -> None:
    cluster = {"DATA_DIR": str(tmp_path), "REDIS_URL": "redis+cluster://:hush-hush@n1:6379,n2:6379"}
    with pytest.raises(BadSettings, match=r"^QUEUE_REDIS_URL: REDIS_URL is a cluster, which cannot"):
        load(cluster)
    with pytest.raises(BadSettings) as stopped:
        load({**cluster, "REDIS_URL": "redis+cluster://:hush-hush@n1:6379/3"})
    assert "hush-hush" not in str(stopped.value)
    settings = load({**cluster, "QUEUE_REDIS_URL": "redis+sentinel://s1:26379/main?sentinel_password=quiet-one"})
    assert settings.shared_redis_url == settings.queue_redis_url
    assert {"hush-hush", "quiet-one"} <= {*settings.secrets}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("MOMO_API_KY", "MOMO_API_KEY"),
        ("MONGO_URL", "MONGO_URI"),
        ("FEATURE_CHATS_ENABLED", "FEATURE_CHAT_ENABLED"),
    ],
)
def test_a_name_that_is_nearly_a_setting_is_named(typed: str, meant: str, tmp_path: Path) -> None:
    """What else an environment holds, as of a cluster's services, is nobody's mistake."""
    others = {"PATH": "/bin", "HOSTNAME": "web-1", "REDIS_PORT": "tcp://10.0.0.7:6379", "HOME": "/", "LANG": "C"}
    load({**others, "DATA_DIR": str(tmp_path)})
    with pytest.raises(BadSettings, match=f"^{typed}: no setting is called that; {meant} is one$"):
        load({**others, "DATA_DIR": str(tmp_path), typed: "x"})


def test_a_key_of_before_is_none_of_now() -> None:
    for name in ("JWT_SECRET_PREVIOUS", "REFRESH_TOKEN_SECRET_PREVIOUS"):
        with pytest.raises(BadSettings, match=rf"^{name}: must not be a secret of now"):
            load({**PRODUCTION, name: SECRET})
        assert load({**PRODUCTION, name: f"{SECRET}before"})


def test_secrets_of_a_laptop_of_before_get_what_is_new(tmp_path: Path) -> None:
    """A version before made fewer: those that are there stay, since PINs are hashed with one, and all agree."""
    before = {"session_secret": "s" * 40, "pin_pepper": "p" * 40, "jwt_secret": "j" * 40, "hook_secret": "h" * 40}
    (tmp_path / "secrets.json").write_text(json.dumps(before))
    first, second = (load({"DATA_DIR": str(tmp_path)}) for _ in range(2))
    assert first == second
    assert first.pin_pepper == before["pin_pepper"]
    assert len({*before.values(), first.refresh_token_secret}) == 5


def test_nobody_else_looks_into_what_is_kept_here(tmp_path: Path) -> None:
    load({"DATA_DIR": str(tmp_path / "kept")})
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0


def test_a_country_that_is_none_is_named_and_the_others_are_not(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"^COUNTRIES: must be codes .* not 'ZZ', 'KENYA'$"):
        load({"DATA_DIR": str(tmp_path), "COUNTRIES": "UG,zz,Kenya,CM"})
    assert load({"DATA_DIR": str(tmp_path), "COUNTRIES": "UG, ke"}).countries_served == ("UG", "KE")


def test_a_limit_that_can_be_set_has_the_value_that_is_set(tmp_path: Path) -> None:
    settings = load({"DATA_DIR": str(tmp_path), "TEXTS_HOUR_MAX": "7"})
    set_here = [each.name for each in fields(Settings) if each.name.endswith("_max")]
    assert sorted(f"{name}_max" for name in settings.limits_most) == sorted(set_here) != []
    own = {limit.name: limit.most for limit in LIMITS}
    assert settings.limits_most == {name: own[name] for name in settings.limits_most} | {"texts_hour": 7}


WHATSAPP = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": SECRET, "TWILIO_WHATSAPP_NUMBER": "+14155238886"}


@pytest.mark.parametrize("name", WHATSAPP)
def test_whatsapp_needs_its_account_its_token_and_its_number(name: str, tmp_path: Path) -> None:
    base = {"DATA_DIR": str(tmp_path)}
    assert load({**base, **WHATSAPP}).twilio_whatsapp_number == "+14155238886"
    with pytest.raises(BadSettings, match=f"{name}: WhatsApp needs it"):
        load({**base, **WHATSAPP, name: ""})


SMTP = {"EMAIL_FROM": "savings@example.org", "SMTP_HOST": "mail.example.org"}
SENDGRID = {"EMAIL_FROM": "savings@example.org", "SENDGRID_API_KEY": "SG.key"}


@pytest.mark.parametrize("right", [SMTP, SENDGRID, {**SMTP, "SMTP_USER": "us", "SMTP_PASSWORD": "secret"}])
def test_e_mail_goes_one_way(right: dict[str, str], tmp_path: Path) -> None:
    base = {"DATA_DIR": str(tmp_path)}
    assert load({**base, **right}).features == ("email",)
    assert load(base).features == ()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("EMAIL_FROM", {"SENDGRID_API_KEY": "SG.key"}),
        ("EMAIL_FROM", {"EMAIL_FROM": "savings@example.org"}),
        ("EMAIL_FROM", {**SMTP, "EMAIL_FROM": "Savings <savings@example.org>"}),
        ("SMTP_HOST", {**SMTP, **SENDGRID}),
        ("SMTP_PASSWORD", {**SMTP, "SMTP_USER": "us"}),
        ("SMTP_USER", {**SMTP, "SMTP_PASSWORD": "secret"}),
        ("SMTP_TLS", {**SMTP, "SMTP_USER": "us", "SMTP_PASSWORD": "secret", "SMTP_TLS": "none"}),
        ("SMTP_TLS", {**SMTP, "SMTP_TLS": "ssl"}),
    ],
)
def test_what_is_wrong_with_e_mail_is_named(name: str, wrong: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=f"^{name}: ") as problem:
        load({"DATA_DIR": str(tmp_path), **wrong})
    assert "secret" not in str(problem.value) and "SG.key" not in str(problem.value)


@pytest.mark.parametrize("number", ["14155238886", "whatsapp:+14155238886", "+1415", "+1 415 523 8886"])
def test_our_number_on_whatsapp_has_its_plus_and_its_country(number: str, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="TWILIO_WHATSAPP_NUMBER"):
        load({"DATA_DIR": str(tmp_path), **WHATSAPP, "TWILIO_WHATSAPP_NUMBER": number})


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(BadSettings) as stopped:
        load({"APP_ENV": "production", "PORT": "x", "PUBLIC_URL": "bot.example.org", "JWT_SECRET": "short"})
    lines = [line.partition(":")[0] for line in str(stopped.value).splitlines()]
    named = set(lines)
    assert len(lines) == len(named), "each in one line"
    assert {
        "PORT",
        "JWT_SECRET",
        "MONGO_URI",
        "REDIS_URL",
        "PIN_PEPPER",
        "HOOK_SECRET",
        "AT_API_KEY",
        "PUBLIC_URL",
    } <= named


def test_no_secret_is_shown() -> None:
    shown = repr(load(PRODUCTION | PAYING_OUT))
    assert "sub-key-out" not in shown and "momo-key-out" not in shown
    assert SECRET not in shown and "momo-key-of-ours" not in shown and "at-key-of-ours" not in shown
    with pytest.raises(BadSettings) as stopped:
        load({**PRODUCTION, "PIN_PEPPER": "too-short-a-pepper"})
    assert "too-short-a-pepper" not in str(stopped.value)


def test_a_laptop_makes_its_secrets_once(tmp_path: Path) -> None:
    """PINs are hashed with one of them: the same directory has the same secrets, another has others."""
    first, again = (load({"DATA_DIR": str(tmp_path / "one")}) for _ in range(2))
    other = load({"DATA_DIR": str(tmp_path / "two")})
    assert first.pin_pepper == again.pin_pepper != other.pin_pepper
    assert (tmp_path / "one" / "secrets.json").stat().st_mode & 0o077 == 0


def test_without_mobile_money_its_keys_are_not_asked_for() -> None:
    given = {k: v for k, v in PRODUCTION.items() if not k.startswith("MOMO_")}
    assert not load({**given, "FEATURE_MOBILE_MONEY_ENABLED": "false"}).momo_ready
    with pytest.raises(BadSettings, match="MOMO_API_KEY"):
        load(given)


def test_groups_pay_out_by_mobile_money_where_that_is_set_up_and_on() -> None:
    assert not load(PRODUCTION).momo_pays_out
    assert load(PRODUCTION | PAYING_OUT).momo_pays_out
    assert not load({**PRODUCTION, **PAYING_OUT, "FEATURE_MOBILE_MONEY_ENABLED": "false"}).momo_pays_out


@pytest.mark.parametrize("name", PAYING_OUT)
def test_paying_out_needs_all_of_its_keys(name: str) -> None:
    with pytest.raises(BadSettings, match=rf"(?m)^{name}: paying out needs it") as stopped:
        load({**PRODUCTION, **PAYING_OUT, name: ""})
    assert "momo-key-out" not in str(stopped.value)


def test_the_example_has_every_setting_and_no_other() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text()
    assert re.findall(r"(?m)^#?([A-Z_]+)=", example) == [each.name.upper() for each in fields(Settings)]


MPESA = {
    "DARAJA_CONSUMER_KEY": "key",
    "DARAJA_CONSUMER_SECRET": "daraja-secret",
    "DARAJA_SHORTCODE": "174379",
    "DARAJA_PASSKEY": "daraja-passkey",
}


@pytest.mark.parametrize("name", MPESA)
def test_mpesa_needs_all_of_its_keys(name: str, tmp_path: Path) -> None:
    base = {"DATA_DIR": str(tmp_path)}
    assert load({**base, **MPESA}).daraja_ready
    with pytest.raises(BadSettings, match=f"{name}: M-Pesa needs it") as stopped:
        load({**base, **MPESA, name: ""})
    assert "daraja-secret" not in str(stopped.value)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"PUBLIC_URL": "https://mpesa.example.org"}, r"^PUBLIC_URL: must not have 'mpesa' in it"),
        ({"HOOK_SECRET": "aSQLbcdefghijklmnopqrst"}, r"^HOOK_SECRET: must not have 'sql' in it"),
        ({"DARAJA_SHORTCODE": "one"}, r"^DARAJA_SHORTCODE: must be a Paybill or till number"),
        ({"DARAJA_CALLERS": "localhost"}, r"^DARAJA_CALLERS: must be addresses like"),
        ({"DARAJA_INITIATOR": "api"}, r"^DARAJA_INITIATOR_PASSWORD: paying out by M-Pesa needs it"),
        ({"DARAJA_PAYBILL_INITIATOR": "api"}, r"^DARAJA_CERTIFICATE: an API user of M-Pesa needs it"),
        ({"DARAJA_OTHER_SHORTCODES": "600984,one"}, r"^DARAJA_OTHER_SHORTCODES: must be numbers of 5 to 7 digits"),
        ({"PAYMENT_RAILS": "daraja,mpesa"}, r"^PAYMENT_RAILS: must be names like momo,daraja"),
        ({"PAYMENT_RAILS": "daraja,daraja"}, r"^PAYMENT_RAILS: must have each name once"),
    ],
)
def test_what_safaricom_does_not_take_is_named(tmp_path: Path, wrong: dict[str, str], said: str) -> None:
    with pytest.raises(BadSettings, match=rf"(?m){said}"):
        load({"DATA_DIR": str(tmp_path), **MPESA, **wrong})


def test_a_certificate_is_read_before_anything_starts(tmp_path: Path) -> None:
    user = {"DARAJA_INITIATOR": "api", "DARAJA_INITIATOR_PASSWORD": "daraja-secret"}
    for name in ("none.pem", "wrong.pem"):
        (tmp_path / "wrong.pem").write_text("-----BEGIN CERTIFICATE-----")
        path = str(tmp_path / name)
        with pytest.raises(BadSettings, match=r"^DARAJA_CERTIFICATE: must be a file with Safaricom's certificate"):
            load({"DATA_DIR": str(tmp_path), **MPESA, **user, "DARAJA_CERTIFICATE": path})


@pytest.mark.parametrize(
    ("given", "at_paybill"),
    [
        ({}, None),
        ({"INITIATOR": "payer"}, "payer"),
        ({"INITIATOR": "payer", "PAYOUT_SHORTCODE": "600984"}, None),
        ({"INITIATOR": "payer", "PAYOUT_SHORTCODE": "600984", "PAYBILL_INITIATOR": "asker"}, "asker"),
        ({"PAYBILL_INITIATOR": "asker"}, "asker"),
    ],
)
def test_who_asks_at_the_paybill_has_an_api_user_of_that_shortcode(
    tmp_path: Path, given: dict[str, str], at_paybill: str | None
) -> None:
    (tmp_path / "safaricom.pem").write_bytes(certificate())
    named = {f"DARAJA_{name}": value for name, value in given.items()}
    named |= {f"{name}_PASSWORD": "secret" for name in named if name.endswith("INITIATOR")}
    settings = load(
        {"DATA_DIR": str(tmp_path), **MPESA, **named, "DARAJA_CERTIFICATE": str(tmp_path / "safaricom.pem")}
    )
    user = settings.daraja_paybill_user
    assert (user.name if user else None) == at_paybill
    assert settings.daraja_pays_out is ("INITIATOR" in given)


def test_production_has_the_keys_of_one_rail_at_least() -> None:
    no_momo = {name: "" for name in PRODUCTION if name.startswith("MOMO_")}
    live = {**MPESA, "DARAJA_API_URL": "https://api.safaricom.co.ke"}
    assert load({**PRODUCTION, **no_momo, **live}).daraja_ready
    with pytest.raises(BadSettings, match=r"(?m)^MOMO_SUBSCRIPTION_KEY: must be set in production"):
        load({**PRODUCTION, **no_momo})
    with pytest.raises(BadSettings, match=r"(?m)^DARAJA_API_URL: .* not that of the sandbox"):
        load({**PRODUCTION, **MPESA})
