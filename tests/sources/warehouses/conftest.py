"""A folder that may be read, and an Iceberg table in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyiceberg.table import Table

from tests.sources.iceberg import PEOPLE, written


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A folder that may be read."""
    (folder := tmp_path / "lake").mkdir()
    return folder


@pytest.fixture
def table(lake: Path) -> Iterator[Table]:
    """Three customers in `lake/customers`."""
    with written(lake, PEOPLE) as made:
        yield made
