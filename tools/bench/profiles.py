"""Synthetic people as Parquet files: who is there first, what changes, and everybody afterwards."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

JOINED = 0.01
"""Share of all profiles that join ..."""
LEFT, MOVED = "hash(n, 'd') % 100 = 0", "hash(n, 'd') % 200 = 1"
"""... and who withdraw their consent or change their e-mail: 2.5 per cent together, all over the file."""

COUNTRIES = """
    (0, 'US', '1', '', '4155', 6), (1, 'GB', '44', '0', '7911', 6), (2, 'DE', '49', '0', '1512', 7),
    (3, 'FR', '33', '0', '61', 7), (4, 'ES', '34', '', '61', 7), (5, 'IT', '39', '', '347', 7),
    (6, 'NL', '31', '0', '61', 7), (7, 'SE', '46', '0', '70', 7), (8, 'PL', '48', '', '50', 7),
    (9, 'AU', '61', '0', '41', 7)
"""
"""Remainder of the profile's number, country, calling code, trunk prefix, start of its mobile numbers, digits left."""


@dataclass(frozen=True, slots=True)
class People:
    """The files in one folder; `size` is the number of profiles before the change."""

    folder: Path
    size: int

    @property
    def before(self) -> Path:
        return self.folder / "before.parquet"

    @property
    def changes(self) -> Path:
        return self.folder / "changes.parquet"

    @property
    def after(self) -> Path:
        return self.folder / "after.parquet"

    def make(self) -> None:
        """The three files are there; equal sizes give equal files."""
        everybody, joined = range(self.size), range(self.size, self.size + int(self.size * JOINED))
        with duckdb.connect(config={"memory_limit": "1GB", "temp_directory": str(self.folder)}) as con:
            con.execute(
                f"CREATE TABLE countries AS FROM (VALUES {COUNTRIES}) t(i, country, code, trunk, start, digits)"
            )
            parts = [
                f"{_people(everybody, consent='denied')} WHERE {LEFT}",
                f"{_people(everybody, mail='new')} WHERE {MOVED}",
                _people(joined),
            ]
            _write(con, _people(everybody), self.before)
            _write(con, " UNION ALL ".join(parts), self.changes)
            changed = f"'{self.changes}'"
            _write(
                con, f"FROM '{self.before}' ANTI JOIN {changed} USING (profile_id) UNION ALL FROM {changed}", self.after
            )


def _write(con: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    con.execute(f"COPY ({query}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")


def _people(numbers: range, *, consent: str = "granted", mail: str = "mail") -> str:
    """SQL: 95 % have an e-mail, 70 % a phone in one of three spellings, 50 % a mobile ad id; 2 % share a phone."""
    return f"""
        SELECT printf('p%023d', n) AS profile_id,
               if(hash(n, 'e') % 100 < 95, printf('Person.%d@{mail}%d.example', n, n % 97), NULL) AS email,
               if(hash(n, 'p') % 100 < 70, CASE hash(n, 's') % 10
                   WHEN 0 THEN '+' || code || ' ' || left(national, 3) || ' ' || substr(national, 4)
                   WHEN 1 THEN trunk || left(national, 4) || '-' || substr(national, 5)
                   WHEN 2 THEN trunk || national
                   ELSE '+' || code || national END, NULL) AS phone,
               if(hash(n, 'm') % 100 < 50, uuid, NULL) AS mobile_ad_id,
               if(n % 2 = 0, 'ios', 'android') AS mobile_ad_os,
               'First' || chr((65 + hash(n, 'f') % 26)::INTEGER) || hash(n, 'f') % 400 AS first_name,
               'Last' || hash(n, 'l') % 20000 AS last_name,
               'City ' || hash(n, 'c') % 3000 AS city,
               country, '{consent}' AS ads_consent
        FROM (SELECT n, start || right(repeat('0', digits) || (if(hash(n, 'h') % 50 = 0, n + 10, n) // 10), digits)
                     AS national, country, code, trunk,
                     regexp_replace(md5(n::VARCHAR), '(.{{8}})(.{{4}})(.{{4}})(.{{4}})(.{{12}})', '\\1-\\2-\\3-\\4-\\5')
                     AS uuid
              FROM range({numbers.start}, {numbers.stop}) r(n) JOIN countries ON i = n % 10)
    """
