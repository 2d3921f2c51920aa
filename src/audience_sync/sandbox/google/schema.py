"""JSON messages as Google's front end reads and writes them: names in both spellings, enums as names or numbers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from audience_sync.sandbox.google.errors import BadJson

TYPE_NAME = "type.googleapis.com/google.ads.datamanager.v1."
_DURATION = re.compile(r"(-?\d{1,12})(?:\.\d{1,9})?s").fullmatch
_WHOLE = re.compile(r"-?\d{1,19}").fullmatch


@dataclass(frozen=True)
class Enum:
    """The values of an enumeration by their number."""

    name: str
    values: tuple[str, ...]
    numbers: Mapping[int, str]


@dataclass(frozen=True)
class Scalar:
    """A plain value; `read` gives its normal form, or raises ValueError. Answers may leave out its `default`."""

    name: str
    read: Callable[[Any], Any]
    default: Any = None


@dataclass(frozen=True)
class Message:
    """The fields of an object by their snake_case name. Of `oneof` at most one may be set."""

    fields: "Mapping[str, Field]"
    oneof: tuple[str, ...] = ()
    oneof_name: str = "data"
    spellings: "dict[str, Spelling]" = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, declared in self.fields.items():
            self.spellings[name] = self.spellings[camel(name)] = Spelling(name, camel(name), declared)


@dataclass(frozen=True, slots=True)
class Spelling:
    """The two names of a field, and what it holds."""

    snake: str
    camel: str
    field: "Field"


Kind: TypeAlias = "Enum | Scalar | Message"


@dataclass(frozen=True)
class Many:
    """A list of values of one kind."""

    of: Kind


Field: TypeAlias = "Kind | Many"


def enum(name: str, *values: str, **numbered: int) -> Enum:
    """The enumeration whose first value has the number 0; `numbered` are values out of the row."""
    numbers = {**dict(enumerate(values)), **{number: value for value, number in numbered.items()}}
    return Enum(name, tuple(numbers.values()), numbers)


def camel(name: str) -> str:
    """display_name as displayName."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def snake(name: str) -> str:
    """displayName, and display_name, as display_name."""
    return re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", name)


def read(kind: Field, value: Any, path: str = "") -> Any:
    """The value under camelCase names, with enums by name and 64-bit numbers as text; BadJson where it does not fit."""
    if isinstance(kind, Message):
        return _read_message(kind, value, path)
    if isinstance(kind, Many):
        return _read_many(kind, value, path)
    if isinstance(kind, Enum):
        return _read_enum(kind, value, path)
    try:
        return kind.read(value)
    except (ValueError, TypeError) as error:
        raise _misfit(path, kind.name, value) from error


def shown(kind: Field, value: Any, *, numbers: bool, sparse: bool) -> Any:
    """The value for an answer: enums as `numbers` where the caller asked for them, `sparse` without default values."""
    if isinstance(kind, Enum):
        return next(number for number, name in kind.numbers.items() if name == value) if numbers else value
    if isinstance(kind, Many):
        return [shown(kind.of, each, numbers=numbers, sparse=sparse) for each in value]
    if not isinstance(kind, Message):
        return value
    return {
        name: shown(kind.spellings[name].field, given, numbers=numbers, sparse=sparse)
        for name, given in value.items()
        if not (sparse and _is_default(kind.spellings[name].field, given))
    }


def _is_default(kind: Field, value: Any) -> bool:
    return isinstance(kind, Scalar) and kind.default == value


def _read_message(kind: Message, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _misfit(path, "object", value)
    found: dict[str, Any] = {}
    for given, content in value.items():
        if given not in kind.spellings:
            raise _unknown(given, path)
        if content is None:
            continue
        spelling = kind.spellings[given]
        place = f"{path}.{spelling.snake}" if path else spelling.snake
        found[spelling.camel] = read(spelling.field, content, place)
    if kind.oneof and len(found) > 1:
        _check_oneof(kind, found, path)
    return found


def _read_many(kind: Many, value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise _misfit(path, "array", value)
    return [read(kind.of, each, f"{path}[{place}]") for place, each in enumerate(value)]


def _check_oneof(kind: Message, found: dict[str, Any], path: str) -> None:
    names = [name for name in kind.oneof if camel(name) in found]
    if len(names) > 1:
        text = f"Invalid value at '{path}' (oneof), oneof field '{kind.oneof_name}' is already set."
        raise BadJson(f"{text} Cannot set '{camel(names[1])}'", path)


def _read_enum(kind: Enum, value: Any, path: str) -> str:
    number = value if isinstance(value, int) and not isinstance(value, bool) else None
    if number is None and isinstance(value, str) and value.isdecimal():
        number = int(value)
    name = kind.numbers.get(number) if number is not None else value
    if name not in kind.values:
        raise _misfit(path, f"{TYPE_NAME}{kind.name}", value)
    return str(name)


def _unknown(name: str, path: str) -> BadJson:
    place = f" at '{path}'" if path else ""
    return BadJson(f'Invalid JSON payload received. Unknown name "{name}"{place}: Cannot find field.', path)


def _misfit(path: str, kind: str, value: Any) -> BadJson:
    shape = f'"{value}"' if isinstance(value, str) else str(value)[:60]
    return BadJson(f"Invalid value at '{path}' ({kind}), {shape}", path)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("not text")
    return value


def _truth(value: Any) -> bool:
    if value in ("true", "false"):
        return bool(value == "true")
    if not isinstance(value, bool):
        raise ValueError("not true or false")
    return value


def _long(value: Any) -> str:
    if isinstance(value, bool) or not _WHOLE(str(value)):
        raise ValueError("not a whole number")
    return str(int(value))


def _whole(value: Any) -> int:
    return int(_long(value))


def _duration(value: Any) -> str:
    if not isinstance(value, str) or not _DURATION(value):
        raise ValueError("not a duration")
    return value


STRING = Scalar("TYPE_STRING", _text, "")
BOOL = Scalar("TYPE_BOOL", _truth, False)
INT64 = Scalar("TYPE_INT64", _long, "0")
INT32 = Scalar("TYPE_INT32", _whole, 0)
DURATION = Scalar("type.googleapis.com/google.protobuf.Duration", _duration)
