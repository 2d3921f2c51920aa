"""A Snowflake address, taken apart: what the driver is given, and what may be shown."""

import base64
import binascii
import textwrap
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from audience_sync.errors import Invalid
from audience_sync.sources.warehouses.parameters import parameters, shown_query

FORM = "snowflake://user:password@organisation-account/database/schema?warehouse=NAME&role=NAME"
SECRET = ("token", "private_key", "private_key_password")
KNOWN = ("warehouse", "role", "host", "port", "protocol", *SECRET)
DRIVER = "adbc.snowflake.sql"
OPTIONS = {
    "warehouse": f"{DRIVER}.warehouse",
    "role": f"{DRIVER}.role",
    "host": f"{DRIVER}.uri.host",
    "port": f"{DRIVER}.uri.port",
    "protocol": f"{DRIVER}.uri.protocol",
}


@dataclass(frozen=True, slots=True)
class Place:
    """`options` are the driver's own, with what is secret."""

    shown: str
    has_role: bool
    options: dict[str, str] = field(repr=False)


def place_of(address: str) -> Place:
    """The address, taken apart; Invalid, not quoting it, when it is none."""
    try:
        parts = urlsplit(address.strip())
        # Not `hostname`, which is in small letters.
        account = parts.netloc.rpartition("@")[2].partition(":")[0].removesuffix(".snowflakecomputing.com")
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
    except ValueError:
        raise _no_address() from None
    path = [unquote(part) for part in parts.path.strip("/").split("/") if part]
    if parts.scheme != "snowflake" or not account or not user or len(path) > 2:
        raise _no_address()
    given = parameters(parts.query, known=KNOWN)
    options = {f"{DRIVER}.account": account, "username": user, **_proof(password, given)}
    options |= dict(zip((f"{DRIVER}.db", f"{DRIVER}.schema"), path, strict=False))
    options |= {OPTIONS[name]: value for name, value in given.items() if name in OPTIONS}
    place = "/".join([f"{quote(user)}@{account}", *map(quote, path)])
    return Place(f"snowflake://{place}{shown_query(given, secret=SECRET)}", "role" in given, options)


def _proof(password: str, given: dict[str, str]) -> dict[str, str]:
    """What proves who asks: exactly one of a key, a token and a password."""
    if sum(map(bool, (password, given.get("token"), given.get("private_key")))) != 1:
        raise Invalid("The address has not exactly one of password, token and private_key.", f"Write {FORM}.")
    if token := given.get("token"):
        return {f"{DRIVER}.auth_type": "auth_pat", f"{DRIVER}.client_option.auth_token": token}
    if key := given.get("private_key"):
        return _key(key, given.get("private_key_password", ""))
    return {f"{DRIVER}.auth_type": "auth_snowflake", "password": password}


def _key(text: str, password: str) -> dict[str, str]:
    """The key as the driver wants it: PEM around the one line that the address has."""
    line = "".join(part for part in text.split() if not part.startswith("---"))
    try:
        base64.b64decode(line, validate=True)
    except binascii.Error:
        raise Invalid(
            "The private_key of the address is no key.", "Give the PKCS #8 key's base64, in one line."
        ) from None
    kind = f"{'ENCRYPTED ' if password else ''}PRIVATE KEY"
    body = "\n".join(textwrap.wrap(line, 64))
    key = {
        f"{DRIVER}.client_option.jwt_private_key_pkcs8_value": f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n"
    }
    if password:
        key[f"{DRIVER}.client_option.jwt_private_key_pkcs8_password"] = password
    return {f"{DRIVER}.auth_type": "auth_jwt", **key}


def _no_address() -> Invalid:
    return Invalid("This is no address of a Snowflake account.", f"Write {FORM}.")
