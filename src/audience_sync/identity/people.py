"""Hints about a person: names, gender, birth date."""

import re
from collections.abc import Callable
from datetime import date

from audience_sync.identity.arrays import Texts, ascii_letters, matching, only_where, sliced
from audience_sync.identity.rule import Rule, Sure, Unusable
from audience_sync.identity.text import letters

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Years that a birth date may have. There is no clock here, so a date in the near future passes."""

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ].*)?", re.ASCII)
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", re.ASCII)
# Days after the 28th are left to the authority: only it knows how long a month is.
_SURE_DATE = r"^(?:19\d\d|20\d\d)-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])$"
_GENDERS = {"f": "f", "female": "f", "m": "m", "male": "m"}


def name(value: str, region: str) -> str | Unusable:
    """The name's letters in lower case, of whatever script, with their accents."""
    return letters(value) or Unusable("no_letters")


def initial(value: str, region: str) -> str | Unusable:
    """The first letter of the name's normal form."""
    whole = letters(value)
    return whole[0] if whole else Unusable("no_letters")


def gender(value: str, region: str) -> str | Unusable:
    """`f` or `m`. What is neither is no key, rather than a guess."""
    return _GENDERS.get(value.lower()) or Unusable("unsupported_gender")


def _birth_date(value: str) -> date | Unusable:
    try:
        day = _read_date(value)
    except ValueError:
        return Unusable("not_a_date")
    if isinstance(day, date) and not FIRST_YEAR <= day.year <= LAST_YEAR:
        return Unusable("year_out_of_range")
    return day


def _read_date(value: str) -> date | Unusable:
    """The day, year first or year last; a ValueError when there is no such day."""
    if match := _YEAR_FIRST.fullmatch(value):
        return date(int(match[1]), int(match[3]), int(match[4]))
    if match := _PACKED.fullmatch(value):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _YEAR_LAST.fullmatch(value):
        return _year_last(int(match[1]), int(match[3]), int(match[4]), dotted=match[2] == ".")
    return Unusable("not_a_date")


def _year_last(first: int, second: int, year: int, *, dotted: bool) -> date | Unusable:
    """Day first where dots are written or nothing else is possible; month first only where nothing else is."""
    if dotted or first > 12 or first == second:
        return date(year, second, first)
    if second > 12:
        return date(year, first, second)
    return Unusable("ambiguous_date")


def birth_day(value: str, region: str) -> str | Unusable:
    """The whole date as `1990-12-31`."""
    day = _birth_date(value)
    return day if isinstance(day, Unusable) else day.isoformat()


def _part(pattern: str) -> Callable[[str, str], str | Unusable]:
    def part(value: str, region: str) -> str | Unusable:
        day = _birth_date(value)
        return day if isinstance(day, Unusable) else day.strftime(pattern)

    return part


def _sure_part(start: int, stop: int) -> Sure:
    def sure(values: Texts, regions: Texts) -> Texts:
        return only_where(matching(values, _SURE_DATE), sliced(values, start, stop))

    return sure


def _sure_name(values: Texts, regions: Texts) -> Texts:
    return ascii_letters(values)


def _sure_initial(values: Texts, regions: Texts) -> Texts:
    return sliced(ascii_letters(values), 0, 1)


NAME = Rule(name, _sure_name, words="letters only, in lower case, with their accents; blanks and punctuation go")
INITIAL = Rule(initial, _sure_initial, words="the first letter of the name, in lower case")
GENDER = Rule(gender, words="f or m, from f, m, female or male")
BIRTH_YEAR = Rule(_part("%Y"), _sure_part(0, 4), words="the year in four digits")
BIRTH_MONTH = Rule(_part("%m"), _sure_part(5, 7), words="the month in two digits")
BIRTH_DAY = Rule(_part("%d"), _sure_part(8, 10), words="the day in two digits")
