"""Which keys the members have, worked out by hand: small, slow, and not from our code."""

import hashlib
import re
from collections.abc import Iterable, Mapping

WIRE = {"email": "EMAIL", "phone": "PHONE", "mobile_ad_id": "MADID"}


def keys_of(people: Iterable[Mapping[str, str]]) -> set[tuple[str, str]]:
    """The (kind, key) pairs that Meta must hold for these people (CSV columns, as in `World.people`)."""
    keys = set()
    for person in people:
        for text in person["email"].split(";"):
            if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text.strip()):
                keys.add(("EMAIL", _sha256(text.strip().lower())))
        digits = re.sub(r"\D", "", person["phone"])
        if len(digits) == 11:
            keys.add(("PHONE", _sha256(digits)))
        # An all-zero device id means that the person switched tracking off: it names nobody.
        if re.fullmatch(r"[0-9A-Fa-f-]{36}", person["mobile_ad_id"]) and person["mobile_ad_id"].strip("0-"):
            keys.add(("MADID", person["mobile_ad_id"].lower()))
    return keys


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
