"""Which column of a warehouse becomes which field: what a look found, as selects, and what was chosen in them.

In a form the column `column.N` becomes `field.N`, which is empty where its name is to tell. `others` holds one
`column=field` a line for what no select can say: values that every row gets, and names of one's own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from audience_sync.errors import Invalid
from audience_sync.flows.warehousing.looking import Look, LookedColumn
from audience_sync.sources.builtin.fields import NAMED, WORDS, ImportKind, clean_name, parse_field
from audience_sync.web.segment_words import IDENTIFIERS

KIND = ImportKind.PROFILES
SAMPLES = 3
"""Masked values that are shown of a column."""
LABELS = {
    "profile_id": "Profile ID",
    **IDENTIFIERS,
    "mobile_ad_id:ios": "Device ID, Apple",
    "mobile_ad_id:android": "Device ID, Android",
    "mobile_ad_os": "Operating system of the device ID",
    "-": "Leave out",
}
NAMED_LABELS = {"attribute": "Attribute", "trait": "Computed trait", "consent": "Consent"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the page shows it. `chosen` is empty where its name tells, and `guess` says what that means."""

    name: str
    type: str
    chosen: str
    guess: str
    choices: tuple[tuple[str, str], ...]
    samples: tuple[str, ...]


def label_of(field: str) -> str:
    """`E-mail address`, `Attribute plan`: a field in words."""
    word, _, name = field.partition(":")
    return LABELS.get(field) or f"{NAMED_LABELS.get(word, word)} {name}".strip()


def columns_of(found: Look, mapping: Mapping[str, str]) -> list[Column]:
    """What the look found, each column with the fields that it could become."""
    return [_column(each, number, found, mapping) for number, each in enumerate(found.columns)]


def mapping_of(texts: Mapping[str, str]) -> dict[str, str]:
    """Column -> field as chosen and written; Invalid at `others` when a line there is none."""
    mapping = _written(texts.get("others", ""))
    for name, column in texts.items():
        if name.startswith("column.") and (field := texts.get(f"field.{name.removeprefix('column.')}", "")):
            mapping[column] = field
    return mapping


def written(mapping: Mapping[str, str], found: Look | None = None) -> str:
    """The lines of the mapping that no select of the look's columns says."""
    names = {each.name for each in found.columns} if found else set()
    known = names | {clean_name(name) for name in names}
    return "\n".join(f"{column}={field}" for column, field in mapping.items() if column not in known)


def _written(text: str) -> dict[str, str]:
    mapping = {}
    for line in filter(None, map(str.strip, text.split("\n"))):
        # A value of every row begins with `=`, so the field stands behind the last one.
        column, equals, field = line.rpartition("=")
        if not equals or not column.strip("= "):
            raise Invalid(f"{line[:100]!r} maps nothing.", "Write column=field.", details={"field": "others"})
        try:
            parse_field(KIND, field)
        except Invalid as problem:
            raise Invalid(problem.message, problem.hint, details={"field": "others"}) from None
        mapping[column.strip()] = field.strip()
    return mapping


def _column(each: LookedColumn, number: int, found: Look, mapping: Mapping[str, str]) -> Column:
    told = "" if each.guessed else each.field
    chosen = mapping.get(each.name) or mapping.get(clean_name(each.name)) or told
    guess = "" if found.problem or chosen else label_of(each.field)
    values = dict.fromkeys(row[number] for row in found.rows if row[number])
    return Column(each.name, each.type, chosen, guess, _choices(each.name, chosen, guess), tuple(values)[:SAMPLES])


def _choices(name: str, chosen: str, guess: str) -> tuple[tuple[str, str], ...]:
    """All fields; of those with a name the one that is called like the column."""
    offered = [field for field in LABELS if field != "-"]
    plain = re.sub(r"^consent_|_consent$", "", clean_name(name)) or "ads"
    offered += [f"{word}:{plain if word == 'consent' else clean_name(name)}" for word in WORDS[KIND] if word in NAMED]
    extra = [chosen] if chosen and chosen not in (*offered, "-") else []
    by_name = ("", f"By its name: {guess}" if guess else "By its name")
    return (by_name, *((field, label_of(field)) for field in (*offered, *extra, "-")))
