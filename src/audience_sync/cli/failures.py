"""Errors in words, and what they mean for whoever called."""

from audience_sync.cli.printing import complain
from audience_sync.errors import AudienceSyncError, Refusal, SetupError

FAILED, REFUSED, NOT_SET_UP = 1, 2, 3
"""Exit codes, beside 0 for done. 2 is also what wrong use ends with."""


def told(problem: AudienceSyncError) -> int:
    """The exit code; the message, the way out and the code are on standard error."""
    complain(problem.message, problem.hint, problem.code)
    return exit_code(problem)


def exit_code(problem: AudienceSyncError) -> int:
    match problem:
        case SetupError():
            return NOT_SET_UP
        case Refusal():
            return REFUSED
        case _:
            return FAILED
