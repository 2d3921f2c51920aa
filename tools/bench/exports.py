"""A file of everybody, by the product and by the loop that others write; both are read back and compared."""

import asyncio
import csv
from pathlib import Path
from time import perf_counter

import duckdb

from audience_sync.flows.exporting.writing import ExportJob
from audience_sync.flows.isolated import export_file
from audience_sync.model.exports import ExportFormat, ExportOptions
from audience_sync.model.identifiers import IdentifierKind
from tools.bench.baselines import keys_of, rows_of
from tools.bench.memory import peak_mb
from tools.bench.product import AS_OF, CARD, EVERYONE, LIMIT_MB, House
from tools.bench.profiles import People

KINDS = (IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.MOBILE_AD_ID)
HEADINGS = ("profile_id", "email", "phone", "mobile_ad_id")


def product(people: People, house: House, form: ExportFormat, hashing: str = CARD.id) -> dict[str, float]:
    """Seconds of one export; its file holds everybody of the segment once, and each e-mail's hash is right."""
    target = house.folder / f"export.{form}"
    begun = perf_counter()
    made = asyncio.run(export_file(_job(house, target, form, hashing), _silent, inline=False))
    seconds, peak = perf_counter() - begun, peak_mb()
    if hashing == CARD.id:
        _require_equal(people, target, form)
    target.unlink()
    return {"seconds": seconds, "profiles": made.profiles, "bytes": made.size_bytes, "peak_mb": peak}


def loop(people: People, house: House) -> dict[str, float]:
    """Seconds of the loop over people with csv, hashlib and phonenumbers."""
    target = house.folder / "loop.csv"
    begun = perf_counter()
    with target.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        members = (row for row in rows_of(people.before) if row["ads_consent"] == "granted")
        writer.writerows((row["profile_id"], *keys_of(row)) for row in members)
    seconds, peak = perf_counter() - begun, peak_mb()
    _require_equal(people, target, ExportFormat.CSV)
    size = target.stat().st_size
    target.unlink()
    return {"seconds": seconds, "profiles": people.size, "bytes": size, "peak_mb": peak}


def _job(house: House, target: Path, form: ExportFormat, hashing: str) -> ExportJob:
    return ExportJob(
        profiles=str(house.profiles),
        target=str(target),
        segment=EVERYONE,
        options=ExportOptions(format=form, identifiers=KINDS, traits=False, hashing=hashing).to_json(),
        rules="",
        as_of=AS_OF.isoformat(),
        consent_purpose="ads",
        consent_policy="granted",
        default_country="",
        seconds=60.0,
        memory_limit_mb=LIMIT_MB,
    )


def _require_equal(people: People, file: Path, form: ExportFormat) -> None:
    """The file, read by DuckDB, is the people: nobody missing, nobody twice, no stranger, no wrong hash."""
    match form:
        case ExportFormat.CSV:
            source, email = f"read_csv('{file}', header = true, all_varchar = true)", "email"
        case ExportFormat.PARQUET:
            source, email = f"read_parquet('{file}')", "email[1]"
        case _:
            source, email = f"read_json('{file}')", "email[1]"
    query = f"""
        SELECT count(*) FROM
            (SELECT profile_id, {email} AS found, count(*) OVER (PARTITION BY profile_id) AS times FROM {source}) f
        FULL JOIN (SELECT profile_id, sha256(lower(email)) AS wanted FROM '{people.before}') b USING (profile_id)
        WHERE nullif(found, '') IS DISTINCT FROM wanted OR times IS DISTINCT FROM 1
    """
    with duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(people.folder)}) as con:
        ((wrong,),) = con.execute(query).fetchall()
    if wrong:
        raise RuntimeError(f"{wrong} profiles of {file.name} are not as they should be.")


async def _silent(_far: object) -> None:
    """Nobody watches."""
