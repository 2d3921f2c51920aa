"""A shell: an installation of its own in a temporary folder, and the means to call commands in it."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from audience_sync.cli import main
from audience_sync.sandbox.serve import Sandbox
from tests.migrated import put_database

TOKEN = "SANDBOX_SYSTEM_USER_TOKEN"
MEMBERS = '{"attribute": "member", "op": "is", "value": "yes"}'
PEOPLE = """profile_id,email,phone,country,ads_consent,member
p1,ada@example.com,+44 7700 900001,GB,granted,yes
p2,bob@example.com,,US,granted,yes
p3,eve@example.com,,US,denied,yes
p4,junk,,US,granted,no
"""


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Calls commands in this process, as if typed in the folder."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._patch = patch
        patch.chdir(folder)
        self.set("DATA_DIR", str(folder / "data"))

    def __call__(self, *arguments: str, given: str = "") -> Answer:
        """The command's answer; `given` is its standard input."""
        out, err, entered = (io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8") for text in ("", "", given))
        self._patch.setattr(sys, "stdin", entered)
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main(list(arguments))
        _forget_logs()
        return Answer(int(ended.value.code or 0), _text(out), _text(err))

    def ok(self, *arguments: str, given: str = "") -> Answer:
        """The answer of a command that must succeed."""
        answer = self(*arguments, given=given)
        assert answer.code == 0, answer.err or answer.out
        return answer

    def set(self, name: str, value: str) -> None:
        """The setting of that name for all later commands."""
        self._patch.setenv(f"AUDIENCE_SYNC_{name}", value)


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def _forget_logs() -> None:
    """DBOS keeps the first command's standard error for its log; the next one has another."""
    for name in ("", "dbos"):
        logging.getLogger(name).handlers.clear()


@contextmanager
def pretend_meta(shell: Shell, *, processing_seconds: float) -> Iterator[Sandbox]:
    """A pretend Meta, to which the shell's settings point; so long it works on each upload before it knows a size."""
    with Sandbox.start("meta") as running:
        running.world.platforms["meta"].configure({"processing_seconds": processing_seconds})
        shell.set("META_API_URL", running.url)
        shell.set("META_LOGIN_URL", running.url)
        shell.set("META_APP_ID", "sandbox-app")
        shell.set("META_APP_SECRET", "sandbox-secret")
        shell.set("META_REQUESTS_PER_SECOND", "1000")
        yield running


def bring_people(shell: Shell) -> Shell:
    """Four profiles are in the store, three of them in the segment Members."""
    put_database(shell.folder / "data")
    (shell.folder / "people.csv").write_text(PEOPLE)
    shell.ok("import", "profiles", "people.csv")
    shell.ok("segments", "create", "Members", "--rules", "-", given=MEMBERS)
    return shell


def connect(shell: Shell) -> Shell:
    """Meta is connected, with its main account chosen."""
    shell.ok("connect", "meta", "--token", "-", "--accounts", "act_123456789", given=TOKEN)
    return shell


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(tmp_path, monkeypatch)


@pytest.fixture
def sandbox(shell: Shell) -> Iterator[Sandbox]:
    # A replace waits ten minutes for an upload that Meta still works on, and here one follows the other at once.
    with pretend_meta(shell, processing_seconds=0) as running:
        yield running


@pytest.fixture
def people(shell: Shell) -> Shell:
    return bring_people(shell)


@pytest.fixture
def connected(people: Shell, sandbox: Sandbox) -> Shell:
    return connect(people)
