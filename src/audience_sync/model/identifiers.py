"""What can name a person, and in which form a platform knows it."""

from dataclasses import dataclass
from enum import StrEnum


class IdentifierKind(StrEnum):
    """A kind of raw identifier that a profile may have. The values are the words of CLI, API and files."""

    EMAIL = "email"
    PHONE = "phone"
    MOBILE_AD_ID = "mobile_ad_id"
    EXTERNAL_ID = "external_id"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    CITY = "city"
    REGION = "region"
    POSTAL_CODE = "postal_code"
    COUNTRY = "country"
    BIRTH_DATE = "birth_date"
    GENDER = "gender"


NAMING = (
    IdentifierKind.EMAIL,
    IdentifierKind.PHONE,
    IdentifierKind.MOBILE_AD_ID,
    IdentifierKind.EXTERNAL_ID,
)
"""Kinds that name a person on their own: only their keys can be held by, and removed from, a platform.
A profile may have several values of each."""

HINTS = tuple(kind for kind in IdentifierKind if kind not in NAMING)
"""Kinds that only help a platform to match: they travel beside a naming key and are never sent alone."""


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """One column of a platform's schema: the identifier it is made of, its name there, and its form.

    `part` tells apart several columns made of one identifier (year, month, day; first initial).
    """

    kind: IdentifierKind
    wire: str
    hashed: bool = True
    part: str = ""

    @property
    def name(self) -> str:
        """The column's name in our tables: `email`, `birth_date_year`."""
        return f"{self.kind}_{self.part}" if self.part else str(self.kind)

    @property
    def names_a_person(self) -> bool:
        return self.kind in NAMING
