"""The examples of docs/api.md, as they stand there: by curl, against a server."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import msgspec

from tests.bot.api.world import World
from tests.bot.imports.sheets import csv_files
from tests.domain.moving_in.books import example as a_group
from tests.served import Served
from tests.web import wsgi

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
EXAMPLES = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)


def test_every_example_of_the_page_is_answered_well(world: World, tmp_path: Path) -> None:
    store, akello = world.app.store, world.village.akello
    rules = store.groups.get(world.village.umoja).constitution
    assert rules.loans is not None and len(EXAMPLES) == 11
    twice = replace(rules.loans, borrowing=replace(rules.loans.borrowing, open_loans_max=2))
    store.groups.change(world.village.umoja, constitution=replace(rules, loans=twice))
    world.clock.forward(minutes=1)  # the code of this moment is the newest
    server = Served(wsgi(world.app))
    known = {"URL": server.url, "TOKEN": "", "CODE": "", "SHEETS": str(tmp_path)}
    world.sign_in_account("operator")
    known["STAFF"] = str(world.bearers["operator"])
    for name, contents in csv_files(a_group()):
        (tmp_path / name).write_bytes(contents)
    try:
        for example in EXAMPLES:
            said = subprocess.run(
                ["/bin/bash", "-c", example],
                env={"PATH": "/usr/bin:/bin", **known},
                capture_output=True,
                check=True,
            )
            answer = msgspec.json.decode(said.stdout)
            assert answer["success"] is True, (example, answer)
            if example.startswith("curl -s $URL/api/auth/code"):
                (sent,) = store.notices.find(person=akello.id, kind="sign_in_code", sort="-created_at", limit=1)
                known["CODE"] = str(sent.values["code"])
            known["TOKEN"] = answer.get("token", known["TOKEN"])
    finally:
        server.close()
