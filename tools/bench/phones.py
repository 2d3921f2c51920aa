"""Phone numbers of every region, written in many ways: the product beside libphonenumber, number by number."""

from collections.abc import Callable, Sequence
from random import Random
from time import process_time

import phonenumbers
import pyarrow as pa
from phonenumbers import PhoneNumberFormat

from audience_sync.identity.cells import Cells, outcome
from audience_sync.identity.phone_forms import PHONE_PLUS
from audience_sync.identity.phones import e164
from audience_sync.identity.rule import ColumnRule, Unusable
from audience_sync.model.identifiers import IdentifierKind, KeyColumn

NUMBERS = 200_000
Spelling = Callable[[phonenumbers.PhoneNumber, Random], str]
Given = tuple[str, str]
"""A number as it is written, and the region it is read in."""
MADE = ColumnRule(KeyColumn(IdentifierKind.PHONE, "PHONE", hashed=False), PHONE_PLUS)


def clean() -> dict[str, float]:
    """E.164 and the national spellings of valid numbers."""
    return _compared([_spelled(random, (0, 0, 0, 0, 1, 2)) for random in _dice(1)])


def adverse() -> dict[str, float]:
    """Every kind of spelling, and numbers with digits too many, too few, or wrong; worse than people's data are."""
    kinds = [kind for kind, times in enumerate(ADVERSE) for _ in range(times)]
    return _compared([_spelled(random, kinds) for random in _dice(2)])


def _dice(seed: int) -> list[Random]:
    return [Random(seed)] * NUMBERS  # noqa: S311  # Nothing is kept secret by these numbers.


def _example(random: Random) -> tuple[phonenumbers.PhoneNumber, str]:
    """A number of a region like its example number, with other last digits."""
    while True:
        region = random.choice(REGIONS)
        kind = random.choice((phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE))
        example = phonenumbers.example_number_for_type(region, kind)
        if example is None:
            continue
        changed = 10 ** random.randint(2, 5)
        national = (example.national_number or 0) // changed * changed + random.randrange(changed)
        number = phonenumbers.PhoneNumber(
            example.country_code, national, italian_leading_zero=example.italian_leading_zero
        )
        return number, region


def _formatted(form: int) -> Spelling:
    return lambda number, _random: phonenumbers.format_number(number, form)


def _bare(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:]


REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
_NATIONAL, _INTERNATIONAL = _formatted(PhoneNumberFormat.NATIONAL), _formatted(PhoneNumberFormat.INTERNATIONAL)
SPELLINGS: tuple[Spelling, ...] = (
    _formatted(PhoneNumberFormat.E164),
    _NATIONAL,
    _INTERNATIONAL,
    lambda number, random: f"00{_bare(number)}",
    lambda number, random: _bare(number),
    lambda number, random: _NATIONAL(number, random).replace(" ", ""),
    _formatted(PhoneNumberFormat.RFC3966),
    lambda number, random: f"{_NATIONAL(number, random)} ext. {random.randrange(99)}",
    lambda number, random: f"+{_bare(number)}"[: random.randint(4, 9)],
    lambda number, random: f"+{_bare(number)}{random.randrange(1000)}",
    lambda number, random: "".join(random.choice("0123456789+-() ") for _ in range(random.randint(5, 18))),
    lambda number, random: _INTERNATIONAL(number, random).replace(" ", " (0) ", 1),
)
ADVERSE = (42, 10, 10, 5, 5, 8, 4, 4, 3, 3, 3, 3)
"""How many of a hundred are spelled in each way."""


def _spelled(random: Random, spellings: Sequence[int]) -> Given:
    number, region = _example(random)
    written = SPELLINGS[random.choice(spellings)](number, random)
    return written, region if random.random() < 0.9 else random.choice(["", random.choice(REGIONS)])


def _compared(given: list[Given]) -> dict[str, float]:
    """Seconds of both, and how often they disagree.

    The loop goes region by region, which is libphonenumber's best. Both are measured by the processor's time: one
    thread each.
    """
    given.sort(key=lambda each: each[1])
    values = pa.array([text for text, _ in given], pa.string())
    regions = pa.array([region for _, region in given], pa.string())
    outcome(Cells(values.slice(0, 1000), regions.slice(0, 1000)), MADE)
    begun = process_time()
    found = outcome(Cells(values, regions), MADE).texts.to_pylist()
    seconds = process_time() - begun
    begun = process_time()
    for text, region in given:
        _loop(text, region)
    loop_seconds = process_time() - begun
    wanted = [e164(text.strip(), region) for text, region in given]
    disagreements = sum(
        (None if isinstance(right, Unusable) else right) != ours for right, ours in zip(wanted, found, strict=True)
    )
    return {
        "seconds": seconds,
        "loop_seconds": loop_seconds,
        "profiles": len(given),
        "disagreements": disagreements,
        "usable": sum(each is not None for each in found),
    }


def _loop(text: str, region: str) -> str | None:
    """What others do with each number."""
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else None
