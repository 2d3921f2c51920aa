"""What each dialect says is what was written down, and can be read as that dialect."""

import pytest
import sqlglot

from audience_sync.sources.warehouses.pushdown.packs import PACKS
from tests.sources.statements import GOLDEN, script, statements


@pytest.mark.parametrize("name", PACKS)
def test_statements_are_those_that_were_written_down(name: str) -> None:
    assert script(PACKS[name]) == (GOLDEN / f"{name}.sql").read_text("utf-8")


@pytest.mark.parametrize("name", PACKS)
def test_statements_can_be_read_as_their_dialect_s(name: str) -> None:
    for each in statements(PACKS[name]):
        assert len(sqlglot.parse(each, read=name)) == 1
