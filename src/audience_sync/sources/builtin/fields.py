"""Which column of a file is which field: by an explicit mapping first, then by names that people use.

A field is a word, some with a name after a colon:

    profile_id
    email  phone  mobile_ad_id  mobile_ad_id:ios  mobile_ad_id:android  mobile_ad_os  external_id
    first_name  last_name  city  region  postal_code  country  birth_date  gender
    attribute:NAME   trait:NAME   consent:PURPOSE           profiles (traits: only trait:NAME)
    purpose  status  time                                   consents
    event  time  event_id  property:NAME  properties        events; `properties` is a JSON object
    -                                                       leave the column out

A mapping is {column: field}. A "column" that begins with `=` is not in the file: the rest of it is the value of every
row, so {"=purchase": "event"} makes each row a purchase. Columns that nothing names become attributes (profiles),
traits (traits) or properties (events).
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from audience_sync.errors import Invalid
from audience_sync.model.identifiers import HINTS, NAMING


class ImportKind(StrEnum):
    """What a file holds."""

    PROFILES = "profiles"
    EVENTS = "events"
    CONSENTS = "consents"
    TRAITS = "traits"


@dataclass(frozen=True, slots=True)
class Field:
    """What a column means. `name` follows the colon: an attribute's name, a purpose, an operating system."""

    word: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.word}:{self.name}" if self.name else self.word


@dataclass(frozen=True, slots=True)
class Bound:
    """A column of the staged file (`c0`, or `k0` for a constant) and what it means.."""

    column: str
    header: str
    field: Field
    explicit: bool = False


IDENTIFIERS = tuple(str(kind) for kind in (*NAMING, *HINTS))
NAMED = {"attribute", "trait", "consent", "property"}
MANY = {"email", "phone", "mobile_ad_id", "external_id", "-"}
WORDS: dict[ImportKind, tuple[str, ...]] = {
    ImportKind.PROFILES: ("profile_id", *IDENTIFIERS, "mobile_ad_os", "attribute", "trait", "consent", "-"),
    ImportKind.TRAITS: ("profile_id", "trait", "-"),
    ImportKind.CONSENTS: ("profile_id", "purpose", "status", "time", "-"),
    ImportKind.EVENTS: ("profile_id", "event", "time", "event_id", "property", "properties", "-"),
}
LEFT_OVER = {
    ImportKind.PROFILES: "attribute",
    ImportKind.TRAITS: "trait",
    ImportKind.EVENTS: "property",
    ImportKind.CONSENTS: "-",
}
SYNONYMS: dict[str, tuple[str, ...]] = {
    field: tuple(names.split())
    for field, names in {
        "profile_id": "profile_id customer_id user_id client_id contact_id member_id person_id"
        " customer customerid userid profileid profile id",
        "email": "email e_mail mail email_address emailaddress e_mail_address primary_email secondary_email emails",
        "phone": "phone phone_number phonenumber mobile mobile_phone mobile_number cell cell_phone tel telephone"
        " phones telefon",
        "mobile_ad_id": "mobile_ad_id mobile_advertising_id advertising_id device_id maid madid mobile_ad_ids",
        "mobile_ad_id:ios": "idfa apple_idfa ios_idfa",
        "mobile_ad_id:android": "gaid aaid adid google_aid google_advertising_id android_advertising_id",
        "mobile_ad_os": "mobile_ad_os device_os os platform_os mobile_os",
        "external_id": "external_id external_ids externalid",
        "first_name": "first_name firstname given_name givenname fname forename vorname",
        "last_name": "last_name lastname surname family_name familyname lname nachname",
        "city": "city town locality",
        "region": "region state province state_code state_province",
        "postal_code": "postal_code postalcode zip zip_code zipcode postcode post_code plz",
        "country": "country country_code countrycode",
        "birth_date": "birth_date birthdate date_of_birth dateofbirth dob birthday",
        "gender": "gender sex",
        "event": "event event_name event_type name action",
        "time": "time timestamp event_time occurred_at created_at ordered_on ordered_at order_date purchased_at"
        " purchase_date date datetime changed_at updated_at",
        "event_id": "event_id message_id insert_id",
        "properties": "properties",
        "purpose": "purpose consent_purpose consent channel",
        "status": "status consent_status state granted value",
    }.items()
}
PURCHASE_TIMES = ("ordered_on", "ordered_at", "order_date", "purchased_at", "purchase_date")
"""A time column of such a name says what happened, when no column does: a purchase."""


def clean_name(header: str) -> str:
    """The name by which a column is known afterwards: lower case letters, digits and underscores."""
    return re.sub(r"\W+", "_", header.strip().lower()).strip("_")[:100]


def bind(kind: ImportKind, headers: tuple[str, ...], mapping: Mapping[str, str]) -> list[Bound]:
    """What each column means, constants last; Invalid when the mapping or the file leaves something needed open."""
    explicit = _explicit(kind, headers, mapping)
    taken = {bound.field for bound in explicit if bound.field.word not in MANY}
    if double := _twice(bound.field for bound in explicit if bound.field.word not in MANY):
        raise Invalid(f"Two columns are mapped to {double}.", "Map one of them to something else, or to - .")
    bound = list(explicit)
    mapped = {one.column for one in explicit}
    open_columns = [(f"c{n}", header) for n, header in enumerate(headers) if f"c{n}" not in mapped]
    # Better known names first: `customer_id` is the profile before `id` is.
    for column, header in sorted(open_columns, key=lambda pair: _rank(kind, pair[1])):
        field = _guess(kind, header)
        if field in taken:
            field = _free(_left_over(kind, header), taken)
        if field.word not in MANY:
            taken.add(field)
        bound.append(Bound(column, header, field))
    return _complete(kind, headers, bound)


def _free(field: Field, taken: set[Field]) -> Field:
    """The field, numbered when it is taken."""
    number, free = 1, field
    while free in taken and field.word not in MANY:
        number += 1
        free = Field(field.word, f"{field.name}_{number}")
    return free


def _explicit(kind: ImportKind, headers: tuple[str, ...], mapping: Mapping[str, str]) -> list[Bound]:
    by_name = {clean_name(header): n for n, header in reversed(list(enumerate(headers)))}
    by_name |= {header: n for n, header in reversed(list(enumerate(headers)))}
    found: list[Bound] = []
    for column, text in mapping.items():
        field = parse_field(kind, text)
        if column.startswith("="):
            found.append(Bound(f"k{len(found)}", column, field, explicit=True))
            continue
        number = by_name.get(column, by_name.get(clean_name(column)))
        if number is None:
            raise Invalid(f"The file has no column {column!r}.", f"Its columns are: {', '.join(headers)}.")
        found.append(Bound(f"c{number}", headers[number], field, explicit=True))
    return found


def parse_field(kind: ImportKind, text: str) -> Field:
    """The field that a mapping names; Invalid with what is allowed."""
    word, _, name = text.strip().partition(":")
    if word not in WORDS[kind]:
        near = difflib.get_close_matches(word, WORDS[kind], n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise Invalid(f"There is no field {text!r} in {kind}.", f"{hint}Fields: {', '.join(WORDS[kind])}.")
    if word == "mobile_ad_id" and name not in ("", "ios", "android"):
        raise Invalid(f"{text!r} names no operating system.", "Use mobile_ad_id:ios or mobile_ad_id:android.")
    if (word in NAMED) != bool(name) and word != "mobile_ad_id":
        raise Invalid(f"{text!r} is no field.", f"Write {word}:NAME." if word in NAMED else f"Write {word}.")
    return _named(word, name)


def _named(word: str, name: str) -> Field:
    name = clean_name(name) if word in ("attribute", "trait", "consent") else name
    if word == "attribute" and name in (*IDENTIFIERS, "profile_id", "mobile_ad_os"):
        name = f"{name}_2"  # Segments by SQL see attributes beside identifiers, so one name cannot mean both.
    return Field(word, name)


def _guess(kind: ImportKind, header: str) -> Field:
    name = clean_name(header)
    if kind is ImportKind.PROFILES and (special := _special(header, name)):
        return special
    for field, names in SYNONYMS.items():
        word, _, detail = field.partition(":")
        if word in WORDS[kind] and (name in names or (word in MANY and re.sub(r"_?\d+$", "", name) in names)):
            return Field(word, detail)
    return _left_over(kind, header)


def _special(header: str, name: str) -> Field | None:
    """`ads_consent`, `consent_ads`, and the members of a JSON object's `attributes`, `traits` and `consents`."""
    outer, dot, inner = header.partition(".")
    if dot and outer in ("attributes", "traits", "consents"):
        return _named(outer.removesuffix("s"), inner)
    if found := re.fullmatch(r"(?:(\w+)_consent|consent_(\w+))", name):
        return Field("consent", found[1] or found[2])
    return None


def _left_over(kind: ImportKind, header: str) -> Field:
    word = LEFT_OVER[kind]
    if word == "-":
        return Field("-")
    name = header.strip() if word == "property" else clean_name(header.partition(".")[2] or header)
    return _named(word, name) if name else Field("-")


def _rank(kind: ImportKind, header: str) -> int:
    """Position among the synonyms of the same field."""
    names = SYNONYMS.get(str(_guess(kind, header)), ())
    name = clean_name(header)
    return names.index(name) if name in names else len(names)


NEEDED = {
    ImportKind.PROFILES: ("profile_id",),
    ImportKind.TRAITS: ("profile_id",),
    ImportKind.CONSENTS: ("profile_id", "purpose", "status"),
    ImportKind.EVENTS: ("profile_id", "event", "time"),
}


def _complete(kind: ImportKind, headers: tuple[str, ...], bound: list[Bound]) -> list[Bound]:
    by_word = {one.field.word: one for one in bound}
    time = by_word.get("time")
    if kind is ImportKind.EVENTS and "event" not in by_word and time and clean_name(time.header) in PURCHASE_TIMES:
        bound = [*bound, Bound("k_event", "=purchase", Field("event"))]
        by_word["event"] = bound[-1]
    missing = [word for word in NEEDED[kind] if word not in by_word]
    if missing:
        raise Invalid(
            f"No column of the file is known to be the {' or the '.join(missing)}.",
            f"Say which one with a mapping, column={missing[0]}, or give every row the same with "
            f"=VALUE={missing[0]}. The columns are: {', '.join(headers)}.",
        )
    return sorted(bound, key=lambda one: (one.column[0] == "k", len(one.column), one.column))


def _twice(fields: Iterable[Field]) -> Field | None:
    seen: set[Field] = set()
    for field in fields:
        if field in seen:
            return field
        seen.add(field)
    return None
