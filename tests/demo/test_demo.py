"""The demo from beginning to end, and what it does to its folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from audience_sync.demo.pretend import SHOWN
from audience_sync.demo.stage import MARK, fresh, settings_of
from audience_sync.engine.single import only_worker
from audience_sync.errors import Refusal
from audience_sync.sandbox.serve import Sandbox
from audience_sync.sandbox.world import World


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> "subprocess.CompletedProcess[str]":
    """What the demo said, in an environment whose settings must not matter to it."""
    folder = tmp_path_factory.mktemp("demo")
    hostile = {"AUDIENCE_SYNC_DATA_DIR": "/nowhere", "AUDIENCE_SYNC_CONSENT_PURPOSE": "email", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "audience_sync", "demo", "--once"]
    return subprocess.run(command, cwd=folder, env=_inherited() | hostile, capture_output=True, text=True, check=False)


def _inherited() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(filter(None, sys.path))}


@pytest.mark.slow
def test_in_the_end_every_platform_holds_the_segments_keys(shown: "subprocess.CompletedProcess[str]") -> None:
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.count("✓ Equal") == len(SHOWN) == 4


@pytest.mark.slow
@pytest.mark.parametrize("platform", ["Meta", "Google", "TikTok", "Snapchat"])
def test_one_table_has_the_figures_of_every_platform(shown: "subprocess.CompletedProcess[str]", platform: str) -> None:
    _, _, results = shown.stdout.partition("All platforms")
    (row,) = [line.split() for line in results.splitlines() if line.startswith(platform)]
    sent, keys, matched, rate = row[1:5]
    assert 1_000 < int(sent.replace(",", "")) < int(keys.replace(",", ""))
    assert 0 < int(matched.replace(",", "")) <= 1_094
    assert 0 < float(rate.rstrip("%")) <= 100
    assert row[-9:-1] == ["✓", "+68", "-9", "~7", "✓", "+12", "✓", "all"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "High Value Customers (1,234 profiles)",
        "[Cancel] [Continue]",
        "act_987654321 - Secondary Account     ✓",
        "✓ Audience Created Successfully",
        "Expected changes: +68 added, -9 removed, 7 changed",
        "✓ Sync Completed",
        "Triggered by: Manual",
        "Scheduled",
        "Summary (30 days):",
        "• Total syncs: 4",
        "• Success rate: 100%",
    ],
)
def test_the_specifications_flows_are_shown(shown: "subprocess.CompletedProcess[str]", words: str) -> None:
    assert words in shown.stdout


@pytest.mark.slow
def test_nothing_is_complained_of(shown: "subprocess.CompletedProcess[str]") -> None:
    assert shown.stderr == ""


def test_a_folder_that_is_not_the_demos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(Refusal, match="not from a demo"):
        fresh(tmp_path)


def test_only_what_the_demo_made_is_deleted(tmp_path: Path) -> None:
    for name in (MARK, "data", "mine"):
        (tmp_path / name).mkdir() if name != MARK else (tmp_path / name).touch()
    fresh(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [MARK, "mine"]


def test_a_running_demo_is_not_disturbed(tmp_path: Path) -> None:
    fresh(tmp_path)
    with only_worker(tmp_path / "data"), pytest.raises(Refusal, match="running"):
        fresh(tmp_path)


def test_no_setting_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIENCE_SYNC_CONSENT_POLICY", "not_denied")
    sandbox = Sandbox("http://127.0.0.1:1", World(()))
    assert settings_of(tmp_path, sandbox).consent_policy == "granted"
