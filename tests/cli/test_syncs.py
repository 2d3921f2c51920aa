"""Audiences, runs and history at the shell, where each test has an installation of its own."""

import copy
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from audience_sync.sandbox.serve import Sandbox
from audience_sync.sandbox.world import World
from tests.cli.conftest import Shell, bring_people, connect, pretend_meta

pytestmark = pytest.mark.slow


def held(sandbox: Sandbox) -> set[tuple[str, str]]:
    """Keys of the one audience that the pretend Meta has."""
    (audience,) = sandbox.world.platforms["meta"].audiences()
    return set(audience.members.all_keys())


@dataclass(frozen=True)
class First:
    """An installation whose audience "Members - Stratum" is on Meta with two profiles, to be copied by tests."""

    data: Path
    world: World

    def copy_to(self, shell: Shell, world: World) -> None:
        """The shell's installation and its Meta are as these, and go their own way from here."""
        shutil.copytree(self.data, shell.folder / "data")
        same_clock = {id(self.world.clock): world.clock}
        vars(world.platforms["meta"]).update(copy.deepcopy(vars(self.world.platforms["meta"]), same_clock))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> First:
    with pytest.MonkeyPatch.context() as patch:
        shell = Shell(tmp_path_factory.mktemp("first"), patch)
        with pretend_meta(shell, processing_seconds=0) as running:
            connect(bring_people(shell)).ok("audiences", "create", "Members")
    return First(shell.folder / "data", running.world)


@pytest.fixture
def filled(first: First, shell: Shell, sandbox: Sandbox) -> Shell:
    """A copy of the first installation: the audience "Members - Stratum" is on Meta with two profiles."""
    first.copy_to(shell, sandbox.world)
    return shell


def test_with_json_nothing_but_json_is_printed(connected: Shell) -> None:
    assert connected.ok("audiences", "create", "Members", "--json").json["run"]["status"] == "completed"


def test_a_sync_does_the_plan_that_was_shown(filled: Shell) -> None:
    number = filled.ok("preview", "Members", "--json").json["number"]
    done = filled.ok("sync", "Members", "--plan", str(number), "--json").json
    assert done["run"]["status"] == "completed"


def test_a_plan_that_is_used_up_is_refused(filled: Shell) -> None:
    number = filled.ok("preview", "Members", "--json").json["number"]
    filled.ok("sync", "Members")
    assert filled("sync", "Members", "--plan", str(number)).code == 2


def test_a_full_replace_sends_everyone_again(filled: Shell) -> None:
    assert filled.ok("sync", "Members", "--replace", "--json").json["run"]["sent"] == 2


def test_a_guardrail_stops_a_sync_until_its_plan_is_approved(filled: Shell, sandbox: Sandbox) -> None:
    (filled.folder / "people.csv").write_text("profile_id,member\np1,no\np2,no\n")
    filled.ok("import", "profiles", "people.csv")
    stopped = filled("sync", "Members")
    shown = filled.ok("preview", "Members")
    number = re.search(r"--plan (\d+) --approve", shown.out)
    assert (stopped.code, "GUARDRAIL" in stopped.out, len(held(sandbox))) == (1, True, 3)
    assert "would leave nobody" in shown.out and number is not None
    refused = filled("sync", "Members", "--plan", number[1])
    done = filled.ok("sync", "Members", "--plan", number[1], "--approve", "--json").json["run"]
    assert (refused.code, done["approved"], held(sandbox)) == (2, ["never_empty"], set())


def test_guardrails_are_edited_and_shown(filled: Shell) -> None:
    said = filled.ok("audiences", "edit", "Members", "--most-removed", "20", "--largest", "9000", "--may-be-empty").out
    assert "At most 20% may leave at once; at most 9,000 profiles" in said


def test_a_run_that_fails_ends_with_1_and_says_why(filled: Shell, sandbox: Sandbox) -> None:
    sandbox.world.fail("meta", "error:190/463", times=None)
    answer = filled("sync", "Members", "--replace")
    assert answer.code == 1
    assert "✗ Sync Failed" in answer.out


def test_a_second_run_beside_an_unfinished_one_is_refused(filled: Shell) -> None:
    filled.ok("sync", "Members", "--no-wait")
    answer = filled("sync", "Members", "--no-wait")
    assert (answer.code, "SYNC_IN_PROGRESS" in answer.err) == (2, True)


def test_a_queued_run_can_be_cancelled(filled: Shell) -> None:
    run = filled.ok("sync", "Members", "--no-wait", "--json").json
    assert filled.ok("cancel", run["id"][:8], "--json").json["cancel_requested"]


def test_an_edited_name_is_the_platforms_too(filled: Shell, sandbox: Sandbox) -> None:
    filled.ok("audiences", "edit", "Members", "--name", "Friends", "--every", "6")
    assert [each.name for each in sandbox.world.platforms["meta"].audiences()] == ["Friends"]


def test_an_unlinked_audience_stays_on_the_platform(filled: Shell, sandbox: Sandbox) -> None:
    filled.ok("audiences", "delete", "Members", "--unlink-only", given="Members - Stratum\n")
    assert filled.ok("audiences", "list", "--json").json == []
    assert len(held(sandbox)) == 3


def test_a_deleted_audience_is_gone_from_the_platform(filled: Shell, sandbox: Sandbox) -> None:
    filled.ok("audiences", "delete", "Members", "--from-platform", "--yes")
    assert sandbox.world.platforms["meta"].audiences() == []


def test_an_existing_audience_can_be_linked(filled: Shell, sandbox: Sandbox) -> None:
    remote = filled.ok("audiences", "show", "Members", "--json").json["remote_id"]
    filled.ok("audiences", "delete", "Members", "--unlink-only", "--yes")
    linked = filled.ok("audiences", "link", "Members", remote, "--json").json
    assert (linked["run"]["operation"], linked["remote_id"]) == ("update", remote)


def test_a_name_that_may_mean_two_is_refused_with_both(filled: Shell) -> None:
    filled.ok("audiences", "create", "Members", "--name", "Members - Two")
    answer = filled("preview", "Members")
    assert (answer.code, "AMBIGUOUS" in answer.err, "Members - Two" in answer.err) == (2, True, True)


def test_which_account_must_be_said_when_several_are_chosen(connected: Shell) -> None:
    connected.ok("connections", "choose", "meta", "act_123456789", "act_987654321")
    answer = connected("audiences", "create", "Members")
    assert (answer.code, "act_987654321 - Secondary Account" in answer.err) == (2, True)


def test_ctrl_c_stops_the_run_safely_and_ends_with_1(connected: Shell, sandbox: Sandbox) -> None:
    """The command runs in a process of its own, and is interrupted while Meta is slow to create the audience."""
    sandbox.world.fail("meta", "slow:6", path="customaudiences")
    command = [sys.executable, "-m", "audience_sync", "audiences", "create", "Members", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as working:
        while not sandbox.world.recorder.requests(path="customaudiences"):
            time.sleep(0.05)
        working.send_signal(signal.SIGINT)
        said, complaints = working.communicate(timeout=120)
    assert (working.returncode, json.loads(said)["run"]["status"]) == (1, "cancelled"), complaints


def test_ctrl_c_twice_ends_without_a_traceback(connected: Shell, sandbox: Sandbox) -> None:
    sandbox.world.fail("meta", "slow:5", path="customaudiences")
    command = [sys.executable, "-m", "audience_sync", "audiences", "create", "Members"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as working:
        while not sandbox.world.recorder.requests(path="customaudiences"):
            time.sleep(0.05)
        working.send_signal(signal.SIGINT)
        # Two signals that come before either is looked at would be one.
        heard = next(line for line in pipe_of(working) if "Stopping" in line)
        working.send_signal(signal.SIGINT)
        _, complaints = working.communicate(timeout=120)
    assert (working.returncode, "Traceback" in heard + complaints) == (130, False), complaints


def pipe_of(process: "subprocess.Popen[str]") -> IO[str]:
    """What it says on its standard error, line by line."""
    assert process.stderr is not None
    return process.stderr
