"""Serve the pretend ad platforms on this machine."""

from typing import Annotated

import typer

from audience_sync.cli.printing import note
from audience_sync.errors import Invalid
from audience_sync.sandbox.app import create_app
from audience_sync.sandbox.serve import HOST, serve


def sandbox(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 9100,
    only: Annotated[str, typer.Option(help="Serve this platform alone, at the root.")] = "",
) -> None:
    """Serve pretend ad platforms on this machine.

    They have memory, faults on demand and a clock. Point the app at them with AUDIENCE_SYNC_META_API_URL and
    AUDIENCE_SYNC_META_LOGIN_URL. The control surface is at /_sandbox/.

    Example: audience-sync sandbox --port 9100 --only meta
    """
    try:
        world = create_app(only or None).state.world
    except ValueError as problem:
        raise Invalid(str(problem), code="UNKNOWN_SANDBOX") from None
    where = f"http://{HOST}:{port}"
    for name in [only] if only else world.platforms:
        note(f"{name}: {where}{'' if only else f'/{name}'}   control: {where}/_sandbox/   Ctrl-C ends it")
    serve(port, only or None)
