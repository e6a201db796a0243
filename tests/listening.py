"""What a client sends to MongoDB, heard as it is sent."""

from typing import Any

from pymongo.database import Database
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent


class Listening(CommandListener):
    """Hears each command in its `started`; how it came out is of no interest."""

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass


class Commands(Listening):
    """`sent` are the names of the commands, in their order."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        # Whether the service only shows is asked for once in two seconds, whatever else is.
        if "deployment" not in event.command.values():
            self.sent.append(event.command_name)


class Finds(Listening):
    """`finds` are the queries, as `explain` takes them."""

    def __init__(self) -> None:
        self.finds: list[dict[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name == "find":
            kept = ("find", "filter", "sort", "limit", "projection")
            self.finds.append({name: event.command[name] for name in kept if name in event.command})

    def check_indexed(self, database: Database[dict[str, Any]]) -> None:
        """Each query was found and put in order by an index."""
        assert self.finds
        for find in self.finds:
            explained = database.command("explain", find, verbosity="queryPlanner")
            plan = str(explained["queryPlanner"]["winningPlan"])
            assert "COLLSCAN" not in plan and "'SORT'" not in plan, plan
