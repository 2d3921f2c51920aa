"""Which metadata file of an Iceberg table is the newest, told by their names alone."""

from pathlib import Path

import pytest

from audience_sync.errors import Unreadable
from audience_sync.sources.warehouses.iceberg_newest import newest


def metadata_files(tmp_path: Path, *names: str, hint: str = "") -> Path:
    folder = tmp_path / "customers" / "metadata"
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).touch()
    if hint:
        (folder / "version-hint.text").write_text(hint)
    return tmp_path / "customers"


@pytest.mark.parametrize(
    ("names", "hint", "found"),
    [
        (["v9", "v10"], "", "v10"),
        (["00009-c", "00010-b"], "", "00010-b"),
        (["v1", "v2.gz"], "", "v2.gz"),
        (["v1", "v2", "v3", "v5"], "2", "v3"),
        (["v1", "00001-a"], "1\n", "v1"),
        (["00001-a", "00001-b"], "00001-a.metadata.json", "00001-a"),
        (["00001-a", "00001-b"], "00001-b", "00001-b"),
    ],
)
def test_the_newest_metadata_file_is_found(tmp_path: Path, names: list[str], hint: str, found: str) -> None:
    place = metadata_files(tmp_path, *(f"{name}.metadata.json" for name in names), hint=hint)
    assert newest(place, "customers").name == f"{found}.metadata.json"


@pytest.mark.parametrize(
    ("names", "hint"),
    [(["00001-a", "00001-b"], ""), (["v3", "00002-a"], ""), (["v1", "v2"], "7"), (["v1"], "../../outside")],
)
def test_where_nobody_can_tell_the_newest_it_is_asked_for(tmp_path: Path, names: list[str], hint: str) -> None:
    place = metadata_files(tmp_path, *(f"{name}.metadata.json" for name in names), hint=hint)
    with pytest.raises(Unreadable, match="Nobody can tell") as told:
        newest(place, "customers")
    assert "catalog" in told.value.hint
