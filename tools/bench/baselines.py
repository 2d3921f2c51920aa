"""What the product is compared with: the least that a machine must do, and the loop over people that others write."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import duckdb
import phonenumbers
import pyarrow.parquet as pq

from tools.bench.profiles import People

Row = dict[str, str | None]
Held = dict[str, tuple[str, str, str]]
"""Profile id -> its keys."""


def hash_floor(people: People) -> dict[str, float]:
    """Seconds that DuckDB takes for one SHA-256 of each e-mail and each phone, as they stand in the file."""
    with duckdb.connect() as con:
        begun = perf_counter()
        con.execute(
            f"SELECT bit_xor(hash(sha256(email))), bit_xor(hash(sha256(phone))) FROM '{people.before}'"
        ).fetchall()
        return {"seconds": perf_counter() - begun}


def join_floor(before: Path, after: Path) -> dict[str, float]:
    """Seconds that DuckDB takes to join two files of fingerprints and count who is new, gone or changed."""
    query = (
        f"SELECT count(*) FROM '{before}' b FULL JOIN '{after}' a USING (profile_id) WHERE a.fp IS DISTINCT FROM b.fp"
    )
    with duckdb.connect() as con:
        begun = perf_counter()
        (found,) = con.execute(query).fetchall()
        return {"seconds": perf_counter() - begun, "profiles": found[0]}


def python_loop(people: People) -> dict[str, float]:
    """Seconds of the loop over people, first time and after the change: a dictionary of keys, compared with another.

    It makes e-mail, phone and mobile ad id only, no hints, and hashes everybody each time: it cannot know who changed.
    """
    begun = perf_counter()
    held = _held(people.before)
    first = perf_counter()
    wanted = _held(people.after)
    changed = [profile for profile, keys in wanted.items() if held.get(profile) != keys]
    gone = held.keys() - wanted.keys()
    return {"seconds": first - begun, "delta_seconds": perf_counter() - first, "profiles": len(changed) + len(gone)}


def _held(file: Path) -> Held:
    return {str(row["profile_id"]): keys_of(row) for row in rows_of(file) if row["ads_consent"] == "granted"}


def rows_of(file: Path) -> Iterator[Row]:
    """The people of a file, one after the other."""
    columns = ["profile_id", "email", "phone", "mobile_ad_id", "country", "ads_consent"]
    for batch in pq.ParquetFile(file).iter_batches(10_000, columns=columns):
        yield from batch.to_pylist()


def keys_of(row: Row) -> tuple[str, str, str]:
    """E-mail, phone and mobile ad id as Meta wants them; empty where there is none."""
    email, device = row["email"], row["mobile_ad_id"]
    return (
        hashed(email.strip().lower()) if email else "",
        hashed(_phone(row["phone"], row["country"])),
        device.lower() if device else "",
    )


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def _phone(raw: str | None, country: str | None) -> str:
    if not raw:
        return ""
    try:
        number = phonenumbers.parse(raw, country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).removeprefix("+")
