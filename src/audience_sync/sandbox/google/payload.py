"""The members of a request, checked the way Google does before it takes any of them."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from audience_sync.sandbox.google.errors import GoogleError, Violation, invalid, violation
from audience_sync.sandbox.google.settings import Settings

MOST_MEMBERS = 10_000
MOST_IDENTIFIERS = 10
DIGEST_BYTES = 32

Cells = list[tuple[str, str]]
Rows = dict[tuple[str, ...], list[tuple[str, ...]]]
# Every kind names a person on its own; an address is one cell.
IDENTIFYING = frozenset({"emailAddress", "phoneNumber", "address", "mobileId", "userId", "ipAddress"})
# The kinds of data that an advertiser may send, and the list that takes each.
KEY_TYPES = {
    "userData": "CONTACT_ID",
    "compositeData": "CONTACT_ID",
    "mobileData": "MOBILE_ID",
    "userIdData": "USER_ID",
}
PARTNER_DATA = ("pairData", "ppidData", "googleUserIdData", "partnerProvidedIdData")
ADDRESS_PARTS = {
    "givenName": "given_name",
    "familyName": "family_name",
    "regionCode": "region_code",
    "postalCode": "postal_code",
}

_HEX = re.compile(r"[0-9a-fA-F]*").fullmatch
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch
_REGION = re.compile(r"[A-Z]{2}").fullmatch
_US_POSTAL_CODE = re.compile(r"\d{5}(?:-?\d{4})?").fullmatch


class Misfit(Exception):
    """A member that is refused: the field below it, and the reason."""


@dataclass(frozen=True)
class Payload:
    """The members of a request: one kind of data, each member as its cells (kind, value) in one normal form.

    `is_sealed`: the values are encrypted, so nothing could be checked or kept.
    """

    kind: str
    members: Sequence[Mapping[str, Any]]
    cells: Sequence[Cells]
    is_sealed: bool


def read_payload(request: Mapping[str, Any], settings: Settings) -> Payload:
    """The request's members; GoogleError names every member at fault, and then none of them is taken."""
    members = request.get("audienceMembers") or []
    if not members:
        raise invalid("audience_members", "REQUIRED_FIELD_MISSING")
    if len(members) > MOST_MEMBERS:
        raise invalid("audience_members", "TOO_MANY_AUDIENCE_MEMBERS")
    kind = _kind(members, settings)
    decode = _decoder(str(request.get("encoding", "")), kind)
    if "encryptionInfo" in request:
        return Payload(kind, members, [[] for _ in members], is_sealed=True)
    return Payload(kind, members, _checked(members, kind, decode, settings), is_sealed=False)


def rows_of(cells: Sequence[Cells]) -> Rows:
    """The members as rows, together with those that have the same kinds."""
    rows: Rows = {}
    for member in cells:
        kinds, values = zip(*member, strict=True)
        rows.setdefault(kinds, []).append(values)
    return rows


def place(index: int, settings: Settings) -> str:
    """How a refusal names the member at `index`."""
    prefix = "audience_members.audience_members" if settings.long_paths else "audience_members"
    return f"{prefix}[{index}]"


def _kind(members: Sequence[Mapping[str, Any]], settings: Settings) -> str:
    """The one kind of data that all members have."""
    kinds = [next((name for name in (*KEY_TYPES, *PARTNER_DATA) if name in member), "") for member in members]
    empty = [violation(place(n, settings), "INVALID_AUDIENCE_MEMBER") for n, kind in enumerate(kinds) if not kind]
    if empty:
        raise GoogleError(400, "INVALID_ARGUMENT", empty[: settings.most_violations])
    if len(set(kinds)) > 1:
        raise invalid("audience_members", "MULTIPLE_DATA_TYPES_NOT_ALLOWED")
    if kinds[0] in PARTNER_DATA:
        raise invalid("audience_members", "NOT_ALLOWLISTED")
    return kinds[0]


def _checked(
    members: Sequence[Mapping[str, Any]], kind: str, decode: Callable[[str, str], str], settings: Settings
) -> list[Cells]:
    cells: list[Cells] = []
    faults: list[Violation] = []
    read = READERS[kind]
    for index, member in enumerate(members):
        try:
            cells.append(list(read(member[kind], decode)))
        except Misfit as misfit:
            field, reason = misfit.args
            faults.append(violation(f"{place(index, settings)}.{field}", reason))
    if faults:
        raise GoogleError(400, "INVALID_ARGUMENT", faults[: settings.most_violations])
    return cells


def _user_data(data: Mapping[str, Any], decode: Callable[[str, str], str]) -> Iterator[tuple[str, str]]:
    found = data.get("userIdentifiers") or []
    path = "user_data.user_identifiers"
    _check_count(found, path)
    for number, identifier in enumerate(found):
        if "emailAddress" in identifier:
            yield "emailAddress", decode(identifier["emailAddress"], f"{path}[{number}].email_address")
        elif "phoneNumber" in identifier:
            yield "phoneNumber", decode(identifier["phoneNumber"], f"{path}[{number}].phone_number")
        elif "address" in identifier:
            yield "address", _address(identifier["address"], decode, f"{path}[{number}].address")
        else:
            raise Misfit(f"{path}[{number}]", "REQUIRED_FIELD_MISSING")


def _address(address: Mapping[str, str], decode: Callable[[str, str], str], path: str) -> str:
    for name, field in ADDRESS_PARTS.items():
        if not address.get(name):
            raise Misfit(f"{path}.{field}", "REQUIRED_FIELD_MISSING")
    if not _REGION(address["regionCode"]):
        raise Misfit(f"{path}.region_code", "INVALID_REGION_CODE")
    if address["regionCode"] == "US" and not _US_POSTAL_CODE(address["postalCode"]):
        raise Misfit(f"{path}.postal_code", "INVALID_POSTAL_CODE")
    names = [decode(address[name], f"{path}.{ADDRESS_PARTS[name]}") for name in ("givenName", "familyName")]
    return " ".join([*names, address["regionCode"], address["postalCode"]])


def _mobile_data(data: Mapping[str, Any], decode: Callable[[str, str], str]) -> Iterator[tuple[str, str]]:
    found = data.get("mobileIds") or []
    _check_count(found, "mobile_data.mobile_ids")
    for number, value in enumerate(found):
        if not _UUID(value):
            raise Misfit(f"mobile_data.mobile_ids[{number}]", "INVALID_MOBILE_ID_FORMAT")
        yield "mobileId", value


def _user_id_data(data: Mapping[str, Any], decode: Callable[[str, str], str]) -> Iterator[tuple[str, str]]:
    if not data.get("userId"):
        raise Misfit("user_id_data.user_id", "REQUIRED_FIELD_MISSING")
    yield "userId", str(data["userId"])


def _composite_data(data: Mapping[str, Any], decode: Callable[[str, str], str]) -> Iterator[tuple[str, str]]:
    if not data.get("userData") and not data.get("ipData"):
        raise Misfit("composite_data", "REQUIRED_FIELD_MISSING")
    if data.get("userData"):
        yield from _user_data(data["userData"], decode)
    for number, each in enumerate(data.get("ipData") or []):
        try:
            yield "ipAddress", str(ipaddress.ip_address(each.get("ipAddress", "")))
        except ValueError as error:
            raise Misfit(f"composite_data.ip_data[{number}].ip_address", "INVALID_FORMAT") from error


def _check_count(found: Sequence[Any], path: str) -> None:
    if not found:
        raise Misfit(path, "REQUIRED_FIELD_MISSING")
    if len(found) > MOST_IDENTIFIERS:
        raise Misfit(path, "TOO_MANY_USER_IDENTIFIERS")


READERS = {
    "userData": _user_data,
    "mobileData": _mobile_data,
    "userIdData": _user_id_data,
    "compositeData": _composite_data,
}


def _decoder(encoding: str, kind: str) -> Callable[[str, str], str]:
    """What turns a value's text into the digest, as lower-case hex; contact data must say how it is written."""
    if encoding == "BASE64":
        return _from_base64
    if encoding == "HEX" or kind in ("mobileData", "userIdData"):
        return _from_hex
    raise invalid("encoding", "REQUIRED_FIELD_MISSING")


def _from_hex(value: str, path: str) -> str:
    if not _HEX(value):
        raise Misfit(path, "INVALID_HEX_ENCODING")
    if len(value) != 2 * DIGEST_BYTES:
        raise Misfit(path, "INVALID_SHA256_FORMAT")
    return value.lower()


def _from_base64(value: str, path: str) -> str:
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Misfit(path, "INVALID_BASE64_ENCODING") from error
    if len(digest) != DIGEST_BYTES:
        raise Misfit(path, "INVALID_SHA256_FORMAT")
    return digest.hex()
