"""What may stand behind the question mark of an address."""

from collections.abc import Collection
from urllib.parse import parse_qsl, quote, urlencode

from audience_sync.errors import Invalid


def parameters(query: str, *, known: Collection[str]) -> dict[str, str]:
    """The parameters by name; Invalid, not quoting them, when one is not known. A `+` is itself: keys have it."""
    given = dict(parse_qsl(query.replace("+", "%2B"), keep_blank_values=True))
    if not given.keys() <= set(known):
        raise Invalid("The address has a parameter that is not known.", f"Known: {', '.join(known)}.")
    return given


def shown_query(given: dict[str, str], *, secret: Collection[str]) -> str:
    """The query without what is secret, with its question mark; `` when nothing is left."""
    open_ones = {name: value for name, value in given.items() if name not in secret}
    return f"?{urlencode(open_ones, quote_via=quote, safe='/')}" if open_ones else ""
