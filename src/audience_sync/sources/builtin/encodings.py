"""What kind of file this is: packed or not, its format, encoding and delimiter. Found by reading, never by name."""

import codecs
import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from charset_normalizer import from_bytes

from audience_sync.errors import Invalid

BLOCK = 1 << 20
DELIMITERS = ",;\t|"
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# A guess among all single-byte encodings of short Western words is a coin toss: it is trusted for other scripts only.
OTHER_SCRIPTS = frozenset(
    ["cp1251", "cp1253", "cp1255", "cp1256", "koi8_r", "shift_jis", "cp932", "euc_jp", "gb18030", "big5", "euc_kr"]
)


@dataclass(frozen=True, slots=True)
class Shape:
    """How to read a file. `delimiter` and `encoding` are empty where the format has none."""

    format: str
    """`csv`, `jsonl` or `parquet`."""
    packed: bool
    encoding: str = ""
    delimiter: str = ""


def shape_of(path: Path, *, encoding: str = "") -> Shape:
    """The file's shape; Invalid when it is no text and no Parquet. Reads it once, in blocks."""
    with path.open("rb") as file:
        head = file.read(4)
    if head == b"PAR1":
        return Shape("parquet", packed=False)
    packed = head[:2] == b"\x1f\x8b"
    encoding = encoding or _encoding(path, packed)
    sample = _sample(path, packed, encoding)
    if "\0" in sample:
        raise Invalid(f"{path.name} is not a text file.", "Give CSV, JSONL (both may be packed as .gz) or Parquet.")
    if sample.lstrip().startswith("{"):
        return Shape("jsonl", packed, encoding)
    return Shape("csv", packed, encoding, delimiter_of(sample))


def opened(path: Path, packed: bool) -> IO[bytes]:
    """The file's own bytes, unpacked."""
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]  # GzipFile is one.


class Utf8(io.RawIOBase):
    """A text file's bytes in UTF-8, whatever its encoding, and the last few of them that were read."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._file = file
        self._decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
        self.tail = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while block := self._file.read(size):
            found = self._decoder.decode(block).encode() if self._decoder else block
            if found:  # A block may end before its first character does.
                self.tail = (self.tail + found)[-64:]
                return found
        return self._decoder.decode(b"", final=True).encode() if self._decoder else b""


def delimiter_of(sample: str) -> str:
    """The delimiter by which most lines have as many cells as the first, a comma when none divides it."""
    return max(DELIMITERS, key=lambda delimiter: _regularity(sample, delimiter))


def _regularity(sample: str, delimiter: str) -> tuple[float, int]:
    lines = [cells for cells in csv.reader(sample.splitlines(keepends=True)[:200], delimiter=delimiter) if cells]
    width = len(lines[0]) if lines else 1
    if width == 1:
        return (0.0, 0)
    return (round(sum(len(cells) == width for cells in lines) / len(lines), 1), width)


def _encoding(path: Path, packed: bool) -> str:
    with opened(path, packed) as file:
        start = file.read(BLOCK)
    for mark, name in MARKS:
        if start.startswith(mark):
            return name
    zeros = start[:4096].count(0)
    if zeros > len(start[:4096]) // 4:
        return "utf-16-le" if start[1::2].count(0) > zeros // 2 else "utf-16-be"
    stray = _first_stray(path, packed)
    return "utf-8" if stray is None else _guess(stray)


def _first_stray(path: Path, packed: bool) -> bytes | None:
    """The first block that is not UTF-8, None when the whole file is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    block = b""
    try:
        for block in _blocks(path, packed):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return block
    return None


def _guess(block: bytes) -> str:
    best = from_bytes(block[: 1 << 16]).best()
    if best is not None and best.encoding in OTHER_SCRIPTS:
        return best.encoding
    try:
        block.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _blocks(path: Path, packed: bool) -> Iterator[bytes]:
    with opened(path, packed) as file:
        while block := file.read(BLOCK):
            yield block


def _sample(path: Path, packed: bool, encoding: str) -> str:
    with opened(path, packed) as file:
        try:
            decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        except LookupError:
            raise Invalid(f"There is no encoding {encoding!r}.", "Use utf-8, utf-16, cp1252 or latin-1.") from None
        return decoder.decode(file.read(BLOCK >> 4)).removeprefix("\ufeff")
