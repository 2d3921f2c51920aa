"""What is shown of an audience and its runs: one installation, looked at from all sides."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.cli.conftest import Answer, Shell, bring_people, connect, pretend_meta

STEPS = ("Getting segment members", "Calculating delta", "Hashing identifiers", "Uploading 2 profiles")
MORE = "profile_id,email,ads_consent,member\np9,zoe@example.com,granted,yes\n"


@dataclass(frozen=True)
class House:
    """The shell, what creating "All - Stratum" said, and what Meta holds."""

    shell: Shell
    created: Answer
    kinds: list[str]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The audience of everybody is on Meta, and somebody has joined since."""
    with pytest.MonkeyPatch.context() as patch:
        shell = Shell(tmp_path_factory.mktemp("house"), patch)
        with pretend_meta(shell, processing_seconds=3600) as sandbox:
            connect(bring_people(shell))
            shell.ok("segments", "create", "All", "--sql", "SELECT profile_id FROM profiles")
            created = shell.ok("audiences", "create", "All")
            (audience,) = sandbox.world.platforms["meta"].audiences()
            kinds = sorted(kind for kind, _ in audience.members.all_keys())
            (shell.folder / "more.csv").write_text(MORE)
            shell.ok("import", "profiles", "more.csv")
            yield House(shell, created, kinds)


def test_a_created_audience_is_told_in_the_specifications_words(house: House) -> None:
    for line in ("✓ Audience Created Successfully", "Platform: Meta (act_123456789)", "• Profiles Sent: 2"):
        assert line in house.created.out.splitlines()


def test_the_next_sync_is_told(house: House) -> None:
    assert "• Next Sync: " in house.created.out


def test_a_size_that_meta_has_not_told_is_a_dash_with_the_reason(house: House) -> None:
    assert "• Matched: — (Meta has not reported a size yet" in house.created.out


def test_progress_has_the_specifications_lines(house: House) -> None:
    lines = [line for line in house.created.out.splitlines() if line.endswith("... ✓")]
    middle = [f"• {step}... ✓" for step in STEPS]
    assert lines == ["• Creating audience on Meta... ✓", *middle, "• Processing identifiers... ✓"]


def test_the_platform_holds_what_may_be_sent(house: House) -> None:
    assert house.kinds == ["EMAIL", "EMAIL", "PHONE"]


def test_the_pre_flight_tells_the_three_figures(house: House) -> None:
    said = house.shell.ok("preview", "All").out
    for line in ("Current segment size: 5 profiles", "Last synced size: 2 profiles", "Expected changes: +1 added"):
        assert line in said.splitlines()


def test_the_pre_flight_has_the_waterfall(house: House) -> None:
    waterfall = house.shell.ok("preview", "All", "--json").json["waterfall"]
    assert waterfall["segment"] == sum(waterfall["withheld"].values()) + waterfall["sendable"]


def test_history_has_the_specifications_columns(house: House) -> None:
    header = house.shell.ok("history", "All").out.splitlines()[2]
    assert header.split()[:6] == ["Date", "Operation", "Status", "Sent", "Match", "Time"]


def test_history_has_the_four_figures(house: House) -> None:
    said = house.shell.ok("history", "All").out
    for figure in ("Total syncs: 1", "Success rate: 100%", "Avg match rate: —", "Audience growth: +2 profiles"):
        assert f"• {figure}" in said


def test_history_as_json_has_runs_and_summary(house: House) -> None:
    assert set(house.shell.ok("history", "All", "--json").json) == {"items", "summary"}


def test_a_run_is_named_by_its_number(house: House) -> None:
    said = house.shell.ok("run", "show", "All#1").out
    for line in ("Operation: Create", "Status: ✓ Completed", "Triggered by: Manual (Operator at the shell)"):
        assert line in said.splitlines()


def test_a_run_as_json_has_its_waterfall_and_batches(house: House) -> None:
    assert {"waterfall", "batches", "progress"} <= set(house.shell.ok("run", "show", "All#1", "--json").json)


def test_a_run_that_is_not_there_is_refused(house: House) -> None:
    assert house.shell("run", "show", "All#9").code == 2


def test_rejections_tell_whose_kind_and_why_but_never_the_value(house: House) -> None:
    answer = house.shell.ok("rejections", "All#1", "--json")
    assert answer.json == [{"profile_id": "p4", "kind": "email", "reason": "no_at"}]


def test_an_audience_is_listed_with_its_health(house: House) -> None:
    (listed,) = house.shell.ok("audiences", "list", "--json").json
    assert (listed["name"], listed["health"]) == ("All - Stratum", "Healthy")


def test_an_audience_can_be_paused_and_resumed(house: House) -> None:
    assert house.shell.ok("audiences", "pause", "All", "--json").json["state"] == "paused"
    assert house.shell.ok("audiences", "resume", "All", "--json").json["state"] == "active"


def test_an_audience_that_is_linked_there_already_is_not_relinked(house: House) -> None:
    answer = house.shell("audiences", "relink", "All")
    assert (answer.code, "is linked there already" in answer.err) == (2, True)


def test_no_raw_identifier_is_shown(house: House) -> None:
    said = [house.shell.ok(*words).out for words in (("run", "show", "All#1", "--json"), ("preview", "All"))]
    assert "ada@example.com" not in "".join(said)


def test_deleting_asks_what_is_to_become_of_it_on_the_platform(house: House) -> None:
    assert house.shell("audiences", "delete", "All", "--yes").code == 2


def test_deleting_needs_the_name_to_be_typed(house: House) -> None:
    answer = house.shell("audiences", "delete", "All", "--unlink-only", given="all\n")
    assert (answer.code, "NOT_CONFIRMED" in answer.err) == (2, True)
