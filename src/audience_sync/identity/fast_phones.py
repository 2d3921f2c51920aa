"""The phone numbers that need no second thought, many at once.

Agrees with `phones.e164` wherever it answers; generated from the metadata of the installed phonenumbers, so an
upgrade changes both alike. A number is easy when libphonenumber's own steps (international prefix, country code,
national prefix, length) can each be decided by one comparison; else it is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberDesc

from audience_sync.identity.arrays import Ints, Mask, Texts, decimal, encoded, matching, only_where, picked
from audience_sync.identity.dialled import LONGEST, Dialled, read
from audience_sync.identity.phones import MAX_DIGITS, MIN_DIGITS


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
    def possible(self) -> Mask:
        """For each number of digits, 0-`LONGEST`: whether a national number may have so many."""
        return np.isin(np.arange(LONGEST + 1), list(self.lengths))

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
    found = np.zeros(len(values), np.int64)
    dialled, plus = read(values)
    _sure_international(found, dialled.where(plus))
    _sure_by_region(found, dialled.where(~plus), regions)
    return only_where(found > 0, decimal(found))


def _sure_international(found: Ints, dialled: Dialled) -> None:
    """Numbers whose digits begin with a country code."""
    dialled = dialled.where(_sized(dialled.sizes))
    for code, places in _grouped(_code_by_lead()[dialled.leads(3)]):
        if code:
            numbers, plan = dialled.at(places), plan_of_code(code)
            _answer(found, numbers.where(_is_whole(numbers.after(len(plan.code)), plan)))


def _sure_by_region(found: Ints, dialled: Dialled, regions: Texts) -> None:
    """Numbers without `+`: what they mean depends on where they are dialled."""
    codes, different = encoded(picked(regions, dialled.rows))
    names = different.to_pylist()
    for code, places in _grouped(codes):
        numbers, plan = dialled.at(places), plan_of_region(names[code] or "")
        if plan is None:
            _sure_double_zero(found, numbers)
        else:
            _sure_in_region(found, numbers, plan)


def _grouped(codes: Ints) -> Iterator[tuple[int, Ints]]:
    """Each different code, all below 1000, and its places."""
    order = np.argsort(codes.astype(np.int16), kind="stable")
    for places in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1):
        if len(places):
            yield int(codes[places[0]]), places


def _sure_double_zero(found: Ints, dialled: Dialled) -> None:
    """`00` and a country code, where that is how one dials abroad or nothing else can be meant."""
    easy = (dialled.leads(2) == 0) & (dialled.leads(3) > 0)
    _sure_international(found, dialled.where(easy).after(2))


def _sure_in_region(found: Ints, dialled: Dialled, plan: Plan) -> None:
    """Numbers dialled within a region, and abroad from it where `00` does that."""
    abroad, coded = _begins(dialled, plan.abroad), _begins(dialled, plan.code)
    if plan.abroad == "00":
        _sure_double_zero(found, dialled.where(abroad))
    # Elsewhere `00` has two readings, and the authority weighs them.
    _sure_national(found, dialled.where(~abroad & ~coded & (dialled.leads(2) != 0)), plan)
    # Too long for a national number and beginning with the country code: then it is the country code.
    rest = dialled.where(~abroad & coded & (dialled.sizes > plan.longest)).after(len(plan.code))
    _join(found, rest.where(_is_whole(rest, plan)), plan)


def _sure_national(found: Ints, dialled: Dialled, plan: Plan) -> None:
    """Numbers without a country code: as they are, or with a plain national prefix taken away."""
    _join(found, dialled.where(_is_whole(dialled, plan)), plan)
    trunk, tried_before = plan.plain_trunk
    if not trunk:
        return
    dialled = dialled.where(_begins(dialled, trunk) & ~_begins(dialled, tried_before))
    rest = dialled.after(len(trunk))
    # Where the number fits the plan with the prefix, the prefix may have to stay.
    _join(found, rest.where(_is_possible(rest, plan) & ~_fits(dialled, plan)), plan)


def _join(found: Ints, nationals: Dialled, plan: Plan) -> None:
    """Puts the country code before them, once the plan of the code's main region would read the number alike."""
    easy = _is_whole(nationals, plan_of_code(int(plan.code))) & _sized(nationals.sizes + len(plan.code))
    _answer(found, nationals.where(easy).behind(plan.code))


def _answer(found: Ints, numbers: Dialled) -> None:
    """The whole numbers at their rows. None begins with a zero, since no country code does."""
    found[numbers.rows] = numbers.values


def _is_whole(numbers: Dialled, plan: Plan) -> Mask:
    """Whether each is a possible national number from which no national prefix would be taken."""
    return _is_possible(numbers, plan) & ~_begins(numbers, plan.trunk)


def _is_possible(numbers: Dialled, plan: Plan) -> Mask:
    """Whether each has a possible length and is more than zeros."""
    return plan.possible[numbers.sizes] & (numbers.values > 0)


def _begins(numbers: Dialled, expression: str) -> Mask:
    """Whether each begins with what the expression describes; an empty expression describes nothing."""
    plain, rest = _branches_by_kind(expression)
    found = np.zeros(len(numbers.rows), np.bool_)
    for digits in plain:
        found |= numbers.leads(len(digits)) == int(digits)
    return found | matching(numbers.marked(), f"^1(?:{rest})") if rest else found


@cache
def _branches_by_kind(expression: str) -> tuple[list[str], str]:
    """The branches that are mere digits; and an expression of all others."""
    branches = _branches(expression)
    return [each for each in branches if each.isdigit()], "|".join(each for each in branches if not each.isdigit())


def _fits(numbers: Dialled, plan: Plan) -> Mask:
    """Whether each is what the plan calls a national number."""
    if not plan.general:
        return np.zeros(len(numbers.rows), np.bool_)
    return matching(numbers.marked(), f"^1(?:{plan.general})$")


def _sized(sizes: Ints) -> Mask:
    return (sizes >= MIN_DIGITS) & (sizes <= MAX_DIGITS)
