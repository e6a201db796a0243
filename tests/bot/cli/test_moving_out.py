"""`python -m bot import sheets`: a group as it moves on, or why it cannot yet."""

from pathlib import Path
from typing import get_args

from click.testing import CliRunner

from bot.app import App
from bot.cli.main import main
from bot.cli.moving_out import KEPT_HERE, LEFT_HERE
from bot.config import Settings
from domain.access.audit import audit_entries
from domain.moving_in.move_out import WhatStays, WhyHere
from domain.people.consents import agree_to_service
from domain.records.consent import CONSENT_VERSION
from domain.savings.contribute import Contribute
from tests.cycles.as_carried import into_the_box, with_usual_lending
from tests.domain.savers import found
from tests.money import ugx
from tests.people import do


def test_a_group_is_written_as_its_sheets_or_all_that_keeps_it_is_said(
    app: App, settings: Settings, tmp_path: Path
) -> None:
    def typed(*arguments: str) -> tuple[int, str]:
        given = {
            "MONGO_URI": settings.mongo_uri,
            "MONGO_DATABASE": settings.mongo_database,
            "REDIS_URL": settings.redis_url,
            "DATA_DIR": str(tmp_path),
        }
        answer = CliRunner().invoke(main, ["import", "sheets", *arguments], env=given)
        return answer.exit_code, answer.output

    savers = found(app.store)
    asked = do(app.store, Contribute(savers.group, "eve", ugx(80_000)))
    with_usual_lending(app.store, app.store.groups.get(savers.group))
    assert typed("99999")[0] != 0
    code, said = typed("10101", "-o", str(tmp_path / "out"))
    assert code == 1 and "UGX 80,000, is on its way: wait for its end" in said
    savers.confirm(asked["payment"])
    code, said = typed("10101", "-o", str(tmp_path / "out"))
    assert code == 1 and "UGX 80,000 in mobile-money wallet, which no sheet has a place for" in said
    assert not (tmp_path / "out").exists()
    into_the_box(app.store, savers.group)
    app.store.transaction(lambda tx: agree_to_service(tx, tx.people.get("fay"), CONSENT_VERSION, ""))
    code, said = typed("10101", "-o", str(tmp_path / "out"), "--csv")
    assert code == 0, said
    assert "? of 5 members nobody knows when they agreed to be kept" in said
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "group.csv", "members.csv", "loans.csv", "fines.csv", "notes.csv",
    }  # fmt: skip
    assert [each.did for each in audit_entries(app.store)] == ["sheets.exported"]
    checked = CliRunner().invoke(
        main, ["import", "check", *(str(tmp_path / "out" / f"{name}.csv") for name in ("group", "members"))]
    )
    assert checked.exit_code == 0, checked.output


def test_each_reason_has_its_sentence() -> None:
    assert set(KEPT_HERE) == set(get_args(WhyHere))
    assert set(LEFT_HERE) == set(get_args(WhatStays))
