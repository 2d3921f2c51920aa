"""Who may write: whoever lives keeps the turn, whoever is dead loses it, and no clocks are compared."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from audience_sync.model.held import Held
from audience_sync.sources.builtin.lease import Lease, holder_of


@dataclass
class Row:
    """A pointer in memory, and a clock by which another host gives signs of life, and then ends or dies."""

    seen: Held = field(default_factory=lambda: Held(0, 0, ""))
    now: float = 0.0
    lives_until: float = 0.0
    ends_at: float = float("inf")
    freed: list[int] = field(default_factory=list)

    def pause(self, seconds: float) -> None:
        self.now += seconds
        if self.now < self.lives_until:
            self.beat(self.seen.fence)
        if self.now >= self.ends_at:
            self.seen = replace(self.seen, holder="")

    def read(self) -> str:
        return ""

    def owner(self) -> str:
        return "me"

    def held(self) -> Held:
        return self.seen

    def take(self, seen: Held, holder: str) -> int | None:
        if seen != self.seen:
            return None
        self.seen = Held(seen.fence + 1, 0, holder)
        return self.seen.fence

    def beat(self, fence: int) -> bool:
        self.seen = replace(self.seen, beats=self.seen.beats + 1)
        return True

    def free(self, fence: int) -> None:
        self.freed.append(fence)

    def move(self, fence: int, text: str) -> bool:
        return fence == self.seen.fence


def turn(row: Row, holder: str = "me") -> int:
    lease = Lease(row, life_seconds=60, look_seconds=1, clock=lambda: row.now, pause=row.pause)
    with lease.held(holder) as fence:
        return fence


def test_a_turn_that_nobody_has_is_taken_at_once() -> None:
    row = Row()
    assert (turn(row), row.now, row.freed) == (1, 0, [1])


def test_a_living_writer_is_waited_for_however_long_it_takes() -> None:
    row = Row(Held(4, 0, "other"), lives_until=7200, ends_at=7200)
    assert (turn(row), row.now) == (5, 7200)


def test_a_dead_writer_is_waited_for_as_long_as_a_life() -> None:
    row = Row(Held(4, 9, "other"), lives_until=100)
    turn(row)
    assert 159 <= row.now <= 161


def test_a_dead_writer_of_the_same_host_is_not_waited_for() -> None:
    row = Row(Held(4, 9, "me"))
    assert (turn(row), row.now) == (5, 0)


def test_a_folder_keeps_its_name_and_another_has_another(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    assert holder_of(tmp_path) == holder_of(tmp_path) != holder_of(tmp_path / "b")
