"""The search for what must not leave finds it when it is there."""

from pathlib import Path

import pytest

from audience_sync.demo.leaks import leaks, raw_words
from audience_sync.sandbox.recorder import Recorded

HASH = b"b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514"


@pytest.fixture
def raw(tmp_path: Path) -> set[bytes]:
    path = tmp_path / "people.csv"
    path.write_text("id,email,phone\n1, Ada@Example.com,+44 7700 900123\n2,n/a,000\n")
    return raw_words([path])


def received(body: bytes, query: str = "") -> Recorded:
    return Recorded(1, 0.0, "meta", "POST", "/v26.0/1/users", query, {}, body)


def test_hashes_are_no_leak(raw: set[bytes]) -> None:
    assert leaks([received(b'[["' + HASH + b'"]]')], raw) == 0


@pytest.mark.parametrize("word", [b"ada@example.com", b"ADA@example.com", b"447700900123", b"+447700900123", b"x%40y"])
def test_a_raw_word_in_a_body_is_a_leak(raw: set[bytes], word: bytes) -> None:
    assert leaks([received(b'{"data":[["' + word + b'"]]}')], raw) == 1


def test_a_raw_word_in_an_address_is_a_leak(raw: set[bytes]) -> None:
    assert leaks([received(b"", "email=ada%40example.com")], raw) == 1
