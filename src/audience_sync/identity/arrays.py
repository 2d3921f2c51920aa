"""Small pieces of Arrow that several fast paths share."""

import pyarrow as pa
import pyarrow.compute as pc

NOTHING = pa.scalar(None, pa.string())
"""What a fast path answers where it is not sure."""


def only_where(easy: pa.BooleanArray, texts: pa.StringArray) -> pa.StringArray:
    """The texts where it is easy, null elsewhere."""
    return pc.if_else(easy, texts, NOTHING)


def ascii_letters(values: pa.StringArray) -> pa.StringArray:
    """The letters of ASCII values in lower case; null for other values and where no letter is left."""
    kept = pc.replace_substring_regex(pc.ascii_lower(values), "[^a-z]+", "")
    return only_where(pc.and_(pc.string_is_ascii(values), pc.greater(pc.binary_length(kept), 0)), kept)
