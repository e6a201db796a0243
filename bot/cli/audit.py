"""The log of who did, saw and exported what: shown, and checked line by line."""

from datetime import UTC

import click

from bot.cli.opening import OpenApp
from bot.cli.progress import Bars
from bot.terminal import Refused, count


@click.group()
def audit() -> None:
    """Show and check the log of who did and saw what."""


@audit.command()
@click.option("--known", metavar="LINE:SEAL", help="A head of before, kept elsewhere: the log goes on from it.")
@click.pass_obj
def verify(open_app: OpenApp, known: str | None) -> None:
    """
    Read the whole log, and check each line and its place.

    Prints the head, as LINE:SEAL. Keep it somewhere else: with --known, it shows later that nothing was taken away
    at the end either. Exits 1 when a line is not as it was written.
    """
    from domain.access.audit import AuditBroken, audit_head, seal_waiting, verify_audit
    from domain.records.audit import AuditHead

    before = None
    if known is not None:
        line, _, seal = known.partition(":")
        if not line.isdecimal() or not seal:
            raise Refused("a head is LINE:SEAL, as verify prints it")
        before = AuditHead("known", int(line), seal)
    with open_app("audit") as app:
        try:
            seal_waiting(app.store)
            with Bars().phase("Reading", audit_head(app.store).seq) as step:
                head = verify_audit(app.store, before, step)
        except AuditBroken as broken:
            raise click.ClickException(str(broken)) from broken
        click.echo(f"{count(head.seq, 'line')}, each as it was written. Head {head.seq}:{head.seal}")


@audit.command()
@click.option("--phone", metavar="PHONE", help="Acts about whoever has this number.")
@click.option("--group", "code", metavar="CODE", help="Acts in this group.")
@click.option("--email", metavar="EMAIL", help="Acts of this account.")
@click.option("--after", metavar="ID", default="", help="Those before this line: the last of a list goes on.")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@click.pass_obj
def show(
    open_app: OpenApp, phone: str | None, code: str | None, email: str | None, after: str, limit: int
) -> None:
    """Show acts, the newest first: time, outcome, who, what, whom, group, from where, why, and the line's id."""
    from domain.access.accounts import account_with
    from domain.access.audit import audit_entries, with_names
    from domain.people.phones import person_with

    with open_app("audit") as app:
        store = app.store
        about = person_with(store, phone) if phone else ""
        group = store.groups.one(code=code) if code else None
        account = account_with(store, email) if email else None
        if about is None or (code and group is None) or (email and account is None):
            raise Refused("nobody has this number" if about is None else "there is no such group or account")
        found = audit_entries(
            store,
            after=after,
            limit=limit,
            by=f"account:{account.id}" if account else "",
            about=about,
            group=group.id if group else "",
        )
        for each in with_names(store, found):
            said = (
                f"{each.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
                each.outcome,
                each.by_name or "-",
                each.did,
                each.about or "-",
                each.group or "-",
                each.where or "-",
                each.why or "-",
                each.id,
            )
            click.echo("  ".join(said))
