"""What the image asks of its own process, again and again: does it live?"""

import http.client

import click

ANSWER_SECONDS = 4


@click.command()
def health() -> None:
    """Ask this machine's own process whether it does its work."""
    from bot.config import load
    from bot.watch.port import own_address

    settings = load()
    if not settings.metrics_port:
        raise click.ClickException("METRICS_PORT is 0, so nobody answers: set it, like 9100, for the process too")
    asked = http.client.HTTPConnection(
        own_address(settings.metrics_host), settings.metrics_port, timeout=ANSWER_SECONDS
    )
    try:
        asked.request("GET", "/live")
        answer = asked.getresponse()
        said = answer.read().decode().strip()
    except (OSError, http.client.HTTPException) as failure:
        raise click.ClickException(f"nobody answers on port {settings.metrics_port}") from failure
    finally:
        asked.close()
    if answer.status != http.client.OK:
        raise click.ClickException(said)
    click.echo(said)
