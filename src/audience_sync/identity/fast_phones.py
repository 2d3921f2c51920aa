"""The phone numbers that need no second thought, many at once.

Agrees with `phones.e164` wherever it answers; generated from the metadata of the installed phonenumbers, so an
upgrade changes both alike. A number is easy when libphonenumber's own steps (international prefix, country code,
national prefix, length) can each be decided by one comparison; else it is left out.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import PhoneMetadata

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_SHAPE = r"^[ ().\-/]*\+?[0-9 ().\-/]*$"
_MAX_LENGTH = 40
_MIN_DIGITS, _MAX_DIGITS = 8, 15


@dataclass(frozen=True, slots=True)
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
    transforms: bool

    @property
    def plain_trunk(self) -> bool:
        """Whether the national prefix is always these digits and simply falls away."""
        return self.trunk.isdigit() and not self.transforms


def _plan(metadata: PhoneMetadata) -> Plan:
    general = metadata.general_desc
    return Plan(
        code=str(metadata.country_code),
        trunk=metadata.national_prefix_for_parsing or "",
        abroad=metadata.international_prefix or "",
        general=general.national_number_pattern or "",
        lengths=frozenset(general.possible_length),
        longest=max(general.possible_length + general.possible_length_local_only),
        transforms=bool(metadata.national_prefix_transform_rule),
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
    return _plan(PhoneMetadata.metadata_for_region_or_calling_code(code, main))


@cache
def _code_by_lead() -> Ints:
    """For three leading digits, 0-999: the country code that they begin with, or 0. No code begins another."""
    codes = np.zeros(1000, np.int64)
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        width = 10 ** (3 - len(str(code)))
        codes[code * width : (code + 1) * width] = code
    return codes


def sure_digits(values: pa.StringArray, regions: pa.StringArray) -> pa.StringArray:
    """E.164 without `+` for each easy number, null elsewhere."""
    found = _Found(len(values))
    shape = pc.and_(pc.match_substring_regex(values, _SHAPE), pc.less_equal(pc.binary_length(values), _MAX_LENGTH))
    shaped = np.flatnonzero(_numpy(shape))
    numbers = values.take(pa.array(shaped))
    digits = pc.replace_substring_regex(numbers, "[^0-9]+", "")
    plus = _numpy(pc.match_substring(numbers, "+"))
    _sure_international(found, shaped[plus], digits.filter(pa.array(plus)))
    _sure_by_region(found, shaped[~plus], digits.filter(pa.array(~plus)), regions)
    return found.texts()


class _Found:
    """Answers as they are found: rows and texts, put in order at the end."""

    def __init__(self, size: int) -> None:
        self._places = np.full(size, -1, np.int64)
        self._pieces: list[pa.StringArray] = []
        self._count = 0

    def add(self, rows: Ints, texts: pa.StringArray) -> None:
        self._places[rows] = np.arange(self._count, self._count + len(rows))
        self._pieces.append(texts)
        self._count += len(rows)

    def texts(self) -> pa.StringArray:
        every = pa.concat_arrays([pa.array([], pa.string()), *self._pieces])
        return every.take(pa.array(self._places, mask=self._places < 0))


def _sure_international(found: _Found, rows: Ints, digits: pa.StringArray) -> None:
    """Numbers whose digits begin with a country code."""
    sized = _between(digits, _MIN_DIGITS, _MAX_DIGITS)
    rows, digits = rows[sized], digits.filter(pa.array(sized))
    lead = _numpy(pc.cast(pc.utf8_slice_codeunits(digits, 0, 3), pa.int64()))
    codes = _code_by_lead()[lead]
    for code in np.unique(codes[codes > 0]):
        mine = np.flatnonzero(codes == code)
        numbers = digits.take(pa.array(mine))
        plan = plan_of_code(int(code))
        easy = _is_whole(pc.utf8_slice_codeunits(numbers, len(plan.code)), plan)
        found.add(rows[mine[easy]], numbers.filter(pa.array(easy)))


def _is_whole(numbers: pa.StringArray, plan: Plan) -> Mask:
    """Whether each is a national number of possible length from which no national prefix would be taken."""
    lengths = _numpy(pc.binary_length(numbers))
    easy = np.isin(lengths, list(plan.lengths)) & _numpy(pc.match_substring_regex(numbers, "[1-9]"))
    return easy & ~_begins(numbers, plan.trunk)


def _sure_by_region(found: _Found, rows: Ints, digits: pa.StringArray, regions: pa.StringArray) -> None:
    """Numbers without `+`: what they mean depends on where they are dialled."""
    encoded = regions.take(pa.array(rows)).dictionary_encode()
    codes = _numpy(encoded.indices)
    for code, region in enumerate(encoded.dictionary.to_pylist()):
        mine = np.flatnonzero(codes == code)
        plan = plan_of_region(region)
        if plan is None:
            _sure_double_zero(found, rows[mine], digits.take(pa.array(mine)))
        else:
            _sure_national(found, rows[mine], digits.take(pa.array(mine)), plan)


def _sure_double_zero(found: _Found, rows: Ints, digits: pa.StringArray) -> None:
    """`00` and a country code, where that is how one dials abroad or nothing else can be meant."""
    easy = _numpy(pc.match_substring_regex(digits, "^00[1-9]"))
    _sure_international(found, rows[easy], pc.utf8_slice_codeunits(digits.filter(pa.array(easy)), 2))


def _sure_national(found: _Found, rows: Ints, digits: pa.StringArray, plan: Plan) -> None:
    """Numbers dialled within a region, and abroad from it where `00` does that."""
    abroad = _begins(digits, plan.abroad)
    if plan.abroad == "00":
        _sure_double_zero(found, rows[abroad], digits.filter(pa.array(abroad)))
    coded = _begins(digits, plan.code)
    longest = _numpy(pc.greater(pc.binary_length(digits), plan.longest))
    _add_national(found, rows, digits, plan, ~abroad & ~coded)
    # Too long for a national number and beginning with the country code: then it is the country code.
    rest = pc.utf8_slice_codeunits(digits, len(plan.code))
    easy = ~abroad & coded & longest & _is_whole(rest, plan) & _is_whole(rest, plan_of_code(int(plan.code)))
    _add(found, rows, rest, plan, easy)


def _add_national(found: _Found, rows: Ints, digits: pa.StringArray, plan: Plan, candidates: Mask) -> None:
    _add(found, rows, digits, plan, candidates & _is_whole(digits, plan))
    if not plan.plain_trunk:
        return
    rest = pc.utf8_slice_codeunits(digits, len(plan.trunk))
    kept = _matches(digits, plan.general) & ~_matches(rest, plan.general)
    whole = np.isin(_numpy(pc.binary_length(rest)), list(plan.lengths))
    _add(found, rows, rest, plan, candidates & _begins(digits, plan.trunk) & ~kept & whole)


def _add(found: _Found, rows: Ints, nationals: pa.StringArray, plan: Plan, easy: Mask) -> None:
    """Joins the country code, once the plan of the code's main region agrees on the length."""
    easy = easy & np.isin(_numpy(pc.binary_length(nationals)), list(plan_of_code(int(plan.code)).lengths))
    easy &= _numpy(pc.match_substring_regex(nationals, "[1-9]"))
    numbers = pc.binary_join_element_wise(plan.code, nationals.filter(pa.array(easy)), "")
    sized = _between(numbers, _MIN_DIGITS, _MAX_DIGITS)
    found.add(rows[easy][sized], numbers.filter(pa.array(sized)))


def _begins(digits: pa.StringArray, prefix: str) -> Mask:
    """Whether each begins with what the expression describes; an empty expression describes nothing."""
    if not prefix:
        return np.zeros(len(digits), np.bool_)
    if prefix.isdigit():
        return _numpy(pc.starts_with(digits, prefix))
    return _numpy(pc.match_substring_regex(digits, f"^(?:{prefix})"))


def _matches(digits: pa.StringArray, pattern: str) -> Mask:
    if not pattern:
        return np.zeros(len(digits), np.bool_)
    return _numpy(pc.match_substring_regex(digits, f"^(?:{pattern})$"))


def _between(digits: pa.StringArray, low: int, high: int) -> Mask:
    lengths = _numpy(pc.binary_length(digits))
    return (lengths >= low) & (lengths <= high)


def _numpy(array: pa.Array) -> npt.NDArray:  # type: ignore[type-arg]
    return array.to_numpy(zero_copy_only=False)
