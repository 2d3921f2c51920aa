"""A BigQuery address, taken apart: what the driver is given, and what may be shown."""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from audience_sync.errors import Invalid
from audience_sync.sources.warehouses.parameters import parameters, shown_query

FORM = "bigquery://project/dataset?location=EU&max_gib=50&credentials=BASE64-OF-THE-KEY-FILE"
SECRET = ("credentials",)
KNOWN = ("location", "max_gib", *SECRET)
DRIVER = "adbc.bigquery.sql"


@dataclass(frozen=True, slots=True)
class Place:
    """`options` are the driver's own, with the key; `account` is whose key it is; `most_gib` 0: as the project says."""

    shown: str
    project: str
    account: str
    most_gib: float
    options: dict[str, str] = field(repr=False)


def place_of(address: str) -> Place:
    """The address, taken apart; Invalid, not quoting it, when it is none."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        raise _no_address() from None
    project, dataset = unquote(parts.netloc), unquote(parts.path.strip("/"))
    if parts.scheme != "bigquery" or not project or "@" in project or "/" in dataset:
        raise _no_address()
    given = parameters(parts.query, known=KNOWN)
    key = _key(given.get("credentials", ""))
    options = {
        f"{DRIVER}.project_id": project,
        f"{DRIVER}.auth_type": f"{DRIVER}.auth_type.json_credential_string",
        f"{DRIVER}.auth_credentials": json.dumps(key),
    }
    options |= {f"{DRIVER}.dataset_id": dataset} if dataset else {}
    options |= {f"{DRIVER}.location": given["location"]} if "location" in given else {}
    place = f"{quote(project)}{f'/{quote(dataset)}' if dataset else ''}{shown_query(given, secret=SECRET)}"
    return Place(f"bigquery://{place}", project, str(key["client_email"]), _most(given), options)


def _key(text: str) -> dict[str, Any]:
    """The key file's object; only a service account's, for other kinds make the driver run programs or read files."""
    try:
        key = json.loads(base64.b64decode("".join(text.split()), validate=True))
        if key["type"] == "service_account" and key["client_email"] and key["private_key"]:
            return dict(key)
    except (binascii.Error, ValueError, KeyError, TypeError):
        pass
    raise Invalid(
        "The credentials of the address are no service account's key.",
        "Put `base64 -w0 key.json` behind credentials=.",
    )


def _most(given: dict[str, str]) -> float:
    text = given.get("max_gib", "0")
    try:
        most = float(text)
    except ValueError:
        most = -1.0
    if not 0 <= most <= 1_000_000:
        raise Invalid("The address's max_gib is no number of GiB.", "Write max_gib=50.")
    return most


def _no_address() -> Invalid:
    return Invalid("This is no address of a BigQuery project.", f"Write {FORM}.")
