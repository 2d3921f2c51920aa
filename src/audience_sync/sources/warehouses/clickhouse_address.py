"""A ClickHouse address, taken apart: what the driver is given, and what may be shown."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from audience_sync.errors import Invalid
from audience_sync.sources.warehouses.parameters import parameters, shown_query

FORM = "https://user:password@host:8443/database"
KNOWN = ("verify", "ca_cert", "role")
"""What may stand behind the question mark. None of it is secret."""


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
    given = parameters(parts.query, known=KNOWN)
    if given.get("verify", "true") not in ("true", "false"):
        raise Invalid("The address's verify is neither true nor false.", "Leave it out, or write verify=false.")
    user = unquote(parts.username or "default")
    port = port or (8443 if parts.scheme == "https" else 8123)
    place = f"{quote(user)}@{f'[{host}]' if ':' in host else host}:{port}"
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
    return Place(f"{parts.scheme}://{place}/{database}{shown_query(given, secret=())}", options | settings)


def _no_address() -> Invalid:
    return Invalid("This is no address of a ClickHouse server's HTTP interface.", f"Write {FORM}.")
