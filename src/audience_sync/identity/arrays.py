"""The few kernels that identity needs, from Arrow texts to Arrow texts and numpy masks: whole columns, no loops.

What there is nothing to do for is not copied: mostly all cells are kept, and none is replaced.
"""

from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audience_sync.identity.text import ASCII_BLANKS

Texts: TypeAlias = pa.StringArray
Ints: TypeAlias = npt.NDArray[np.int64]
Mask: TypeAlias = npt.NDArray[np.bool_]
Bytes: TypeAlias = npt.NDArray[np.uint8]
Starts: TypeAlias = npt.NDArray[np.int32]
TextLists: TypeAlias = "pa.ListArray[pa.StringScalar]"
AnyArray: TypeAlias = "pa.Array[Any]"
Column = TypeVar("Column", pa.StringArray, pa.BinaryArray)


def as_texts(values: list[str | None]) -> Texts:
    """A column of these texts."""
    return pa.array(values, pa.string())


def concatenated(columns: list[Texts]) -> Texts:
    """The cells of these columns, one after the other; of no columns, none."""
    return pa.concat_arrays([as_texts([]), *columns])


def whole(column: "pa.ChunkedArray[Any]") -> AnyArray:
    """A column as one array, whatever its chunks; copied only where there are several."""
    if column.num_chunks == 1:
        return column.chunks[0]
    return pa.concat_arrays([pa.array([], column.type), *column.chunks])


def nothing(size: int) -> Texts:
    """A column of nulls."""
    return pa.nulls(size, pa.string())


def blank(size: int) -> Texts:
    """A column of empty texts."""
    return pa.repeat("", size)


def characters(texts: Texts) -> Bytes:
    """All texts behind each other as the bytes of their UTF-8."""
    starts = starts_of(texts)
    return np.frombuffer(_buffer(texts, 2), np.uint8)[starts[0] : starts[-1]]


def starts_of(texts: Texts) -> Starts:
    """Where in Arrow's memory each text begins, and where the last one ends."""
    if not len(texts):
        return np.zeros(1, np.int32)
    return np.frombuffer(_buffer(texts, 1), np.int32)[texts.offset : texts.offset + len(texts) + 1]


def equally_long(held: Bytes, size: int, valid: Mask) -> pa.BinaryArray:
    """The next `size` bytes wherever the mask is true, null elsewhere."""
    ends = np.cumsum(valid, dtype=np.int32) * np.int32(size)
    mask = None if valid.all() else pa.array(valid, pa.bool_()).buffers()[1]
    buffers = [mask, pa.py_buffer(np.insert(ends, 0, 0).data), pa.py_buffer(held.data)]
    return cast(pa.BinaryArray, pa.Array.from_buffers(pa.binary(), len(valid), buffers))


def lowered(texts: Texts) -> Texts:
    """ASCII letters in lower case; others stay, since Arrow and Python lower some of them differently."""
    return cast(Texts, pc.call_function("ascii_lower", [texts]))


def trimmed_ascii(texts: Texts) -> Texts:
    """Texts without the ASCII blanks at their ends: the same that the authority takes off."""
    return cast(Texts, pc.call_function("ascii_trim", [texts], pc.TrimOptions(ASCII_BLANKS)))


def without(texts: Texts, pattern: str) -> Texts:
    """Texts with all that the expression matches taken out."""
    options = pc.ReplaceSubstringOptions(pattern, "")
    return cast(Texts, pc.call_function("replace_substring_regex", [texts], options))


def sliced(texts: Texts, start: int, stop: int | None = None) -> Texts:
    """The characters from `start` up to `stop`."""
    return pc.utf8_slice_codeunits(texts, start, stop)


def joined(prefix: str, texts: Texts) -> Texts:
    """Texts with the prefix before each."""
    return cast(Texts, pc.call_function("binary_join_element_wise", [pa.scalar(prefix), texts, pa.scalar("")]))


def side_by_side(lefts: Texts, rights: Texts) -> Texts:
    """Each text of the one with that of the other behind it."""
    return cast(Texts, pc.call_function("binary_join_element_wise", [lefts, rights, pa.scalar("")]))


def ascii_letters(texts: Texts) -> Texts:
    """The letters of ASCII texts in lower case; null for other texts and where no letter is left."""
    left = without(lowered(texts), "[^a-z]+")
    return only_where(_mask("string_is_ascii", texts) & (lengths(left) > 0), left)


def matching(texts: Texts, pattern: str) -> Mask:
    """Which texts the expression is found in. RE2 syntax, of which `^` and `$` mean the ends of the text."""
    return _mask("match_substring_regex", texts, pc.MatchSubstringOptions(pattern))


def equal(texts: Texts, text: str) -> Mask:
    return np.asarray(pc.call_function("equal", [texts, pa.scalar(text)]).to_numpy(zero_copy_only=False), np.bool_)


def present(column: pa.StringArray | pa.BinaryArray) -> Mask:
    """Which cells are not null."""
    return np.asarray(column.is_valid().to_numpy(zero_copy_only=False), np.bool_)


def lengths(texts: Texts) -> Ints:
    """The length of each text in bytes."""
    return np.asarray(pc.call_function("binary_length", [texts]).to_numpy(zero_copy_only=False), np.int64)


def integers(digits: Texts) -> Ints:
    """The numbers that the digits write."""
    return np.asarray(digits.cast(pa.int64()).to_numpy(zero_copy_only=False), np.int64)


def decimal(numbers: Ints) -> Texts:
    """The numbers in digits."""
    return cast(Texts, pa.array(numbers, pa.int64()).cast(pa.string()))


def encoded(texts: pa.StringArray | pa.BinaryArray) -> tuple[Ints, Texts]:
    """For each text the place of its like among the different texts, and these in order of first appearance."""
    dictionary = texts.dictionary_encode()
    return np.asarray(dictionary.indices.to_numpy(), np.int64), cast(Texts, dictionary.dictionary)


def picked(column: Column, places: Ints) -> Column:
    """The cells at these places, in their order."""
    return column.take(pa.array(places, pa.int64()))


def kept(column: Column, mask: Mask) -> Column:
    """The cells where the mask is true."""
    return column if mask.all() else column.filter(pa.array(mask, pa.bool_()))


def only_where(mask: Mask, texts: Texts) -> Texts:
    """The texts where the mask is true, null elsewhere."""
    if mask.all():
        return texts
    return cast(Texts, pc.call_function("if_else", [pa.array(mask, pa.bool_()), texts, pa.scalar(None, pa.string())]))


def replaced(texts: Texts, mask: Mask, others: Texts) -> Texts:
    """The texts with the next of `others` wherever the mask is true."""
    if not mask.any():
        return texts
    return cast(Texts, pc.call_function("replace_with_mask", [texts, pa.array(mask, pa.bool_()), others]))


def spread(rows: Ints, column: Column, places: Ints, size: int) -> Column:
    """For each of `size` rows the cell at its place, null for all other rows. A row occurs at most once."""
    if len(rows) == size:
        return picked(column, places)
    spots = np.full(size, -1, np.int64)
    spots[rows] = places
    return column.take(pa.array(spots, pa.int64(), mask=spots < 0))


def _mask(kernel: str, texts: Texts, options: pc.FunctionOptions | None = None) -> Mask:
    return np.asarray(pc.call_function(kernel, [texts], options).to_numpy(zero_copy_only=False), np.bool_)


def _buffer(texts: Texts, place: int) -> memoryview:
    """One of Arrow's buffers of the column; it has none where there would be nothing in it."""
    return memoryview(cast(Any, texts.buffers()[place] or b""))
