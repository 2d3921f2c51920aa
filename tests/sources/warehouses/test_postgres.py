"""PostgreSQL's part of what is true of every kind."""

from pathlib import Path

import pytest

from tests.sources.warehouses.claims import Claims, Subject, subject


@pytest.mark.postgres
class TestPostgres(Claims):
    @pytest.fixture
    def subject(self, empty_postgres_url: str, tmp_path: Path) -> Subject:
        return subject("postgres", empty_postgres_url, tmp_path)
