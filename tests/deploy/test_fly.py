"""Fly's files: its processes and their checks, and the proxy before them."""

import pytest

from bot.cli.main import COMMANDS
from bot.config import load
from tests.deploy.deployed import PINNED, PROCESSES, ROOT, fly, image_environment, unknown, with_secrets

PROXY = "deploy/fly/proxy.toml"


@pytest.mark.parametrize("process", PROCESSES)
def test_each_process_has_a_machine_a_check_and_its_figures_read(process: str) -> None:
    check = fly()["checks"][process]
    assert (check["processes"], check["type"], check["port"]) == ([process], "http", 9100)
    assert check["path"] == ("/ready" if process in ("web", "pages") else "/live")
    for each in ("vm", "metrics", "restart"):
        (found,) = [one for one in fly()[each] if process in one["processes"]]
        assert found
    assert {each["path"] for each in fly()["metrics"]} == {"/metrics"}


def test_what_it_sets_is_a_setting_and_starts() -> None:
    assert unknown(fly()["env"]) == []
    secret = ("MONGO_URI", "REDIS_URL", "SESSION_SECRET", "JWT_SECRET", "REFRESH_TOKEN_SECRET", "PIN_PEPPER")
    files = {f"{name}_FILE": f"/run/secrets/{name.lower()}" for name in (*secret, "HOOK_SECRET", "AT_API_KEY")}
    given = image_environment() | fly()["env"] | files | {"FEATURE_MOBILE_MONEY_ENABLED": "false"}
    settings = load(with_secrets(given))
    assert (settings.port, settings.metrics_port, settings.proxies) == (8080, 9100, 1)


def test_the_database_is_brought_forward_before_a_machine_is_changed() -> None:
    assert fly()["deploy"]["release_command"] in COMMANDS


def test_members_come_by_the_proxy_alone() -> None:
    assert not {"http_service", "services"} & {*fly()}
    proxy, app = fly(PROXY), fly()["app"]
    assert proxy["http_service"]["force_https"] and PINNED.fullmatch(proxy["build"]["image"])
    assert proxy["env"]["SITE"] == f":{proxy['http_service']['internal_port']}"
    for process in ("web", "pages"):
        assert (
            proxy["env"][f"{process.upper()}_BLUE"] == f"{process}.process.{app}.internal:{fly()['env']['PORT']}"
        )
    assert fly()["env"]["PUBLIC_URL"] == f"https://{proxy['app']}.fly.dev"


def test_every_file_that_it_takes_along_is_there() -> None:
    files = {each["guest_path"]: each["local_path"] for each in fly(PROXY)["files"]}
    folder = ROOT / "deploy" / "proxy"
    assert {*files} == {f"/etc/caddy/{path.name}" for path in folder.iterdir()}
    assert all((ROOT / path).is_file() for path in files.values())
