"""Text without its accidents: blanks, case, accents, and what is no letter."""

import unicodedata

_SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_MORE_SPACES = "\u2028\u2029\u202f\u205f\u3000"
_INVISIBLE = (
    "\x00\xad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)

ASCII_BLANKS = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x00"
"""Those of BLANKS that are ASCII."""

BLANKS = _SPACES + _MORE_SPACES + _INVISIBLE
"""What people cannot see at the ends of a value: every blank of Unicode, zero-width and direction marks, BOM."""

_VARIATION_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))


def trimmed(value: str) -> str:
    """The value without invisible characters at its ends."""
    return value.strip(BLANKS)


def has_control(value: str) -> bool:
    """Whether a character of Unicode's classes C* (control, format, surrogate, unassigned) is inside."""
    return any(unicodedata.category(character).startswith("C") for character in value)


def has_blank(value: str) -> bool:
    """Whether a blank of any kind is inside."""
    return any(character.isspace() for character in value)


def folded(value: str) -> str:
    """Compatibility letters taken apart, accents dropped, lower case: `São Paulo` -> `sao paulo`."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", value).lower())
    return "".join(character for character in apart if not unicodedata.combining(character))


def letters(value: str) -> str:
    """The letters of any script with their marks, lower case, NFC; all else is dropped: `O’Brien` -> `obrien`."""
    found: list[str] = []
    after_letter = False
    for character in unicodedata.normalize("NFC", value).lower():
        if character in _VARIATION_SELECTORS:
            continue
        # A mark belongs to what stands before it: that of an emoji or a digit goes with them.
        kind = unicodedata.category(character)[0]
        after_letter = kind == "L" or (kind == "M" and after_letter)
        if after_letter:
            found.append(character)
    return unicodedata.normalize("NFC", "".join(found))
