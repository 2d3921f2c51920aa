"""What a plan hashed, wrote and removed, read back from its files and judged."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import phonenumbers
import pyarrow.parquet as pq

from tools.bench.baselines import hashed
from tools.bench.goals import IDENTIFIER_BYTES
from tools.bench.product import CARD, House
from tools.bench.profiles import People

NAMING = tuple(column.name for column in CARD.naming)
HELD = " + ".join(f'coalesce(len("{name}"), 0)' for name in NAMING)
BASED = " + ".join(f'("{name}" IS NOT NULL)::INTEGER + coalesce(len("{name}+"), 0)' for name in NAMING)
Keys = set[tuple[str, bytes]]


def state(house: House) -> dict[str, float]:
    """Bytes of the base for each identifier, as a multiple of the 32 that a hash has."""
    base = house.folder / "ledger" / house.manifest.base
    ((keys,),) = duckdb.execute(f"SELECT sum({BASED}) FROM '{base}'").fetchall()
    size = base.stat().st_size
    return {
        "seconds": 0.0,
        "profiles": house.manifest.base_rows,
        "bytes": size,
        "ratio": size / keys / IDENTIFIER_BYTES,
    }


def work(house: House) -> dict[str, float]:
    """Identifiers hashed in the delta, those of the added and changed alone, and the bytes for each of both plans."""
    members = house.place("delta").files.members
    ((hashed_keys, needed, touched),) = duckdb.execute(
        f"SELECT sum({HELD}) FILTER (status <> 'gone'), sum({HELD}) FILTER (status IN ('new', 'changed')), count(*)"
        f" FROM '{members}'"
    ).fetchall()
    first = house.frozen("first").figures.segment
    return {
        "seconds": 0.0,
        "profiles": touched,
        "hashed_ratio": hashed_keys / needed,
        "bytes_ratio": (_written(house, "delta") / touched) / (_written(house, "first") / first),
    }


def _written(house: House, plan: str) -> int:
    files = house.place(plan).files
    return sum(path.stat().st_size for path in (files.members, files.removes, files.doubted) if path.exists())


def removes(people: People, house: House) -> dict[str, float]:
    """Keys that the delta removes and should not, or the other way round.

    The oracle is a difference of two sets of everybody's keys, made one by one with `hashlib` and `phonenumbers`.
    """
    wanted = _keys(people.before) - _keys(people.after)
    file = house.place("delta").files.removes
    found: Keys = set(duckdb.execute(f"SELECT kind, key FROM '{file}'").fetchall())
    missing, wrong = len(wanted - found), len(found - wanted)
    return {"seconds": 0.0, "profiles": len(wanted), "missing": missing, "wrong": missing + wrong}


def _keys(file: Path) -> Keys:
    return {key for row in _rows(file) if row["ads_consent"] == "granted" for key in _keys_of(row)}


def _rows(file: Path) -> Iterator[dict[str, str]]:
    columns = ["email", "phone", "mobile_ad_id", "country", "ads_consent"]
    for batch in pq.ParquetFile(file).iter_batches(10_000, columns=columns):
        yield from batch.to_pylist()


def _keys_of(row: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    if row["email"]:
        yield "email", bytes.fromhex(hashed(row["email"].strip().lower()))
    if row["mobile_ad_id"]:
        yield "mobile_ad_id", row["mobile_ad_id"].lower().encode()
    if row["phone"]:
        number = phonenumbers.parse(row["phone"], row["country"])
        # Not only valid numbers are taken: Meta's own example is none.
        if phonenumbers.is_possible_number(number):
            text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            yield "phone", bytes.fromhex(hashed(text.removeprefix("+")))
