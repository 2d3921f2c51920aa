"""The forms in which platforms hash one and the same phone number."""

from audience_sync.identity.arrays import Texts, joined, sliced
from audience_sync.identity.fast_phones import sure_digits
from audience_sync.identity.phones import digits_only, e164
from audience_sync.identity.rule import Rule


def _sure_e164(values: Texts, regions: Texts) -> Texts:
    return joined("+", sure_digits(values, regions))


def _without_plus(numbers: Texts) -> Texts:
    return sliced(numbers, 1)


PHONE_DIGITS = Rule(
    digits_only, sure_digits, by_region=True, words="country code and number in digits only, without + or leading zeros"
)
PHONE_PLUS = Rule(e164, _sure_e164, by_region=True, words="E.164: +, country code and number, nothing between")
PHONE_BOTH = Rule(
    e164, _sure_e164, by_region=True, also=_without_plus, words="two keys: E.164 with its + and E.164 without it"
)
