"""A run under way: the specification's lines, the bar, and what is being waited for."""

import sys
from types import TracebackType
from typing import Protocol

from rich.console import Group
from rich.live import Live
from rich.text import Text

from audience_sync.cli.printing import console, say
from audience_sync.cli.words import clock, count, short_duration
from audience_sync.flows.views import ProgressView, RunDetail, StepView

BAR_WIDTH = 34
MARKS = {"done": "✓", "running": "⟳", "stopped": "✗", "waiting": ""}
STYLES = {"done": "green", "running": "cyan", "stopped": "red", "waiting": "dim"}


class Watcher(Protocol):
    """Who is shown a run as it goes on."""

    def __enter__(self) -> "Watcher": ...

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, detail: RunDetail) -> None: ...


def watcher(*, silent: bool = False) -> Watcher:
    """A picture that renews itself at a terminal, finished lines elsewhere, nothing when `silent`."""
    if silent:
        return Nobody()
    return Screen() if sys.stdout.isatty() else Lines()


class Nobody:
    """Is shown nothing."""

    def __enter__(self) -> "Nobody":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end."""

    def show(self, detail: RunDetail) -> None:
        """Nothing."""


class Screen(Nobody):
    """The whole progress, drawn anew with each look."""

    def __init__(self) -> None:
        self._live = Live(console=console(), auto_refresh=False)

    def __enter__(self) -> "Screen":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, detail: RunDetail) -> None:
        self._live.update(drawn(detail), refresh=True)


class Lines(Nobody):
    """Each line once, when it is finished, and each reason to wait."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def show(self, detail: RunDetail) -> None:
        if not self._said:
            self._once(title(detail))
        for step in detail.progress.steps:
            if step.state == "done":
                self._once(line(step, detail.progress).plain)
        if waiting := _waiting(detail.progress):
            self._once(waiting)

    def _once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            say(text)


def title(detail: RunDetail) -> str:
    words = {"create": "Creating audience...", "delete": "Deleting audience..."}
    return words.get(detail.run.operation, "Syncing...")


def drawn(detail: RunDetail) -> Group:
    """Title, bar and lines."""
    progress = detail.progress
    lines = [line(step, progress) for step in progress.steps]
    waiting = [Text(text, style="yellow") for text in (_waiting(progress), _stopping(detail)) if text]
    return Group(Text(title(detail), style="bold"), bar(progress.percent), *lines, *waiting)


def bar(percent: int) -> Text:
    """████████████████████░░░░░░░░░░░░░░ 60%"""
    full = BAR_WIDTH * percent // 100
    return Text.assemble(("█" * full, "cyan"), ("░" * (BAR_WIDTH - full), "dim"), f" {percent}%")


def line(step: StepView, progress: ProgressView) -> Text:
    """• Getting segment members... ✓"""
    text = Text(f"• {step.label}... {MARKS[step.state]}".rstrip(), style=STYLES[step.state])
    if step.name == "uploading" and step.state == "running" and progress.batches:
        text.append(f"  {_pace(progress)}", style="dim")
    return text


def _pace(progress: ProgressView) -> str:
    parts = [f"batch {count(progress.batches_done)} of {count(progress.batches)}"]
    if progress.rows_per_second:
        parts.append(f"{progress.rows_per_second:,.0f} rows a second")
    if progress.seconds_left:
        parts.append(f"about {short_duration(progress.seconds_left)} left")
    return ", ".join(parts)


def _waiting(progress: ProgressView) -> str:
    if not progress.waiting_for:
        return ""
    until = f" Goes on at {clock(progress.waiting_until)}." if progress.waiting_until else ""
    return f"{progress.waiting_for}{until}"


def _stopping(detail: RunDetail) -> str:
    return "Stopping after the current batch..." if detail.run.cancel_requested else ""
