"""A ClickHouse address, taken apart: what the driver is given, and what may be shown."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from audience_sync.errors import Invalid

FORM = "https://user:password@host:8443/database"
CHOICES = {"verify": ("true", "false"), "ca_cert": (), "role": ()}
"""What may stand behind the question mark, and its values where they are few. None of it is secret."""


@dataclass(frozen=True, slots=True)
class Place:
    """`options` are the driver's own, with the password."""

    shown: str
    options: dict[str, Any] = field(repr=False)


def place_of(address: str) -> Place:
    """The address, taken apart; Invalid, not quoting it, when it is none."""
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _no_address() from None
    database = parts.path.strip("/")
    if parts.scheme not in ("http", "https") or not host or "/" in database:
        raise _no_address()
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name, value in given.items():
        if name not in CHOICES or (CHOICES[name] and value not in CHOICES[name]):
            raise Invalid("The address has a parameter that is not known.", f"Known: {', '.join(CHOICES)}.")
    user = unquote(parts.username or "default")
    port = port or (8443 if parts.scheme == "https" else 8123)
    place = f"{quote(user)}@{f'[{host}]' if ':' in host else host}:{port}"
    query = f"?{urlencode(given, safe='/')}" if given else ""
    options = {
        "interface": parts.scheme,
        "host": host,
        "port": port,
        "username": user,
        "password": unquote(parts.password or ""),
        "database": unquote(database) or None,
        **{name: value for name, value in given.items() if name != "role"},
    }
    settings = {"settings": {"role": given["role"]}} if "role" in given else {}
    return Place(f"{parts.scheme}://{place}/{database}{query}", options | settings)


def _no_address() -> Invalid:
    return Invalid("This is no address of a ClickHouse server's HTTP interface.", f"Write {FORM}.")
