"""The log holds no secret and nobody's identifier, whoever writes it."""

import json
import logging

import pytest
import structlog

from audience_sync import logs
from audience_sync.settings import load_settings

SAID = [
    "asy_0123456789abcdef_s3cretS3cretS3cretS3cretS3cretS3cretS3cretS3c",
    "EAABsbCS1iHgBAKZCtoken",
    "mia.marketer+ads@example.com",
    "+1 (201) 555-0123",
    "4912345678901",
    "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b",
]
KEPT = ["0b2d2f9e-8d5b-4c38-9f6b-1c2d3e4f5a6b", "2026-11-24T09:00:00Z", "/api/v1/runs/7", "act_123456789", "8000"]


@pytest.mark.parametrize("said", SAID)
def test_what_looks_personal_or_secret_is_taken_out(said: str) -> None:
    assert said not in logs.redact(f"it said {said!r}.")


@pytest.mark.parametrize("said", KEPT)
def test_what_helps_to_find_a_thing_stays(said: str) -> None:
    assert logs.redact(f"it said {said}.") == f"it said {said}."


def test_a_query_loses_its_secrets() -> None:
    assert logs.redact("GET /x?code=abc&state=def&limit=5") == "GET /x?code=[redacted]&state=[redacted]&limit=5"


def test_a_value_is_redacted_by_its_name(own_log: None, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(load_settings(log_format="json"))
    said = {"access_token": "x1y2", "nested": {"password": "x1y2"}, "to": ["mia@example.com"]}
    structlog.get_logger("ours").info("done", **said)
    line = capsys.readouterr().err
    assert "x1y2" not in line
    assert "mia" not in line
    assert json.loads(line)["event"] == "done"


def test_lines_of_libraries_are_redacted_too(own_log: None, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(load_settings(log_format="json"))
    try:
        raise ValueError("mia@example.com")
    except ValueError:
        logging.getLogger("theirs").exception("failed for %s", "+12015550123")
    line = capsys.readouterr().err
    assert json.loads(line)["logger"] == "theirs"
    assert "mia" not in line
    assert "5550123" not in line
