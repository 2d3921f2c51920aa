"""docs/settings.md, from the fields of Settings."""

from enum import StrEnum

from pydantic.fields import FieldInfo

from audience_sync.settings import PREFIX, Settings
from tools.docs.markdown import code, table
from tools.docs.markdown import page as whole

INTRO = """Settings come from the environment, each with a default that works on one machine. They are read once at
start: a wrong or misspelt one ends it with words and exit code 3, never later. `audience-sync doctor` checks them.

**Secrets** (`SECRET_KEYS`, `META_APP_SECRET`, `METRICS_TOKEN`, a password in `DATABASE_URL`) appear in no log and no
error. Keep a copy of the key ring: without it the stored tokens cannot be opened."""


def page() -> str:
    rows = [
        (code(PREFIX + name.upper()), _default(field), _told(field)) for name, field in Settings.model_fields.items()
    ]
    return whole("Settings", "src/audience_sync/settings.py", [INTRO, table(("Name", "Default", "Meaning"), rows)])


def _default(field: FieldInfo) -> str:
    value = field.default.value if isinstance(field.default, StrEnum) else field.default
    return code(value) or "empty"


def _told(field: FieldInfo) -> str:
    return " ".join(filter(None, [field.description, *_limits(field)]))


def _limits(field: FieldInfo) -> list[str]:
    """What else the value must be, in words."""
    words = {"ge": "At least {}.", "gt": "More than {}.", "le": "At most {}.", "pattern": "Pattern: `{}`."}
    kind = field.annotation
    choices = [f"One of {', '.join(map(code, kind))}."] if isinstance(kind, type) and issubclass(kind, StrEnum) else []
    return choices + [
        said.format(getattr(limit, name))
        for limit in field.metadata
        for name, said in words.items()
        if getattr(limit, name, None) is not None
    ]
