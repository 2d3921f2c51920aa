"""What a dialect must say to compare within itself: about ten short texts. Everything else is the same for all."""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

Text = Callable[[str, pa.DataType], str]


@dataclass(frozen=True, slots=True)
class Pack:
    """A dialect's way of saying it. `{}` stands for an expression, of which there may be several; `{0}` for the first.

    Fingerprints must be the same for the same rows, and different for different ones, within one dialect; `md5` and
    `together` must also be what they are here.
    """

    name: str
    text: Text
    """SQL: a column of that Arrow type as a text from which its value can be told; NULL stays NULL."""
    quote: Callable[[str], str]
    """A name as an identifier."""
    literal: Callable[[str], str]
    """A text as a value."""
    md5: str
    """Of a text's bytes in UTF-8, as 32 lower-case hexadecimal digits."""
    length: str
    """Of a text, as a text."""
    together: str
    """An aggregate over texts: the only one, or the MD5 of all of them, sorted, one behind the other."""
    text_type: str
    count_type: str
    anti: str
    """The join that keeps rows without a partner; `` when it is an outer join of which they are filtered."""
    tables: str
    """The statement that lists the tables of a schema, given as an identifier and as the value of its last part."""
    kept: str = ""
    """What is said behind the columns of a new table."""
    scratch: str = ""
    """The schema of tables that only one session sees; `` when there is none, and all lie in the user's."""
    scratch_create: str = ""
    settings: str = ""
    """The statement of whatever else decides how values become texts, as one text."""
    steady: bool = False
    """Whether all statements of a session see the warehouse at one moment."""


def doubled(mark: str) -> Callable[[str], str]:
    """Quoting by that mark, which is doubled inside."""
    return lambda text: f"{mark}{text.replace(mark, mark * 2)}{mark}"


def escaped(mark: str) -> Callable[[str], str]:
    """Quoting by that mark, with backslashes in front of it and of themselves."""
    return lambda text: mark + text.replace("\\", "\\\\").replace(mark, f"\\{mark}") + mark


def is_nested(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind))


def is_moment(kind: pa.DataType) -> bool:
    """Whether it is a point in time: a text of it must not depend on where the session is."""
    return bool(pa.types.is_timestamp(kind) and kind.tz is not None)
