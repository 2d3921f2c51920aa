"""Keys of the vault: make a new one, and seal every secret with the newest."""

import os
from typing import Annotated

import typer

from audience_sync.app import App
from audience_sync.cli.printing import AsJson, note, say, show_json
from audience_sync.cli.shell import act
from audience_sync.errors import Refusal
from audience_sync.settings import load_settings
from audience_sync.store.rotation import rotate as seal_anew
from audience_sync.store.vault import generate_key, load_vault

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def group() -> None:
    """Make keys for the vault and seal with the newest one.

    Example: audience-sync secrets new-key --add && audience-sync secrets rotate
    """


@app.command("new-key")
def new_key(
    add: Annotated[bool, typer.Option("--add", help="Put it first in the data folder's secret.key.")] = False,
) -> None:
    """Make a key. It is printed, for AUDIENCE_SYNC_SECRET_KEYS; or, with --add, put first in the data folder's ring.

    Put the new key before the old ones, which still open what they sealed; restart what runs; then rotate; then the old
    ones may go.

    Example: audience-sync secrets new-key --add
    """
    key = generate_key()
    if not add:
        say(key)
        return
    _put_first(key)
    say(f"Key {key.partition(':')[0]} seals from now on.")
    note("Restart serve, web and worker; then: audience-sync secrets rotate")


@app.command()
def rotate(as_json: AsJson = False) -> None:
    """Seal every stored secret with the first key of the ring. Doing it again changes nothing.

    Example: audience-sync secrets rotate
    """

    async def work(app: App) -> tuple[int, str]:
        return await seal_anew(app.database, app.vault), app.vault.current

    changed, key = act(work)
    if as_json:
        show_json({"key": key, "sealed_anew": changed})
        return
    say(f"{changed} secrets were sealed anew; all are sealed with key {key}.")
    note("Once every process was restarted, older keys may be taken out of the ring.")


def _put_first(key: str) -> None:
    """The ring in the data folder begins with this key: a new file takes the old one's place whole."""
    settings = load_settings()
    if settings.secret_keys.strip():
        raise Refusal(
            "The ring is in AUDIENCE_SYNC_SECRET_KEYS, which a program cannot change.",
            "Make a key without --add, and put it first there.",
            code="RING_IN_ENVIRONMENT",
        )
    load_vault(settings)
    path = settings.data_dir / "secret.key"
    draft = path.with_name("secret.key.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{key}\n{path.read_text().strip()}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
