"""Everything that can go wrong, by what to do next.

AudienceSyncError                 message · hint (the way out) · code (stable) · status (HTTP)
├─ Refusal                        the caller must change something
│  ├─ Invalid            422      ├─ NotFound        404      ├─ Forbidden   403     ├─ Unauthenticated 401
│  └─ Conflict           409      SyncInProgress · AlreadyLinked · PlanOutOfDate · GuardrailBroken
├─ PlatformError         502      an ad platform said no
│  ├─ RetryLater(after)  503      wait, then go on
│  ├─ Reconnect          409      the grant expired or was withdrawn
│  ├─ ActionNeeded       409      a person must do something on the platform (terms, permission, flag)
│  ├─ AudienceGone       409      deleted over there
│  ├─ TooSmall           409      it will not remove below its minimum: stays debt
│  ├─ SessionLost        409      a replace session ended early: start a new one
│  └─ Rejected           502      it will never accept this
├─ SourceError           502      the CDP could not be read, or the segment is gone
│  └─ Unreadable         409      a warehouse: a person must do something first
└─ SetupError            500      a setting is missing or wrong: raised at start, never later
"""

from collections.abc import Mapping


class AudienceSyncError(Exception):
    """Says what happened, to what, and the way out; never a secret or a raw identifier."""

    status = 500
    code = "ERROR"

    def __init__(
        self, message: str, hint: str = "", *, code: str = "", details: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or type(self).code
        self.details: dict[str, object] = dict(details or {})

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Refusal(AudienceSyncError):
    """The caller must change something."""

    status = 400
    code = "REFUSED"


class Invalid(Refusal):
    """What was given cannot be used as it is."""

    status = 422
    code = "INVALID"


class NotFound(Refusal):
    """There is no such thing, or it is not for this actor to see."""

    status = 404
    code = "NOT_FOUND"


class Unauthenticated(Refusal):
    """Nobody we know is asking."""

    status = 401
    code = "UNAUTHENTICATED"


class Forbidden(Refusal):
    """The actor lacks the permission."""

    status = 403
    code = "FORBIDDEN"


class Conflict(Refusal):
    """It contradicts how things stand now."""

    status = 409
    code = "CONFLICT"


class SyncInProgress(Conflict):
    """One writer per audience: a run of it has not ended yet."""

    code = "SYNC_IN_PROGRESS"


class AlreadyLinked(Conflict):
    """That remote audience, or that name, is taken by another audience of ours."""

    code = "ALREADY_LINKED"


class PlanOutOfDate(Conflict):
    """The plan was frozen against a ledger that has moved on."""

    code = "PLAN_OUT_OF_DATE"


class GuardrailBroken(Conflict):
    """The plan would change the audience more than its guardrails allow, and nobody has approved that."""

    code = "GUARDRAIL"


class PlatformError(AudienceSyncError):
    """An ad platform said no."""

    status = 502
    code = "PLATFORM_ERROR"


class RetryLater(PlatformError):
    """Wait, then go on."""

    status = 503
    code = "PLATFORM_BUSY"

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        after_seconds: float,
        code: str = "",
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, hint, code=code, details=details)
        self.after_seconds = after_seconds


class Reconnect(PlatformError):
    """The grant expired or was withdrawn: a person must connect again."""

    status = 409
    code = "RECONNECT_NEEDED"


class ActionNeeded(PlatformError):
    """A person must do something on the platform first: terms, a permission, a flagged name."""

    status = 409
    code = "PLATFORM_ACTION_NEEDED"


class AudienceGone(PlatformError):
    """The audience no longer exists on the platform, or is no longer shared with us."""

    status = 409
    code = "AUDIENCE_GONE"


class TooSmall(PlatformError):
    """The platform will not remove people below its minimum; what is owed stays debt."""

    status = 409
    code = "AUDIENCE_TOO_SMALL"


class SessionLost(PlatformError):
    """A replace session ended before it was complete: a new one must start from its first batch."""

    status = 409
    code = "REPLACE_SESSION_LOST"


class Rejected(PlatformError):
    """The platform will never accept this."""

    code = "PLATFORM_REJECTED"


class SourceError(AudienceSyncError):
    """The CDP could not be read, or the segment is gone."""

    status = 502
    code = "SOURCE_ERROR"


class Unreadable(SourceError):
    """A warehouse cannot be read until a person does something about it."""

    status = 409
    code = "WAREHOUSE_UNREADABLE"


class SetupError(AudienceSyncError):
    """A setting is missing or wrong. Raised at start, never later."""

    code = "SETUP_ERROR"
