"""An answer of ClickHouse is believed when it is whole."""

from collections.abc import Iterator

import pyarrow as pa
import pytest

from audience_sync.errors import Unreadable
from audience_sync.sources.warehouses.clickhouse_answer import END, Answer


class Told:
    """A response of these chunks."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = chunks

    def stream(self, _: int) -> Iterator[bytes]:
        return iter(self._chunks)

    def close(self) -> None:
        """Nothing is open."""


def arrow() -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema({"id": pa.int64()})) as writer:
        writer.write_batch(pa.record_batch({"id": [1, 2, 3]}))
    return sink.getvalue().to_pybytes()


def test_an_answer_that_stops_between_two_batches_is_not_believed() -> None:
    answer = Answer(Told(arrow().removesuffix(END)))
    assert pa.ipc.open_stream(answer).read_all().num_rows == 3
    with pytest.raises(Unreadable, match="not whole"):
        answer.require_end()


def test_an_answer_that_goes_on_after_its_end_is_not_believed() -> None:
    answer = Answer(Told(arrow(), b"Code: 1. DB::Exception"))
    pa.ipc.open_stream(answer).read_all()
    with pytest.raises(Unreadable, match="not whole"):
        answer.require_end()


def test_an_answer_is_read_whatever_its_chunks_are() -> None:
    whole = arrow()
    answer = Answer(Told(*(whole[n : n + 3] for n in range(0, len(whole), 3))))
    assert pa.ipc.open_stream(answer).read_all().num_rows == 3
    answer.require_end()
