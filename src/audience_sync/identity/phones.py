"""Phone numbers in E.164, as libphonenumber understands them."""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from audience_sync.identity.rule import Unusable

_TEL = re.compile(r"\A(?:tel|TEL|Tel)[:.]?\s*")
_EXTENSION = re.compile(
    r"[\s,;.\-]*(?:;ext=|\be?xt(?:ensi[oó]n|n)?|\bx|#|\bint|\banexo|доб)[.:]?\s*\d{1,7}#?\Z", re.IGNORECASE
)
_LETTER = re.compile(r"[^\W\d_]")
MIN_DIGITS, MAX_DIGITS = 8, 15
"""Of the whole number with its country code. Source: the platform notes on PHONE; E.164 allows 15."""

_PARSE_REASONS = {
    NumberParseException.INVALID_COUNTRY_CODE: "unknown_country_code",
    NumberParseException.NOT_A_NUMBER: "not_a_number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
    NumberParseException.TOO_SHORT_NSN: "too_short",
    NumberParseException.TOO_LONG: "too_long",
}
_LENGTH_REASONS = {
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "local_only",
    ValidationResult.TOO_SHORT: "too_short",
    ValidationResult.TOO_LONG: "too_long",
    ValidationResult.INVALID_LENGTH: "wrong_length",
    ValidationResult.INVALID_COUNTRY_CODE: "unknown_country_code",
}


def e164(value: str, region: str) -> str | Unusable:
    """The number with `+` and country code. A national number needs a region; none is ever assumed.

    Possible numbers are taken, not only valid ones: Meta's own example +1 (555) 987-6543 is no valid number.
    """
    text = _EXTENSION.sub("", _TEL.sub("", value))
    if _LETTER.search(text):
        return Unusable("has_letters")
    known = region if region in phonenumbers.SUPPORTED_REGIONS else None
    number = _understood(text, known)
    digits = phonenumbers.normalize_digits_only(text)
    if not digits.startswith("00"):
        return number
    abroad = _understood(f"+{digits[2:]}", None)
    return _likelier(number, abroad) if known else abroad


def _likelier(number: str | Unusable, abroad: str | Unusable) -> str | Unusable:
    """The region's own reading of a number with `00`, unless only the rest of the world's reading is a valid number.

    In Brazil `0055 11…` would else dial carrier 55 and then the United States, in Australia `0061…` a local number.
    """
    if isinstance(number, str) and (isinstance(abroad, Unusable) or _is_valid(number) or not _is_valid(abroad)):
        return number
    return number if isinstance(abroad, Unusable) else abroad


def _is_valid(number: str) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(number))


def digits_only(value: str, region: str) -> str | Unusable:
    """The number with its country code and without `+`."""
    number = e164(value, region)
    return number if isinstance(number, Unusable) else number.removeprefix("+")


def _understood(text: str, region: str | None) -> str | Unusable:
    """The one possible reading of the number in that region."""
    found = _parsed(text, region)
    if isinstance(found, Unusable):
        return found
    # Junk such as +49 00 49 0049 loses one zero at each reading: what does not come to rest is no number.
    if _parsed(found, None) != found:
        return Unusable("ambiguous_number")
    if len(found) <= MIN_DIGITS:
        return Unusable("too_short")
    return found if len(found) <= MAX_DIGITS + 1 else Unusable("too_long")


def _parsed(text: str, region: str | None) -> str | Unusable:
    """What libphonenumber makes of it, if that has a possible length."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        no_country = error.error_type == NumberParseException.INVALID_COUNTRY_CODE and "+" not in text
        return Unusable("no_country" if no_country and region is None else _PARSE_REASONS[error.error_type])
    length = phonenumbers.is_possible_number_with_reason(number)
    if length != ValidationResult.IS_POSSIBLE:
        return Unusable(_LENGTH_REASONS[length])
    if not number.national_number:
        return Unusable("all_zero")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
