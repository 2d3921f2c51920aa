"""Which keys the members have, worked out by hand: small, slow, and not from our code."""

import re
from collections.abc import Iterable, Mapping

from tests.platforms import META, Pretend


def keys_of(people: Iterable[Mapping[str, str]], pretend: Pretend = META) -> set[tuple[str, str]]:
    """The (kind, key) pairs that the platform must hold for these people (CSV columns, as in `House.people`)."""
    keys = set()
    for person in people:
        for text in person["email"].split(";"):
            if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text.strip()):
                keys.add(("email", pretend.email(text)))
        digits = re.sub(r"\D", "", person["phone"])
        if len(digits) == 11:
            keys.add(("phone", pretend.phone(digits)))
        # An all-zero device id means that the person switched tracking off: it names nobody.
        if re.fullmatch(r"[0-9A-Fa-f-]{36}", person["mobile_ad_id"]) and person["mobile_ad_id"].strip("0-"):
            keys.add(("mobile_ad_id", pretend.device(person["mobile_ad_id"])))
    return {(name, key) for kind, key in keys for name in pretend.kinds.get(kind, ())}
