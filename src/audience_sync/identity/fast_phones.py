"""The phone numbers that need no second thought, many at once.

Agrees with `phones.e164` wherever it answers; generated from the metadata of the installed phonenumbers, so an
upgrade changes both alike. A number is easy when libphonenumber's own steps (international prefix, country code,
national prefix, length) can each be decided by one comparison; else it is left out.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberDesc

from audience_sync.identity.arrays import (
    Ints,
    Mask,
    Texts,
    beginning,
    concatenated,
    containing,
    encoded,
    integers,
    joined,
    kept,
    lengths,
    matching,
    nothing,
    picked,
    scattered,
    sliced,
    without,
)
from audience_sync.identity.phones import MAX_DIGITS, MIN_DIGITS

_SHAPE = r"^[ ().\-/]*\+?[0-9 ().\-/]*$"
_MAX_LENGTH = 40
_AROUND = r"^(?:tel|TEL|Tel):|[ ]+(?:ext\.?|x) ?[0-9]{1,7}$"
"""What the authority takes off before it reads a number, where it can be nothing else."""


@dataclass(frozen=True)
class Plan:
    """One numbering plan: what is dialled first, what follows, and how long it may be.

    `trunk` and `abroad` are regular expressions of what may precede a national and an international number.
    """

    code: str
    trunk: str
    abroad: str
    general: str
    lengths: frozenset[int]
    longest: int

    @cached_property
    def plain_trunk(self) -> tuple[str, str]:
        """The first branch of `trunk` that is mere digits, which simply fall away; and those tried before it.

        `(183[12])|0` gives `0` and `(183[12])`. Only what a branch captures is transformed, and digits capture nothing.
        """
        branches = _branches(self.trunk)
        place = next((place for place, branch in enumerate(branches) if branch.isdigit()), len(branches))
        return "".join(branches[place : place + 1]), "|".join(branches[:place])


def _branches(expression: str) -> list[str]:
    """What stands between the outermost `|` of a regular expression, in the order in which it is tried."""
    found, depth = [""], 0
    for character in expression:
        depth += (character in "([") - (character in ")]")
        if character == "|" and not depth:
            found.append("")
        else:
            found[-1] += character
    return found


def _plan(metadata: PhoneMetadata) -> Plan:
    general = metadata.general_desc or PhoneNumberDesc()
    return Plan(
        code=str(metadata.country_code),
        trunk=metadata.national_prefix_for_parsing or "",
        abroad=metadata.international_prefix or "",
        general=general.national_number_pattern or "",
        lengths=frozenset(general.possible_length),
        longest=max((0, *general.possible_length, *general.possible_length_local_only)),
    )


@cache
def plan_of_region(region: str) -> Plan | None:
    """The plan of a region; None when telephony does not know it."""
    metadata = PhoneMetadata.metadata_for_region(region, None)
    return _plan(metadata) if metadata else None


@cache
def plan_of_code(code: int) -> Plan:
    """The plan that decides what is possible under a country code: that of its main region."""
    main = phonenumbers.region_code_for_country_code(code)
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, main)
    return _plan(metadata) if metadata else Plan(str(code), "", "", "", frozenset(), 0)


@cache
def _code_by_lead() -> Ints:
    """For three leading digits, 0-999: the country code that they begin with, or 0. No code begins another."""
    codes = np.zeros(1000, np.int64)
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        width = 10 ** (3 - len(str(code)))
        codes[code * width : (code + 1) * width] = code
    return codes


def sure_digits(values: Texts, regions: Texts) -> Texts:
    """E.164 without `+` for each easy number, null elsewhere."""
    found = _Found(len(values))
    values = without(values, _AROUND)
    rows = np.flatnonzero(matching(values, _SHAPE) & (lengths(values) <= _MAX_LENGTH))
    numbers = picked(values, rows)
    digits = without(numbers, "[^0-9]+")
    plus = containing(numbers, "+")
    _sure_international(found, rows[plus], kept(digits, plus))
    _sure_by_region(found, rows[~plus], kept(digits, ~plus), regions)
    return found.texts()


class _Found:
    """Answers as they are found: rows and texts, put in order at the end."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._rows: list[Ints] = []
        self._texts: list[Texts] = []

    def add(self, rows: Ints, texts: Texts) -> None:
        self._rows.append(rows)
        self._texts.append(texts)

    def texts(self) -> Texts:
        if not self._rows:
            return nothing(self._size)
        return scattered(np.concatenate(self._rows), concatenated(self._texts), self._size)


def _sure_international(found: _Found, rows: Ints, digits: Texts) -> None:
    """Numbers whose digits begin with a country code."""
    sized = _sized(digits)
    rows, digits = rows[sized], kept(digits, sized)
    codes = _code_by_lead()[integers(sliced(digits, 0, 3))]
    for code in np.unique(codes[codes > 0]):
        mine = np.flatnonzero(codes == code)
        numbers, plan = picked(digits, mine), plan_of_code(int(code))
        easy = _is_whole(sliced(numbers, len(plan.code)), plan)
        found.add(rows[mine[easy]], kept(numbers, easy))


def _sure_by_region(found: _Found, rows: Ints, digits: Texts, regions: Texts) -> None:
    """Numbers without `+`: what they mean depends on where they are dialled."""
    codes, different = encoded(picked(regions, rows))
    for code, region in enumerate(different.to_pylist()):
        mine = np.flatnonzero(codes == code)
        plan = plan_of_region(region or "")
        if plan is None:
            _sure_double_zero(found, rows[mine], picked(digits, mine))
        else:
            _sure_in_region(found, rows[mine], picked(digits, mine), plan)


def _sure_double_zero(found: _Found, rows: Ints, digits: Texts) -> None:
    """`00` and a country code, where that is how one dials abroad or nothing else can be meant."""
    easy = matching(digits, "^00[1-9]")
    _sure_international(found, rows[easy], sliced(kept(digits, easy), 2))


def _sure_in_region(found: _Found, rows: Ints, digits: Texts, plan: Plan) -> None:
    """Numbers dialled within a region, and abroad from it where `00` does that."""
    abroad, coded = _begins(digits, plan.abroad), _begins(digits, plan.code)
    if plan.abroad == "00":
        _sure_double_zero(found, rows[abroad], kept(digits, abroad))
    # Elsewhere `00` has two readings, and the authority weighs them.
    at_home = ~abroad & ~coded & ~beginning(digits, "00")
    _sure_national(found, rows[at_home], kept(digits, at_home), plan)
    # Too long for a national number and beginning with the country code: then it is the country code.
    whole = ~abroad & coded & (lengths(digits) > plan.longest)
    rest = sliced(kept(digits, whole), len(plan.code))
    easy = _is_whole(rest, plan)
    _add(found, rows[whole][easy], kept(rest, easy), plan)


def _sure_national(found: _Found, rows: Ints, digits: Texts, plan: Plan) -> None:
    """Numbers without a country code: as they are, or with a plain national prefix taken away."""
    whole = _is_whole(digits, plan)
    _add(found, rows[whole], kept(digits, whole), plan)
    trunk, tried_before = plan.plain_trunk
    if not trunk:
        return
    prefixed = beginning(digits, trunk) & ~_begins(digits, tried_before)
    rows, digits = rows[prefixed], kept(digits, prefixed)
    rest = sliced(digits, len(trunk))
    # Where the number fits the plan with the prefix, the prefix may have to stay.
    easy = _is_possible(rest, plan) & ~_fits(digits, plan)
    _add(found, rows[easy], kept(rest, easy), plan)


def _add(found: _Found, rows: Ints, nationals: Texts, plan: Plan) -> None:
    """Joins the country code, once the plan of the code's main region would read the number alike."""
    easy = _is_whole(nationals, plan_of_code(int(plan.code)))
    rows, numbers = rows[easy], joined(plan.code, kept(nationals, easy))
    sized = _sized(numbers)
    found.add(rows[sized], kept(numbers, sized))


def _is_whole(numbers: Texts, plan: Plan) -> Mask:
    """Whether each is a possible national number from which no national prefix would be taken."""
    return _is_possible(numbers, plan) & ~_begins(numbers, plan.trunk)


def _is_possible(numbers: Texts, plan: Plan) -> Mask:
    """Whether each has a possible length and is more than zeros."""
    return np.isin(lengths(numbers), list(plan.lengths)) & matching(numbers, "[1-9]")


def _begins(digits: Texts, prefix: str) -> Mask:
    """Whether each begins with what the expression describes; an empty expression describes nothing."""
    if not prefix:
        return np.zeros(len(digits), np.bool_)
    return beginning(digits, prefix) if prefix.isdigit() else matching(digits, f"^(?:{prefix})")


def _fits(digits: Texts, plan: Plan) -> Mask:
    """Whether each is what the plan calls a national number."""
    return matching(digits, f"^(?:{plan.general})$") if plan.general else np.zeros(len(digits), np.bool_)


def _sized(numbers: Texts) -> Mask:
    sizes = lengths(numbers)
    return (sizes >= MIN_DIGITS) & (sizes <= MAX_DIGITS)
