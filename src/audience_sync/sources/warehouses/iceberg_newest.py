"""Which metadata file of an Iceberg table without a catalog is the newest."""

import re
from pathlib import Path

from audience_sync.errors import Unreadable

ENDING = ".metadata.json"
HINT = "version-hint.text"
NUMBERED = re.compile(r"(v?)(\d+)[.-].*metadata\.json")
"""`v3.metadata.json` of a table without a catalog, `00003-<uuid>.metadata.json` of one with a catalog."""


def newest(place: Path, shown: str) -> Path:
    """That metadata file, or the newest of the table whose folder it is; Unreadable when nobody can tell."""
    if place.name.endswith(ENDING):
        return place
    folder = place / "metadata"
    versions = _versions(folder)
    if not versions:
        raise Unreadable(
            f"{shown} is no Iceberg table: there is no file metadata/….metadata.json in it.",
            "Give the table's folder, or one of its metadata files.",
            code="WAREHOUSE_FILES",
        )
    hinted = _hinted(folder, versions)
    found = versions[max(versions)] if hinted is None else hinted
    if len(found) != 1 or (hinted is None and len({kind for kind, _ in versions}) > 1):
        raise Unreadable(
            f"Nobody can tell which metadata file of {shown} is the newest.",
            "Give that file itself, as the table's catalog names it.",
            code="WAREHOUSE_FILES",
        )
    return found[0]


def _versions(folder: Path) -> dict[tuple[str, int], list[Path]]:
    """Metadata files by the way they are numbered and their number."""
    found: dict[tuple[str, int], list[Path]] = {}
    for file in sorted(folder.glob(f"*{ENDING}")):
        if number := NUMBERED.fullmatch(file.name):
            found.setdefault((number[1], int(number[2])), []).append(file)
    return found


def _hinted(folder: Path, versions: dict[tuple[str, int], list[Path]]) -> list[Path] | None:
    """What the hint names, or is newer than it: it is written after the version, or never. None without a hint."""
    hint = folder / HINT
    if not hint.is_file():
        return None
    said = hint.read_text(errors="replace").strip()
    if not said.isdecimal():
        return [file for files in versions.values() for file in files if file.name in (said, f"{said}{ENDING}")]
    number = int(said)
    while ("v", number + 1) in versions:
        number += 1
    return versions.get(("v", number), [])
