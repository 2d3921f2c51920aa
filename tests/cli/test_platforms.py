"""Connecting at the shell."""

import asyncio
import subprocess
import sys
from urllib.parse import urlencode
from urllib.request import urlopen

from audience_sync.demo.browser import consent
from audience_sync.sandbox.serve import Sandbox
from tests.cli.conftest import TOKEN, Shell


def test_a_token_connects_and_accounts_are_chosen(shell: Shell, sandbox: Sandbox) -> None:
    made = shell.ok("connect", "meta", "--token", "-", "--accounts", "act_987654321", "--json", given=TOKEN).json
    assert [each["remote_id"] for each in made["accounts"] if each["selected"]] == ["act_987654321"]


def test_a_token_on_the_command_line_is_refused(shell: Shell, sandbox: Sandbox) -> None:
    answer = shell("connect", "meta", "--token", TOKEN)
    assert (answer.code, "TOKEN_EXPOSED" in answer.err) == (2, True)


def test_a_token_that_meta_does_not_know_is_refused(shell: Shell, sandbox: Sandbox) -> None:
    assert shell("connect", "meta", "--token", "-", given="SOMETHING_ELSE_ENTIRELY").code == 2


def test_without_an_app_the_way_out_is_told(shell: Shell) -> None:
    answer = shell("connect", "meta", "--no-browser")
    assert (answer.code, "AUDIENCE_SYNC_META_APP_ID" in answer.err) == (2, True)


def test_connections_list_platforms_that_are_not_connected_too(shell: Shell) -> None:
    meta, *_ = shell.ok("connections", "--json").json
    assert meta["connected"] == "Not Connected"


def test_accounts_can_be_chosen_later(connected: Shell) -> None:
    made = connected.ok("connections", "choose", "meta", "act_111222333", "--json").json
    assert [each["remote_id"] for each in made["accounts"] if each["selected"]] == ["act_111222333"]


def test_a_connection_can_be_refreshed(connected: Shell) -> None:
    assert connected.ok("connections", "refresh", "meta", "--json").json["state"] == "live"


def test_a_disconnected_platform_is_not_connected(connected: Shell) -> None:
    connected.ok("disconnect", "meta", "--yes")
    meta, *_ = connected.ok("connections", "--json").json
    assert meta["connections"] == []


def test_the_consent_page_is_answered_to_this_command(shell: Shell, sandbox: Sandbox) -> None:
    """The command waits in a process of its own; this test is the browser."""
    shell.set("BASE_URL", "http://127.0.0.1:8765")
    command = [sys.executable, "-m", "audience_sync", "connect", "meta", "--no-browser", "--accounts", "all"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout is not None
        _page, answer = asyncio.run(consent(waiting.stdout.readline().strip()))
        with urlopen(f"http://127.0.0.1:8765/api/v1/platforms/meta/callback?{urlencode(answer)}") as page:
            assert b"Meta is connected." in page.read()
        said, complaints = waiting.communicate(timeout=120)
    assert (waiting.returncode, "act_123456789" in said) == (0, True), complaints


def test_an_accounts_checklist_is_shown(connected: Shell) -> None:
    shown = connected.ok("connections", "check").out
    assert "Custom Audience terms accepted" in shown


def test_without_orphans_it_says_so(connected: Shell) -> None:
    assert connected.ok("connections", "orphans").out.strip() == "There is no orphan."
