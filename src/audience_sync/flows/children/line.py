"""What a child and its parent say to each other: a job in, how far it is and its result out, as lines of JSON."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from audience_sync.errors import AudienceSyncError

Work = tuple[type, Callable[..., Any]]
"""The class of a job, and what does it: given the job and a function that tells how far it is."""


class Absent:
    """A finder for which some packages are not installed."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        """Nothing, so that others look for the module; ModuleNotFoundError for those that are not to be found."""
        if name in self._names:
            raise ModuleNotFoundError(f"No module named {name!r} is wanted here.", name=name)


def serve(work: Mapping[str, Work], *, without: tuple[str, ...] = ()) -> None:
    """The job on standard input is done. What goes wrong in words of ours is told; anything else ends the process.

    The packages in `without` count as not installed.
    """
    # Arrow looks for pandas as soon as it makes an array, and loads it where it is: 0.6 s that no job of ours needs.
    sys.meta_path.insert(0, Absent(without))
    job = json.loads(sys.stdin.readline())
    try:
        _say({"result": perform(work[job.pop("job")], job, lambda said: _say({"told": said}))})
    except AudienceSyncError as problem:
        kind = type(problem).__name__
        said = {"message": problem.message, "hint": problem.hint, "code": problem.code, "details": problem.details}
        _say({"error": {"kind": kind, **said}})


def perform(work: Work, job: dict[str, Any], say: Callable[[Any], None]) -> dict[str, Any]:
    """The job's result as JSON has it."""
    kind, done = work
    return asdict(done(_revalued(kind, job), say))


def _revalued(kind: Any, value: Any) -> Any:
    """A job, or a value within one, as it was before it became JSON."""
    if is_dataclass(kind):
        return kind(**{each.name: _revalued(each.type, value[each.name]) for each in fields(kind)})  # type: ignore[operator]  # It is a class.
    return tuple(value) if isinstance(value, list) else value


def _say(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
