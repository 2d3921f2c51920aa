"""What every command has in common."""

import subprocess
import sys
from typing import Any

import pytest

from audience_sync.cli.lazy import Elsewhere
from audience_sync.cli.root import COMMANDS, command
from tests.cli.conftest import Shell


def leaves() -> list[Any]:
    """Every command that does something, with its whole name."""
    found = []
    for name, place in command().commands.items():
        assert isinstance(place, Elsewhere)
        loaded = place.load()
        inner = getattr(loaded, "commands", {})
        found += [pytest.param(each, id=f"{name} {sub}") for sub, each in inner.items()]
        found += [] if inner else [pytest.param(loaded, id=name)]
    return found


def test_the_list_of_commands_is_quick_because_it_imports_none_of_them() -> None:
    script = (
        "import sys, audience_sync.cli as c\n"
        "try: c.main(['--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit(any(name in sys.modules for name in ('sqlalchemy', 'duckdb', 'fastapi')))"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("found", leaves())
def test_every_command_has_an_example(found: Any) -> None:
    assert "Example:" in found.help


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, _, _, line in COMMANDS])
def test_the_list_says_what_the_commands_own_page_says(name: str, line: str) -> None:
    place = command().commands[name]
    assert isinstance(place, Elsewhere)
    assert place.load().help.splitlines()[0] == line


def test_the_exit_codes_are_documented(shell: Shell) -> None:
    assert "0 done; 1 the thing failed; 2 wrong use" in shell.ok("--help").out


def test_wrong_use_ends_with_2(shell: Shell) -> None:
    assert shell("history").code == 2


def test_an_unknown_command_ends_with_2(shell: Shell) -> None:
    assert shell("fly").code == 2


def test_a_refusal_ends_with_2_and_says_message_way_out_and_code(shell: Shell) -> None:
    answer = shell("sync", "Nobody")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines() == ["Error: There is no audience 'Nobody'.", "(NOT_FOUND)"]


def test_a_wrong_setting_ends_with_3(shell: Shell) -> None:
    shell.set("COLOUR", "red")
    answer = shell("segments", "list")
    assert answer.code == 3
    assert "AUDIENCE_SYNC_COLOUR" in answer.err


def test_the_version_is_printed(shell: Shell) -> None:
    assert shell.ok("--version").out.startswith("audience-sync 0.")


def test_python_can_run_the_package() -> None:
    done = subprocess.run([sys.executable, "-m", "audience_sync", "--version"], capture_output=True, check=False)
    assert done.returncode == 0
