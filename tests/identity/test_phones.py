"""The fast path of phones against libphonenumber, over every region."""

import random
import re

import phonenumbers
import pytest
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType

from audience_sync.identity.arrays import as_texts
from audience_sync.identity.fast_phones import sure_digits
from audience_sync.identity.phones import digits_only

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
TYPES = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.TOLL_FREE)
FORMATS = (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL)
Number = tuple[str, str]


def numbers(count: int, seed: int) -> list[Number]:
    """Texts and the regions they are read in: every way of writing, right and wrong lengths, home and abroad."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable test, not a secret.
    read_in = chance.choices([*REGIONS, "", "ZZ"], k=count)
    written = [(_written(chance, region), region) for region in read_in]
    return sorted((pair for pair in written if pair[0]), key=lambda pair: pair[1])


def _written(chance: random.Random, region: str) -> str:
    home = region if region in REGIONS and chance.random() < 0.7 else chance.choice(REGIONS)
    example = phonenumbers.example_number_for_type(home, chance.choice(TYPES)) or phonenumbers.example_number(home)
    assert example is not None
    whole = phonenumbers.national_significant_number(example)
    kept, size = chance.randrange(1, 5), len(whole) + chance.choice([0, 0, 0, 0, 0, 1, -1, 2, -3])
    nsn = (whole[:kept] + "".join(chance.choices("0123456789", k=len(whole))))[:size]
    ways = _ways(f"{example.country_code}", nsn, home)
    ways += [phonenumbers.format_number(example, chance.choice(FORMATS))]
    ways += ["".join(chance.choices("0123456789 -+()./", k=chance.randrange(16)))]
    return chance.choice(ways).strip(" ")


def _ways(code: str, nsn: str, home: str) -> list[str]:
    metadata = PhoneMetadata.metadata_for_region(home)
    trunk = (metadata.national_prefix if metadata else "") or "0"
    international = [f"+{code}{nsn}", f"00{code}{nsn}", f"011{code}{nsn}", f"{code}{nsn}", f"+{code} ({trunk}) {nsn}"]
    national = [nsn, f"{trunk}{nsn}", f"({trunk}{nsn[:2]}) {nsn[2:]}", f"8{nsn}", f"0{nsn}", f"1{nsn}"]
    return [*international, f"(+{code}) {nsn[:3]}-{nsn[3:]}", f"+{code}.{nsn[:3]}/{nsn[3:]}", *national]


@pytest.fixture(scope="module")
def compared() -> list[tuple[Number, str]]:
    """Each number with the answer of the fast path, "" where it is not sure."""
    cases = numbers(80_000, seed=20261124)
    values, regions = zip(*cases, strict=True)
    found = sure_digits(as_texts(list(values)), as_texts(list(regions))).to_pylist()
    return [(case, answer or "") for case, answer in zip(cases, found, strict=True)]


def test_the_fast_path_is_never_wrong(compared: list[tuple[Number, str]]) -> None:
    sure = [(case, answer) for case, answer in compared if answer]
    wrong = [(case, answer) for case, answer in sure if digits_only(*case) != answer]
    assert (wrong, len(sure) > 25_000) == ([], True)


def test_the_fast_path_is_sure_of_most_e164_numbers() -> None:
    shape = re.compile(r"\+\d{8,15}")
    cases = [
        case for case in numbers(40_000, seed=7) if shape.fullmatch(case[0]) and isinstance(digits_only(*case), str)
    ]
    found = sure_digits(as_texts([value for value, _ in cases]), as_texts([region for _, region in cases]))
    assert found.null_count / len(found) < 0.1


@pytest.mark.parametrize(
    ("value", "region"),
    [
        ("0410 000 001", "AU"),
        ("0139 1234 5678", "CN"),
        ("1 242-359-1234", "BS"),
        ("07624 123456", "IM"),
        ("03 1234 5678", "JP"),
    ],
)
def test_a_national_prefix_of_mere_digits_falls_away_though_others_could_be_dialled(value: str, region: str) -> None:
    [found] = sure_digits(as_texts([value]), as_texts([region])).to_pylist()
    assert found == digits_only(value, region)


@pytest.mark.parametrize("style", FORMATS)
def test_every_regions_mobile_number_is_taken_however_it_is_written(style: int) -> None:
    refused = []
    for region in REGIONS:
        example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
        digits = phonenumbers.format_number(example, PhoneNumberFormat.E164)[1:] if example else ""
        # Shorter numbers exist on a few islands; the platform wants eight digits.
        if example and len(digits) >= 8 and digits_only(phonenumbers.format_number(example, style), region) != digits:
            refused.append((region, digits))
    assert refused == []


@pytest.mark.parametrize(
    "around", ["tel:{}", "TEL: {}", "{} ext. 7", "{} ext 12345", "{}  x9", "{}x9", "tel:{} x 12", "{} ext."]
)
def test_what_stands_around_a_number_changes_nothing_that_the_authority_does_not_say(around: str) -> None:
    cases = [(around.format(value), region) for value, region in numbers(2_000, seed=9)]
    found = sure_digits(as_texts([value for value, _ in cases]), as_texts([region for _, region in cases])).to_pylist()
    assert [case for case, ours in zip(cases, found, strict=True) if ours and digits_only(*case) != ours] == []
