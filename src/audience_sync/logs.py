"""Every line of the log, ours and the libraries', in one shape and without secrets or people's identifiers."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from audience_sync.settings import Settings

GONE = "[redacted]"
SECRET_NAMES = re.compile(r"token|secret|password|authorization|cookie|verifier|proof|signature", re.IGNORECASE)
SECRETS = re.compile(
    r"""asy_[0-9a-f]{8,}_[\w-]+                       # an API key of ours
      | \bEAA[A-Za-z0-9]{10,}                         # a token of Meta
      | (?<=[Bb]earer\s)\S+                           # whatever follows that word
      | (?<=token=)[^&\s'"]+ | (?<=code=)[^&\s'"]+ | (?<=state=)[^&\s'"]+ | (?<=proof=)[^&\s'"]+
      | (?<=signature=)[^&\s'"]+
      | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)               # user and password of an address
      | [\w.+%-]+@[\w-]+\.[\w.-]+                     # an e-mail address
      | \b[0-9a-fA-F]{64}\b                           # a key as it is sent
      | (?<![\w:.-])\+?\d[\d\s().-]{7,}\d(?![\w:.-])  # a phone number
    """,
    re.VERBOSE,
)
"""The last line of defence: nothing of this kind is logged on purpose."""

Event = MutableMapping[str, Any]


def redact(text: str) -> str:
    """The text without what looks like a secret or like somebody's identifier."""
    return SECRETS.sub(GONE, text)


def redacted(_logger: object, _method: str, event: Event) -> Event:
    """A structlog processor: every value of the event, however deep, is redacted."""
    return {name: GONE if SECRET_NAMES.search(name) and value else _clean(value) for name, value in event.items()}


def _clean(value: Any) -> Any:
    match value:
        case str():
            return redact(value)
        case dict():
            return {
                name: GONE if SECRET_NAMES.search(str(name)) and inner else _clean(inner)
                for name, inner in value.items()
            }
        case list() | tuple():
            return [_clean(inner) for inner in value]
        case bool() | int() | float() | None:
            return value
        case _:
            return redact(str(value))


def configure(settings: Settings) -> None:
    """From now on this process logs to standard error as the settings say."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, redacted, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    _send_to_stderr(_formatter(settings, shared), level)


def _formatter(settings: Settings, shared: list[Any]) -> logging.Formatter:
    at_terminal = sys.stderr.isatty()
    for_people = settings.log_format == "console" or (settings.log_format == "auto" and at_terminal)
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=at_terminal) if for_people else structlog.processors.JSONRenderer()
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redacted,
            renderer,
        ],
    )


def _send_to_stderr(formatter: logging.Formatter, level: int) -> None:
    line = logging.StreamHandler(sys.stderr)
    line.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [line]
    root.setLevel(level)
    # Libraries tell at INFO what they were asked to do, addresses and all.
    for noisy in ("httpx2", "httpcore", "httpcore2", "alembic", "sqlalchemy"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
